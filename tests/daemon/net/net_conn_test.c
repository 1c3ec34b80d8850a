/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "tests/daemon/net/net_test.h"

static const size_t sizes[] = {
    0, 1, 65534, 65535, 65536, 1 << 20, NET_MESSAGE_BYTES, 0, 5};
static const size_t n_sizes = sizeof sizes / sizeof *sizes;

START_TEST(messages_of_every_size_go_both_ways_in_order)
{
	struct pair p;

	pair_start(&p);
	p.b.echo = true;
	for (size_t i = 0; i < n_sizes; i++) {
		ck_assert_int_eq(home_send(p.a.conn, sizes[i]), 0);
		RUN_UNTIL(p.a.sizes.n == i + 1);
	}
	ck_assert_uint_eq(p.b.sizes.n, n_sizes);
	for (size_t i = 0; i < n_sizes; i++) {
		ck_assert_uint_eq(p.a.sizes.items[i], sizes[i]);
		ck_assert_uint_eq(p.b.sizes.items[i], sizes[i]);
	}
	RUN_UNTIL(net_queued(p.a.conn) == 0);
	pair_stop(&p);
}
END_TEST

START_TEST(keys_change_under_way)
{
	struct home a = {.secret = {0, 1}}, b = {.secret = {0, 2}};
	struct net_options oa = home_options(&a), ob = home_options(&b);

	oa.rekey_records = ob.rekey_records = 3;
	oa.rekey_bytes = ob.rekey_bytes = 100000;
	home_start_with(&a, &oa);
	home_start_with(&b, &ob);
	b.allowed = net_own_key(a.net);
	b.echo = true;
	home_dial(&a, &b, NULL);
	RUN_UNTIL(a.opened && b.opened);
	for (size_t i = 0; i < 50; i++) {
		ck_assert_int_eq(home_send(a.conn, i * 3001), 0);
		if (i % 3 == 0)
			host_uv_turn(test_host, 1);
	}
	RUN_UNTIL(a.sizes.n == 50);
	ck_assert_int_eq(a.closed + b.closed, 0);
	home_stop(&a);
	home_stop(&b);
}
END_TEST

START_TEST(a_message_too_long_is_refused_without_harm)
{
	static uint8_t big[NET_MESSAGE_BYTES + 1];
	struct pair p;

	pair_start(&p);
	ck_assert_int_eq(
	    net_send(p.a.conn, span_of(big, sizeof big)), ERR_LIMIT);
	ck_assert_int_eq(home_send(p.a.conn, 7), 0);
	RUN_UNTIL(p.b.sizes.n == 1);
	ck_assert_uint_eq(p.b.sizes.items[0], 7);
	pair_stop(&p);
}
END_TEST

START_TEST(the_queue_has_an_end_and_says_when_it_is_empty)
{
	struct pair p;
	size_t sent = 0, writable;
	int rc;

	pair_start(&p);
	RUN_UNTIL(net_queued(p.a.conn) == 0);
	test_settle();
	net_pause(p.b.conn, true);
	while ((rc = home_send(p.a.conn, 1 << 20)) == 0)
		sent++;
	ck_assert_int_eq(rc, ERR_LIMIT);
	ck_assert_uint_ge(sent, 2 * LIMIT_SEND_QUEUE_BYTES / (1 << 20) - 1);
	ck_assert_uint_le(
	    net_queued(p.a.conn), 2 * LIMIT_SEND_QUEUE_BYTES + (64 << 10));
	writable = (size_t)p.a.writable;
	test_settle();
	ck_assert_uint_eq(p.b.sizes.n, 0);
	ck_assert_uint_eq((size_t)p.a.writable, writable);
	net_pause(p.b.conn, false);
	RUN_UNTIL(p.b.sizes.n == sent);
	RUN_UNTIL((size_t)p.a.writable > writable);
	ck_assert_int_eq(home_send(p.a.conn, 1), 0);
	RUN_UNTIL(p.b.sizes.n == sent + 1);
	pair_stop(&p);
}
END_TEST

START_TEST(a_pause_holds_even_what_was_already_read)
{
	struct pair p;

	pair_start(&p);
	p.b.pause_at_message = true;
	for (size_t i = 0; i < 20; i++)
		ck_assert_int_eq(home_send(p.a.conn, i * 10000), 0);
	for (size_t i = 0; i < 20; i++) {
		RUN_UNTIL(p.b.sizes.n == i + 1);
		test_settle();
		ck_assert_uint_eq(p.b.sizes.n, i + 1);
		ck_assert_uint_eq(p.b.sizes.items[i], i * 10000);
		net_pause(p.b.conn, false);
	}
	pair_stop(&p);
}
END_TEST

