/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP streams. What a turn of the loop writes is gathered and handed to the
 * kernel just before the loop waits; a stream's memory lives until libuv has
 * let go of its handle and its name lookup, whenever its owner frees it.
 */
#include "daemon/host/host_uv_stream_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- life ---------------------------------------------------------------- */

static void
free_pieces(struct host_stream *s)
{
	for (size_t i = s->first; i < s->waiting.n; i++)
		free(s->waiting.items[i].p);
	s->waiting.n = s->first = s->waiting_bytes = 0;
}

static void
free_flight(struct host_stream *s)
{
	while (s->flying > 0)
		free(s->flight[--s->flying].p);
}

static void
unlist(struct host_stream *s)
{
	if (!s->listed)
		return;
	s->listed = false;
	TAILQ_REMOVE(&s->uv->unsent, s, entry);
	if (TAILQ_EMPTY(&s->uv->unsent))
		uv_prepare_stop(&s->uv->prepare);
}

void
host_stream_let_go(struct host_stream *s)
{
	if (!s->freed || s->has_tcp || s->resolving)
		return;
	free_pieces(s);
	free_flight(s);
	VEC_RELEASE(&s->waiting);
	uv_freeaddrinfo(s->found);
	free(s);
}

static void
tcp_closed(uv_handle_t *handle)
{
	struct host_stream *s = handle->data;

	s->has_tcp = false;
	host_stream_let_go(s);
}

void
host_stream_end(struct host_stream *s, int err)
{
	if (s->ended || s->freed)
		return;
	s->ended = true;
	s->connected = false;
	unlist(s);
	free_pieces(s);
	if (s->has_tcp && !uv_is_closing((uv_handle_t *)&s->tcp))
		uv_read_stop((uv_stream_t *)&s->tcp);
	if (s->cbs.closed)
		s->cbs.closed(s->arg, err);
}

int
host_stream_open_tcp(struct host_stream *s)
{
	int rc = uv_tcp_init(&s->uv->loop, &s->tcp);

	if (rc < 0)
		return rc;
	s->tcp.data = s;
	s->has_tcp = true;
	return 0;
}

struct host_stream *
host_stream_make(struct host_uv *uv)
{
	struct host_stream *s = calloc(1, sizeof *s);

	if (s != NULL)
		s->uv = uv;
	return s;
}

void
host_stream_drop(struct host_stream *s)
{
	assert(!s->freed);
	s->freed = true;
	unlist(s);
	if (s->resolving)
		uv_cancel((uv_req_t *)&s->resolve);
	if (s->has_tcp && !uv_is_closing((uv_handle_t *)&s->tcp))
		uv_close((uv_handle_t *)&s->tcp, tcp_closed);
	host_stream_let_go(s);
}

static void
stream_free(void *self, struct host_stream *s)
{
	(void)self;
	if (s != NULL)
		host_stream_drop(s);
}

/* ---- reading ------------------------------------------------------------- */

/* Bytes are used up inside data, so all streams read into one buffer. */
static void
lend_buffer(uv_handle_t *handle, size_t wish, uv_buf_t *out)
{
	struct host_stream *s = handle->data;

	(void)wish;
	*out = uv_buf_init((char *)s->uv->read_buf, HOST_READ_BYTES);
}

static void
did_read(uv_stream_t *handle, ssize_t n, const uv_buf_t *buf)
{
	struct host_stream *s = handle->data;

	if (s->freed || s->ended || n == 0)
		return;
	if (n > 0) {
		if (s->cbs.data)
			s->cbs.data(s->arg, span_of(buf->base, (size_t)n));
		return;
	}
	if (s->write_error < 0)
		host_stream_end(s, s->write_error);
	else
		host_stream_end(s, n == UV_EOF ? 0 : (int)n);
}

static void
read_on(struct host_stream *s)
{
	int rc;

	if (!s->connected || s->paused || s->freed)
		return;
	rc = uv_read_start((uv_stream_t *)&s->tcp, lend_buffer, did_read);
	/* Reading already, or closing: nothing to be done. */
	assert(rc == 0 || rc == UV_EALREADY || rc == UV_EINVAL ||
	       rc == UV_ENOTCONN);
	(void)rc;
}

