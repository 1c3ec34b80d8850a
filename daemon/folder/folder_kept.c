/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came out of users' names rests in quarantine for a grace time. Then,
 * if nobody has it open for writing and it still is the content that was
 * displaced, it goes: for good if its content stands in the tree, else to
 * the kept versions. That content was superseded, or has its copy, or the
 * file would not have been displaced. What a user wrote to since returns as
 * soon as he has closed it. Anything else stays, and is said.
 *
 * The row of the kept version is committed before the job moves the file, as
 * one that is expected; after a stop in between it is where one of the two
 * rows says.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>

/* Where no lease says whether somebody has it open: no file here has any, or
 * this one has not. */
#define GRACE_UNLEASED_NS (10 * KEPT_GRACE_NS)
/* A clock that is set right little by little is ahead by less in that time. */
#define SLEW_NS (INT64_C(5) * 1000 * NS_PER_MS)
#define LOOK_NS (INT64_C(15) * 1000 * NS_PER_MS)
/* Files judged by one job. */
#define JUDGE_STEP 256

/* A job and whose it is. */
struct folder_judge {
	struct folder *folder;
	int64_t last; /* there may be more after this number; 0: no */
	struct judge_job job;
};

static void
release(struct folder_judge *j)
{
	judge_job_release(&j->job);
	free(j);
}

void
folder_kept_release(struct folder *f)
{
	if (f->to_judge != NULL)
		release(f->to_judge);
	f->to_judge = NULL;
}

/*
 * A clock that is set ahead says that what was displaced just now has lain here
 * for long, and before the start nobody watched it: then a grace begins anew.
 * That it is set back index_kept_clamp sees to.
 */
static void
watch_clock(struct folder *f)
{
	int64_t mono_ns = host_mono_ns(f->host);
	int64_t ahead_ns = host_now_ns(f->host) - mono_ns;

	if (!f->kept_clock.watched ||
	    ahead_ns > f->kept_clock.ahead_ns + SLEW_NS)
		f->kept_clock = (struct kept_clock){true, ahead_ns, mono_ns};
	else if (ahead_ns < f->kept_clock.ahead_ns)
		f->kept_clock.ahead_ns = ahead_ns;
}

/* Comes back while there is anything in quarantine. */
static void
come_back(struct folder *f, int64_t wait_ns)
{
	struct id_list any = {0};
	int rc = index_kept_after(f->index, 0, 1, &any);

	if (rc == 0 && any.v.n > 0) {
		f->kept_ns = host_mono_ns(f->host) + wait_ns;
		folder_alarm(f, f->kept_ns);
	}
	VEC_RELEASE(&any.v);
}

void
folder_kept_later(struct folder *f)
{
	watch_clock(f);
	come_back(f, LOOK_NS);
}

/* ---- after the job ------------------------------------------------------- */

