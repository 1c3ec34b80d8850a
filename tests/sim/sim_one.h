/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_one - histories of a single file, judged exactly (LESSONS 1).
 *
 * The model is that of Hughes, Pierce and others ("Mysteries of Dropbox"),
 * for what users see: each write or delete observes what stands at the path,
 * on that machine, at that moment; and, through it, all that was observed
 * when that was written. A value that nothing observed stands. At rest
 *
 * - every machine shows the same, and nothing that nobody wrote;
 * - each value that stands is shown, at the path or as one conflict copy;
 * - what was observed is not at the path; it is a conflict copy only if that
 *   was made on a machine that had not yet shown what came from it (of
 *   histories in which a daemon is killed: it is shown or not);
 * - something is at the path, unless somebody deleted what was;
 * - nothing is shown twice, unless somebody deleted what had won while a copy
 *   of what had lost was being made elsewhere.
 */
#ifndef TESTS_SIM_SIM_ONE_H
#define TESTS_SIM_SIM_ONE_H

#include "tests/sim/sim_game.h"
#include "tests/sim/sim_world.h"

/* The file. Its name tells nothing, its copies have one of their own. */
#define ONE_NAME "a.txt"

/* ---- the model (sim_one_model.c) ----------------------------------------- */

struct one_model;

/* Makes one that hears all users' programs of the world. */
struct one_model *one_model_new(
    struct sim *s, struct sim_host *const *hosts, unsigned n);
void one_model_free(struct one_model *m);

/* Looks at what machines show now; to be called between all events. */
void one_model_look(struct one_model *m);

/* A user removed the file; a daemon is killed. */
void one_model_deleted(struct one_model *m);
void one_model_died(struct one_model *m);

/* Judges the machines at rest; else *out is a line that says what is wrong. */
bool one_model_judge(struct one_model *m, char *out, size_t len);

/* Values so far, and those that nothing has observed yet. */
size_t one_model_values(const struct one_model *m);
size_t one_model_standing(const struct one_model *m);

/* ---- histories (sim_one_script.c, sim_one_play.c) ------------------------ */

enum one_what {
	ONE_WRITE,
	ONE_SAVE,
	ONE_APPEND,
	ONE_REMOVE,
	ONE_WORLD, /* not a user's: an enum world_what */
	ONE_WHATS
};

struct one_op {
	enum one_what what;
	enum world_what world;
	unsigned node, other;
	uint64_t luck; /* reseeds the world before it */
	int64_t pause_ns; /* after it */
	bool skip; /* by the shrinker */
};

struct one_script {
	uint64_t seed;
	unsigned nodes;
	VEC(struct one_op) ops;
};

/* A seed's history; released by one_script_release. */
void one_script_make(uint64_t seed, unsigned nodes, struct one_script *out);
void one_script_release(struct one_script *script);

const char *one_op_name(const struct one_op *op);

/* Plays it; what happens goes to text when not NULL. */
void one_play(
    const struct one_script *script, FILE *text, struct game_result *out);

#endif
