/* SPDX-License-Identifier: Apache-2.0 */
/* What changes in the files while it runs, and who this device is. */
#include "tests/daemon/node/node_test.h"

#include <errno.h>
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

START_TEST(a_configuration_that_cannot_be_read_changes_nothing)
{
	char peers[128], away[128];

	home_start_pair(&a, &b);
	snprintf(peers, sizeof peers, "%s/peers", a.at.conf);
	snprintf(away, sizeof away, "%s/away", a.at.conf);
	ck_assert_int_eq(rename(peers, away), 0);
	home_put(&a, "conf/peers", "in the way");
	ck_assert_int_eq(home_reload(&a), -ENOTDIR);
	ck_assert(home_connected(&a, "bob"));
	ck_assert_int_eq(unlink(peers), 0);
	ck_assert_int_eq(rename(away, peers), 0);
	ck_assert_int_eq(home_reload(&a), 0);
	ck_assert(home_connected(&a, "bob"));
}
END_TEST

/* Says that bob is there. */
static void
move_bob(const char *host, unsigned port)
{
	char id[TEXT_ID_CHARS + 1];

	text_id(b.identity.id, id);
	home_write(&a, "peers/bob.conf", "id = '%s'\naddress = {'%s:%u'}\n", id,
	    host, port);
	ck_assert_int_eq(home_reload(&a), 0);
}

START_TEST(a_peer_that_moved_is_dialled_there_at_once)
{
	struct node_peer *peer;

	home_start(&b);
	home_start(&a);
	move_bob("127.0.0.1", 1);
	peer = a.node->peers;
	/* It has been away for long: pauses are. */
	peer->rounds = 20;
	UNTIL(peer->rounds > 20);
	move_bob("127.0.0.1", 1);
	ck_assert_uint_gt(peer->rounds, 20);
	move_bob("127.0.0.2", 1);
	ck_assert_uint_eq(peer->rounds, 0);
	move_bob("127.0.0.1", b.port);
	UNTIL(home_connected(&a, "bob") && home_connected(&b, "ada"));
}
END_TEST

START_TEST(a_peer_of_another_id_is_another_peer)
{
	struct home other;

	home_begin(&other, "bob");
	home_start_pair(&a, &b);
	home_peer(&a, &other, false);
	ck_assert_int_eq(home_reload(&a), 0);
	ck_assert(!home_connected(&a, "bob"));
	UNTIL(!home_connected(&b, "ada"));
	home_peer(&a, &b, true);
	ck_assert_int_eq(home_reload(&a), 0);
	UNTIL(home_connected(&a, "bob") && home_connected(&b, "ada"));
	home_end(&other);
}
END_TEST

static void
share_docs(const char *with)
{
	home_write(&a, "folders/docs.conf", "path = '%s/docs'\nshare = {%s}\n",
	    a.dir, with);
	ck_assert_int_eq(home_reload(&a), 0);
}

START_TEST(who_is_shared_with_no_more_loses_the_folder_and_gets_it_back)
{
	struct home carol = b;
	struct folder *before;

	carol.name = "carol";
	memset(carol.identity.id, 7, sizeof carol.identity.id);
	home_peer(&a, &carol, false);
	home_folder(&a, "docs", "bob");
	home_folder(&b, "docs", "ada");
	home_start_pair(&a, &b);
	UNTIL(a.node->peers->next != NULL && home_synced(&b, "docs"));
	before = a.node->folders->folder;
	share_docs("'carol'");
	UNTIL(b.node->peers->session->links.n == 0);
	home_put(&a, "docs/f", "f");
	ck_assert(!home_has(&b, "docs/f", "f"));
	share_docs("'carol', 'bob'");
	UNTIL(home_has(&b, "docs/f", "f"));
	ck_assert_ptr_eq(a.node->folders->folder, before);
}
END_TEST

START_TEST(other_rules_of_the_same_number_reopen_the_folder)
{
	static const char *const lines[] = {"ignore = {'*.iso', '*.img'}",
	    "ignore = {'*.iso', '*.bin'}", "mode = send"};

	home_folder(&a, "docs", NULL);
	home_start(&a);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		UNTIL(home_open(&a, "docs"));
		home_write(&a, "folders/docs.conf", "path = '%s/docs'\n%s\n",
		    a.dir, lines[i]);
		ck_assert_int_eq(home_reload(&a), 0);
		ck_assert_ptr_null(a.node->folders->folder);
		UNTIL(home_open(&a, "docs"));
		/* The same once more is nothing new. */
		ck_assert_int_eq(home_reload(&a), 0);
		ck_assert_ptr_nonnull(a.node->folders->folder);
	}
}
END_TEST

/* A host whose machine has its name in a directory of the test's. */
static int
named_open_root(void *self, const char *path, int flags, int *out_fd)
{
	char kernel[128];

	snprintf(kernel, sizeof kernel, "%s/kernel", a.dir);
	return test_real->open_root(self,
	    strcmp(path, "/proc/sys/kernel") == 0 ? kernel : path, flags,
	    out_fd);
}

/* The name that a has, which is not configured. */
static void
check_name(const char *expected)
{
	struct node_status s;

	home_start(&a);
	ck_assert_int_eq(node_status(a.node, &s), 0);
	ck_assert_str_eq(s.name, expected);
	node_status_release(&s);
	home_stop(&a);
}

START_TEST(a_device_without_a_name_has_its_machines_or_its_ids)
{
	char id[TEXT_ID_CHARS + 1];

	text_id(a.identity.id, id);
	id[8] = '\0';
	test_ops.open_root = named_open_root;
	home_write(
	    &a, "tutti.conf", "listen = '127.0.0.1:%u'\n", (unsigned)a.port);
	check_name(id);
	home_put(&a, "kernel/other", "");
	check_name(id);
	home_put(&a, "kernel/hostname", "two words\n");
	check_name(id);
	home_put(&a, "kernel/hostname", "\n");
	check_name(id);
	home_put(&a, "kernel/hostname", "box.example.org\n");
	check_name("box");
}
END_TEST

TCase *
node_reload_tcase(void)
{
	TCase *tc = tcase_create("reload");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, a_configuration_that_cannot_be_read_changes_nothing);
	tcase_add_test(tc, a_peer_that_moved_is_dialled_there_at_once);
	tcase_add_test(tc, a_peer_of_another_id_is_another_peer);
	tcase_add_test(
	    tc, who_is_shared_with_no_more_loses_the_folder_and_gets_it_back);
	tcase_add_test(tc, other_rules_of_the_same_number_reopen_the_folder);
	tcase_add_test(tc, a_device_without_a_name_has_its_machines_or_its_ids);
	return tc;
}
