/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_all - histories of a whole tree, judged exactly (LESSONS 2).
 *
 * Users make, edit, move, link, touch and take away files and directories on
 * machines that part, meet, die and come back. The model (tests/causal) hears
 * what each machine says of the versions that it makes and gets, and sees what
 * users change at the very moment; at rest every machine has to show just the
 * tree that follows.
 */
#ifndef TESTS_SIM_SIM_ALL_H
#define TESTS_SIM_SIM_ALL_H

#include "tests/causal/causal_act.h"
#include "tests/sim/sim_game.h"
#include "tests/sim/sim_world.h"

struct all_op {
	bool user;
	enum causal_what what; /* a user's */
	const char *path, *to; /* static */
	enum world_what world; /* else */
	unsigned node, other;
	uint64_t luck; /* reseeds the world before it */
	int64_t pause_ns; /* after it */
	bool skip; /* by the shrinker */
};

struct all_script {
	uint64_t seed;
	unsigned nodes;
	VEC(struct all_op) ops;
};

/* A seed's history; released by all_script_release. */
void all_script_make(uint64_t seed, unsigned nodes, struct all_script *out);
void all_script_release(struct all_script *script);

/* Plays it; what happens goes to text when not NULL. */
void all_play(
    const struct all_script *script, FILE *text, struct game_result *out);

/* A simulated machine's folder, as users change it (sim_all_files.c). */
struct all_files {
	struct causal_files files;
	struct causal *model;
	struct sim_host *host;
	unsigned machine;
	struct causal_act *act; /* under way, or NULL */
	bool opened; /* in this step of it, to be written */
};
void all_files_init(struct all_files *f, struct causal *model,
    struct sim_host *host, unsigned machine);

/* To be told by the world: of a name about to change, and of contents. */
void all_files_about(struct all_files *f, const char *path);
void all_files_content(struct all_files *f, const struct sim_content *content);

#endif
