/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply_hook - a host's table with somebody sitting between the calls.
 *
 * Passes the file functions on to a real host, counting them. Before a
 * chosen call a user may act; a chosen one, or all from it on, may fail.
 */
#ifndef TESTS_DAEMON_APPLY_APPLY_HOOK_H
#define TESTS_DAEMON_APPLY_APPLY_HOOK_H

#include "daemon/host/host.h"

enum { HOOK_ACTS = 2 };
#define HOOK_ATTR "user.a"

struct hook {
	struct host host; /* what the code under test gets */
	struct host_ops ops;
	const struct host *real;
	unsigned calls; /* so far */
	struct {
		unsigned before; /* this call, from 1; 0: never */
		host_cb *cb;
		void *arg;
	} acts[HOOK_ACTS];
	unsigned fail_at; /* this call fails; 0: none */
	bool fail_on; /* and all after it */
	int err;
	bool clones; /* sharing blocks works, by copying them */
	unsigned shared; /* times that was done */
	bool no_exchange; /* as on file systems without it */
	bool no_sync; /* syncs do nothing, for speed */
	unsigned syncs; /* of single files and directories */
	unsigned fs_syncs;
	int fds; /* open now */
	const char *attr; /* the value of user.a, of whatever is open; NULL:
			   * there is no such attribute */
	char attr_bytes[32];
};

/* Starts anew: no acts, no failures, nothing counted. */
void hook_init(struct hook *k, const struct host *real);

#endif
