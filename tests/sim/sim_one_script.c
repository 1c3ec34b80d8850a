/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_one.h"

#include <stdlib.h>

#include "tests/sim/sim_script.h"

/* How often each thing happens, of 16. */
static const struct {
	const char *name;
	unsigned weight;
} whats[ONE_WHATS] = {
    [ONE_WRITE] = {"write", 14},
    [ONE_SAVE] = {"save", 16},
    [ONE_APPEND] = {"append", 8},
    [ONE_REMOVE] = {"remove", 10},
    [ONE_PART] = {"part", 8},
    [ONE_JOIN] = {"join", 9},
    [ONE_CUT] = {"cut connections", 5},
    [ONE_STOP] = {"stop", 2},
    [ONE_KILL] = {"kill", 4},
    [ONE_START] = {"start", 6},
    [ONE_CLOCK] = {"set the clock", 1},
};

const char *
one_what_name(enum one_what what)
{
	return whats[what].name;
}

static enum one_what
choose_what(struct sim *dice, bool calm)
{
	for (;;) {
		enum one_what what = (enum one_what)sim_random(dice, ONE_WHATS);

		if (whats[what].weight <= sim_random(dice, 16))
			continue;
		if (!calm || what != ONE_KILL)
			return what;
	}
}

void
one_script_make(uint64_t seed, unsigned nodes, struct one_script *out)
{
	static const unsigned lengths[] = {8, 20, 50, 120};
	struct sim *dice = sim_new(seed ^ UINT64_C(0x01e));
	unsigned n = lengths[sim_random(dice, 4)];
	bool calm = sim_chance(dice, 600), slow = sim_chance(dice, 400);

	*out = (struct one_script){.seed = seed, .nodes = nodes};
	for (unsigned i = 0; i < n; i++) {
		struct one_op op = {.what = choose_what(dice, calm)};

		op.node = (unsigned)sim_random(dice, nodes);
		op.other =
		    (op.node + 1 + (unsigned)sim_random(dice, nodes - 1)) %
		    nodes;
		op.luck = sim_random(dice, UINT64_MAX);
		op.pause_ns = script_pause(dice, slow);
		if (VEC_PUSH(&out->ops, op) != 0)
			abort();
	}
	sim_free(dice);
}

void
one_script_release(struct one_script *script)
{
	VEC_RELEASE(&script->ops);
}
