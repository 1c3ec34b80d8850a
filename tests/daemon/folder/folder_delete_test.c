/* SPDX-License-Identifier: Apache-2.0 */
/* Deletes: of one file, against an edit, and of more than may be meant. */
#include "daemon/folder/folder_work_internal.h"
#include "tests/daemon/folder/folder_pair.h"

#include <stdio.h>
#include <time.h>

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

START_TEST(a_delete_arrives)
{
	pair_sh(&pair, 0, "mkdir -p d/e; echo 1 >d/e/x; echo 2 >y; echo 3 >z");
	pair_up(&pair);
	pair_sh(&pair, 1, "rm -r d y");
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 0, "ls"), "z");
}
END_TEST

START_TEST(an_edit_beats_a_delete)
{
	pair_sh(&pair, 0, "mkdir d; echo base >d/f");
	pair_up(&pair);
	pair_cut(&pair);
	pair_sh(&pair, 0, "rm -r d");
	pair_sh(&pair, 1, "echo edit >d/f");
	pair_join(&pair, 1500);
	ck_assert_str_eq(pair_out(&pair, 0, "cat d/f"), "edit");
}
END_TEST

/* The file lost to a directory that had come alive again, and wins once that
 * is empty; it is shown twice then, and which of the two the user removes
 * says nothing of the other. */
START_TEST(removing_a_copy_beside_its_content_gives_nothing_up)
{
	pair_sh(&pair, 0, "mkdir d; echo base >d/x");
	pair_up(&pair);
	pair_cut(&pair);
	pair_sh(&pair, 0, "rm -r d; echo mine >d");
	pair_sh(&pair, 1, "echo edit >d/x");
	pair_run(&pair, 1500);
	pair_connect(&pair);
	pair_settle(&pair);
	ck_assert_str_eq(
	    pair_out(&pair, 1, "cat d/x d.conflict-*"), "edit\nmine");
	pair_cut(&pair);
	pair_sh(&pair, 1, "echo new >d/y");
	pair_sh(&pair, 0, "rm d/x");
	pair_run(&pair, 1500);
	ck_assert_str_eq(
	    pair_out(&pair, 0, "cat d d.conflict-*"), "mine\nmine");
	pair_sh(&pair, 0, "rm d.conflict-*");
	pair_join(&pair, 1500);
	ck_assert_str_eq(
	    pair_out(&pair, 0, "cat d/y d.conflict-*"), "new\nmine");
}
END_TEST

static double
cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static enum folder_state
state_of(int side)
{
	struct folder_status st;

	folder_status(pair.side[side].folder, &st);
	return st.state;
}

static enum msg_halt_why
told_of(int side)
{
	struct folder_status st;

	folder_status(pair.side[side].folder, &st);
	ck_assert_uint_eq(st.n_peers, 1);
	ck_assert(st.peers[0].halted == MSG_HALT_OVER || !st.peers[0].agrees);
	return st.peers[0].halted;
}

START_TEST(a_mass_delete_halts_each_time_and_rests_meanwhile)
{
	double before;

	for (int round = 0; round < 2; round++) {
		pair_sh(&pair, 0,
		    "for i in $(seq 150); do echo $i >f$i; done; "
		    "for i in $(seq 10); do echo $i >k$i; done");
		if (round == 0)
			pair_up(&pair);
		pair_settle(&pair);
		pair_sh(&pair, 0, "rm f*");
		for (int i = 0; i < 300 && state_of(0) != FOLDER_HALTED; i++)
			pair_run(&pair, 20);
		ck_assert_int_eq(state_of(0), FOLDER_HALTED);
		pair_run(&pair, 200);
		ck_assert_int_eq(told_of(1), MSG_HALT_DELETES);
		before = cpu_s();
		pair_run(&pair, 1000);
		ck_assert(cpu_s() - before < 0.5);
		ck_assert_str_eq(pair_out(&pair, 1, "ls | wc -l"), "160");
		/* Who comes later is told, too. */
		pair_cut(&pair);
		pair_connect(&pair);
		pair_run(&pair, 200);
		ck_assert_int_eq(told_of(1), MSG_HALT_DELETES);
		folder_accept(pair.side[0].folder);
		pair_settle(&pair);
		ck_assert_int_eq(told_of(1), MSG_HALT_OVER);
		ck_assert_str_eq(pair_out(&pair, 1, "ls | wc -l"), "10");
	}
}
END_TEST

/* No look sees the files go, only their directory. */
START_TEST(L13_a_directory_that_is_moved_away_halts_as_its_files_do)
{
	pair_sh(&pair, 0,
	    "mkdir d; for i in $(seq 150); do echo $i >d/$i; done; "
	    "for i in $(seq 10); do echo $i >k$i; done");
	pair_up(&pair);
	pair_sh(&pair, 0, "mv d ../away");
	for (int i = 0; i < 300 && state_of(0) != FOLDER_HALTED; i++)
		pair_run(&pair, 20);
	ck_assert_int_eq(state_of(0), FOLDER_HALTED);
	ck_assert_str_eq(pair_out(&pair, 1, "ls d | wc -l"), "150");
}
END_TEST