static void
stream_pause(void *self, struct host_stream *s, bool pause)
{
	(void)self;
	s->paused = pause;
	if (!s->connected)
		return;
	if (pause)
		uv_read_stop((uv_stream_t *)&s->tcp);
	else
		read_on(s);
}

static void
stream_set(void *self, struct host_stream *s, const struct host_stream_cbs *cbs,
    void *arg)
{
	(void)self;
	s->cbs = *cbs;
	s->arg = arg;
	read_on(s);
}

/* ---- writing ------------------------------------------------------------- */

static void
enlist(struct host_stream *s)
{
	struct host_uv *uv = s->uv;

	if (s->listed || !s->connected || s->flying > 0 || s->freed ||
	    s->waiting.n == 0)
		return;
	s->listed = true;
	TAILQ_INSERT_TAIL(&uv->unsent, s, entry);
	uv->prepare.data = uv;
	uv_prepare_start(&uv->prepare, host_stream_run_unsent);
}

/* Takes the next pieces out of waiting. */
static unsigned
load_flight(struct host_stream *s, uv_buf_t *bufs)
{
	unsigned n = 0;

	while (n < HOST_GATHER && s->first < s->waiting.n) {
		struct stream_piece piece = s->waiting.items[s->first++];

		s->waiting_bytes -= piece.len;
		s->flight[n] = piece;
		bufs[n++] = uv_buf_init((char *)piece.p, (unsigned)piece.len);
	}
	if (s->first == s->waiting.n) {
		s->first = s->waiting.n = 0;
	} else if (s->first > s->waiting.n / 2) {
		s->waiting.n -= s->first;
		memmove(s->waiting.items, s->waiting.items + s->first,
		    s->waiting.n * sizeof *s->waiting.items);
		s->first = 0;
	}
	return n;
}

/*
 * What the other end said before it went is still to be read: reading ends
 * the stream then, unless it is paused.
 */
static void
write_failed(struct host_stream *s, int err)
{
	free_pieces(s);
	s->write_error = err;
	if (s->paused)
		host_stream_end(s, err);
}

static void
did_write(uv_write_t *write, int status)
{
	struct host_stream *s = write->data;

	free_flight(s);
	if (s->freed || s->ended)
		return;
	if (status < 0)
		write_failed(s, status);
	else if (s->waiting.n > 0)
		enlist(s);
	else if (s->cbs.drained)
		s->cbs.drained(s->arg);
}

static void
send_off(struct host_stream *s)
{
	uv_buf_t bufs[HOST_GATHER];
	int rc;

	s->flying = load_flight(s, bufs);
	s->write.data = s;
	rc = uv_write(
	    &s->write, (uv_stream_t *)&s->tcp, bufs, s->flying, did_write);
	if (rc < 0) {
		free_flight(s);
		write_failed(s, rc);
	}
}

void
host_stream_run_unsent(uv_prepare_t *prepare)
{
	struct host_uv *uv = prepare->data;

	while (!TAILQ_EMPTY(&uv->unsent)) {
		struct host_stream *s = TAILQ_FIRST(&uv->unsent);

		unlist(s);
		send_off(s);
	}
}

void
host_stream_begin(struct host_stream *s)
{
	enlist(s);
	read_on(s);
}

static int
stream_write(void *self, struct host_stream *s, struct buf *taken)
{
	struct stream_piece piece = {taken->p, taken->len};
	int rc;

	(void)self;
	if (taken->len == 0 || s->ended || s->write_error < 0) {
		buf_release(taken); /* closed says it, or will */
		return 0;
	}
	rc = VEC_PUSH(&s->waiting, piece);
	if (rc < 0)
		return rc;
	buf_init(taken, taken->max);
	s->waiting_bytes += piece.len;
	enlist(s);
	return 0;
}

static size_t
stream_queued(void *self, struct host_stream *s)
{
	size_t flying = 0;

	(void)self;
	if (s->flying > 0)
		flying = uv_stream_get_write_queue_size((uv_stream_t *)&s->tcp);
	return s->waiting_bytes + flying;
}

void
host_uv_stream_ops(struct host_ops *ops)
{
	ops->stream_set = stream_set;
	ops->stream_write = stream_write;
	ops->stream_queued = stream_queued;
	ops->stream_pause = stream_pause;
	ops->stream_free = stream_free;
}
