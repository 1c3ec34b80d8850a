/* SPDX-License-Identifier: Apache-2.0 */
/* Memories lost or put back, alone or with the machine: both ends unite, and
 * nothing is taken for deleted or known that is not (LESSONS 11). */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <string.h>

#include "tests/daemon/folder/folder_liar.h"
#include "tests/daemon/folder/folder_test.h"

static struct folder_pair pair;

/* The real host; an image of a disk that is put back shows nothing of it. */
static struct host_ops ops;
static const struct host_ops *real;
static bool image;

static int
stat_image(void *self, int dir, const char *name, struct host_stat *out)
{
	int rc = real->stat_at(self, dir, name, out);

	if (image)
		pair_same_marker(name, out);
	return rc;
}

/* Both hold a, b and d/c. */
static void
setup(void)
{
	pair_init(&pair);
	real = pair.host->ops;
	ops = *real;
	ops.stat_at = stat_image;
	pair.host->ops = &ops;
	image = true;
	pair_sh(&pair, 0, "echo 1 >a; echo 2 >b; mkdir d; echo 3 >d/c");
	pair_up(&pair);
}

static void
teardown(void)
{
	pair_release(&pair);
}

/* Backs up side 1, which is stopped meanwhile when asked; what of it is put
 * back later is in words: state, b (its folder). */
static void
back_up(bool stopped)
{
	if (stopped)
		pair_close(&pair, 1);
	pair_sh(&pair, 1, "cd ..; cp -a state1 state1.old; cp -a b b.old");
	if (!stopped)
		return;
	pair_open(&pair, 1);
	pair_cut(&pair);
	pair_connect(&pair);
	pair_settle(&pair);
}

static void
put_back(const char *what)
{
	pair_sh(&pair, 1,
	    "cd ..; for x in %s; do find $x -mindepth 1 -delete; "
	    "cp -a $x.old/. $x; done",
	    what);
}

static void
stop(void)
{
	pair_cut(&pair);
	pair_close(&pair, 1);
}

static void
start(void)
{
	pair_open(&pair, 1);
	pair_connect(&pair);
	pair_settle(&pair);
	pair_expect_equal(&pair);
}

/* Edits, deletes, makes: at side 1, and the other hears of it. */
static void
go_on(void)
{
	pair_sh(&pair, 1, "echo 11 >a; rm b; echo 4 >e");
	pair_run(&pair, 1300);
	pair_settle(&pair);
}

static bool
waits_for_what_is_lost(void *folder)
{
	struct folder_status st;

	folder_status(folder, &st);
	return st.waiting[PLAN_WHY_LOST] > 0;
}

START_TEST(L11_a_lost_database_unites)
{
	stop();
	pair_sh(&pair, 1, "rm -r ../state1/*; echo 11 >a; rm b; echo 4 >e");
	pair_sh(&pair, 0, "echo 33 >d/c; ln -s x l");
	start();
	ck_assert_str_eq(
	    pair_out(&pair, 0, "cat a a.conflict-* b d/c e | tr '\n' ' '"),
	    "11 1 2 33 4 ");
}
END_TEST

static bool
waits_for_a_peer(void *folder)
{
	struct folder_status st;

	folder_status(folder, &st);
	return st.waiting[PLAN_WHY_FRESH] > 0;
}

START_TEST(L11_a_lost_database_waits_for_a_peer_over_a_stop)
{
	struct folder_status st;

	stop();
	pair_sh(&pair, 1, "rm -r ../state1/*; echo 4 >e");
	pair_sh(&pair, 1, "mkdir -m 700 n; echo 5 >n/m"); /* its bits, too */
	for (int i = 0; i < 2; i++) {
		pair_open(&pair, 1);
		pair_wait(&pair, waits_for_a_peer, pair.side[1].folder);
		folder_status(pair.side[1].folder, &st);
		ck_assert(!st.in_sync);
		pair_close(&pair, 1);
	}
	start();
	ck_assert_str_eq(pair_out(&pair, 0, "ls"), "a\nb\nd\ne\nn");
	ck_assert_str_eq(pair_out(&pair, 0, "cat e n/m"), "4\n5");
}
END_TEST

