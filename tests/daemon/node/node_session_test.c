/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/node/node_test.h"

#include <stdatomic.h>

static struct home a, b;
static atomic_int_fast64_t ahead_ns; /* the clock jumped by */

static int64_t
jumping_mono(void *self)
{
	return test_real->mono_ns(self) + ahead_ns;
}

static void
setup(void)
{
	node_test_setup();
	ahead_ns = 0;
	test_ops.mono_ns = jumping_mono;
	home_begin_pair(&a, &b);
	home_folder(&a, "docs", "bob");
	home_folder(&b, "docs", "ada");
	home_start(&a);
	home_start(&b);
	UNTIL(home_connected(&a, "bob") && home_connected(&b, "ada"));
	UNTIL(a.node->peers->session->links.n == 1);
}

static void
teardown(void)
{
	home_end(&a);
	home_end(&b);
	node_test_teardown();
}

START_TEST(bytes_that_are_no_message_end_the_session_and_cost_a_pause)
{
	struct node_peer *peer = b.node->peers;

	/* b sends it: a must end the session, take the folder's link down and
	 * come back. */
	ck_assert_int_eq(
	    net_send(peer->session->conn, SPAN_LIT("\xff nonsense")), 0);
	UNTIL(home_logged(&a, "peer_message_refused"));
	ck_assert_uint_ge(a.node->peers->rounds, 1);
	UNTIL(home_connected(&a, "bob") && home_connected(&b, "ada"));
}
END_TEST

START_TEST(a_doomed_session_is_ended_by_the_turn)
{
	struct node_session *s = a.node->peers->session;

	s->doomed = ERR_LIMIT;
	node_wake(a.node);
	UNTIL(a.node->peers->session == NULL);
	ck_assert(home_logged(&a, "peer_disconnected"));
	UNTIL(home_connected(&a, "bob") && home_connected(&b, "ada"));
}
END_TEST

START_TEST(a_reopened_folder_is_offered_again)
{
	node_folder_reopen(a.node->folders);
	ck_assert_uint_eq(a.node->peers->session->links.n, 0);
	UNTIL(a.node->peers->session->links.n == 1);
	home_put(&a, "docs/f", "f");
	UNTIL(home_has(&b, "docs/f", "f"));
}
END_TEST

START_TEST(L36_a_peer_that_fell_silent_is_left_and_called_again)
{
	struct node_session *before = a.node->peers->session;

	host_timer_start(test_host, a.node->tick, 0);
	UNTIL(home_synced(&a, "docs") && home_synced(&b, "docs"));
	ck_assert_ptr_eq(a.node->peers->session, before);
	ahead_ns = (LIMIT_IDLE_MS + 1) * NODE_NS_PER_MS;
	host_timer_start(test_host, a.node->tick, 0);
	UNTIL(home_logged(&a, "it fell silent"));
	UNTIL(home_connected(&a, "bob") && home_connected(&b, "ada"));
}
END_TEST

START_TEST(a_peer_with_nothing_to_say_is_pinged_and_stays)
{
	struct node_session *before = a.node->peers->session;

	UNTIL(home_synced(&a, "docs") && home_synced(&b, "docs"));
	for (int i = 0; i < 4; i++) {
		ahead_ns += LIMIT_PING_MS * NODE_NS_PER_MS;
		host_timer_start(test_host, a.node->tick, 0);
		host_timer_start(test_host, b.node->tick, 0);
		for (int turns = 0; turns < 5; turns++)
			host_uv_turn(test_host, 5);
	}
	ck_assert_ptr_eq(a.node->peers->session, before);
	ck_assert(!home_logged(&a, "peer_disconnected"));
}
END_TEST

TCase *
node_session_tcase(void)
{
	TCase *tc = tcase_create("session");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_test(
	    tc, bytes_that_are_no_message_end_the_session_and_cost_a_pause);
	tcase_add_test(tc, a_doomed_session_is_ended_by_the_turn);
	tcase_add_test(tc, a_reopened_folder_is_offered_again);
	tcase_add_test(
	    tc, L36_a_peer_that_fell_silent_is_left_and_called_again);
	tcase_add_test(tc, a_peer_with_nothing_to_say_is_pinged_and_stays);
	return tc;
}
