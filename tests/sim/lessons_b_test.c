/* SPDX-License-Identifier: Apache-2.0 */
/* LESSONS B: stops that nobody asked for, and clocks. What any history of
 * them does is sim's, and power is lessons_cut_test's. */
#include "tests/sim/lessons_test.h"

#include <stdlib.h>

#include "tests/sim/sim_mishap.h"
#include "tests/sim/sim_tree.h"

enum { DURABLE_S = 60, CALLS = 50 };

/* ---- stops --------------------------------------------------------------- */

/* The token that a stop left that was not clean is that of the backup, too. */
START_TEST(L11_a_folder_put_back_after_a_kill_deletes_nothing)
{
	struct mishap_backup backup = {0};
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "a", "old");
	scene_write(&s, ADA, "b", "text");
	scene_rest(&s);
	mishap_backup(&backup, s.host[ADA]);
	scene_save(&s, ADA, "a", "new");
	scene_write(&s, BOB, "c", "since");
	scene_rest(&s);
	sim_node_kill(s.node[ADA], false);
	mishap_restore(&backup, s.host[ADA], false, true);
	mishap_backup_release(&backup);
	scene_up(&s, ADA);
	scene_rest(&s);
	scene_shows(&s, "b", "text");
	scene_shows(&s, "c", "since");
	free(scene_copy(&s, BOB, "old"));
	scene_shows(&s, "a", "new");
	scene_end(&s);
}
END_TEST

/* Bob's database is of before he removed a, or changed it to what ada made; he
 * does not see what she made of it since. */
START_TEST(L11_an_older_database_undoes_nothing)
{
	struct mishap_backup backup = {0};
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "a", "one");
	scene_write(&s, ADA, "b", "text");
	scene_rest(&s);
	scene_wait(&s, DURABLE_S);
	scene_down(&s, BOB);
	mishap_backup(&backup, s.host[BOB]);
	scene_up(&s, BOB);
	scene_rest(&s);
	if (_i % 2)
		scene_remove(&s, BOB, "a");
	else
		scene_write(&s, ADA, "a", "two");
	scene_rest(&s);
	scene_down(&s, BOB);
	scene_write(&s, ADA, "a", "one");
	scene_note(&s);
	mishap_restore(&backup, s.host[BOB], true, false);
	mishap_backup_release(&backup);
	scene_up(&s, BOB);
	scene_rest(&s);
	scene_shows(&s, "b", "text");
	ck_assert(
	    tree_has(s.host[BOB], SCRIPT_ROOT, tree_hash(SPAN_LIT("one")), 3));
	scene_end(&s);
}
END_TEST

/* Of what quarantine held for a, "one", the restored tree knows nothing; and
 * bob is killed again while he starts. */
START_TEST(L11_20_what_lay_aside_before_a_restore_is_not_taken_for_placed)
{
	for (uint64_t call = 1; call <= CALLS; call++) {
		struct mishap_backup backup = {0};
		struct scene s = scene_set(2, _i);

		scene_all_up(&s);
		scene_rest(&s);
		mishap_backup(&backup, s.host[BOB]);
		scene_write(&s, ADA, "a", "one");
		scene_rest(&s);
		scene_save(&s, ADA, "a", "two");
		scene_rest(&s);
		sim_node_kill(s.node[BOB], false);
		scene_save(&s, ADA, "a", "one");
		scene_note(&s);
		mishap_restore(&backup, s.host[BOB], false, true);
		mishap_backup_release(&backup);
		sim_host_die_at(
		    s.host[BOB], (uint64_t)_i * CALLS + call, false);
		(void)!sim_node_start(s.node[BOB]);
		scene_wait(&s, 3);
		sim_host_die_at(s.host[BOB], 0, false);
		sim_node_bury(s.node[BOB]);
		if (!sim_host_up(s.host[BOB]))
			scene_up(&s, BOB);
		scene_rest(&s);
		scene_shows(&s, "a", "one");
		scene_end(&s);
	}
}
END_TEST

/* What a kill leaves is not taken for a backup: what goes while nobody runs is
 * deleted. */
