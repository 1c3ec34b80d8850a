/* SPDX-License-Identifier: Apache-2.0 */
/* Kept versions beyond their time or their share of the disk go, the oldest
 * first: a step by one job, until none is left. */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>

#define HOUR_NS (INT64_C(3600) * 1000 * NS_PER_MS)
#define SHARE 20 /* of the file system: one in so many, 5 % */
#define MOST_BYTES (UINT64_C(10) << 30)

enum { EXPIRE_STEP = 256 }; /* files removed by one job */

/* ---- out ----------------------------------------------------------------- */

void
folder_past_later(struct folder *f, int64_t wait_ns)
{
	int64_t due = host_mono_ns(f->host) + wait_ns;

	if (due >= f->past_ns)
		return;
	f->past_ns = due;
	folder_alarm(f, due);
}

/* A job and whose it is. */
struct expire_run_of {
	struct folder *folder;
	struct expire_job job;
	size_t noted; /* rows that went without a file */
};

static void
run_expire(void *arg)
{
	struct expire_run_of *run = arg;

	expire_run(&run->job);
}

static void
release_run(struct expire_run_of *run)
{
	expire_job_release(&run->job);
	free(run);
}

static int
take_expired(struct folder *f, const struct expire_item *it, size_t *gone)
{
	if (it->rc == 0) {
		++*gone;
		return index_past_drop(f->index, it->id);
	}
	log_warn(f->log, "version_stays", LOG_STR("folder", f->id),
	    LOG_SPAN("name", buf_span(&it->name)), LOG_ERR("error", it->rc));
	return 0;
}

static void
expire_done(void *arg)
{
	struct expire_run_of *run = arg;
	struct folder *f = run->folder;
	size_t gone = run->noted;
	int rc = 0;

	f->expiring = false;
	if (folder_takes(f))
		rc = folder_batch(f);
	for (size_t i = 0; folder_takes(f) && rc == 0 && i < run->job.items.n;
	     i++)
		rc = take_expired(f, &run->job.items.items[i], &gone);
	if (folder_takes(f) && rc < 0)
		folder_fail(f, rc, "expire");
	else
		log_info(f->log, "versions_expired", LOG_STR("folder", f->id),
		    LOG_INT("versions", (int64_t)gone));
	release_run(run);
	if (folder_takes(f))
		folder_past_later(f, gone >= EXPIRE_STEP ? 0 : HOUR_NS);
	folder_job_done(f);
}

static int
most_bytes(struct folder *f, uint64_t *out)
{
	struct host_fs fs;
	int rc = 0;

	*out = f->versions_max;
	if (*out > 0)
		return 0;
	*out = MOST_BYTES;
	rc = host_fs_info(f->host, f->root, &fs);
	if (rc == 0 && fs.total_bytes / SHARE < *out)
		*out = fs.total_bytes / SHARE;
	return rc;
}

/* Lets one go. What it took is added to *freed. */
static int
add(struct folder *f, struct expire_run_of *run, int64_t id, uint64_t *freed)
{
	struct expire_item it = {.id = id};
	struct index_past p;
	int rc;

	index_past_init(&p);
	rc = index_past_get(f->index, id, &p);
	if (rc == 0 && p.state == PAST_NOTED) {
		run->noted++;
		rc = index_past_drop(f->index, id);
	} else if (rc == 0) {
		*freed += index_past_cost(&p);
		it.name = p.name;
		rc = VEC_PUSH(&run->job.items, it);
		if (rc == 0)
			buf_init(&p.name, 0); /* taken */
	}
	index_past_release(&p);
	return rc;
}

static int
add_all(struct folder *f, struct expire_run_of *run, const struct id_list *ids,
    uint64_t enough)
{
	uint64_t freed = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && freed < enough && i < ids->v.n; i++)
		rc = add(f, run, ids->v.items[i], &freed);
	return rc;
}

/* Those beyond their time; without any, the oldest beyond the size. */
static int
choose(struct folder *f, struct expire_run_of *run)
{
	int64_t before = f->versions_ns > 0
			     ? folder_past_age(f) - f->versions_ns
			     : INT64_MAX;
	struct index_figures now;
	struct id_list ids = {0};
	uint64_t most;
	int rc = most_bytes(f, &most);

	index_figures(f->index, &now);
	if (rc == 0)
		rc = index_past_before(
		    f->index, before, EXPIRE_STEP, false, &ids);
	if (rc == 0 && ids.v.n > 0) {
		rc = add_all(f, run, &ids, UINT64_MAX);
	} else if (rc == 0 && now.past_bytes > most) {
		rc = index_past_before(
		    f->index, INT64_MAX, EXPIRE_STEP, true, &ids);
		if (rc == 0)
			rc = add_all(f, run, &ids, now.past_bytes - most);
	}
	VEC_RELEASE(&ids.v);
	return rc;
}

static int
start(struct folder *f, struct expire_run_of *run)
{
	int rc = folder_batch(f);

	if (rc == 0)
		rc = folder_past_store_age(f);
	if (rc == 0)
		rc = choose(f, run);
	if (rc < 0 || run->job.items.n == 0)
		return rc;
	run->folder = f;
	run->job.place = f->place;
	rc = folder_job(f, run_expire, expire_done, run);
	f->expiring = rc == 0;
	return rc;
}

void
folder_past_due(struct folder *f)
{
	struct expire_run_of *run;
	struct index_figures now;
	int rc;

	f->past_ns = INT64_MAX;
	if (f->expiring)
		return;
	index_figures(f->index, &now);
	/* A replica that does not know yet what is wanted removes nothing. */
	if (now.past == 0 || f->fresh) {
		folder_past_later(f, HOUR_NS);
		return;
	}
	run = calloc(1, sizeof *run);
	rc = run == NULL ? -ENOMEM : start(f, run);
	if (rc == 0 && f->expiring)
		return;
	folder_past_later(
	    f, run != NULL && run->noted >= EXPIRE_STEP ? 0 : HOUR_NS);
	if (run != NULL)
		release_run(run);
	if (rc < 0)
		folder_fail(f, rc, "expire");
}
