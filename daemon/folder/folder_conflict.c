/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conflict copies: which there are, and settling them.
 *
 * To settle is to make versions, as a change of the user's does, and no more:
 * what they make of the disk is planned and applied like what a peer says,
 * with all its checks, so that an edit in between is seen and lives. The copy
 * is removed only when the disk shows its content at home: until then a
 * change made there would cover the choice and leave its content nowhere.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/path.h"

/* ---- which there are ----------------------------------------------------- */

/*
 * The name tells: a copy that is edited is still one, and so is one that was
 * made before a database was lost. Of names so long that their stem was cut
 * the home cannot be told, but they are shown.
 */
static bool
is_name(struct folder *f, struct span path)
{
	bool cut = path_name(path).len > LIMIT_NAME_BYTES - 4;

	return (cut || plan_home(path, NULL) > 0) &&
	       !ignore_match(f->rules, path, false);
}

static bool
is_copy(struct folder *f, const struct entry *e)
{
	return (e->disk.kind == KIND_FILE || e->disk.kind == KIND_SYMLINK) &&
	       is_name(f, entry_path(e));
}

static int
text_of(struct span path, char **out)
{
	*out = strndup((const char *)path.p, path.len);
	return *out == NULL ? -ENOMEM : 0;
}

static void
whose(struct folder_file *file, const struct version *v)
{
	file->has_device = v != NULL;
	if (v != NULL)
		memcpy(file->device, v->device, DEVICE_BYTES);
}

static int
describe(const struct entry *e, struct folder_file *out)
{
	out->kind = e->disk.kind;
	out->size = e->disk.size;
	out->mtime_ns = e->disk.mtime_ns;
	out->content = e->disk.content;
	if (e->base.present && observation_same(&e->disk, &e->base.seen))
		whose(out, e->base.version);
	return text_of(entry_path(e), &out->path);
}

/* An untouched copy was made by whoever came to it first; whose content it is
 * says the loser, as long as it is known. */
static int
whose_copy(struct folder_conflict *c, const struct entry *home)
{
	struct span path = span_str(c->copy.path);
	struct buf of;
	int rc = 0;

	c->copy.has_device = false;
	buf_init(&of, LIMIT_PATH_BYTES);
	VEC_EACH (&home->known.v, it) {
		buf_clear(&of);
		rc = conflict_path(*it, &of);
		if (rc == 0 && span_equal(buf_span(&of), path))
			whose(&c->copy, *it);
		if (rc == -ENOMEM)
			break;
		rc = 0;
	}
	buf_release(&of);
	return rc;
}

static int
describe_home(struct folder *f, struct folder_conflict *c)
{
	struct entry e;
	struct buf path;
	int rc;

	buf_init(&path, LIMIT_PATH_BYTES);
	entry_init(&e);
	rc = plan_home(span_str(c->copy.path), &path);
	if (rc <= 0)
		goto out;
	rc = index_load(f->index, buf_span(&path), &e);
	if (rc == 0)
		rc = describe(&e, &c->home);
	if (rc == 0 && !c->edited)
		rc = whose_copy(c, &e);
out:
	entry_release(&e);
	buf_release(&path);
	return rc;
}

static void
release_one(struct folder_conflict *c)
{
	free(c->copy.path);
	free(c->home.path);
}

static int
add(struct folder *f, const struct entry *e, struct folder_conflicts *out)
{
	const struct version *v = e->base.version;
	struct folder_conflict c = {0};
	int rc = describe(e, &c.copy);

	c.edited = e->disk.kind == KIND_FILE &&
		   (!c.copy.has_device || v == NULL || !v->copy);
	if (rc == 0)
		rc = describe_home(f, &c);
	if (rc == 0)
		rc = VEC_PUSH(&out->v, c);
	if (rc < 0)
		release_one(&c);
	return rc;
}

int
folder_conflict_count(struct folder *f, uint64_t *out)
{
	struct path_list paths;
	int rc;

	*out = 0;
	if (f->state == FOLDER_FAILED)
		return ERR_BUSY;
	path_list_init(&paths);
	rc = index_copies(f->index, FOLDER_CONFLICTS, &paths);
	for (size_t i = 0; rc == 0 && i < paths.v.n; i++)
		*out += is_name(f, path_list_get(&paths, i));
	path_list_release(&paths);
	return rc;
}

int
folder_conflicts(struct folder *f, struct folder_conflicts *out)
{
	struct path_list paths;
	struct entry e;
	int rc;

	if (f->state == FOLDER_FAILED)
		return ERR_BUSY;
	path_list_init(&paths);
	entry_init(&e);
	rc = index_copies(f->index, FOLDER_CONFLICTS, &paths);
	for (size_t i = 0; rc == 0 && i < paths.v.n; i++) {
		rc = index_load(f->index, path_list_get(&paths, i), &e);
		if (rc == 0 && is_copy(f, &e))
			rc = add(f, &e, out);
	}
	entry_release(&e);
	path_list_release(&paths);
	if (rc < 0)
		folder_conflicts_release(out);
	return rc;
}

