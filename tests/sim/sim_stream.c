/* SPDX-License-Identifier: Apache-2.0 */
/* See sim_stream.h. */
#include "tests/sim/sim_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LATE_NS = 100 * 1000 };

/* ---- bytes --------------------------------------------------------------- */

static void
fifo_add(struct sim_fifo *f, const uint8_t *p, size_t len)
{
	if (len == 0)
		return;
	if (f->start + f->len + len > f->cap) {
		if (f->len)
			memmove(f->p, f->p + f->start, f->len);
		f->start = 0;
		if (f->len + len > f->cap) {
			f->cap = 2 * (f->len + len);
			f->p = sim_realloc(f->p, f->cap);
		}
	}
	memcpy(f->p + f->start + f->len, p, len);
	f->len += len;
}

static void
fifo_drop(struct sim_fifo *f, size_t len)
{
	f->start += len;
	f->len -= len;
	if (f->len == 0)
		f->start = 0;
}

/* ---- a stream's life ----------------------------------------------------- */

void
sim_stream_delete(struct host_stream *st)
{
	struct sim *s = st->machine->sim;
	struct host_stream **at = &s->streams;

	while (*at != st)
		at = &(*at)->next;
	*at = st->next;
	sim_event_stop(s, &st->pump);
	sim_event_stop(s, &st->arrive);
	free(st->out.p);
	free(st->in.p);
	free(st);
}

void
sim_stream_hang_up(struct host_stream *st, int err, int64_t late)
{
	struct host_stream *peer = st->peer;
	struct sim *s = st->machine->sim;

	st->peer = NULL;
	if (peer == NULL)
		return;
	peer->peer = NULL;
	peer->closing = true;
	peer->close_err = err;
	if (peer->arrive.place == 0 || late > 0)
		sim_event_start(s, &peer->arrive,
		    late + 1 +
			(int64_t)sim_random(
			    s, (uint64_t)s->knobs.net_delay_ns));
}

/* Before and after a call of its owner. False: the stream is gone. */
static void
calling(struct host_stream *st)
{
	st->busy = true;
	sim_inside(st->boot);
}

static bool
called(struct host_stream *st)
{
	sim_inside(NULL);
	st->busy = false;
	if (st->freed) {
		sim_stream_delete(st);
		return false;
	}
	return true;
}

static void
stream_pump(void *arg)
{
	struct host_stream *st = arg;
	struct sim *s = st->machine->sim;
	size_t room, n;

	if (st->boot->dead || !st->opened || st->out.len == 0)
		return;
	if (st->peer == NULL) {
		fifo_drop(&st->out, st->out.len); /* into the void */
		return;
	}
	room = s->knobs.net_window > st->peer->in.len
		   ? s->knobs.net_window - st->peer->in.len
		   : 0;
	n = st->out.len < room ? st->out.len : room;
	if (n == 0)
		return; /* arriving makes room and comes back */
	fifo_add(&st->peer->in, st->out.p + st->out.start, n);
	fifo_drop(&st->out, n);
	if (st->peer->arrive.place == 0)
		sim_event_start(s, &st->peer->arrive,
		    1 + (int64_t)sim_random(
			    s, (uint64_t)s->knobs.net_delay_ns));
	if (st->out.len == 0 && !st->closed) {
		calling(st);
		st->cbs->drained(st->arg);
		called(st);
	}
}

static void
pump_soon(struct host_stream *st)
{
	struct sim *s = st->machine->sim;

	if (st->out.len > 0 && st->pump.place == 0)
		sim_event_start(
		    s, &st->pump, 1 + (int64_t)sim_random(s, LATE_NS));
}

/* Hands over one piece of what is under way. */
static bool
arrive_piece(struct host_stream *st)
{
	struct sim *s = st->machine->sim;
	size_t n =
	    st->in.len < s->knobs.net_piece ? st->in.len : s->knobs.net_piece;
	struct span piece;

	if (sim_chance(s, 200))
		n = 1 + sim_random(s, n);
	piece = span_of(st->in.p + st->in.start, n);
	sim_mix(s, n, piece.p[0]);
	calling(st);
	st->cbs->data(st->arg, piece);
	if (!called(st))
		return false;
	fifo_drop(&st->in, n < st->in.len ? n : st->in.len);
	if (st->peer)
		pump_soon(st->peer);
	return true;
}

