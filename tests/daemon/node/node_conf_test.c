/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/node/node_test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/text.h"

static struct home a, b;

static void
setup(void)
{
	node_test_setup();
	home_begin_pair(&a, &b);
}

static void
teardown(void)
{
	home_end(&a);
	home_end(&b);
	node_test_teardown();
}

START_TEST(reload_opens_and_closes_folders)
{
	home_start_pair(&a, &b);
	home_folder(&a, "docs", "bob");
	home_folder(&b, "docs", "ada");
	home_put(&a, "docs/f", "f");
	ck_assert_int_eq(home_reload(&a), 0);
	ck_assert_int_eq(home_reload(&b), 0);
	UNTIL(home_has(&b, "docs/f", "f"));
	home_remove(&b, "folders/docs.conf");
	ck_assert_int_eq(home_reload(&b), 0);
	ck_assert_ptr_null(node_folder_find(b.node, "docs"));
	UNTIL(b.node->folders == NULL);
	ck_assert(home_has(&b, "docs/f", "f"));
	/* While it still closes it can be wanted again. */
	home_remove(&a, "folders/docs.conf");
	ck_assert_int_eq(home_reload(&a), 0);
	home_folder(&a, "docs", "bob");
	ck_assert_int_eq(home_reload(&a), 0);
	UNTIL(home_open(&a, "docs"));
	ck_assert(home_connected(&a, "bob"));
}
END_TEST

START_TEST(reload_ends_the_session_of_a_removed_peer)
{
	home_start_pair(&a, &b);
	home_remove(&a, "peers/bob.conf");
	ck_assert_int_eq(home_reload(&a), 0);
	ck_assert_ptr_null(a.node->peers);
	UNTIL(!home_connected(&b, "ada"));
	UNTIL(a.node->conns == 0);
	home_peer(&a, &b, true);
	ck_assert_int_eq(home_reload(&a), 0);
	UNTIL(home_connected(&a, "bob") && home_connected(&b, "ada"));
}
END_TEST

START_TEST(reload_pauses_and_resumes_a_peer)
{
	char id[TEXT_ID_CHARS + 1];

	home_start_pair(&a, &b);
	text_id(b.identity.id, id);
	home_write(&a, "peers/bob.conf", "id = '%s'\npaused = true\n", id);
	ck_assert_int_eq(home_reload(&a), 0);
	UNTIL(!home_connected(&b, "ada"));
	/* It is refused as long as that stands. */
	home_peer(&b, &a, true);
	ck_assert_int_eq(home_reload(&b), 0);
	UNTIL(home_logged(&a, "caller_refused"));
	ck_assert(!home_connected(&a, "bob"));
	home_peer(&a, &b, true);
	ck_assert_int_eq(home_reload(&a), 0);
	UNTIL(home_connected(&a, "bob") && home_connected(&b, "ada"));
}
END_TEST

START_TEST(a_wrong_file_keeps_what_was)
{
	struct node_status s;

	home_folder(&a, "docs", "bob");
	home_start_pair(&a, &b);
	UNTIL(home_open(&a, "docs"));
	home_write(&a, "folders/docs.conf", "path = 'relative'\n");
	home_write(&a, "peers/bob.conf", "id = 'not an id'\n");
	ck_assert_int_eq(home_reload(&a), ERR_CONFIG);
	ck_assert(home_open(&a, "docs"));
	ck_assert(home_connected(&a, "bob"));
	ck_assert_int_eq(node_status(a.node, &s), 0);
	ck_assert_ptr_nonnull(strstr(s.conf_error, "folders/docs.conf"));
	ck_assert_ptr_nonnull(strstr(s.conf_error, "peers/bob.conf"));
	node_status_release(&s);
	home_folder(&a, "docs", "bob");
	home_peer(&a, &b, true);
	ck_assert_int_eq(home_reload(&a), 0);
	ck_assert_int_eq(node_status(a.node, &s), 0);
	ck_assert_ptr_null(s.conf_error);
	node_status_release(&s);
}
END_TEST

