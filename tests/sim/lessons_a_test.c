/* SPDX-License-Identifier: Apache-2.0 */
/* LESSONS A: data that must survive. Random histories are sim's. */
#include "tests/sim/lessons_test.h"

#include <stdlib.h>

START_TEST(L1_what_nobody_saw_overwritten_is_shown)
{
	struct scene s = scene_set(3, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "a.txt", "one");
	scene_rest(&s);
	scene_part(&s);
	scene_write(&s, ADA, "a.txt", "two");
	scene_wait(&s, 2);
	scene_write(&s, BOB, "a.txt", "three");
	scene_wait(&s, 2);
	scene_write(&s, CY, "a.txt", "four");
	scene_note(&s);
	/* Bob sees two beside three, and writes on where three was. */
	scene_link(&s, ADA, BOB, true);
	scene_note(&s);
	scene_sees(&s, BOB, "a.txt", "three");
	scene_write(&s, BOB, "a.txt", "five");
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "a.txt", "five");
	ck_assert_uint_eq(scene_names(&s, ADA), 3);
	free(scene_copy(&s, ADA, "two"));
	free(scene_copy(&s, ADA, "four"));
	scene_end(&s);
}
END_TEST

START_TEST(L2_trees_that_change_apart_are_one_again)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_mkdir(&s, ADA, "d");
	scene_write(&s, ADA, "d/x", "x");
	scene_symlink(&s, ADA, "d/x", "l");
	scene_rest(&s);
	scene_part(&s);
	scene_rename(&s, ADA, "d", "e");
	scene_remove(&s, ADA, "l");
	scene_mkdir(&s, ADA, "l");
	scene_write(&s, ADA, "l/in", "in");
	scene_mkdir(&s, BOB, "d/sub");
	scene_write(&s, BOB, "d/sub/y", "y");
	scene_remove(&s, BOB, "d/x");
	scene_mkdir(&s, BOB, "void");
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "e/x", "x");
	scene_shows(&s, "d/sub/y", "y");
	scene_shows(&s, "d/x", NULL);
	scene_shows(&s, "l/in", "in");
	ck_assert(scene_has(&s, ADA, "void"));
	ck_assert_uint_eq(scene_names(&s, ADA), 8);
	scene_end(&s);
}
END_TEST

START_TEST(L3_equal_content_is_no_conflict_and_other_content_is_one)
{
	struct scene s = scene_set(2, _i);

	scene_write(&s, ADA, "same", "same");
	scene_write(&s, BOB, "same", "same");
	scene_write(&s, ADA, "other", "hers");
	scene_wait(&s, 1);
	scene_write(&s, BOB, "other", "his");
	scene_all_up(&s);
	scene_rest(&s);
	scene_shows(&s, "same", "same");
	scene_shows(&s, "other", "his");
	free(scene_copy(&s, ADA, "hers"));
	ck_assert_uint_eq(scene_names(&s, ADA), 3);
	scene_end(&s);
}
END_TEST

START_TEST(L3_who_edits_what_two_made_alike_makes_no_conflict)
{
	struct scene s = scene_set(3, _i);

	scene_write(&s, ADA, "f", "same");
	scene_mkdir(&s, ADA, "d");
	scene_wait(&s, 1);
	scene_write(&s, BOB, "f", "same");
	scene_mkdir(&s, BOB, "d");
	scene_all_up(&s);
	scene_rest(&s);
	scene_write(&s, CY, "f", "edited");
	scene_remove(&s, CY, "d");
	scene_write(&s, CY, "d", "a file now");
	scene_rest(&s);
	scene_shows(&s, "f", "edited");
	scene_shows(&s, "d", "a file now");
	ck_assert_uint_eq(scene_names(&s, ADA), 2);
	scene_end(&s);
}
END_TEST

START_TEST(L3_a_copy_of_a_copy_stays_readable)
{
	struct scene s = scene_set(2, _i);
	char *copy;

	scene_write(&s, ADA, "a.txt", "first");
	scene_wait(&s, 1);
	scene_write(&s, BOB, "a.txt", "second");
	scene_all_up(&s);
	scene_rest(&s);
	scene_part(&s);
	copy = scene_copy(&s, ADA, "first");
	scene_write(&s, ADA, copy, "third");
	scene_wait(&s, 1);
	scene_write(&s, BOB, copy, "fourth");
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "a.txt", "second");
	scene_shows(&s, copy, "fourth");
	free(copy);
	copy = scene_copy(&s, ADA, "third");
	ck_assert_uint_lt(strlen(copy), 80);
	ck_assert_uint_eq(scene_names(&s, ADA), 3);
	free(copy);
	scene_end(&s);
}
END_TEST

START_TEST(L4_an_edit_outlives_a_delete)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "a", "one");
	scene_rest(&s);
	scene_part(&s);
	scene_write(&s, ADA, "a", "edited");
	scene_wait(&s, 1);
	scene_remove(&s, BOB, "a");
	scene_note(&s);
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "a", "edited");
	ck_assert_uint_eq(scene_names(&s, ADA), 1);
	scene_end(&s);
}
END_TEST

