/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_test.h"

#include <stdlib.h>
#include <string.h>

#define OK(call) ck_assert_int_eq(call, 0)

enum { PORT = 22100, MUCH = 300000 };

struct end {
	const struct host *host;
	struct host_stream *stream;
	bool opened;
	bool drained;
	int closed; /* 1: not */
	size_t came;
	bool wrong; /* the bytes were not what was sent */
	bool leave; /* free it at the first bytes */
};

static void
on_opened(void *arg)
{
	((struct end *)arg)->opened = true;
}

static void
on_data(void *arg, struct span bytes)
{
	struct end *e = arg;

	for (size_t i = 0; i < bytes.len; i++)
		e->wrong |= bytes.p[i] != (uint8_t)((e->came + i) % 251);
	e->came += bytes.len;
	if (e->leave) {
		host_stream_free(e->host, e->stream);
		e->stream = NULL;
	}
}

static void
on_drained(void *arg)
{
	((struct end *)arg)->drained = true;
}

static void
on_closed(void *arg, int err)
{
	struct end *e = arg;

	e->closed = err;
	host_stream_free(e->host, e->stream);
	e->stream = NULL;
}

static const struct host_stream_cbs cbs = {
    on_opened, on_data, on_drained, on_closed};

static void
on_accept(void *arg, struct host_stream *taken)
{
	struct end *e = arg;

	e->stream = taken;
	host_stream_set(e->host, taken, &cbs, e);
}

struct pair {
	struct sim *sim;
	struct sim_host *machine[2];
	struct end end[2]; /* 0 dials 1 */
	struct host_listener *listener;
};

static void
pair_dial(struct pair *p, uint16_t port)
{
	p->end[0].closed = 1;
	OK(host_dial(p->end[0].host, "b", port, &p->end[0].stream));
	host_stream_set(p->end[0].host, p->end[0].stream, &cbs, &p->end[0]);
}

static struct pair
pair_open(uint64_t seed)
{
	static const char *const names[] = {"a", "b"};
	struct pair p = {.sim = sim_new(seed)};

	for (int i = 0; i < 2; i++) {
		p.machine[i] = sim_host_new(p.sim, names[i]);
		p.end[i].host = sim_host_start(p.machine[i]);
		p.end[i].closed = 1;
	}
	return p;
}

static void
pair_connect(struct pair *p)
{
	OK(host_listen(p->end[1].host, "0.0.0.0", PORT, on_accept, &p->end[1],
	    &p->listener));
	pair_dial(p, PORT);
	sim_run(p->sim, 10 * SIM_SECOND);
	ck_assert(p->end[0].opened);
	ck_assert_ptr_nonnull(p->end[1].stream);
}

static void
pair_close(struct pair *p)
{
	for (int i = 0; i < 2; i++)
		host_stream_free(p->end[i].host, p->end[i].stream);
	host_listener_free(p->end[1].host, p->listener);
	for (int i = 0; i < 2; i++)
		ck_assert_uint_eq(sim_host_end(p->machine[i]), 0);
	sim_free(p->sim);
}

static void
pair_send(struct pair *p, int from, size_t len)
{
	struct buf b;
	uint8_t *bytes;

	buf_init(&b, len);
	OK(buf_reserve(&b, len, &bytes));
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(i % 251);
	buf_commit(&b, len);
	OK(host_stream_write(p->end[from].host, p->end[from].stream, &b));
	ck_assert_uint_eq(b.len, 0);
	buf_release(&b);
}

START_TEST(bytes_arrive_whole_in_order_both_ways)
{
	for (uint64_t seed = 0; seed < 50; seed++) {
		struct pair p = pair_open(seed);

		pair_connect(&p);
		pair_send(&p, 0, MUCH);
		ck_assert_uint_eq(
		    host_stream_queued(p.end[0].host, p.end[0].stream), MUCH);
		pair_send(&p, 1, 10);
		sim_run(p.sim, 1000 * SIM_SECOND);
		ck_assert_uint_eq(p.end[1].came, MUCH);
		ck_assert_uint_eq(p.end[0].came, 10);
		ck_assert(!p.end[0].wrong && !p.end[1].wrong);
		ck_assert(p.end[0].drained);
		pair_close(&p);
	}
}
END_TEST

START_TEST(who_does_not_read_holds_the_sender_up)
{
	struct pair p = pair_open(1);

	sim_knobs(p.sim)->net_window = 16384;
	pair_connect(&p);
	host_stream_pause(p.end[1].host, p.end[1].stream, true);
	pair_send(&p, 0, MUCH);
	sim_run(p.sim, 10 * SIM_SECOND);
	ck_assert_uint_eq(p.end[1].came, 0);
	ck_assert_uint_eq(
	    host_stream_queued(p.end[0].host, p.end[0].stream), MUCH - 16384);
	ck_assert(!p.end[0].drained);
	host_stream_pause(p.end[1].host, p.end[1].stream, false);
	sim_run(p.sim, 100 * SIM_SECOND);
	ck_assert_uint_eq(p.end[1].came, MUCH);
	pair_close(&p);
}
END_TEST

