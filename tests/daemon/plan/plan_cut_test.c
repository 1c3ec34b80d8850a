/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/plan/plan_test.h"

static struct scene s;

/* A file of four bytes, seen with that ctime. */
static void
begin(void)
{
	const struct version *v;

	scene_begin(&s, "a.txt");
	v = scene_know(&s, KIND_FILE, "text", 5, DOT(1, 1));
	scene_base(&s, v);
	scene_show(&s, v);
	s.e.base.seen.ctime_ns = s.e.disk.ctime_ns = 100;
}

static void
end(void)
{
	scene_end(&s);
}

static bool
left(bool first, bool recent)
{
	struct plan_cut cut = {.first = first, .recent = recent};

	return plan_cut_left(&s.e, &s.e.disk, &cut);
}

static bool
left_by_a_start(bool rebooted)
{
	struct plan_cut cut = {.rebooted = rebooted};

	return plan_cut_left(&s.e, &s.e.disk, &cut);
}

static void
emptied(int64_t mtime_ns)
{
	scene_disk(&s, KIND_FILE, "", mtime_ns);
	s.e.disk.ctime_ns = 200;
}

START_TEST(L22_73_an_emptied_file_is_what_the_cut_left)
{
	emptied(5);
	ck_assert(left(true, false));
	emptied(6);
	ck_assert(left(true, false));
	/* After the first look it is the user who truncated it. */
	ck_assert(!left(false, false));
	s.e.base.seen.size = 0;
	ck_assert(!left(true, false));
}
END_TEST

START_TEST(L22_73_so_is_one_that_came_to_end_in_zeros)
{
	scene_disk(&s, KIND_FILE, "zero", 6);
	s.e.disk.ctime_ns = 200;
	ck_assert(!left(true, true));
	s.e.disk.zeros = true;
	ck_assert(left(true, false));
	s.e.base.seen.zeros = true;
	ck_assert(!left(true, true));
}
END_TEST

START_TEST(what_is_there_from_before_a_recent_base_came_back)
{
	scene_disk(&s, KIND_FILE, "older", 4);
	s.e.disk.ctime_ns = 99;
	ck_assert(left(false, true));
	ck_assert(!left(true, false));
	s.e.disk.ctime_ns = 101;
	ck_assert(!left(true, true));
	scene_disk(&s, KIND_SYMLINK, "older", 4);
	s.e.disk.ctime_ns = 99;
	ck_assert(left(false, true));
}
END_TEST

START_TEST(content_that_changed_without_mtime_was_torn)
{
	scene_disk(&s, KIND_FILE, "torn", 5);
	s.e.disk.ctime_ns = 101;
	ck_assert(left(false, true));
	ck_assert(!left(true, false));
}
END_TEST

START_TEST(L21_content_that_changed_without_any_time_was_torn)
{
	scene_disk(&s, KIND_FILE, "torn", 5);
	s.e.disk.ctime_ns = 100;
	s.e.disk.ino = s.e.base.seen.ino;
	ck_assert(left_by_a_start(true));
	ck_assert(!left_by_a_start(false));
	/* Times that say nothing may hide an edit. */
	s.e.base.seen.racy = true;
	ck_assert(!left_by_a_start(true));
	s.e.base.seen.racy = false;
	s.e.disk.ctime_ns++;
	ck_assert(!left_by_a_start(true));
	s.e.disk.ctime_ns--;
	s.e.disk.ino++;
	ck_assert(!left_by_a_start(true));
}
END_TEST

START_TEST(an_untouched_copy_cannot_stand_against_an_edit)
{
	struct version copy = {.path = entry_path(&s.e),
	    .kind = KIND_FILE,
	    .copy = true,
	    .bits = 0644,
	    .size = 4,
	    .content = word_name("text"),
	    .dot = DOT(1, 2)};

	scene_disk(&s, KIND_FILE, "torn", 6);
	s.e.disk.ctime_ns = 101;
	ck_assert(!left(false, true));
	version_free(s.e.base.version);
	ck_assert_int_eq(vector_raise(&copy.vector, copy.dot), 0);
	ck_assert_int_eq(version_new(&copy, &s.e.base.version), 0);
	vector_release(&copy.vector);
	ck_assert(left(false, true));
	ck_assert(!left(true, false));
}
END_TEST

START_TEST(a_recent_file_that_is_gone_was_lost)
{
	scene_disk(&s, KIND_NONE, "", 0);
	ck_assert(left(false, true));
	ck_assert(!left(true, false));
}
END_TEST

START_TEST(the_same_content_is_never_suspect)
{
	s.e.disk.ctime_ns = 1;
	s.e.disk.bits = 0600;
	s.e.disk.mtime_ns = 1;
	ck_assert(!left(true, true));
}
END_TEST

START_TEST(nothing_is_lost_where_nothing_was)
{
	s.e.base.seen = (struct observation){.kind = KIND_NONE};
	ck_assert(!left(true, true));
	s.e.base.present = false;
	ck_assert(!left(true, true));
}
END_TEST

