/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/node/node_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

START_TEST(two_nodes_converge_on_one_file)
{
	struct home a, b;

	home_begin(&a, "ada");
	home_begin(&b, "bob");
	home_peer(&a, &b, true);
	home_peer(&b, &a, true);
	home_folder(&a, "docs", "bob");
	home_folder(&b, "docs", "ada");
	home_put(&a, "docs/hello", "hello from ada");
	home_start(&a);
	home_start(&b);
	UNTIL(home_has(&b, "docs/hello", "hello from ada"));
	UNTIL(home_synced(&a, "docs") && home_synced(&b, "docs"));
	home_put(&b, "docs/answer", "hello from bob");
	UNTIL(home_has(&a, "docs/answer", "hello from bob"));
	ck_assert_uint_gt(a.changed, 0);
	home_end(&a);
	home_end(&b);
}
END_TEST

START_TEST(a_restarted_node_goes_on)
{
	struct home a, b;

	home_begin_pair(&a, &b);
	home_folder(&a, "docs", "bob");
	home_folder(&b, "docs", "ada");
	home_start(&a);
	home_start(&b);
	UNTIL(home_connected(&a, "bob"));
	home_stop(&b);
	UNTIL(!home_connected(&a, "bob"));
	home_put(&a, "docs/late", "late");
	home_start(&b);
	UNTIL(home_has(&b, "docs/late", "late"));
	home_end(&a);
	home_end(&b);
}
END_TEST

START_TEST(a_node_without_anything_starts_and_stops)
{
	struct home a;

	home_begin(&a, "ada");
	home_start(&a);
	ck_assert_int_eq(node_scan(a.node, "docs", NULL, NULL), ERR_NOTFOUND);
	ck_assert_int_eq(node_accept(a.node, "docs"), ERR_NOTFOUND);
	home_stop(&a);
	ck_assert_ptr_null(a.node);
	home_end(&a);
}
END_TEST

static void
count(void *arg)
{
	++*(volatile unsigned *)arg;
}

START_TEST(a_scan_that_was_asked_for_ends_with_the_node)
{
	volatile unsigned done = 0;
	struct home a;

	home_begin(&a, "ada");
	home_folder(&a, "docs", NULL);
	home_start(&a);
	/* It has no turn yet: this opens it. */
	ck_assert_int_eq(node_scan(a.node, "docs", count, (void *)&done), 0);
	UNTIL(done == 1);
	ck_assert_int_eq(node_scan(a.node, "docs", count, (void *)&done), 0);
	home_stop(&a);
	ck_assert_uint_eq(done, 2);
	home_end(&a);
}
END_TEST

/* Does not start with that error, and says this. */
static void
refuse(struct home *h, int rc, const char *text)
{
	struct node_options options = {.host = test_host,
	    .log = &h->log,
	    .conf = h->conf,
	    .state = h->state};
	struct node *node = NULL;
	struct buf why;

	buf_init(&why, 4096);
	ck_assert_int_eq(node_new(&options, &node, &why), rc);
	ck_assert_ptr_null(node);
	ck_assert_ptr_nonnull(memmem(why.p, why.len, text, strlen(text)));
	buf_release(&why);
}

START_TEST(a_wrong_main_file_does_not_start)
{
	struct home a;

	home_begin(&a, "ada");
	home_write(&a, "tutti.conf", "lissen = '127.0.0.1:1'\n");
	refuse(&a, ERR_CONFIG, "tutti.conf");
	home_end(&a);
}
END_TEST

START_TEST(what_cannot_be_read_does_not_start)
{
	char keys[128], away[128];
	struct home a;

	home_begin(&a, "ada");
	snprintf(keys, sizeof keys, "%s/keys", a.at.state);
	snprintf(away, sizeof away, "%s/away", a.at.state);
	ck_assert_int_eq(rename(keys, away), 0);
	home_put(&a, "state/keys", "in the way");
	refuse(&a, -ENOTDIR, "see to whom the directory keys");
	ck_assert_int_eq(unlink(keys), 0);
	ck_assert_int_eq(rename(away, keys), 0);
	snprintf(away, sizeof away, "%s/folders", a.at.conf);
	ck_assert_int_eq(rmdir(away), 0);
	home_put(&a, "conf/folders", "in the way");
	refuse(&a, -ENOTDIR, "the configuration cannot be read");
	home_put(&a, "state/keys/device.key", "rubbish\n");
	refuse(&a, ERR_CONFIG, "is damaged");
	home_end(&a);
}
END_TEST

TCase *
node_tcase(void)
{
	TCase *tc = tcase_create("node");

	tcase_add_checked_fixture(tc, node_test_setup, node_test_teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, two_nodes_converge_on_one_file);
	tcase_add_test(tc, a_restarted_node_goes_on);
	tcase_add_test(tc, a_node_without_anything_starts_and_stops);
	tcase_add_test(tc, a_scan_that_was_asked_for_ends_with_the_node);
	tcase_add_test(tc, a_wrong_main_file_does_not_start);
	tcase_add_test(tc, what_cannot_be_read_does_not_start);
	return tc;
}

int
main(void)
{
	run_tcase *const tcases[] = {node_tcase, node_ask_tcase,
	    node_conf_tcase, node_fail_tcase, node_folder_tcase, node_net_tcase,
	    node_peer_tcase, node_port_tcase, node_reload_tcase,
	    node_session_tcase, node_status_tcase};

	return run_tests("node", tcases, sizeof tcases / sizeof *tcases);
}
