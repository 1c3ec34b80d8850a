/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
folder_arm(struct folder *f)
{
	if (!f->turning && !f->closing)
		host_timer_start(f->host, f->turn, 0);
	f->turning = true;
}

void
folder_fail(struct folder *f, int rc, const char *what)
{
	if (f->state == FOLDER_FAILED)
		return;
	f->state = FOLDER_FAILED;
	f->halt = err_text(rc);
	if (f->index != NULL)
		index_rollback(f->index);
	log_err(f->log, "folder_failed", LOG_STR("folder", f->id),
	    LOG_STR("doing", what), LOG_ERR("error", rc));
	folder_tell(f);
}

void
folder_halt(struct folder *f, enum folder_halt why, const char *format, ...)
{
	va_list ap;

	if (f->state == FOLDER_FAILED)
		return;
	/* What else is wrong with it stays, but for where its root went after
	 * its mark. */
	if (f->state == FOLDER_HALTED &&
	    (f->halt_why != FOLDER_HALT_UNMARKED || why == f->halt_why))
		return;
	va_start(ap, format);
	vsnprintf(f->halt_text, sizeof f->halt_text, format, ap);
	va_end(ap);
	f->state = FOLDER_HALTED;
	f->halt = f->halt_text;
	f->halt_why = why;
	log_err(f->log, "folder_halted", LOG_STR("folder", f->id),
	    LOG_STR("why", f->halt));
	folder_arm(f); /* who waits for a look is told */
	folder_tell(f);
}

int
folder_batch(struct folder *f)
{
	int rc;

	if (f->state == FOLDER_FAILED)
		return ERR_CLOSED;
	folder_arm(f);
	if (index_in_batch(f->index))
		return 0;
	rc = index_begin(f->index);
	if (rc < 0)
		folder_fail(f, rc, "begin");
	return rc;
}

int
folder_batch_end(struct folder *f, int rc)
{
	if (rc == 0)
		rc = index_commit(f->index);
	if (rc < 0)
		index_rollback(f->index);
	return rc;
}

static bool
commit(struct folder *f)
{
	int rc;

	if (f->state == FOLDER_FAILED || !index_in_batch(f->index))
		return f->state != FOLDER_FAILED;
	rc = index_commit(f->index);
	if (rc < 0)
		folder_fail(f, rc, "commit");
	f->commits++;
	return rc == 0;
}

void
folder_judge_root(struct folder *f)
{
	int rc = f->root >= 0 ? folder_root_stands(f) : 0;

	if (rc < 0)
		log_warn(f->log, "root_not_seen", LOG_STR("folder", f->id),
		    LOG_ERR("error", rc));
}

/* Before anybody hears that the look is done. */
static void
root_due(struct folder *f)
{
	if (!folder_live(f) || f->root_ns > host_mono_ns(f->host))
		return;
	f->root_ns = INT64_MAX;
	folder_judge_root(f);
}

static void
take_turn(struct folder *f)
{
	int rc;

	root_due(f);
	if (folder_live(f)) {
		folder_look_step(f);
		folder_plan_step(f);
	} else {
		folder_tell_scanned(f);
	}
	rc = folder_live(f) ? folder_work_intents(f) : 0;
	if (rc < 0) {
		folder_fail(f, rc, "intents");
		return;
	}
	if (!commit(f) || f->closing)
		return;
	folder_kept_start(f);
	folder_restore_start(f);
	if (folder_live(f)) {
		folder_work_start(f);
		folder_stage_step(f);
		folder_fetch_step(f);
	}
	folder_serve_step(f);
	folder_links_step(f);
	if (f->greet_due) {
		f->greet_due = false;
		f->greet(f->arg);
	}
}

/* One turn: judge, plan, commit, start jobs, send. */
static void
turn(void *arg)
{
	struct folder *f = arg;
	bool in_sync;

	f->turning = false;
	if (f->closing)
		return;
	if (f->state != FOLDER_FAILED)
		take_turn(f);
	if (f->state == FOLDER_RUNNING && folder_quiet(f))
		folder_troubles_quiet(f);
	if (f->state == FOLDER_RUNNING)
		folder_troubles_tried(f);
	folder_verify_step(f);
	/* What ends last, a walk or a commit, may change nothing else. */
	in_sync = folder_in_sync(f);
	if (f->told_changed || (in_sync && !f->was_in_sync)) {
		f->told_changed = false;
		f->changed(f->arg);
	}
	f->was_in_sync = in_sync;
}

