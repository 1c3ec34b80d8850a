/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams between machines. What is written waits at its sender (out), goes
 * under way as far as the window allows (in, kept by the receiver), and
 * arrives later in pieces. A stream that is called back while it is freed
 * lives until the callback returns.
 */
#include "tests/sim/sim_internal.h"

#include <stdlib.h>
#include <string.h>

enum { PORT_FIRST = 40000, LATE_NS = 100 * 1000, HOST_GONE_S = 20 };

/* Bytes that leave in the order they came. */
struct fifo {
	uint8_t *p;
	size_t start;
	size_t len;
	size_t cap;
};

struct host_stream {
	struct host_stream *next; /* of the world */
	struct sim_boot *boot;
	struct sim_host *machine;
	struct sim_host *other; /* whom it reaches */
	struct host_stream *peer; /* NULL: not yet or no more */
	const struct host_stream_cbs *cbs;
	void *arg;
	struct fifo out;
	struct fifo in;
	struct sim_event pump;
	struct sim_event arrive;
	bool connected;
	bool opened; /* and said so */
	bool paused;
	bool closing; /* after in is empty, closed follows */
	bool closed;
	bool busy; /* in a callback */
	bool freed;
	int close_err;
	uint16_t port; /* that was dialled */
};

/* ---- bytes --------------------------------------------------------------- */

static void
fifo_add(struct fifo *f, const uint8_t *p, size_t len)
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
fifo_drop(struct fifo *f, size_t len)
{
	f->start += len;
	f->len -= len;
	if (f->len == 0)
		f->start = 0;
}

/* ---- a stream's life ----------------------------------------------------- */

static void
stream_delete(struct host_stream *st)
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

/* The other end hears of it once it has read what is under way. */
static void
stream_hang_up(struct host_stream *st, int err, int64_t late)
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
		stream_delete(st);
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

static void
stream_arrive(void *arg)
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

static struct host_stream *
stream_new(struct sim_boot *b, struct sim_host *other)
{
	struct sim *s = b->machine->sim;
	struct host_stream *st = sim_alloc(sizeof *st);

	st->boot = b;
	st->machine = b->machine;
	st->other = other;
	st->pump = (struct sim_event){.cb = stream_pump, .arg = st};
	st->arrive = (struct sim_event){.cb = stream_arrive, .arg = st};
	st->next = s->streams;
	s->streams = st;
	return st;
}

/* ---- listening and dialling ---------------------------------------------- */

static bool
linked(struct sim *s, struct sim_host *a, struct sim_host *b)
{
	VEC_EACH (&s->cuts, cut) {
		if ((cut->a == a && cut->b == b) ||
		    (cut->a == b && cut->b == a))
			return false;
	}
	return true;
}

static struct host_listener *
listener_find(struct sim_boot *b, uint16_t port)
{
	struct host_listener *l = b->listeners;

	while (l && l->port != port)
		l = l->next;
	return l;
}

static struct sim_host *
host_find(struct sim_boot *b, const char *address)
{
	struct sim *s = b->machine->sim;

	if (strcmp(address, "127.0.0.1") == 0 || strcmp(address, "::1") == 0 ||
	    strcmp(address, "localhost") == 0)
		return b->machine;
	for (size_t k = 0; k < s->hosts.n; k++)
		if (strcmp(s->hosts.items[k]->name, address) == 0)
			return s->hosts.items[k];
	return NULL;
}

/* The dialled stream's turn at the other machine. */
static int
connect_now(struct host_stream *st)
{
	struct sim_host *other = st->other;
	struct host_listener *l;
	struct host_stream *peer;

	if (other == NULL || !linked(st->machine->sim, st->machine, other))
		return -EHOSTUNREACH;
	if (!sim_host_up(other))
		return -ECONNREFUSED;
	l = listener_find(other->boot, st->port);
	if (l == NULL)
		return -ECONNREFUSED;
	peer = stream_new(other->boot, st->machine);
	peer->port = st->port;
	peer->peer = st;
	peer->connected = peer->opened = true;
	st->peer = peer;
	st->connected = true;
	sim_inside(other->boot);
	l->cb(l->arg, peer);
	sim_inside(NULL);
	return 0;
}

static void
dialled(void *arg)
{
	struct host_stream *st = arg;
	struct sim *s = st->machine->sim;
	int rc;

	st->arrive.cb = stream_arrive;
	if (st->boot->dead)
		return;
	rc = connect_now(st);
	if (rc) {
		st->closing = true;
		st->close_err = rc;
	}
	sim_event_start(s, &st->arrive,
	    1 + (int64_t)sim_random(s, (uint64_t)s->knobs.net_delay_ns));
}

static int
net_dial(
    void *self, const char *address, uint16_t port, struct host_stream **out)
{
	struct sim_boot *b = self;
	struct sim *s = b->machine->sim;
	struct host_stream *st;
	int rc = sim_call_begin(b, "dial", sim_hash(address));

	if (rc == 0) {
		st = stream_new(b, host_find(b, address));
		st->port = port;
		st->arrive.cb = dialled;
		sim_event_start(s, &st->arrive,
		    1 + (int64_t)sim_random(
			    s, (uint64_t)s->knobs.net_delay_ns));
	}
	if (rc == 0 && (rc = sim_call_end(b, 0)) != 0)
		stream_delete(st);
	else if (rc == 0)
		*out = st;
	return rc;
}

static uint16_t
port_free(struct sim_boot *b)
{
	uint16_t port = PORT_FIRST;

	while (listener_find(b, port))
		port++;
	return port;
}