START_TEST(an_end_is_told_after_the_bytes)
{
	struct pair p = pair_open(2);

	sim_knobs(p.sim)->net_window = 1 << 20;
	pair_connect(&p);
	pair_send(&p, 0, 1000);
	while (!p.end[0].drained)
		ck_assert(sim_step(p.sim));
	host_stream_free(p.end[0].host, p.end[0].stream);
	p.end[0].stream = NULL;
	sim_run(p.sim, 10 * SIM_SECOND);
	ck_assert_uint_eq(p.end[1].came, 1000);
	ck_assert_int_eq(p.end[1].closed, 0);
	pair_close(&p);
}
END_TEST

START_TEST(a_cut_reaches_both_ends_at_any_byte)
{
	bool part = false;

	for (uint64_t seed = 0; seed < 50; seed++) {
		struct pair p = pair_open(seed);

		pair_connect(&p);
		pair_send(&p, 0, MUCH);
		for (uint64_t i = 0; i < seed; i++)
			(void)sim_step(p.sim);
		sim_net_cut(p.sim, p.machine[0], p.machine[1]);
		sim_run(p.sim, 1000 * SIM_SECOND);
		ck_assert_int_eq(p.end[0].closed, -ECONNRESET);
		ck_assert_int_eq(p.end[1].closed, -ECONNRESET);
		ck_assert(!p.end[1].wrong);
		part |= p.end[1].came > 0 && p.end[1].came < MUCH;
		pair_close(&p);
	}
	ck_assert(part);
}
END_TEST

START_TEST(nobody_is_reached_where_nobody_listens)
{
	struct pair p = pair_open(3);

	pair_dial(&p, PORT);
	sim_run(p.sim, 10 * SIM_SECOND);
	ck_assert_int_eq(p.end[0].closed, -ECONNREFUSED);
	sim_net_link(p.sim, p.machine[0], p.machine[1], false);
	pair_dial(&p, PORT);
	sim_run(p.sim, 10 * SIM_SECOND);
	ck_assert_int_eq(p.end[0].closed, -EHOSTUNREACH);
	sim_net_link(p.sim, p.machine[0], p.machine[1], true);
	pair_connect(&p);
	pair_close(&p);
}
END_TEST

START_TEST(a_dead_machine_ends_its_streams)
{
	for (int cut = 0; cut < 2; cut++) {
		struct pair p = pair_open(4);

		pair_connect(&p);
		if (cut)
			sim_host_power_cut(p.machine[1]);
		else
			sim_host_kill(p.machine[1]);
		sim_run(p.sim, 60 * SIM_SECOND);
		ck_assert_int_ne(p.end[0].closed, 1);
		pair_close(&p);
	}
}
END_TEST

START_TEST(a_port_is_for_one)
{
	struct pair p = pair_open(5);
	struct host_listener *l;

	pair_connect(&p);
	ck_assert_int_eq(host_listen(p.end[1].host, "0.0.0.0", PORT, on_accept,
			     &p.end[1], &l),
	    -EADDRINUSE);
	OK(host_listen(p.end[1].host, "0.0.0.0", 0, on_accept, &p.end[1], &l));
	ck_assert_uint_ne(host_listener_port(p.end[1].host, l), 0);
	host_listener_free(p.end[1].host, l);
	pair_close(&p);
}
END_TEST

START_TEST(a_stream_may_be_freed_while_it_calls)
{
	struct pair p = pair_open(6);

	pair_connect(&p);
	p.end[1].leave = true;
	pair_send(&p, 0, MUCH);
	sim_run(p.sim, 60 * SIM_SECOND);
	ck_assert_ptr_null(p.end[1].stream);
	ck_assert_int_ne(p.end[0].closed, 1);
	pair_close(&p);
}
END_TEST

TCase *
sim_net_tcase(void)
{
	TCase *tc = tcase_create("net");

	tcase_add_test(tc, bytes_arrive_whole_in_order_both_ways);
	tcase_add_test(tc, who_does_not_read_holds_the_sender_up);
	tcase_add_test(tc, an_end_is_told_after_the_bytes);
	tcase_add_test(tc, a_cut_reaches_both_ends_at_any_byte);
	tcase_add_test(tc, nobody_is_reached_where_nobody_listens);
	tcase_add_test(tc, a_dead_machine_ends_its_streams);
	tcase_add_test(tc, a_port_is_for_one);
	tcase_add_test(tc, a_stream_may_be_freed_while_it_calls);
	return tc;
}
