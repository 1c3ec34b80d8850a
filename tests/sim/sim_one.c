/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/*
 * sim_one - plays histories of a single file, one a seed (see sim_one.h).
 *
 *	sim_one                   what `make check` runs: some of 2 to 5 nodes
 *	sim_one run FIRST COUNT   many; the first failing seed is printed
 *	sim_one show SEED         one, with what happened
 *	sim_one shrink SEED       the shortest failing part of one, shown
 *
 * --nodes N takes N nodes instead of three, --all goes on after a failure and
 * counts them. Exit status 0 when all was well, 1 when not, 2 for wrong words.
 */
/* clang-format on */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_one.h"

enum { CHECK_SEEDS = 60, CHECK_NODES_MAX = 5, NODES_USUAL = 3 };

static unsigned nodes = NODES_USUAL;
static bool all;

static bool
told(uint64_t seed, const struct one_result *result)
{
	if (result->well)
		return true;
	printf("seed %" PRIu64 ": %s\n", seed, result->why);
	printf("to see it: tests/sim/sim_one shrink %" PRIu64 " --nodes %u\n",
	    seed, nodes);
	return false;
}

static void
play_seed(uint64_t seed, FILE *text, struct one_result *out)
{
	struct one_script script;

	one_script_make(seed, nodes, &script);
	one_play(&script, text, out);
	one_script_release(&script);
}

static int
run(uint64_t first, uint64_t count)
{
	uint64_t failed = 0, values = 0, conflicts = 0;

	for (uint64_t i = 0; i < count; i++) {
		struct one_result result;

		play_seed(first + i, NULL, &result);
		if (!told(first + i, &result) && failed++ == 0 && !all)
			return 1;
		values += result.values;
		conflicts += result.conflicts;
	}
	printf("%" PRIu64 " seeds from %" PRIu64 " of %u nodes, %" PRIu64
	       " failed; %" PRIu64 " values, %" PRIu64 " copies at rest\n",
	    count, first, nodes, failed, values, conflicts);
	return failed ? 1 : 0;
}

static int
show(uint64_t seed)
{
	struct one_result result;

	play_seed(seed, stdout, &result);
	return told(seed, &result) ? 0 : 1;
}

/* Leaves out one operation after the other, as long as it fails so. */
static int
shrink(uint64_t seed)
{
	struct one_script script;
	struct one_result result;
	bool less = true;
	char kind;

	one_script_make(seed, nodes, &script);
	one_play(&script, NULL, &result);
	kind = result.why[0];
	while (less && !result.well) {
		less = false;
		VEC_EACH (&script.ops, op) {
			if (op->skip)
				continue;
			op->skip = true;
			one_play(&script, NULL, &result);
			op->skip = !result.well && result.why[0] == kind;
			less |= op->skip;
		}
	}
	one_play(&script, stdout, &result);
	one_script_release(&script);
	return told(seed, &result) ? 0 : 1;
}

/* As `make check` does. */
static int
check(void)
{
	int rc = 0;

	for (nodes = 2; rc == 0 && nodes <= CHECK_NODES_MAX; nodes++)
		rc = run(1, CHECK_SEEDS);
	return rc;
}

static int
usage(void)
{
	fputs("usage: sim_one [run FIRST COUNT] [show | shrink SEED]"
	      " [--nodes N] [--all]\n",
	    stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	const char *words[3];
	uint64_t numbers[2] = {0, 0};
	int n = 0;

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
