/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_script - what happens in one history, as data made from a seed.
 *
 * A script is a list of operations; each carries its own luck, so that one
 * can be left out and the others stay what they were. The player
 * (sim_play.h) runs it.
 */
#ifndef TESTS_SIM_SIM_SCRIPT_H
#define TESTS_SIM_SIM_SCRIPT_H

#include <stdio.h>

#include "tests/sim/sim.h"

enum { SCRIPT_NODES_MAX = 8 };

/* The folder's place on every machine. */
#define SCRIPT_ROOT "/tree"

enum script_what {
	/* a user's, at a path of a node */
	SCRIPT_WRITE,
	SCRIPT_SAVE,
	SCRIPT_APPEND,
	SCRIPT_PATCH,
	SCRIPT_STORE,
	SCRIPT_MKDIR,
	SCRIPT_REMOVE,
	SCRIPT_RENAME,
	SCRIPT_EXCHANGE,
	SCRIPT_CHMOD,
	SCRIPT_TOUCH,
	SCRIPT_SYMLINK,
	/* a user's, at some conflict copy that is shown */
	SCRIPT_COPY_REMOVE,
	SCRIPT_COPY_EDIT,
	SCRIPT_COPY_BACK,
	/* the world's, to a node or to all connections */
	SCRIPT_CUT,
	SCRIPT_UNLINK,
	SCRIPT_LINK,
	SCRIPT_STOP,
	SCRIPT_KILL,
	SCRIPT_POWER,
	SCRIPT_START,
	SCRIPT_CLOCK,
	/* rarer ones, of many machines and of mishaps (sim_script_fate.c) */
	SCRIPT_PART, /* some reach each other, the others each other */
	SCRIPT_JOIN, /* a late one begins, with files of another already */
	SCRIPT_FORGET, /* the database is lost */
	SCRIPT_SNAPSHOT, /* of the machine as it is now */
	SCRIPT_ROLLBACK, /* the database becomes that of the snapshot */
	SCRIPT_RETREE, /* the folder does */
	SCRIPT_RESTORE, /* the whole machine does */
	SCRIPT_WHATS
};

/* Who names whom as a peer. */
enum script_shape {
	SCRIPT_MESH, /* everybody everybody */
	SCRIPT_LINE, /* each its neighbours */
	SCRIPT_STAR, /* the first everybody, everybody the first */
	SCRIPT_SHAPES
};

struct script_op {
	enum script_what what;
	unsigned node;
	const char *path; /* below the root; static */
	const char *to; /* of renames */
	uint64_t luck; /* reseeds the world before it */
	int64_t pause_ns; /* after it */
	size_t size; /* of what is written */
	size_t number; /* in the whole script; contents are made of it */
	bool skip; /* by the shrinker */
};

struct script {
	uint64_t seed;
	unsigned nodes;
	bool power; /* plugs are pulled */
	bool alike; /* of what users write, much is the same */
	enum script_shape shape;
	unsigned late; /* a bit for each node that does not begin at once */
	VEC(struct script_op) ops;
};

/*
 * Makes a seed's script; with power, machines lose it. Released by
 * script_release.
 */
void script_make(uint64_t seed, unsigned nodes, bool power, struct script *out);
void script_release(struct script *script);

/* Says whether a path's last name is one that a script's users make. */
bool script_knows(const char *path);

/* What the seed has beyond users' acts and stops; script_make's second half,
 * with numbers of its own: the rest of the script stays as it is. */
void script_make_fate(struct script *script);

/* Do two nodes name each other as peers? */
bool script_paired(enum script_shape shape, unsigned a, unsigned b);

/* How long its user waits before an act, ns. */
int64_t script_pause(struct sim *dice, bool slow);

const char *script_what_name(enum script_what what);

/* Prints what is left of a script as a test for sim_shrunk_test.c. */
void script_print(const struct script *script, const char *why, FILE *out);

#endif
