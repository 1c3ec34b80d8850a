/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_sweep.h"

#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_S = 36000 };

/* ---- all points ---------------------------------------------------------- */

static uint64_t
fresh_seed(void)
{
	const char *seed = getenv("TUTTI_SIM_SEED");

	return seed && *seed ? strtoull(seed, NULL, 0) : 0;
}

static size_t
sweep_all(const struct history *h, struct blow b)
{
	unsigned first = 1, step = 1;
	bool struck = true;
	size_t n = 0;

	(void)sscanf(getenv("TUTTI_SIM_ALL"), "%u/%u", &first, &step);
	for (b.n = first; struck; b.n += step) {
		(void)story_play(h, &b, &struck);
		n += struck;
	}
	return n;
}

static size_t
sweep_some(const struct history *h, struct blow b, unsigned some)
{
	struct sim *dice = sim_new(b.seed * BLOW_HOWS + b.how);
	uint64_t calls;
	bool struck;
	size_t n = 0;

	b.n = 0;
	calls = story_play(h, &b, &struck);
	for (unsigned i = 0; i < some && calls > 0; i++) {
		b.n = 1 + sim_random(dice, calls);
		(void)story_play(h, &b, &struck);
		n += struck;
	}
	sim_free(dice);
	return n;
}

static const char *
what(enum blow_how how, int arg)
{
	return how == BLOW_FAULT    ? strerror(arg)
	       : how == BLOW_DEED   ? deeds[arg].name
	       : how == BLOW_CUT    ? "power"
	       : how == BLOW_MEMORY ? "no memory"
				    : "killed";
}

/* A build with sanitizers is slow: of its sweeps each run takes a third. */
static bool
is_left_out(int history, enum blow_how how, int arg)
{
	const char *slow = getenv("INSTRUMENTED");
	uint64_t turn = fresh_seed() + (uint64_t)(history + (int)how + arg);

	return slow != NULL && strcmp(slow, "yes") == 0 &&
	       getenv("TUTTI_SIM_ALL") == NULL && turn % 3 != 0;
}

void
sweep(int history, enum blow_how how, int arg, unsigned some)
{
	const struct history *h = &histories[history];
	size_t n = 0;

	if (is_left_out(history, how, arg))
		return;
	for (unsigned who = ADA; who <= BOB; who++) {
		struct blow b = {.how = how, .arg = arg, .who = who};

		b.seed = fresh_seed() + (unsigned)history;
		n += getenv("TUTTI_SIM_ALL") ? sweep_all(h, b)
					     : sweep_some(h, b, some);
	}
	printf("%s, %s: %zu points\n", h->name, what(how, arg), n);
	fflush(stdout);
}

/* ---- main ---------------------------------------------------------------- */

START_TEST(one_point_loses_nothing)
{
	int history, how;
	unsigned long long n, seed;
	struct blow b = {0};
	bool struck;

	ck_assert_int_eq(
	    sscanf(getenv("TUTTI_SIM_POINT"), "%d %d %d %u %llu %llu", &history,
		&how, &b.arg, &b.who, &n, &seed),
	    6);
	b.how = (enum blow_how)how;
	b.n = n;
	b.seed = seed;
	(void)story_play(&histories[history], &b, &struck);
	ck_assert(struck || n == 0);
}
END_TEST

TCase *
sweep_tcase(const char *name, const TTest *test, int n)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, TIMEOUT_S);
	tcase_add_loop_test(tc, test, 0, n);
	return tc;
}

static TCase *
point_tcase(void)
{
	return sweep_tcase("point", one_point_loses_nothing, 1);
}

int
sweep_main(const char *name, run_tcase *const *tcases, size_t n)
{
	static run_tcase *const one[] = {point_tcase};

	return getenv("TUTTI_SIM_POINT") ? run_tests(name, one, 1)
					 : run_tests(name, tcases, n);
}
