/* SPDX-License-Identifier: Apache-2.0 */
/* What has to be waited for before a path can be what it should. */
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

START_TEST(waits_while_the_disk_is_not_judged)
{
	scene_settle(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	scene_follow(&s, KIND_FILE, "y", 6, DOT(2, 1));
	s.e.disk.mtime_ns++;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_LOOK);
}
END_TEST

START_TEST(waits_while_this_replica_is_fresh)
{
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	s.ask.fresh = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_FRESH);
}
END_TEST

/* LESSONS 11: a lost database finds files that no peer knows. */

START_TEST(what_stands_where_nothing_is_known_waits_to_be_judged)
{
	scene_disk(&s, KIND_FILE, "x", 5);
	s.ask.fresh = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_FRESH);
	s.ask.fresh = false;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_LOOK);
	s.e.disk.kind = KIND_OPAQUE;
	ck_assert_int_eq(scene_plan(&s), PLAN_NOTHING);
}
END_TEST

START_TEST(waits_for_its_directory)
{
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	s.orphan = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_PARENT);
	scene_follow(&s, KIND_DIR, "DIR", 0, DOT(1, 2));
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_PARENT);
}
END_TEST

START_TEST(L6_67_waits_while_a_directory_is_not_empty)
{
	scene_settle(&s, scene_know(&s, KIND_DIR, "DIR", 0, DOT(1, 1)));
	scene_follow(&s, KIND_GONE, "DIR", 0, DOT(2, 1));
	s.occupied = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_OCCUPIED);
	scene_follow(&s, KIND_FILE, "x", 0, DOT(2, 2));
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_OCCUPIED);
}
END_TEST

START_TEST(waits_while_something_opaque_is_in_the_way)
{
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	scene_disk(&s, KIND_OPAQUE, "", 0);
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_OPAQUE);
	/* But nothing has to be done to keep it. */
	scene_follow(&s, KIND_GONE, "x", 0, DOT(1, 2));
	ck_assert_int_eq(scene_plan(&s), PLAN_NOTHING);
}
END_TEST

START_TEST(what_a_user_made_unreadable_waits_for_nothing)
{
	scene_settle(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	s.e.disk.kind = KIND_OPAQUE;
	ck_assert_int_eq(scene_plan(&s), PLAN_NOTHING);
	scene_follow(&s, KIND_FILE, "y", 6, DOT(2, 1));
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_OPAQUE);
}
END_TEST

START_TEST(waits_for_content_that_nobody_reachable_holds)
{
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	s.unheld = s.unreachable = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_CONTENT);
}
END_TEST

TCase *
plan_wait_tcase(void)
{
	TCase *tc = tcase_create("wait");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, waits_while_the_disk_is_not_judged);
	tcase_add_test(tc, waits_while_this_replica_is_fresh);
	tcase_add_test(
	    tc, what_stands_where_nothing_is_known_waits_to_be_judged);
	tcase_add_test(tc, waits_for_its_directory);
	tcase_add_test(tc, L6_67_waits_while_a_directory_is_not_empty);
	tcase_add_test(tc, waits_while_something_opaque_is_in_the_way);
	tcase_add_test(tc, what_a_user_made_unreadable_waits_for_nothing);
	tcase_add_test(tc, waits_for_content_that_nobody_reachable_holds);
	return tc;
}
