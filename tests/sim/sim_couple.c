/* SPDX-License-Identifier: Apache-2.0 */
/* See sim_couple.h. */
#include "tests/sim/sim_couple.h"

#include "tests/run.h"
#include "tests/sim/sim_script.h"
#include "tests/sim/sim_tree.h"

enum { SETTLE_S = 120, DAY_S = 86400 };

static bool
rest(void *arg)
{
	struct couple *c = arg;

	return sim_node_rests(c->node[0], false) &&
	       sim_node_rests(c->node[1], false);
}

static void
come_to_rest(struct couple *c)
{
	struct buf why;

	if (sim_run_until(c->sim, SETTLE_S * SIM_SECOND, rest, c))
		return;
	buf_init(&why, 8192);
	sim_node_why(c->node[0], &why);
	sim_node_why(c->node[1], &why);
	ck_abort_msg("no rest: %.*s", (int)why.len, (const char *)why.p);
}

void
couple_settle(struct couple *c)
{
	come_to_rest(c);
	/* Events may still be on their way. */
	sim_run(c->sim, 3 * SIM_SECOND);
	come_to_rest(c);
}

struct couple
couple_begin(uint64_t seed)
{
	struct couple c = {.sim = sim_new(seed)};

	sim_knobs(c.sim)->leases = true; /* else the grace is longer */
	sim_nodes_new(c.sim, 2, SCRIPT_MESH, c.node);
	for (int i = 0; i < 2; i++) {
		c.host[i] = sim_node_machine(c.node[i]);
		OK(sim_node_start(c.node[i]));
	}
	couple_settle(&c);
	return c;
}

void
couple_end(struct couple *c)
{
	for (int i = 0; i < 2; i++) {
		ck_assert(sim_node_stop(c->node[i]));
		ck_assert_uint_eq(sim_node_left(c->node[i]), 0);
		sim_node_free(c->node[i]);
	}
	sim_free(c->sim);
}

void
couple_write(struct couple *c, int who, const char *path, const char *text)
{
	OK(sim_user_write(c->host[who], path, span_str(text)));
}

bool
couple_holds(struct couple *c, const char *root, const char *text)
{
	struct span s = span_str(text);

	return tree_has(c->host[1], root, tree_hash(s), s.len);
}

struct couple
couple_begin_replaced(uint64_t seed)
{
	struct couple c = couple_begin(seed);

	OK(sim_user_mkdir(c.host[0], SCRIPT_ROOT "/d"));
	couple_write(&c, 0, SCRIPT_ROOT "/d/n.txt", "one");
	couple_settle(&c);
	couple_write(&c, 0, SCRIPT_ROOT "/d/n.txt", "two");
	couple_settle(&c);
	ck_assert(couple_holds(&c, SCRIPT_ROOT, "two"));
	ck_assert(couple_holds(&c, QUARANTINE, "one"));
	return c;
}

void
couple_days(struct couple *c, int n)
{
	for (int i = 0; i < n; i++) {
		sim_host_jump(c->host[1], DAY_S * SIM_SECOND);
		sim_run(c->sim, 3700 * SIM_SECOND);
	}
}
