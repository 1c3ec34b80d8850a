/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history - histories of a whole tree on real machines (LESSONS 2), judged by
 * the model that judges the simulator's (tests/causal).
 *
 * Real daemons say less of what they do than simulated ones: what they know is
 * read from their databases when they are stopped, vectors included. What has
 * to be shown follows from that; and that no content of a user's is missing,
 * from what users did.
 */
#ifndef TESTS_RACE_HISTORY_H
#define TESTS_RACE_HISTORY_H

#include "tests/causal/causal_act.h"
#include "tests/race/race.h"

/* A machine's folder, on whatever file system it is (history_files.c). */
struct causal_files history_files(const struct race_machine *m);

/* Tells the model all versions that a stopped machine knows. */
void history_recall(
    struct causal *c, unsigned machine, const struct race_machine *m);

#endif
