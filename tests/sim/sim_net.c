/* SPDX-License-Identifier: Apache-2.0 */
/* The network: who listens, who dials whom, and what parts them. */
#include "tests/sim/sim_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PORT_FIRST = 40000, HOST_GONE_S = 20 };

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
	peer = sim_stream_new(other->boot, st->machine);
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

	st->arrive.cb = sim_stream_arrive;
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
		st = sim_stream_new(b, host_find(b, address));
		st->port = port;
		st->arrive.cb = dialled;
		sim_event_start(s, &st->arrive,
		    1 + (int64_t)sim_random(
			    s, (uint64_t)s->knobs.net_delay_ns));
	}
	if (rc == 0 && (rc = sim_call_end(b, 0)) != 0)
		sim_stream_delete(st);
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

void
sim_net_fill(struct host_ops *ops)
{
	ops->listen = net_listen;
	ops->listener_port = net_listener_port;
	ops->listener_free = net_listener_free;
	ops->dial = net_dial;
	sim_stream_fill(ops);
}

/* ---- what befalls them --------------------------------------------------- */

void
sim_net_cut(struct sim *s, struct sim_host *a, struct sim_host *b)
{
	for (struct host_stream *st = s->streams; st; st = st->next) {
		bool hit = (!a || st->machine == a || st->other == a) &&
			   (!b || st->machine == b || st->other == b);

		if (hit && !st->closing && !st->boot->dead)
			sim_stream_cut(st);
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
		sim_stream_hang_up(st, err, late);
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
			b->ops.stream_free(b, st);
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
		sim_stream_delete(s->streams);
}
