/* SPDX-License-Identifier: Apache-2.0 */
/* What cannot be done, or not now, is refused with the reason. */
#include "daemon/folder/folder_internal.h"
#include "tests/daemon/folder/folder_pair.h"

#include <errno.h>
#include <string.h>

#include "tests/daemon/folder/folder_test.h"

static struct folder_pair pair;
static struct folder *f; /* of side 0 */
static struct folder_conflicts all;
static const struct folder_conflict *c; /* f.txt's */

/* Side 0's f.txt lost to side 1's: its copy stands beside. */
static void
setup(void)
{
	pair_init(&pair);
	pair_sh(&pair, 0, "echo left >f.txt; touch -d '2020-01-01' f.txt");
	pair_sh(&pair, 1, "echo right >f.txt; touch -d '2021-01-01' f.txt");
	pair_up(&pair);
	f = pair.side[0].folder;
	memset(&all, 0, sizeof all);
	ck_assert_int_eq(folder_conflicts(f, &all), 0);
	ck_assert_uint_eq(all.v.n, 1);
	c = &all.v.items[0];
}

static void
teardown(void)
{
	folder_conflicts_release(&all);
	pair_release(&pair);
}

/* ---- what is asked ------------------------------------------------------- */

static int
choose(void)
{
	return folder_conflict_choose(
	    f, span_str(c->copy.path), &c->copy.content, &c->home.content);
}

static int
drop(void)
{
	return folder_conflict_remove(
	    f, span_str(c->copy.path), &c->copy.content);
}

static int
tell(void *arg, const struct folder_version *v)
{
	(void)v;
	++*(unsigned *)arg;
	return 0;
}

static int
history(const char *path)
{
	const struct folder_range range = {.path = span_str(path)};
	unsigned n = 0;
	struct buf after;
	int rc;

	buf_init(&after, LIMIT_PATH_BYTES);
	rc = folder_history(f, &range, tell, &n, &after);
	buf_release(&after);
	return rc < 0 ? rc : (int)n;
}

static void
restored(void *arg, const struct folder_changes *changes)
{
	*(int *)arg = changes->rc == 0 ? 1 : changes->rc;
}

/* Of all as it was long ago: that nothing was there yet changes nothing. */
static int
restore(bool dry, int *out_done)
{
	const struct folder_restore_options o = {.at_ns = 1, .dry = dry};

	*out_done = 0;
	return folder_restore(f, &o, restored, out_done);
}

static int
conflicts(void)
{
	struct folder_conflicts list = {0};
	int rc = folder_conflicts(f, &list);

	folder_conflicts_release(&list);
	return rc;
}

static void
count(void *arg)
{
	++*(unsigned *)arg;
}

/* ---- states -------------------------------------------------------------- */

START_TEST(a_halted_folder_tells_but_does_nothing)
{
	int done;

	folder_halt(f, FOLDER_HALT_DELETES, "for a test");
	ck_assert_int_eq(choose(), ERR_HALTED);
	ck_assert_int_eq(drop(), ERR_HALTED);
	ck_assert_int_eq(folder_verify(f), ERR_HALTED);
	ck_assert_int_eq(folder_scan(f, NULL, NULL), ERR_HALTED);
	ck_assert_int_eq(restore(false, &done), ERR_HALTED);
	ck_assert_int_eq(conflicts(), 0);
	ck_assert_int_ge(history("f.txt"), 1);
	/* Another reason does not take the first one's place. */
	folder_halt(f, FOLDER_HALT_MISSING, "for another");
	ck_assert_int_eq(f->halt_why, FOLDER_HALT_DELETES);
	folder_accept(f);
	ck_assert_int_ge(choose(), 0);
}
END_TEST

