/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that cannot be taken, made or written to. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/daemon/host/host_refuse.h"
#include "tests/daemon/host/host_test_internal.h"
#include "tests/proto/model/fail_alloc.h"

struct end {
	struct host_stream *s;
	bool is_opened, is_closed, is_drained;
	int err;
	size_t got;
};

static struct host_listener *l;
static struct end in, out;
static bool both;

static void
on_opened(void *arg)
{
	((struct end *)arg)->is_opened = true;
}

static void
on_data(void *arg, struct span bytes)
{
	((struct end *)arg)->got += bytes.len;
}

static void
on_drained(void *arg)
{
	((struct end *)arg)->is_drained = true;
}

static void
on_closed(void *arg, int err)
{
	struct end *e = arg;

	ck_assert(!e->is_closed);
	e->is_closed = true;
	e->err = err;
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
	(void)arg;
	in = (struct end){.s = taken};
	host_stream_set(b.h, taken, &cbs, &in);
	both = true;
}

static void
dial(const char *address)
{
	OK(host_dial(b.h, address, host_listener_port(b.h, l), &out.s));
	host_stream_set(b.h, out.s, &cbs, &out);
}

static void
set_up(void)
{
	in = out = (struct end){0};
	both = false;
	OK(host_listen(b.h, "127.0.0.1", 0, came_in, NULL, &l));
}

static void
tear_down(void)
{
	host_stream_free(b.h, in.s);
	host_stream_free(b.h, out.s);
	host_listener_free(b.h, l);
	host_uv_run(b.h); /* returns: all handles are closed */
}

static int
say(struct end *e, const char *words)
{
	struct buf bytes;
	int rc;

	buf_init(&bytes, 100);
	OK(buf_add(&bytes, span_str(words)));
	rc = host_stream_write(b.h, e->s, &bytes);
	ck_assert((rc == 0) == (bytes.len == 0));
	buf_release(&bytes);
	return rc;
}

/* ---- taking -------------------------------------------------------------- */

/* All that the loop does for a while goes without memory. */
static void
turn_without_memory(int turns)
{
	for (int i = 0; i < turns; i++) {
		fail_alloc_after(0, true);
		host_uv_turn(b.h, 20);
		(void)fail_alloc_end();
	}
}

START_TEST(a_caller_that_finds_no_memory_is_taken_later)
{
	dial("127.0.0.1");
	turn_without_memory(5);
	ck_assert(!both);
	bench_wait(&both);
	OK(say(&out, "hello"));
	bench_wait(&out.is_drained);
	/* And so is the next one. */
	host_stream_free(b.h, out.s);
	bench_wait(&in.is_closed);
	host_stream_free(b.h, in.s);
	both = false;
	dial("127.0.0.1");
	bench_wait(&both);
}
END_TEST

START_TEST(a_listener_may_go_while_callers_wait)
{
	dial("127.0.0.1");
	turn_without_memory(5);
	host_listener_free(b.h, l);
	l = NULL;
	bench_wait(&out.is_closed); /* the kernel lets them go */
	ck_assert(!both);
}
END_TEST

START_TEST(a_caller_for_whom_there_is_no_handle_is_taken_later)
{
	refuse("uv_tcp_init", EMFILE, 1, false); /* the caller's comes first */
	dial("127.0.0.1");
	bench_wait(&both);
	ck_assert(refuse_end());
}
END_TEST

START_TEST(who_called_may_stay_unknown)
{
	char peer[80];

	refuse("uv_tcp_getpeername", ENOTCONN, 0, true);
	dial("127.0.0.1");
	bench_wait(&both);
	ck_assert(refuse_end());
	host_stream_peer(b.h, in.s, peer, sizeof peer);
	ck_assert_str_eq(peer, "?");
}
END_TEST

START_TEST(a_port_that_is_not_told_is_none)
{
	refuse("uv_tcp_getsockname", ENOBUFS, 0, false);
	ck_assert_uint_eq(host_listener_port(b.h, l), 0);
	ck_assert(refuse_end());
}
END_TEST

/* ---- dialling ------------------------------------------------------------ */

/* Of localhost's addresses the last that is tried says why. */
START_TEST(a_name_whose_addresses_cannot_be_reached_is_told)
{
	refuse("uv_tcp_connect", ENETUNREACH, 0, true);
	dial("localhost");
	bench_wait(&out.is_closed);
	ck_assert(refuse_end());
	ck_assert_int_eq(out.err, -ENETUNREACH);
	ck_assert(!out.is_opened);
}
END_TEST