void
folder_alarm(struct folder *f, int64_t due_ns)
{
	int64_t wait = due_ns - host_mono_ns(f->host);

	if (f->alarm_ns <= due_ns)
		return;
	f->alarm_ns = due_ns;
	host_timer_start(f->host, f->clock,
	    wait <= 0 ? 0 : (uint64_t)(wait / NS_PER_MS) + 1);
}

/* The earliest of what waits for a time. */
static void
set_alarm(struct folder *f)
{
	int64_t due = f->rescan_ns < f->kept_ns ? f->rescan_ns : f->kept_ns;

	if (f->ask_ns < due)
		due = f->ask_ns;
	if (f->past_ns < due)
		due = f->past_ns;
	if (f->acked_ns < due)
		due = f->acked_ns;
	if (f->sync_ns < due)
		due = f->sync_ns;
	if (f->root_ns < due)
		due = f->root_ns;
	if (f->rests != NULL && f->rest_due_ns < due)
		due = f->rest_due_ns;
	for (struct trouble *t = f->troubles; t != NULL; t = t->hh.next)
		if (t->due_ns < due)
			due = t->due_ns;
	folder_alarm(f, due);
}

static void
alarm_rang(void *arg)
{
	struct folder *f = arg;
	int64_t now = host_mono_ns(f->host);

	f->alarm_ns = INT64_MAX;
	if (f->closing || f->state == FOLDER_FAILED)
		return;
	if (folder_live(f)) {
		folder_troubles_due(f);
		if (now >= f->ask_ns) {
			f->ask_ns = INT64_MAX;
			folder_plan_again(f);
		}
		if (now >= f->kept_ns)
			folder_kept_due(f);
		if (now >= f->past_ns)
			folder_past_due(f);
		if (now >= f->acked_ns)
			folder_acked_due(f);
		if (now >= f->sync_ns)
			folder_cut_due(f);
		if (f->rests != NULL && now >= f->rest_due_ns)
			folder_rests_due(f);
		if (now >= f->root_ns)
			folder_arm(f);
		if (now >= f->rescan_ns) {
			f->root_ns = now;
			folder_look_at(f, span_of(NULL, 0), true, false);
		}
		if (f->planning || f->again)
			folder_arm(f); /* the walk may have rested */
	}
	if (now >= f->rescan_ns)
		f->rescan_ns =
		    now + (int64_t)NS_PER_MS * (watch_limited(f->watch)
						       ? RESCAN_UNWATCHED_MS
						       : RESCAN_MS);
	/* While halted nothing is done when due: accepting sets it anew. */
	if (folder_live(f))
		set_alarm(f);
}

/* ---- jobs ---------------------------------------------------------------- */

static void
finish_close(struct folder *f)
{
	host_cb *closed = f->closed;
	void *arg = f->closed_arg;

	folder_links_release(f);
	folder_look_release(f);
	folder_troubles_release(f);
	folder_notes_release(f);
	folder_rests_release(f);
	folder_works_release(f);
	folder_stage_release(f);
	folder_verify_release(f);
	folder_fetches_release(f);
	folder_kept_release(f);
	path_list_release(&f->find_dirs);
	index_cursor_release(&f->cursor);
	path_list_release(&f->vanished);
	folder_rules_release(f);
	host_timer_free(f->host, f->turn);
	host_timer_free(f->host, f->clock);
	watch_free(f->watch);
	buf_release(&f->lasting_dir);
	index_close(f->index);
	folder_root_close(f);
	VEC_RELEASE(&f->scan_waiters);
	VEC_RELEASE(&f->numbers);
	free(f->status_peers);
	free(f->id);
	free(f->path);
	free(f);
	if (closed != NULL)
		closed(arg);
}

int
folder_job(struct folder *f, host_cb *work, host_cb *done, void *arg)
{
	int rc = host_job(f->host, work, done, arg);

	if (rc == 0)
		f->jobs++;
	return rc;
}

void
folder_job_done(struct folder *f)
{
	f->jobs--;
	if (f->closing && f->jobs == 0)
		finish_close(f);
	else
		folder_arm(f);
}

/* ---- open, close --------------------------------------------------------- */

/* Where the root went, or its .tutti, the looks alone would not tell: what is
 * held open is still whole. It rests first, as deletes do: all may be going. */
static void
watched(void *arg, const struct watch_event *event)
{
	struct folder *f = arg;

	if (event->dir.len == 0 && event->name.len == 0) {
		f->root_ns = host_mono_ns(f->host) + REST_MS * NS_PER_MS;
		folder_alarm(f, f->root_ns);
	}
	folder_watched(f, event);
}

