/* SPDX-License-Identifier: Apache-2.0 */
/* Room on the disk, as the host tells of it. */
#include <string.h>

#include "tests/daemon/folder/folder_pair.h"
#include "tests/daemon/folder/folder_test.h"

static struct folder_pair pair;
static struct host_ops ops;
static const struct host_ops *real;
static uint64_t free_bytes;

static int
told_info(void *self, int fd, struct host_fs *out)
{
	int rc = real->fs_info(self, fd, out);

	out->free_bytes = free_bytes;
	out->total_bytes = 100 << 20;
	return rc;
}

/* Both machines have 100 MB disks, of which the second's first so much is
 * free, but for the 1 % that is left. */
static void
setup(void)
{
	pair_init(&pair);
	real = pair.host->ops;
	ops = *real;
	ops.fs_info = told_info;
	pair.host->ops = &ops;
	free_bytes = 3 << 20;
	pair_up(&pair);
}

static void
teardown(void)
{
	pair_release(&pair);
}

static struct folder_status
status(void)
{
	struct folder_status st;

	folder_status(pair.side[1].folder, &st);
	return st;
}

static void
await_trouble(void)
{
	for (int i = 0; i < 500 && status().room_needed == 0; i++)
		pair_run(&pair, 10);
}

START_TEST(L17_a_file_that_cannot_fit_waits_and_the_rest_goes_on)
{
	struct folder_status st;

	pair_sh(&pair, 0,
	    "head -c 5000000 /dev/urandom >large; echo 1 >a; echo 2 >z");
	await_trouble();
	st = status();
	ck_assert_uint_eq(st.troubles, 1);
	ck_assert_str_eq(st.trouble_path, "large");
	ck_assert_uint_eq(st.room_needed, 5000000);
	ck_assert_uint_eq(st.room_free, 3 << 20);
	pair_run(&pair, 300);
	ck_assert_str_eq(pair_out(&pair, 1, "cat a z; ls | wc -l"), "1\n2\n2");
	ck_assert_str_eq(
	    pair_out(&pair, 1, "find .tutti/stage -type f | wc -l"), "0");
	free_bytes = 100 << 20;
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_uint_eq(status().troubles, 0);
}
END_TEST

START_TEST(L17_small_files_wait_as_well)
{
	free_bytes = 1 << 20;
	pair_sh(&pair, 0, "echo 1 >a; mkdir d; ln -s a l; : >empty");
	await_trouble();
	pair_run(&pair, 300);
	ck_assert_str_eq(pair_out(&pair, 1, "ls"), "d\nempty\nl");
	free_bytes = 100 << 20;
	pair_settle(&pair);
	pair_expect_equal(&pair);
}
END_TEST

START_TEST(L17_what_is_on_its_way_counts)
{
	pair_sh(&pair, 0,
	    "for i in 1 2 3 4 5 6; do head -c 700000 /dev/urandom >$i; done");
	await_trouble();
	ck_assert_uint_le(status().troubles, 4);
	free_bytes = 100 << 20;
	pair_settle(&pair);
	pair_expect_equal(&pair);
}
END_TEST

START_TEST(L17_a_copy_of_what_is_here_needs_room)
{
	free_bytes = 100 << 20;
	pair_sh(&pair, 0, "head -c 5000000 /dev/urandom >large");
	pair_settle(&pair);
	free_bytes = 3 << 20;
	pair_run(&pair, 1100); /* what was seen before is believed so long */
	pair_sh(&pair, 0, "cp large more");
	await_trouble();
	ck_assert_str_eq(status().trouble_path, "more");
	free_bytes = 100 << 20;
	pair_settle(&pair);
	pair_expect_equal(&pair);
}
END_TEST

START_TEST(L45_a_hole_needs_no_room)
{
	pair_sh(&pair, 0, "echo 1 >holes; truncate -s 60M holes");
	pair_settle(&pair);
	pair_sh(&pair, 0, "cp --sparse=always holes more");
	pair_settle(&pair);
	pair_expect_equal(&pair);
}
END_TEST

TCase *
folder_room_tcase(void)
{
	TCase *t = tcase_create("room");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(
	    t, L17_a_file_that_cannot_fit_waits_and_the_rest_goes_on);
	tcase_add_test(t, L17_small_files_wait_as_well);
	tcase_add_test(t, L17_what_is_on_its_way_counts);
	tcase_add_test(t, L17_a_copy_of_what_is_here_needs_room);
	tcase_add_test(t, L45_a_hole_needs_no_room);
	return t;
}