START_TEST(a_name_that_is_found_and_no_handle_is_told)
{
	refuse("uv_tcp_init", EMFILE, 0, true);
	dial("localhost");
	bench_wait(&out.is_closed);
	ck_assert(refuse_end());
	ck_assert_int_eq(out.err, -EMFILE);
}
END_TEST

START_TEST(a_stream_without_words_for_its_ends_is_quiet)
{
	static const struct host_stream_cbs none;

	OK(host_dial(b.h, "127.0.0.1", host_listener_port(b.h, l), &out.s));
	host_stream_set(b.h, out.s, &none, NULL);
	bench_wait(&both);
	OK(say(&in, "to nobody"));
	OK(say(&out, "to you"));
	bench_wait(&in.is_drained);
	while (in.got < 6)
		host_uv_turn(b.h, 20);
	host_stream_free(b.h, in.s);
	in.s = NULL;
	for (int i = 0; i < 5; i++)
		host_uv_turn(b.h, 20);
	ck_assert(!out.is_closed);
}
END_TEST

/* ---- writing ------------------------------------------------------------- */

static void
connect_both(void)
{
	dial("127.0.0.1");
	bench_wait(&both);
	while (!out.is_opened)
		host_uv_turn(b.h, 20);
}

START_TEST(what_finds_no_memory_stays_the_writers)
{
	struct buf bytes;
	int rc;

	connect_both();
	buf_init(&bytes, 100);
	OK(buf_add(&bytes, SPAN_LIT("hello")));
	fail_alloc_after(0, true);
	rc = host_stream_write(b.h, out.s, &bytes);
	ck_assert(fail_alloc_end());
	FAILS(rc, -ENOMEM);
	ck_assert_uint_eq(bytes.len, 5);
	ck_assert_uint_eq(host_stream_queued(b.h, out.s), 0);
	OK(host_stream_write(b.h, out.s, &bytes));
	bench_wait(&out.is_drained);
	buf_release(&bytes);
}
END_TEST

START_TEST(a_write_that_is_refused_is_told_once_all_was_heard)
{
	connect_both();
	refuse("uv_write", EPIPE, 0, true);
	OK(say(&out, "lost"));
	OK(say(&in, "last words"));
	host_uv_turn(b.h, 20);
	ck_assert(refuse_end());
	OK(say(&out, "as lost")); /* what is known to be broken takes all */
	ck_assert_uint_eq(host_stream_queued(b.h, out.s), 0);
	ck_assert(!out.is_closed);
	host_stream_free(b.h, in.s); /* it hangs up */
	in.s = NULL;
	bench_wait(&out.is_closed);
	ck_assert_int_eq(out.err, -EPIPE);
	OK(say(&out, "after the end"));
}
END_TEST

START_TEST(a_paused_stream_is_told_at_once_that_a_write_was_refused)
{
	connect_both();
	host_stream_pause(b.h, out.s, true);
	refuse("uv_write", EPIPE, 0, false);
	OK(say(&out, "lost"));
	bench_wait(&out.is_closed);
	ck_assert(refuse_end());
	ck_assert_int_eq(out.err, -EPIPE);
}
END_TEST

TCase *
host_refuse_stream_tcase(void)
{
	TCase *t = bench_tcase("streams");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_caller_that_finds_no_memory_is_taken_later);
	tcase_add_test(t, a_listener_may_go_while_callers_wait);
	tcase_add_test(t, a_caller_for_whom_there_is_no_handle_is_taken_later);
	tcase_add_test(t, who_called_may_stay_unknown);
	tcase_add_test(t, a_port_that_is_not_told_is_none);
	tcase_add_test(t, a_name_whose_addresses_cannot_be_reached_is_told);
	tcase_add_test(t, a_name_that_is_found_and_no_handle_is_told);
	tcase_add_test(t, a_stream_without_words_for_its_ends_is_quiet);
	tcase_add_test(t, what_finds_no_memory_stays_the_writers);
	tcase_add_test(t, a_write_that_is_refused_is_told_once_all_was_heard);
	tcase_add_test(
	    t, a_paused_stream_is_told_at_once_that_a_write_was_refused);
	return t;
}
