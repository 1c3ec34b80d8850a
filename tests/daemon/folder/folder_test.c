/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/folder/folder_pair.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "daemon/folder/folder_internal.h"
#include "tests/daemon/folder/folder_test.h"

static struct folder_pair pair;

static void
setup(void)
{
	pair_init(&pair);
}

static void
teardown(void)
{
	pair_release(&pair);
}

START_TEST(one_file_arrives)
{
	pair_sh(&pair, 0, "echo hello >a.txt");
	pair_up(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 1, "cat a.txt"), "hello");
}
END_TEST

START_TEST(a_tree_arrives)
{
	pair_sh(&pair, 0,
	    "mkdir -p d/e/f g; for i in 1 2 3 4 5 6 7 8 9; do echo $i >d/$i; "
	    "echo x$i >d/e/f/$i; done; ln -s ../nowhere d/l; : >empty; "
	    "chmod 600 d/1; chmod 700 g");
	pair_up(&pair);
	pair_expect_equal(&pair);
}
END_TEST

START_TEST(a_live_save_arrives)
{
	pair_up(&pair);
	pair_sh(&pair, 0, "echo one >n; mkdir q; echo two >q/n");
	pair_settle(&pair);
	pair_expect_equal(&pair);
	pair_sh(&pair, 1, "echo three >n");
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 0, "cat n q/n"), "three\ntwo");
}
END_TEST

START_TEST(a_rename_sends_no_content)
{
	uint64_t before;

	pair_sh(&pair, 0,
	    "mkdir d; for i in 1 2 3 4 5; do head -c 60000 /dev/urandom >d/$i; "
	    "done; head -c 3000000 /dev/urandom >big");
	pair_up(&pair);
	before = pair.side[1].in.bytes;
	pair_sh(&pair, 0, "mv d e; mv big e/huge");
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_uint_lt(pair.side[1].in.bytes - before, 20000);
}
END_TEST

START_TEST(bits_and_times_travel)
{
	pair_sh(&pair, 0, "echo x >f; mkdir d");
	pair_up(&pair);
	pair_sh(&pair, 0,
	    "chmod 640 f; touch -d '2001-02-03 04:05:06' f; "
	    "chmod 711 d");
	pair_settle(&pair);
	pair_expect_equal(&pair);
}
END_TEST

START_TEST(different_edits_at_once_both_arrive)
{
	pair_up(&pair);
	pair_sh(&pair, 0, "for i in 1 2 3 4 5; do echo a$i >a$i; done");
	pair_sh(&pair, 1, "for i in 1 2 3 4 5; do echo b$i >b$i; done");
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 0, "ls | wc -l"), "10");
}
END_TEST

START_TEST(the_same_files_on_both_sides_send_nothing)
{
	for (int i = 0; i < 2; i++)
		pair_sh(&pair, i,
		    "mkdir d; for i in 1 2 3 4; do yes $i | head -c 50000 "
		    ">d/$i; touch -d '2020-01-01' d/$i; done");
	pair_up(&pair);
	pair_expect_equal(&pair);
	ck_assert_uint_lt(pair.side[1].in.bytes, 10000);
	ck_assert_str_eq(pair_out(&pair, 0, "find . -name '*conflict*'"), "");
}
END_TEST

START_TEST(different_files_of_one_name_make_one_copy)
{
	pair_sh(&pair, 0, "echo left >f.txt; touch -d '2020-01-01' f.txt");
	pair_sh(&pair, 1, "echo right >f.txt; touch -d '2021-01-01' f.txt");
	pair_up(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 0, "cat f.txt"), "right");
	ck_assert_str_eq(pair_out(&pair, 0, "cat f.conflict-*.txt"), "left");
	ck_assert_str_eq(pair_out(&pair, 0, "ls | wc -l"), "2");
}
END_TEST

