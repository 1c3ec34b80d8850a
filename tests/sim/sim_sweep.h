/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_sweep - short histories of two machines, each played again for every
 * call that a machine makes in it: there a blow falls. Then whoever is down
 * is started again, all comes to rest, and the oracle judges.
 *
 * What users write here they sync, so that nothing of it may be lost with the
 * power. The histories are in sim_history.c, what users do between two calls
 * in sim_deed.c.
 *
 * Some of the points are tried, others with each TUTTI_SIM_SEED;
 * TUTTI_SIM_ALL=1 tries all, TUTTI_SIM_ALL=3/8 every eighth from the third on,
 * so that eight can share the work. A failure names its point as TUTTI_SIM_POINT
 * takes it, to be played alone, with TUTTI_SIM_SHOW=1 say.
 */
#ifndef TESTS_SIM_SIM_SWEEP_H
#define TESTS_SIM_SIM_SWEEP_H

#include "tests/sim/sim_oracle.h"
#include "tests/sim/sim_scene.h"

/* ---- a play of a history ------------------------------------------------- */

enum blow_how {
	BLOW_KILL, /* its process dies */
	BLOW_CUT, /* its power goes */
	BLOW_FAULT, /* the call fails: arg is the errno */
	BLOW_DEED, /* its user does something: arg is which of deeds */
	BLOW_MEMORY, /* it gets no memory, for so many ms */
	BLOW_HOWS
};

struct blow {
	enum blow_how how;
	int arg;
	unsigned who;
	uint64_t n; /* at the n-th call, of those that it is about */
	uint64_t seed; /* of the world */
	sim_seen_cb *seen; /* each that the blow could come at; may be NULL */
};

struct story {
	struct scene s;
	const struct history *history;
	const struct blow *blow;
	struct oracle *oracle;
	/* Of who is to be struck, when the blow was lifted: */
	uint64_t calls_before, struck_before;
	int64_t then_ns; /* for histories: a time to come back to */
};

struct history {
	const char *name;
	const char *path; /* a file that it is about */
	/* What there is, all at rest; then what happens. */
	void (*before)(struct story *t);
	void (*happens)(struct story *t);
	/* Lifts the blow by itself, somewhere in what happens. */
	bool lifts;
	/* What is done again before all is judged; or NULL. */
	void (*after)(struct story *t);
};

extern const struct history histories[];
extern const int n_histories;
extern const int n_all_histories; /* with those that take too long, or ask */

/* From now on the calls of who is to be struck are counted. */
void story_lift(struct story *t);

/* Runs until nothing moves for a while, or somebody is down: false. */
bool story_rest(struct story *t);

/*
 * Plays a history with a blow in it, n 0: without. Returns how many calls (or
 * requests for memory) it could have come at, and says whether it came. A
 * history that does not end as it has to fails the test that is running.
 */
uint64_t story_play(
    const struct history *h, const struct blow *b, bool *out_struck);

/* ---- deeds --------------------------------------------------------------- */

struct deed {
	const char *name;
	/* Done to the machine's file at path (absolute); 0 or -errno. A host
	 * that leased it makes that -EAGAIN, and it is tried again. */
	int (*act)(struct sim_host *h, const char *path);
	/* Undone before all is judged; or NULL. */
	int (*undo)(struct sim_host *h, const char *path);
};

extern const struct deed deeds[];
extern const int n_deeds;

/* ---- sweeps -------------------------------------------------------------- */

/*
 * Plays a history with blows of a kind at the calls of one machine after the
 * other, and prints how many came. Some points at most when not all.
 */
void sweep(int history, enum blow_how how, int arg, unsigned some);

/* A test of a sweep's program, played for each number below n; a case of its
 * own, so that CK_RUN_CASE can choose it. */
TCase *sweep_tcase(const char *name, const TTest *test, int n);

/*
 * The main of a sweep's program: the point of TUTTI_SIM_POINT alone, or else
 * the tests that it has.
 */
int sweep_main(const char *name, run_tcase *const *tcases, size_t n);

#endif