START_TEST(a_failed_folder_tells_nothing_and_whoever_waits_is_told)
{
	struct folder_verify_status st;
	unsigned waited = 0;
	int done;

	ck_assert_int_eq(folder_verify(f), 0);
	folder_fail(f, -EIO, "a test");
	folder_fail(f, -ENOSPC, "what follows from it");
	ck_assert_str_eq(f->halt, err_text(-EIO));
	ck_assert_int_eq(choose(), ERR_BUSY);
	ck_assert_int_eq(drop(), ERR_BUSY);
	ck_assert_int_eq(folder_verify(f), ERR_BUSY);
	ck_assert_int_eq(restore(false, &done), ERR_HALTED);
	ck_assert_int_eq(conflicts(), ERR_BUSY);
	ck_assert_int_eq(history("f.txt"), ERR_BUSY);
	folder_verify_status(f, &st);
	ck_assert_int_eq(st.state, FOLDER_VERIFY_NONE);
	/* Halting and accepting are no way back. */
	folder_halt(f, FOLDER_HALT_DELETES, "for a test");
	folder_accept(f);
	ck_assert_int_eq(f->state, FOLDER_FAILED);
	ck_assert_int_eq(folder_scan(f, count, &waited), 0);
	pair_cut(&pair);
	pair_close(&pair, 0);
	ck_assert_uint_eq(waited, 1);
}
END_TEST

START_TEST(who_only_receives_settles_and_restores_nothing)
{
	int done;

	pair_cut(&pair);
	pair_close(&pair, 0);
	pair.side[0].mode = MSG_MODE_RECEIVE;
	pair_open(&pair, 0);
	pair_connect(&pair);
	pair_settle(&pair);
	f = pair.side[0].folder;
	ck_assert_int_eq(choose(), ERR_HALTED);
	ck_assert_int_eq(drop(), ERR_HALTED);
	ck_assert_int_eq(restore(false, &done), -EROFS);
	ck_assert_int_eq(restore(true, &done), 0);
	ck_assert_int_eq(done, 1);
}
END_TEST

START_TEST(before_the_first_look_is_done_nothing_is_settled)
{
	pair_cut(&pair);
	pair_close(&pair, 0);
	pair_open(&pair, 0);
	f = pair.side[0].folder;
	ck_assert_int_eq(choose(), ERR_BUSY);
	ck_assert_int_eq(drop(), ERR_BUSY);
	ck_assert_int_eq(folder_verify(f), ERR_BUSY);
}
END_TEST

/* Its memory is new: it does not know what others have. */
START_TEST(before_a_peer_was_heard_nothing_is_settled)
{
	int done;

	f->fresh = true;
	ck_assert_int_eq(choose(), ERR_BUSY);
	ck_assert_int_eq(drop(), ERR_BUSY);
	ck_assert_int_eq(folder_verify(f), ERR_BUSY);
	ck_assert_int_eq(restore(false, &done), ERR_BUSY);
	f->fresh = false;
}
END_TEST

/* ---- paths --------------------------------------------------------------- */

START_TEST(what_is_no_copy_is_not_settled)
{
	const struct span home = SPAN_LIT("f.txt");

	ck_assert_int_eq(
	    folder_conflict_choose(f, home, &c->home.content, &c->home.content),
	    ERR_NOTFOUND);
	ck_assert_int_eq(
	    folder_conflict_remove(f, home, &c->home.content), ERR_NOTFOUND);
	/* Its name alone makes nothing a copy of what was never there. */
	ck_assert_int_eq(folder_conflict_remove(f,
			     SPAN_LIT("x.conflict-20200101T000000Z-AAAAAA"),
			     &c->copy.content),
	    1);
	ck_assert_int_eq(history("none"), ERR_NOTFOUND);
	ck_assert_int_eq(history(""), 1); /* what stood at f.txt */
}
END_TEST

START_TEST(a_copy_takes_no_directorys_place)
{
	pair_sh(&pair, 0, "rm f.txt; mkdir f.txt; echo in >f.txt/x");
	pair_run(&pair, 1300);
	pair_settle(&pair);
	ck_assert_int_eq(choose(), -EISDIR);
	ck_assert_str_eq(pair_out(&pair, 1, "cat f.txt/x"), "in");
}
END_TEST

START_TEST(what_is_on_its_way_is_settled_later)
{
	const struct span copy = span_str(c->copy.path);

	ck_assert_int_eq(folder_work_guard(f, copy), 0);
	ck_assert_int_eq(choose(), ERR_BUSY);
	ck_assert_int_eq(drop(), ERR_BUSY);
	folder_work_drop(f, folder_work(f, copy));
	ck_assert_int_eq(folder_work_guard(f, SPAN_LIT("f.txt")), 0);
	ck_assert_int_eq(choose(), ERR_BUSY);
	folder_work_drop(f, folder_work(f, SPAN_LIT("f.txt")));
	ck_assert_int_eq(drop(), 0);
	ck_assert_int_eq(drop(), 0); /* asked again meanwhile */
	pair_settle(&pair);
	ck_assert_int_eq(drop(), 1);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 1, "ls"), "f.txt");
}
END_TEST

