/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A stage job under way and whose it is. */
struct stage_run_of {
	struct folder *folder;
	struct stage_job job;
};

/* Queues an item for the next job; takes what it owns, even on error. Pieces
 * hold their fetch until let_go. */
int
folder_stage(struct folder *f, struct stage_item *taken)
{
	struct fetch *x = taken->what == STAGE_PIECES ? taken->owner : NULL;
	int rc = VEC_PUSH(&f->to_stage, *taken);

	if (rc < 0) {
		buf_release(&taken->bytes);
		buf_release(&taken->from);
		VEC_RELEASE(&taken->pieces);
		return rc;
	}
	if (x != NULL)
		x->jobs++;
	f->to_stage_bytes += taken->bytes.len;
	folder_arm(f);
	return 0;
}

int
folder_fetch_wanted(struct folder *f, const struct fetch *x, bool *out_wanted)
{
	const struct version *want;
	struct entry e;
	bool derived;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, buf_span(&x->path), &e);
	want = rc == 0 ? entry_wanted(&e, &derived) : NULL;
	*out_wanted = want != NULL && name_equal(&want->content, &x->content) &&
		      !name_equal(&e.disk.content, &x->content) &&
		      !folder_ignores(f, &e);
	entry_release(&e);
	return rc;
}

/* A content that is staged and that no work takes: does its path want it? */
void
folder_stage_settled(struct folder *f, struct fetch *x)
{
	bool still;
	int rc = folder_fetch_wanted(f, x, &still);

	if (rc < 0)
		folder_fail(f, rc, "staged");
	else if (!still && !x->expected)
		folder_fetch_drop(f, x);
	folder_plan_again(f);
}

static int
staged(struct folder *f, struct fetch *x)
{
	struct name content = x->content;
	int64_t id = x->id;
	int rc;

	x->state = FETCH_STAGED;
	rc = folder_plan_path(
	    f, buf_span(x->home.len > 0 ? &x->home : &x->path));
	/* Planning may have dropped it. */
	x = folder_fetch(f, &content);
	if (rc == 0 && x != NULL && x->id == id && !x->placing)
		folder_stage_settled(f, x);
	return rc;
}

static struct folder_link *
giver(struct folder *f, const struct fetch *x)
{
	for (struct folder_link *l = f->links; l != NULL; l = l->next)
		if (l->link != NULL && l->source == x->giver)
			return l;
	return NULL;
}

/* A kept version that is not there, or not what it was, is none. */
static void
lost(struct folder *f, const struct stage_item *it)
{
	int rc = 0;

	if (it->rc == ERR_NOTFOUND || it->rc == ERR_MISMATCH ||
	    it->rc == ERR_CHANGED)
		rc = index_past_lost(f->index, it->from_past);
	if (rc < 0)
		folder_fail(f, rc, "kept version");
}

/* It could not be staged: by another way, or later. */
static void
not_staged(struct folder *f, struct fetch *x, const struct stage_item *it)
{
	struct folder_link *l = giver(f, x);

	if (it->from_kept != 0 &&
	    (it->rc == ERR_NOTFOUND || it->rc == ERR_MISMATCH)) {
		folder_kept_doubt(f, it->from_kept, it->rc);
		folder_fetch_drop(f, x);
		folder_plan_again(f);
		return;
	}
	if (it->from_past != 0) {
		lost(f, it);
	} else if (it->from.len > 0) {
		folder_look_at(f, buf_span(&it->from), false, true);
	} else if (it->rc == ERR_MISMATCH && it->what == STAGE_WHOLE) {
		if (l != NULL)
			l->wrong = true;
		if (x->verify && l != NULL)
			folder_lacks(f, l, &x->content);
		x->verify = true;
		x->state = FETCH_WHOLE;
		return;
	}
	folder_trouble(f, buf_span(&x->path), it->rc, false, false);
	folder_fetch_drop(f, x);
	folder_plan_again(f);
}

static int
take_item(struct folder *f, struct stage_item *it)
{
	struct fetch *x = folder_fetch(f, &it->content);

	if (x == NULL || x->id != it->id)
		return 0;
	if (it->what == STAGE_PIECES) {
		if (it->rc == 0)
			return folder_pieces_done(f, x, it);
		not_staged(f, x, it);
		return 0;
	}
	if (it->rc == 0)
		return staged(f, x);
	not_staged(f, x, it);
	return 0;
}

/* A fetch that was dropped while this job wrote it is freed now. */
static void
let_go(struct folder *f, struct stage_run_of *run)
{
	VEC_EACH (&run->job.items, it)
		if (it->what == STAGE_PIECES)
			folder_fetch_unref(f, it->owner);
}

static void
run_stage(void *arg)
{
	struct stage_run_of *run = arg;

	stage_run(&run->job);
}

static void
stage_done(void *arg)
{
	struct stage_run_of *run = arg;
	struct folder *f = run->folder;
	int rc = run->job.rc;

	f->staging--;
	let_go(f, run);
	if (folder_takes(f) && rc == 0)
		rc = folder_batch(f);
	for (size_t i = 0; folder_takes(f) && rc == 0 && i < run->job.items.n;
	     i++)
		rc = take_item(f, &run->job.items.items[i]);
	if (folder_takes(f) && rc < 0)
		folder_fail(f, rc, "stage");
	stage_job_release(&run->job);
	free(run);
	folder_job_done(f);
}

/* Moves up to a job's worth of items from the queue into the job. */
static int
fill(struct folder *f, struct stage_job *job)
{
	size_t n = 0, bytes = 0;
	int rc = 0;

	while (rc == 0 && n < f->to_stage.n && n < JOB_STAGES &&
	       bytes < JOB_BYTES) {
		rc = VEC_PUSH(&job->items, f->to_stage.items[n]);
		if (rc == 0)
			bytes += f->to_stage.items[n++].bytes.len;
	}
	f->to_stage.n -= n;
	f->to_stage_bytes -= bytes;
	if (f->to_stage.n > 0)
		memmove(f->to_stage.items, f->to_stage.items + n,
		    f->to_stage.n * sizeof *f->to_stage.items);
	return rc;
}

static int
start(struct folder *f)
{
	struct stage_run_of *run = calloc(1, sizeof *run);
	int rc;

	if (run == NULL)
		return -ENOMEM;
	run->folder = f;
	run->job.place = f->place;
	rc = fill(f, &run->job);
	if (rc == 0)
		rc = folder_job(f, run_stage, stage_done, run);
	if (rc < 0) {
		let_go(f, run);
		stage_job_release(&run->job);
		free(run);
		return rc;
	}
	f->staging++;
	return 0;
}

void
folder_stage_step(struct folder *f)
{
	int rc = 0;

	while (rc == 0 && f->to_stage.n > 0 && f->staging < JOBS_STAGING)
		rc = start(f);
	if (rc < 0)
		folder_fail(f, rc, "stage");
}

void
folder_stage_release(struct folder *f)
{
	VEC_EACH (&f->to_stage, it) {
		if (it->what == STAGE_PIECES)
			folder_fetch_unref(f, it->owner);
		buf_release(&it->bytes);
		buf_release(&it->from);
		VEC_RELEASE(&it->pieces);
	}
	VEC_RELEASE(&f->to_stage);
}
