/* SPDX-License-Identifier: Apache-2.0 */
/*
 * causal - what the tree has to be at rest, told from what happened before.
 *
 * An executable reading of DESIGN.md section 2, with code of its own: of
 * daemon/ and proto/model it takes the shapes of dots and kinds alone. In
 * come, for each machine and in their order,
 *
 * - the versions that it made: what they state, and of which version its disk
 *   was (the event version_made); with which vector follows here;
 * - the versions that came to it (version_came), and those that it showed
 *   (applied);
 * - what it remembers after its process died;
 * - what its users changed, and what stood there at that moment.
 *
 * Out comes the tree: every path with its kind, content, bits and mtime, and
 * every conflict copy under its name. And a verdict on what engines said:
 * that each version states what a user left there, covers all that this user
 * saw there, and that nothing a user left goes unsaid.
 *
 * The first thing that is wrong stays; all after it is noise.
 */
#ifndef TESTS_CAUSAL_CAUSAL_H
#define TESTS_CAUSAL_CAUSAL_H

#include "daemon/log/log.h"
#include "proto/base/vec.h"
#include "proto/model/model.h"

enum { CAUSAL_MACHINES = 8 };

/* What stands at a path. Zeroed memory: nothing (KIND_NONE). */
struct causal_state {
	int kind;
	uint16_t bits; /* of files and directories */
	int64_t mtime_ns; /* of files and links */
	struct name content;
};

bool causal_state_same(
    const struct causal_state *a, const struct causal_state *b);

/* Names what a file of at most 64 KiB holds. */
void causal_name(struct span bytes, struct name *out);

/* "file 644 mtime … content …", into out. */
void causal_state_text(const struct causal_state *s, char *out, size_t len);

struct causal;

struct causal *causal_new(unsigned machines);
void causal_free(struct causal *c);

/* Forgets what was wrong and what machines know, to judge once more. */
void causal_forgive(struct causal *c);

/* What is wrong, a line that begins with a letter for its kind; or NULL. */
const char *causal_wrong(const struct causal *c);

/* ---- what engines say ---------------------------------------------------- */

/* Takes an event of a machine's log, for a sink that hears all of it. */
void causal_hear(
    struct causal *c, unsigned machine, const struct log_record *record);

/* Compares what a machine has of a version, vector and all. */
void causal_compare(struct causal *c, const struct version *has);

/* Or takes its word: it knows this version, superseded by no other. */
void causal_knows(
    struct causal *c, unsigned machine, const struct version *known);

/* Its process died, or its memory was read: these versions are what it
 * remembers, and it ever knew those that knowledge covers. What it made
 * beyond that was never said to anybody. */
struct causal_dots {
	VEC(struct dot) v;
};
void causal_remembers(struct causal *c, unsigned machine,
    const struct causal_dots *dots, const struct causal_dots *knowledge);

/* It may have lost what it saw of its disk, with its process. */
void causal_died(struct causal *c, unsigned machine);

/* ---- what users do ------------------------------------------------------- */

/* A user is about to change the path, where this stands; then, maybe, did.
 * Where nothing was said of a path before, nothing stood. */
void causal_about(struct causal *c, unsigned machine, const char *path,
    const struct causal_state *seen);
void causal_left(struct causal *c, unsigned machine, const char *path,
    const struct causal_state *now);

/* Calls cb with each path of a causal_about since the last forgetting. */
typedef void causal_path_cb(void *arg, const char *path);
void causal_each_about(
    struct causal *c, unsigned machine, causal_path_cb *cb, void *arg);
void causal_forget_about(struct causal *c, unsigned machine);

/* ---- at rest ------------------------------------------------------------- */

struct causal_item {
	char *path; /* owned */
	struct causal_state state;
	bool any_bits; /* a directory of which there is no version */
};

/* Ascending by path. Zeroed memory is an empty one. */
struct causal_tree {
	VEC(struct causal_item) v;
};
void causal_tree_add(struct causal_tree *t, const char *path,
    const struct causal_state *state, bool any_bits);
void causal_tree_sort(struct causal_tree *t);
void causal_tree_release(struct causal_tree *t);

/* Judges what does not depend on disks: all machines know the same, every
 * loser has its copy. */
void causal_judge(struct causal *c);

/* Judges that nothing that users left went unsaid. */
void causal_judge_users(struct causal *c);

/* Judges that every content is there that nobody took away. */
void causal_judge_contents(
    struct causal *c, const struct causal_tree *expected);

/* The tree that all have to show. */
void causal_expect(const struct causal *c, struct causal_tree *out);

/* Judges what a machine shows against that. */
void causal_judge_tree(struct causal *c, unsigned machine,
    const struct causal_tree *expected, const struct causal_tree *shown);

/* Figures. */
size_t causal_versions(const struct causal *c);
size_t causal_copies(const struct causal *c);

#endif
