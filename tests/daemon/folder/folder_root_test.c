/* SPDX-License-Identifier: Apache-2.0 */
/* Roots that are not the one that was, when the folder is opened: it halts,
 * tells nothing, and joins what is there once the user accepts (LESSONS 9). */
#include "daemon/folder/folder.h"
#include "tests/daemon/folder/folder_pair.h"

#include <string.h>
#include <unistd.h>

#include "tests/daemon/folder/folder_test.h"

static struct folder_pair pair;

/* Both hold a and d/b; side 0 is closed. */
static void
setup(void)
{
	pair_init(&pair);
	pair_sh(&pair, 0, "mkdir d; echo 1 >a; echo 2 >d/b");
	pair_up(&pair);
	pair_cut(&pair);
	pair_close(&pair, 0);
}

static void
teardown(void)
{
	pair_release(&pair);
}

/* Opens side 0, which halts for that; then nothing is told. */
static void
expect_halt(enum folder_halt why, const char *said)
{
	struct folder_status st;

	pair_open(&pair, 0);
	folder_status(pair.side[0].folder, &st);
	ck_assert_int_eq(st.state, FOLDER_HALTED);
	ck_assert_int_eq(st.halt_why, why);
	ck_assert_msg(strstr(st.halt, said) != NULL, "%s", st.halt);
	pair_connect(&pair);
	pair_run(&pair, 1500);
	ck_assert_str_eq(pair_out(&pair, 1, "cat a d/b"), "1\n2");
	pair_cut(&pair);
	pair_close(&pair, 0);
}

/* Once the user accepts what is there, all of both is on both sides. */
static void
expect_joined(const char *files)
{
	pair.side[0].join = true;
	pair_open(&pair, 0);
	pair_connect(&pair);
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 0, "cat a d/b; ls"), files);
}

START_TEST(L9_a_root_that_is_missing_halts_until_it_is_back)
{
	pair_sh(&pair, 0, "mv \"$PWD\" ../away");
	expect_halt(FOLDER_HALT_MISSING, "missing");
	pair_sh(&pair, 0, "rmdir \"$PWD\"; mv ../away \"$PWD\"");
	pair_open(&pair, 0);
	pair_connect(&pair);
	pair_settle(&pair);
	pair_expect_equal(&pair);
}
END_TEST

/* Was there ever a root? Of what cannot be read nothing is concluded. */
START_TEST(L9_a_root_is_not_made_where_the_memory_cannot_be_read)
{
	static const uint8_t longer_than_any[300];
	struct index *ix;

	ck_assert_int_eq(
	    index_open(pair.host, pair.side[0].state_fd, 0, &ix), 0);
	ck_assert_int_eq(index_fact_put(ix, "root",
			     span_of(longer_than_any, sizeof longer_than_any)),
	    0);
	index_close(ix);
	pair_sh(&pair, 0, "mv \"$PWD\" ../away");
	ck_assert_int_lt(pair_try_open(&pair, 0), 0);
	ck_assert_int_ne(access(pair.side[0].root, F_OK), 0);
}
END_TEST

START_TEST(L9_a_root_in_whose_place_another_stands_halts)
{
	pair_sh(&pair, 0,
	    "mkdir ../other; echo 3 >../other/c; mv \"$PWD\" ../away; "
	    "mv ../other \"$PWD\"");
	expect_halt(FOLDER_HALT_REPLACED, "another one");
	expect_joined("1\n2\na\nc\nd");
}
END_TEST

/* Twice: it is remembered, whatever a user puts there meanwhile. */
START_TEST(L9_a_root_that_was_emptied_halts)
{
	pair_sh(&pair, 0, "find . -mindepth 1 -delete");
	expect_halt(FOLDER_HALT_EMPTIED, "is gone");
	pair_sh(&pair, 0, "echo 3 >c");
	expect_halt(FOLDER_HALT_EMPTIED, "is gone");
	expect_joined("1\n2\na\nc\nd");
}
END_TEST

/* But for its mark all is there: that is made again. */
START_TEST(L9_a_root_whose_mark_alone_is_gone_goes_on)
{
	struct folder_status st;

	pair_sh(&pair, 0, "rm -r .tutti; echo 3 >c");
	pair_open(&pair, 0);
	folder_status(pair.side[0].folder, &st);
	ck_assert_int_ne(st.state, FOLDER_HALTED);
	pair_connect(&pair);
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 1, "cat a d/b; ls"), "1\n2\na\nc\nd");
}
END_TEST

START_TEST(a_root_of_another_folder_halts_and_that_one_is_named)
{
	pair_sh(&pair, 0,
	    "printf '\\001g' | dd conv=notrunc status=none "
	    "of=.tutti/folder; echo 3 >c");
	expect_halt(FOLDER_HALT_FOREIGN, "that of the folder g;");
	expect_joined("1\n2\na\nc\nd");
}
END_TEST

TCase *
folder_root_tcase(void)
{
	TCase *t = tcase_create("root");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, L9_a_root_that_is_missing_halts_until_it_is_back);
	tcase_add_test(
	    t, L9_a_root_is_not_made_where_the_memory_cannot_be_read);
	tcase_add_test(t, L9_a_root_in_whose_place_another_stands_halts);
	tcase_add_test(t, L9_a_root_that_was_emptied_halts);
	tcase_add_test(t, L9_a_root_whose_mark_alone_is_gone_goes_on);
	tcase_add_test(t, a_root_of_another_folder_halts_and_that_one_is_named);
	return t;
}
