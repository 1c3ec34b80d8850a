/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_test_internal - a real host and a temporary directory for each test.
 */
#ifndef TESTS_DAEMON_HOST_HOST_TEST_INTERNAL_H
#define TESTS_DAEMON_HOST_HOST_TEST_INTERNAL_H

#include <check.h>

#include "daemon/host/host_uv.h"

/* What every test has; made anew for each by the fixture. */
struct bench {
	struct host *h;
	char path[64]; /* of the temporary directory */
	int dir; /* it, open */
};
extern struct bench b;

/* A test case with the fixture. */
TCase *bench_tcase(const char *name);

/* Runs the loop until *done, at most a minute. */
void bench_wait(const bool *done);

/* Makes a file of that content. */
void bench_file(int dir, const char *name, const char *content);

/* Checks that a file has that content. */
void bench_holds(int dir, const char *name, const char *content);

#define OK(call) ck_assert_int_eq((call), 0)
#define FAILS(call, err) ck_assert_int_eq((call), (err))

TCase *host_conformance_tcase(void);
TCase *host_dir_tcase(void);
TCase *host_file_tcase(void);
TCase *host_lease_tcase(void);
TCase *host_machine_tcase(void);
TCase *host_open_tcase(void);
TCase *host_refuse_call_tcase(void);
TCase *host_refuse_file_tcase(void);
TCase *host_refuse_machine_tcase(void);
TCase *host_refuse_rename_tcase(void);
TCase *host_refuse_stream_tcase(void);
TCase *host_refuse_uv_tcase(void);
TCase *host_uv_job_tcase(void);
TCase *host_uv_poll_tcase(void);
TCase *host_uv_stream_tcase(void);
TCase *host_uv_timer_tcase(void);
TCase *host_uv_watch_tcase(void);

#endif
