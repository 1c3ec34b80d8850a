/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doing it: the old contents are put together in the stage and get their
 * names as in any apply job, of which there is one at a time; what they
 * displace rests in quarantine and is kept from there. No version is noted
 * as intent: the paths are looked at afterwards, and what is found there is a
 * change made here, whenever we are stopped.
 */
#include "daemon/folder/folder_restore_internal.h"

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
		rc = folder_restore_put_kept(
		    f, it, &r->was.items[i], host_now_ns(f->host));
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

		if (!folder_restore_doable(c) || c->kind != KIND_FILE)
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
		rc = folder_restore_prepare(r);
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
