/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which port is listened on where nobody said one. What is free is the test's
 * to say: the true sockets behind it are on loopback.
 */
#include "tests/daemon/node/node_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct home a;
static struct buf why;
static struct {
	uint16_t taken_to; /* all ports below this one are */
	uint16_t only; /* but this one is free; 0: none */
	bool v4_only;
	int rc; /* of every listening, when below 0 */
	char first[64]; /* what was tried first */
	uint16_t port; /* that was taken last */
} net;

static int
picky_listen(void *self, const char *address, uint16_t port, host_accept_cb *cb,
    void *arg, struct host_listener **out)
{
	if (net.first[0] == '\0')
		snprintf(net.first, sizeof net.first, "%s %u", address,
		    (unsigned)port);
	if (net.rc < 0)
		return net.rc;
	if (net.v4_only && strcmp(address, "::") == 0)
		return -EAFNOSUPPORT;
	if (port < net.taken_to && port != net.only)
		return -EADDRINUSE;
	net.port = port;
	return test_real->listen(self, "127.0.0.1", 0, cb, arg, out);
}

static uint16_t
picky_port(void *self, struct host_listener *l)
{
	(void)self;
	(void)l;
	return net.port;
}

static void
setup(void)
{
	node_test_setup();
	test_ops.listen = picky_listen;
	test_ops.listener_port = picky_port;
	memset(&net, 0, sizeof net);
	buf_init(&why, 4096);
	home_begin(&a, "ada");
	home_write(&a, "tutti.conf", "name = 'ada'\n");
}

static void
teardown(void)
{
	home_end(&a);
	buf_release(&why);
	node_test_teardown();
}

/* Starts and stops; the port it had. */
static uint16_t
port_taken(void)
{
	struct node_status s;

	net.first[0] = '\0';
	home_start(&a);
	ck_assert_int_eq(node_status(a.node, &s), 0);
	node_status_release(&s);
	home_stop(&a);
	return s.port;
}

