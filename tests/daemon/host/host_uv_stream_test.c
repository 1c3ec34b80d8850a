/* SPDX-License-Identifier: Apache-2.0 */
/* host_uv_stream.c, host_uv_dial.c and host_uv_listen.c, on loopback. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/daemon/host/host_test_internal.h"

enum { BULK = 50 << 20, PIECE = 60000, QUEUE = 1 << 20 };

/* One end of a connection: sends a pattern, checks the pattern it gets. */
struct end {
	struct host_stream *s;
	size_t to_send;
	size_t sent;
	size_t to_get;
	size_t got;
	int opened;
	int drained;
	int closed;
	int err;
	bool got_all;
	bool is_closed;
	bool is_drained;
	bool inside; /* a call of ours is on the stack */
	enum { NEVER, ON_OPEN, ON_DATA, ON_DRAIN, ON_CLOSE } free_when;
	int after_free;
};

struct pair {
	struct host_listener *l;
	struct end in;
	struct end out;
	bool both;
};

static uint8_t
pattern(size_t at)
{
	return (uint8_t)(at * 7 + (at >> 13));
}

static void
end_free(struct end *e)
{
	host_stream_free(b.h, e->s);
	e->s = NULL;
	e->after_free = 0;
}

static void
called(struct end *e, int when)
{
	ck_assert(!e->inside);
	if (e->s == NULL)
		e->after_free++;
	else if ((int)e->free_when == when)
		end_free(e);
}

/* Writes pieces while the queue is short. */
static void
pump(struct end *e)
{
	while (e->s && e->sent < e->to_send &&
	       host_stream_queued(b.h, e->s) < QUEUE) {
		size_t n = e->to_send - e->sent;
		struct buf piece;
		uint8_t *p;

		if (n > PIECE)
			n = PIECE;
		buf_init(&piece, n);
		OK(buf_reserve(&piece, n, &p));
		for (size_t i = 0; i < n; i++)
			p[i] = pattern(e->sent + i);
		buf_commit(&piece, n);
		e->inside = true;
		OK(host_stream_write(b.h, e->s, &piece));
		e->inside = false;
		ck_assert_ptr_null(piece.p);
		e->sent += n;
	}
}

static void
on_opened(void *arg)
{
	struct end *e = arg;

	e->opened++;
	called(e, ON_OPEN);
	pump(e);
}

static void
on_data(void *arg, struct span bytes)
{
	struct end *e = arg;

	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.p[i] != pattern(e->got + i))
			ck_abort_msg("wrong byte at %zu", e->got + i);
	e->got += bytes.len;
	e->got_all = e->got == e->to_get;
	called(e, ON_DATA);
}

static void
on_drained(void *arg)
{
	struct end *e = arg;

	e->drained++;
	e->is_drained = true;
	if (e->s)
		ck_assert_uint_eq(host_stream_queued(b.h, e->s), 0);
	called(e, ON_DRAIN);
	pump(e);
}

static void
on_closed(void *arg, int err)
{
	struct end *e = arg;

	e->closed++;
	e->err = err;
	e->is_closed = true;
	called(e, ON_CLOSE);
}

static const struct host_stream_cbs cbs = {
    .opened = on_opened,
    .data = on_data,
    .drained = on_drained,
    .closed = on_closed,
};

static void
came_in(void *arg, struct host_stream *taken)
{
	struct pair *p = arg;

	if (p->in.s)
		end_free(&p->in);
	p->in.s = taken;
	p->in.got = 0;
	p->in.inside = true;
	host_stream_set(b.h, taken, &cbs, &p->in);
	p->in.inside = false;
	p->both = true;
	pump(&p->in);
}

static void
listen_only(struct pair *p, const char *address)
{
	OK(host_listen(b.h, address, 0, came_in, p, &p->l));
	ck_assert_uint_ne(host_listener_port(b.h, p->l), 0);
}

static void
dial(struct pair *p, const char *address)
{
	p->out.inside = true;
	OK(host_dial(b.h, address, host_listener_port(b.h, p->l), &p->out.s));
	host_stream_set(b.h, p->out.s, &cbs, &p->out);
	pump(&p->out); /* before it stands: kept until then */
	p->out.inside = false;
}

static void
connect_pair(struct pair *p)
{
	listen_only(p, "127.0.0.1");
	dial(p, "127.0.0.1");
	bench_wait(&p->both);
}

static void
release(struct pair *p)
{
	if (p->in.s)
		end_free(&p->in);
	if (p->out.s)
		end_free(&p->out);
	host_listener_free(b.h, p->l);
	host_uv_run(b.h); /* returns: all handles are closed */
	ck_assert_int_eq(p->in.after_free + p->out.after_free, 0);
}

