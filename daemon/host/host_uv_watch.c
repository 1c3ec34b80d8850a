/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inotify on open directories. libuv's own uv_fs_event takes paths and keeps
 * a tree of them; we need neither.
 */
#include "daemon/host/host_uv_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
	WATCH_READ_BYTES = 64 << 10,
	WATCH_READS = 16, /* in one turn, then sockets have theirs */
};

#define WATCH_MASK                                                             \
	(IN_CREATE | IN_DELETE | IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE |      \
	    IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |      \
	    IN_ONLYDIR | IN_EXCL_UNLINK)

struct host_watcher {
	uv_poll_t handle;
	int fd;
	bool freed;
	host_event_cb *cb;
	void *arg;
};

/* What the kernel's flags mean in ours. */
static const struct {
	uint32_t mask;
	unsigned flags;
} meanings[] = {
    {IN_MODIFY, HOST_EVENT_CHANGED | HOST_EVENT_MODIFIED},
    {IN_ATTRIB, HOST_EVENT_CHANGED},
    {IN_CLOSE_WRITE, HOST_EVENT_CLOSED},
    {IN_CREATE | IN_MOVED_TO, HOST_EVENT_CHANGED | HOST_EVENT_APPEARED},
    {IN_DELETE | IN_MOVED_FROM, HOST_EVENT_CHANGED | HOST_EVENT_VANISHED},
    {IN_ISDIR, HOST_EVENT_IS_DIR},
    {IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT, HOST_EVENT_SELF},
    {IN_Q_OVERFLOW, HOST_EVENT_OVERFLOW},
};

static void
report(struct host_watcher *w, const struct inotify_event *from)
{
	struct host_event event = {.watch = from->wd};

	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (from->mask & meanings[i].mask)
			event.flags |= meanings[i].flags;
	if (from->mask & IN_IGNORED)
		return; /* the watch is gone: SELF said so, or we did it */
	if (from->len > 0)
		event.name = span_of(from->name, strlen(from->name));
	w->cb(w->arg, &event);
}

/* One read's worth of events; false when there are no more for now. */
static bool
read_some(struct host_watcher *w)
{
	_Alignas(struct inotify_event) char batch[WATCH_READ_BYTES];
	ssize_t n = read(w->fd, batch, sizeof batch);

	for (ssize_t at = 0; at < n && !w->freed;) {
		const struct inotify_event *event = (void *)(batch + at);

		at += (ssize_t)(sizeof *event + event->len);
		report(w, event);
	}
	return n > 0 || (n < 0 && errno == EINTR);
}

static void
watcher_ready(uv_poll_t *handle, int status, int events)
{
	struct host_watcher *w = handle->data;

	(void)status;
	(void)events;
	for (int i = 0; i < WATCH_READS && !w->freed; i++)
		if (!read_some(w))
			return;
}

static void
watcher_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static int
watcher_new(void *self, host_event_cb *cb, void *arg, struct host_watcher **out)
{
	struct host_uv *uv = self;
	struct host_watcher *w = calloc(1, sizeof *w);
	int rc;

	if (w == NULL)
		return -ENOMEM;
	w->cb = cb;
	w->arg = arg;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	rc = w->fd < 0 ? -errno : uv_poll_init(&uv->loop, &w->handle, w->fd);
	if (rc < 0)
		goto out;
	w->handle.data = w;
	rc = uv_poll_start(&w->handle, UV_READABLE, watcher_ready);
	if (rc < 0) {
		close(w->fd);
		uv_close((uv_handle_t *)&w->handle, watcher_closed);
		return rc;
	}
	*out = w;
	return 0;
out:
	if (w->fd >= 0)
		close(w->fd);
	free(w);
	return rc;
}

/* By descriptor: a path could mean something else by now. */
static int
watcher_add(void *self, struct host_watcher *w, int dir, int *out_watch)
{
	char path[32];
	int watch;

	(void)self;
	snprintf(path, sizeof path, "/proc/self/fd/%d", dir);
	watch = inotify_add_watch(w->fd, path, WATCH_MASK);
	if (watch < 0)
		return -errno;
	*out_watch = watch;
	return 0;
}

static void
watcher_remove(void *self, struct host_watcher *w, int watch)
{
	(void)self;
	/* It fails when the directory went first, which is as well. */
	(void)inotify_rm_watch(w->fd, watch);
}

static void
watcher_free(void *self, struct host_watcher *w)
{
	(void)self;
	if (w == NULL)
		return;
	w->freed = true;
	uv_poll_stop(&w->handle);
	close(w->fd);
	uv_close((uv_handle_t *)&w->handle, watcher_closed);
}

void
host_uv_watch_ops(struct host_ops *ops)
{
	ops->watcher_new = watcher_new;
	ops->watcher_add = watcher_add;
	ops->watcher_remove = watcher_remove;
	ops->watcher_free = watcher_free;
}
