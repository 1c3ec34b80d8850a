/* SPDX-License-Identifier: Apache-2.0 */
/* The loop: making it, running it, ending it; and signals. */
#include "daemon/host/host_uv_internal.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct host_signal {
	SLIST_ENTRY(host_signal) entry;
	uv_signal_t handle;
	host_cb *cb;
	void *arg;
};

/*
 * A peer that hangs up, a lease that breaks and a file that grows beyond a
 * limit are errors of the calls concerned, not of the process.
 */
static void
ignore_signals(void)
{
	static const int ignored[] = {SIGPIPE, SIGIO, SIGXFSZ};

	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		signal(ignored[i], SIG_IGN);
}

static void
fill_table(struct host_uv *uv)
{
	host_posix_file_ops(&uv->ops);
	host_posix_meta_ops(&uv->ops);
	host_posix_dir_ops(&uv->ops);
	host_posix_open_ops(&uv->ops);
	host_posix_lease_ops(&uv->ops);
	host_posix_machine_ops(&uv->ops);
	host_uv_timer_ops(&uv->ops);
	host_uv_job_ops(&uv->ops);
	host_uv_watch_ops(&uv->ops);
	host_uv_stream_ops(&uv->ops);
	host_uv_dial_ops(&uv->ops);
	host_uv_listen_ops(&uv->ops);
	host_uv_poll_ops(&uv->ops);
	uv->host.ops = &uv->ops;
	uv->host.self = uv;
}

/* These three only prepare memory of the loop; libuv says they cannot fail. */
static void
init_handles(struct host_uv *uv)
{
	TAILQ_INIT(&uv->soon);
	TAILQ_INIT(&uv->unsent);
	SLIST_INIT(&uv->signals);
	uv_timer_init(&uv->loop, &uv->turn);
	uv_idle_init(&uv->loop, &uv->idle);
	uv_prepare_init(&uv->loop, &uv->prepare);
}

static void
close_one(uv_handle_t *handle, void *arg)
{
	(void)arg;
	/* Whoever still has one of ours open has broken host_uv_free. */
	assert(uv_is_closing(handle));
}

/* Closes the loop's own handles and waits until the last one is gone. */
static void
close_loop(struct host_uv *uv)
{
	int rc;

	uv_close((uv_handle_t *)&uv->turn, NULL);
	uv_close((uv_handle_t *)&uv->idle, NULL);
	uv_close((uv_handle_t *)&uv->prepare, NULL);
	uv_walk(&uv->loop, close_one, NULL);
	uv_run(&uv->loop, UV_RUN_DEFAULT);
	rc = uv_loop_close(&uv->loop);
	assert(rc == 0);
	(void)rc;
}

int
host_uv_new(struct host **out)
{
	struct host_uv *uv = calloc(1, sizeof *uv);
	int rc = -ENOMEM;

	if (uv == NULL)
		return rc;
	uv->read_buf = malloc(HOST_READ_BYTES);
	if (uv->read_buf == NULL)
		goto out_free;
	rc = uv_loop_init(&uv->loop);
	if (rc < 0)
		goto out_free;
	init_handles(uv);
	rc = uv_mutex_init(&uv->lease_mutex);
	if (rc < 0)
		goto out_loop;
	rc = host_jobs_init(uv);
	if (rc < 0)
		goto out_mutex;
	ignore_signals();
	uv->openat2 = host_openat2_works();
	fill_table(uv);
	*out = &uv->host;
	return 0;
out_mutex:
	uv_mutex_destroy(&uv->lease_mutex);
out_loop:
	close_loop(uv);
out_free:
	free(uv->read_buf);
	free(uv);
	return rc;
}

static void
signal_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
host_uv_free(struct host *h)
{
	struct host_uv *uv;

	if (h == NULL)
		return;
	uv = h->self;
	host_jobs_release(uv);
	while (!SLIST_EMPTY(&uv->signals)) {
		struct host_signal *s = SLIST_FIRST(&uv->signals);

		SLIST_REMOVE_HEAD(&uv->signals, entry);
		uv_close((uv_handle_t *)&s->handle, signal_closed);
	}
	close_loop(uv);
	uv_mutex_destroy(&uv->lease_mutex);
	VEC_RELEASE(&uv->leases);
	free(uv->read_buf);
	free(uv);
}

void
host_uv_run(struct host *h)
{
	struct host_uv *uv = h->self;

	uv_run(&uv->loop, UV_RUN_DEFAULT);
}

/* Its running out ends the wait; there is nothing more to do. */
static void
turn_over(uv_timer_t *timer)
{
	(void)timer;
}

void
host_uv_turn(struct host *h, uint64_t ms)
{
	struct host_uv *uv = h->self;

	if (ms == 0) {
		uv_run(&uv->loop, UV_RUN_NOWAIT);
		return;
	}
	uv_update_time(&uv->loop);
	uv_timer_start(&uv->turn, turn_over, ms, 0);
	uv_run(&uv->loop, UV_RUN_ONCE);
	uv_timer_stop(&uv->turn);
}

void
host_uv_stop(struct host *h)
{
	struct host_uv *uv = h->self;

	uv_stop(&uv->loop);
}

static void
signal_came(uv_signal_t *handle, int signum)
{
	struct host_signal *s = handle->data;

	(void)signum;
	s->cb(s->arg);
}

int
host_uv_on_signal(struct host *h, int signum, host_cb *cb, void *arg)
{
	struct host_uv *uv = h->self;
	struct host_signal *s = calloc(1, sizeof *s);
	int rc;

	if (s == NULL)
		return -ENOMEM;
	rc = uv_signal_init(&uv->loop, &s->handle);
	if (rc < 0) {
		free(s);
		return rc;
	}
	s->handle.data = s;
	s->cb = cb;
	s->arg = arg;
	rc = uv_signal_start(&s->handle, signal_came, signum);
	if (rc < 0) {
		uv_close((uv_handle_t *)&s->handle, signal_closed);
		return rc;
	}
	uv_unref((uv_handle_t *)&s->handle);
	SLIST_INSERT_HEAD(&uv->signals, s, entry);
	return 0;
}

void
host_uv_stderr(void *arg, struct span bytes)
{
	(void)arg;
	while (bytes.len > 0) {
		ssize_t n = write(STDERR_FILENO, bytes.p, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* nobody is left to tell */
		bytes.p += n;
		bytes.len -= (size_t)n;
	}
}

bool
host_uv_has_openat2(const struct host *h)
{
	const struct host_uv *uv = h->self;

	return uv->openat2;
}

void
host_uv_forgo_openat2(struct host *h)
{
	struct host_uv *uv = h->self;

	uv->openat2 = false;
}