START_TEST(fifty_megabytes_go_both_ways_at_once)
{
	struct pair p = {.in = {.to_send = BULK, .to_get = BULK},
	    .out = {.to_send = BULK, .to_get = BULK}};

	connect_pair(&p);
	bench_wait(&p.in.got_all);
	bench_wait(&p.out.got_all);
	ck_assert_int_eq(p.out.opened, 1);
	ck_assert_int_eq(p.in.opened, 0);
	end_free(&p.in);
	bench_wait(&p.out.is_closed);
	ck_assert_int_eq(p.out.err, 0);
	ck_assert_int_eq(p.out.closed, 1);
	release(&p);
}
END_TEST

START_TEST(many_small_writes_arrive_in_order)
{
	struct pair p = {.in = {.to_get = 100000}};

	connect_pair(&p);
	for (size_t i = 0; i < 100000; i++) {
		struct buf one;
		uint8_t byte = pattern(i);

		buf_init(&one, 1);
		OK(buf_add(&one, span_of(&byte, 1)));
		OK(host_stream_write(b.h, p.out.s, &one));
	}
	ck_assert_uint_eq(host_stream_queued(b.h, p.out.s), 100000);
	bench_wait(&p.in.got_all);
	bench_wait(&p.out.is_drained);
	release(&p);
}
END_TEST

/* The end is told after what came before it was read. */
START_TEST(last_words_are_heard)
{
	struct pair p = {.out = {.to_send = 3 * PIECE, .free_when = ON_DRAIN},
	    .in = {.to_get = 3 * PIECE}};

	connect_pair(&p);
	bench_wait(&p.in.is_closed);
	ck_assert(p.in.got_all);
	ck_assert_int_eq(p.in.err, 0);
	release(&p);
}
END_TEST

START_TEST(a_stream_may_be_freed_in_any_callback)
{
	struct pair p = {.in = {.to_get = PIECE, .to_send = PIECE},
	    .out = {.to_send = PIECE, .to_get = PIECE, .free_when = _i}};

	if (_i == ON_CLOSE)
		p.in.free_when = ON_DATA;
	connect_pair(&p);
	for (int i = 0; i < 100 && p.out.s != NULL; i++)
		host_uv_turn(b.h, 100);
	ck_assert_ptr_null(p.out.s);
	if (p.in.s != NULL)
		bench_wait(&p.in.is_closed);
	release(&p);
}
END_TEST

START_TEST(a_paused_stream_reads_nothing)
{
	struct pair p = {
	    .out = {.to_send = BULK / 5}, .in = {.to_get = BULK / 5}};
	size_t before;
	size_t sent;

	listen_only(&p, "127.0.0.1");
	dial(&p, "127.0.0.1");
	bench_wait(&p.both);
	host_stream_pause(b.h, p.in.s, true);
	before = p.in.got;
	do {
		sent = p.out.sent;
		host_uv_turn(b.h, 50);
	} while (p.out.sent != sent);
	ck_assert_uint_eq(p.in.got, before);
	ck_assert_uint_gt(host_stream_queued(b.h, p.out.s), 0);
	p.in.inside = true;
	host_stream_pause(b.h, p.in.s, false);
	p.in.inside = false;
	bench_wait(&p.in.got_all);
	release(&p);
}
END_TEST

START_TEST(pausing_before_set_or_open_holds)
{
	struct pair p = {.out = {.to_get = 10}, .in = {.to_send = 10}};

	listen_only(&p, "127.0.0.1");
	OK(host_dial(b.h, "127.0.0.1", host_listener_port(b.h, p.l), &p.out.s));
	host_stream_pause(b.h, p.out.s, true);
	host_stream_set(b.h, p.out.s, &cbs, &p.out);
	bench_wait(&p.in.is_drained);
	host_uv_turn(b.h, 0);
	host_uv_turn(b.h, 0);
	ck_assert_uint_eq(p.out.got, 0);
	host_stream_pause(b.h, p.out.s, false);
	bench_wait(&p.out.got_all);
	release(&p);
}
END_TEST

START_TEST(nobody_listening_is_told_later)
{
	struct pair p = {0};
	uint16_t port;

	listen_only(&p, "127.0.0.1");
	port = host_listener_port(b.h, p.l);
	host_listener_free(b.h, p.l);
	p.l = NULL;
	host_uv_turn(b.h, 0);
	for (int i = 0; i < 2; i++) {
		p.out = (struct end){.inside = true};
		OK(host_dial(
		    b.h, i ? "localhost" : "127.0.0.1", port, &p.out.s));
		host_stream_set(b.h, p.out.s, &cbs, &p.out);
		p.out.inside = false;
		bench_wait(&p.out.is_closed);
		ck_assert_int_eq(p.out.err, -ECONNREFUSED);
		ck_assert_int_eq(p.out.opened, 0);
		end_free(&p.out);
	}
	release(&p);
	host_listener_free(b.h, NULL);
	host_stream_free(b.h, NULL);
}
END_TEST

START_TEST(names_are_resolved)
{
	struct pair p = {.out = {.to_send = 10}, .in = {.to_get = 10}};

	/* On IPv4 only: where localhost is ::1 first, the second is tried. */
	listen_only(&p, "127.0.0.1");
	dial(&p, "localhost");
	bench_wait(&p.in.got_all);
	release(&p);
}
END_TEST