static void
keep(const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/port", a.at.state);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

/* A start that fails; its sentence is in why. */
static void
refuse(int rc)
{
	struct node_options options = {
	    .host = test_host, .log = &a.log, .conf = a.conf, .state = a.state};
	struct node *node = NULL;

	buf_clear(&why);
	ck_assert_int_eq(node_new(&options, &node, &why), rc);
	ck_assert_ptr_null(node);
	ck_assert_int_eq(buf_add(&why, span_of("", 1)), 0);
}

static void
check_why(const char *text)
{
	ck_assert_msg(strstr((char *)why.p, text) != NULL, "%s", why.p);
}

START_TEST(the_first_free_port_is_taken_and_kept)
{
	ck_assert_uint_eq(port_taken(), NET_PORT_FIRST);
	ck_assert_str_eq(net.first, ":: 22100");
	net.taken_to = NET_PORT_FIRST + 3;
	ck_assert_uint_eq(port_taken(), NET_PORT_FIRST + 3);
	ck_assert(home_has(&a, "state/port", "22103\n"));
	/* Peers know it by that now. */
	net.taken_to = 0;
	ck_assert_uint_eq(port_taken(), NET_PORT_FIRST + 3);
	ck_assert_str_eq(net.first, ":: 22103");
}
END_TEST

START_TEST(a_kept_port_that_is_taken_is_searched_for_from_the_first)
{
	keep("22105\n");
	net.taken_to = NET_PORT_LAST + 1;
	net.only = NET_PORT_FIRST + 1;
	ck_assert_uint_eq(port_taken(), NET_PORT_FIRST + 1);
	ck_assert_str_eq(net.first, ":: 22105");
	ck_assert(home_has(&a, "state/port", "22101\n"));
}
END_TEST

START_TEST(a_kept_port_that_is_none_of_ours_is_not_believed)
{
	static const char *const texts[] = {
	    "80\n", "22110\n", "99999999999\n", "port\n", "", "22100\n"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		keep(texts[i]);
		ck_assert_uint_eq(port_taken(), NET_PORT_FIRST);
		ck_assert_str_eq(net.first, ":: 22100");
	}
	keep("22103");
	ck_assert_uint_eq(port_taken(), NET_PORT_FIRST + 3);
}
END_TEST

START_TEST(a_machine_without_one_family_listens_in_the_other)
{
	net.v4_only = true;
	net.taken_to = NET_PORT_FIRST + 1;
	ck_assert_uint_eq(port_taken(), NET_PORT_FIRST + 1);
	ck_assert_str_eq(net.first, ":: 22100");
	ck_assert(home_logged(&a, "address=0.0.0.0"));
}
END_TEST

START_TEST(a_port_that_cannot_be_kept_is_said_and_used)
{
	char path[128];

	snprintf(path, sizeof path, "%s/port", a.at.state);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	net.taken_to = NET_PORT_FIRST + 1;
	ck_assert_uint_eq(port_taken(), NET_PORT_FIRST + 1);
	ck_assert(home_logged(&a, "port_not_kept"));
}
END_TEST

START_TEST(why_no_port_can_be_had_is_one_sentence_with_the_next_step)
{
	net.taken_to = NET_PORT_LAST + 1;
	refuse(-EADDRINUSE);
	check_why("any port from 22100 to 22109: another program has it");
	keep("22105\n");
	refuse(-EADDRINUSE);
	check_why("any port from 22100 to 22109: another program has it");
	net.rc = -EADDRNOTAVAIL;
	refuse(-EADDRNOTAVAIL);
	check_why("choose one of its own with: tutti init --listen");
	net.rc = -EACCES;
	refuse(-EACCES);
	check_why("choose a port above 1023");
	net.rc = -EMFILE;
	refuse(-EMFILE);
	check_why(err_text(-EMFILE));
	home_write(&a, "tutti.conf", "listen = '127.0.0.1:22'\n");
	net.rc = -EACCES;
	refuse(-EACCES);
	check_why("cannot listen on 127.0.0.1 port 22: not for this user");
}
END_TEST

START_TEST(an_address_without_a_port_is_searched_for_one_there)
{
	home_write(&a, "tutti.conf", "listen = '127.0.0.1'\n");
	net.taken_to = NET_PORT_FIRST + 2;
	ck_assert_uint_eq(port_taken(), NET_PORT_FIRST + 2);
	ck_assert_str_eq(net.first, "127.0.0.1 22100");
}
END_TEST

START_TEST(a_node_that_can_listen_nowhere_any_more_waits_to_be_told_another)
{
	struct node_status s;

	home_start(&a);
	net.rc = -EADDRINUSE;
	home_write(&a, "tutti.conf", "listen = '127.0.0.1:4711'\n");
	ck_assert_int_eq(home_reload(&a), -EADDRINUSE);
	ck_assert(home_logged(&a, "not_listening"));
	ck_assert_int_eq(node_status(a.node, &s), 0);
	ck_assert_uint_eq(s.port, 0);
	node_status_release(&s);
	net.rc = 0;
	ck_assert_int_eq(home_reload(&a), 0);
	ck_assert_int_eq(node_status(a.node, &s), 0);
	ck_assert_uint_eq(s.port, 4711);
	node_status_release(&s);
}
END_TEST

START_TEST(a_node_whose_key_cannot_be_read_goes_on_listening_where_it_does)
{
	char keys[128], away[128];
	struct node_status s;

	home_start(&a);
	snprintf(keys, sizeof keys, "%s/keys", a.at.state);
	snprintf(away, sizeof away, "%s/away", a.at.state);
	ck_assert_int_eq(rename(keys, away), 0);
	home_write(&a, "tutti.conf", "listen = '127.0.0.1:4711'\n");
	ck_assert_int_eq(home_reload(&a), -ENOENT);
	ck_assert_int_eq(node_status(a.node, &s), 0);
	ck_assert_uint_eq(s.port, NET_PORT_FIRST);
	node_status_release(&s);
	ck_assert_int_eq(rename(away, keys), 0);
	ck_assert_int_eq(home_reload(&a), 0);
	ck_assert_uint_eq(net.port, 4711);
}
END_TEST

TCase *
node_port_tcase(void)
{
	TCase *tc = tcase_create("port");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, the_first_free_port_is_taken_and_kept);
	tcase_add_test(
	    tc, a_kept_port_that_is_taken_is_searched_for_from_the_first);
	tcase_add_test(tc, a_kept_port_that_is_none_of_ours_is_not_believed);
	tcase_add_test(tc, a_machine_without_one_family_listens_in_the_other);
	tcase_add_test(tc, a_port_that_cannot_be_kept_is_said_and_used);
	tcase_add_test(
	    tc, why_no_port_can_be_had_is_one_sentence_with_the_next_step);
	tcase_add_test(tc, an_address_without_a_port_is_searched_for_one_there);
	tcase_add_test(tc,
	    a_node_that_can_listen_nowhere_any_more_waits_to_be_told_another);
	tcase_add_test(tc,
	    a_node_whose_key_cannot_be_read_goes_on_listening_where_it_does);
	return tc;
}
