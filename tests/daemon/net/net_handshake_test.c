/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/daemon/net/net_test.h"

START_TEST(L37_an_unknown_key_is_refused_and_told)
{
	struct home a, b;

	home_start(&a, 1);
	home_start(&b, 2);
	home_dial(&a, &b, NULL);
	RUN_UNTIL(a.closed && b.refused);
	ck_assert_int_eq(b.asked, 1);
	ck_assert(b.remote_told);
	ck_assert_int_eq(b.err, ERR_AUTH);
	ck_assert_ptr_nonnull(strstr(b.reason, "not known"));
	ck_assert_int_eq(a.err, ERR_AUTH);
	ck_assert_ptr_nonnull(strstr(a.reason, "refused"));
	ck_assert_int_eq(a.opened + b.opened + b.closed, 0);
	home_stop(&a);
	home_stop(&b);
}
END_TEST

START_TEST(L37_a_known_key_with_a_wrong_psk_is_refused)
{
	struct home a, b;

	home_start(&a, 1);
	home_start(&b, 2);
	b.allowed = net_own_key(a.net);
	a.psk[0] ^= 1;
	home_dial(&a, &b, NULL);
	RUN_UNTIL(a.closed && b.refused);
	ck_assert_int_eq(b.err, ERR_AUTH);
	ck_assert_ptr_nonnull(strstr(b.reason, "pair secret"));
	ck_assert_int_eq(a.err, ERR_AUTH);
	ck_assert_int_eq(a.opened + b.opened, 0);
	home_stop(&a);
	home_stop(&b);
}
END_TEST

START_TEST(who_is_not_the_one_dialled_learns_nothing)
{
	struct home a, b, c;
	struct net_conn *conn;
	char address[32];

	home_start(&a, 1);
	home_start(&b, 2);
	home_start(&c, 3);
	snprintf(address, sizeof address, "127.0.0.1:%u", net_port(c.net));
	ck_assert_int_eq(
	    net_dial(a.net, address, net_own_key(b.net), a.psk, &conn), 0);
	RUN_UNTIL(a.closed && c.refused);
	ck_assert_int_eq(c.asked, 0);
	ck_assert(!c.remote_told);
	ck_assert_int_eq(c.err, ERR_AUTH);
	ck_assert_int_eq(a.err, ERR_CLOSED);
	home_stop(&a);
	home_stop(&b);
	home_stop(&c);
}
END_TEST

START_TEST(L12_our_own_id_at_the_other_end_is_refused_and_said)
{
	struct home home;
	struct rogue r;

	home_start(&home, 2);
	home.allowed = net_own_key(home.net);
	rogue_handshake(&r, &home, home.secret);
	RUN_UNTIL(home.refused && r.closed);
	ck_assert_int_eq(home.asked, 0);
	ck_assert_int_eq(home.err, ERR_AUTH);
	ck_assert_ptr_nonnull(strstr(home.reason, "copied"));
	rogue_stop(&r);
	home_stop(&home);
}
END_TEST

/* First bytes that must end it, with what they are called. */
static const struct {
	const char *bytes;
	size_t len;
	int err;
} garbage[] = {
    {"GET / HTTP/1.1\r\n\r\n", 18, ERR_GRAMMAR},
    {"\0\0\0\0\0\0\0\0", 8, ERR_GRAMMAR},
    {"TUTTI\1\0\1", 8, ERR_GRAMMAR},
    {"tutti\0\0\1", 8, ERR_GRAMMAR},
    {"TUTTI\0\0\2", 8, ERR_NEWER},
    {"TUTTI\0\0\0", 8, ERR_NEWER},
    {"TUTTI\0\0\1\0\57", 10, ERR_GRAMMAR}, /* 47 bytes follow */
    {"TUTTI\0\0\1\0\61", 10, ERR_GRAMMAR}, /* 49 */
    {"TUTTI\0\0\1\0\0", 10, ERR_GRAMMAR},
    {"TUTTI\0\0\1\xff\xff", 10, ERR_GRAMMAR},
    /* 48 zeros: a key of low order */
    {"TUTTI\0\0\1\0\60\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
	58, ERR_AUTH},
    /* 48 bytes that are nothing */
    {"TUTTI\0\0\1\0\60"
     "123456789012345678901234567890123456789012345678",
	58, ERR_AUTH},
};