START_TEST(a_name_that_is_none_is_told_later)
{
	struct pair p = {0};

	OK(host_dial(b.h, "no such name.invalid", 1, &p.out.s));
	host_stream_set(b.h, p.out.s, &cbs, &p.out);
	bench_wait(&p.out.is_closed);
	ck_assert_int_lt(p.out.err, 0);
	release(&p);
}
END_TEST

/* At every stage: resolving, connecting, before and after it stands. */
START_TEST(a_dialled_stream_may_be_freed_at_any_time)
{
	struct pair p = {0};

	listen_only(&p, "127.0.0.1");
	for (int turns = 0; turns < 6; turns++) {
		p.out.to_send = PIECE;
		p.out.sent = 0;
		dial(&p, _i ? "localhost" : "127.0.0.1");
		for (int i = 0; i < turns; i++)
			host_uv_turn(b.h, 1);
		end_free(&p.out);
		host_uv_turn(b.h, 1);
		if (p.in.s)
			end_free(&p.in);
		p.both = false;
	}
	/* A last one may still be coming in. */
	host_listener_free(b.h, p.l);
	p.l = NULL;
	host_uv_turn(b.h, 0);
	release(&p);
}
END_TEST

START_TEST(a_broken_connection_is_told_once)
{
	struct pair p = {.out = {.to_send = BULK}};

	connect_pair(&p);
	/* Closing with bytes unread resets the connection. */
	host_stream_pause(b.h, p.in.s, true);
	host_uv_turn(b.h, 10);
	host_uv_turn(b.h, 10);
	end_free(&p.in);
	bench_wait(&p.out.is_closed);
	ck_assert_int_le(p.out.err, 0);
	ck_assert_int_eq(p.out.closed, 1);
	/* What is written now goes nowhere, and says nothing. */
	p.out.to_send = p.out.sent + 10;
	pump(&p.out);
	ck_assert_uint_eq(p.out.sent, p.out.to_send);
	host_uv_turn(b.h, 0);
	ck_assert_int_eq(p.out.closed, 1);
	release(&p);
}
END_TEST

START_TEST(addresses_are_checked_and_taken_once)
{
	struct pair p = {0};
	struct host_listener *second;
	char want[64];
	char got[64];

	FAILS(host_listen(b.h, "localhost", 0, came_in, &p, &second), -EINVAL);
	FAILS(host_listen(b.h, "1.2.3", 0, came_in, &p, &second), -EINVAL);
	connect_pair(&p);
	FAILS(host_listen(b.h, "127.0.0.1", host_listener_port(b.h, p.l),
		  came_in, &p, &second),
	    -EADDRINUSE);
	snprintf(
	    want, sizeof want, "127.0.0.1:%u", host_listener_port(b.h, p.l));
	for (int i = 0; i < 100 && p.out.opened == 0; i++)
		host_uv_turn(b.h, 10);
	host_stream_peer(b.h, p.out.s, got, sizeof got);
	ck_assert_str_eq(got, want);
	host_stream_peer(b.h, p.in.s, got, 6);
	ck_assert_str_eq(got, "127.0");
	release(&p);
}
END_TEST

START_TEST(both_families_are_heard_on_the_open_address)
{
	struct pair p = {.out = {.to_send = 10}, .in = {.to_get = 10}};
	char got[64];

	if (host_listen(b.h, "::", 0, came_in, &p, &p.l) < 0) {
		printf("SKIP: no IPv6 here\n");
		return;
	}
	dial(&p, "127.0.0.1");
	bench_wait(&p.in.got_all);
	host_stream_peer(b.h, p.in.s, got, sizeof got);
	ck_assert_int_eq(strncmp(got, "127.0.0.1:", 10), 0);
	release(&p);
}
END_TEST

TCase *
host_uv_stream_tcase(void)
{
	TCase *tcase = bench_tcase("stream");

	tcase_add_test(tcase, fifty_megabytes_go_both_ways_at_once);
	tcase_add_test(tcase, many_small_writes_arrive_in_order);
	tcase_add_test(tcase, last_words_are_heard);
	tcase_add_loop_test(tcase, a_stream_may_be_freed_in_any_callback,
	    ON_OPEN, ON_CLOSE + 1);
	tcase_add_test(tcase, a_paused_stream_reads_nothing);
	tcase_add_test(tcase, pausing_before_set_or_open_holds);
	tcase_add_test(tcase, nobody_listening_is_told_later);
	tcase_add_test(tcase, names_are_resolved);
	tcase_add_test(tcase, a_name_that_is_none_is_told_later);
	tcase_add_loop_test(
	    tcase, a_dialled_stream_may_be_freed_at_any_time, 0, 2);
	tcase_add_test(tcase, a_broken_connection_is_told_once);
	tcase_add_test(tcase, addresses_are_checked_and_taken_once);
	tcase_add_test(tcase, both_families_are_heard_on_the_open_address);
	return tcase;
}
