/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer_test - the test cases of daemon/peer, and replicas that exchange
 * versions through its streams: real indexes, every batch as a message.
 */
#ifndef TESTS_DAEMON_PEER_PEER_TEST_H
#define TESTS_DAEMON_PEER_PEER_TEST_H

#include "daemon/peer/peer_stream.h"
#include "tests/daemon/index/index_world.h"

run_tcase peer_session_tcase, peer_link_tcase, peer_stream_tcase,
    peer_random_tcase;

/* One replica. */
struct node {
	struct world w;
	unsigned number; /* its source number at all others; from 1 */
};

/* One direction between two: what the sender has, and what the receiver
 * remembers of it. */
struct way {
	struct node *from, *to;
	struct peer_stream stream;
	struct vector noted;
	uint64_t sender; /* the sender's replica */
	size_t batches, records; /* that came, in this stream */
	bool ended, resumed;
	struct dot last_dot; /* in order of dots */
	bool disordered;
	size_t cut; /* lose the message after this many batches, 0: none */
};

void node_begin(struct node *n, unsigned number);
void node_end(struct node *n);

/* Its database is lost; it begins anew with another replica number. */
void node_lose(struct node *n);

/* Makes a version at a path, superseding those known that the mask names
 * (and its own), and stores it; its dot. */
struct dot node_make(struct node *n, const char *path, unsigned mask);

/* Stores a version as if the given source had sent it. */
void node_store(struct node *n, const struct version *v, unsigned source);

/* Is a version of this path with the dot known, or superseded? */
bool node_covers(struct node *n, const char *path, struct dot dot);

bool node_claims(struct node *n, struct dot dot);

/* Have both the same sets at these paths? */
bool nodes_equal(
    struct node *a, struct node *b, const char *const *paths, size_t n);

/* Connects: the receiver's offer starts the sender's stream. */
void way_begin(struct way *x, struct node *from, struct node *to);
void way_end(struct way *x);

/* One batch of at most n versions; false: there is nothing to send. */
bool way_step(struct way *x, size_t n);

/* All that there is. */
void way_run(struct way *x, size_t n);

#endif
