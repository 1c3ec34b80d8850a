/* SPDX-License-Identifier: Apache-2.0 */
/* Kept versions, by two whole nodes in simulated time. */
#include "tests/sim/sim_couple.h"

#include <stdio.h>
#include <string.h>

#include "tests/run.h"
#include "tests/sim/sim_tree.h"

enum { CALLS = 90, OFTEN = 150 };

START_TEST(what_a_peer_replaced_is_kept)
{
	struct couple c = couple_begin_replaced(1);
	struct tree t;

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	ck_assert(!couple_holds(&c, QUARANTINE, "one"));
	tree_read(c.host[1], VERSIONS "/d", &t);
	ck_assert_uint_eq(t.v.n, 1);
	ck_assert_msg(strncmp(t.v.items[0].path, "n~20", 4) == 0 &&
			  strstr(t.v.items[0].path, "Z.txt") != NULL,
	    "%s", t.v.items[0].path);
	tree_release(&t);
	couple_end(&c);
}
END_TEST

START_TEST(what_a_peer_deleted_is_kept_links_too)
{
	struct couple c = couple_begin(2);
	struct tree t;

	OK(sim_user_mkdir(c.host[0], SCRIPT_ROOT "/d"));
	couple_write(&c, 0, SCRIPT_ROOT "/d/n", "one");
	OK(sim_user_symlink(c.host[0], "to", SCRIPT_ROOT "/l"));
	couple_settle(&c);
	OK(sim_user_remove_all(c.host[0], SCRIPT_ROOT "/d"));
	OK(sim_user_unlink(c.host[0], SCRIPT_ROOT "/l"));
	couple_settle(&c);
	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	ck_assert(couple_holds(&c, VERSIONS "/d", "one"));
	tree_read(c.host[1], VERSIONS, &t);
	ck_assert_uint_eq(t.v.n, 3); /* d, the file, the link */
	tree_release(&t);
	couple_end(&c);
}
END_TEST

/* More than there are seconds: their names tell them apart by these. */
START_TEST(what_is_replaced_again_and_again_is_kept_at_once)
{
	struct couple c = couple_begin(10);
	struct tree t;
	char text[16];

	for (int i = 0; i <= OFTEN; i++) {
		snprintf(text, sizeof text, "%d", i);
		couple_write(&c, 0, SCRIPT_ROOT "/n", text);
		for (int k = 0;
		     k < 1000 && !couple_holds(&c, SCRIPT_ROOT, text); k++)
			sim_run(c.sim, 10 * SIM_MS);
		ck_assert(couple_holds(&c, SCRIPT_ROOT, text));
	}
	sim_run(c.sim, 2 * JUDGED_S * SIM_SECOND);
	tree_read(c.host[1], QUARANTINE, &t);
	ck_assert_uint_eq(t.v.n, 0);
	tree_release(&t);
	tree_read(c.host[1], VERSIONS, &t);
	ck_assert_uint_eq(t.v.n, OFTEN);
	tree_release(&t);
	couple_end(&c);
}
END_TEST

START_TEST(what_still_stands_in_the_tree_is_not_kept_twice)
{
	struct couple c = couple_begin(3);
	struct tree t;

	couple_write(&c, 0, SCRIPT_ROOT "/n", "one");
	couple_write(&c, 0, SCRIPT_ROOT "/m", "one");
	couple_settle(&c);
	couple_write(&c, 0, SCRIPT_ROOT "/n", "two");
	couple_settle(&c);
	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	ck_assert(!couple_holds(&c, QUARANTINE, "one"));
	tree_read(c.host[1], VERSIONS, &t);
	ck_assert_uint_eq(t.v.n, 0);
	tree_release(&t);
	couple_end(&c);
}
END_TEST

/* Wanted again, it is there without a byte of it on the line. */
START_TEST(a_kept_version_gives_its_content)
{
	struct couple c = couple_begin_replaced(4);

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	ck_assert(couple_holds(&c, VERSIONS "/d", "one"));
	couple_write(&c, 0, SCRIPT_ROOT "/m", "one");
	/* Bob hears of the version, and ada cannot serve it. */
	couple_settle(&c);
	ck_assert(couple_holds(&c, SCRIPT_ROOT, "one"));
	ck_assert(couple_holds(&c, VERSIONS "/d", "one"));
	couple_end(&c);
}
END_TEST

/* A disk has lost some of it, say: then it comes from who has it. */
START_TEST(a_kept_version_that_is_not_what_it_was_is_passed_over)
{
	struct couple c = couple_begin_replaced(4);
	struct tree t;
	char path[128];

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	tree_read(c.host[1], VERSIONS "/d", &t);
	ck_assert_uint_eq(t.v.n, 1);
	snprintf(path, sizeof path, VERSIONS "/d/%s", t.v.items[0].path);
	tree_release(&t);
	OK(sim_user_write(c.host[1], path, SPAN_LIT("on")));
	couple_write(&c, 0, SCRIPT_ROOT "/m", "one");
	couple_settle(&c);
	ck_assert(couple_holds(&c, SCRIPT_ROOT, "one"));
	couple_end(&c);
}
END_TEST

/*
 * Ada's copy goes while it is on its way to her: only bob's kept version has
 * it, and serves it.
 */
