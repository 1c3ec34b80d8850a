/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A daemon that starts while memory runs out (LESSONS 24), and stops at once
 * when it has started. POOR_AFTER allocations succeed, then one fails, or
 * with POOR_ALL all do. "whole" on stdout: there were no more of them.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/host/host_uv.h"
#include "tests/proto/model/fail_alloc.h"

static int heard; /* of the signals that end it or have it read again */

int __real_host_uv_on_signal(
    struct host *h, int signum, host_cb *cb, void *arg);
int __wrap_host_uv_on_signal(
    struct host *h, int signum, host_cb *cb, void *arg);
void __real_host_uv_run(struct host *h);
void __wrap_host_uv_run(struct host *h);

/* What counts coverage writes its figures later. */
static void
end(void)
{
	(void)fail_alloc_end();
}

static void __attribute__((constructor)) begin(void)
{
	const char *after = getenv("POOR_AFTER");

	if (after != NULL && atexit(end) == 0)
		fail_alloc_after(atol(after), getenv("POOR_ALL") != NULL);
}

int
__wrap_host_uv_on_signal(struct host *h, int signum, host_cb *cb, void *arg)
{
	int rc = __real_host_uv_on_signal(h, signum, cb, arg);

	heard += rc == 0;
	return rc;
}

/* Also run to end what had begun when something else could not. */
void
__wrap_host_uv_run(struct host *h)
{
	if (!fail_alloc_end())
		puts("whole");
	if (heard == 3)
		raise(SIGTERM);
	__real_host_uv_run(h);
}
