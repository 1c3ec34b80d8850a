/* SPDX-License-Identifier: Apache-2.0 */
/* A session from its hello to its end. */
#include "tests/daemon/peer/peer_sides.h"
#include "tests/daemon/peer/peer_test.h"

START_TEST(both_say_hello_and_are_ready)
{
	ck_assert(!peer_ready(a.p));
	sides_greet();
	ck_assert_int_eq(a.ready, 1);
	ck_assert_int_eq(b.ready, 1);
	ck_assert_str_eq(peer_name(a.p), "a");
	ck_assert_ptr_eq(peer_arg(a.p), &a);
}
END_TEST

START_TEST(all_but_hello_and_close_is_refused_before_hello)
{
	struct msg m = {.type = MSG_PING};

	ck_assert_int_eq(side_hear(&a, &m), ERR_GRAMMAR);
	ck_assert_int_eq(side_close_reason(&a), MSG_CLOSE_GRAMMAR);
	ck_assert_int_eq(
	    side_hear_folder(&b, "f", 0, PEER_FORMAT), ERR_GRAMMAR);
	/* Nothing is taken any more. */
	ck_assert_int_eq(side_hear(&a, &m), ERR_CLOSED);
}
END_TEST

START_TEST(a_second_hello_is_refused)
{
	struct msg m = {.type = MSG_HELLO};

	sides_greet();
	m.hello.program = SPAN_LIT("x");
	ck_assert_int_eq(side_hear(&a, &m), ERR_GRAMMAR);
	ck_assert_int_eq(a.ready, 1);
}
END_TEST

START_TEST(L28_bytes_that_are_no_message_end_the_session)
{
	uint8_t bytes[] = {MSG_PING, 0, 0, 0};

	sides_greet();
	ck_assert_int_eq(
	    peer_message(a.p, span_of(bytes, sizeof bytes)), ERR_GRAMMAR);
	ck_assert_int_eq(peer_message(b.p, span_of(bytes, 0)), ERR_GRAMMAR);
	ck_assert_int_eq(side_close_reason(&a), MSG_CLOSE_GRAMMAR);
}
END_TEST

START_TEST(any_byte_string_is_taken_or_refused)
{
	uint64_t x = 1;
	uint8_t bytes[40];

	for (int i = 0; i < 3000; i++) {
		struct side *s = &a;
		size_t len;

		side_end(s);
		side_begin(s, "a");
		ok(side_pass(&b, s));
		b.passed = 0;
		for (size_t j = 0; j < sizeof bytes; j++) {
			x = x * UINT64_C(6364136223846793005) + 1442695041;
			bytes[j] = (uint8_t)(x >> 40);
		}
		len = bytes[1] % sizeof bytes;
		bytes[0] %= 14;
		bytes[1] = 0;
		if (peer_message(s->p, span_of(bytes, len)) == 0)
			ck_assert(s->p->state == PEER_READY);
		else
			ck_assert(s->p->state == PEER_CLOSED);
	}
}
END_TEST

START_TEST(close_is_heard_and_nothing_is_said_after_it)
{
	sides_link_up();
	peer_bye(a.p, MSG_CLOSE_SHUTDOWN, "good night");
	ck_assert_int_eq(side_close_reason(&a), MSG_CLOSE_SHUTDOWN);
	ck_assert_int_eq(side_pass(&a, &b), ERR_CLOSED);
	ck_assert_int_eq(side_have(a.link), ERR_CLOSED);
	ck_assert_int_eq(side_have(b.link), ERR_CLOSED);
	ck_assert_int_eq(side_offer(&b, "g"), ERR_CLOSED);
}
END_TEST

START_TEST(freeing_takes_the_links_down)
{
	sides_link_up();
	peer_free(a.p);
	a.p = NULL;
	ck_assert_int_eq(a.downs, 1);
}
END_TEST

START_TEST(L36_silence_is_pinged_and_ended)
{
	sides_greet();
	ok(peer_tick(a.p));
	ck_assert_uint_eq(a.passed, a.n);
	side_clock_ns += LIMIT_PING_MS * SIDE_MS;
	ok(peer_tick(a.p));
	ck_assert_uint_eq(a.passed + 1, a.n);
	ok(side_pass(&a, &b));
	/* The answer is a sign of life. */
	ok(side_pass(&b, &a));
	side_clock_ns += LIMIT_IDLE_MS * SIDE_MS;
	ok(peer_tick(a.p));
	side_clock_ns += 1;
	ck_assert_int_eq(peer_tick(a.p), ERR_CLOSED);
}
END_TEST

START_TEST(a_peer_that_never_greets_is_ended)
{
	side_clock_ns += LIMIT_IDLE_MS * SIDE_MS;
	ok(peer_tick(a.p));
	side_clock_ns += 1;
	ck_assert_int_eq(peer_tick(a.p), ERR_CLOSED);
}
END_TEST

START_TEST(a_ping_gets_its_number_back)
{
	struct msg ping = {.type = MSG_PING, .ping = {77}}, m;
	struct msg_zstd z;

	sides_greet();
	ok(side_hear(&a, &ping));
	msg_zstd_init(&z);
	ok(msg_parse(&z, buf_span(&a.queue[a.n - 1].bytes), &m));
	ck_assert_int_eq(m.type, MSG_PONG);
	ck_assert_uint_eq(m.ping.number, 77);
	msg_release(&m);
	msg_zstd_release(&z);
}
END_TEST

START_TEST(after_a_message_was_lost_nothing_follows)
{
	sides_link_up();
	a.refuse = ERR_LIMIT;
	ck_assert_int_eq(side_have(a.link), ERR_LIMIT);
	a.refuse = 0;
	ck_assert_int_eq(side_have(a.link), ERR_CLOSED);
	ck_assert_int_eq(peer_tick(a.p), ERR_CLOSED);
}
END_TEST

TCase *
peer_session_tcase(void)
{
	TCase *tc = tcase_create("session");

	tcase_add_checked_fixture(tc, sides_begin, sides_end);
	tcase_add_test(tc, both_say_hello_and_are_ready);
	tcase_add_test(tc, all_but_hello_and_close_is_refused_before_hello);
	tcase_add_test(tc, a_second_hello_is_refused);
	tcase_add_test(tc, L28_bytes_that_are_no_message_end_the_session);
	tcase_add_test(tc, any_byte_string_is_taken_or_refused);
	tcase_add_test(tc, close_is_heard_and_nothing_is_said_after_it);
	tcase_add_test(tc, freeing_takes_the_links_down);
	tcase_add_test(tc, L36_silence_is_pinged_and_ended);
	tcase_add_test(tc, a_peer_that_never_greets_is_ended);
	tcase_add_test(tc, a_ping_gets_its_number_back);
	tcase_add_test(tc, after_a_message_was_lost_nothing_follows);
	return tc;
}
