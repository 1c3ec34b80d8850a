/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At every request for memory of short histories there is none, once or for a
 * while: an error like any other, which loses nothing (LESSONS 24).
 */
#include "tests/sim/sim_memory_wrap.h"
#include "tests/sim/sim_sweep.h"

enum { ONCE = 24, A_WHILE = 8, WHILE_MS = 700 };

START_TEST(L24_a_request_for_memory_that_fails_loses_nothing)
{
	sweep(_i, BLOW_MEMORY, 0, ONCE);
}
END_TEST

START_TEST(L24_no_memory_for_a_while_loses_nothing)
{
	sweep(_i, BLOW_MEMORY, WHILE_MS, A_WHILE);
}
END_TEST

static TCase *
once_tcase(void)
{
	return sweep_tcase("once",
	    L24_a_request_for_memory_that_fails_loses_nothing, n_histories);
}

static TCase *
while_tcase(void)
{
	return sweep_tcase(
	    "while", L24_no_memory_for_a_while_loses_nothing, n_histories);
}

int
main(void)
{
	static run_tcase *const tcases[] = {once_tcase, while_tcase};

	if (sim_memory_wrap() != 0)
		return 1;
	return sweep_main("memory", tcases, sizeof tcases / sizeof *tcases);
}