START_TEST(garbage_is_refused)
{
	struct home home;
	struct rogue r;

	home_start(&home, 2);
	rogue_dial(&r, &home);
	rogue_send(&r, span_of(garbage[_i].bytes, garbage[_i].len));
	RUN_UNTIL(home.refused && r.closed);
	ck_assert_int_eq(home.refused, 1);
	ck_assert_int_eq(home.err, garbage[_i].err);
	ck_assert(!home.remote_told);
	/* Another version is told ours; nobody else is told anything. */
	if (garbage[_i].err == ERR_NEWER)
		ck_assert(span_equal(buf_span(&r.got), PREFACE));
	else
		ck_assert_uint_eq(r.got.len, 0);
	ck_assert_uint_eq(home.net->strangers, 0);
	rogue_stop(&r);
	home_stop(&home);
}
END_TEST

/* An answering rogue. */
static void
take_call(void *arg, struct host_stream *taken)
{
	rogue_take(arg, taken);
}

START_TEST(a_dialler_hears_of_another_version)
{
	struct host_listener *listener;
	struct net_conn *conn;
	struct rogue r = {0};
	struct home a;
	char address[32];

	home_start(&a, 1);
	ck_assert_int_eq(
	    host_listen(test_host, "127.0.0.1", 0, take_call, &r, &listener),
	    0);
	snprintf(address, sizeof address, "127.0.0.1:%u",
	    host_listener_port(test_host, listener));
	ck_assert_int_eq(net_dial(a.net, address, a.secret, a.psk, &conn), 0);
	RUN_UNTIL(r.got.len == 8 + 2 + 48);
	ck_assert(span_starts(buf_span(&r.got), PREFACE));
	rogue_send(&r, SPAN_LIT("TUTTI\0\0\2"));
	RUN_UNTIL(a.closed);
	ck_assert_int_eq(a.err, ERR_NEWER);
	ck_assert_ptr_nonnull(strstr(a.reason, "update this machine"));
	rogue_stop(&r);
	host_listener_free(test_host, listener);
	home_stop(&a);
}
END_TEST

START_TEST(L37_slow_bytes_do_not_move_the_deadline)
{
	struct home home = {.secret = {0, 2}};
	struct net_options o = home_options(&home);
	struct span left =
	    SPAN_LIT("TUTTI\0\0\1\0\60_________________________");
	struct rogue r;
	int64_t begin, took;

	o.handshake_ms = 200;
	home_start_with(&home, &o);
	rogue_dial(&r, &home);
	begin = host_mono_ns(test_host);
	while (!home.refused) {
		if (left.len > 0)
			rogue_send(&r, span_of(left.p++, 1));
		left.len -= left.len > 0;
		host_uv_turn(test_host, 10);
		ck_assert(host_mono_ns(test_host) - begin < 10000000000);
	}
	took = host_mono_ns(test_host) - begin;
	ck_assert_int_ge(took, 190000000);
	ck_assert_int_eq(home.err, -ETIMEDOUT);
	ck_assert_int_eq(home.refused, 1);
	rogue_stop(&r);
	home_stop(&home);
}
END_TEST

START_TEST(a_dialled_one_that_says_nothing_is_given_up)
{
	struct home a = {.secret = {0, 1}};
	struct net_options o = home_options(&a);
	struct host_listener *listener;
	struct net_conn *conn;
	struct rogue r = {0};
	uint8_t other[32];
	char address[32];

	noise_public((const uint8_t[32]){0, 5}, other);
	o.handshake_ms = 100;
	home_start_with(&a, &o);
	ck_assert_int_eq(
	    host_listen(test_host, "127.0.0.1", 0, take_call, &r, &listener),
	    0);
	snprintf(address, sizeof address, "127.0.0.1:%u",
	    host_listener_port(test_host, listener));
	ck_assert_int_eq(net_dial(a.net, address, other, a.psk, &conn), 0);
	RUN_UNTIL(a.closed);
	ck_assert_int_eq(a.err, -ETIMEDOUT);
	rogue_stop(&r);
	host_listener_free(test_host, listener);
	home_stop(&a);
}
END_TEST