START_TEST(a_user_may_say_that_no_peer_has_to_be_heard)
{
	struct folder_status st;

	stop();
	pair_sh(&pair, 1, "rm -r ../state1/*");
	pair_open(&pair, 1);
	pair_wait(&pair, waits_for_a_peer, pair.side[1].folder);
	folder_accept(pair.side[1].folder);
	pair_looked(&pair, 1);
	folder_status(pair.side[1].folder, &st);
	ck_assert_uint_eq(st.files, 3);
	stop();
	start();
}
END_TEST

START_TEST(L11_an_older_database_unites)
{
	back_up(true);
	go_on();
	stop();
	put_back("state1");
	start();
	ck_assert_str_eq(pair_out(&pair, 0, "ls"), "a\nd\ne");
	ck_assert_str_eq(pair_out(&pair, 0, "cat a e"), "11\n4");
}
END_TEST

START_TEST(L11_an_older_folder_deletes_nothing)
{
	back_up(true);
	go_on();
	pair_sh(&pair, 0, "echo 5 >new");
	pair_settle(&pair);
	stop();
	put_back("b");
	start();
	ck_assert_str_eq(pair_out(&pair, 0, "cat a e new"), "11\n4\n5");
}
END_TEST

/* A restored tree lacks what was made here since. That no peer has to be heard
 * gives none of it up: whether it is lost is asked then. */
START_TEST(L11_trusting_a_new_memory_gives_nothing_up)
{
	struct folder *f;

	back_up(true);
	go_on();
	pair_sh(&pair, 1, "echo 5 >mine");
	pair_settle(&pair);
	stop();
	put_back("b");
	pair_open(&pair, 1);
	f = pair.side[1].folder;
	pair_wait(&pair, waits_for_a_peer, f);
	folder_accept(f);
	pair_wait(&pair, waits_for_what_is_lost, f);
	pair_connect(&pair);
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 0, "cat a e mine"), "11\n4\n5");
}
END_TEST

/* Its count is of another machine, which started more often: it is older than
 * this database all the same. */
START_TEST(L11_an_older_folder_of_a_peer_deletes_nothing)
{
	for (int i = 0; i < 3; i++) {
		pair_cut(&pair);
		pair_close(&pair, 0);
		pair_open(&pair, 0);
	}
	pair_close(&pair, 0);
	pair_sh(&pair, 1, "cd ..; cp -a a b.old");
	pair_open(&pair, 0);
	pair_connect(&pair);
	pair_settle(&pair);
	go_on();
	stop();
	put_back("b");
	start();
	ck_assert_str_eq(pair_out(&pair, 0, "cat a e"), "11\n4");
}
END_TEST

START_TEST(L9_a_folder_without_its_marker_deletes_nothing)
{
	stop();
	pair_sh(&pair, 1, "rm -r .tutti b d");
	start();
	ck_assert_str_eq(pair_out(&pair, 0, "cat a b d/c"), "1\n2\n3");
}
END_TEST

/* The whole machine: its counters are used again before anybody is heard, and
 * the first of them at the same path. */
static void
restore_machine(bool stopped)
{
	back_up(stopped);
	go_on();
	stop();
	put_back("state1 b");
	pair_open(&pair, 1);
	pair_sh(&pair, 1, "echo 12 >a");
	pair_run(&pair, 300);
	pair_sh(&pair, 1, "echo 6 >f; echo 7 >g; echo 8 >h; echo 9 >i");
	pair_sh(&pair, 1, "echo 10 >j; echo 33 >d/c");
	pair_join(&pair, 500);
	ck_assert_str_eq(
	    pair_out(&pair, 0, "cat a a.con* d/c e f g h i j | tr '\n' ' '"),
	    "12 11 33 4 6 7 8 9 10 ");
}

START_TEST(L11_a_restored_machine_uses_no_counter_twice)
{
	restore_machine(true);
}
END_TEST

/* File by file: the marker's ctime shows it. */
START_TEST(L11_nor_does_one_restored_by_copying)
{
	image = false;
	restore_machine(true);
}
END_TEST

/* The state stays as it was in the middle of its run, and so does the marker:
 * nothing of the stop is noted. */
static void
crash(void)
{
	pair_sh(&pair, 1, "cp -a ../state1 ../state1.now; cp .tutti/folder ..");
	pair_close(&pair, 1);
	pair_sh(&pair, 1,
	    "mv ../folder .tutti; cd ../state1; find . -mindepth 1 -delete; "
	    "cp -a ../state1.now/. .");
	pair_open(&pair, 1);
}

