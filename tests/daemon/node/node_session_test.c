/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/node/node_test.h"

static struct home a, b;

static void
setup(void)
{
	node_test_setup();
	home_begin(&a, "ada");
	home_begin(&b, "bob");
	home_peer(&a, &b, true);
	home_peer(&b, &a, false);
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
	return tc;
}
