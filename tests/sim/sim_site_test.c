/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each place in daemon/folder that asks for memory, or makes a call of the
 * host, by itself or through what lies below it, is told once that there is
 * none, or that it failed; in the first of the short histories that comes
 * there. Nothing is lost by it (LESSONS 23, 24).
 */
#include <errno.h>
#include <stdlib.h>

#include "tests/sim/sim_memory_wrap.h"
#include "tests/sim/sim_site.h"
#include "tests/sim/sim_sweep.h"

enum { PLACES_MAX = 4096, WHOLE = 64 };

/* Nothing is asked for in here: that would be counted. */
static uint64_t known[PLACES_MAX]; /* places that were tried */
static size_t n_known;
static uint64_t points[PLACES_MAX]; /* of the history that is played */
static size_t n_points;

static bool
is_known(uint64_t site)
{
	for (size_t i = 0; i < n_known; i++)
		if (known[i] == site)
			return true;
	return false;
}

static void
see(uint64_t n)
{
	uint64_t site = sim_site(WHOLE);

	if (site == 0 || is_known(site))
		return;
	if (n_known == PLACES_MAX)
		abort();
	known[n_known++] = site;
	points[n_points++] = n;
}

static void
sweep_sites(int history, enum blow_how how, int arg, unsigned who)
{
	struct blow b = {.how = how, .arg = arg, .who = who};
	bool struck;

	b.seed = (unsigned)history;
	b.seen = see;
	n_points = 0;
	(void)story_play(&histories[history], &b, &struck);
	b.seen = NULL;
	for (size_t i = 0; i < n_points; i++) {
		b.n = points[i];
		(void)story_play(&histories[history], &b, &struck);
		ck_assert(struck);
	}
}

static void
sweep_histories(enum blow_how how, int arg)
{
	n_known = 0;
	for (int i = 0; i < n_all_histories; i++)
		for (unsigned who = ADA; who <= BOB; who++)
			sweep_sites(i, how, arg, who);
	printf("%zu places\n", n_known);
}

START_TEST(L24_no_memory_at_any_place_of_the_engine_loses_nothing)
{
	sweep_histories(BLOW_MEMORY, 0);
}
END_TEST

START_TEST(L23_an_error_at_any_place_of_the_engine_loses_nothing)
{
	sweep_histories(BLOW_FAULT, EIO);
}
END_TEST

static TCase *
memory_tcase(void)
{
	return sweep_tcase("memory",
	    L24_no_memory_at_any_place_of_the_engine_loses_nothing, 1);
}

static TCase *
error_tcase(void)
{
	return sweep_tcase(
	    "error", L23_an_error_at_any_place_of_the_engine_loses_nothing, 1);
}

int
main(void)
{
	static run_tcase *const tcases[] = {memory_tcase, error_tcase};

	if (sim_memory_wrap() != 0)
		return 1;
	sim_site_init("folder");
	return sweep_main("site", tcases, sizeof tcases / sizeof *tcases);
}
