/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply_world - a real folder for each test, and a user's way to it.
 *
 * base/root is the folder, base/outside what no apply may touch, base/gone
 * where a user moves things that leave the folder. Users act with plain
 * system calls, on paths below base.
 */
#ifndef TESTS_DAEMON_APPLY_APPLY_WORLD_H
#define TESTS_DAEMON_APPLY_APPLY_WORLD_H

#include <check.h>

#include "daemon/apply/apply.h"
#include "tests/daemon/apply/apply_hook.h"

#define OLD "old content"
#define NEW "the new content"
#define OLD_NS INT64_C(1400000000123456789)
#define NEW_NS INT64_C(1500000000987654321)

enum {
	OLD_BITS = 0644,
	NEW_BITS = 0640,
	SOURCE_ID = 7,
	KEPT_ID = 8,
	FROM_ID = 9
};

struct world {
	struct host *real;
	char base[64];
	int root;
	struct hook hook;
	struct apply_place place; /* on the hook's host */
	struct apply_job job; /* of one item */
	struct apply_item *it;
};
extern struct world w;

TCase *world_tcase(const char *name);

/* Empties the folder and opens it anew. */
void world_reset(void);

/* ---- a user's acts; paths are below base ------------------------------------
 */
const char *user_path(const char *path); /* valid for a few calls */
void user_file(const char *path, const char *content); /* old time and bits */
void user_meta(const char *path, int bits, int64_t mtime_ns);
void user_dir(const char *path);
void user_link(const char *path, const char *target);
void user_hard_link(const char *path, const char *other);
bool user_has(const char *path); /* something is there */
/* A file has this content, or a link this target. */
bool user_reads(const char *path, const char *content);
/* Something at or below has it; .tutti is left out. */
bool user_finds(const char *path, const char *content);
/* How many names a directory has. */
size_t user_count(const char *path);

/* ---- items ------------------------------------------------------------------
 */

void world_name(const char *content, struct name *out);

/* What a look sees; never racy: time enough has passed, they say. */
struct observation world_look(const char *path);

/* Makes the one item of the job: what, at a path below root. */
struct apply_item *world_item(enum plan_what what, const char *path);

/* The item is to be a file of NEW, staged, kept or moved. */
void world_source(enum apply_source source, const char *from);

/* Runs the job; says the item's rc. Every descriptor was closed. */
int world_run(void);

/* Runs a stage job of one item, as above; the item is released. */
int world_stage(struct stage_item *it);

/* Says whether a kept thing, as reported, has the content. */
bool world_keeps(const char *content);

TCase *apply_dir_tcase(void);
TCase *apply_donor_tcase(void);
TCase *apply_judge_tcase(void);
TCase *apply_keep_tcase(void);
TCase *apply_meta_tcase(void);
TCase *apply_open_tcase(void);
TCase *apply_pieces_tcase(void);
TCase *apply_place_tcase(void);
TCase *apply_race_tcase(void);
TCase *apply_remove_tcase(void);
TCase *apply_source_tcase(void);
TCase *apply_sparse_tcase(void);
TCase *apply_stage_tcase(void);
TCase *apply_sweep_keep_tcase(void);
TCase *apply_sweep_tcase(void);
TCase *apply_touch_tcase(void);

#endif
