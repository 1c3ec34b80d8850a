/* SPDX-License-Identifier: Apache-2.0 */
/* LESSONS A, on: what is ignored, and is no more. */
#include <string.h>

#include "daemon/node/node.h"
#include "tests/sim/lessons_test.h"

START_TEST(L14_ignore_rules_come_and_go_and_delete_nothing)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_mkdir(&s, ADA, "d");
	scene_write(&s, ADA, "d/a.log", "old");
	scene_write(&s, ADA, "keep", "keep");
	scene_rest(&s);
	scene_write(&s, ADA, ".tuttiignore", "*.log\n");
	scene_rest(&s);
	scene_shows(&s, "d/a.log", "old");
	scene_write(&s, BOB, "d/b.log", "only his");
	scene_write(&s, ADA, "d/a.log", "new");
	scene_note(&s);
	scene_sees(&s, BOB, "d/a.log", "old");
	scene_sees(&s, ADA, "d/b.log", NULL);
	scene_remove(&s, BOB, "keep");
	scene_remove(&s, ADA, ".tuttiignore");
	scene_rest(&s);
	scene_shows(&s, "d/a.log", "new");
	scene_shows(&s, "d/b.log", "only his");
	scene_shows(&s, "keep", NULL);
	scene_end(&s);
}
END_TEST

START_TEST(L14_edited_rules_hold_where_they_arrive)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_mkdir(&s, ADA, "d");
	scene_write(&s, ADA, "d/.tuttiignore", "*.log\n");
	scene_rest(&s);
	scene_save(&s, ADA, "d/.tuttiignore", "*.tmp\n");
	scene_rest(&s);
	scene_write(&s, BOB, "d/b.log", "log");
	scene_write(&s, BOB, "d/b.tmp", "tmp");
	scene_note(&s);
	scene_sees(&s, ADA, "d/b.log", "log");
	scene_sees(&s, ADA, "d/b.tmp", NULL);
	scene_end(&s);
}
END_TEST

START_TEST(L14_a_removed_ignored_file_is_not_removed_elsewhere)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "a.log", "log");
	scene_rest(&s);
	scene_write(&s, ADA, ".tuttiignore", "*.log\n");
	scene_rest(&s);
	scene_remove(&s, ADA, "a.log");
	scene_note(&s);
	scene_sees(&s, BOB, "a.log", "log");
	scene_sees(&s, ADA, "a.log", NULL);
	scene_down(&s, BOB);
	scene_up(&s, BOB);
	scene_note(&s);
	scene_sees(&s, BOB, "a.log", "log");
	scene_end(&s);
}
END_TEST

START_TEST(L14_what_is_ignored_here_outlives_its_delete_elsewhere)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "a.log", "log");
	scene_rest(&s);
	scene_part(&s);
	scene_remove(&s, ADA, "a.log");
	scene_write(&s, BOB, ".tuttiignore", "*.log\n");
	scene_note(&s);
	scene_meet(&s);
	scene_wait(&s, 60);
	scene_sees(&s, ADA, ".tuttiignore", "*.log\n");
	scene_sees(&s, ADA, "a.log", NULL);
	scene_sees(&s, BOB, "a.log", "log");
	scene_remove(&s, BOB, ".tuttiignore");
	scene_rest(&s);
	scene_shows(&s, "a.log", "log");
	scene_end(&s);
}
END_TEST

START_TEST(L14_a_rule_that_goes_deletes_nothing_that_went_under_it)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "a", "text");
	scene_mkdir(&s, ADA, "d");
	scene_write(&s, ADA, "d/x", "below");
	scene_rest(&s);
	scene_part(&s); /* who ignores it too would make it anew */
	scene_write(&s, ADA, ".tuttiignore", "/a\n/d/\n");
	scene_note(&s);
	scene_remove(&s, ADA, "a");
	scene_remove(&s, ADA, "d");
	scene_note(&s);
	scene_sees(&s, ADA, "a", NULL);
	scene_down(&s, ADA);
	scene_remove(&s, ADA, ".tuttiignore");
	scene_up(&s, ADA);
	scene_note(&s);
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "a", "text");
	scene_shows(&s, "d/x", "below");
	scene_end(&s);
}
END_TEST

/* What cannot be read is not gone; nor is what is longer than rules may be. */
START_TEST(L14_rules_that_cannot_be_read_stay)
{
	struct scene s = scene_set(2, _i);
	static char text[70000];

	memset(text, '#', sizeof text - 1);
	scene_all_up(&s);
	scene_write(&s, ADA, ".tuttiignore", "*.log\n");
	scene_rest(&s);
	scene_save(&s, ADA, ".tuttiignore", text);
	scene_rest(&s);
	scene_write(&s, BOB, "a.log", "his own");
	scene_note(&s);
	scene_sees(&s, ADA, "a.log", NULL);
	scene_save(&s, ADA, ".tuttiignore", "# short again\n");
	scene_rest(&s);
	scene_shows(&s, "a.log", "his own");
	scene_end(&s);
}
END_TEST

