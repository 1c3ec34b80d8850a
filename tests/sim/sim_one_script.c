/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_one.h"

#include <stdlib.h>

#include "tests/sim/sim_script.h"

/* How often each thing happens, of all. */
enum { WRITES = 14, SAVES = 16, APPENDS = 8, REMOVES = 10, WORLDS = 35 };

static const char *const names[] = {
    [ONE_WRITE] = "write",
    [ONE_SAVE] = "save",
    [ONE_APPEND] = "append",
    [ONE_REMOVE] = "remove",
};

const char *
one_op_name(const struct one_op *op)
{
	return op->what == ONE_WORLD ? world_what_name(op->world)
				     : names[op->what];
}

static enum one_what
choose_what(struct sim *dice)
{
	static const unsigned weights[ONE_WHATS] = {
	    WRITES, SAVES, APPENDS, REMOVES, WORLDS};
	uint64_t at =
	    sim_random(dice, WRITES + SAVES + APPENDS + REMOVES + WORLDS);
	int what = 0;

	while (at >= weights[what])
		at -= weights[what++];
	return (enum one_what)what;
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
		struct one_op op = {.what = choose_what(dice)};

		if (op.what == ONE_WORLD)
			op.world = world_choose(dice, calm);
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
