/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_run - runs the command inside a test, on a home of its own.
 */
#ifndef TESTS_CLIENT_CLIENT_RUN_H
#define TESTS_CLIENT_CLIENT_RUN_H

#include "client/client_internal.h"
#include "tests/run.h"

/* Makes and removes a temporary directory with home/ in it. */
void run_begin(void);
void run_end(void);

/* Makes a directory in it. */
void run_mkdir(const char *name);

/* The directory. */
extern char run_dir[RUN_DIR_BYTES];

/*
 * Runs "tutti" with the words of a line, parted by blanks; "%" stands for
 * the directory. Returns the exit code; what it printed is in run_out and
 * run_err.
 */
int run(const char *line);
extern char *run_out, *run_err;

/* Fails unless the line exits so, and says what (or NULL) on out or err. */
void expect(const char *line, int code, const char *what);

/* Serves n requests on the home's socket with one answer, elsewhere. */
void serve(int n, int status, const char *body);

run_tcase args_tcase;
run_tcase call_tcase;
run_tcase offline_tcase;
run_tcase time_tcase;

#endif
