/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_away - contents that users took away together, each a part.
 *
 * A content may stand twice, as a file and as its conflict copy say. Who takes
 * one of the two away sees that the other still stands, and has not given the
 * content up. But if somebody else, on another machine, takes that other one
 * away meanwhile, then no file of it is left that nobody removed: it need not
 * be shown any more, only kept.
 */
#ifndef TESTS_SIM_SIM_AWAY_H
#define TESTS_SIM_SIM_AWAY_H

#include "tests/sim/sim.h"

/* A file of one content that was taken away, and the others that its machine
 * showed then. Paths are below the folder; owned. */
struct away {
	char *path;
	VEC(char *) others;
};

/* All of one content. Zeroed memory is empty. */
struct away_list {
	VEC(struct away) v;
};

void away_release(struct away_list *list);

/* A user took the file at path (absolute) away; noted when the folder at root
 * shows the content still. */
struct away_taken {
	const char *root;
	const char *path;
	uint64_t hash, size; /* of the content */
};
void away_note(
    struct away_list *list, struct sim_host *h, const struct away_taken *taken);

/* Was every other that was shown beside one of them taken away as well? */
bool away_all(const struct away_list *list);

#endif
