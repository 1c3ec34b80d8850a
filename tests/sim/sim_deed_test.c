/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At every call of short histories the user of that machine does something to
 * the very file that the daemon works on (LESSONS 5, 67, 68, 69).
 */
#include "tests/sim/sim_sweep.h"

enum { TIMEOUT_S = 36000, POINTS = 2 };

START_TEST(L5_a_deed_at_any_call_is_lost_to_nobody)
{
	sweep(_i / n_deeds, BLOW_DEED, _i % n_deeds, POINTS);
}
END_TEST

static TCase *
deed_tcase(void)
{
	TCase *tc = tcase_create("deed");

	tcase_set_timeout(tc, TIMEOUT_S);
	tcase_add_loop_test(tc, L5_a_deed_at_any_call_is_lost_to_nobody, 0,
	    n_histories * n_deeds);
	return tc;
}

int
main(void)
{
	return sweep_main("deed", deed_tcase);
}