/* Why it stays. Its kept version is not expected any more. */
static int
stays(struct folder *f, const struct judge_item *it)
{
	struct index_kept k = {0};
	int rc;

	log_warn(f->log, "quarantine_kept", LOG_STR("folder", f->id),
	    LOG_INT("file", it->id), LOG_ERR("error", it->rc));
	if (it->rc == -ENOTDIR || it->rc == -ELOOP)
		f->past_flat = true;
	rc = index_past_drop(f->index, it->id);
	if (rc < 0 || it->rc != -EEXIST)
		return rc;
	/* A name that we did not know of: another second has another. */
	buf_init(&k.path, LIMIT_PATH_BYTES);
	rc = index_kept_get(f->index, it->id, &k);
	k.since_ns += 1000 * NS_PER_MS;
	if (rc == 0)
		rc = index_kept_put(f->index, &k);
	buf_release(&k.path);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static int
take_judged(struct folder *f, const struct judge_item *it)
{
	int rc = 0;

	switch (it->what) {
	case JUDGE_STAYS:
		return stays(f, it);
	case JUDGE_RESTS: /* of one that might have gone a row is expected */
		return it->rests ? 0 : index_past_drop(f->index, it->id);
	case JUDGE_RETURNED:
		log_warn(f->log, "late_edit_returned", LOG_STR("folder", f->id),
		    LOG_PATH("path", buf_span(&it->path)));
		folder_look_at(f, buf_span(&it->path), false, true);
		rc = index_past_drop(f->index, it->id);
		break;
	case JUDGE_GONE:
		rc = folder_past_settle(f, it->id, PAST_NOTED, &it->st);
		break;
	case JUDGE_KEPT:
		rc = folder_past_settle(f, it->id, PAST_FILE, &it->st);
		break;
	}
	return rc < 0 ? rc : index_kept_drop(f->index, it->id);
}

static void
run_judge(void *arg)
{
	struct folder_judge *j = arg;

	judge_run(&j->job);
}

/* Comes back at once to what is after the last one, or else later to all. */
static void
go_on(struct folder *f, int64_t last)
{
	f->kept_from = last;
	come_back(f, last > 0 ? 0 : LOOK_NS);
}

static void
judge_done(void *arg)
{
	struct folder_judge *j = arg;
	struct folder *f = j->folder;
	int64_t last = j->last;
	int rc = j->job.rc;

	f->judging = false;
	if (folder_takes(f) && rc == 0)
		rc = folder_batch(f);
	for (size_t i = 0; folder_takes(f) && rc == 0 && i < j->job.items.n;
	     i++)
		rc = take_judged(f, &j->job.items.items[i]);
	if (folder_takes(f) && rc < 0)
		folder_fail(f, rc, "quarantine");
	release(j);
	if (folder_takes(f)) {
		go_on(f, last);
		folder_past_later(f, 0);
	}
	folder_job_done(f);
}

/* ---- before it ----------------------------------------------------------- */

/* Is it too young to go where nobody knows whether it is open? By the clock, or
 * by how long that went as it should. */
static bool
is_young(const struct folder *f, const struct index_kept *k)
{
	return k->since_ns >= host_now_ns(f->host) - GRACE_UNLEASED_NS ||
	       host_mono_ns(f->host) - f->kept_clock.since_ns <
		   GRACE_UNLEASED_NS;
}

/* Does a living version still need what this one holds? Planning its path
 * makes the copy of a loser, if it can be made. */
static int
is_needed(struct folder *f, const struct index_kept *k)
{
	struct entry e;
	int rc = folder_plan_path(f, buf_span(&k->path));
	bool needed = false;

	entry_init(&e);
	if (rc == 0)
		rc = index_load(f->index, buf_span(&k->path), &e);
	for (size_t i = 0; rc == 0 && i < e.known.v.n; i++) {
		const struct version *v = e.known.v.items[i];

		needed |= name_equal(&v->content, &k->content) &&
			  version_set_living(&e.known, v) &&
			  !name_equal(&e.disk.content, &k->content);
	}
	entry_release(&e);
	return rc < 0 ? rc : needed;
}

/*
 * Is it a loser's copy that nobody has heard of? It lies here before its version
 * is stored. When we are stopped in between it is made anew, unless the original
 * went with the stop: then this is all there is, and nobody decided about it.
 * Without a stop somebody did, by writing to the original.
 */
static int
is_unheard_of(struct folder *f, const struct index_kept *k)
{
	bool heard_of;
	struct entry e;
	int rc =
	    k->id < f->start_first_id ? plan_home(buf_span(&k->path), NULL) : 0;

	if (rc <= 0)
		return rc;
	entry_init(&e);
	rc = index_load(f->index, buf_span(&k->path), &e);
	heard_of = e.base.present || e.known.v.n > 0;
	entry_release(&e);
	if (rc < 0 || heard_of)
		return rc;
	rc = folder_past_stands(f, &k->content);
	return rc < 0 ? rc : rc == 0;
}

/* No counter is ever that high: a version of the same second, and of a counter
 * that is this number, has a conflict copy of another name. */
struct dot
folder_kept_dot(const struct folder *f, int64_t id)
{
	return (struct dot){index_replica(f->index), ~(uint64_t)id};
}

/* Takes k's path into the item, and expects its kept version if it may go. */
static int
add(struct folder *f, struct index_kept *k, bool rests, struct judge_job *job)
{
	struct judge_item it = {
	    .id = k->id,
	    .content = k->content,
	    .path = k->path,
	    .dot = folder_kept_dot(f, k->id),
	    .rests = rests,
	    .young = is_young(f, k),
	    .since_ns = k->since_ns,
	};
	int rc = 0;

	buf_init(&it.name, INDEX_PAST_NAME_BYTES);
	if (!rests)
		rc = folder_past_expect(f, k, &it.name);
	if (rc == 0)
		rc = VEC_PUSH(&job->items, it);
	if (rc < 0)
		buf_release(&it.name);
	else
		buf_init(&k->path, 0); /* taken */
	return rc;
}

/* One of those in quarantine; not settled: none of them may go now. */
static int
add_one(struct folder *f, int64_t id, bool settled, struct judge_job *job)
{
	int64_t old_ns = host_now_ns(f->host) - KEPT_GRACE_NS;
	struct index_kept k = {.id = id};
	bool old, rests;
	int rc;

	buf_init(&k.path, LIMIT_PATH_BYTES);
	rc = index_kept_get(f->index, id, &k);
	old = settled && k.since_ns < old_ns;
	if (!f->place.leases) /* no need to ask for any file */
		old &= !is_young(f, &k);
	if (rc == 0 && old)
		rc = is_needed(f, &k);
	rests = !old || rc > 0;
	if (rc == 0 && !rests)
		rc = is_unheard_of(f, &k);
	if (rc > 0 && !rests)
		k.content = (struct name){0}; /* unknown: it returns */
	if (rc >= 0)
		rc = add(f, &k, rests, job);
	buf_release(&k.path);
	return rc;
}

static int
fill(struct folder *f, bool settled, struct folder_judge *j)
{
	struct id_list ids = {0};
	int rc = index_kept_clamp(f->index, host_now_ns(f->host));

	watch_clock(f);
	if (rc == 0)
		rc = index_kept_after(f->index, f->kept_from, JUDGE_STEP, &ids);
	if (ids.v.n == JUDGE_STEP)
		j->last = ids.v.items[JUDGE_STEP - 1];
	for (size_t i = 0; rc == 0 && i < ids.v.n; i++)
		rc = add_one(f, ids.v.items[i], settled, &j->job);
	VEC_RELEASE(&ids.v);
	return rc;
}

void
folder_kept_due(struct folder *f)
{
	/* While anything is open here, what lies in quarantine may be what is
	 * wanted; then only edits return. */
	bool settled = folder_in_sync(f);
	struct folder_judge *j;
	int rc;

	f->kept_ns = INT64_MAX;
	if (f->judging || f->to_judge != NULL)
		return;
	j = calloc(1, sizeof *j);
	rc = j == NULL ? -ENOMEM : folder_batch(f);
	/* A quiet moment, in which some old chunk lists go as well. */
	if (rc == 0 && settled)
		rc = index_tidy(f->index);
	if (rc >= 0)
		rc = fill(f, settled, j);
	if (rc < 0) {
		if (j != NULL)
			release(j);
		folder_fail(f, rc, "quarantine");
		return;
	}
	j->folder = f;
	f->to_judge = j;
}

void
folder_kept_start(struct folder *f)
{
	struct folder_judge *j = f->to_judge;
	int rc;

	if (j == NULL)
		return;
	f->to_judge = NULL;
	if (!folder_live(f)) { /* halted since: judged anew, some day */
		release(j);
		f->kept_ns = host_mono_ns(f->host);
		return;
	}
	if (j->job.items.n == 0) {
		release(j);
		go_on(f, 0);
		return;
	}
	j->job.place = f->place;
	rc = folder_job(f, run_judge, judge_done, j);
	f->judging = rc == 0;
	if (rc < 0) {
		release(j);
		folder_fail(f, rc, "quarantine");
	}
}

void
folder_kept_doubt(struct folder *f, int64_t id, int rc)
{
	struct index_kept k = {.id = id};

	buf_init(&k.path, LIMIT_PATH_BYTES);
	if (rc == ERR_NOTFOUND) {
		rc = index_kept_drop(f->index, id);
	} else {
		rc = index_kept_get(f->index, id, &k);
		k.content = (struct name){0};
		if (rc == 0)
			rc = index_kept_put(f->index, &k);
	}
	if (rc < 0 && rc != ERR_NOTFOUND)
		folder_fail(f, rc, "quarantine");
	else if (f->kept_ns == INT64_MAX)
		folder_kept_later(f);
	buf_release(&k.path);
}
