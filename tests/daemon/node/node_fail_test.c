/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out on the control thread (LESSONS 24), while two nodes
 * connect, are read anew and are asked how it stands: each says so or does
 * without, and with memory again all is as it should be.
 */
#include "tests/daemon/node/node_test.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/proto/model/fail_alloc.h"

static struct home a, b;
static atomic_int_fast64_t ahead_ns;

/* A host on which peers are dialled again at once. */
static void
hasty_start(void *self, struct host_timer *timer, uint64_t ms)
{
	struct node_peer *peer = a.node != NULL ? a.node->peers : NULL;

	for (; peer != NULL; peer = peer->next)
		if (timer == peer->timer)
			ms = 0;
	test_real->timer_start(self, timer, ms);
}

static int64_t
jumping_mono(void *self)
{
	return test_real->mono_ns(self) + ahead_ns;
}

static bool
is_linked(const struct home *h)
{
	const struct node_peer *peer = h->node->peers;

	return peer != NULL && peer->session != NULL &&
	       peer->session->links.n == 1;
}

static void
setup(void)
{
	node_test_setup();
	test_ops.timer_start = hasty_start;
	test_ops.mono_ns = jumping_mono;
	ahead_ns = 0;
	home_begin_pair(&a, &b);
	home_folder(&a, "docs", "bob");
	home_folder(&b, "docs", "ada");
	home_start(&a);
	home_start(&b);
	UNTIL(is_linked(&a) && is_linked(&b));
}

static void
teardown(void)
{
	home_end(&a);
	home_end(&b);
	node_test_teardown();
}

/* An edit gets through. */
static void
check_syncs(const char *text)
{
	UNTIL(is_linked(&a) && is_linked(&b));
	home_put(&a, "docs/f", text);
	UNTIL(home_has(&b, "docs/f", text));
}

START_TEST(L24_a_session_that_memory_lacks_is_begun_again)
{
	bool failed = true;

	for (long n = _i; failed; n += 4) {
		UNTIL(is_linked(&a) && is_linked(&b));
		node_session_end(a.node->peers->session, 0, "the test");
		fail_alloc_after(n, false);
		/* Asserts nothing, which would ask for memory. */
		for (int i = 0; i < 10 && !(is_linked(&a) && is_linked(&b));
		     i++)
			host_uv_turn(test_host, 5);
		failed = fail_alloc_end();
	}
	check_syncs("after all");
}
END_TEST

START_TEST(L24_a_ping_that_memory_lacks_ends_the_session_and_no_more)
{
	struct node_session *s = a.node->peers->session;

	ahead_ns = LIMIT_PING_MS * NODE_NS_PER_MS;
	fail_alloc_after(0, true);
	node_session_tick(s);
	ck_assert(fail_alloc_end());
	ck_assert_str_eq(a.node->peers->error, "it could not be pinged");
	check_syncs("after a ping");
}
END_TEST

START_TEST(L24_status_without_memory_is_an_error)
{
	bool failed = true;

	for (long n = 0; failed; n++) {
		struct node_status s = {.n_folders = 0};
		int rc;

		fail_alloc_after(n, false);
		rc = node_status(a.node, &s);
		failed = fail_alloc_end();
		if (rc == 0)
			ck_assert_uint_eq(s.n_folders, 1);
		else
			ck_assert_int_eq(rc, -ENOMEM);
		ck_assert(n >= 2 || rc < 0);
		node_status_release(&s);
	}
}
END_TEST

/* One more peer and folder, and a file that is wrong; or none of these. */
static void
write_more(bool more)
{
	struct home carol = b;

	carol.name = "carol";
	memset(carol.identity.id, 7, sizeof carol.identity.id);
	if (!more) {
		home_remove(&a, "peers/carol.conf");
		home_remove(&a, "folders/more.conf");
		home_remove(&a, "folders/wrong.conf");
		return;
	}
	home_peer(&a, &carol, false);
	home_write(&a, "folders/more.conf",
	    "path = '%s/more'\npaused = true\nignore = {'*.o'}\n", a.dir);
	home_write(&a, "folders/wrong.conf", "pth = '/x'\n");
}

/* What is configured and could not be made is told so. */
static void
check_status(void)
{
	struct node_status s;

	ck_assert_int_eq(node_status(a.node, &s), 0);
	for (size_t i = 0; i < s.n_folders; i++)
		ck_assert((s.folders[i].error != NULL) ==
			  (node_folder_find(a.node, s.folders[i].id) == NULL));
	for (size_t i = 0; i < s.n_peers; i++)
		ck_assert(!s.peers[i].connected ||
			  strcmp(s.peers[i].name, "bob") == 0);
	node_status_release(&s);
}

static int
reload(void)
{
	struct buf why;
	int rc;

	buf_init(&why, 4096);
	rc = node_reload(a.node, &why);
	buf_release(&why);
	return rc;
}

START_TEST(L24_a_reload_that_memory_lacks_is_made_up_for_by_the_next)
{
	bool failed = true;

	for (long n = 0; failed; n++) {
		struct node_session *before =
		    node_peer_named(a.node, "bob")->session;
		int rc;

		write_more(true);
		fail_alloc_after(n, false);
		rc = reload();
		failed = fail_alloc_end();
		ck_assert_int_lt(rc, 0);
		check_status();
		ck_assert_int_eq(reload(), ERR_CONFIG);
		ck_assert_ptr_nonnull(node_peer_named(a.node, "carol"));
		ck_assert_ptr_nonnull(node_folder_find(a.node, "more"));
		write_more(false);
		ck_assert_int_eq(reload(), 0);
		ck_assert_ptr_null(node_peer_named(a.node, "carol"));
		ck_assert_ptr_null(node_folder_find(a.node, "more"));
		ck_assert_ptr_eq(
		    node_peer_named(a.node, "bob")->session, before);
	}
	check_syncs("after reloads");
}
END_TEST

TCase *
node_fail_tcase(void)
{
	TCase *tc = tcase_create("fail");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(
	    tc, L24_a_session_that_memory_lacks_is_begun_again, 0, 4);
	tcase_add_test(
	    tc, L24_a_ping_that_memory_lacks_ends_the_session_and_no_more);
	tcase_add_test(tc, L24_status_without_memory_is_an_error);
	tcase_add_test(
	    tc, L24_a_reload_that_memory_lacks_is_made_up_for_by_the_next);
	return tc;
}