START_TEST(L4_a_child_brings_its_parents_back)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_mkdir(&s, ADA, "d");
	scene_mkdir(&s, ADA, "d/deep");
	scene_write(&s, ADA, "d/deep/edited", "old");
	scene_write(&s, ADA, "d/deep/left", "left");
	scene_mkdir(&s, ADA, "n");
	scene_mkdir(&s, ADA, "n/deep");
	scene_rest(&s);
	scene_part(&s);
	scene_remove(&s, ADA, "d");
	scene_remove(&s, ADA, "n");
	scene_write(&s, BOB, "d/deep/edited", "new");
	scene_write(&s, BOB, "n/deep/fresh", "fresh");
	scene_note(&s);
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "d/deep/edited", "new");
	scene_shows(&s, "d/deep/left", NULL);
	scene_shows(&s, "n/deep/fresh", "fresh");
	ck_assert_uint_eq(scene_names(&s, ADA), 6);
	scene_end(&s);
}
END_TEST

START_TEST(L6_what_a_peer_does_not_know_stays_in_a_removed_directory)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, ".tuttiignore", "*.log\n");
	for (int i = 0; i < 3; i++) {
		static const char *const dirs[] = {"i", "f", "n"};

		scene_mkdir(&s, ADA, dirs[i]);
	}
	scene_write(&s, ADA, "i/shared", "shared");
	scene_rest(&s);
	scene_write(&s, BOB, "i/a.log", "ignored");
	ck_assert_int_eq(sim_user_fifo(s.host[BOB], SCRIPT_ROOT "/f/fifo"), 0);
	scene_rename(&s, ADA, "i", "moved");
	scene_remove(&s, ADA, "f");
	scene_remove(&s, ADA, "n");
	/* Not yet looked at when the removal comes. */
	scene_write(&s, BOB, "n/fresh", "fresh");
	scene_note(&s);
	scene_sees(&s, BOB, "i/a.log", "ignored");
	ck_assert(scene_has(&s, BOB, "f/fifo"));
	scene_shows(&s, "n/fresh", "fresh");
	scene_shows(&s, "moved/shared", "shared");
	scene_sees(&s, BOB, "i/shared", NULL);
	scene_end(&s);
}
END_TEST

START_TEST(L7_what_was_removed_first_keeps_no_directory_that_is_a_link)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_mkdir(&s, ADA, "d");
	scene_write(&s, ADA, "d/x", "x");
	scene_rest(&s);
	/* A look sees that d/x is gone before another sees what d became. */
	scene_remove(&s, ADA, "d/x");
	sim_run(s.sim, 200 * SIM_MS);
	scene_remove(&s, ADA, "d");
	scene_symlink(&s, ADA, "to", "d");
	scene_rest(&s);
	ck_assert_uint_eq(scene_names(&s, ADA), 1);
	scene_end(&s);
}
END_TEST

START_TEST(L7_kinds_swapped_on_both_sides_lose_no_file)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "f", "file");
	scene_mkdir(&s, ADA, "d");
	scene_write(&s, ADA, "d/x", "x");
	scene_symlink(&s, ADA, "f", "l");
	scene_rest(&s);
	scene_part(&s);
	/* file to directory and, there, to an edit under another name */
	scene_remove(&s, ADA, "f");
	scene_mkdir(&s, ADA, "f");
	scene_write(&s, ADA, "f/in", "in");
	scene_rename(&s, BOB, "f", "g");
	scene_write(&s, BOB, "f", "again");
	/* directory to file and, there, to a link */
	scene_remove(&s, ADA, "d");
	scene_write(&s, ADA, "d", "no more");
	scene_rename(&s, BOB, "d", "e");
	scene_symlink(&s, BOB, "e", "d");
	/* link to file and, there, to a directory */
	scene_remove(&s, ADA, "l");
	scene_write(&s, ADA, "l", "text");
	scene_remove(&s, BOB, "l");
	scene_mkdir(&s, BOB, "l");
	scene_note(&s);
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "f/in", "in");
	scene_shows(&s, "g", "file");
	scene_shows(&s, "e/x", "x");
	free(scene_copy(&s, ADA, "again"));
	free(scene_copy(&s, ADA, "text"));
	scene_end(&s);
}
END_TEST

TCase *
lessons_a_tcase(void)
{
	TCase *tc = tcase_create("A");

	tcase_set_timeout(tc, LESSONS_TIMEOUT_S);
	lessons_add(tc, L1_what_nobody_saw_overwritten_is_shown);
	lessons_add(tc, L2_trees_that_change_apart_are_one_again);
	lessons_add(
	    tc, L3_equal_content_is_no_conflict_and_other_content_is_one);
	lessons_add(tc, L3_who_edits_what_two_made_alike_makes_no_conflict);
	lessons_add(tc, L3_a_copy_of_a_copy_stays_readable);
	lessons_add(tc, L4_an_edit_outlives_a_delete);
	lessons_add(tc, L4_a_child_brings_its_parents_back);
	lessons_add(
	    tc, L6_what_a_peer_does_not_know_stays_in_a_removed_directory);
	lessons_add(tc,
	    L7_what_was_removed_first_keeps_no_directory_that_is_a_link);
	lessons_add(tc, L7_kinds_swapped_on_both_sides_lose_no_file);
	return tc;
}
