/* SPDX-License-Identifier: Apache-2.0 */
/* LESSONS A, on: what is renamed, or deleted in parts. */
#include "daemon/node/node.h"
#include "tests/sim/lessons_test.h"

START_TEST(L8_a_name_used_again_after_a_rename_is_another_file)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "a", "old");
	scene_rest(&s);
	scene_rename(&s, ADA, "a", "b");
	scene_write(&s, ADA, "a", "new");
	scene_rest(&s);
	scene_shows(&s, "a", "new");
	scene_shows(&s, "b", "old");
	scene_exchange(&s, BOB, "a", "b");
	scene_rest(&s);
	scene_shows(&s, "a", "old");
	scene_shows(&s, "b", "new");
	ck_assert_uint_eq(scene_names(&s, ADA), 2);
	scene_end(&s);
}
END_TEST

START_TEST(L8_a_directory_and_its_child_swap_places)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_mkdir(&s, ADA, "a");
	scene_mkdir(&s, ADA, "a/b");
	scene_write(&s, ADA, "a/upper", "upper");
	scene_write(&s, ADA, "a/b/lower", "lower");
	scene_rest(&s);
	scene_rename(&s, ADA, "a/b", "b");
	scene_rename(&s, ADA, "a", "b/a");
	scene_rest(&s);
	scene_shows(&s, "b/lower", "lower");
	scene_shows(&s, "b/a/upper", "upper");
	ck_assert_uint_eq(scene_names(&s, ADA), 4);
	scene_end(&s);
}
END_TEST

START_TEST(L8_moves_that_make_a_circle_lose_nothing)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_mkdir(&s, ADA, "x");
	scene_write(&s, ADA, "x/of x", "of x");
	scene_mkdir(&s, ADA, "y");
	scene_write(&s, ADA, "y/of y", "of y");
	scene_rest(&s);
	scene_part(&s);
	scene_rename(&s, ADA, "x", "y/x");
	scene_rename(&s, BOB, "y", "x/y");
	scene_note(&s);
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "y/x/of x", "of x");
	scene_shows(&s, "x/y/of y", "of y");
	ck_assert_uint_eq(scene_names(&s, ADA), 6);
	scene_end(&s);
}
END_TEST

START_TEST(L8_a_file_renamed_twice_apart_has_both_names)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "a", "text");
	scene_rest(&s);
	scene_part(&s);
	scene_rename(&s, ADA, "a", "b");
	scene_rename(&s, BOB, "a", "c");
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "a", NULL);
	scene_shows(&s, "b", "text");
	scene_shows(&s, "c", "text");
	ck_assert_uint_eq(scene_names(&s, ADA), 2);
	scene_end(&s);
}
END_TEST

/* Each has taken the name away under which the other has it. */
START_TEST(L8_a_file_moved_about_apart_has_a_name)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "a", "text");
	scene_write(&s, ADA, "x", "other");
	scene_rest(&s);
	scene_part(&s);
	scene_rename(&s, ADA, "a", "b");
	scene_rename(&s, ADA, "x", "y");
	scene_rename(&s, BOB, "a", "b");
	scene_rename(&s, BOB, "x", "z");
	scene_note(&s);
	scene_rename(&s, ADA, "b", "a");
	scene_rename(&s, ADA, "y", "z");
	scene_rename(&s, BOB, "z", "y");
	scene_note(&s);
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "a", "text");
	scene_shows(&s, "b", "text");
	scene_shows(&s, "y", "other");
	scene_shows(&s, "z", "other");
	ck_assert_uint_eq(scene_names(&s, ADA), 4);
	scene_end(&s);
}
END_TEST

START_TEST(L72_deletes_in_small_parts_halt_as_one)
{
	enum { FILES = 120, PART = 10 };
	struct scene s = scene_set(2, _i);
	struct node_status status;
	char path[16];

	scene_all_up(&s);
	for (int i = 0; i < FILES; i++) {
		snprintf(path, sizeof path, "f%d", i);
		scene_write(&s, ADA, path, path);
	}
	scene_rest(&s);
	for (int i = 0; i < FILES - PART; i++) {
		snprintf(path, sizeof path, "f%d", i);
		scene_remove(&s, ADA, path);
		if (i % PART == PART - 1)
			scene_wait(&s, 20);
	}
	status = scene_status(&s, ADA);
	ck_assert_int_eq(status.folders[0].s.state, FOLDER_HALTED);
	node_status_release(&status);
	ck_assert_uint_ge(scene_names(&s, BOB), FILES / 2 - PART);
	scene_end(&s);
}
END_TEST

TCase *
lessons_a_move_tcase(void)
{
	TCase *tc = tcase_create("A, moves");

	tcase_set_timeout(tc, LESSONS_TIMEOUT_S);
	lessons_add(tc, L8_a_name_used_again_after_a_rename_is_another_file);
	lessons_add(tc, L8_a_directory_and_its_child_swap_places);
	lessons_add(tc, L8_moves_that_make_a_circle_lose_nothing);
	lessons_add(tc, L8_a_file_renamed_twice_apart_has_both_names);
	lessons_add(tc, L8_a_file_moved_about_apart_has_a_name);
	lessons_add(tc, L72_deletes_in_small_parts_halt_as_one);
	return tc;
}
