/* SPDX-License-Identifier: Apache-2.0 */
/* What a power cut left: doubted until it was looked at, over stops too. */
#include "daemon/folder/folder_internal.h"
#include "tests/daemon/folder/folder_pair.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/daemon/folder/folder_test.h"

static struct folder_pair pair;

/* The real host, but for its boot and some errors. */
static struct host_ops ops;
static const struct host_ops *real;
static uint8_t boot;
static atomic_int sync_rc, open_rc; /* errors of all syncs, and of opening a */

static int
other_boot_id(void *self, uint8_t *out)
{
	int rc = real->boot_id(self, out);

	out[0] ^= boot;
	return rc;
}

static int
failing_sync_fs(void *self, int fd)
{
	int rc = atomic_load(&sync_rc);

	return rc < 0 ? rc : real->sync_fs(self, fd);
}

static int
failing_open(void *self, int dir, const char *name, int flags, int *out_fd)
{
	int rc = strcmp(name, "a") == 0 ? atomic_load(&open_rc) : 0;

	return rc < 0 ? rc : real->open(self, dir, name, flags, out_fd);
}

static int
stat_one_marker(void *self, int dir, const char *name, struct host_stat *out)
{
	int rc = real->stat_at(self, dir, name, out);

	pair_same_marker(name, out);
	return rc;
}

/* Both hold a, which side 0's user made, and nobody synced. */
static void
setup(void)
{
	pair_init(&pair);
	real = pair.host->ops;
	ops = *real;
	ops.boot_id = other_boot_id;
	ops.stat_at = stat_one_marker;
	ops.sync_fs = failing_sync_fs;
	ops.open = failing_open;
	pair.host->ops = &ops;
	boot = 0;
	atomic_store(&sync_rc, 0);
	atomic_store(&open_rc, 0);
	pair_up(&pair);
	pair_sh(&pair, 0, "echo text >a");
	pair_settle(&pair);
}

static void
teardown(void)
{
	pair_release(&pair);
}

/* Side 0 is as it was in the middle of its run, but for the bytes of a. */
static void
power_cut(void)
{
	pair_sh(&pair, 0, "cp -a ../state0 ../then; cp .tutti/folder ..");
	pair_cut(&pair);
	pair_close(&pair, 0);
	pair_sh(&pair, 0,
	    "mv ../folder .tutti; touch -r a ../time; : >a; "
	    "touch -r ../time a; cd ../state0; find . -mindepth 1 -delete; "
	    "cp -a ../then/. .");
	boot++;
}

static void
expect_text(void)
{
	pair_connect(&pair);
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 0, "cat a; ls"), "text\na");
}

START_TEST(L22_what_a_cut_emptied_comes_back)
{
	power_cut();
	pair_open(&pair, 0);
	expect_text();
}
END_TEST

START_TEST(L22_nothing_is_safe_before_it_was_looked_at)
{
	struct folder *f;

	power_cut();
	pair_open(&pair, 0);
	f = pair.side[0].folder;
	folder_cut_due(f);
	ck_assert(!f->syncing);
	expect_text();
}
END_TEST

START_TEST(L22_a_stop_before_the_look_makes_nothing_safe)
{
	power_cut();
	pair_open(&pair, 0);
	pair_close(&pair, 0);
	pair_open(&pair, 0);
	expect_text();
}
END_TEST

/* All else was looked at, so the stop is a clean one. */
START_TEST(L22_nor_does_a_stop_while_it_cannot_be_read)
{
	struct folder_status st = {0};

	power_cut();
	atomic_store(&open_rc, -EIO);
	pair_open(&pair, 0);
	for (int i = 0;
	     i < 2000 && (st.troubles == 0 || st.state != FOLDER_RUNNING);
	     i++) {
		pair_run(&pair, 10);
		folder_status(pair.side[0].folder, &st);
	}
	ck_assert_int_eq(st.state, FOLDER_RUNNING);
	ck_assert_uint_eq(st.troubles, 1);
	pair_close(&pair, 0);
	atomic_store(&open_rc, 0);
	pair_open(&pair, 0);
	expect_text();
}
END_TEST

/* An absence rests before it is judged, and it may not come to that. */
START_TEST(L22_nor_does_a_stop_while_an_absence_rests)
{
	power_cut();
	pair_sh(&pair, 0, "rm a");
	pair_open(&pair, 0);
	for (int i = 0; i < 2000 && pair.side[0].folder->rests == NULL; i++)
		pair_run(&pair, 5);
	ck_assert_ptr_nonnull(pair.side[0].folder->rests);
	pair_close(&pair, 0);
	pair_open(&pair, 0);
	expect_text();
}
END_TEST

/* It is older than what was there before the cut only by a clock that was set
 * back. */
START_TEST(L73_what_is_written_after_the_look_is_no_damage)
{
	const struct observation now = {.kind = KIND_FILE,
	    .bits = 0644,
	    .size = 3,
	    .mtime_ns = 1,
	    .ctime_ns = 1,
	    .content = {{1}}};
	struct folder *f;
	struct entry e;

	power_cut();
	pair_open(&pair, 0);
	f = pair.side[0].folder;
	entry_init(&e);
	for (int i = 0; i < 2000 && (!e.suspect || f->first_look); i++) {
		pair_run(&pair, 5);
		entry_release(&e);
		ck_assert_int_eq(index_load(f->index, SPAN_LIT("a"), &e), 0);
	}
	ck_assert(e.suspect && !f->first_look);
	entry_release(&e);
	ck_assert_int_eq(folder_batch(f), 0);
	ck_assert_int_eq(folder_observe(f, SPAN_LIT("a"), &now, NULL), 0);
	ck_assert_int_eq(index_load(f->index, SPAN_LIT("a"), &e), 0);
	ck_assert(!e.suspect && e.base.version != NULL);
	ck_assert(name_equal(&e.base.version->content, &now.content));
	entry_release(&e);
}
END_TEST