START_TEST(what_was_sent_before_close_arrives)
{
	struct pair p;

	pair_start(&p);
	/* Not because time is up. */
	p.a.net->options.linger_ms = 600000;
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(home_send(p.a.conn, 1 << 20), 0);
	net_close(p.a.conn, "done");
	net_close(p.a.conn, "done twice");
	ck_assert_int_eq(net_send(p.a.conn, SPAN_LIT("x")), ERR_CLOSED);
	ck_assert_int_eq(p.a.closed, 0);
	RUN_UNTIL(p.a.closed && p.b.closed);
	test_settle();
	ck_assert_uint_eq(p.b.sizes.n, 8);
	ck_assert_int_eq(p.a.closed, 1);
	ck_assert_int_eq(p.b.closed, 1);
	ck_assert_int_eq(p.a.err, 0);
	ck_assert_str_eq(p.a.reason, "done");
	ck_assert_int_eq(p.b.err, ERR_CLOSED);
	pair_stop(&p);
}
END_TEST

START_TEST(a_close_from_a_callback_ends_the_messages)
{
	struct pair p;

	pair_start(&p);
	p.b.close_at_message = true;
	for (size_t i = 0; i < 10; i++)
		ck_assert_int_eq(home_send(p.a.conn, i), 0);
	RUN_UNTIL(p.a.closed && p.b.closed);
	ck_assert_uint_eq(p.b.sizes.n, 1);
	ck_assert_str_eq(p.b.reason, "enough");
	pair_stop(&p);
}
END_TEST

START_TEST(a_close_does_not_wait_for_a_peer_that_reads_nothing)
{
	struct pair p;

	pair_start(&p);
	p.a.net->options.linger_ms = 50;
	net_pause(p.b.conn, true);
	while (home_send(p.a.conn, 1 << 20) == 0)
		continue;
	net_close(p.a.conn, "stuck");
	RUN_UNTIL(p.a.closed);
	ck_assert_int_eq(p.a.err, 0);
	ck_assert_str_eq(p.a.reason, "stuck");
	pair_stop(&p);
}
END_TEST

START_TEST(both_may_dial_and_each_connection_is_its_own)
{
	struct home a, b;
	struct net_conn *ab, *ba;

	home_start(&a, 1);
	home_start(&b, 2);
	a.allowed = net_own_key(b.net);
	b.allowed = net_own_key(a.net);
	home_dial(&a, &b, &ab);
	home_dial(&b, &a, &ba);
	net_conn_set_user(ab, &a);
	RUN_UNTIL(a.opened == 2 && b.opened == 2);
	ck_assert_ptr_eq(net_conn_user(ab), &a);
	ck_assert_ptr_null(net_conn_user(ba));
	ck_assert_int_eq(home_send(ab, 3), 0);
	ck_assert_int_eq(home_send(ba, 4), 0);
	RUN_UNTIL(a.sizes.n == 1 && b.sizes.n == 1);
	net_close(ab, "one is enough");
	RUN_UNTIL(a.closed == 1 && b.closed == 1);
	ck_assert_int_eq(home_send(ba, 5), 0);
	RUN_UNTIL(a.sizes.n == 2);
	home_stop(&a);
	home_stop(&b);
}
END_TEST

/* A rogue that is let in, for what only bad software sends. */
struct guest {
	struct home home;
	struct rogue rogue;
	uint8_t key[32];
};

static void
guest_start(struct guest *g)
{
	static const uint8_t secret[32] = {9};

	home_start(&g->home, 2);
	noise_public(secret, g->key);
	g->home.allowed = g->key;
	rogue_handshake(&g->rogue, &g->home, secret);
	RUN_UNTIL(g->home.opened);
}

static void
guest_stop(struct guest *g)
{
	rogue_stop(&g->rogue);
	home_stop(&g->home);
}