/* ---- placed, and that was not stored ------------------------------------- */

static int64_t
note_kept(struct folder *f, const struct version *v, const char *path)
{
	struct index_kept k = {
	    .content = v->content, .since_ns = host_now_ns(f->host)};

	buf_init(&k.path, 64);
	ck_assert_int_eq(buf_add(&k.path, span_str(path)), 0);
	ck_assert_int_eq(index_next_id(f->index, &k.id), 0);
	ck_assert_int_eq(index_kept_put(f->index, &k), 0);
	buf_release(&k.path);
	return k.id;
}

/* What is stored of a path becomes as it was before its file stood there, with a
 * note or without one that it was to; kept: what its bytes, which quarantine
 * had for a while, lay there for; NULL: they did not. */
static void
unstore(struct folder *f, const char *path, bool intended, const char *kept)
{
	struct entry e;

	entry_init(&e);
	ck_assert_int_eq(folder_batch(f), 0);
	ck_assert_int_eq(index_load(f->index, span_str(path), &e), 0);
	ck_assert_ptr_nonnull(e.base.version);
	if (kept != NULL)
		note_kept(f, e.base.version, kept);
	if (intended)
		e.intent = (struct agreement){
		    .present = true, .version = e.base.version};
	else
		version_free(e.base.version);
	e.base = (struct agreement){0};
	e.disk = (struct observation){.kind = KIND_NONE};
	ck_assert_int_eq(index_store(f->index, &e, 0), 0);
	entry_release(&e);
}

/* Side 0 made files of one content, alone. */
static struct folder *
made(const char *files)
{
	pair_sh(&pair, 0, "for i in %s; do echo mine >$i; done", files);
	pair_open(&pair, 0);
	pair_looked(&pair, 0);
	pair_open(&pair, 1);
	return pair.side[0].folder;
}

static uint64_t
lost(struct folder *f)
{
	struct folder_status st;

	folder_status(f, &st);
	return st.waiting[PLAN_WHY_LOST];
}

/* So many are waited for, now and later, and nobody is told that they were
 * deleted. */
static void
expect_lost(struct folder *f, uint64_t n)
{
	pair_connect(&pair);
	for (int i = 0; i < 2000 && lost(f) < n; i++)
		pair_run(&pair, 5);
	ck_assert_uint_eq(lost(f), n);
	pair_run(&pair, 1500);
	ck_assert_uint_eq(lost(f), n);
}

static enum kind
wanted_kind(struct folder *f)
{
	const struct version *v;
	struct entry e;
	enum kind kind;
	bool derived;

	entry_init(&e);
	ck_assert_int_eq(index_load(f->index, SPAN_LIT("f"), &e), 0);
	v = entry_wanted(&e, &derived);
	ck_assert_ptr_nonnull(v);
	kind = v->kind;
	entry_release(&e);
	return kind;
}

/* It left quarantine for no other name. So it stood there, and its user took
 * it away. */
START_TEST(L20_65_a_file_taken_away_before_its_placing_was_stored_is_deleted)
{
	struct folder *f = made("f");

	unstore(f, "f", true, "f");
	pair_sh(&pair, 0, "rm f");
	pair_join(&pair, 300);
	ck_assert_uint_eq(lost(f), 0);
	ck_assert_int_eq(wanted_kind(f), KIND_GONE);
}
END_TEST

START_TEST(L20_65_a_file_whose_placing_was_not_stored_is_found)
{
	struct folder *f = made("f");

	unstore(f, "f", true, "f");
	pair_join(&pair, 300);
	ck_assert_int_eq(wanted_kind(f), KIND_FILE);
	ck_assert_str_eq(pair_out(&pair, 1, "cat f"), "mine");
}
END_TEST

/* The copy may have its version, and its content nowhere else. */
START_TEST(L65_what_lies_aside_for_a_copy_is_not_taken_for_another_name)
{
	static const char *const lay_for[] = {
	    "x", "x.conflict-20260101T000000Z-AAAAAA"};

	for (int i = 0; i < 2; i++) {
		struct folder *f = i == 0 ? made("f") : pair.side[0].folder;
		struct entry e;
		char there[64];

		entry_init(&e);
		ck_assert_int_eq(folder_batch(f), 0);
		ck_assert_int_eq(index_load(f->index, SPAN_LIT("f"), &e), 0);
		snprintf(there, sizeof there, ".tutti/quarantine/%lld",
		    (long long)note_kept(f, e.base.version, lay_for[i]));
		entry_release(&e);
		pair_sh(&pair, 0, "cp f %s", there);
		pair_sh(&pair, 1, "echo mine >g%d", i);
		if (i == 0)
			pair_connect(&pair);
		pair_settle(&pair);
		pair_expect_equal(&pair);
		ck_assert_str_eq(pair_out(&pair, 0, "cat g*"),
		    i == 0 ? "mine" : "mine\nmine");
		pair_sh(&pair, 0, "test %s -e %s", i == 0 ? "!" : "", there);
	}
}
END_TEST

