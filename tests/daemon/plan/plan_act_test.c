/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/plan/plan_test.h"

#include <errno.h>
#include <string.h>

static struct scene s;

static void
begin(void)
{
	scene_begin(&s, "a.txt");
}

static void
end(void)
{
	scene_end(&s);
}

START_TEST(nothing_known_is_nothing_to_do)
{
	ck_assert_int_eq(scene_plan(&s), PLAN_NOTHING);
}
END_TEST

START_TEST(what_is_as_wanted_needs_nothing)
{
	scene_settle(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	ck_assert_int_eq(scene_plan(&s), PLAN_NOTHING);
}
END_TEST

START_TEST(what_is_right_already_is_settled)
{
	const struct version *v;

	scene_settle(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	v = scene_follow(&s, KIND_FILE, "x", 5, DOT(2, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_SETTLE);
	ck_assert_ptr_eq(s.a.version, v);
}
END_TEST

START_TEST(gone_on_both_sides_is_settled)
{
	scene_know(&s, KIND_GONE, "x", 0, DOT(1, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_SETTLE);
}
END_TEST

START_TEST(a_new_file_is_placed)
{
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
	ck_assert_uint_eq(s.a.copy.len, 0);
}
END_TEST

START_TEST(a_file_whose_content_is_elsewhere_is_fetched)
{
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	s.unheld = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_FETCH);
}
END_TEST

START_TEST(an_empty_file_and_a_symlink_need_no_content)
{
	s.unheld = s.unreachable = true;
	scene_know(&s, KIND_FILE, "", 5, DOT(1, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
	scene_follow(&s, KIND_SYMLINK, "to", 5, DOT(1, 2));
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
}
END_TEST

START_TEST(a_file_is_replaced_by_its_successor)
{
	scene_settle(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	scene_follow(&s, KIND_FILE, "y", 6, DOT(2, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
	ck_assert_uint_eq(s.a.copy.len, 0);
}
END_TEST

START_TEST(other_bits_or_mtime_are_a_touch)
{
	scene_settle(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	scene_follow(&s, KIND_FILE, "x", 6, DOT(2, 1));
	s.unheld = s.unreachable = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_TOUCH);
}
END_TEST

START_TEST(a_directory_with_other_bits_is_touched)
{
	scene_settle(&s, scene_know(&s, KIND_DIR, "DIR", 0, DOT(1, 1)));
	s.e.disk.bits = s.e.base.seen.bits = 0700;
	scene_follow(&s, KIND_DIR, "DIR", 0, DOT(2, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_TOUCH);
}
END_TEST

START_TEST(an_adopted_file_is_touched_while_that_is_intended)
{
	const struct version *v = scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));

	scene_settle(&s, v);
	s.e.disk.mtime_ns = s.e.base.seen.mtime_ns = 9;
	scene_intent(&s, v);
	ck_assert_int_eq(scene_plan(&s), PLAN_TOUCH);
	/* Without: what the file system made of its time is its matter. */
	version_free(s.e.intent.version);
	s.e.intent = (struct agreement){0};
	ck_assert_int_eq(scene_plan(&s), PLAN_NOTHING);
}
END_TEST

START_TEST(a_directory_is_made)
{
	scene_know(&s, KIND_DIR, "DIR", 0, DOT(1, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_MAKE_DIR);
	ck_assert(!s.a.derived);
}
END_TEST

START_TEST(a_directory_alive_by_its_children_is_made)
{
	scene_know(&s, KIND_GONE, "DIR", 0, DOT(1, 1));
	s.e.child_alive = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_MAKE_DIR);
	ck_assert(s.a.derived);
	ck_assert_ptr_null(s.a.version);
}
END_TEST

START_TEST(a_derived_directory_that_base_never_saw_is_made)
{
	s.e.child_alive = true;
	scene_base(&s, NULL);
	s.e.base.seen = (struct observation){.kind = KIND_NONE};
	ck_assert_int_eq(scene_plan(&s), PLAN_MAKE_DIR);
}
END_TEST

/* No version says what it was, so it is no loser. */

START_TEST(what_a_cut_left_where_a_directory_is_derived_is_displaced)
{
	s.e.child_alive = true;
	s.e.suspect = true;
	scene_disk(&s, KIND_FILE, "", 5);
	ck_assert_int_eq(scene_plan(&s), PLAN_MAKE_DIR);
	ck_assert_uint_eq(s.a.copy.len, 0);
}
END_TEST

START_TEST(the_bits_of_a_derived_directory_are_nobodys)
{
	s.e.child_alive = true;
	scene_base(&s, NULL);
	scene_show(&s, NULL);
	s.e.disk.bits = s.e.base.seen.bits = 0700;
	ck_assert_int_eq(scene_plan(&s), PLAN_NOTHING);
}
END_TEST

START_TEST(a_file_that_is_gone_is_removed)
{
	scene_settle(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	scene_follow(&s, KIND_GONE, "x", 0, DOT(2, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_REMOVE);
}
END_TEST

START_TEST(an_empty_directory_that_is_gone_is_removed)
{
	scene_settle(&s, scene_know(&s, KIND_DIR, "DIR", 0, DOT(1, 1)));
	scene_follow(&s, KIND_GONE, "DIR", 0, DOT(2, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_REMOVE_DIR);
}
END_TEST

START_TEST(room_is_where_just_that_is_wanted_and_nothing_is)
{
	const struct version *v = scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	const struct version *touched;

	ck_assert(plan_room(&s.e, v));
	scene_show(&s, v);
	ck_assert(!plan_room(&s.e, v));
	/* The user removed it, which is to be judged first. */
	scene_base(&s, v);
	scene_disk(&s, KIND_NONE, "", 0);
	ck_assert(!plan_room(&s.e, v));
	version_free(s.e.base.version);
	s.e.base = (struct agreement){0};
	touched = scene_know(&s, KIND_FILE, "x", 6, DOT(2, 1));
	ck_assert(plan_room(&s.e, touched));
	ck_assert(!plan_room(&s.e, v));
	s.e.child_alive = true;
	ck_assert(!plan_room(&s.e, touched));
}
END_TEST

START_TEST(there_is_no_room_for_what_is_not_wanted_there)
{
	const struct version *v = scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	struct scene other;
	struct version like = *v;

	scene_begin(&other, "a.copy.txt");
	ck_assert(!plan_room(&other.e, v)); /* nothing is known */
	ck_assert(plan_room(&s.e, &like));
	like.kind = KIND_SYMLINK;
	ck_assert(!plan_room(&s.e, &like));
	like = *v;
	like.content = word_name("y");
	ck_assert(!plan_room(&s.e, &like));
	like = *v;
	like.bits = 0600;
	ck_assert(!plan_room(&s.e, &like));
	scene_end(&other);
}
END_TEST

START_TEST(what_cannot_be_asked_ends_the_planning)
{
	scene_conflict(&s);
	s.fails = -EIO;
	ck_assert_int_eq(plan_act(&s.e, &s.ask, &s.a), -EIO);
	scene_follow(&s, KIND_FILE, "z", 9, DOT(1, 2));
	ck_assert_int_eq(plan_act(&s.e, &s.ask, &s.a), -EIO);
}
END_TEST

START_TEST(every_reason_has_its_words)
{
	for (int i = 0; i < PLAN_WHYS; i++)
		ck_assert_uint_gt(strlen(plan_why_text((enum plan_why)i)), 3);
}
END_TEST

TCase *
plan_act_tcase(void)
{
	TCase *tc = tcase_create("act");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, nothing_known_is_nothing_to_do);
	tcase_add_test(tc, what_is_as_wanted_needs_nothing);
	tcase_add_test(tc, what_is_right_already_is_settled);
	tcase_add_test(tc, gone_on_both_sides_is_settled);
	tcase_add_test(tc, a_new_file_is_placed);
	tcase_add_test(tc, a_file_whose_content_is_elsewhere_is_fetched);
	tcase_add_test(tc, an_empty_file_and_a_symlink_need_no_content);
	tcase_add_test(tc, a_file_is_replaced_by_its_successor);
	tcase_add_test(tc, other_bits_or_mtime_are_a_touch);
	tcase_add_test(tc, a_directory_with_other_bits_is_touched);
	tcase_add_test(tc, an_adopted_file_is_touched_while_that_is_intended);
	tcase_add_test(tc, a_directory_is_made);
	tcase_add_test(tc, a_directory_alive_by_its_children_is_made);
	tcase_add_test(tc, a_derived_directory_that_base_never_saw_is_made);
	tcase_add_test(
	    tc, what_a_cut_left_where_a_directory_is_derived_is_displaced);
	tcase_add_test(tc, the_bits_of_a_derived_directory_are_nobodys);
	tcase_add_test(tc, a_file_that_is_gone_is_removed);
	tcase_add_test(tc, an_empty_directory_that_is_gone_is_removed);
	tcase_add_test(tc, room_is_where_just_that_is_wanted_and_nothing_is);
	tcase_add_test(tc, there_is_no_room_for_what_is_not_wanted_there);
	tcase_add_test(tc, what_cannot_be_asked_ends_the_planning);
	tcase_add_test(tc, every_reason_has_its_words);
	return tc;
}