START_TEST(a_guest_is_told_that_it_is_in_by_an_empty_record)
{
	uint8_t plain[1];
	struct guest g;

	guest_start(&g);
	RUN_UNTIL(g.rogue.got.len >= 18);
	ck_assert_mem_eq(g.rogue.got.p, "\0\20", 2);
	ck_assert_int_eq(
	    noise_open(&g.rogue.receive, span_of(g.rogue.got.p + 2, 16), plain),
	    0);
	/* And a first message may come with nothing before it. */
	rogue_record(&g.rogue, SPAN_LIT("\0\0\0\0"));
	RUN_UNTIL(g.home.sizes.n == 1);
	guest_stop(&g);
}
END_TEST

static void
expect_ended(struct guest *g, int err)
{
	RUN_UNTIL(g->home.closed && g->rogue.closed);
	ck_assert_int_eq(g->home.err, err);
	ck_assert_uint_eq(g->home.sizes.n, 0);
	guest_stop(g);
}

START_TEST(L31_a_claimed_long_message_ends_it)
{
	struct guest g;

	guest_start(&g);
	rogue_record(&g.rogue, SPAN_LIT("\xff\xff\xff\xff"));
	expect_ended(&g, ERR_LIMIT);
}
END_TEST

START_TEST(L39_an_empty_record_ends_it)
{
	struct guest g;

	guest_start(&g);
	rogue_record(&g.rogue, SPAN_LIT(""));
	expect_ended(&g, ERR_GRAMMAR);
}
END_TEST

START_TEST(L37_a_forged_record_ends_it)
{
	uint8_t record[2 + 20] = {0, 20, 1, 2, 3};
	struct guest g;

	guest_start(&g);
	rogue_send(&g.rogue, span_of(record, sizeof record));
	expect_ended(&g, ERR_AUTH);
}
END_TEST

START_TEST(a_record_shorter_than_its_tag_ends_it)
{
	struct guest g;

	guest_start(&g);
	rogue_send(&g.rogue, SPAN_LIT("\0\17"));
	expect_ended(&g, ERR_GRAMMAR);
}
END_TEST

START_TEST(a_guest_that_vanishes_is_reported_once)
{
	struct guest g;

	guest_start(&g);
	host_stream_free(test_host, g.rogue.stream);
	g.rogue.stream = NULL;
	RUN_UNTIL(g.home.closed);
	test_settle();
	ck_assert_int_eq(g.home.closed, 1);
	ck_assert(g.home.err == ERR_CLOSED || g.home.err == -ECONNRESET);
	guest_stop(&g);
}
END_TEST

START_TEST(an_open_connection_has_no_deadline)
{
	struct home a = {.secret = {0, 1}}, b = {.secret = {0, 2}};
	struct net_options oa = home_options(&a), ob = home_options(&b);
	int64_t end;

	oa.handshake_ms = ob.handshake_ms = 300;
	home_start_with(&a, &oa);
	home_start_with(&b, &ob);
	b.allowed = net_own_key(a.net);
	home_dial(&a, &b, NULL);
	RUN_UNTIL(a.opened && b.opened);
	end = host_mono_ns(test_host) + 400000000;
	RUN_UNTIL(host_mono_ns(test_host) > end);
	ck_assert_int_eq(a.closed + b.closed, 0);
	home_stop(&a);
	home_stop(&b);
}
END_TEST

TCase *
net_conn_tcase(void)
{
	TCase *t = tcase_create("net_conn");

	tcase_add_checked_fixture(t, test_setup, test_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, messages_of_every_size_go_both_ways_in_order);
	tcase_add_test(t, keys_change_under_way);
	tcase_add_test(t, a_message_too_long_is_refused_without_harm);
	tcase_add_test(t, the_queue_has_an_end_and_says_when_it_is_empty);
	tcase_add_test(t, a_pause_holds_even_what_was_already_read);
	tcase_add_test(t, what_was_sent_before_close_arrives);
	tcase_add_test(t, a_close_from_a_callback_ends_the_messages);
	tcase_add_test(t, a_close_does_not_wait_for_a_peer_that_reads_nothing);
	tcase_add_test(t, both_may_dial_and_each_connection_is_its_own);
	tcase_add_test(t, a_guest_is_told_that_it_is_in_by_an_empty_record);
	tcase_add_test(t, L31_a_claimed_long_message_ends_it);
	tcase_add_test(t, L39_an_empty_record_ends_it);
	tcase_add_test(t, L37_a_forged_record_ends_it);
	tcase_add_test(t, a_record_shorter_than_its_tag_ends_it);
	tcase_add_test(t, a_guest_that_vanishes_is_reported_once);
	tcase_add_test(t, an_open_connection_has_no_deadline);
	return t;
}
