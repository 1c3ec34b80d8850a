/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has to be done to bring back what stood at a time: of each path the
 * first of the superseded versions that stood beyond that time, if its own
 * time says that it was there then. folder_restore.c does it.
 */
#include "daemon/folder/folder_restore_internal.h"

#include <errno.h>

#include "proto/base/path.h"

enum { RESTORE_STEP = 1024 }; /* superseded versions looked at, at most */

/* ---- what is to be done -------------------------------------------------- */

/* Where the content of p is: in quarantine, a kept version, or a file of the
 * tree. */
static int
find_content(
    struct folder *f, const struct index_past *p, struct folder_change *c)
{
	struct path_list paths;
	struct index_past kept;
	int64_t id = p->id;
	int rc = p->state == PAST_FILE
		     ? 1
		     : index_past_find(f->index, &p->content, &id);

	if (p->state == PAST_RESTING)
		return buf_addf(
		    &c->from, RESTORE_QUARANTINE "%lld", (long long)p->id);
	if (rc < 0)
		return rc;
	path_list_init(&paths);
	index_past_init(&kept);
	if (rc > 0) {
		rc = index_past_get(f->index, id, &kept);
		if (rc == 0)
			rc = buf_add(&c->from, span_str(RESTORE_VERSIONS));
		if (rc == 0)
			rc = buf_add(&c->from, buf_span(&kept.name));
	} else {
		rc = index_find_content(f->index, &p->content, 1, &paths);
		if (rc == 0 && paths.v.n > 0)
			rc = buf_add(&c->from, path_list_get(&paths, 0));
	}
	if (rc == 0 && c->from.len == 0 &&
	    !(p->kind == KIND_FILE && p->size == 0))
		c->what = FOLDER_CHANGE_MISSING;
	index_past_release(&kept);
	path_list_release(&paths);
	return rc;
}

/* Is something that is no directory where one of its directories was? */
static int
is_barred(struct folder *f, struct span path)
{
	int kind = KIND_DIR;

	for (struct span dir = path_parent(path); dir.len > 0;
	     dir = path_parent(dir)) {
		kind = index_disk_kind(f->index, dir);
		if (kind < 0)
			return kind;
		if (kind != KIND_DIR && kind != KIND_NONE)
			return 1;
	}
	return 0;
}

/* What stands at the path against p: 1 when it is another. */
static int
compare(struct folder *f, const struct index_past *p, struct folder_change *c)
{
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, buf_span(&p->path), &e);
	if (rc < 0)
		goto out;
	rc = e.disk.kind == p->kind && name_equal(&e.disk.content, &p->content);
	if (rc > 0) {
		rc = 0;
		goto out;
	}
	rc = is_barred(f, buf_span(&p->path));
	if (rc > 0 || e.disk.kind == KIND_DIR || e.disk.kind == KIND_OPAQUE ||
	    ignore_match(f->rules, buf_span(&p->path), false))
		c->what = FOLDER_CHANGE_BLOCKED;
	else
		c->what = e.disk.kind == KIND_NONE ? FOLDER_CHANGE_CREATE
						   : FOLDER_CHANGE_REPLACE;
	rc = rc < 0 ? rc : 1;
out:
	entry_release(&e);
	return rc;
}

/* p stood at its path at the time: adds what brings it back, if anything. */
static int
add(struct folder_restoring *r, const struct index_past *p)
{
	struct folder_change c = {.kind = p->kind,
	    .size = p->size,
	    .mtime_ns = p->mtime_ns,
	    .content = p->content,
	    .bits = p->bits,
	    .until_ns = p->until_ns};
	int rc;

	buf_init(&c.path, LIMIT_PATH_BYTES);
	buf_init(&c.from, INDEX_PAST_NAME_BYTES + sizeof RESTORE_VERSIONS);
	rc = compare(r->folder, p, &c);
	if (rc <= 0)
		goto out;
	rc = buf_add(&c.path, buf_span(&p->path));
	if (rc == 0 && c.what != FOLDER_CHANGE_BLOCKED)
		rc = find_content(r->folder, p, &c);
	if (rc == 0)
		rc = VEC_PUSH(&r->changes.v, c);
	if (rc == 0)
		return 0;
out:
	buf_release(&c.path);
	buf_release(&c.from);
	return rc;
}

/* Of each path's, the first that stood beyond the time; if it stood then. */
static int
add_ids(struct folder_restoring *r, const struct id_list *ids, int64_t at_ns,
    struct buf *last)
{
	struct index_past p;
	int rc = 0;

	index_past_init(&p);
	for (size_t i = 0; rc == 0 && i < ids->v.n; i++) {
		rc = folder_past_load(r->folder, ids->v.items[i], &p);
		if (rc == ERR_NOTFOUND) { /* it returned, say */
			rc = 0;
			continue;
		}
		if (rc < 0 || p.until_ns <= at_ns ||
		    span_equal(buf_span(last), buf_span(&p.path)))
			continue;
		buf_clear(last);
		rc = buf_add(last, buf_span(&p.path));
		if (rc == 0 && folder_past_since(&p) <= at_ns)
			rc = add(r, &p);
	}
	index_past_release(&p);
	return rc;
}

static int
find_below(struct folder_restoring *r, const struct folder_restore_options *o,
    struct buf *last)
{
	struct index_past_range below = {.dir = o->range.path,
	    .after = o->range.after,
	    .at_ns = o->at_ns,
	    .n = RESTORE_STEP};
	struct id_list ids = {0};
	int rc = index_past_below(r->folder->index, &below, &ids);

	if (rc == 0)
		rc = add_ids(r, &ids, o->at_ns, last);
	if (rc == 0 && ids.v.n == RESTORE_STEP)
		rc = buf_add(&r->changes.after, buf_span(last));
	VEC_RELEASE(&ids.v);
	return rc;
}

/* Was anything ever known of the path? */
static int
is_known(struct folder *f, struct span path)
{
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	if (rc == 0)
		rc = e.known.v.n > 0 || e.child_alive ||
		     e.disk.kind != KIND_NONE;
	entry_release(&e);
	return rc;
}

int
folder_restore_find(
    struct folder_restoring *r, const struct folder_restore_options *o)
{
	struct span path = o->range.path;
	struct id_list ids = {0};
	struct buf last;
	int rc = 0;

	buf_init(&last, LIMIT_PATH_BYTES);
	if (path.len > 0 && o->range.after.len == 0) {
		rc = index_past_at(r->folder->index, path, &ids);
		if (rc == 0)
			rc = add_ids(r, &ids, o->at_ns, &last);
	}
	buf_clear(&last);
	if (rc == 0)
		rc = find_below(r, o, &last);
	if (rc == 0 && path.len > 0 && ids.v.n == 0 && last.len == 0 &&
	    o->range.after.len == 0) {
		rc = is_known(r->folder, path);
		rc = rc == 0 ? ERR_NOTFOUND : rc < 0 ? rc : 0;
	}
	VEC_RELEASE(&ids.v);
	buf_release(&last);
	return rc;
}
