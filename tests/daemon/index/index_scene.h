/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_scene - an index with something of everything in it, and all that can
 * be asked of it and done to it: for tests that let that fail.
 */
#ifndef TESTS_DAEMON_INDEX_INDEX_SCENE_H
#define TESTS_DAEMON_INDEX_INDEX_SCENE_H

#include "tests/daemon/index/index_world.h"

enum {
	SCENE_LISTED = 41, /* a file's content here, that has a chunk list */
	SCENE_ANSWER_BYTES = 1 << 20,
};

/* A chunk list that shares most with those of all other numbers. */
int scene_make_list(unsigned which, struct chunk_list *out);

/* Opens an index in a world that was begun, and fills it. */
void scene_open(struct world *w);

/* Asks one thing and appends what was answered to out, which has room for
 * SCENE_ANSWER_BYTES. Nothing is left behind on an error. Asserts nothing. */
struct scene_ask {
	const char *name;
	int (*ask)(struct index *ix, struct buf *out);
};
extern const struct scene_ask scene_asks[];
extern const int n_scene_asks;

/* Asks everything in turn until an error. */
int scene_ask_all(struct index *ix, struct buf *out);

/* Does one thing, inside a batch. */
struct scene_deed {
	const char *name;
	int (*act)(struct index *ix);
};
extern const struct scene_deed scene_deeds[];
extern const int n_scene_deeds;

#endif
