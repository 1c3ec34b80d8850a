/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Works are paths on their way to the disk. One apply job runs at a time; it
 * takes all works that stand when it starts, after the commit that holds
 * their intents.
 */
#include "daemon/folder/folder_work_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A job under way and whose it is. */
struct apply_run {
	struct folder *folder;
	struct apply_job job;
};

struct work *
folder_work(struct folder *f, struct span path)
{
	return folder_table_find(f->works, path.p, path.len);
}

void
folder_work_drop(struct folder *f, struct work *w)
{
	folder_table_drop(&f->works, w);
	apply_item_release(&w->item);
	version_free(w->version);
	free(w);
}

static struct work *
new_work(struct folder *f, struct span path)
{
	struct work *w = calloc(1, sizeof *w + path.len + 1);

	if (w == NULL)
		return NULL;
	w->len = path.len;
	memcpy(w->path, path.p, path.len);
	apply_item_init(&w->item);
	if (!folder_table_add(&f->works, w, w->path, w->len)) {
		free(w);
		return NULL;
	}
	return w;
}

int
folder_work_guard(struct folder *f, struct span path)
{
	struct work *w = new_work(f, path);

	if (w == NULL)
		return -ENOMEM;
	w->guard = true;
	w->again = w->again_force = folder_will_hash(f, path);
	return 0;
}

void
folder_work_unguard(struct folder *f, struct span path, struct span to)
{
	struct work *w = path.len > 0 ? folder_work(f, path) : NULL;

	if (w == NULL || !w->guard)
		return;
	if (w->again)
		folder_look_at(f, path, false, w->again_force);
	if (w->again_force && to.len > 0)
		folder_look_at(f, to, false, true);
	folder_work_drop(f, w);
}

/* What the item is to make of the path. */
static int
describe(struct folder *f, struct work *w, const struct entry *e,
    const struct plan_action *a)
{
	struct apply_item *it = &w->item;
	const struct version *v = a->version;
	int rc = buf_add(&it->path, entry_path(e));

	it->what = a->what;
	it->expect = e->disk;
	w->suspect = e->suspect && e->disk.size > 0;
	it->kind = a->derived ? KIND_DIR : (int)v->kind;
	it->any_bits = a->derived;
	if (v != NULL && !a->derived) {
		it->bits = version_bits(v, f->metadata);
		it->mtime_ns = v->mtime_ns;
		it->size = v->size;
		it->content = v->content;
		if (rc == 0)
			rc = buf_add(&it->target, v->target);
		if (rc == 0 && f->metadata != 0)
			rc = buf_add(&it->meta, v->meta);
		if (rc == 0)
			rc = version_copy(v, &w->version);
	} else {
		name_dir(&it->content);
	}
	return rc < 0 ? rc : buf_add(&it->copy, buf_span(&a->copy));
}

/*
 * What a power cut left has no version, so nobody could tell later whether it
 * is only old, or an edit that looks so. It stays with the user, under a name
 * beside: from there it is looked at like any file that is new. Without one
 * that fits it lies in quarantine as of unknown content, and returns.
 */
static int
name_suspect(struct folder *f, struct work *w)
{
	struct version v = {.path = buf_span(&w->item.path),
	    .mtime_ns = w->item.expect.mtime_ns,
	    .dot = folder_kept_dot(f, w->item.kept_id)};
	int rc;

	if (!w->suspect || w->item.copy.len > 0 || w->item.what == PLAN_TOUCH)
		return 0;
	rc = conflict_path(&v, &w->item.copy);
	if (rc == ERR_LIMIT)
		buf_clear(&w->item.copy);
	return rc == ERR_LIMIT ? 0 : rc;
}

int
folder_work_add(struct folder *f, const struct entry *e,
    const struct plan_action *a, struct work **out)
{
	struct work *w = new_work(f, entry_path(e));
	int rc;

	if (w == NULL)
		return -ENOMEM;
	rc = describe(f, w, e, a);
	if (rc == 0)
		rc = index_next_id(f->index, &w->item.kept_id);
	if (rc == 0)
		rc = name_suspect(f, w);
	if (rc == 0 && w->item.copy.len > 0 &&
	    folder_work(f, buf_span(&w->item.copy)) != NULL)
		buf_clear(&w->item.copy);
	if (rc == 0 && w->item.copy.len > 0)
		rc = folder_work_guard(f, buf_span(&w->item.copy));
	if (rc < 0) {
		folder_work_drop(f, w);
		return rc;
	}
	if (out != NULL)
		*out = w;
	folder_arm(f);
	return 0;
}

/* ---- the job ------------------------------------------------------------- */

static void
run_apply(void *arg)
{
	struct apply_run *run = arg;

	apply_run(&run->job);
}

static void
apply_done(void *arg)
{
	struct apply_run *run = arg;
	struct folder *f = run->folder;
	int rc = 0;

	f->applying = false;
	f->lasting_known = false;
	if (f->state != FOLDER_FAILED && run->job.rc < 0)
		folder_fail(f, run->job.rc, "sync names");
	if (f->state != FOLDER_FAILED)
		rc = folder_batch(f);
	log_hold(f->log);
	for (size_t i = 0;
	     rc == 0 && f->state != FOLDER_FAILED && i < run->job.items.n; i++)
		rc = folder_work_take(f, &run->job.items.items[i]);
	if (rc < 0)
		folder_fail(f, rc, "take what was applied");
	log_flush(f->log);
	if (f->closing && f->state != FOLDER_FAILED &&
	    index_in_batch(f->index) && index_commit(f->index) < 0)
		folder_fail(f, -EIO, "last commit");
	apply_job_release(&run->job);
	free(run);
	if (f->state != FOLDER_FAILED)
		folder_plan_again(f);
	folder_tell(f);
	folder_job_done(f);
}

/* Moves the item out of the work, which stays as a mark of the path. */
static int
hand_over(struct apply_job *job, struct work *w)
{
	struct apply_item moved = w->item;
	int rc = VEC_PUSH(&job->items, moved);

	if (rc < 0)
		return rc;
	apply_item_init(&w->item);
	/* Planning asks whether a directory is on its way. */
	w->item.what = moved.what;
	w->item.kind = moved.kind;
	return 0;
}

void
folder_work_start(struct folder *f)
{
	struct apply_run *run;
	struct work *w;
	int rc = 0;

	if (f->applying || f->works == NULL)
		return;
	run = calloc(1, sizeof *run);
	if (run == NULL) {
		folder_fail(f, -ENOMEM, "apply");
		return;
	}
	run->folder = f;
	run->job.place = f->place;
	for (w = f->works; rc == 0 && w != NULL; w = w->hh.next)
		if (w->applying)
			rc = hand_over(&run->job, w);
	if (rc == 0 && run->job.items.n > 0)
		rc = folder_job(f, run_apply, apply_done, run);
	if (rc < 0 || run->job.items.n == 0) {
		apply_job_release(&run->job);
		free(run);
		if (rc < 0)
			folder_fail(f, rc, "apply");
		return;
	}
	f->applying = true;
}

void
folder_works_release(struct folder *f)
{
	struct work *w, *next;

	HASH_ITER (hh, f->works, w, next)
		folder_work_drop(f, w);
}
