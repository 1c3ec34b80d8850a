/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stories of one file that takes another's place, stopped at any call of the
 * machine that applies them: at rest nothing is there but what they tell. What
 * was displaced, or lay in quarantine on its way, comes back under no name.
 */
#include "tests/sim/lessons_test.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/node/node.h"

enum { WORLD = 3, POINTS_MAX = 1000, LIKE_S = 7000 };

struct tale {
	void (*happens)(struct scene *s);
	const char *a, *b; /* in the end; NULL: nothing */
	const char *copy; /* the text of the only conflict copy, or NULL */
};

enum stop { STOP_KILL, STOP_CUT, STOP_ERROR };

static void
moved_over(struct scene *s)
{
	scene_rename(s, ADA, "b", "a");
}

static void
moved_over_and_touched(struct scene *s)
{
	scene_rename(s, ADA, "b", "a");
	scene_chmod(s, ADA, "a", 0600);
	scene_touch(s, ADA, "a", 1000);
}

static void
saved(struct scene *s)
{
	scene_save(s, ADA, "a", "new");
}

/* By one that only its content and its inode tell from what was there. */
static void
replaced_by_its_like(struct scene *s)
{
	scene_write(s, ADA, "c", "two");
	scene_touch(s, ADA, "c", LIKE_S);
	scene_rename(s, ADA, "c", "a");
}

static void
exchanged(struct scene *s)
{
	scene_exchange(s, ADA, "a", "b");
}

/* His loses, has a copy, and what was here before lies in quarantine. */
static void
moved_over_an_edit(struct scene *s)
{
	scene_part(s);
	scene_write(s, BOB, "a", "his");
	ck_assert_int_eq(sim_user_sync(s->host[BOB], SCRIPT_ROOT "/a"), 0);
	scene_wait(s, 3);
	scene_rename(s, ADA, "b", "a");
	scene_touch(s, ADA, "a", 5000000);
	scene_wait(s, 5);
	scene_meet(s);
}

static const struct tale tales[] = {
    {moved_over, "another one", NULL, NULL},
    {moved_over_and_touched, "another one", NULL, NULL},
    {saved, "new", "another one", NULL},
    {replaced_by_its_like, "two", "another one", NULL},
    {exchanged, "another one", "one", NULL},
    {moved_over_an_edit, "another one", NULL, "his"},
};
enum { TALES = sizeof tales / sizeof *tales };

static void
strike(struct scene *s, enum stop how, uint64_t n)
{
	struct sim_fault fault = {.n = n, .count = 1, .err = EIO};

	if (how == STOP_ERROR)
		sim_host_fault(s->host[BOB], &fault);
	else
		sim_host_die_at(s->host[BOB], n, how == STOP_CUT);
}

/* Ends what was to strike, and begins again. */
static void
start_again(struct scene *s)
{
	const struct sim_fault none = {0};

	sim_host_die_at(s->host[BOB], 0, false);
	sim_host_fault(s->host[BOB], &none);
	sim_node_bury(s->node[BOB]);
	scene_up(s, BOB);
	scene_rest(s);
	scene_wait(s, 800); /* beyond any grace */
	scene_rest(s);
}

static void
ends_well(struct scene *s, const struct tale *t)
{
	scene_shows(s, "a", t->a);
	scene_shows(s, "b", t->b);
	if (t->copy != NULL)
		free(scene_copy(s, ADA, t->copy));
	ck_assert_uint_eq(scene_copies(s, ADA), t->copy != NULL);
	ck_assert_uint_eq(
	    scene_names(s, ADA), 1u + (t->b != NULL) + (t->copy != NULL));
}

/* Says whether it was stopped at all. */
static bool
play(const struct tale *t, enum stop how, uint64_t n)
{
	struct scene s = scene_set(2, WORLD);
	uint64_t before;
	bool struck;

	sim_knobs(s.sim)->leases =
	    true; /* else an undone exchange is doubted */
	scene_all_up(&s);
	scene_write(&s, ADA, "a", "one");
	scene_touch(&s, ADA, "a", LIKE_S);
	scene_write(&s, ADA, "b", "another one");
	scene_rest(&s);
	scene_wait(&s, 200);
	before = sim_host_struck(s.host[BOB]);
	strike(&s, how, n);
	t->happens(&s);
	scene_wait(&s, 30);
	struck = sim_host_struck(s.host[BOB]) > before;
	start_again(&s);
	ends_well(&s, t);
	scene_end(&s);
	return struck;
}

static void
at_any_call(const struct tale *t, enum stop how)
{
	uint64_t n = 1;

	while (n < POINTS_MAX && play(t, how, n))
		n++;
	ck_assert_uint_gt(n, 20);
	ck_assert_uint_lt(n, POINTS_MAX);
}

START_TEST(L20_nothing_displaced_rises_after_a_kill)
{
	at_any_call(&tales[_i], STOP_KILL);
}
END_TEST

START_TEST(L21_nothing_displaced_rises_after_a_power_cut)
{
	at_any_call(&tales[_i], STOP_CUT);
}
END_TEST

START_TEST(L23_nothing_displaced_rises_after_an_error)
{
	at_any_call(&tales[_i], STOP_ERROR);
}
END_TEST

TCase *
lessons_stop_tcase(void)
{
	TCase *tc = tcase_create("stop");

	tcase_set_timeout(tc, LESSONS_TIMEOUT_S);
	tcase_add_loop_test(
	    tc, L20_nothing_displaced_rises_after_a_kill, 0, TALES);
	tcase_add_loop_test(
	    tc, L21_nothing_displaced_rises_after_a_power_cut, 0, TALES);
	tcase_add_loop_test(
	    tc, L23_nothing_displaced_rises_after_an_error, 0, TALES);
	return tc;
}
