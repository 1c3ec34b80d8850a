/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/apply/apply_sweep.h"

#include <errno.h>

#include "tests/proto/model/fail_alloc.h"

int sweep_err;

void
sweep_told(int rc)
{
	ck_assert_msg(rc == 0 || rc == sweep_err || rc == ERR_CHANGED,
	    "%d, not %d", rc, sweep_err);
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

void
sweep_calls(const struct sweep_job *job)
{
	static const int errs[] = {-ENOSPC, -EIO, -EACCES};
	unsigned n;

	for (size_t i = 0; i < 6; i++) {
		sweep_err = errs[i / 2];
		run_once(job, 0, false);
		for (n = 1; n == 1 || w.hook.calls >= n - 1; n++)
			run_once(job, n, i % 2 == 1);
		ck_assert_uint_gt(n, 2);
	}
}

void
sweep_memory(const struct sweep_job *job)
{
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