START_TEST(a_folder_goes_only_to_peers_of_its_share_list)
{
	home_folder(&a, "docs", NULL);
	home_folder(&b, "docs", "ada");
	home_put(&a, "docs/f", "f");
	home_start_pair(&a, &b);
	UNTIL(home_logged(&a, "folder_offered"));
	UNTIL(home_synced(&a, "docs"));
	ck_assert(!home_has(&b, "docs/f", "f"));
	home_folder(&a, "docs", "bob");
	ck_assert_int_eq(home_reload(&a), 0);
	UNTIL(home_has(&b, "docs/f", "f"));
	home_folder(&a, "docs", NULL);
	ck_assert_int_eq(home_reload(&a), 0);
	UNTIL(home_open(&a, "docs"));
	ck_assert_uint_eq(a.node->peers->session->links.n, 0);
}
END_TEST

START_TEST(a_paused_folder_is_closed_and_opens_again)
{
	home_folder(&a, "docs", "bob");
	home_start_pair(&a, &b);
	UNTIL(home_open(&a, "docs"));
	home_write(&a, "folders/docs.conf",
	    "path = '%s/docs'\nshare = {'bob'}\npaused = true\n", a.dir);
	ck_assert_int_eq(home_reload(&a), 0);
	UNTIL(!home_open(&a, "docs"));
	ck_assert_int_eq(node_scan(a.node, "docs", NULL, NULL), ERR_HALTED);
	home_folder(&a, "docs", "bob");
	ck_assert_int_eq(home_reload(&a), 0);
	UNTIL(home_open(&a, "docs"));
}
END_TEST

START_TEST(changed_rules_reopen_the_folder)
{
	struct folder *before;

	home_folder(&a, "docs", NULL);
	home_start(&a);
	UNTIL(home_open(&a, "docs"));
	before = a.node->folders->folder;
	ck_assert_int_eq(home_reload(&a), 0);
	ck_assert_ptr_eq(a.node->folders->folder, before);
	home_write(&a, "folders/docs.conf",
	    "path = '%s/docs'\nignore = {'*.iso'}\n", a.dir);
	ck_assert_int_eq(home_reload(&a), 0);
	ck_assert_ptr_null(a.node->folders->folder);
	UNTIL(home_open(&a, "docs"));
}
END_TEST

START_TEST(a_peer_with_our_own_id_is_said_and_never_dialled)
{
	struct home self = a;

	self.name = "self";
	home_peer(&a, &self, true);
	home_start(&a);
	UNTIL(home_logged(&a, "peer_not_reached"));
	ck_assert(home_logged(&a, "own id"));
	ck_assert_ptr_null(node_peer_named(a.node, "self")->dialling);
}
END_TEST

START_TEST(a_folder_may_not_hold_the_home)
{
	home_write(&a, "folders/all.conf", "path = '%s'\n", a.dir);
	home_write(&a, "folders/keys.conf", "path = '%s/keys'\n", a.at.state);
	home_folder(&a, "docs", NULL);
	home_start(&a);
	UNTIL(home_open(&a, "docs"));
	ck_assert_ptr_null(node_folder_find(a.node, "all"));
	ck_assert_ptr_null(node_folder_find(a.node, "keys"));
	ck_assert(home_logged(&a, "contains Tutti's own directory"));
	ck_assert(home_logged(&a, "lies inside Tutti's own directory"));
	ck_assert_int_eq(home_reload(&a), ERR_CONFIG);
}
END_TEST

TCase *
node_conf_tcase(void)
{
	TCase *tc = tcase_create("conf");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, reload_opens_and_closes_folders);
	tcase_add_test(tc, reload_ends_the_session_of_a_removed_peer);
	tcase_add_test(tc, reload_pauses_and_resumes_a_peer);
	tcase_add_test(tc, a_wrong_file_keeps_what_was);
	tcase_add_test(tc, a_folder_goes_only_to_peers_of_its_share_list);
	tcase_add_test(tc, a_paused_folder_is_closed_and_opens_again);
	tcase_add_test(tc, changed_rules_reopen_the_folder);
	tcase_add_test(tc, a_folder_may_not_hold_the_home);
	tcase_add_test(tc, a_peer_with_our_own_id_is_said_and_never_dialled);
	return tc;
}
