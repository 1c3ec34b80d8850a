/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_world - what the index's tests share: a temporary folder, a host
 * that fails when told to, and random entries from a seed.
 */
#ifndef TESTS_DAEMON_INDEX_INDEX_WORLD_H
#define TESTS_DAEMON_INDEX_INDEX_WORLD_H

#include "daemon/index/index.h"
#include "proto/base/path.h"
#include "tests/run.h"

struct world {
	struct host *real;
	struct host_ops ops;
	struct host host; /* the real one, but for the failing */
	char path[RUN_DIR_BYTES];
	int dir;
	struct index *ix;
	uint64_t seed;
	/* every file call counts down; at 0 and below it fails */
	bool armed;
	long until;
	bool forever; /* else it fails once */
	int err;
};

/* Makes the folder and a host; world_end removes both. */
void world_begin(struct world *w, uint64_t seed);
void world_end(struct world *w);

/* Opens the index, made when it is not there; asserts success. */
void world_open(struct world *w);
void world_close(struct world *w);

/* Closes as a crash would: nothing that is open gets to the disk. */
void world_crash(struct world *w);

uint64_t world_random(struct world *w, uint64_t below);

/* A version of the path with that dot, random but for that; its vector holds
 * the dot alone. */
struct version *world_version(
    struct world *w, const char *path, int kind, struct dot dot);

/* A random observation, one that agrees with v when v is not NULL. */
struct observation world_observation(struct world *w, const struct version *v);

/* Loads, changes at random, stores: in a batch. Gives the entry as stored. */
void world_mutate(struct world *w, const char *path, struct entry *e);

/* A name of all bytes n. */
struct name world_name(unsigned n);

/* Asserts that two entries are the same, path and child_alive included. */
void assert_entry_equal(const struct entry *a, const struct entry *b);

/* All that the index tells, as bytes, into out, which is emptied. */
void world_dump(struct world *w, struct buf *out);

/* A random path of a small tree. */
const char *world_path(struct world *w);
size_t world_n_paths(void);
const char *world_path_at(size_t i);

#define ok(call) ck_assert_int_eq((call), 0)

TCase *index_entry_tcase(void);
TCase *index_rules_tcase(void);
TCase *index_open_tcase(void);
TCase *index_stream_tcase(void);
TCase *index_content_tcase(void);
TCase *index_facts_tcase(void);
TCase *index_list_tcase(void);
TCase *index_past_tcase(void);
TCase *index_recent_tcase(void);
TCase *index_schema_tcase(void);
TCase *index_vfs_tcase(void);
TCase *index_memory_tcase(void);
TCase *index_sweep_tcase(void);
TCase *index_aside_tcase(void);
TCase *index_old_tcase(void);
TCase *index_rotten_tcase(void);

#endif