/* Whose user removes the directory removes what was once told of it. */
START_TEST(L14_a_directory_goes_with_what_is_ignored_in_it)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_mkdir(&s, ADA, "d");
	scene_write(&s, ADA, "d/x", "text");
	scene_write(&s, ADA, "d/y", "other");
	scene_rest(&s);
	scene_write(&s, ADA, ".tuttiignore", "/d/x\n");
	scene_rest(&s);
	scene_remove(&s, ADA, "d");
	scene_note(&s);
	ck_assert(!scene_has(&s, ADA, "d"));
	scene_sees(&s, BOB, "d/x", "text");
	scene_sees(&s, BOB, "d/y", NULL);
	scene_end(&s);
}
END_TEST

/* p is equal to z, which is ignored and edited: it holds what p did no more. */
START_TEST(L14_what_is_ignored_stands_for_no_content)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "p", "precious");
	scene_write(&s, ADA, "z", "precious");
	scene_rest(&s);
	scene_write(&s, ADA, ".tuttiignore", "/z\n");
	scene_rest(&s);
	scene_save(&s, BOB, "z", "his own");
	scene_note(&s);
	scene_save(&s, ADA, "p", "new");
	scene_wait(&s, 600);
	ck_assert_uint_eq(scene_kept(&s, BOB), 1);
	scene_write(&s, ADA, "q", "precious");
	scene_wait(&s, 60);
	scene_sees(&s, BOB, "q", "precious");
	scene_end(&s);
}
END_TEST

static bool
has_second(void *scene)
{
	return scene_has(scene, BOB, "p2");
}

static bool
is_fetching(void *scene)
{
	struct node_status status = scene_status(scene, BOB);
	bool is = status.folders[0].s.open_paths > 0;

	node_status_release(&status);
	return is;
}

/* New files of ADA's, all of one content, which BOB fetches for p1 until he
 * ignores that. */
static struct scene
fetching(int seed, bool second)
{
	struct scene s = scene_set(2, seed);
	struct buf b = scene_noise(3000000, 5);

	sim_knobs(s.sim)->net_delay_ns = 20 * SIM_MS;
	sim_knobs(s.sim)->net_window = 4096;
	scene_all_up(&s);
	scene_rest(&s);
	scene_part(&s);
	scene_put(&s, ADA, "p1", buf_span(&b));
	if (second)
		scene_put(&s, ADA, "p2", buf_span(&b));
	buf_release(&b);
	scene_wait(&s, 5);
	scene_meet(&s);
	ck_assert(sim_run_until(s.sim, 60 * SIM_SECOND, is_fetching, &s));
	ck_assert(!scene_has(&s, BOB, "p1"));
	scene_write(&s, BOB, ".tuttiignore", "/p1\n");
	return s;
}

START_TEST(L14_what_becomes_ignored_takes_no_other_file_along)
{
	struct scene s = fetching(_i, true);

	ck_assert(sim_run_until(s.sim, 600 * SIM_SECOND, has_second, &s));
	scene_end(&s);
}
END_TEST

START_TEST(L14_nothing_stays_staged_for_what_becomes_ignored)
{
	struct scene s = fetching(_i, false);
	struct host_list list;

	scene_wait(&s, 600);
	ck_assert(!scene_has(&s, BOB, "p1"));
	host_list_init(&list);
	ck_assert_int_eq(
	    sim_user_list(s.host[BOB], SCRIPT_ROOT "/.tutti/stage", &list), 0);
	ck_assert_uint_eq(list.v.n, 0);
	host_list_release(&list);
	scene_end(&s);
}
END_TEST

TCase *
lessons_a_ignore_tcase(void)
{
	TCase *tc = tcase_create("ignored");

	tcase_set_timeout(tc, LESSONS_TIMEOUT_S);
	lessons_add(tc, L14_ignore_rules_come_and_go_and_delete_nothing);
	lessons_add(tc, L14_edited_rules_hold_where_they_arrive);
	lessons_add(tc, L14_a_removed_ignored_file_is_not_removed_elsewhere);
	lessons_add(tc, L14_what_is_ignored_here_outlives_its_delete_elsewhere);
	lessons_add(
	    tc, L14_a_rule_that_goes_deletes_nothing_that_went_under_it);
	lessons_add(tc, L14_rules_that_cannot_be_read_stay);
	lessons_add(tc, L14_a_directory_goes_with_what_is_ignored_in_it);
	lessons_add(tc, L14_what_is_ignored_stands_for_no_content);
	lessons_add(tc, L14_what_becomes_ignored_takes_no_other_file_along);
	lessons_add(tc, L14_nothing_stays_staged_for_what_becomes_ignored);
	return tc;
}
