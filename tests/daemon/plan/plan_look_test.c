/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/plan/plan_test.h"

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

START_TEST(what_base_saw_is_the_same)
{
	const struct version *v = scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));

	scene_base(&s, v);
	scene_show(&s, v);
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_SAME);
}
END_TEST

START_TEST(nothing_where_never_anything_was_is_the_same)
{
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_SAME);
}
END_TEST

START_TEST(base_is_what_was_seen_not_what_the_record_says)
{
	const struct version *v = scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));

	/* A file system with coarse times (LESSONS 71). */
	scene_base(&s, v);
	s.e.base.seen.mtime_ns = 4;
	scene_disk(&s, KIND_FILE, "x", 4);
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_SAME);
}
END_TEST

START_TEST(new_content_bits_or_mtime_are_changes)
{
	const struct version *v = scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));

	scene_base(&s, v);
	scene_disk(&s, KIND_FILE, "y", 5);
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_CHANGE);
	scene_show(&s, v);
	s.e.disk.bits = 0600;
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_CHANGE);
	scene_disk(&s, KIND_FILE, "x", 6);
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_CHANGE);
	scene_disk(&s, KIND_NONE, "", 0);
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_CHANGE);
	scene_disk(&s, KIND_DIR, "DIR", 0);
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_CHANGE);
}
END_TEST

START_TEST(a_fresh_replica_judges_nothing)
{
	scene_disk(&s, KIND_FILE, "x", 5);
	s.ask.fresh = true;
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_LATER);
}
END_TEST

START_TEST(what_cannot_be_looked_into_is_left_for_later)
{
	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	scene_disk(&s, KIND_OPAQUE, "", 0);
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_LATER);
}
END_TEST

START_TEST(what_was_being_applied_becomes_base)
{
	const struct version *old =
	    scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	const struct version *new;

	scene_base(&s, old);
	new = scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1));
	scene_intent(&s, new);
	scene_show(&s, new);
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_ADOPT);
	ck_assert_ptr_eq(scene_look(&s).version, s.e.intent.version);
	/* But not when somebody changed it once more. */
	s.e.disk.mtime_ns++;
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_CHANGE);
}
END_TEST

START_TEST(an_intended_derived_directory_becomes_base)
{
	scene_intent(&s, NULL);
	scene_disk(&s, KIND_DIR, "DIR", 0);
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_ADOPT);
	ck_assert_ptr_null(scene_look(&s).version);
}
END_TEST

START_TEST(a_delete_that_others_made_as_well_is_adopted)
{
	const struct version *gone;

	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	gone = scene_follow(&s, KIND_GONE, "x", 0, DOT(2, 1));
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_ADOPT);
	ck_assert_ptr_eq(scene_look(&s).version, gone);
}
END_TEST

START_TEST(a_delete_of_something_else_is_not_adopted)
{
	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	scene_follow(&s, KIND_GONE, "y", 0, DOT(2, 1));
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_CHANGE);
}
END_TEST

START_TEST(a_delete_of_what_nobody_knows_any_more_is_a_change)
{
	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	version_set_release(&s.e.known);
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_CHANGE);
}
END_TEST

START_TEST(a_concurrent_delete_of_the_same_is_not_adopted)
{
	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	scene_know(&s, KIND_GONE, "x", 0, DOT(2, 1));
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_CHANGE);
}
END_TEST

START_TEST(an_equal_version_is_adopted_without_base)
{
	const struct version *v = scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));

	/* Times are made right afterwards. */
	scene_disk(&s, KIND_FILE, "x", 9);
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_ADOPT);
	ck_assert_ptr_eq(scene_look(&s).version, v);
}
END_TEST

START_TEST(of_equal_versions_the_first_dot_is_adopted)
{
	const struct version *v = scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));

	scene_know(&s, KIND_FILE, "x", 6, DOT(2, 1));
	scene_disk(&s, KIND_FILE, "x", 9);
	ck_assert_ptr_eq(scene_look(&s).version, v);
}
END_TEST

/* The disk shows v: that is a change if v's copy is known, else v. */
static void
is_a_choice_if_copied(const struct version *v)
{
	struct buf copy;

	buf_init(&copy, 256);
	ck_assert_int_eq(conflict_path(v, &copy), 0);
	ck_assert_int_eq(buf_add(&copy, SPAN_LIT("\0")), 0);
	scene_show(&s, v);
	s.known = (const char *)copy.p;
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_CHANGE);
	s.known = NULL;
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_ADOPT);
	buf_release(&copy);
}

