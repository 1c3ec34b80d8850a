/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client - the command: a table of verbs, one file a verb.
 *
 * In come words, out come sentences, one JSON document (--json) and an exit
 * code. Verbs that only say something about this device write whole
 * configuration files and tell a running daemon to look at them; all others
 * ask the daemon over HTTP/JSON on its unix socket. Used by main.c and the
 * tests; one thread.
 */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <stdio.h>

#include "daemon/conf/conf.h"

/* What the command's exit code says; fixed, others' scripts use them. */
enum client_exit {
	CLIENT_OK = 0,
	CLIENT_ERROR = 1,
	CLIENT_USAGE = 2,
	CLIENT_NO_DAEMON = 3, /* it is not running */
	CLIENT_NOT_FOUND = 4, /* no such folder, peer or path */
	CLIENT_NOT_IN_SYNC = 5, /* these three with status --check only, */
	CLIENT_CONFLICTS = 6, /* the first that applies of 8, 6, 5 */
	CLIENT_REFUSED = 7, /* pairing, authentication */
	CLIENT_HALTED = 8,
	CLIENT_AGAIN = 75, /* try again later */
	CLIENT_INTERRUPTED = 130,
};

/* What a run of the command stands on; all borrowed. */
struct client_world {
	conf_getenv *get; /* the environment */
	void *arg;
	FILE *out;
	FILE *err;
};

/*
 * Runs the command. argv is main's, argc at least 1, and may be reordered.
 * Returns the exit code; everything has been said.
 */
int client_run(const struct client_world *world, int argc, char **argv);

#endif