static void
sync_with(struct folder *f, int rc)
{
	atomic_store(&sync_rc, rc);
	folder_cut_due(f);
	for (int i = 0; i < 4000 && f->syncing; i++)
		pair_run(&pair, 5);
	ck_assert(!f->syncing);
}

START_TEST(L22_nothing_is_safe_while_this_memory_is_new)
{
	struct folder *f;

	power_cut();
	pair_open(&pair, 0);
	f = pair.side[0].folder;
	for (int i = 0; i < 2000 && (f->first_look || f->planning || f->again);
	     i++)
		pair_run(&pair, 5);
	f->fresh = true;
	folder_cut_due(f);
	ck_assert(!f->syncing);
	f->fresh = false;
	folder_cut_due(f);
	ck_assert(f->syncing);
	expect_text();
}
END_TEST

/* A user's new directory goes with a cut, and all that was placed in it. */
START_TEST(L22_what_is_placed_lasts_no_longer_than_its_directory)
{
	struct folder *f = pair.side[0].folder;
	struct entry e;

	sync_with(f, 0);
	pair_sh(&pair, 0, "mkdir d");
	pair_settle(&pair);
	ck_assert_int_eq(folder_cut_lasts(f, SPAN_LIT("")), 1);
	ck_assert_int_eq(folder_cut_lasts(f, SPAN_LIT("d")), 0);
	pair_sh(&pair, 1, "echo theirs >d/b");
	pair_settle(&pair);
	entry_init(&e);
	ck_assert_int_eq(index_load(f->index, SPAN_LIT("d/b"), &e), 0);
	ck_assert(e.base.present && e.base.era > f->cut.durable);
	entry_release(&e);
	sync_with(f, 0);
	f->lasting_known = false;
	ck_assert_int_eq(folder_cut_lasts(f, SPAN_LIT("d")), 1);
}
END_TEST

/* Absences rested, too. */
static bool
is_quiet(void *arg)
{
	const struct folder *f = arg;

	return f->state == FOLDER_RUNNING && folder_quiet(f);
}

/* Opens side 0 alone and says that what the cut left is meant. */
static void
accept_what_is_left(void)
{
	struct folder *f;

	pair_open(&pair, 0);
	f = pair.side[0].folder;
	pair_wait(&pair, is_quiet, f);
	folder_accept(f);
	pair_wait(&pair, is_quiet, f);
}

/* Both show that; what it takes the place of elsewhere is kept there. */
static void
expect_accepted(const char *ls)
{
	pair_connect(&pair);
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 0, "ls; cat *a*"), ls);
	ck_assert_str_eq(pair_out(&pair, 1, "cat .tutti/quarantine/*"), "text");
}

START_TEST(L22_what_a_cut_emptied_is_empty_once_that_is_accepted)
{
	power_cut();
	accept_what_is_left();
	expect_accepted("a");
}
END_TEST

START_TEST(L22_what_a_cut_took_is_deleted_once_that_is_accepted)
{
	power_cut();
	pair_sh(&pair, 0, "rm a; touch bar");
	accept_what_is_left();
	expect_accepted("bar");
}
END_TEST

/* Who found it empty and wrote it anew has not seen what others hold. */
START_TEST(L73_what_is_written_anew_after_a_cut_covers_nothing)
{
	power_cut();
	pair_sh(&pair, 0, "echo anew >a");
	pair_open(&pair, 0);
	pair_connect(&pair);
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(
	    pair_out(&pair, 1, "cat a a.conflict-*"), "anew\ntext");
}
END_TEST

START_TEST(L23_what_could_not_be_synced_is_not_safe_from_a_cut)
{
	struct folder *f = pair.side[0].folder;
	uint64_t durable;

	sync_with(f, 0);
	durable = f->cut.durable;
	sync_with(f, -EIO);
	ck_assert_uint_eq(f->cut.durable, durable);
	ck_assert(f->unsynced);
	sync_with(f, 0);
	ck_assert_uint_gt(f->cut.durable, durable);
}
END_TEST

TCase *
folder_cut_tcase(void)
{
	TCase *t = tcase_create("cut");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, L22_what_a_cut_emptied_comes_back);
	tcase_add_test(t, L22_nothing_is_safe_before_it_was_looked_at);
	tcase_add_test(t, L22_a_stop_before_the_look_makes_nothing_safe);
	tcase_add_test(t, L22_nor_does_a_stop_while_it_cannot_be_read);
	tcase_add_test(t, L22_nor_does_a_stop_while_an_absence_rests);
	tcase_add_test(t, L22_nothing_is_safe_while_this_memory_is_new);
	tcase_add_test(
	    t, L22_what_is_placed_lasts_no_longer_than_its_directory);
	tcase_add_test(
	    t, L22_what_a_cut_emptied_is_empty_once_that_is_accepted);
	tcase_add_test(t, L22_what_a_cut_took_is_deleted_once_that_is_accepted);
	tcase_add_test(t, L73_what_is_written_after_the_look_is_no_damage);
	tcase_add_test(t, L73_what_is_written_anew_after_a_cut_covers_nothing);
	tcase_add_test(t, L23_what_could_not_be_synced_is_not_safe_from_a_cut);
	return t;
}