START_TEST(L11_20_what_is_removed_after_a_kill_is_deleted)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "a", "text");
	scene_rest(&s);
	scene_wait(&s, DURABLE_S);
	sim_node_kill(s.node[ADA], _i % 2);
	scene_remove(&s, ADA, "a");
	scene_up(&s, ADA);
	scene_rest(&s);
	scene_shows(&s, "a", NULL);
	scene_end(&s);
}
END_TEST

/* ---- clocks -------------------------------------------------------------- */

static const int64_t years10 = INT64_C(10) * 365 * 86400 * SIM_SECOND;

/* Bob's clock is off by so much; who edits last what he saw has it. */
static void
edits_in_turn(int seed, int64_t off)
{
	struct scene s = scene_set(2, seed);

	sim_host_jump(s.host[BOB], off);
	scene_all_up(&s);
	scene_write(&s, BOB, "a", "his");
	scene_write(&s, ADA, "b", "hers");
	scene_mkdir(&s, BOB, "d");
	scene_write(&s, BOB, "d/x", "x");
	scene_rest(&s);
	scene_save(&s, ADA, "a", "hers now");
	scene_write(&s, BOB, "b", "his now");
	scene_remove(&s, ADA, "d");
	scene_rest(&s);
	scene_shows(&s, "a", "hers now");
	scene_shows(&s, "b", "his now");
	ck_assert_uint_eq(scene_names(&s, ADA), 2);
	scene_end(&s);
}

START_TEST(L27_the_last_to_see_wins_with_a_clock_ten_years_ahead)
{
	edits_in_turn(_i, years10);
}
END_TEST

START_TEST(L27_the_last_to_see_wins_with_a_clock_ten_years_behind)
{
	edits_in_turn(_i, -years10);
}
END_TEST

START_TEST(L27_jumping_clocks_do_not_keep_machines_apart)
{
	struct scene s = scene_set(2, _i);
	char text[16];

	scene_all_up(&s);
	scene_write(&s, ADA, "a", "0");
	scene_write(&s, ADA, "gone", "text");
	scene_rest(&s);
	for (unsigned i = 1; i <= 8; i++) {
		unsigned who = i & 1 ? BOB : ADA;

		sim_host_jump(s.host[who], i & 2 ? -years10 : years10 / 3);
		snprintf(text, sizeof text, "%u", i);
		scene_save(&s, who, "a", text);
		if (i == 3)
			scene_remove(&s, who, "gone");
		/* With what they displaced, too, judged a minute later. */
		scene_wait(&s, 90);
		scene_rest(&s);
		scene_shows(&s, "a", text);
	}
	ck_assert_uint_eq(scene_names(&s, ADA), 1);
	scene_end(&s);
}
END_TEST

START_TEST(L27_wrong_clocks_decide_no_conflict_twice)
{
	struct scene s = scene_set(3, _i);

	sim_host_jump(s.host[ADA], years10);
	sim_host_jump(s.host[CY], -years10);
	scene_all_up(&s);
	scene_rest(&s);
	scene_part(&s);
	scene_write(&s, ADA, "a", "future");
	scene_write(&s, BOB, "a", "present");
	scene_write(&s, CY, "a", "past");
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "a", "future");
	free(scene_copy(&s, ADA, "present"));
	free(scene_copy(&s, ADA, "past"));
	scene_save(&s, CY, "a", "past but last");
	scene_rest(&s);
	scene_shows(&s, "a", "past but last");
	ck_assert_uint_eq(scene_names(&s, ADA), 3);
	scene_end(&s);
}
END_TEST

TCase *
lessons_b_tcase(void)
{
	TCase *tc = tcase_create("B");

	tcase_set_timeout(tc, LESSONS_TIMEOUT_S);
	lessons_add(tc, L11_a_folder_put_back_after_a_kill_deletes_nothing);
	lessons_add(tc, L11_an_older_database_undoes_nothing);
	lessons_add(
	    tc, L11_20_what_lay_aside_before_a_restore_is_not_taken_for_placed);
	lessons_add(tc, L11_20_what_is_removed_after_a_kill_is_deleted);
	lessons_add(tc, L27_the_last_to_see_wins_with_a_clock_ten_years_ahead);
	lessons_add(tc, L27_the_last_to_see_wins_with_a_clock_ten_years_behind);
	lessons_add(tc, L27_jumping_clocks_do_not_keep_machines_apart);
	lessons_add(tc, L27_wrong_clocks_decide_no_conflict_twice);
	return tc;
}
