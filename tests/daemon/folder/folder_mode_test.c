/* SPDX-License-Identifier: Apache-2.0 */
/* Folders that only send, or only receive. */
#include "tests/daemon/folder/folder_pair.h"

#include <string.h>

#include "tests/daemon/folder/folder_test.h"

static struct folder_pair pair;

static void
setup(void)
{
	pair_init(&pair);
	pair_sh(&pair, 0, "echo 1 >a; mkdir d; echo 2 >d/b");
}

static void
teardown(void)
{
	pair_release(&pair);
}

/* Both hold all, and side 1 is what it is to be. */
static void
both_up(enum msg_mode mode)
{
	pair.side[1].mode = mode;
	pair_open(&pair, 0);
	pair_open(&pair, 1);
	pair_connect(&pair);
}

/* Lets it run until a side's files are these. */
static void
await(int side, const char *cat, const char *text)
{
	for (int i = 0; i < 1000 && strcmp(pair_out(&pair, side, cat), text);
	     i++)
		pair_run(&pair, 10);
	ck_assert_str_eq(pair_out(&pair, side, cat), text);
}

START_TEST(who_only_receives_tells_of_none_of_its_changes)
{
	both_up(MSG_MODE_RECEIVE);
	await(1, "cat a d/b 2>&1", "1\n2");
	pair_sh(&pair, 1, "echo mine >a; echo new >n; rm -r d");
	pair_run(&pair, 1500);
	pair_sh(&pair, 0, "echo 3 >c");
	await(1, "cat c a n 2>&1", "3\nmine\nnew");
	ck_assert_str_eq(
	    pair_out(&pair, 0, "cat a d/b c; ls"), "1\n2\n3\na\nc\nd");
}
END_TEST

START_TEST(who_only_sends_takes_none_of_a_peers_changes)
{
	pair_sh(&pair, 1, "echo 3 >c; echo 4 >d.txt");
	both_up(MSG_MODE_SEND);
	await(0, "cat c d.txt 2>&1", "3\n4");
	pair_sh(&pair, 0, "echo theirs >c; echo new >n; rm d.txt");
	pair_run(&pair, 1500);
	ck_assert_str_eq(
	    pair_out(&pair, 1, "cat c d.txt; ls"), "3\n4\nc\nd.txt");
	pair_sh(&pair, 1, "echo 5 >e");
	await(0, "cat e 2>&1", "5");
}
END_TEST

TCase *
folder_mode_tcase(void)
{
	TCase *t = tcase_create("mode");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, who_only_receives_tells_of_none_of_its_changes);
	tcase_add_test(t, who_only_sends_takes_none_of_a_peers_changes);
	return t;
}