/* A cut makes no directory of a file, nor the reverse; what cannot be read
 * says nothing. */
START_TEST(a_directory_or_what_is_opaque_is_never_what_a_cut_left)
{
	scene_disk(&s, KIND_DIR, "DIR", 5);
	ck_assert(!left(true, true));
	scene_disk(&s, KIND_OPAQUE, "", 0);
	ck_assert(!left(true, true));
	scene_disk(&s, KIND_FILE, "older", 4);
	ck_assert(left(true, true));
	s.e.base.seen.kind = KIND_OPAQUE;
	ck_assert(!left(true, true));
	scene_base(&s, NULL);
	ck_assert(!left(true, true));
}
END_TEST

/* Only of a file can an end be lost, or content be torn. */
START_TEST(a_later_link_instead_of_a_file_is_an_edit)
{
	for (int i = 0; i < 2; i++) {
		s.e.base.seen.kind = i == 0 ? KIND_FILE : KIND_SYMLINK;
		scene_disk(&s, i == 0 ? KIND_SYMLINK : KIND_FILE, "", 5);
		s.e.disk.ctime_ns = 200;
		ck_assert(!left(true, true));
		s.e.disk.ctime_ns = 99;
		ck_assert(left(true, true));
	}
}
END_TEST

START_TEST(what_a_cut_left_is_no_change_until_somebody_touches_it)
{
	emptied(6);
	s.e.suspect = true;
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_LATER);
	for (int i = 0; i < 3; i++) {
		struct observation now = s.e.disk;
		struct plan_seen seen;

		if (i == 0)
			now.ctime_ns++;
		else if (i == 1)
			now.ino++;
		else
			now = (struct observation){.kind = KIND_NONE};
		ck_assert_int_eq(plan_look(&s.e, &now, &s.ask, &seen), 0);
		ck_assert_int_eq(seen.look, PLAN_LOOK_CHANGE);
	}
}
END_TEST

START_TEST(what_a_cut_left_gives_way_to_what_was_there)
{
	emptied(6);
	s.e.suspect = true;
	ck_assert(!entry_settled(&s.e));
	s.unheld = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_FETCH);
	s.unheld = false;
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
	s.unheld = s.unreachable = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_LOST);
}
END_TEST

/* A look would find it as it is for ever. */
START_TEST(a_loser_that_a_cut_brought_back_is_not_looked_at_again)
{
	const struct version *loser =
	    scene_know(&s, KIND_FILE, "loser", 3, DOT(2, 1));

	scene_show(&s, loser);
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_LOOK);
	s.e.suspect = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_COPY);
	s.ask.stream_open = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_STREAM);
}
END_TEST

START_TEST(a_lost_file_comes_again)
{
	scene_disk(&s, KIND_NONE, "", 0);
	s.e.suspect = true;
	s.unheld = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_FETCH);
}
END_TEST

START_TEST(what_was_made_here_and_is_nowhere_is_said_to_be_lost)
{
	static const uint8_t ours[DEVICE_BYTES], theirs[DEVICE_BYTES] = {1};

	scene_know(&s, KIND_FILE, "other", 9, DOT(2, 1));
	s.unheld = s.unreachable = true;
	s.ask.device = theirs;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_CONTENT);
	s.ask.device = ours;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_LOST);
}
END_TEST

TCase *
plan_cut_tcase(void)
{
	TCase *tc = tcase_create("cut");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, L22_73_an_emptied_file_is_what_the_cut_left);
	tcase_add_test(tc, L22_73_so_is_one_that_came_to_end_in_zeros);
	tcase_add_test(tc, what_is_there_from_before_a_recent_base_came_back);
	tcase_add_test(tc, content_that_changed_without_mtime_was_torn);
	tcase_add_test(tc, L21_content_that_changed_without_any_time_was_torn);
	tcase_add_test(tc, an_untouched_copy_cannot_stand_against_an_edit);
	tcase_add_test(tc, a_recent_file_that_is_gone_was_lost);
	tcase_add_test(tc, the_same_content_is_never_suspect);
	tcase_add_test(tc, nothing_is_lost_where_nothing_was);
	tcase_add_test(
	    tc, a_directory_or_what_is_opaque_is_never_what_a_cut_left);
	tcase_add_test(tc, a_later_link_instead_of_a_file_is_an_edit);
	tcase_add_test(
	    tc, what_a_cut_left_is_no_change_until_somebody_touches_it);
	tcase_add_test(tc, what_a_cut_left_gives_way_to_what_was_there);
	tcase_add_test(
	    tc, a_loser_that_a_cut_brought_back_is_not_looked_at_again);
	tcase_add_test(tc, a_lost_file_comes_again);
	tcase_add_test(
	    tc, what_was_made_here_and_is_nowhere_is_said_to_be_lost);
	return tc;
}
