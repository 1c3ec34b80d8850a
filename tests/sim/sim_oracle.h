/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_oracle - what users wrote, and whether all of it is still there.
 *
 * A value is a content that some program left in a file of the folder. It is
 * excused once a user took it away where he saw it: overwrote, replaced or
 * removed the last file of that content on his machine; or when the only
 * machine that had it lost it with its power, or was put back to what it was
 * before. What several took away together, each a part of its files, may be
 * kept aside (sim_away.h). At rest all trees are equal, and every value that
 * is not excused stands in them. The pattern is that of the model of versions
 * (judge and excused there).
 */
#ifndef TESTS_SIM_SIM_ORACLE_H
#define TESTS_SIM_SIM_ORACLE_H

#include "tests/sim/sim.h"

struct oracle;

/* Makes one that hears all programs of the world. */
struct oracle *oracle_new(struct sim *s);
void oracle_free(struct oracle *o);

/*
 * Judges the machines at rest. True: all is well; else *out is a line that
 * begins with a letter for the kind of failure: a trees differ, b a value is
 * lost, c litter. Where a machine that knew of a delete lost its memory, what
 * was deleted may be waited for for ever, and trees differ by that (stuck in
 * the model): then the values alone are judged, and any tree may show them.
 */
bool oracle_judge(struct oracle *o, struct sim_host *const *hosts, size_t n,
    bool stuck, char *out, size_t len);

/*
 * To be called before and after a machine's files are put back to what they
 * were, or the like: in between nothing is heard, and what only this machine
 * had is excused, for its user gave it up with the machine. With meant, what
 * its folder showed and does not any more is excused as well: the daemon
 * cannot know that it was not the user's doing.
 */
void oracle_mishap(
    struct oracle *o, struct sim_host *h, bool meant, bool after);

/* From on until off, files are brought along from another machine: that says
 * nothing new of a content that somebody gave up (rewritten in the model). */
void oracle_brought(struct oracle *o, bool on);

/* Values so far. */
size_t oracle_values(const struct oracle *o);

#endif
