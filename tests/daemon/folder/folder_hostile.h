/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder_hostile - a folder with a few files, and a peer of it that lies
 * (LESSONS C): whatever it says, the folder runs on, others are served, and
 * nothing outside the paths that it speaks of changes.
 */
#ifndef TESTS_DAEMON_FOLDER_FOLDER_HOSTILE_H
#define TESTS_DAEMON_FOLDER_FOLDER_HOSTILE_H

#include <check.h>

#include "tests/daemon/folder/folder_liar.h"

#define HOSTILE_REPLICA 77 /* the liar's */

/* The world of one test. */
struct hostile {
	struct folder_pair pair; /* side 0 is lied to; 1 is honest, if open */
	struct liar liar; /* greeted, nothing offered yet */
	struct host_ops ops; /* of the pair's host, but for the clock */
	const struct host_ops *real;
	int64_t skew_ms; /* that the clock is put forward */
};

extern struct hostile h;

/* A case whose tests have such a world each. */
TCase *hostile_tcase(const char *name);

/* Of side 0. */
struct folder_status hostile_status(void);

/* Runs until a command succeeds at a side, for up to ms. */
bool hostile_comes_true(int side, const char *command, unsigned ms);

/* Does the folder run, and share its files with an honest peer? */
void hostile_expect_alive(void);

struct name hostile_name_of(struct span bytes);

/* Runs until the liar was asked for something. */
void hostile_await_want(void);

/* The liar asks n times for a content; of chunks each time for another. */
void hostile_say_wants(size_t n, enum msg_want_kind kind, struct name content);

#endif
