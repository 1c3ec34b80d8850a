/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_one - plays histories of a single file, one a seed (see sim_one.h); its
 * words are in sim_game.h.
 */
#include "tests/sim/sim_one.h"

#include <stdlib.h>

enum { CHECK_SEEDS = 60 };

static void *
make(uint64_t seed, unsigned nodes)
{
	struct one_script *script = malloc(sizeof *script);

	if (script == NULL)
		abort();
	one_script_make(seed, nodes, script);
	return script;
}

static void
release(void *script)
{
	one_script_release(script);
	free(script);
}

static bool *
skip(void *script, size_t i)
{
	struct one_script *s = script;

	return i < s->ops.n ? &s->ops.items[i].skip : NULL;
}

static void
play(const void *script, FILE *text, struct game_result *out)
{
	one_play(script, text, out);
}

int
main(int argc, char **argv)
{
	static const struct game game = {.name = "sim_one",
	    .check_seeds = CHECK_SEEDS,
	    .figures = {"values", "copies at rest"},
	    .make = make,
	    .release = release,
	    .skip = skip,
	    .play = play};

	return game_main(&game, argc, argv);
}
