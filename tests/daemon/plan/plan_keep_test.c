/* SPDX-License-Identifier: Apache-2.0 */
/* What stands here while its winner cannot be had. */
#include "tests/daemon/plan/plan_test.h"

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

START_TEST(L79_a_loser_stays_while_the_winner_cannot_be_had)
{
	scene_conflict(&s);
	s.unheld = s.unreachable = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_CONTENT);
}
END_TEST

START_TEST(what_stands_is_kept_where_the_winners_copy_decided)
{
	const struct version *here, *winner;

	here = scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	scene_settle(&s, here);
	winner = scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1));
	scene_know_copy(&s, winner);
	s.unheld = s.unreachable = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_KEEP);
	/* A winner that can be had is never given up. */
	s.unreachable = false;
	ck_assert_int_ne(scene_plan(&s), PLAN_KEEP);
}
END_TEST

/* Then it is old: to keep it would undo what superseded it. */

START_TEST(what_stands_is_not_kept_once_it_is_superseded)
{
	scene_settle(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	scene_know_copy(&s, scene_follow(&s, KIND_FILE, "y", 6, DOT(2, 1)));
	s.unheld = s.unreachable = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_CONTENT);
}
END_TEST

START_TEST(a_directory_that_its_children_left_is_kept_likewise)
{
	const struct version *winner =
	    scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1));

	/* It lost to a directory that was alive by its children alone. */
	scene_disk(&s, KIND_DIR, "DIR", 0);
	scene_base(&s, NULL);
	s.e.base.seen = s.e.disk;
	s.unheld = s.unreachable = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_CONTENT);
	scene_know_copy(&s, winner);
	ck_assert_int_eq(scene_plan(&s), PLAN_KEEP);
	s.occupied = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_OCCUPIED);
}
END_TEST

START_TEST(a_winner_that_rotted_here_is_not_given_up)
{
	const struct version *here;

	here = scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	scene_settle(&s, here);
	scene_know_copy(&s, here);
	/* Seen with other content, and to be what it was: folder_verify. */
	s.e.disk.content.b[0] ^= 1;
	s.e.base.seen = s.e.disk;
	s.e.intent.present = true;
	ck_assert_int_eq(version_copy(here, &s.e.intent.version), 0);
	s.unheld = s.unreachable = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_CONTENT);
	s.unreachable = false;
	ck_assert_int_eq(scene_plan(&s), PLAN_FETCH);
}
END_TEST

TCase *
plan_keep_tcase(void)
{
	TCase *tc = tcase_create("keep");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, L79_a_loser_stays_while_the_winner_cannot_be_had);
	tcase_add_test(tc, what_stands_is_kept_where_the_winners_copy_decided);
	tcase_add_test(tc, what_stands_is_not_kept_once_it_is_superseded);
	tcase_add_test(tc, a_directory_that_its_children_left_is_kept_likewise);
	tcase_add_test(tc, a_winner_that_rotted_here_is_not_given_up);
	return tc;
}
