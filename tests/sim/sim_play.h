/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_play - one history: a script on nodes in a world, judged at rest.
 */
#ifndef TESTS_SIM_SIM_PLAY_H
#define TESTS_SIM_SIM_PLAY_H

#include "tests/sim/sim_script.h"

struct play_result {
	bool well;
	char why[1024]; /* else: a letter for the kind, and what it was:
			 * a trees differ, b a value is lost, c litter,
			 * d a node failed or left something, f no rest */
	uint64_t trace;
	size_t values;
	struct sim_crashes crashes;
	int64_t lasted_ns; /* on the world's clock */
};

/*
 * Plays a script whole, but for operations marked skip. The trace goes to
 * text, when not NULL, with all calls if so asked.
 */
void play(const struct script *script, FILE *text, bool calls,
    struct play_result *out);

#endif
