/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_all.h"

#include <stdlib.h>

/* What kinds of history there are. */
struct mood {
	bool calm; /* nobody is killed */
	bool slow; /* long pauses: machines keep up */
	bool few; /* paths: users meet more often */
	uint64_t first; /* of them */
	unsigned world_permille;
};

static const char *
choose_path(struct sim *dice, const struct mood *mood)
{
	uint64_t luck = sim_random(dice, 1 << 20);

	return causal_path(mood->few ? mood->first + luck % 3 : luck);
}

static struct all_op
choose_op(struct sim *dice, const struct mood *mood, unsigned nodes)
{
	struct all_op op = {.user = !sim_chance(dice, mood->world_permille)};

	if (op.user)
		op.what = causal_choose(sim_random(dice, 1 << 20));
	else
		op.world = world_choose(dice, mood->calm);
	op.path = choose_path(dice, mood);
	op.to = choose_path(dice, mood);
	op.node = (unsigned)sim_random(dice, nodes);
	op.other =
	    (op.node + 1 + (unsigned)sim_random(dice, nodes - 1)) % nodes;
	op.luck = sim_random(dice, UINT64_MAX);
	op.pause_ns = script_pause(dice, mood->slow);
	return op;
}

void
all_script_make(uint64_t seed, unsigned nodes, struct all_script *out)
{
	static const unsigned lengths[] = {10, 20, 40, 80};
	struct sim *dice = sim_new(seed ^ UINT64_C(0xa11));
	unsigned n = lengths[sim_random(dice, 4)];
	struct mood mood = {.calm = sim_chance(dice, 700),
	    .slow = sim_chance(dice, 400),
	    .few = sim_chance(dice, 500),
	    .first = sim_random(dice, 1 << 20),
	    .world_permille = 200 + (unsigned)sim_random(dice, 300)};

	*out = (struct all_script){.seed = seed, .nodes = nodes};
	for (unsigned i = 0; i < n; i++)
		if (VEC_PUSH(&out->ops, choose_op(dice, &mood, nodes)) != 0)
			abort();
	sim_free(dice);
}

void
all_script_release(struct all_script *script)
{
	VEC_RELEASE(&script->ops);
}
