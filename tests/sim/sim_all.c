/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_all - plays histories of a whole tree, one a seed (see sim_all.h); its
 * words are in sim_game.h.
 */
#include "tests/sim/sim_all.h"

#include <stdlib.h>

enum { CHECK_SEEDS = 50 };

static void *
make(uint64_t seed, unsigned nodes)
{
	struct all_script *script = malloc(sizeof *script);

	if (script == NULL)
		abort();
	all_script_make(seed, nodes, script);
	return script;
}

static void
release(void *script)
{
	all_script_release(script);
	free(script);
}

static bool *
skip(void *script, size_t i)
{
	struct all_script *s = script;

	return i < s->ops.n ? &s->ops.items[i].skip : NULL;
}

static void
play(const void *script, FILE *text, struct game_result *out)
{
	all_play(script, text, out);
}

int
main(int argc, char **argv)
{
	static const struct game game = {.name = "sim_all",
	    .check_seeds = CHECK_SEEDS,
	    .figures = {"versions", "copies at rest"},
	    .make = make,
	    .release = release,
	    .skip = skip,
	    .play = play};

	return game_main(&game, argc, argv);
}
