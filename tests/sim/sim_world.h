/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_world - machines that part and meet, die and come back, until all rest:
 * the half of a history that has nothing to do with files.
 */
#ifndef TESTS_SIM_SIM_WORLD_H
#define TESTS_SIM_SIM_WORLD_H

#include "tests/sim/sim_node.h"
#include "tests/sim/sim_script.h"

enum world_what {
	WORLD_PART, /* two machines no longer reach each other */
	WORLD_JOIN,
	WORLD_CUT,
	WORLD_STOP,
	WORLD_KILL,
	WORLD_START,
	WORLD_CLOCK,
	WORLD_WHATS
};

const char *world_what_name(enum world_what what);

/* What happens at random; calm: no kill. */
enum world_what world_choose(struct sim *dice, bool calm);

struct world {
	struct sim *sim;
	unsigned n;
	struct sim_node *nodes[SCRIPT_NODES_MAX];
	struct sim_host *hosts[SCRIPT_NODES_MAX];
	bool busy[SCRIPT_NODES_MAX]; /* its user's program is under way */
	bool well;
	char why[1024]; /* else: a letter for the kind, and what it was */

	/* The player's; each may be NULL. */
	void *arg;
	void (*look)(void *arg); /* between all events */
	void (*dies)(void *arg, unsigned who); /* at some call to come */
	void (*starts)(void *arg, unsigned who); /* again: what it has, stays */
};

/* Makes machines that share one folder and all name each other, their clocks
 * apart; they are down. What happens is written to text when not NULL. */
void world_open(struct world *w, uint64_t seed, unsigned n, FILE *text);
void world_close(struct world *w);

void world_start(struct world *w, unsigned who);

/* Something happens to a machine, or between it and another. */
void world_happens(
    struct world *w, enum world_what what, unsigned who, unsigned other);

/* Runs a user's program, after the one before has ended. arg is malloc'd, and
 * freed at its end. */
void world_user(struct world *w, unsigned who, host_cb *program, void *arg);

/* Lets so much time pass; then buries who died meanwhile. */
void world_pass(struct world *w, int64_t ns);

/* All users end, all machines are up and meet; until that is quiet. */
void world_rest(struct world *w);

/* Stops all machines, which leave nothing behind. */
void world_end(struct world *w);

/* Notes what is wrong, unless something was. */
void world_fail(struct world *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