START_TEST(a_conflict_after_a_cut_makes_one_copy)
{
	pair_sh(&pair, 0, "echo base >f");
	pair_up(&pair);
	pair_cut(&pair);
	pair_sh(&pair, 0, "echo left >f; touch -d '2030-01-01' f");
	pair_sh(&pair, 1, "echo right >f");
	pair_join(&pair, 300);
	ck_assert_str_eq(pair_out(&pair, 1, "cat f"), "left");
	ck_assert_str_eq(pair_out(&pair, 0, "cat f.conflict-*"), "right");
}
END_TEST

START_TEST(an_insertion_sends_little)
{
	uint64_t before;

	pair_sh(&pair, 0, "head -c 8000000 /dev/urandom >big");
	pair_up(&pair);
	before = pair.side[1].in.bytes;
	pair_sh(&pair, 0,
	    "{ head -c 1000 big; echo inserted; tail -c +1001 big; } >big.new; "
	    "mv big.new big");
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_uint_lt(pair.side[1].in.bytes - before, 200000);
}
END_TEST

START_TEST(a_file_becomes_a_directory_and_back)
{
	pair_sh(&pair, 0, "echo x >k; mkdir d; echo y >d/c");
	pair_up(&pair);
	pair_sh(&pair, 0, "rm k; mkdir k; echo in >k/c; rm -r d; echo now >d");
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 1, "cat k/c d"), "in\nnow");
}
END_TEST

START_TEST(a_stop_in_between_changes_nothing)
{
	pair_sh(&pair, 0, "mkdir d; echo 1 >d/x; echo 2 >y");
	pair_up(&pair);
	pair_cut(&pair);
	pair_close(&pair, 1);
	pair_sh(&pair, 0, "echo 3 >d/z; rm y");
	pair_sh(&pair, 1, "echo 4 >w; mv d/x d/moved");
	pair_run(&pair, 1500);
	pair_open(&pair, 1);
	pair_connect(&pair);
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(
	    pair_out(&pair, 0, "cat d/moved d/z w; ls"), "1\n3\n4\nd\nw");
}
END_TEST

START_TEST(ignored_files_stay_where_they_are)
{
	pair_sh(&pair, 0,
	    "echo '*.o' >.tuttiignore; echo 1 >a.o; mkdir d; echo 2 >d/b.o; "
	    "echo 3 >d/c");
	pair_up(&pair);
	ck_assert_str_eq(pair_out(&pair, 1,
			     "find . -path ./.tutti -prune -o -type f -print "
			     "| sort"),
	    "./.tuttiignore\n./d/c");
	pair_sh(&pair, 1, "rm -r d");
	pair_run(&pair, 2000);
	ck_assert_str_eq(pair_out(&pair, 0, "cat d/b.o; ls d"), "2\nb.o");
}
END_TEST

START_TEST(pauses_between_tries_grow_to_a_minute)
{
	ck_assert_int_eq(folder_pause_ns(1), 50 * NS_PER_MS);
	ck_assert_int_eq(folder_pause_ns(2), 100 * NS_PER_MS);
	ck_assert_int_eq(folder_pause_ns(5), 800 * NS_PER_MS);
	ck_assert_int_eq(folder_pause_ns(1000), 60000 * NS_PER_MS);
}
END_TEST

START_TEST(a_trouble_is_over_when_nothing_is_left_to_do)
{
	struct folder_status st;

	pair_sh(&pair, 0, "echo x >f");
	pair_up(&pair);
	/* Of a path that is as wanted by now; of one that is not there. */
	folder_trouble(pair.side[0].folder, SPAN_LIT("f"), -EIO, false, false);
	folder_trouble(pair.side[0].folder, SPAN_LIT("g"), -EIO, true, false);
	folder_status(pair.side[0].folder, &st);
	ck_assert_uint_eq(st.troubles, 2);
	pair_settle(&pair);
	folder_status(pair.side[0].folder, &st);
	ck_assert_uint_eq(st.troubles, 0);
}
END_TEST