void
folder_conflicts_release(struct folder_conflicts *list)
{
	VEC_EACH (&list->v, it)
		release_one(it);
	VEC_RELEASE(&list->v);
}

/* ---- settling ------------------------------------------------------------ */

static int
may_settle(const struct folder *f)
{
	if (f->state == FOLDER_HALTED || f->mode != MSG_MODE_BOTH)
		return ERR_HALTED;
	return f->state != FOLDER_RUNNING || f->closing || f->fresh ? ERR_BUSY
								    : 0;
}

/* Is the entry as its disk shows, with nothing on its way? */
static bool
at_rest(struct folder *f, const struct entry *e)
{
	return entry_settled(e) && folder_work(f, entry_path(e)) == NULL;
}

/* Makes the version that says what is to be at the entry's path, like what
 * stands elsewhere if not NULL; base and disk stay, for the disk is yet to
 * follow. */
static int
decide(struct folder *f, struct entry *e, const struct observation *now,
    const struct version *like)
{
	struct plan_maker maker = {.device = f->device, .whole_meta = true};
	struct version *v = NULL;
	struct plan_ask ask;
	bool is_new;
	int rc = folder_batch(f);

	if (rc < 0)
		return rc;
	if (like != NULL) {
		maker.target = like->target;
		maker.meta = like->meta;
	}
	folder_ask(f, &ask);
	rc = index_next_dot(f->index, &maker.dot);
	if (rc == 0)
		rc = plan_make(e, now, &ask, &maker, &v);
	if (rc == 0) {
		folder_say_made(f, v, &e->base, maker.moved);
		rc = version_set_add(&e->known, v, NULL, &is_new);
	}
	if (rc == 0)
		rc = index_store(f->index, e, 0);
	if (rc < 0) {
		folder_fail(f, rc, "settle");
		return ERR_BUSY;
	}
	log_info(f->log, "conflict_settled", LOG_STR("folder", f->id),
	    LOG_PATH("path", entry_path(e)),
	    LOG_STR("what", now->kind == KIND_NONE ? "removed" : "chosen"),
	    LOG_DOT("dot", maker.dot));
	folder_plan_again(f);
	folder_tell(f);
	return 0;
}

/* The copy is as it was seen, and home may take its content. */
static int
choose(struct folder *f, const struct entry *copy, struct entry *home,
    const struct name *content, const struct name *over)
{
	const struct version *v = copy->base.version;
	bool derived;
	const struct version *want = entry_wanted(home, &derived);

	if (home->disk.kind == KIND_DIR || home->disk.kind == KIND_OPAQUE ||
	    derived)
		return -EISDIR;
	if (!name_equal(&home->disk.content, over))
		return ERR_CHANGED;
	if (want != NULL && name_equal(&want->content, content))
		return 0; /* chosen already, and on its way */
	if (!is_copy(f, copy) || !name_equal(&copy->disk.content, content))
		return ERR_CHANGED;
	if (!at_rest(f, copy) || !at_rest(f, home))
		return ERR_BUSY;
	return decide(f, home, &copy->disk, v);
}

int
folder_conflict_choose(struct folder *f, struct span path,
    const struct name *content, const struct name *over)
{
	struct entry copy, home;
	struct buf at;
	int rc = may_settle(f);

	if (rc < 0)
		return rc;
	buf_init(&at, LIMIT_PATH_BYTES);
	entry_init(&copy);
	entry_init(&home);
	rc = plan_home(path, &at);
	if (rc == 0)
		rc = ERR_NOTFOUND;
	if (rc > 0)
		rc = index_load(f->index, path, &copy);
	if (rc == 0)
		rc = index_load(f->index, buf_span(&at), &home);
	if (rc == 0 && name_equal(&home.disk.content, content))
		rc = at_rest(f, &home) ? 1 : 0;
	else if (rc == 0)
		rc = choose(f, &copy, &home, content, over);
	entry_release(&copy);
	entry_release(&home);
	buf_release(&at);
	return rc;
}

int
folder_conflict_remove(
    struct folder *f, struct span path, const struct name *content)
{
	static const struct observation absent = {.kind = KIND_NONE};
	const struct version *want;
	struct entry e;
	bool derived;
	int rc = may_settle(f);

	if (rc < 0)
		return rc;
	entry_init(&e);
	rc = index_load(f->index, path, &e);
	want = entry_wanted(&e, &derived);
	if (rc == 0 && e.disk.kind == KIND_NONE)
		rc = at_rest(f, &e) ? 1 : ERR_BUSY;
	else if (rc == 0 && !is_copy(f, &e))
		rc = ERR_NOTFOUND;
	else if (rc == 0 && !name_equal(&e.disk.content, content))
		rc = ERR_CHANGED;
	else if (rc == 0 && want != NULL && want->kind == KIND_GONE)
		rc = 0; /* on its way */
	else if (rc == 0 && !at_rest(f, &e))
		rc = ERR_BUSY;
	else if (rc == 0)
		rc = decide(f, &e, &absent, NULL);
	entry_release(&e);
	return rc;
}