static void
net_listener_free(void *self, struct host_listener *l)
{
	struct sim_boot *b = self;
	struct host_listener **at = &b->listeners;

	if (l == NULL)
		return;
	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	free(l);
}

static int
net_listen(void *self, const char *address, uint16_t port, host_accept_cb *cb,
    void *arg, struct host_listener **out)
{
	struct sim_boot *b = self;
	struct host_listener *l;
	int rc = sim_call_begin(b, "listen", sim_hash(address));

	if (rc == 0 && port && listener_find(b, port))
		rc = -EADDRINUSE;
	if (rc == 0) {
		l = sim_alloc(sizeof *l);
		l->boot = b;
		l->port = port ? port : port_free(b);
		l->cb = cb;
		l->arg = arg;
		l->next = b->listeners;
		b->listeners = l;
	}
	if (rc == 0 && (rc = sim_call_end(b, 0)) != 0)
		net_listener_free(b, l);
	else if (rc == 0)
		*out = l;
	return rc;
}

static uint16_t
net_listener_port(void *self, struct host_listener *l)
{
	(void)self;
	return l->port;
}

/* ---- the table's streams ------------------------------------------------- */

static void
net_set(void *self, struct host_stream *st, const struct host_stream_cbs *cbs,
    void *arg)
{
	(void)self;
	st->cbs = cbs;
	st->arg = arg;
}

static int
net_write(void *self, struct host_stream *st, struct buf *taken)
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
net_queued(void *self, struct host_stream *st)
{
	(void)self;
	return st->out.len;
}

static void
net_pause(void *self, struct host_stream *st, bool pause)
{
	struct sim *s = st->machine->sim;

	(void)self;
	st->paused = pause;
	if (!pause && st->in.len > 0 && st->arrive.place == 0)
		sim_event_start(
		    s, &st->arrive, 1 + (int64_t)sim_random(s, LATE_NS));
}

static void
net_peer(void *self, struct host_stream *st, char *out, size_t len)
{
	(void)self;
	snprintf(out, len, "%s", st->other ? st->other->name : "nowhere");
}

static void
net_free(void *self, struct host_stream *st)
{
	(void)self;
	if (st == NULL)
		return;
	/* As TCP: unread bytes make a reset of it. */
	stream_hang_up(st, st->in.len > 0 ? -ECONNRESET : 0, 0);
	if (st->busy)
		st->freed = true;
	else
		stream_delete(st);
}

void
sim_net_fill(struct host_ops *ops)
{
	ops->listen = net_listen;
	ops->listener_port = net_listener_port;
	ops->listener_free = net_listener_free;
	ops->dial = net_dial;
	ops->stream_set = net_set;
	ops->stream_write = net_write;
	ops->stream_queued = net_queued;
	ops->stream_pause = net_pause;
	ops->stream_peer = net_peer;
	ops->stream_free = net_free;
}

/* ---- what befalls them --------------------------------------------------- */

static void
fifo_tear(struct sim *s, struct fifo *f)
{
	f->len = sim_random(s, f->len + 1);
}

static void
stream_cut(struct host_stream *st)
{
	struct sim *s = st->machine->sim;
	struct host_stream *peer = st->peer;

	fifo_tear(s, &st->in);
	if (peer) {
		fifo_tear(s, &peer->in);
		stream_hang_up(st, -ECONNRESET, 0);
	}
	st->closing = true;
	st->close_err = -ECONNRESET;
	st->arrive.cb = stream_arrive;
	if (st->arrive.place == 0)
		sim_event_start(s, &st->arrive,
		    1 + (int64_t)sim_random(
			    s, (uint64_t)s->knobs.net_delay_ns));
}

void
sim_net_cut(struct sim *s, struct sim_host *a, struct sim_host *b)
{
	for (struct host_stream *st = s->streams; st; st = st->next) {
		bool hit = (!a || st->machine == a || st->other == a) &&
			   (!b || st->machine == b || st->other == b);

		if (hit && !st->closing && !st->boot->dead)
			stream_cut(st);
	}
}

void
sim_net_link(struct sim *s, struct sim_host *a, struct sim_host *b, bool on)
{
	size_t left = 0;

	for (size_t k = 0; k < s->cuts.n; k++) {
		struct sim_link *cut = &s->cuts.items[k];

		if (!((cut->a == a && cut->b == b) ||
			(cut->a == b && cut->b == a)))
			s->cuts.items[left++] = *cut;
	}
	s->cuts.n = left;
	if (on)
		return;
	SIM_PUSH(&s->cuts, (struct sim_link){a, b});
	sim_net_cut(s, a, b);
}

void
sim_net_died(struct sim_boot *b, bool cut)
{
	struct sim *s = b->machine->sim;

	for (struct host_stream *st = s->streams; st; st = st->next) {
		int err = sim_chance(s, 500) ? 0 : -ECONNRESET;
		int64_t late = 0;

		if (st->boot != b)
			continue;
		if (cut) {
			err = -ECONNRESET;
			late = (int64_t)sim_random(
			    s, HOST_GONE_S * (uint64_t)SIM_SECOND);
		}
		stream_hang_up(st, err, late);
		sim_event_stop(s, &st->pump);
		sim_event_stop(s, &st->arrive);
	}
}

size_t
sim_net_end(struct sim_boot *b)
{
	struct host_stream *st = b->machine->sim->streams, *next;
	size_t n = 0;

	for (; st; st = next) {
		next = st->next;
		if (st->boot == b) {
			st->busy = false;
			net_free(b, st);
			n++;
		}
	}
	for (; b->listeners; n++)
		net_listener_free(b, b->listeners);
	return n;
}

void
sim_net_release(struct sim *s)
{
	while (s->streams)
		stream_delete(s->streams);
}