/* The kernel tells of a change by the name that it was made through. */
START_TEST(L46_an_edit_through_another_name_is_noticed)
{
	pair_sh(&pair, 0, "mkdir d; echo 1 >a; ln a d/b; ln a c");
	pair_up(&pair);
	pair_sh(&pair, 0, "echo 2 >>d/b");
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 1, "cat a c d/b; stat -c %h a"),
	    "1\n2\n1\n2\n1\n2\n1");
	pair_cut(&pair);
	pair_close(&pair, 0);
	pair_run(&pair, 100);
	pair_open(&pair, 0);
	pair_connect(&pair);
	pair_settle(&pair);
	pair_sh(&pair, 0, "echo 3 >>c");
	pair_settle(&pair);
	ck_assert_str_eq(pair_out(&pair, 1, "tail -qn 1 a c d/b"), "3\n3\n3");
}
END_TEST

static struct host_ops counting;
static const struct host_ops *real;
static atomic_uint lists; /* of two looks at once */

static int
counted_list(void *self, int dir, struct host_list *out)
{
	lists++;
	return real->list(self, dir, out);
}

/* On one side it appears as a whole, on the other it grows from its top: that
 * must not look at all below again for each level. */
START_TEST(L44_a_deep_tree_is_looked_at_once_or_twice)
{
	enum { LEVELS = 200 };

	real = pair.host->ops;
	counting = *real;
	counting.list = counted_list;
	pair.host->ops = &counting;
	pair_up(&pair);
	lists = 0;
	pair_sh(&pair, 0,
	    "d=$(printf 'd/%%.0s' $(seq 200)); mkdir -p ../x/$d; "
	    "echo bottom >../x/$d/f; mv ../x/d .");
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_uint_ge(lists, 2 * LEVELS);
	ck_assert_uint_le(lists, 3 * LEVELS);
}
END_TEST

/* Times tell nothing of a store through a mapping; that it ended does. */
START_TEST(L70_a_close_after_writing_is_hashed_whatever_the_times)
{
	struct folder *f;
	struct watch_event event = {
	    .what = WATCH_CLOSED, .name = SPAN_LIT("mapped")};

	pair_sh(&pair, 0, "echo mapped >mapped; echo named >named");
	pair_open(&pair, 0);
	pair_run(&pair, 200);
	f = pair.side[0].folder;
	folder_watched(f, &event);
	ck_assert(folder_will_hash(f, SPAN_LIT("mapped")));
	event =
	    (struct watch_event){.what = WATCH_NAME, .name = SPAN_LIT("named")};
	folder_watched(f, &event);
	ck_assert(!folder_will_hash(f, SPAN_LIT("named")));
}
END_TEST

static TCase *
folder_tcase(void)
{
	TCase *t = tcase_create("folder");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, one_file_arrives);
	tcase_add_test(t, a_tree_arrives);
	tcase_add_test(t, a_live_save_arrives);
	tcase_add_test(t, a_rename_sends_no_content);
	tcase_add_test(t, bits_and_times_travel);
	tcase_add_test(t, different_edits_at_once_both_arrive);
	tcase_add_test(t, the_same_files_on_both_sides_send_nothing);
	tcase_add_test(t, different_files_of_one_name_make_one_copy);
	tcase_add_test(t, a_conflict_after_a_cut_makes_one_copy);
	tcase_add_test(t, an_insertion_sends_little);
	tcase_add_test(t, a_file_becomes_a_directory_and_back);
	tcase_add_test(t, a_stop_in_between_changes_nothing);
	tcase_add_test(t, ignored_files_stay_where_they_are);
	tcase_add_test(t, pauses_between_tries_grow_to_a_minute);
	tcase_add_test(t, a_trouble_is_over_when_nothing_is_left_to_do);
	tcase_add_test(
	    t, L70_a_close_after_writing_is_hashed_whatever_the_times);
	tcase_add_test(t, L46_an_edit_through_another_name_is_noticed);
	tcase_add_test(t, L44_a_deep_tree_is_looked_at_once_or_twice);
	return t;
}

int
main(void)
{
	static run_tcase *const tcases[] = {folder_tcase, folder_mode_tcase,
	    folder_room_tcase, folder_root_tcase, folder_table_tcase};

	return run_tests("folder", tcases, sizeof tcases / sizeof *tcases);
}
