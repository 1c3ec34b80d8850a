/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/apply/apply_sweep.h"

#include <errno.h>
#include <stdlib.h>

#include "tests/proto/model/fail_alloc.h"

enum { JOBS_MAX = 64 };

int sweep_err;

/* Those of all test cases; a test's number is its job's place here. */
static const struct sweep_job *swept[JOBS_MAX];
static int n_swept;

void
sweep_told(int rc)
{
	ck_assert_msg(rc == 0 || rc == sweep_err || rc == ERR_CHANGED,
	    "%d, not %d", rc, sweep_err);
}

int
sweep_run(void)
{
	w.job.place = w.place;
	apply_run(&w.job);
	return w.it->rc;
}

static void
check(const struct sweep_job *job, int rc)
{
	job->check(rc);
	if (job->end != NULL)
		job->end();
}

static void
run_once(const struct sweep_job *job, unsigned fail_at, bool fail_on)
{
	int before, rc;

	world_reset();
	job->set();
	before = w.hook.fds;
	w.hook.calls = 0;
	w.hook.fail_at = fail_at;
	w.hook.fail_on = fail_on;
	w.hook.err = sweep_err;
	rc = job->run();
	ck_assert_int_eq(w.hook.fds, before);
	if (fail_at == 0)
		ck_assert_int_eq(rc, 0);
	check(job, rc);
}

START_TEST(L24_a_failing_call_is_told_and_harms_nothing)
{
	static const int errs[] = {-ENOSPC, -EIO, -EACCES};
	unsigned n;

	for (size_t i = 0; i < 6; i++) {
		sweep_err = errs[i / 2];
		run_once(swept[_i], 0, false);
		for (n = 1; n == 1 || w.hook.calls >= n - 1; n++)
			run_once(swept[_i], n, i % 2 == 1);
		ck_assert_uint_gt(n, 2);
	}
}
END_TEST

START_TEST(L24_memory_that_runs_out_is_told_and_harms_nothing)
{
	const struct sweep_job *job = swept[_i];
	unsigned n = 0;
	bool failed;
	int rc;

	sweep_err = -ENOMEM;
	do {
		for (int all = 0; all < 2; all++) {
			world_reset();
			job->set();
			fail_alloc_after(n, all);
			rc = job->run();
			failed = fail_alloc_end();
			check(job, rc);
		}
		n++;
	} while (failed);
}
END_TEST

void
sweep_add(TCase *tcase, const struct sweep_job *jobs, int n)
{
	int first = n_swept;

	if (first + n > JOBS_MAX)
		abort();
	for (int i = 0; i < n; i++)
		swept[n_swept++] = &jobs[i];
	tcase_add_loop_test(tcase, L24_a_failing_call_is_told_and_harms_nothing,
	    first, n_swept);
	tcase_add_loop_test(tcase,
	    L24_memory_that_runs_out_is_told_and_harms_nothing, first, n_swept);
}
