/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a wanted content comes from when it is on this disk already: the
 * stage, quarantine, a file that is to go (moved), or one that stays (cloned),
 * a kept version too. Renames need no message because of this.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

/* Is the file at this path to be removed, so that it may be moved instead? */
static int
is_to_go(struct folder *f, struct span path, struct observation *out)
{
	struct plan_action a;
	struct plan_ask ask;
	struct entry e;
	int rc;

	if (folder_work(f, path) != NULL || folder_troubled(f, path) != NULL ||
	    ignore_match(f->rules, path, false))
		return 0;
	entry_init(&e);
	plan_action_init(&a);
	folder_ask(f, &ask);
	rc = index_load(f->index, path, &e);
	if (rc == 0)
		rc = plan_act(&e, &ask, &a);
	if (rc == 0)
		rc = a.what == PLAN_REMOVE && e.disk.kind == KIND_FILE;
	*out = e.disk;
	plan_action_release(&a);
	entry_release(&e);
	return rc;
}

/* Is there room for another file of a content that is here? Where the file
 * system shares blocks it takes none, but that is not known before. */
static int
room_for(struct folder *f, const struct version *v, struct span path)
{
	struct chunk_list list = {0};
	uint64_t bytes = v->size;
	int rc = 0;

	if (v->size > LIMIT_SMALL_FILE_BYTES)
		rc = index_chunks_get(f->index, &v->content, &list);
	if (list.v.n > 0)
		bytes = folder_pieces_data(&list);
	chunks_release(&list);
	return rc < 0 && rc != ERR_NOTFOUND ? rc : folder_room(f, path, bytes);
}

/* Begins the fetch of v's content for a path, by a copy: 1; 0 when there is
 * no room for it. */
static int
begin_copy(struct folder *f, const struct version *v, struct span path,
    struct stage_item *it)
{
	struct fetch *x;
	int rc = room_for(f, v, path);

	if (rc > 0)
		rc = folder_fetch_add(f, v, path, FETCH_STAGING, &x);
	else if (rc == 0)
		return 0;
	if (rc < 0)
		return rc;
	*it = (struct stage_item){.what = STAGE_COPY,
	    .id = x->id,
	    .size = x->size,
	    .bits = x->bits,
	    .mtime_ns = x->mtime_ns,
	    .content = x->content};
	buf_init(&it->bytes, 0);
	buf_init(&it->from, INDEX_PAST_NAME_BYTES);
	return 1;
}

static int
stage_from(struct folder *f, const struct version *v, struct span path,
    struct span donor)
{
	struct stage_item it;
	struct entry e;
	int rc = begin_copy(f, v, path, &it);

	if (rc <= 0)
		return rc;
	entry_init(&e);
	rc = index_load(f->index, donor, &e);
	it.expect = e.disk;
	entry_release(&e);
	if (rc == 0)
		rc = buf_add(&it.from, donor);
	return rc < 0 ? rc : folder_stage(f, &it);
}

/* From a file in quarantine, which stays. */
static int
stage_kept(
    struct folder *f, const struct version *v, struct span path, int64_t id)
{
	struct stage_item it;
	int rc = begin_copy(f, v, path, &it);

	if (rc <= 0)
		return rc;
	it.from_kept = id;
	return folder_stage(f, &it);
}

/* From a kept version, which stays: 1 when there is one. */
static int
stage_past(struct folder *f, const struct version *v, struct span path)
{
	struct stage_item it;
	struct index_past p;
	int64_t id;
	int rc = index_past_find(f->index, &v->content, &id);

	if (rc <= 0)
		return rc;
	rc = begin_copy(f, v, path, &it);
	if (rc <= 0)
		return rc < 0 ? rc : 1;
	index_past_init(&p);
	rc = index_past_get(f->index, id, &p);
	if (rc == 0)
		rc = buf_add(&it.from, buf_span(&p.name));
	it.from_past = id;
	index_past_release(&p);
	if (rc == 0)
		rc = folder_stage(f, &it);
	return rc < 0 ? rc : 1;
}

static int
stage_empty(struct folder *f, const struct plan_action *a)
{
	struct stage_item it = {.what = STAGE_WHOLE};
	struct fetch *x;
	int rc = folder_fetch_add(
	    f, a->version, a->version->path, FETCH_STAGING, &x);

	if (rc < 0)
		return rc;
	it.id = x->id;
	it.bits = x->bits;
	it.mtime_ns = x->mtime_ns;
	it.content = x->content;
	buf_init(&it.bytes, 0);
	buf_init(&it.from, 0);
	return folder_stage(f, &it);
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
		rc = stage_from(
		    f, a->version, entry_path(e), path_list_get(&paths, 0));
	else if (rc == 0)
		rc = stage_past(f, a->version, entry_path(e));
	if (rc == 0 && paths.v.n == 0)
		folder_plan_again(f);
	rc = rc < 0 ? rc : 0;
out:
	path_list_release(&paths);
	return rc;
}

/* The path of the conflict copy that a fetch is for. */
static const struct buf *
copy_of(const struct fetch *x)
{
	return x->copy.len > 0 ? &x->copy : &x->path;
}