/* A power cut may have taken it from quarantine. */
START_TEST(L21_what_came_before_the_machine_started_is_not_taken_for_deleted)
{
	struct folder *f = made("f");

	unstore(f, "f", true, "f");
	f->cut.boot_first_id = INT64_MAX;
	pair_sh(&pair, 0, "rm f");
	expect_lost(f, 1);
}
END_TEST

/* Its bytes were in the stage, say, which a start empties. */
START_TEST(L20_what_was_not_in_quarantine_is_not_taken_for_deleted)
{
	struct folder *f = made("f");

	unstore(f, "f", true, NULL);
	pair_sh(&pair, 0, "rm f");
	expect_lost(f, 1);
}
END_TEST

START_TEST(L20_what_lay_there_for_another_path_is_not_taken_for_deleted)
{
	struct folder *f = made("f");

	unstore(f, "f", true, "elsewhere");
	pair_sh(&pair, 0, "rm f");
	expect_lost(f, 1);
}
END_TEST

/* It may have been placed at g. */
START_TEST(L20_what_may_have_served_another_path_is_not_taken_for_deleted)
{
	struct folder *f = made("f g");

	unstore(f, "f", true, "f");
	unstore(f, "g", true, NULL);
	pair_sh(&pair, 0, "rm f g");
	expect_lost(f, 2);
}
END_TEST

START_TEST(L20_where_too_much_is_open_nothing_is_taken_for_deleted)
{
	struct folder *f;
	char name[24];

	pair_sh(&pair, 0, "for i in $(seq %d); do echo $i >o$i; done",
	    WORK_OPEN_MAX);
	f = made("f");
	unstore(f, "f", true, "f");
	for (int i = 1; i <= WORK_OPEN_MAX; i++) {
		snprintf(name, sizeof name, "o%d", i);
		unstore(f, name, true, NULL);
	}
	pair_sh(&pair, 0, "rm f o*");
	expect_lost(f, WORK_OPEN_MAX + 1);
}
END_TEST

START_TEST(L20_what_stands_elsewhere_is_placed_again)
{
	struct folder *f = made("f g");

	unstore(f, "f", true, "f");
	pair_sh(&pair, 0, "rm f");
	pair_join(&pair, 300);
	ck_assert_str_eq(pair_out(&pair, 1, "cat f g"), "mine\nmine");
}
END_TEST

/* Nor when another file of its content turns out to be lost. */
START_TEST(L20_what_was_not_intended_is_not_taken_for_deleted)
{
	struct folder *f = made("f");
	struct entry e;

	unstore(f, "f", false, "f");
	pair_sh(&pair, 0, "rm f");
	expect_lost(f, 1);
	entry_init(&e);
	ck_assert_int_eq(folder_batch(f), 0);
	ck_assert_int_eq(index_load(f->index, SPAN_LIT("f"), &e), 0);
	note_kept(f, e.known.v.items[0], "f");
	entry_release(&e);
	folder_plan_again(f);
	pair_run(&pair, 1500);
	ck_assert_uint_eq(lost(f), 1);
}
END_TEST

static TCase *
delete_tcase(void)
{
	TCase *t = tcase_create("delete");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, a_delete_arrives);
	tcase_add_test(t, an_edit_beats_a_delete);
	tcase_add_test(t, removing_a_copy_beside_its_content_gives_nothing_up);
	tcase_add_test(t, a_mass_delete_halts_each_time_and_rests_meanwhile);
	tcase_add_test(
	    t, L13_a_directory_that_is_moved_away_halts_as_its_files_do);
	tcase_add_test(t,
	    L20_65_a_file_taken_away_before_its_placing_was_stored_is_deleted);
	tcase_add_test(t, L20_65_a_file_whose_placing_was_not_stored_is_found);
	tcase_add_test(
	    t, L65_what_lies_aside_for_a_copy_is_not_taken_for_another_name);
	tcase_add_test(t,
	    L21_what_came_before_the_machine_started_is_not_taken_for_deleted);
	tcase_add_test(
	    t, L20_what_was_not_in_quarantine_is_not_taken_for_deleted);
	tcase_add_test(
	    t, L20_what_lay_there_for_another_path_is_not_taken_for_deleted);
	tcase_add_test(
	    t, L20_what_may_have_served_another_path_is_not_taken_for_deleted);
	tcase_add_test(
	    t, L20_where_too_much_is_open_nothing_is_taken_for_deleted);
	tcase_add_test(t, L20_what_stands_elsewhere_is_placed_again);
	tcase_add_test(t, L20_what_was_not_intended_is_not_taken_for_deleted);
	return t;
}

int
main(void)
{
	static run_tcase *const tcases[] = {delete_tcase};

	return run_tests(
	    "folder_delete", tcases, sizeof tcases / sizeof *tcases);
}
