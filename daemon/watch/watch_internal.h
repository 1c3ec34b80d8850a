/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch_internal - directories as a tree, found by path and by number.
 *
 * Every directory above a watched one has a node too, watched or not, so
 * that what lies below a path is found without looking at all others.
 */
#ifndef DAEMON_WATCH_WATCH_INTERNAL_H
#define DAEMON_WATCH_WATCH_INTERNAL_H

#include <stdlib.h>

/* Out of memory, a hash leaves its element out instead of ending us. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "daemon/watch/watch.h"

struct watch_node {
	UT_hash_handle by_path;
	UT_hash_handle by_number; /* when watched */
	struct watch_node *parent; /* NULL: the root */
	struct watch_node *children;
	struct watch_node *prev, *next; /* among its parent's */
	bool watched;
	bool moved; /* came from another path; the host will say so yet */
	int number;
	size_t len;
	char path[];
};

struct watch {
	const struct host *host;
	struct host_watcher *watcher; /* NULL while everything is freed */
	watch_cb *cb;
	void *arg;
	struct watch_node *paths; /* hash by path */
	struct watch_node *numbers; /* hash by number */
	bool limited;
};

struct watch_node *watch_node_find(const struct watch *w, struct span path);
struct watch_node *watch_node_numbered(const struct watch *w, int number);

/* Finds or makes the node of a path, and those above it. -ENOMEM. */
int watch_node_make(
    struct watch *w, struct span path, struct watch_node **out) MUST_USE;

/* Gives a node a number that no node has; ends its old one's watch. -ENOMEM:
 * it has none, and may be freed. */
int watch_node_number(
    struct watch *w, struct watch_node *node, int number) MUST_USE;

/*
 * Takes a node's number from it, without ending the host's watch, for its
 * directory moved away: what lay below lost its paths, and is dropped.
 */
void watch_node_move(struct watch *w, struct watch_node *node);

/* Ends the watches of a node and below; it and idle ones above are freed. */
void watch_node_drop(struct watch *w, struct watch_node *node);

#endif
