/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_test - a host whose clocks the test turns, over the real one, and a log
 * that writes "stderr" into a buffer and its file into an empty directory.
 */
#ifndef TESTS_DAEMON_LOG_LOG_TEST_H
#define TESTS_DAEMON_LOG_LOG_TEST_H

#include "daemon/host/host_ops.h"
#include "daemon/log/log.h"
#include "tests/run.h"

#define OK(call) ck_assert_int_eq((call), 0)

enum { RING_BYTES = 4096 };

extern struct host *real;
extern struct host_ops ops; /* the host's */
extern struct host host;
extern int64_t clock_ns;
extern int dir; /* with the log's file */
extern struct buf shown; /* what came on "stderr" */
extern struct log the_log;

/* Before and after each test; the log is not begun yet. */
void set_up(void);
void tear_down(void);

void start(enum log_level level, enum log_stderr kind);

/* Asserts that just this was shown, and forgets it. */
void shown_is(const char *text);

bool contains(struct span s, const char *text);
size_t lines(struct span s);

run_tcase log_format_tcase, log_limit_tcase, log_ring_tcase, log_sink_tcase;

#endif
