/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply_sweep - each call of a job fails, and each allocation (LESSONS 24).
 *
 * A job is made ready in a world of its own, run, and then the disk and what
 * was told of it are checked, for each place at which something may fail.
 */
#ifndef TESTS_DAEMON_APPLY_APPLY_SWEEP_H
#define TESTS_DAEMON_APPLY_APPLY_SWEEP_H

#include "tests/daemon/apply/apply_world.h"

struct sweep_job {
	void (*set)(void);
	int (*run)(void); /* asks check for nothing: its memory may fail too */
	void (*check)(int rc); /* and what else is said, and is on the disk */
	void (*end)(void); /* releases what set made; NULL: nothing */
};

extern int sweep_err; /* that the failing call gives */

/* Checks that an rc is 0 or that error, or says that something is not as it
 * was. */
void sweep_told(int rc);

/* Runs the world's apply job, and gives what was told of its item. */
int sweep_run(void);

/*
 * Adds the tests of n jobs: each call fails once, and all from each on, with
 * several errors; each allocation fails once, and all from each on. What is
 * open afterwards was open before. It goes well if nothing fails.
 */
void sweep_add(TCase *tcase, const struct sweep_job *jobs, int n);

#endif
