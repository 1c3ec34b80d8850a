/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan_test_internal - a real folder, seen through a host that can fail.
 */
#ifndef TESTS_DAEMON_SCAN_SCAN_TEST_INTERNAL_H
#define TESTS_DAEMON_SCAN_SCAN_TEST_INTERNAL_H

#include <check.h>

#include "daemon/host/host_uv.h"
#include "daemon/scan/scan.h"

/* What goes wrong; zeroed: nothing. */
struct faults {
	const char *name; /* of whom stat and open are about */
	int stat_rc;
	int open_rc;
	uint64_t dev; /* if not 0, its device */
	int list_rc;
	size_t list_short; /* names that a listing lacks at its end */
	int lease_rc;
	int read_rc;
	host_cb *at_read; /* called once, before a read */
	host_cb *at_stat; /* called once, before a stat of name */
	host_cb *at_open; /* called once, before name is opened */
	int64_t clock_ns; /* added to the clock */
};

/* Made anew for each test. */
struct bench {
	struct host *real;
	struct host host; /* the real one, with faults */
	struct faults faults;
	uint64_t reads, lists, opens;
	char path[64]; /* of the folder */
	int root;
	uint64_t dev;
	unsigned metadata;
	struct ignore_rules *rules;
	struct scan_job job; /* the last look */
};
extern struct bench b;

#define OK(call) ck_assert_int_eq((call), 0)

TCase *bench_tcase(const char *name);

/* Makes or replaces a file; a name may be a path. */
void bench_file(const char *name, const char *content);
void bench_bytes(const char *name, const void *p, size_t len);
void bench_dir(const char *name);
/* The whole path of a name; one at a time. */
const char *bench_at(const char *name);

/* Begins a job; adds a whole directory, known from the job before or not. */
void bench_begin(void);
struct scan_dir *bench_whole(const char *dir);
/* Lets the directory know what results of the last job said of it. */
void bench_know(struct scan_dir *dir, const struct scan_job *before);
/* A whole look at the root, with what the look before this one found. */
void bench_look(void);
void bench_look_again(bool force);
void bench_run(void);

/* The result for a path, or NULL; that there are so many. */
const struct scan_result *bench_result(const char *path);
void bench_expect(size_t n);
bool bench_has_subdir(const char *path);
bool bench_has_same_subdir(const char *path);

TCase *ignore_test_tcase(void);
TCase *ignore_git_tcase(void);
TCase *ignore_glob_tcase(void);
TCase *ignore_line_tcase(void);
TCase *scan_run_tcase(void);
TCase *scan_look_tcase(void);
TCase *scan_hash_tcase(void);
TCase *scan_fail_tcase(void);
TCase *scan_faults_tcase(void);
TCase *scan_meta_tcase(void);
TCase *scan_verify_tcase(void);

#endif