START_TEST(a_link_that_lost_is_chosen_and_removed_as_a_file_is)
{
	struct folder_conflicts list = {0};
	int rc = 0;

	pair_cut(&pair);
	pair_sh(&pair, 0, "ln -s left l; touch -hd '2020-01-01' l");
	pair_sh(&pair, 1, "ln -s right l; touch -hd '2021-01-01' l");
	pair_run(&pair, 300);
	pair_connect(&pair);
	pair_settle(&pair);
	ck_assert_int_eq(folder_conflicts(f, &list), 0);
	ck_assert_uint_eq(list.v.n, 2);
	c = &list.v.items[strncmp(list.v.items[0].copy.path, "l.", 2) != 0];
	ck_assert_int_eq(c->copy.kind, KIND_SYMLINK);
	ck_assert(!c->edited);
	for (int i = 0; i < 500 && rc == 0; i++) {
		rc = choose();
		pair_run(&pair, 10);
	}
	ck_assert_int_eq(rc, 1);
	ck_assert_int_eq(drop(), 0);
	pair_settle(&pair);
	folder_conflicts_release(&list);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 1, "readlink l; ls -d l*"), "left\nl");
}
END_TEST

/* ---- one at a time ------------------------------------------------------- */

START_TEST(one_restoring_waits_for_no_other)
{
	int first, second;

	ck_assert_int_eq(restore(false, &first), 0);
	ck_assert_int_eq(restore(false, &second), ERR_BUSY);
	ck_assert_int_eq(restore(true, &second), ERR_BUSY);
	for (int i = 0; i < 500 && first == 0; i++)
		pair_run(&pair, 10);
	ck_assert_int_eq(first, 1);
	ck_assert_int_eq(second, 0);
	ck_assert_int_eq(restore(true, &second), 0);
}
END_TEST

START_TEST(restoring_that_a_close_cuts_short_is_said)
{
	int done;

	ck_assert_int_eq(restore(false, &done), 0);
	pair_cut(&pair);
	pair_close(&pair, 0);
	ck_assert_int_eq(done, ERR_CLOSED);
}
END_TEST

START_TEST(reading_all_again_twice_is_one_run)
{
	struct folder_verify_status st;
	struct folder_rotten rotten;

	ck_assert(!folder_verify_rotten(f, 0, &rotten));
	ck_assert_int_eq(folder_verify(f), 0);
	ck_assert_int_eq(folder_verify(f), 0);
	for (int i = 0; i < 500; i++) {
		folder_verify_status(f, &st);
		if (st.state == FOLDER_VERIFY_DONE)
			break;
		pair_run(&pair, 10);
	}
	ck_assert_int_eq(st.state, FOLDER_VERIFY_DONE);
	ck_assert_uint_eq(st.files, 2);
	ck_assert_uint_eq(st.rotten, 0);
	ck_assert(!folder_verify_rotten(f, 0, &rotten));
}
END_TEST

TCase *
folder_refuse_tcase(void)
{
	TCase *t = tcase_create("refuse");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_halted_folder_tells_but_does_nothing);
	tcase_add_test(
	    t, a_failed_folder_tells_nothing_and_whoever_waits_is_told);
	tcase_add_test(t, who_only_receives_settles_and_restores_nothing);
	tcase_add_test(t, before_the_first_look_is_done_nothing_is_settled);
	tcase_add_test(t, before_a_peer_was_heard_nothing_is_settled);
	tcase_add_test(t, what_is_no_copy_is_not_settled);
	tcase_add_test(t, a_copy_takes_no_directorys_place);
	tcase_add_test(t, what_is_on_its_way_is_settled_later);
	tcase_add_test(t, a_link_that_lost_is_chosen_and_removed_as_a_file_is);
	tcase_add_test(t, one_restoring_waits_for_no_other);
	tcase_add_test(t, restoring_that_a_close_cuts_short_is_said);
	tcase_add_test(t, reading_all_again_twice_is_one_run);
	return t;
}