START_TEST(L37_a_flood_of_strangers_keeps_no_friend_out)
{
	enum { FLOOD = 60, MOST = 4 };
	struct home a, b = {.secret = {0, 2}};
	struct net_options o = home_options(&b);
	struct rogue *rogues = calloc(FLOOD, sizeof *rogues);

	ck_assert_ptr_nonnull(rogues);
	o.strangers = MOST;
	home_start(&a, 1);
	home_start_with(&b, &o);
	b.allowed = net_own_key(a.net);
	for (int i = 0; i < FLOOD; i++) {
		rogue_dial(&rogues[i], &b);
		rogue_send(&rogues[i], SPAN_LIT("TUTTI"));
		host_uv_turn(test_host, 1);
		ck_assert_uint_le(b.net->strangers, MOST);
	}
	home_dial(&a, &b, NULL);
	RUN_UNTIL(a.opened && b.opened);
	RUN_UNTIL(b.refused >= FLOOD - MOST);
	ck_assert_int_eq(b.err, ERR_LIMIT);
	ck_assert_uint_le(b.net->strangers, MOST);
	for (int i = 0; i < FLOOD; i++)
		rogue_stop(&rogues[i]);
	RUN_UNTIL(b.refused == FLOOD);
	ck_assert_uint_eq(b.net->strangers, 0);
	ck_assert_int_eq(a.closed + b.closed, 0);
	free(rogues);
	home_stop(&a);
	home_stop(&b);
}
END_TEST

START_TEST(L25_a_caller_cut_at_every_byte_leaves_nothing)
{
	static const uint8_t secret[32] = {9};
	struct home home;
	uint8_t key[32];
	struct rogue r;

	home_start(&home, 2);
	noise_public(secret, key);
	home.allowed = key;
	/* The first 58 bytes need no answer: cut them anywhere. */
	for (size_t len = 0; len <= 58; len++) {
		uint8_t bytes[58] = "TUTTI\0\0\1\0\60";

		rogue_dial(&r, &home);
		rogue_send(&r, span_of(bytes, len));
		RUN_UNTIL(r.connected);
		host_uv_turn(test_host, 1);
		rogue_stop(&r);
		RUN_UNTIL((size_t)home.refused == len + 1);
		ck_assert_uint_eq(home.net->strangers, 0);
		ck_assert_ptr_null(home.net->conns);
	}
	rogue_handshake(&r, &home, secret);
	RUN_UNTIL(home.opened);
	rogue_stop(&r);
	RUN_UNTIL(home.closed);
	ck_assert_ptr_null(home.net->conns);
	home_stop(&home);
}
END_TEST

TCase *
net_handshake_tcase(void)
{
	TCase *t = tcase_create("net_handshake");

	tcase_add_checked_fixture(t, test_setup, test_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, L37_an_unknown_key_is_refused_and_told);
	tcase_add_test(t, L37_a_known_key_with_a_wrong_psk_is_refused);
	tcase_add_test(t, who_is_not_the_one_dialled_learns_nothing);
	tcase_add_test(t, L12_our_own_id_at_the_other_end_is_refused_and_said);
	tcase_add_loop_test(
	    t, garbage_is_refused, 0, (int)(sizeof garbage / sizeof *garbage));
	tcase_add_test(t, a_dialler_hears_of_another_version);
	tcase_add_test(t, L37_slow_bytes_do_not_move_the_deadline);
	tcase_add_test(t, a_dialled_one_that_says_nothing_is_given_up);
	tcase_add_test(t, L37_a_flood_of_strangers_keeps_no_friend_out);
	tcase_add_test(t, L25_a_caller_cut_at_every_byte_leaves_nothing);
	return t;
}