START_TEST(a_kept_version_is_served)
{
	struct couple c = couple_begin_replaced(5);

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	OK(sim_user_rename(c.host[1], VERSIONS "/d", SCRIPT_ROOT "/back"));
	couple_settle(&c);
	ck_assert(tree_has(
	    c.host[0], SCRIPT_ROOT "/back", tree_hash(SPAN_LIT("one")), 3));
	couple_end(&c);
}
END_TEST

START_TEST(it_goes_after_thirty_days_and_its_directory_with_it)
{
	struct couple c = couple_begin_replaced(6);
	struct tree t;

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	couple_days(&c, 27);
	ck_assert(couple_holds(&c, VERSIONS "/d", "one"));
	couple_days(&c, 4);
	tree_read(c.host[1], VERSIONS, &t);
	ck_assert_uint_eq(t.v.n, 0);
	tree_release(&t);
	couple_end(&c);
}
END_TEST

START_TEST(L27_a_clock_that_jumps_throws_nothing_away)
{
	struct couple c = couple_begin_replaced(7);
	int64_t years = INT64_C(10) * 365 * 86400 * SIM_SECOND;

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	for (int i = 0; i < 6; i++) {
		sim_host_jump(c.host[1], i % 2 == 0 ? years : -years);
		ck_assert(sim_node_stop(c.node[1]));
		OK(sim_node_start(c.node[1]));
		sim_run(c.sim, 2 * 3700 * SIM_SECOND);
		ck_assert(couple_holds(&c, VERSIONS "/d", "one"));
	}
	couple_end(&c);
}
END_TEST

START_TEST(beyond_their_share_of_the_disk_the_oldest_go)
{
	static char big[100000];
	struct couple c = couple_begin(8);
	char path[64];

	/* Five of a hundred: room for two, about. */
	sim_host_capacity(c.host[1], SCRIPT_ROOT, 20 * 250000);
	for (int i = 0; i < 4; i++) {
		memset(big, 'a' + i, sizeof big);
		snprintf(path, sizeof path, SCRIPT_ROOT "/n%d", i);
		OK(sim_user_write(c.host[0], path, span_of(big, sizeof big)));
		couple_settle(&c);
		OK(sim_user_unlink(c.host[0], path));
		couple_settle(&c);
		sim_run(c.sim, JUDGED_S * SIM_SECOND);
	}
	for (int i = 0; i < 4; i++) {
		memset(big, 'a' + i, sizeof big);
		ck_assert(tree_has(c.host[1], VERSIONS,
			      tree_hash(span_of(big, sizeof big)),
			      sizeof big) == (i >= 2));
	}
	couple_end(&c);
}
END_TEST

/* Bob dies at some call while what rested is kept. */
static void
die_while_keeping(uint64_t call, bool power)
{
	struct couple c = couple_begin_replaced(9 + call % 3);

	ck_assert(sim_node_stop(c.node[0]));
	sim_run(c.sim, (GRACE_S - 5) * SIM_SECOND);
	sim_host_die_at(c.host[1], call, power);
	sim_run(c.sim, 30 * SIM_SECOND);
	sim_node_bury(c.node[1]);
	ck_assert(couple_holds(&c, QUARANTINE, "one") ||
		  couple_holds(&c, VERSIONS "/d", "one"));
	if (sim_host_up(c.host[1]))
		sim_host_die_at(c.host[1], 0, false);
	OK(sim_node_start(c.node[1]));
	OK(sim_node_start(c.node[0]));
	couple_settle(&c);
	sim_run(c.sim, 2 * JUDGED_S * SIM_SECOND);
	ck_assert(!couple_holds(&c, QUARANTINE, "one"));
	ck_assert(couple_holds(&c, VERSIONS "/d", "one"));
	couple_days(&c, 31); /* its row is right: it expires */
	ck_assert(!couple_holds(&c, VERSIONS, "one"));
	couple_end(&c);
}

START_TEST(L20_killed_at_any_call_while_keeping)
{
	die_while_keeping((uint64_t)_i + 1, false);
}
END_TEST

START_TEST(L21_the_plug_at_any_call_while_keeping)
{
	die_while_keeping((uint64_t)_i + 1, true);
}
END_TEST

TCase *
kept_tcase(void)
{
	TCase *t = tcase_create("kept");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, what_a_peer_replaced_is_kept);
	tcase_add_test(t, what_a_peer_deleted_is_kept_links_too);
	tcase_add_test(t, what_is_replaced_again_and_again_is_kept_at_once);
	tcase_add_test(t, what_still_stands_in_the_tree_is_not_kept_twice);
	tcase_add_test(t, a_kept_version_gives_its_content);
	tcase_add_test(
	    t, a_kept_version_that_is_not_what_it_was_is_passed_over);
	tcase_add_test(t, a_kept_version_is_served);
	tcase_add_test(t, it_goes_after_thirty_days_and_its_directory_with_it);
	tcase_add_test(t, L27_a_clock_that_jumps_throws_nothing_away);
	tcase_add_test(t, beyond_their_share_of_the_disk_the_oldest_go);
	tcase_add_loop_test(t, L20_killed_at_any_call_while_keeping, 0, CALLS);
	tcase_add_loop_test(
	    t, L21_the_plug_at_any_call_while_keeping, 0, CALLS);
	return t;
}

int
main(void)
{
	static run_tcase *const tcases[] = {
	    kept_tcase, kept_restore_tcase, kept_memory_tcase};

	return run_tests("sim kept", tcases, sizeof tcases / sizeof *tcases);
}
