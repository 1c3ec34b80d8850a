/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch_fake - a host that says what the test wants it to say. Its directories
 * are numbers, and a directory's watch has the number of the directory, until
 * it is ended: then the next one has a new number.
 */
#ifndef TESTS_DAEMON_WATCH_WATCH_FAKE_H
#define TESTS_DAEMON_WATCH_WATCH_FAKE_H

#include "tests/daemon/watch/watch_test_internal.h"

enum { FAKE_DIRS = 512 };

/* The host, and the watch on it. */
extern struct fake {
	host_event_cb *cb;
	void *arg;
	int number[FAKE_DIRS]; /* of a directory, 0: not watched */
	int last;
	int new_rc, add_rc; /* the next answers */
	bool freed;
	bool strange; /* asked about another watcher, or after its end */
	struct host_ops ops;
	struct host host;
	struct watch *w;
	struct notes notes;
} t;

/* Before and after each test. */
void fake_begin(void);
void fake_end(void);

#endif
