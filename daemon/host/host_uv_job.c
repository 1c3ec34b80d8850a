/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workers of our own: libuv's are four, whatever the machine, and shared with
 * name lookups that may take seconds. Jobs begin in the order they came.
 */
#include "daemon/host/host_uv_internal.h"

#include <errno.h>
#include <stdlib.h>

static void
worker_main(void *arg)
{
	struct host_uv *uv = arg;
	struct host_jobs *jobs = &uv->jobs;

	uv_mutex_lock(&jobs->mutex);
	for (;;) {
		struct host_job *job = STAILQ_FIRST(&jobs->waiting);
		bool first;

		if (job == NULL && jobs->stop)
			break;
		if (job == NULL) {
			uv_cond_wait(&jobs->more, &jobs->mutex);
			continue;
		}
		STAILQ_REMOVE_HEAD(&jobs->waiting, entry);
		uv_mutex_unlock(&jobs->mutex);
		job->work(job->arg);
		uv_mutex_lock(&jobs->mutex);
		first = STAILQ_EMPTY(&jobs->done);
		STAILQ_INSERT_TAIL(&jobs->done, job, entry);
		if (first)
			uv_async_send(&jobs->wake);
	}
	uv_mutex_unlock(&jobs->mutex);
}

/* Calls done for all jobs that have ended by now. */
static void
jobs_ended(uv_async_t *wake)
{
	struct host_uv *uv = wake->data;
	struct host_job_list ended = STAILQ_HEAD_INITIALIZER(ended);

	uv_mutex_lock(&uv->jobs.mutex);
	STAILQ_CONCAT(&ended, &uv->jobs.done);
	uv_mutex_unlock(&uv->jobs.mutex);
	while (!STAILQ_EMPTY(&ended)) {
		struct host_job job = *STAILQ_FIRST(&ended);
		struct host_job *memory = STAILQ_FIRST(&ended);

		STAILQ_REMOVE_HEAD(&ended, entry);
		free(memory);
		if (--uv->jobs.pending == 0)
			uv_unref((uv_handle_t *)&uv->jobs.wake);
		job.done(job.arg);
	}
}

static int
job_start(void *self, host_cb *work, host_cb *done, void *arg)
{
	struct host_uv *uv = self;
	struct host_job *job = malloc(sizeof *job);

	if (job == NULL)
		return -ENOMEM;
	*job = (struct host_job){.work = work, .done = done, .arg = arg};
	if (uv->jobs.pending++ == 0)
		uv_ref((uv_handle_t *)&uv->jobs.wake);
	uv_mutex_lock(&uv->jobs.mutex);
	STAILQ_INSERT_TAIL(&uv->jobs.waiting, job, entry);
	uv_cond_signal(&uv->jobs.more);
	uv_mutex_unlock(&uv->jobs.mutex);
	return 0;
}

/* One worker a core, two at least: one may sit in a long write. */
static unsigned
worker_count(void)
{
	unsigned n = uv_available_parallelism();

	if (n < 2)
		return 2;
	return n > HOST_WORKERS_MAX ? HOST_WORKERS_MAX : n;
}

static void
end_workers(struct host_jobs *jobs)
{
	uv_mutex_lock(&jobs->mutex);
	jobs->stop = true;
	uv_cond_broadcast(&jobs->more);
	uv_mutex_unlock(&jobs->mutex);
	while (jobs->n_workers > 0)
		uv_thread_join(&jobs->workers[--jobs->n_workers]);
	uv_close((uv_handle_t *)&jobs->wake, NULL);
	uv_cond_destroy(&jobs->more);
	uv_mutex_destroy(&jobs->mutex);
}

/* The first worker is needed; with fewer than wished for it is only slower. */
static int
start_workers(struct host_uv *uv)
{
	struct host_jobs *jobs = &uv->jobs;
	unsigned wished = worker_count();

	while (jobs->n_workers < wished) {
		int rc = uv_thread_create(
		    &jobs->workers[jobs->n_workers], worker_main, uv);

		if (rc < 0)
			return jobs->n_workers > 0 ? 0 : rc;
		jobs->n_workers++;
	}
	return 0;
}

int
host_jobs_init(struct host_uv *uv)
{
	struct host_jobs *jobs = &uv->jobs;
	int rc;

	STAILQ_INIT(&jobs->waiting);
	STAILQ_INIT(&jobs->done);
	rc = uv_mutex_init(&jobs->mutex);
	if (rc < 0)
		return rc;
	rc = uv_cond_init(&jobs->more);
	if (rc < 0)
		goto out_mutex;
	rc = uv_async_init(&uv->loop, &jobs->wake, jobs_ended);
	if (rc < 0)
		goto out_cond;
	jobs->wake.data = uv;
	uv_unref((uv_handle_t *)&jobs->wake);
	rc = start_workers(uv);
	if (rc < 0)
		end_workers(jobs);
	return rc;
out_cond:
	uv_cond_destroy(&jobs->more);
out_mutex:
	uv_mutex_destroy(&jobs->mutex);
	return rc;
}

void
host_jobs_release(struct host_uv *uv)
{
	while (uv->jobs.pending > 0)
		uv_run(&uv->loop, UV_RUN_ONCE);
	end_workers(&uv->jobs);
}

void
host_uv_job_ops(struct host_ops *ops)
{
	ops->job = job_start;
}
