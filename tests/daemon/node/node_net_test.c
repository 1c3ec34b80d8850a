/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/node/node_test.h"

#include <errno.h>
#include <string.h>

static struct home a, b;

static void
setup(void)
{
	node_test_setup();
	home_begin(&a, "ada");
	home_begin(&b, "bob");
}

static void
teardown(void)
{
	home_end(&a);
	home_end(&b);
	node_test_teardown();
}

START_TEST(a_taken_port_is_one_clear_sentence)
{
	struct node_options options = {
	    .host = test_host, .log = &b.log, .conf = b.conf, .state = b.state};
	struct node *node = NULL;
	struct buf why;

	home_folder(&b, "docs", NULL);
	home_start(&a);
	home_write(
	    &b, "tutti.conf", "listen = '127.0.0.1:%u'\n", (unsigned)a.port);
	buf_init(&why, 4096);
	ck_assert_int_eq(node_new(&options, &node, &why), -EADDRINUSE);
	ck_assert_ptr_null(node);
	ck_assert_ptr_nonnull(memmem(why.p, why.len, "tutti init", 10));
	buf_release(&why);
}
END_TEST

START_TEST(a_stranger_is_refused_and_named)
{
	home_peer(&b, &a, true);
	home_start(&a);
	home_start(&b);
	UNTIL(home_logged(&a, "caller_refused"));
	UNTIL(home_logged(&b, "peer_not_reached"));
	ck_assert(!home_connected(&b, "ada"));
	ck_assert(home_logged(&b, "it refused"));
}
END_TEST

START_TEST(reload_listens_where_it_is_told_to)
{
	uint16_t before = a.port, other = b.port;

	home_peer(&a, &b, false);
	home_start(&a);
	ck_assert_uint_eq(net_port(a.node->net), before);
	home_write(
	    &a, "tutti.conf", "listen = '127.0.0.1:%u'\n", (unsigned)other);
	ck_assert_int_eq(home_reload(&a), 0);
	ck_assert_uint_eq(net_port(a.node->net), other);
	home_write(
	    &a, "tutti.conf", "listen = '192.0.2.1:%u'\n", (unsigned)other);
	ck_assert_int_eq(home_reload(&a), -EADDRNOTAVAIL);
	ck_assert_uint_eq(net_port(a.node->net), other);
}
END_TEST

TCase *
node_net_tcase(void)
{
	TCase *tc = tcase_create("net");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, a_taken_port_is_one_clear_sentence);
	tcase_add_test(tc, a_stranger_is_refused_and_named);
	tcase_add_test(tc, reload_listens_where_it_is_told_to);
	return tc;
}
