/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a wanted content comes from when it is on this disk already: the
 * stage, quarantine, a file that is to go (moved), or one that stays (cloned),
 * a kept version too. Renames need no message because of this.
 */
#include "daemon/folder/folder_place_internal.h"

/* How many holders of a content are looked at for one that is to go. */
#define HOLDERS 8

int
folder_held(void *folder, const struct name *content)
{
	struct folder *f = folder;
	struct fetch *x = folder_fetch(f, content);
	struct path_list paths;
	int64_t id;
	int rc;

	if (x != NULL)
		return x->state == FETCH_STAGED;
	rc = index_kept_find(f->index, content, &id);
	if (rc != 0)
		return rc;
	path_list_init(&paths);
	rc = index_find_content(f->index, content, 1, &paths);
	if (rc == 0)
		rc = paths.v.n > 0;
	path_list_release(&paths);
	return rc != 0 ? rc : index_past_find(f->index, content, &id);
}

/* What is to be done at another path, and what stands there: by value. */
struct plan_there {
	enum plan_what what;
	enum plan_why why;
	struct observation disk;
};

static int
plan_at(struct folder *f, struct span path, struct plan_there *out)
{
	struct plan_action a;
	struct plan_ask ask;
	struct entry e;
	int rc;

	entry_init(&e);
	plan_action_init(&a);
	folder_ask(f, &ask);
	rc = index_load(f->index, path, &e);
	if (rc == 0)
		rc = plan_act(&e, &ask, &a);
	*out = (struct plan_there){a.what, a.why, e.disk};
	plan_action_release(&a);
	entry_release(&e);
	return rc;
}

/* Is the file at this path to be removed, so that it may be moved instead? */
static int
is_to_go(struct folder *f, struct span path, struct observation *out)
{
	struct plan_there there;
	int rc;

	if (folder_work(f, path) != NULL || folder_troubled(f, path) != NULL ||
	    ignore_match(f->rules, path, false))
		return 0;
	rc = plan_at(f, path, &there);
	*out = there.disk;
	if (rc < 0)
		return rc;
	return there.what == PLAN_REMOVE && there.disk.kind == KIND_FILE;
}

/* May a staged file wait long for its path: for trouble there to pass, or, a
 * copy, for its home to be done, which may wait for this very file? */
static int
may_wait_long(struct folder *f, struct span path)
{
	struct plan_there there;
	int rc;

	if (folder_troubled(f, path) != NULL)
		return 1;
	rc = plan_at(f, path, &there);
	if (rc < 0)
		return rc;
	return there.what == PLAN_WAIT && there.why == PLAN_WHY_BESIDE;
}

static int
place_from(struct folder *f, const struct entry *e, const struct plan_action *a,
    enum apply_source source, int64_t id)
{
	struct work *w;
	int rc = folder_work_add(f, e, a, &w);

	if (rc < 0)
		return rc;
	w->item.source = source;
	w->item.id = id;
	return 0;
}

static int
place_moved(struct folder *f, const struct entry *e,
    const struct plan_action *a, struct span from,
    const struct observation *seen)
{
	struct work *w;
	int rc = folder_work_add(f, e, a, &w);

	if (rc == 0)
		rc = buf_add(&w->item.from, from);
	if (rc == 0)
		rc = index_next_id(f->index, &w->item.from_id);
	if (rc == 0)
		rc = folder_work_guard(f, from);
	if (rc < 0)
		return rc;
	w->item.source = APPLY_MOVED;
	w->item.from_expect = *seen;
	return 0;
}

/* From the files of this folder that show the content. */
static int
place_found(
    struct folder *f, const struct entry *e, const struct plan_action *a)
{
	struct observation seen;
	struct path_list paths;
	int rc;

	path_list_init(&paths);
	rc =
	    index_find_content(f->index, &a->version->content, HOLDERS, &paths);
	for (size_t i = 0; rc == 0 && i < paths.v.n; i++) {
		struct span from = path_list_get(&paths, i);

		if (span_equal(from, entry_path(e)))
			continue;
		rc = is_to_go(f, from, &seen);
		if (rc > 0) {
			rc = place_moved(f, e, a, from, &seen);
			goto out;
		}
	}
	if (rc == 0 && paths.v.n > 0)
		rc = folder_clone_file(
		    f, a->version, entry_path(e), path_list_get(&paths, 0));
	else if (rc == 0)
		rc = folder_clone_past(f, a->version, entry_path(e));
	if (rc == 0 && paths.v.n == 0)
		folder_plan_again(f);
	rc = rc < 0 ? rc : 0;
out:
	path_list_release(&paths);
	return rc;
}

/* A staged file has the bits and times of one version, and goes to its path
 * alone; others with this content are cloned from there. */
static int
place_staged(struct folder *f, const struct entry *e,
    const struct plan_action *a, struct fetch *x)
{
	int rc;

	if (x->state != FETCH_STAGED || x->placing)
		return 0;
	if (!span_equal(buf_span(&x->path), entry_path(e))) {
		rc = may_wait_long(f, buf_span(&x->path));
		if (rc > 0) {
			folder_fetch_drop(f, x);
			folder_plan_again(f);
		}
		return rc < 0 ? rc : 0;
	}
	if (x->bits != a->version->bits ||
	    x->mtime_ns != a->version->mtime_ns) {
		folder_fetch_drop(f, x);
		folder_plan_again(f);
		return 0;
	}
	x->placing = true;
	return place_from(f, e, a, APPLY_STAGED, x->id);
}

/*
 * Out of quarantine, where the content is, which moves it: what lies there for
 * this path if anything does. What lies there for the conflict copy of another
 * is copied, for that may have its version already, and nothing else then.
 */
static int
place_kept(struct folder *f, const struct entry *e, const struct plan_action *a,
    int64_t id)
{
	const struct name *content = &a->version->content;
	struct index_kept k = {0};
	bool anothers;
	int rc = index_kept_find_from(f->index, content, entry_path(e), &id);

	if (rc != 0)
		return rc < 0 ? rc : place_from(f, e, a, APPLY_KEPT, id);
	buf_init(&k.path, LIMIT_PATH_BYTES);
	rc = index_kept_get(f->index, id, &k);
	anothers = rc == 0 && plan_home(buf_span(&k.path), NULL) > 0;
	buf_release(&k.path);
	if (rc < 0)
		return rc;
	return anothers ? folder_clone_kept(f, a->version, entry_path(e), id)
			: place_from(f, e, a, APPLY_KEPT, id);
}

int
folder_place(
    struct folder *f, const struct entry *e, const struct plan_action *a)
{
	const struct version *v = a->version;
	struct fetch *x = folder_fetch(f, &v->content);
	int64_t id;
	int rc;

	if (v->kind != KIND_FILE)
		return place_from(f, e, a, APPLY_NONE, 0);
	if (x != NULL)
		return place_staged(f, e, a, x);
	if (HASH_COUNT(f->fetches) >= FETCHES_MAX)
		return 0;
	if (v->size == 0)
		return folder_clone_nothing(f, a);
	rc = index_kept_find(f->index, &v->content, &id);
	if (rc > 0)
		return place_kept(f, e, a, id);
	return rc < 0 ? rc : place_found(f, e, a);
}
