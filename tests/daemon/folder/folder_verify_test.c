/* SPDX-License-Identifier: Apache-2.0 */
/* Files that rot, and what looks like it and is none. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/daemon/folder/folder_pair.h"
#include "tests/daemon/folder/folder_test.h"
#include "tests/rot.h"

static struct folder_pair pair;

/* Two with a small and a large file each; then they part, and one of side 1's
 * rots. */
static void
begin(const char *rotten)
{
	pair_sh(&pair, 0,
	    "mkdir d; echo precious >d/f; head -c 3000000 /dev/urandom >d/big; "
	    "echo another >g");
	pair_up(&pair);
	pair_cut(&pair);
	pair_close(&pair, 1);
	if (rotten != NULL)
		ck_assert_int_eq(rot(pair.host, pair.side[1].state_fd,
				     pair.side[1].root, rotten),
		    0);
	pair_open(&pair, 1);
}

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

static struct folder_verify_status
verified(void)
{
	struct folder *f = pair.side[1].folder;
	struct folder_verify_status s = {.state = FOLDER_VERIFY_NONE};

	for (int i = 0; i < 500 && folder_verify(f) == ERR_BUSY; i++)
		pair_run(&pair, 10);
	for (int i = 0; i < 500 && s.state != FOLDER_VERIFY_DONE; i++) {
		pair_run(&pair, 10);
		folder_verify_status(f, &s);
	}
	ck_assert_int_eq(s.state, FOLDER_VERIFY_DONE);
	return s;
}

START_TEST(what_is_well_is_said_to_be)
{
	struct folder_verify_status s;

	begin(NULL);
	s = verified();
	ck_assert_uint_eq(s.files, 3);
	ck_assert_uint_eq(s.bytes, 3000000 + 9 + 8);
	ck_assert_uint_eq(s.rotten + s.unsure, 0);
}
END_TEST

START_TEST(what_rotted_is_healed_by_a_peer)
{
	struct folder_rotten rotten;
	struct folder_verify_status s;

	begin("d/f");
	pair_connect(&pair);
	pair_settle(&pair);
	ck_assert_str_ne(pair_out(&pair, 1, "cat d/f"), "precious");
	s = verified();
	ck_assert_uint_eq(s.rotten, 1);
	ck_assert_uint_eq(s.healed, 1);
	ck_assert(folder_verify_rotten(pair.side[1].folder, 0, &rotten));
	ck_assert_str_eq(rotten.path, "d/f");
	ck_assert(rotten.healed);
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 1, "cat d/f"), "precious");
	/* What it was lies in quarantine. */
	ck_assert_str_eq(
	    pair_out(&pair, 1, "cat .tutti/quarantine/* | wc -c"), "9");
	ck_assert_uint_eq(verified().rotten, 0);
}
END_TEST

START_TEST(of_a_large_file_little_has_to_come)
{
	uint64_t before;
	struct folder_verify_status s;

	begin("d/big");
	pair_connect(&pair);
	pair_settle(&pair);
	before = pair.side[1].in.bytes;
	s = verified();
	ck_assert_uint_eq(s.rotten, 1);
	ck_assert_uint_eq(s.healed, 1);
	pair_expect_equal(&pair);
	ck_assert_uint_lt(pair.side[1].in.bytes - before, 300000);
}
END_TEST

START_TEST(without_a_peer_it_waits_for_one_and_is_told_to_nobody)
{
	struct folder_verify_status s;

	begin("d/f");
	s = verified();
	ck_assert_uint_eq(s.rotten, 1);
	ck_assert_uint_eq(s.healed, 0);
	/* A stop in between changes nothing. */
	pair_close(&pair, 1);
	pair_open(&pair, 1);
	pair_join(&pair, 300);
	ck_assert_str_eq(
	    pair_out(&pair, 0, "cat d/f; find . -name '*conflict*'"),
	    "precious");
}
END_TEST

START_TEST(L43_an_edit_whose_times_are_put_back_is_an_edit)
{
	struct folder_verify_status s;

	begin(NULL);
	pair_close(&pair, 1);
	pair_sh(&pair, 1,
	    "touch -r d/f stamp; printf X | dd of=d/f bs=1 seek=2 conv=notrunc "
	    "2>/dev/null; touch -r stamp d/f; rm stamp");
	pair_open(&pair, 1);
	pair_connect(&pair);
	s = verified();
	ck_assert_uint_eq(s.rotten, 0);
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 0, "cat d/f"), "prXcious");
}
END_TEST

START_TEST(what_is_open_for_writing_is_not_judged)
{
	struct folder_verify_status s;
	char path[600];
	int fd;

	begin("d/f");
	pair_connect(&pair);
	pair_settle(&pair);
	snprintf(path, sizeof path, "%s/d/f", pair.side[1].root);
	fd = open(path, O_RDWR);
	ck_assert_int_ge(fd, 0);
	s = verified();
	close(fd);
	ck_assert_uint_eq(s.rotten, 0);
	ck_assert_uint_eq(s.unsure, 1);
}
END_TEST

TCase *
folder_verify_tcase(void)
{
	TCase *t = tcase_create("verify");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_is_well_is_said_to_be);
	tcase_add_test(t, what_rotted_is_healed_by_a_peer);
	tcase_add_test(t, of_a_large_file_little_has_to_come);
	tcase_add_test(
	    t, without_a_peer_it_waits_for_one_and_is_told_to_nobody);
	tcase_add_test(t, L43_an_edit_whose_times_are_put_back_is_an_edit);
	tcase_add_test(t, what_is_open_for_writing_is_not_judged);
	return t;
}
