/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is found to be done, as the items of two jobs: contents that are put
 * together in the stage, and names that they get.
 */
#include "daemon/folder/folder_restore_internal.h"

#include <string.h>

#include "proto/base/path.h"

static int
new_item(struct folder *f, struct span path, struct apply_item *out)
{
	apply_item_init(out);
	out->what = PLAN_MAKE_DIR;
	out->kind = KIND_DIR;
	out->any_bits = true;
	name_dir(&out->content);
	if (buf_add(&out->path, path) < 0)
		return -ENOMEM;
	return index_next_id(f->index, &out->kept_id);
}

/* Takes what the item owns. */
static int
push_item(struct folder_restoring *r, struct apply_item *it, size_t change,
    const struct index_maker *was)
{
	int rc = VEC_PUSH(&r->change, change);

	if (rc == 0)
		rc = VEC_PUSH(&r->was, *was);
	if (rc == 0)
		rc = VEC_PUSH(&r->apply.items, *it);
	if (rc < 0)
		buf_release(&it->path);
	return rc;
}

/* Makes the directories of a path that are not there; those of the path that
 * came before are on their way. */
static int
add_dirs(struct folder_restoring *r, struct span path, struct span before)
{
	static const struct index_maker nobody;
	struct folder *f = r->folder;
	struct apply_item it;
	int rc = 0;

	for (size_t i = 1; rc == 0 && i < path.len; i++) {
		struct span dir = span_of(path.p, i);

		if (path.p[i] != '/' || path_below(before, dir))
			continue;
		rc = index_disk_kind(f->index, dir);
		if (rc != KIND_NONE) {
			rc = rc < 0 ? rc : 0;
			continue;
		}
		rc = new_item(f, dir, &it);
		if (rc == 0)
			rc = push_item(r, &it, SIZE_MAX, &nobody);
		else
			buf_release(&it.path);
	}
	return rc;
}

static int64_t
number(struct span digits)
{
	int64_t n = 0;

	for (size_t i = 0; i < digits.len; i++)
		n = n * 10 + (digits.p[i] - '0');
	return n;
}

/* The donor of the stage item: a kept version, or a file of the tree. */
static int
set_donor(
    struct folder *f, const struct folder_change *c, struct stage_item *out)
{
	struct span from = buf_span(&c->from),
		    root = span_str(RESTORE_VERSIONS);
	struct span resting = span_str(RESTORE_QUARANTINE);
	struct entry e;
	int rc;

	if (from.len == 0) {
		out->what = STAGE_WHOLE;
		return 0;
	}
	if (span_starts(from, root)) {
		out->from_past = out->id;
		return buf_add(&out->from,
		    span_of(from.p + root.len, from.len - root.len));
	}
	if (span_starts(from, resting)) {
		out->from_kept = number(
		    span_of(from.p + resting.len, from.len - resting.len));
		return 0;
	}
	entry_init(&e);
	rc = index_load(f->index, from, &e);
	out->expect = e.disk;
	entry_release(&e);
	return rc < 0 ? rc : buf_add(&out->from, from);
}

static int
add_stage(struct folder_restoring *r, const struct folder_change *c, int64_t id)
{
	struct stage_item it = {.what = STAGE_COPY,
	    .id = id,
	    .size = c->size,
	    .bits = c->bits,
	    .mtime_ns = c->mtime_ns,
	    .content = c->content};
	int rc;

	buf_init(&it.bytes, 0);
	buf_init(&it.from, INDEX_PAST_NAME_BYTES);
	rc = set_donor(r->folder, c, &it);
	if (rc == 0)
		rc = VEC_PUSH(&r->stage.items, it);
	if (rc < 0)
		buf_release(&it.from);
	return rc;
}

int
folder_restore_put_kept(struct folder *f, const struct apply_item *it,
    const struct index_maker *was, int64_t since_ns)
{
	struct index_kept k = {.id = it->kept_id,
	    .content = since_ns == 0 ? it->expect.content : it->kept_content,
	    .path = it->path,
	    .since_ns = since_ns,
	    .who.made = *was};
	int rc;

	memcpy(k.who.by.device, f->device, DEVICE_BYTES);
	rc = index_kept_put(f->index, &k);
	if (rc == 0 && since_ns > 0 && f->kept_ns == INT64_MAX)
		folder_kept_later(f);
	return rc;
}

/* What stands there, and who made it. */
static int
expect(struct folder *f, struct apply_item *it, struct index_maker *out_was)
{
	struct entry e;
	int rc;

	*out_was = (struct index_maker){.dot = {0, 0}};
	entry_init(&e);
	rc = index_load(f->index, buf_span(&it->path), &e);
	it->expect = e.disk;
	if (rc == 0 && e.base.version != NULL) {
		memcpy(out_was->device, e.base.version->device, DEVICE_BYTES);
		out_was->dot = e.base.version->dot;
	}
	entry_release(&e);
	if (rc < 0 || it->expect.kind == KIND_NONE)
		return rc;
	return folder_restore_put_kept(f, it, out_was, 0);
}

static int
add_place(struct folder_restoring *r, size_t i, int64_t id)
{
	const struct folder_change *c = &r->changes.v.items[i];
	struct index_maker was;
	struct apply_item it;
	int rc = new_item(r->folder, buf_span(&c->path), &it);

	it.what = PLAN_PLACE;
	it.kind = c->kind;
	it.any_bits = false;
	it.bits = c->bits;
	it.mtime_ns = c->mtime_ns;
	it.size = c->size;
	it.content = c->content;
	it.source = c->kind == KIND_FILE ? APPLY_STAGED : APPLY_NONE;
	it.id = id;
	if (rc == 0)
		rc = expect(r->folder, &it, &was);
	if (rc < 0)
		buf_release(&it.path);
	return rc < 0 ? rc : push_item(r, &it, i, &was);
}

bool
folder_restore_doable(const struct folder_change *c)
{
	return c->what == FOLDER_CHANGE_CREATE ||
	       c->what == FOLDER_CHANGE_REPLACE;
}

int
folder_restore_prepare(struct folder_restoring *r)
{
	struct span before = {0};
	int64_t id;
	int rc = folder_batch(r->folder);

	for (size_t i = 0; rc == 0 && i < r->changes.v.n; i++) {
		const struct folder_change *c = &r->changes.v.items[i];

		if (!folder_restore_doable(c))
			continue;
		rc = add_dirs(r, buf_span(&c->path), before);
		if (rc == 0)
			rc = index_next_id(r->folder->index, &id);
		if (rc == 0 && c->kind == KIND_FILE)
			rc = add_stage(r, c, id);
		if (rc == 0)
			rc = add_place(r, i, id);
		before = buf_span(&c->path);
	}
	return rc;
}
