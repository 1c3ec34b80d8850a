/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/node/node_test.h"

#include <string.h>

START_TEST(status_tells_what_is_configured_and_what_is_there)
{
	struct node_status s;
	struct home a, b;

	home_begin(&a, "ada");
	home_begin(&b, "bob");
	home_peer(&a, &b, true);
	home_folder(&a, "docs", "bob");
	home_start(&a);
	ck_assert_int_eq(node_status(a.node, &s), 0);
	ck_assert_str_eq(s.name, "ada");
	ck_assert_mem_eq(s.device, a.identity.id, DEVICE_BYTES);
	ck_assert_uint_eq(s.port, a.port);
	ck_assert_uint_eq(s.n_folders, 1);
	ck_assert_str_eq(s.folders[0].id, "docs");
	ck_assert(!s.folders[0].open && !s.folders[0].synced);
	ck_assert_uint_eq(s.n_peers, 1);
	ck_assert_str_eq(s.peers[0].name, "bob");
	ck_assert(!s.peers[0].connected);
	ck_assert_int_eq(s.peers[0].last_seen_ns, 0);
	ck_assert_ptr_null(s.conf_error);
	node_status_release(&s);
	home_peer(&b, &a, false);
	home_start(&b);
	UNTIL(home_connected(&a, "bob"));
	ck_assert_int_eq(node_status(a.node, &s), 0);
	ck_assert_int_gt(s.peers[0].last_seen_ns, 0);
	ck_assert_ptr_nonnull(strstr(s.peers[0].address, "127.0.0.1"));
	ck_assert_ptr_null(s.peers[0].error);
	node_status_release(&s);
	home_end(&a);
	home_end(&b);
}
END_TEST

/* How the only folder stands, once it is in sync on its own disk. */
static struct node_folder_status
only_folder(struct home *h)
{
	struct node_folder_status f = {.s.in_sync = false};

	for (int turns = 0; !f.s.in_sync && turns < 3000; turns++) {
		struct node_status s;

		host_uv_turn(test_host, 5);
		ck_assert_int_eq(node_status(h->node, &s), 0);
		f = s.folders[0];
		node_status_release(&s);
	}
	ck_assert(f.s.in_sync);
	return f;
}

START_TEST(L55_with_nobody_there_who_shares_it_a_folder_is_not_synced)
{
	struct home a, b;

	home_begin_pair(&a, &b);
	home_folder(&a, "docs", "bob");
	home_start(&a);
	ck_assert(!only_folder(&a).synced);
	home_start(&b);
	UNTIL(home_connected(&a, "bob"));
	ck_assert(!only_folder(&a).synced);
	/* Later it is seen not to share it. */
	a.node->peers->session->ready_ns -= NODE_OFFERS_MS * NODE_NS_PER_MS;
	ck_assert(!only_folder(&a).synced);
	ck_assert(!only_folder(&a).stuck);
	ck_assert_uint_eq(only_folder(&a).reachable, 0);
	home_folder(&b, "docs", "ada");
	ck_assert_int_eq(home_reload(&b), 0);
	UNTIL(home_synced(&a, "docs"));
	ck_assert_uint_eq(only_folder(&a).reachable, 1);
	home_end(&a);
	home_end(&b);
}
END_TEST

TCase *
node_status_tcase(void)
{
	TCase *tc = tcase_create("status");

	tcase_add_checked_fixture(tc, node_test_setup, node_test_teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, status_tells_what_is_configured_and_what_is_there);
	tcase_add_test(
	    tc, L55_with_nobody_there_who_shares_it_a_folder_is_not_synced);
	return tc;
}