/* As before an apply job: so that it is known to be there, whenever we are
 * stopped, it is noted in the commit before. 1 when that was. */
static int
expect_staged(struct folder *f, struct fetch *x)
{
	struct index_kept k = {
	    .id = x->id, .content = x->content, .path = *copy_of(x)};
	int rc;

	if (x->expected && f->commits > x->expected_at)
		return 1;
	folder_plan_again(f);
	if (x->expected)
		return 0;
	rc = folder_batch(f);
	if (rc == 0)
		rc = index_kept_put(f->index, &k);
	x->expected = rc == 0;
	x->expected_at = f->commits;
	return rc;
}

/* What was staged for a copy moves to quarantine, where a stop leaves it. 1
 * when it has. */
static int
keep_staged(struct folder *f, struct fetch *x)
{
	struct index_kept k = {.id = x->id,
	    .content = x->content,
	    .path = *copy_of(x),
	    .since_ns = host_now_ns(f->host)};
	char name[24];
	int rc = expect_staged(f, x);

	if (rc <= 0)
		return rc;

	snprintf(name, sizeof name, "%lld", (long long)x->id);
	rc = host_rename(f->host, f->place.stage, name, f->place.quarantine,
	    name, HOST_NOREPLACE);
	x->placing = rc == 0; /* it is not in the stage any more */
	if (rc == 0)
		rc = host_sync(f->host, f->place.quarantine);
	if (rc < 0) {
		folder_trouble(f, buf_span(&x->home), rc, false, false);
		folder_fetch_drop(f, x);
		return 0;
	}
	rc = index_kept_put(f->index, &k);
	folder_fetch_drop(f, x);
	if (f->kept_ns == INT64_MAX)
		folder_kept_later(f);
	return rc < 0 ? rc : 1;
}

/* Clones a loser's content for its copy: out of quarantine, where a user may
 * still write to what was his, of a file that shows it, or a kept version. */
static int
stage_loser(struct folder *f, const struct version *v, struct span copy)
{
	struct path_list paths;
	int64_t id;
	int rc = index_kept_find(f->index, &v->content, &id);

	if (rc != 0)
		return rc < 0 ? rc : stage_kept(f, v, copy, id);
	path_list_init(&paths);
	rc = index_find_content(f->index, &v->content, 1, &paths);
	if (rc == 0 && paths.v.n > 0)
		rc = stage_from(f, v, copy, path_list_get(&paths, 0));
	else if (rc == 0)
		rc = stage_past(f, v, copy);
	path_list_release(&paths);
	return rc < 0 ? rc : 0;
}

/* What is staged for a path secures a copy first: the path may wait for that,
 * and is served out of quarantine then. */
static int
lend(struct fetch *x, const struct plan_action *a)
{
	int rc;

	x->expected = x->spared = false;
	buf_clear(&x->home);
	buf_clear(&x->copy);
	rc = buf_add(&x->home, a->loser->path);
	return rc < 0 ? rc : buf_add(&x->copy, buf_span(&a->copy));
}

/* The loser's content is staged already. Another copy that is secured with it
 * comes first, unless its home could not go on. */
static int
secure_staged(struct folder *f, const struct plan_action *a, struct fetch *x)
{
	bool ours = span_equal(buf_span(copy_of(x)), buf_span(&a->copy));
	int rc = 0;

	if (x->state != FETCH_STAGED || x->placing)
		return 0;
	if (!ours && (x->home.len == 0 || x->spared)) {
		rc = lend(x, a);
		ours = true;
	}
	return rc < 0 || !ours ? rc : keep_staged(f, x);
}

int
folder_secure(struct folder *f, const struct plan_action *a)
{
	const struct version *v = a->loser;
	struct fetch *x = folder_fetch(f, &v->content);
	int64_t id;
	int rc;

	if (v->kind != KIND_FILE || v->size == 0)
		return 1;
	if (x != NULL)
		return secure_staged(f, a, x);
	rc = index_kept_find_from(
	    f->index, &v->content, buf_span(&a->copy), &id);
	if (rc != 0 || HASH_COUNT(f->fetches) >= FETCHES_MAX)
		return rc;
	rc = stage_loser(f, v, buf_span(&a->copy));
	x = folder_fetch(f, &v->content);
	if (rc == 0 && x != NULL)
		rc = buf_add(&x->home, v->path);
	return rc;
}

/* A staged file has the bits and times of one version, and goes to its path
 * alone; others with this content are cloned from there. */
static int
place_staged(struct folder *f, const struct entry *e,
    const struct plan_action *a, struct fetch *x)
{
	if (x->state != FETCH_STAGED || x->placing)
		return 0;
	if (!span_equal(buf_span(&x->path), entry_path(e))) {
		/* Where it is for may keep it waiting long. */
		if (folder_troubled(f, buf_span(&x->path)) != NULL) {
			folder_fetch_drop(f, x);
			folder_plan_again(f);
		}
		return 0;
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
		return stage_empty(f, a);
	rc = index_kept_find(f->index, &v->content, &id);
	if (rc > 0)
		return place_from(f, e, a, APPLY_KEPT, id);
	return rc < 0 ? rc : place_found(f, e, a);
}
