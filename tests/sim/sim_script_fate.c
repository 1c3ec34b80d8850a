/* SPDX-License-Identifier: Apache-2.0 */
/* What befalls machines: who knows whom, who comes late, who is parted, whose
 * memory is lost or put back. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_script.h"

bool
script_paired(enum script_shape shape, unsigned a, unsigned b)
{
	if (a == b)
		return false;
	switch (shape) {
	case SCRIPT_MESH:
		return true;
	case SCRIPT_LINE:
		return a + 1 == b || b + 1 == a;
	case SCRIPT_STAR:
		return a == 0 || b == 0;
	case SCRIPT_SHAPES:
		break;
	}
	abort();
}

/* Puts one in before the i-th operation. */
static void
insert(struct script *s, struct sim *dice, size_t i, enum script_what what,
    unsigned node)
{
	struct script_op op = {
	    .what = what,
	    .node = node,
	    .path = "a",
	    .to = "b",
	    .luck = sim_random(dice, UINT64_MAX),
	    .pause_ns = (int64_t)sim_random(dice, SIM_SECOND / 10),
	};

	if (VEC_PUSH(&s->ops, op) != 0)
		abort();
	memmove(s->ops.items + i + 1, s->ops.items + i,
	    (s->ops.n - 1 - i) * sizeof op);
	s->ops.items[i] = op;
}

static size_t
anywhere(const struct script *s, struct sim *dice)
{
	return (size_t)sim_random(dice, s->ops.n + 1);
}

static void
add_late_one(struct script *s, struct sim *dice)
{
	unsigned node = (unsigned)sim_random(dice, s->nodes);

	s->late |= 1U << node;
	insert(s, dice, anywhere(s, dice), SCRIPT_JOIN, node);
}

static void
add_parting(struct script *s, struct sim *dice)
{
	size_t from = anywhere(s, dice), to;

	insert(s, dice, from, SCRIPT_PART, 0);
	to = from + 1 + (size_t)sim_random(dice, s->ops.n - from);
	if (sim_chance(dice, 800))
		insert(s, dice, to, SCRIPT_LINK, 0);
}

/* A store through a mapping is noticed by an event alone, and so by nobody
 * while the node is down. */
static void
forbid_stores(struct script *s)
{
	VEC_EACH (&s->ops, op)
		if (op->what == SCRIPT_STORE)
			op->what = SCRIPT_PATCH;
}

static void
add_mishap(struct script *s, struct sim *dice)
{
	static const enum script_what mishaps[] = {
	    SCRIPT_FORGET, SCRIPT_ROLLBACK, SCRIPT_RETREE, SCRIPT_RESTORE};
	enum script_what what = mishaps[sim_random(dice, 4)];
	unsigned node = (unsigned)sim_random(dice, s->nodes);
	size_t from = anywhere(s, dice);

	forbid_stores(s);
	if (what != SCRIPT_FORGET)
		insert(s, dice, from++, SCRIPT_SNAPSHOT, node);
	insert(s, dice, from + (size_t)sim_random(dice, s->ops.n - from + 1),
	    what, node);
}

void
script_make_fate(struct script *s)
{
	struct sim *dice = sim_new(s->seed ^ UINT64_C(0xfa7e));

	/* Many histories stay plain. */
	if (sim_chance(dice, 600)) {
		if (s->nodes > 2 && sim_chance(dice, 500))
			s->shape =
			    (enum script_shape)sim_random(dice, SCRIPT_SHAPES);
		if (sim_chance(dice, 350))
			add_late_one(s, dice);
		for (int i = 0; s->nodes > 2 && i < 2; i++)
			if (sim_chance(dice, 300))
				add_parting(s, dice);
		for (int i = 0; i < 2; i++)
			if (sim_chance(dice, 350))
				add_mishap(s, dice);
	}
	sim_free(dice);
}
