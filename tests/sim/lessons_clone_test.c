/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LESSONS 12: a home is copied to a second machine, with its key and its
 * replica's number. The two never meet, for both are what the third knows as
 * one; it meets them in turn, or both call it at once.
 */
#include "tests/sim/lessons_test.h"

#include <stdlib.h>

enum {
	ROUNDS = 3,
	REST_S = 900,
	QUIET_S = 10,
	TOGETHER_S = 300,
	MONTH_S = 30 * 86400
};

/* Cy is a copy of bob, made while he was down, or as he ran. */
static struct scene
copied(int seed, bool running)
{
	struct scene s = scene_set(2, seed);

	scene_all_up(&s);
	scene_write(&s, ADA, "a", "ada's");
	scene_write(&s, BOB, "b", "bob's");
	scene_mkdir(&s, BOB, "d");
	scene_rest(&s);
	if (!running)
		scene_down(&s, BOB);
	s.node[CY] = sim_node_copy(s.node[BOB], "cy");
	s.host[CY] = sim_node_machine(s.node[CY]);
	scene_link(&s, ADA, BOB, false);
	scene_link(&s, ADA, CY, false);
	scene_up(&s, BOB);
	s.n = 3;
	scene_up(&s, CY);
	return s;
}

/* Ada and one of them, until both rest. */
static void
meets(struct scene *s, unsigned who)
{
	int64_t end = sim_now(s->sim) + REST_S * SIM_SECOND;

	scene_link(s, ADA, who, true);
	for (unsigned quiet = 0; quiet < QUIET_S;) {
		scene_wait(s, 1);
		quiet = sim_node_rests(s->node[ADA], false) &&
				sim_node_rests(s->node[who], false)
			    ? quiet + 1
			    : 0;
		ck_assert_msg(sim_now(s->sim) < end, "ada and %s do not rest",
		    sim_host_name(s->host[who]));
	}
	scene_link(s, ADA, who, false);
}

static void
writes(struct scene *s, unsigned who, const char *name, unsigned round)
{
	char text[32], path[32];

	snprintf(text, sizeof text, "%s's %s of %u",
	    sim_host_name(s->host[who]), name, round);
	snprintf(path, sizeof path, "d/%s%u", name, round);
	scene_write(s, who, path, text);
}

static void
shown(struct scene *s, unsigned who, const char *name, unsigned round)
{
	char text[32], path[32];

	snprintf(text, sizeof text, "%s's %s of %u",
	    sim_host_name(s->host[who]), name, round);
	snprintf(path, sizeof path, "d/%s%u", name, round);
	scene_shows(s, path, text);
}

/* Each what the other does not touch, and both the same. */
static void
both_edit(struct scene *s, unsigned round)
{
	writes(s, BOB, "x", round);
	writes(s, CY, "y", round);
	writes(s, BOB, "same", round);
	scene_wait(s, 1);
	writes(s, CY, "same", round);
	writes(s, BOB, "z", round);
	scene_note(s);
}

/* Everybody shows all that anybody wrote; apart: and had not seen. */
static void
nothing_is_lost(struct scene *s, unsigned rounds, bool apart)
{
	for (unsigned i = 0; i < rounds; i++) {
		char text[32];

		shown(s, BOB, "x", i);
		shown(s, CY, "y", i);
		shown(s, BOB, "z", i);
		shown(s, CY, "same", i);
		snprintf(text, sizeof text, "bob's same of %u", i);
		for (unsigned k = 0; apart && k < s->n; k++)
			free(scene_copy(s, k, text));
	}
	scene_shows(s, "a", "ada's");
	scene_shows(s, "b", "bob's");
	for (unsigned k = 1; k < s->n; k++)
		ck_assert_uint_eq(scene_names(s, k), scene_names(s, ADA));
}

static void
in_turn(int seed, bool running)
{
	struct scene s = copied(seed, running);

	for (unsigned i = 0; i < ROUNDS; i++) {
		both_edit(&s, i);
		meets(&s, i % 2 ? CY : BOB);
		meets(&s, i % 2 ? BOB : CY);
	}
	meets(&s, BOB);
	meets(&s, CY);
	meets(&s, BOB);
	nothing_is_lost(&s, ROUNDS, true);
	scene_end(&s);
}

START_TEST(L12_two_with_one_home_that_call_in_turn_lose_nothing)
{
	in_turn(_i, false);
}
END_TEST

START_TEST(L12_a_home_copied_as_it_runs_loses_nothing)
{
	in_turn(_i, true);
}
END_TEST

/* Each takes the other's place at the third again and again. */
START_TEST(L12_two_with_one_home_that_call_at_once_lose_nothing)
{
	struct scene s = copied(_i, false);

	scene_link(&s, ADA, BOB, true);
	scene_link(&s, ADA, CY, true);
	for (unsigned i = 0; i < ROUNDS; i++) {
		both_edit(&s, i);
		scene_wait(&s, TOGETHER_S);
	}
	scene_link(&s, ADA, BOB, false);
	meets(&s, CY);
	meets(&s, BOB);
	meets(&s, CY);
	nothing_is_lost(&s, ROUNDS, false);
	scene_end(&s);
}
END_TEST

/* Who was copied goes on; the copy comes a month later, with edits. */
START_TEST(L12_a_copy_that_wakes_late_loses_nothing)
{
	struct scene s = copied(_i, _i % 2);

	scene_down(&s, CY);
	writes(&s, BOB, "same", 0);
	writes(&s, BOB, "x", 0);
	writes(&s, BOB, "z", 0);
	scene_note(&s);
	meets(&s, BOB);
	scene_wait(&s, MONTH_S);
	scene_up(&s, CY);
	writes(&s, CY, "same", 0);
	writes(&s, CY, "y", 0);
	scene_note(&s);
	meets(&s, CY);
	meets(&s, BOB);
	meets(&s, CY);
	nothing_is_lost(&s, 1, true);
	scene_end(&s);
}
END_TEST

TCase *
lessons_clone_tcase(void)
{
	TCase *tc = tcase_create("clone");

	tcase_set_timeout(tc, LESSONS_TIMEOUT_S);
	lessons_add(tc, L12_two_with_one_home_that_call_in_turn_lose_nothing);
	lessons_add(tc, L12_a_home_copied_as_it_runs_loses_nothing);
	lessons_add(tc, L12_two_with_one_home_that_call_at_once_lose_nothing);
	lessons_add(tc, L12_a_copy_that_wakes_late_loses_nothing);
	return tc;
}
