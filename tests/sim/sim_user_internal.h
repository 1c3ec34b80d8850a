/* SPDX-License-Identifier: Apache-2.0 */
/* sim_user_internal - a user's program as it goes from one thing to the next. */
#ifndef TESTS_SIM_SIM_USER_INTERNAL_H
#define TESTS_SIM_SIM_USER_INTERNAL_H

#include "tests/sim/sim_internal.h"

struct sim_program {
	struct sim_program *next;
	struct sim_host *host;
	uint64_t power; /* when it began */
	struct sim_fiber fiber;
	struct sim_event event;
	host_cb *ended;
	struct sim_file *file; /* open now */
};

/* The program that runs now on the machine; NULL: the test itself acts. */
struct sim_program *user_program(struct sim_host *h);

/* 0, or -EIO once its machine lost power, or the world ends. */
int user_lives(struct sim_host *h);

/* Before each thing a program does: time goes on, and others have theirs. */
int user_step(struct sim_host *h);

/* Begins something about a name: fills *out. */
int user_step_at(struct sim_host *h, const char *path, struct sim_naming *out);

/* Tells who watches of a content: as it says, taken from a path, or left at
 * one, where it came from another (NULL: none). */
void user_tell(
    struct sim_host *h, struct sim_content content, const struct sim_inode *i);
void user_tell_taken(
    struct sim_host *h, const char *path, const struct sim_inode *i);
void user_tell_left(struct sim_host *h, const char *path, const char *from,
    const struct sim_inode *i);

#endif