START_TEST(L77_a_loser_moved_back_is_the_users_choice)
{
	const struct version *loser =
	    scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));

	scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1));
	is_a_choice_if_copied(loser);
}
END_TEST

/* Others take it for what stands under the copy's name, and supersede it. */
START_TEST(L78_a_copy_moved_back_as_it_wins_again_is_a_choice)
{
	const struct version *again =
	    scene_know(&s, KIND_FILE, "x", 7, DOT(1, 1));

	scene_base(&s, scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1)));
	scene_intent(&s, again);
	is_a_choice_if_copied(again);
}
END_TEST

START_TEST(L78_a_copy_moved_back_over_what_it_superseded_is_a_choice)
{
	const struct version *loser;

	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	loser = scene_follow(&s, KIND_FILE, "y", 6, DOT(2, 1));
	scene_know(&s, KIND_FILE, "z", 7, DOT(3, 1));
	is_a_choice_if_copied(loser);
}
END_TEST

START_TEST(a_version_that_supersedes_base_is_adopted)
{
	const struct version *v;

	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	v = scene_follow(&s, KIND_FILE, "y", 6, DOT(2, 1));
	scene_disk(&s, KIND_FILE, "y", 7);
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_ADOPT);
	ck_assert_ptr_eq(scene_look(&s).version, v);
	/* Other bits are a chmod of the user's. */
	s.e.disk.bits = 0600;
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_CHANGE);
}
END_TEST

START_TEST(a_version_beside_base_is_not_adopted)
{
	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1));
	scene_disk(&s, KIND_FILE, "y", 6);
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_CHANGE);
}
END_TEST

START_TEST(a_directory_alive_by_its_children_is_adopted)
{
	s.e.child_alive = true;
	scene_disk(&s, KIND_DIR, "DIR", 0);
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_ADOPT);
	ck_assert_ptr_null(scene_look(&s).version);
	s.e.child_alive = false;
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_CHANGE);
}
END_TEST

/* While it was derived no version said its bits: that is a chmod. */
START_TEST(a_known_directory_is_not_adopted_for_a_derived_one)
{
	scene_base(&s, NULL);
	scene_know(&s, KIND_DIR, "DIR", 0, DOT(1, 1));
	scene_disk(&s, KIND_DIR, "DIR", 0);
	ck_assert_int_eq(scene_look(&s).look, PLAN_LOOK_CHANGE);
}
END_TEST

START_TEST(what_cannot_be_asked_ends_the_look)
{
	struct plan_seen seen;

	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1));
	scene_disk(&s, KIND_FILE, "x", 5);
	s.fails = -EIO;
	ck_assert_int_eq(plan_look(&s.e, &s.e.disk, &s.ask, &seen), -EIO);
}
END_TEST

TCase *
plan_look_tcase(void)
{
	TCase *tc = tcase_create("look");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, what_base_saw_is_the_same);
	tcase_add_test(tc, nothing_where_never_anything_was_is_the_same);
	tcase_add_test(tc, base_is_what_was_seen_not_what_the_record_says);
	tcase_add_test(tc, new_content_bits_or_mtime_are_changes);
	tcase_add_test(tc, a_fresh_replica_judges_nothing);
	tcase_add_test(tc, what_cannot_be_looked_into_is_left_for_later);
	tcase_add_test(tc, what_was_being_applied_becomes_base);
	tcase_add_test(tc, an_intended_derived_directory_becomes_base);
	tcase_add_test(tc, a_delete_that_others_made_as_well_is_adopted);
	tcase_add_test(tc, a_delete_of_something_else_is_not_adopted);
	tcase_add_test(tc, a_delete_of_what_nobody_knows_any_more_is_a_change);
	tcase_add_test(tc, a_concurrent_delete_of_the_same_is_not_adopted);
	tcase_add_test(tc, an_equal_version_is_adopted_without_base);
	tcase_add_test(tc, of_equal_versions_the_first_dot_is_adopted);
	tcase_add_test(tc, L77_a_loser_moved_back_is_the_users_choice);
	tcase_add_test(tc, L78_a_copy_moved_back_as_it_wins_again_is_a_choice);
	tcase_add_test(
	    tc, L78_a_copy_moved_back_over_what_it_superseded_is_a_choice);
	tcase_add_test(tc, a_version_that_supersedes_base_is_adopted);
	tcase_add_test(tc, a_version_beside_base_is_not_adopted);
	tcase_add_test(tc, a_directory_alive_by_its_children_is_adopted);
	tcase_add_test(tc, a_known_directory_is_not_adopted_for_a_derived_one);
	tcase_add_test(tc, what_cannot_be_asked_ends_the_look);
	return tc;
}
