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

/* Each call fails once, and all from each on, with several errors. What is
 * open afterwards was open before. It goes well if nothing fails. */
void sweep_calls(const struct sweep_job *job);

/* Each allocation fails once, and all from each on. */
void sweep_memory(const struct sweep_job *job);

#endif
