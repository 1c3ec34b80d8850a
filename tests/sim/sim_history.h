/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_history - what the files of histories share: users who sync what they
 * do, and the histories that take longer than a deed (sim_history_late.c).
 */
#ifndef TESTS_SIM_SIM_HISTORY_H
#define TESTS_SIM_SIM_HISTORY_H

#include "tests/sim/sim_sweep.h"

enum { HISTORY_LARGE = 300000 }; /* bytes of a large file */

/* Each syncs what it did, and its directory. */
void history_synced(struct story *t, unsigned who, const char *path);
void history_writes(
    struct story *t, unsigned who, const char *path, const char *text);
void history_makes(struct story *t, unsigned who, const char *path);
void history_writes_noise(
    struct story *t, unsigned who, const char *path, size_t len, uint64_t seed);
void history_removes(struct story *t, unsigned who, const char *path);

/* Short ones, for longer ones to begin with. */
void history_one_file(struct story *t);
void history_large(struct story *t);
void history_tree(struct story *t);
void history_replaced(struct story *t);
void history_tree_deleted(struct story *t);
void history_tree_moved(struct story *t);
void history_conflict(struct story *t);

/* Longer ones, and what comes before and after them. */
void history_kept(struct story *t);
void history_tree_kept(struct story *t);
void history_one_then_two(struct story *t);
void history_brings_back(struct story *t);
void history_is_back(struct story *t);
void history_known_for_long(struct story *t);
void history_rots(struct story *t);
void history_is_healed(struct story *t);
void history_begins(struct story *t);
void history_killed_before(struct story *t);
void history_cut_before(struct story *t);
void history_rolled_back(struct story *t);
void history_forgotten(struct story *t);

/* What users ask for, and what happens seldom (sim_history_ask.c). */
void history_with_a_past(struct story *t);
void history_asks(struct story *t);
void history_in_conflict(struct story *t);
void history_settles(struct story *t);
void history_is_settled(struct story *t);
void history_keeps_shortly(struct story *t);
void history_keeps_little(struct story *t);
void history_expires(struct story *t);
void history_odd(struct story *t);
void history_rules(struct story *t);
void history_many(struct story *t);
void history_many_go(struct story *t);
void history_stops(struct story *t);
void history_killed_apart(struct story *t);
void history_forgets_versions(struct story *t);

#endif
