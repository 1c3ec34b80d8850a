/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_conformance - what every host's file system must do alike.
 *
 * Checks written against the table alone, so that the real host and the
 * simulator's can both be held to them: host_conformance_test.c runs them on
 * the real one. A check is given an empty directory and leaves it in any
 * state; it ck_asserts.
 */
#ifndef TESTS_DAEMON_HOST_HOST_CONFORMANCE_H
#define TESTS_DAEMON_HOST_HOST_CONFORMANCE_H

#include "daemon/host/host.h"

struct host_conformance {
	const struct host *h;
	int dir; /* empty */
	bool leases; /* this file system has them */
	/* Lets the clock that stamps files go on by at least one stamp. */
	void (*tick)(const struct host_conformance *c);
};

struct host_conformance_check {
	const char *name; /* what holds, as a sentence */
	void (*check)(const struct host_conformance *c);
};

extern const struct host_conformance_check host_conformance_checks[];
extern const size_t n_host_conformance_checks;

#endif
