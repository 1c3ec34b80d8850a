/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/*
 * sim_game - the words of a program that plays histories, one a seed:
 *
 *	PROGRAM                   what `make check` runs: some of 2 to 5 nodes
 *	PROGRAM run FIRST COUNT   many; the first failing seed is printed
 *	PROGRAM show SEED         one, with what happened
 *	PROGRAM shrink SEED       the shortest failing part of one, shown
 *
 * --nodes N takes N nodes instead of three, --all goes on after a failure and
 * counts them. Exit status 0 when all was well, 1 when not, 2 for wrong words.
 */
/* clang-format on */
#ifndef TESTS_SIM_SIM_GAME_H
#define TESTS_SIM_SIM_GAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct game_result {
	bool well;
	char why[1024]; /* else: a letter for the kind, and what it was */
	size_t figures[2]; /* as the game names them, summed up at the end */
};

struct game {
	const char *name;
	uint64_t check_seeds; /* of each number of nodes, in make check */
	const char *figures[2];
	void *(*make)(uint64_t seed, unsigned nodes); /* a script */
	void (*release)(void *script);
	/* Whether its i-th operation is left out; NULL beyond the last. */
	bool *(*skip)(void *script, size_t i);
	/* What happens goes to text when not NULL. */
	void (*play)(const void *script, FILE *text, struct game_result *out);
};

/* The whole of main. */
int game_main(const struct game *g, int argc, char **argv);

#endif