static uint64_t
number_now(void)
{
	struct liar liar;
	uint64_t number;

	liar_init(&liar, &pair.side[1], 1);
	liar_offer(&liar, 0x4242, NULL);
	number = liar.replica;
	liar_release(&liar);
	return number;
}

/* A backup made while it ran has the token of its tree, so whoever else was
 * told of what came after it could not say so. */
START_TEST(L11_a_crash_changes_the_number_and_a_stop_does_not)
{
	uint64_t number = number_now();

	stop();
	start();
	ck_assert_uint_eq(number_now(), number);
	pair_cut(&pair);
	crash();
	ck_assert_uint_ne(number_now(), number);
}
END_TEST

/* What was made since the backup may be known to somebody who is not here. */
START_TEST(L11_a_machine_that_was_copied_back_changes_its_number)
{
	uint64_t number = number_now();

	stop();
	pair_sh(&pair, 1, "cd ..; cp -a b b.old");
	put_back("b");
	start();
	ck_assert_uint_eq(number_now(), number);
	image = false;
	stop();
	pair_sh(&pair, 1, "cd ..; rm -r b.old; cp -a b b.old");
	put_back("b");
	start();
	ck_assert_uint_ne(number_now(), number);
}
END_TEST

static int
rename_no_marker(void *self, int from_dir, const char *from, int to_dir,
    const char *to, enum host_rename_how how)
{
	if (strcmp(to, "folder") == 0)
		return -ENOSPC;
	return real->rename(self, from_dir, from, to_dir, to, how);
}

/* That it was copied back shows only until its marker is ours again. */
START_TEST(L11_17_nor_does_one_that_cannot_start_at_once)
{
	uint64_t number = number_now();

	image = false;
	stop();
	pair_sh(&pair, 1, "cd ..; cp -a b b.old");
	put_back("b");
	ops.rename = rename_no_marker;
	ck_assert_int_lt(pair_try_open(&pair, 1), 0);
	ops.rename = real->rename;
	start();
	ck_assert_uint_ne(number_now(), number);
}
END_TEST

/* A backup made before it has the number that the database began with. */
START_TEST(L11_a_first_start_changes_the_number)
{
	struct folder_side *side = &pair.side[1];
	struct index *ix;
	uint64_t number;

	pair_cut(&pair);
	pair_close(&pair, 1);
	pair_sh(&pair, 1, "rm -r .tutti; find ../state1 -mindepth 1 -delete");
	ck_assert_int_eq(
	    index_open(pair.host, side->state_fd, INDEX_CREATE, &ix), 0);
	number = index_replica(ix);
	index_close(ix);
	pair_open(&pair, 1);
	ck_assert_uint_ne(index_replica(side->folder->index), number);
}
END_TEST

/* Else the number changes with the crash, and nobody can tell any more. */
START_TEST(L11_nor_does_one_that_crashes_before_it_hears_anybody)
{
	back_up(true);
	go_on();
	stop();
	put_back("state1 b");
	pair_open(&pair, 1);
	pair_sh(&pair, 1, "for i in 1 2 3 4 5 6 7 8; do echo new$i >n$i; done");
	pair_run(&pair, 500);
	crash();
	pair_connect(&pair);
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(
	    pair_out(&pair, 0, "cat a e n1 n8"), "11\n4\nnew1\nnew8");
}
END_TEST

START_TEST(L11_nor_does_one_restored_to_when_it_ran)
{
	restore_machine(false);
}
END_TEST

/* A peer that knows more of us than we ever said, with the truth or not, is
 * answered by another number; and who believed it is sent what it lacks. */
START_TEST(L35_who_was_lied_to_about_us_is_sent_what_there_is)
{
	struct vector k = {0};
	struct version v = liar_file("bait", 0x4242, 1);
	struct liar liar;
	uint64_t number;

	pair_cut(&pair);
	liar_init(&liar, &pair.side[1], 1);
	liar_offer(&liar, 0x4242, NULL);
	number = liar.replica;
	liar_release(&liar);
	/* Side 0 is told that side 1 has made a million versions. */
	liar_init(&liar, &pair.side[0], 1);
	liar_offer(&liar, 0x4242, NULL);
	ck_assert_int_eq(vector_raise(&k, (struct dot){number, 1000000}), 0);
	v.kind = KIND_GONE;
	v.n_deleted = 1;
	v.deleted = &v.content;
	liar_version(&liar, &v, &k);
	ck_assert_int_eq(liar.rc, 0);
	liar_release(&liar);
	vector_release(&k);
	pair_sh(&pair, 1, "echo 6 >f");
	pair_join(&pair, 300);
	ck_assert_str_eq(pair_out(&pair, 0, "cat f"), "6");
}
END_TEST

