/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_tree - what a machine's folder looks like to its user, at one moment.
 */
#ifndef TESTS_SIM_SIM_TREE_H
#define TESTS_SIM_SIM_TREE_H

#include "tests/sim/sim.h"

struct tree_item {
	char *path; /* below the root; owned */
	int kind;
	uint16_t bits;
	int64_t mtime_ns;
	uint64_t size;
	uint64_t hash; /* of a file's bytes, of a link's text */
};

/* Ascending by path. Zeroed memory is an empty one. */
struct tree {
	VEC(struct tree_item) v;
	uint64_t only; /* only files of this size are hashed; 0: all */
};

/*
 * Reads all below root (absolute) on the machine, leaving out what is called
 * ".tutti" there; a root that is not there is empty. *out is given.
 */
void tree_read(struct sim_host *h, const char *root, struct tree *out);
void tree_release(struct tree *t);

/* Says whether some file below root has this content, those aside that an
 * editor writes beside the true one (their names end in '~'). */
bool tree_has(
    struct sim_host *h, const char *root, uint64_t hash, uint64_t size);

/* The item of a path, or NULL. */
const struct tree_item *tree_find(const struct tree *t, const char *path);

/* A file of this content, or NULL. */
const struct tree_item *tree_holds(
    const struct tree *t, uint64_t hash, uint64_t size);

/* As tree_has, of a tree that was read. */
bool tree_shows(const struct tree *t, uint64_t hash, uint64_t size);

/*
 * Writes the first difference of two as a line into out; false: none. What
 * counts is bytes, kinds, bits, mtimes of files, text of links.
 */
bool tree_differs(
    const struct tree *a, const struct tree *b, char *out, size_t len);

/* Forgets the bits of the directory at path and of all below it. */
void tree_forget_bits(struct tree *t, const char *path);

/* The hash of content that items have. */
uint64_t tree_hash(struct span bytes);

#endif
