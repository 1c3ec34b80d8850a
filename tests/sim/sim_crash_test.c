/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At every call of short histories a process dies, or the power goes, or the
 * call fails with an errno (LESSONS 20, 21, 23, 24).
 */
#include <errno.h>

#include "tests/sim/sim_sweep.h"

enum { DEATHS = 6, ERRORS = 1 };

static const int errors[] = {EIO, ENOMEM, ENOSPC, EDQUOT, EMFILE, EACCES, EPERM,
    EROFS, ENOENT, ESTALE, EXDEV, ENAMETOOLONG, ELOOP, EBUSY, ETXTBSY, EINTR,
    EAGAIN, EINVAL, EOPNOTSUPP, EEXIST, ENOTEMPTY, ENOTDIR, EFBIG, EMLINK};

enum { N_ERRORS = sizeof errors / sizeof *errors };

START_TEST(L20_a_kill_at_any_call_loses_nothing)
{
	sweep(_i, BLOW_KILL, 0, DEATHS);
}
END_TEST

START_TEST(L21_a_power_cut_at_any_call_loses_nothing)
{
	sweep(_i, BLOW_CUT, 0, DEATHS);
}
END_TEST

START_TEST(L23_24_an_error_of_any_call_loses_nothing)
{
	sweep(_i / N_ERRORS, BLOW_FAULT, errors[_i % N_ERRORS], ERRORS);
}
END_TEST

static TCase *
kill_tcase(void)
{
	return sweep_tcase(
	    "kill", L20_a_kill_at_any_call_loses_nothing, n_histories);
}

static TCase *
cut_tcase(void)
{
	return sweep_tcase(
	    "cut", L21_a_power_cut_at_any_call_loses_nothing, n_histories);
}

static TCase *
error_tcase(void)
{
	return sweep_tcase("error", L23_24_an_error_of_any_call_loses_nothing,
	    n_histories * N_ERRORS);
}

int
main(void)
{
	static run_tcase *const tcases[] = {kill_tcase, cut_tcase, error_tcase};

	return sweep_main("crash", tcases, sizeof tcases / sizeof *tcases);
}