/* What is at a path is as to one who has just learnt what others know. */
static void
forget_base(struct folder *f, struct span path)
{
	struct entry e;

	entry_init(&e);
	ck_assert_int_eq(index_load(f->index, path, &e), 0);
	version_free(e.base.version);
	e.base = (struct agreement){0};
	ck_assert_int_eq(index_store(f->index, &e, 0), 0);
	entry_release(&e);
}

static void
expect_dir(struct folder *f, struct span path, unsigned bits)
{
	struct entry e;

	entry_init(&e);
	ck_assert_int_eq(index_load(f->index, path, &e), 0);
	ck_assert_ptr_nonnull(e.base.version);
	ck_assert_int_eq(e.base.version->kind, KIND_DIR);
	ck_assert_uint_eq(e.base.version->bits, bits);
	entry_release(&e);
}

/* The look came upon new directories while nothing could be concluded, and upon
 * what is in them just after; of one, others know a file. */
START_TEST(L11_a_directory_is_told_before_what_is_in_it)
{
	const struct observation dir = {.kind = KIND_DIR, .bits = 0700};
	const struct observation file = {
	    .kind = KIND_FILE, .bits = 0600, .size = 1, .content = {{1}}};
	struct folder *f;

	stop();
	pair_open(&pair, 1);
	f = pair.side[1].folder;
	pair_run(&pair, 300);
	f->fresh = true;
	ck_assert_int_eq(folder_batch(f), 0);
	forget_base(f, SPAN_LIT("a"));
	ck_assert_int_eq(folder_observe(f, SPAN_LIT("a"), &dir, NULL), 0);
	ck_assert_int_eq(folder_observe(f, SPAN_LIT("new"), &dir, NULL), 0);
	f->fresh = false;
	ck_assert_int_eq(folder_observe(f, SPAN_LIT("a/x"), &file, NULL), 0);
	ck_assert_int_eq(folder_observe(f, SPAN_LIT("new/x"), &file, NULL), 0);
	expect_dir(f, SPAN_LIT("a"), 0700);
	expect_dir(f, SPAN_LIT("new"), 0700);
}
END_TEST

TCase *
folder_rollback_tcase(void)
{
	TCase *t = tcase_create("rollback");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, L11_a_lost_database_unites);
	tcase_add_test(t, L11_a_lost_database_waits_for_a_peer_over_a_stop);
	tcase_add_test(t, a_user_may_say_that_no_peer_has_to_be_heard);
	tcase_add_test(t, L11_an_older_database_unites);
	tcase_add_test(t, L11_an_older_folder_deletes_nothing);
	tcase_add_test(t, L11_trusting_a_new_memory_gives_nothing_up);
	tcase_add_test(t, L11_an_older_folder_of_a_peer_deletes_nothing);
	tcase_add_test(t, L9_a_folder_without_its_marker_deletes_nothing);
	tcase_add_test(t, L11_a_restored_machine_uses_no_counter_twice);
	tcase_add_test(t, L11_nor_does_one_restored_to_when_it_ran);
	tcase_add_test(t, L11_nor_does_one_restored_by_copying);
	tcase_add_test(
	    t, L11_a_machine_that_was_copied_back_changes_its_number);
	tcase_add_test(t, L11_17_nor_does_one_that_cannot_start_at_once);
	tcase_add_test(t, L11_a_first_start_changes_the_number);
	tcase_add_test(t, L11_a_crash_changes_the_number_and_a_stop_does_not);
	tcase_add_test(
	    t, L11_nor_does_one_that_crashes_before_it_hears_anybody);
	tcase_add_test(t, L11_a_directory_is_told_before_what_is_in_it);
	tcase_add_test(t, L35_who_was_lied_to_about_us_is_sent_what_there_is);
	return t;
}
