/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doing it: the old contents are put together in the stage and get their
 * names as in any apply job, of which there is one at a time; what they
 * displace rests in quarantine and is kept from there. No version is noted
 * as intent: the paths are looked at afterwards, and what is found there is a
 * change made here, whenever we are stopped.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/path.h"

static void
release(struct folder_restoring *r)
{
	VEC_EACH (&r->changes.v, c) {
		buf_release(&c->path);
		buf_release(&c->from);
	}
	VEC_RELEASE(&r->changes.v);
	buf_release(&r->changes.after);
	VEC_RELEASE(&r->change);
	VEC_RELEASE(&r->was);
	stage_job_release(&r->stage);
	apply_job_release(&r->apply);
	free(r);
}

/* Tells, and ends. */
static void
finish(struct folder_restoring *r, int rc)
{
	r->changes.rc = rc;
	r->done(r->arg, &r->changes);
	release(r);
}

/* ---- before the job ------------------------------------------------------ */

static int
new_item(struct folder *f, struct span path, struct apply_item *out)
{
	*out = (struct apply_item){
	    .what = PLAN_MAKE_DIR, .kind = KIND_DIR, .any_bits = true};
	buf_init(&out->path, LIMIT_PATH_BYTES);
	buf_init(&out->target, LIMIT_TARGET_BYTES);
	buf_init(&out->from, LIMIT_PATH_BYTES);
	buf_init(&out->copy, LIMIT_PATH_BYTES);
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

/* Quarantine's row for what the item is about to displace. */
static int
put_kept(struct folder *f, const struct apply_item *it,
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
	return put_kept(f, it, out_was, 0);
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

static bool
is_doable(const struct folder_change *c)
{
	return c->what == FOLDER_CHANGE_CREATE ||
	       c->what == FOLDER_CHANGE_REPLACE;
}

static int
prepare(struct folder_restoring *r)
{
	struct span before = {0};
	int64_t id;
	int rc = folder_batch(r->folder);

	for (size_t i = 0; rc == 0 && i < r->changes.v.n; i++) {
		const struct folder_change *c = &r->changes.v.items[i];

		if (!is_doable(c))
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

/* ---- the job ------------------------------------------------------------- */

/* The text of a link is read where it is kept. */
static int
read_target(struct folder_restoring *r, struct apply_item *it, size_t change)
{
	const struct apply_place *place = &r->apply.place;
	struct span from = buf_span(&r->changes.v.items[change].from);
	struct span last = path_name(from);
	char name[LIMIT_NAME_BYTES + 1];
	int dir, rc;

	if (last.len == 0 || last.len >= sizeof name)
		return -ENOENT;
	memcpy(name, last.p, last.len);
	name[last.len] = 0;
	rc = host_open_below(place->host, place->root, path_parent(from), &dir);
	if (rc < 0)
		return rc;
	rc = host_read_link(place->host, dir, name, &it->target);
	host_close(place->host, dir);
	return rc;
}

/* What could not be placed does not lie about. */
static void
drop_staged(struct folder_restoring *r, const struct apply_item *it)
{
	char name[24];

	if (it->rc == 0 || it->source != APPLY_STAGED)
		return;
	snprintf(name, sizeof name, "%lld", (long long)it->id);
	(void)!host_unlink(r->apply.place.host, r->apply.place.stage, name);
}

/* One whose content could not be had is not placed, and says why. */
static void
run_restore(void *arg)
{
	struct folder_restoring *r = arg;

	stage_run(&r->stage);
	for (size_t i = 0; i < r->apply.items.n; i++) {
		struct apply_item *it = &r->apply.items.items[i];

		if (it->what == PLAN_PLACE && it->kind == KIND_SYMLINK)
			r->changes.v.items[r->change.items[i]].rc =
			    read_target(r, it, r->change.items[i]);
	}
	apply_run(&r->apply);
	for (size_t i = 0; i < r->apply.items.n; i++)
		drop_staged(r, &r->apply.items.items[i]);
}

/* ---- after it ------------------------------------------------------------ */

static int
take_item(struct folder_restoring *r, size_t i)
{
	struct apply_item *it = &r->apply.items.items[i];
	size_t change = r->change.items[i];
	struct folder *f = r->folder;
	int rc;

	if (it->kept)
		rc = put_kept(f, it, &r->was.items[i], host_now_ns(f->host));
	else
		rc = index_kept_drop(f->index, it->kept_id);
	if (change != SIZE_MAX && r->changes.v.items[change].rc == 0)
		r->changes.v.items[change].rc = it->rc;
	if (rc == 0)
		rc = folder_touched(f, buf_span(&it->path));
	folder_look_at(f, buf_span(&it->path), false, true);
	return rc;
}

/* What was staged and could not be placed is of no use. */
static void
take_stage(struct folder_restoring *r)
{
	size_t s = 0;

	for (size_t i = 0; i < r->changes.v.n; i++) {
		struct folder_change *c = &r->changes.v.items[i];

		if (!is_doable(c) || c->kind != KIND_FILE)
			continue;
		if (r->stage.items.items[s].rc < 0)
			c->rc = r->stage.items.items[s].rc;
		s++;
	}
}

static void
restore_done(void *arg)
{
	struct folder_restoring *r = arg;
	struct folder *f = r->folder;
	int rc = 0;

	f->applying = false;
	take_stage(r);
	if (folder_takes(f) && r->apply.rc < 0)
		folder_fail(f, r->apply.rc, "restore");
	if (folder_takes(f))
		rc = folder_batch(f);
	for (size_t i = 0; rc == 0 && folder_takes(f) && i < r->apply.items.n;
	     i++)
		rc = take_item(r, i);
	if (folder_takes(f) && rc < 0)
		folder_fail(f, rc, "restore");
	if (folder_takes(f))
		folder_plan_again(f);
	log_info(f->log, "restored", LOG_STR("folder", f->id),
	    LOG_INT("paths", (int64_t)r->changes.v.n));
	finish(r, r->apply.rc < 0 ? r->apply.rc : rc);
	folder_job_done(f);
}

/* ---- life ---------------------------------------------------------------- */

void
folder_restore_start(struct folder *f)
{
	struct folder_restoring *r = f->restoring;
	int rc;

	if (r == NULL || (folder_live(f) && f->applying))
		return;
	f->restoring = NULL;
	if (!folder_live(f)) {
		finish(r, ERR_HALTED);
		return;
	}
	if (r->apply.items.n == 0) {
		finish(r, 0);
		return;
	}
	r->stage.place = r->apply.place = f->place;
	rc = folder_job(f, run_restore, restore_done, r);
	f->applying = rc == 0;
	if (rc < 0)
		finish(r, rc);
}

void
folder_restore_end(struct folder *f)
{
	struct folder_restoring *r = f->restoring;

	f->restoring = NULL;
	if (r != NULL)
		finish(r, ERR_CLOSED);
}

int
folder_restore(struct folder *f, const struct folder_restore_options *o,
    folder_changed_cb *done, void *arg)
{
	struct folder_restoring *r;
	int rc;

	if (f->restoring != NULL || f->fresh)
		return ERR_BUSY;
	if (!folder_live(f))
		return ERR_HALTED;
	if (f->mode == MSG_MODE_RECEIVE && !o->dry)
		return -EROFS;
	r = calloc(1, sizeof *r);
	if (r == NULL)
		return -ENOMEM;
	r->folder = f;
	r->done = done;
	r->arg = arg;
	buf_init(&r->changes.after, LIMIT_PATH_BYTES);
	rc = folder_restore_find(r, o);
	if (rc == 0 && !o->dry)
		rc = prepare(r);
	if (rc < 0) {
		release(r);
		return rc;
	}
	if (o->dry) {
		finish(r, 0);
		return 0;
	}
	f->restoring = r;
	folder_arm(f);
	return 0;
}
