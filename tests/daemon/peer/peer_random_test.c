/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replicas exchange random versions while streams are cut at every batch and
 * databases are lost. Nobody ever claims what was not delivered (check_K of
 * model.py), and at the end all sets are equal.
 */
#include "tests/daemon/peer/peer_test.h"

#include <string.h>

enum { NODES = 3, SEEDS = 60, STEPS = 150 };

static const char *const paths[] = {"a", "b", "d/x", "d/y"};
enum { PATHS = sizeof paths / sizeof paths[0] };

struct made {
	const char *path;
	struct dot dot;
};

struct net {
	struct node nodes[NODES];
	struct way ways[NODES][NODES];
	bool connected[NODES][NODES];
	VEC(struct made) made;
	struct world dice;
};

static unsigned
roll(struct net *net, unsigned below)
{
	return (unsigned)world_random(&net->dice, below);
}

static void
check_claims(struct net *net, struct node *n)
{
	VEC_EACH (&net->made, it)
		if (node_claims(n, it->dot))
			ck_assert_msg(node_covers(n, it->path, it->dot),
			    "claims what was not delivered");
}

static void
cut(struct net *net, unsigned i, unsigned j)
{
	if (!net->connected[i][j])
		return;
	way_end(&net->ways[i][j]);
	net->connected[i][j] = false;
}

static void
join(struct net *net, unsigned i, unsigned j)
{
	if (i == j || net->connected[i][j])
		return;
	way_begin(&net->ways[i][j], &net->nodes[i], &net->nodes[j]);
	net->connected[i][j] = true;
}

static void
lose(struct net *net, unsigned i)
{
	for (unsigned j = 0; j < NODES; j++) {
		cut(net, i, j);
		cut(net, j, i);
	}
	node_lose(&net->nodes[i]);
}

/* A version that supersedes some of what is known. */
static void
make(struct net *net, unsigned i)
{
	struct made made = {.path = paths[roll(net, PATHS)]};

	made.dot = node_make(&net->nodes[i], made.path, roll(net, 16));
	ok(VEC_PUSH(&net->made, made));
}

static void
step(struct net *net)
{
	unsigned act = roll(net, 100), i = roll(net, NODES);
	unsigned j = roll(net, NODES);

	if (act < 25) {
		make(net, i);
	} else if (act < 70) {
		if (net->connected[i][j])
			way_step(&net->ways[i][j], 1 + roll(net, 3));
		check_claims(net, &net->nodes[j]);
	} else if (act < 90) {
		join(net, i, j);
	} else if (act < 99) {
		cut(net, i, j);
	} else {
		lose(net, i);
	}
}

static void
rest(struct net *net)
{
	bool moved = true;

	for (unsigned i = 0; i < NODES; i++)
		for (unsigned j = 0; j < NODES; j++)
			join(net, i, j);
	for (int round = 0; moved; round++) {
		ck_assert_int_lt(round, 1000);
		moved = false;
		for (unsigned i = 0; i < NODES; i++)
			for (unsigned j = 0; j < NODES; j++)
				if (i != j)
					moved |= way_step(&net->ways[i][j], 2);
	}
}

static void
begin(struct net *net, uint64_t seed)
{
	memset(net, 0, sizeof *net);
	net->dice.seed = seed;
	for (unsigned i = 0; i < NODES; i++)
		node_begin(&net->nodes[i], (unsigned)seed * NODES + i + 1);
}

static void
end(struct net *net)
{
	for (unsigned i = 0; i < NODES; i++)
		for (unsigned j = 0; j < NODES; j++)
			cut(net, i, j);
	for (unsigned i = 0; i < NODES; i++)
		node_end(&net->nodes[i]);
	VEC_RELEASE(&net->made);
}

START_TEST(nobody_claims_what_was_not_delivered_and_all_end_equal)
{
	struct net net;

	begin(&net, (uint64_t)_i + 1);
	for (int i = 0; i < STEPS; i++)
		step(&net);
	rest(&net);
	for (unsigned i = 0; i < NODES; i++) {
		check_claims(&net, &net.nodes[i]);
		ck_assert(
		    nodes_equal(&net.nodes[0], &net.nodes[i], paths, PATHS));
		ck_assert(vector_equal(index_knowledge(net.nodes[0].w.ix),
		    index_knowledge(net.nodes[i].w.ix)));
	}
	end(&net);
}
END_TEST

TCase *
peer_random_tcase(void)
{
	TCase *tc = tcase_create("random");

	tcase_add_loop_test(tc,
	    nobody_claims_what_was_not_delivered_and_all_end_equal, 0, SEEDS);
	return tc;
}