static void
arrive_end(struct host_stream *st)
{
	st->closed = true;
	calling(st);
	st->cbs->closed(st->arg, st->close_err);
	called(st);
}

void
sim_stream_arrive(void *arg)
{
	struct host_stream *st = arg;
	struct sim *s = st->machine->sim;

	if (st->boot->dead || st->closed || st->cbs == NULL)
		return;
	if (st->connected && !st->opened) {
		st->opened = true;
		calling(st);
		st->cbs->opened(st->arg);
		if (!called(st))
			return;
		pump_soon(st);
	} else if (st->in.len > 0) {
		if (st->paused || !arrive_piece(st))
			return;
	} else if (st->closing) {
		arrive_end(st);
		return;
	}
	if (st->in.len > 0 || st->closing)
		sim_event_start(
		    s, &st->arrive, 1 + (int64_t)sim_random(s, LATE_NS));
}

struct host_stream *
sim_stream_new(struct sim_boot *b, struct sim_host *other)
{
	struct sim *s = b->machine->sim;
	struct host_stream *st = sim_alloc(sizeof *st);

	st->boot = b;
	st->machine = b->machine;
	st->other = other;
	st->pump = (struct sim_event){.cb = stream_pump, .arg = st};
	st->arrive = (struct sim_event){.cb = sim_stream_arrive, .arg = st};
	st->next = s->streams;
	s->streams = st;
	return st;
}

static void
fifo_tear(struct sim *s, struct sim_fifo *f)
{
	f->len = sim_random(s, f->len + 1);
}

void
sim_stream_cut(struct host_stream *st)
{
	struct sim *s = st->machine->sim;
	struct host_stream *peer = st->peer;

	fifo_tear(s, &st->in);
	if (peer) {
		fifo_tear(s, &peer->in);
		sim_stream_hang_up(st, -ECONNRESET, 0);
	}
	st->closing = true;
	st->close_err = -ECONNRESET;
	st->arrive.cb = sim_stream_arrive;
	if (st->arrive.place == 0)
		sim_event_start(s, &st->arrive,
		    1 + (int64_t)sim_random(
			    s, (uint64_t)s->knobs.net_delay_ns));
}

/* ---- the table's streams ------------------------------------------------- */

static void
stream_set(void *self, struct host_stream *st,
    const struct host_stream_cbs *cbs, void *arg)
{
	(void)self;
	st->cbs = cbs;
	st->arg = arg;
}

static int
stream_write(void *self, struct host_stream *st, struct buf *taken)
{
	struct sim_boot *b = self;

	if (b->dead)
		return -EIO;
	if (sim_memory_fails())
		return -ENOMEM;
	b->machine->sent += taken->len;
	fifo_add(&st->out, taken->p, taken->len);
	buf_release(taken);
	pump_soon(st);
	return 0;
}

static size_t
stream_queued(void *self, struct host_stream *st)
{
	(void)self;
	return st->out.len;
}

static void
stream_pause(void *self, struct host_stream *st, bool pause)
{
	struct sim *s = st->machine->sim;

	(void)self;
	st->paused = pause;
	if (!pause && st->in.len > 0 && st->arrive.place == 0)
		sim_event_start(
		    s, &st->arrive, 1 + (int64_t)sim_random(s, LATE_NS));
}

static void
stream_peer(void *self, struct host_stream *st, char *out, size_t len)
{
	(void)self;
	snprintf(out, len, "%s", st->other ? st->other->name : "nowhere");
}

static void
stream_free(void *self, struct host_stream *st)
{
	(void)self;
	if (st == NULL)
		return;
	/* As TCP: unread bytes make a reset of it. */
	sim_stream_hang_up(st, st->in.len > 0 ? -ECONNRESET : 0, 0);
	if (st->busy)
		st->freed = true;
	else
		sim_stream_delete(st);
}

void
sim_stream_fill(struct host_ops *ops)
{
	ops->stream_set = stream_set;
	ops->stream_write = stream_write;
	ops->stream_queued = stream_queued;
	ops->stream_pause = stream_pause;
	ops->stream_peer = stream_peer;
	ops->stream_free = stream_free;
}