static int
start(struct folder *f, const struct folder_options *o)
{
	int rc;

	rc = host_timer_new(f->host, turn, f, &f->turn);
	if (rc == 0)
		rc = host_timer_new(f->host, alarm_rang, f, &f->clock);
	if (rc == 0)
		rc = watch_new(f->host, watched, f, &f->watch);
	if (rc == 0)
		rc = folder_root_open(f, o);
	if (rc < 0)
		return rc;
	f->put_off = f->fresh; /* what was seen before the last stop, say */
	f->alarm_ns = f->kept_ns = f->ask_ns = f->past_ns = INT64_MAX;
	f->acked_ns = INT64_MAX;
	f->sync_ns = f->root_ns = INT64_MAX;
	f->rescan_ns = host_mono_ns(f->host) + RESCAN_MS * NS_PER_MS;
	folder_alarm(f, f->rescan_ns);
	if (f->state != FOLDER_SCANNING)
		return 0;
	rc = folder_meta_open(f, o->metadata);
	if (rc == 0)
		rc = folder_past_open(f);
	if (rc == 0)
		rc = folder_kept_check(f);
	if (rc == 0)
		rc = folder_cut_open(f);
	if (rc == 0)
		rc = folder_dirty(f, span_of(NULL, 0), true, false);
	if (rc < 0)
		return rc;
	f->first_look = true;
	folder_kept_later(f);
	/* Last: when something fails no job may run. */
	return folder_find_open(f);
}

int
folder_open(const struct folder_options *o, struct folder **out)
{
	struct folder *f = calloc(1, sizeof *f);
	int rc = -ENOMEM;

	if (f == NULL)
		return rc;
	f->host = o->host;
	f->log = o->log;
	f->mode = o->mode;
	f->has_peers = o->has_peers;
	f->changed = o->changed;
	f->name = o->name;
	f->greet = o->greet;
	f->arg = o->arg;
	f->versions_ns = o->versions_ns;
	f->versions_max = o->versions_max;
	f->root = f->place.root = -1;
	f->place.stage = f->place.quarantine = f->place.versions = -1;
	f->lock = -1;
	memcpy(f->device, o->device, DEVICE_BYTES);
	index_cursor_init(&f->cursor, false);
	path_list_init(&f->vanished);
	path_list_init(&f->find_dirs);
	path_list_init(&f->rule_dirs);
	buf_init(&f->own_rules, 1 << 20);
	buf_init(&f->lasting_dir, LIMIT_PATH_BYTES);
	f->id = strdup(o->id);
	f->path = strdup(o->path);
	if (f->id != NULL && f->path != NULL)
		rc = buf_add(&f->own_rules, o->ignore);
	if (rc == 0)
		rc = start(f, o);
	if (rc < 0) {
		f->closing = true;
		finish_close(f);
		return rc;
	}
	*out = f;
	return 0;
}

void
folder_close(struct folder *f, host_cb *done, void *arg)
{
	if (f->state == FOLDER_RUNNING && f->acked_ns != INT64_MAX)
		folder_acked_due(f);
	if (commit(f) && f->state == FOLDER_RUNNING) {
		folder_cut_stop(f);
		folder_root_stop(f);
	}
	f->closing = true;
	f->closed = done;
	f->closed_arg = arg;
	folder_restore_end(f);
	host_timer_stop(f->host, f->turn);
	host_timer_stop(f->host, f->clock);
	folder_tell_scanned(f);
	if (f->jobs == 0)
		finish_close(f);
}

void
folder_tell_scanned(struct folder *f)
{
	size_t n = f->scan_waiters.n;

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		f->scan_waiters.items[i].cb(f->scan_waiters.items[i].arg);
	memmove(f->scan_waiters.items, f->scan_waiters.items + n,
	    (f->scan_waiters.n - n) * sizeof *f->scan_waiters.items);
	f->scan_waiters.n -= n;
	folder_tell(f);
}

int
folder_scan(struct folder *f, host_cb *done, void *arg)
{
	int rc;

	if (f->state == FOLDER_HALTED)
		return ERR_HALTED;
	rc = VEC_GROW(&f->scan_waiters);
	if (rc < 0)
		return rc;
	if (folder_live(f)) {
		f->root_ns = host_mono_ns(f->host);
		rc = folder_dirty(f, span_of(NULL, 0), true, false);
		if (rc < 0)
			return rc;
	}
	if (done != NULL) {
		f->scan_waiters.items[f->scan_waiters.n].cb = done;
		f->scan_waiters.items[f->scan_waiters.n++].arg = arg;
	}
	folder_arm(f);
	return 0;
}

const char *
folder_id(const struct folder *f)
{
	return f->id;
}

const char *
folder_path(const struct folder *f)
{
	return f->path;
}
