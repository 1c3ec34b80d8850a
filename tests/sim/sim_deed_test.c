/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At every call of short histories the user of that machine does something to
 * the very file that the daemon works on (LESSONS 5, 67, 68, 69).
 */
#include "tests/sim/sim_sweep.h"

enum { POINTS = 2 };

START_TEST(L5_a_deed_at_any_call_is_lost_to_nobody)
{
	sweep(_i / n_deeds, BLOW_DEED, _i % n_deeds, POINTS);
}
END_TEST

static TCase *
deed_tcase(void)
{
	return sweep_tcase("deed", L5_a_deed_at_any_call_is_lost_to_nobody,
	    n_histories * n_deeds);
}

int
main(void)
{
	static run_tcase *const tcases[] = {deed_tcase};

	return sweep_main("deed", tcases, sizeof tcases / sizeof *tcases);
}
