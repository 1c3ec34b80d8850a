/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_game.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_pool.h"
#include "tests/sim/sim_script.h"

enum { NODES_USUAL = 3, CHECK_NODES_MAX = 5 };

static const struct game *game;
static unsigned nodes = NODES_USUAL;
static bool all;

static bool
told(uint64_t seed, const struct game_result *result)
{
	if (result->well)
		return true;
	printf("seed %" PRIu64 ": %s\n", seed, result->why);
	printf("to see it: tests/sim/%s shrink %" PRIu64 " --nodes %u\n",
	    game->name, seed, nodes);
	return false;
}

static void
play_seed(uint64_t seed, FILE *text, struct game_result *out)
{
	void *script = game->make(seed, nodes);

	game->play(script, text, out);
	game->release(script);
}

static int
run(uint64_t first, uint64_t count)
{
	uint64_t failed = 0, sums[2] = {0};

	for (uint64_t i = 0; i < count; i++) {
		struct game_result result;

		play_seed(first + i, NULL, &result);
		if (!told(first + i, &result) && failed++ == 0 && !all)
			return 1;
		for (int k = 0; k < 2; k++)
			sums[k] += result.figures[k];
	}
	printf("%" PRIu64 " seeds from %" PRIu64 " of %u nodes, %" PRIu64
	       " failed; %" PRIu64 " %s, %" PRIu64 " %s\n",
	    count, first, nodes, failed, sums[0], game->figures[0], sums[1],
	    game->figures[1]);
	return failed ? 1 : 0;
}

static int
show(uint64_t seed)
{
	struct game_result result;

	play_seed(seed, stdout, &result);
	return told(seed, &result) ? 0 : 1;
}

/* Leaves out one operation after the other, as long as it fails so. */
static bool
leave_out(void *script, char kind)
{
	struct game_result result;
	bool *skip, less = false;

	for (size_t i = 0; (skip = game->skip(script, i)) != NULL; i++) {
		if (*skip)
			continue;
		*skip = true;
		game->play(script, NULL, &result);
		*skip = !result.well && result.why[0] == kind;
		less |= *skip;
	}
	return less;
}

static int
shrink(uint64_t seed)
{
	void *script = game->make(seed, nodes);
	struct game_result result;

	game->play(script, NULL, &result);
	if (!result.well)
		while (leave_out(script, result.why[0]))
			;
	game->play(script, stdout, &result);
	game->release(script);
	return told(seed, &result) ? 0 : 1;
}

/* As `make check` does. */
static int
check(void)
{
	int rc = 0;

	for (nodes = 2; rc == 0 && nodes <= CHECK_NODES_MAX; nodes++)
		rc = run(1, game->check_seeds);
	return rc;
}

static int
usage(void)
{
	fprintf(stderr,
	    "usage: %s [run FIRST COUNT] [show | shrink SEED]"
	    " [--nodes N] [--all]\n",
	    game->name);
	return 2;
}

int
game_main(const struct game *g, int argc, char **argv)
{
	const char *words[3];
	uint64_t numbers[2] = {0, 0};
	int n = 0;

	game = g;
	sim_pool_use();
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--all") == 0)
			all = true;
		else if (strcmp(argv[i], "--nodes") == 0 && i + 1 < argc)
			nodes = (unsigned)atoi(argv[++i]);
		else if (n < 3)
			words[n++] = argv[i];
		else
			return usage();
	}
	if (nodes < 2 || nodes > SCRIPT_NODES_MAX)
		return usage();
	if (n == 0)
		return check();
	for (int i = 1; i < n; i++)
		numbers[i - 1] = strtoull(words[i], NULL, 0);
	if (n == 3 && strcmp(words[0], "run") == 0)
		return run(numbers[0], numbers[1]);
	if (n == 2 && strcmp(words[0], "show") == 0)
		return show(numbers[0]);
	if (n == 2 && strcmp(words[0], "shrink") == 0)
		return shrink(numbers[0]);
	return usage();
}
