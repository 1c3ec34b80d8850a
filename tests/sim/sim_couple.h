/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_couple - what the tests of kept versions share: ada and bob, two nodes
 * with one folder, and what bob's keeps aside.
 */
#ifndef TESTS_SIM_SIM_COUPLE_H
#define TESTS_SIM_SIM_COUPLE_H

#include <check.h>

#include "tests/sim/sim_node.h"
#include "tests/sim/sim_script.h"

#define OK(call) ck_assert_int_eq(call, 0)
#define VERSIONS SCRIPT_ROOT "/.tutti/versions"
#define QUARANTINE SCRIPT_ROOT "/.tutti/quarantine"

enum {
	GRACE_S = 60,
	JUDGED_S = 90, /* the grace and a look at it */
};

/* Ada is 0, bob 1. */
struct couple {
	struct sim *sim;
	struct sim_node *node[2];
	struct sim_host *host[2];
};

/* Starts both and lets them agree. */
struct couple couple_begin(uint64_t seed);

/* The same; ada wrote d/n.txt, "one", then "two"; bob's one is in quarantine. */
struct couple couple_begin_replaced(uint64_t seed);

/* Stops both, and checks that nothing was left behind. */
void couple_end(struct couple *c);

/* Runs until both rest, and fails the test when they do not. */
void couple_settle(struct couple *c);

/* Days pass for bob's clock, an hour each for his node. */
void couple_days(struct couple *c, int n);

/* A user of one of them writes a whole file. */
void couple_write(
    struct couple *c, int who, const char *path, const char *text);

/* Has bob a file of these bytes anywhere below root? */
bool couple_holds(struct couple *c, const char *root, const char *text);

TCase *kept_tcase(void);
TCase *kept_restore_tcase(void);
TCase *kept_memory_tcase(void);

#endif
