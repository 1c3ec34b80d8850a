/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/host/host_uv_internal.h"

#include <errno.h>
#include <stdlib.h>

enum { NS_PER_MS = 1000000 };

struct host_timer {
	uv_timer_t handle;
	TAILQ_ENTRY(host_timer) entry; /* in uv->soon */
	struct host_uv *uv;
	uint64_t round; /* of uv when it was put there */
	bool soon;
	host_cb *cb;
	void *arg;
};

static void
leave_soon(struct host_timer *t)
{
	if (!t->soon)
		return;
	t->soon = false;
	TAILQ_REMOVE(&t->uv->soon, t, entry);
	if (TAILQ_EMPTY(&t->uv->soon))
		uv_idle_stop(&t->uv->idle);
}

/*
 * Timers of 0 ms run once a turn of the loop, those that they start again in
 * the next one: bounded steps that call each other so leave sockets alive.
 */
void
host_timer_run_soon(uv_idle_t *idle)
{
	struct host_uv *uv = idle->data;
	uint64_t round = uv->round++;

	for (;;) {
		struct host_timer *t = TAILQ_FIRST(&uv->soon);

		if (t == NULL || t->round != round)
			return;
		leave_soon(t);
		t->cb(t->arg);
	}
}

static void
timer_fired(uv_timer_t *handle)
{
	struct host_timer *t = handle->data;

	t->cb(t->arg);
}

static int
timer_new(void *self, host_cb *cb, void *arg, struct host_timer **out)
{
	struct host_uv *uv = self;
	struct host_timer *t = calloc(1, sizeof *t);

	if (t == NULL)
		return -ENOMEM;
	uv_timer_init(&uv->loop, &t->handle);
	t->handle.data = t;
	t->uv = uv;
	t->cb = cb;
	t->arg = arg;
	*out = t;
	return 0;
}

static void
timer_stop(void *self, struct host_timer *t)
{
	(void)self;
	leave_soon(t);
	uv_timer_stop(&t->handle);
}

/*
 * libuv counts from the begin of the turn; what the turn took so far is
 * added, or the timer would fire early.
 */
static void
timer_start(void *self, struct host_timer *t, uint64_t ms)
{
	struct host_uv *uv = self;
	uint64_t now = uv_hrtime() / NS_PER_MS;
	uint64_t begin = uv_now(&uv->loop);

	timer_stop(self, t);
	if (ms == 0) {
		t->soon = true;
		t->round = uv->round;
		TAILQ_INSERT_TAIL(&uv->soon, t, entry);
		uv->idle.data = uv;
		uv_idle_start(&uv->idle, host_timer_run_soon);
		return;
	}
	if (now > begin)
		ms += now - begin;
	uv_timer_start(&t->handle, timer_fired, ms, 0);
}

static void
timer_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void
timer_free(void *self, struct host_timer *t)
{
	if (t == NULL)
		return;
	timer_stop(self, t);
	uv_close((uv_handle_t *)&t->handle, timer_closed);
}

void
host_uv_timer_ops(struct host_ops *ops)
{
	ops->timer_new = timer_new;
	ops->timer_start = timer_start;
	ops->timer_stop = timer_stop;
	ops->timer_free = timer_free;
}
