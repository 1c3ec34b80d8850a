/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/*
 * sim - plays histories of nodes that share a folder, one a seed.
 *
 *	sim                       what `make check` runs: a few, two of them
 *	                          twice; then, where TUTTI_SIM_SEED is set,
 *	                          1,000 fresh ones from that seed on, 150 in
 *	                          an instrumented build
 *	sim run FIRST COUNT       many; the first failing seed is printed
 *	sim twice FIRST COUNT     each twice; the traces must be equal
 *	sim show SEED             one, with what happened
 *	sim shrink SEED           the shortest failing part of one, shown
 *	                          and printed as a test
 *
 * --power pulls plugs as well, --nodes N takes N nodes (2 to 8) instead of as
 * many as the seed says, of which half have two, --all
 * goes on after a failure and counts them, --calls shows every call of the
 * host's files. Exit status 0 when all was well, 1 when not, 2 for wrong
 * words.
 */
/* clang-format on */
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/sim_pool.h"
#include "tests/sim/sim_play.h"

enum {
	CHECK_SEEDS = 60,
	CHECK_TWICE = 2,
	CHECK_FRESH = 1000,
	CHECK_FRESH_INSTRUMENTED = 150
};
enum { SAME_CHARS = 45, HEAP_BYTES = 1 << 30 };

static struct {
	unsigned nodes;
	bool power;
	bool all;
	bool calls;
} options;

/* ---- a crash says which seed it was -------------------------------------- */

static volatile uint64_t seed_now;

static void
on_crash(int signum)
{
	char text[64];
	int n = snprintf(
	    text, sizeof text, "sim: seed %" PRIu64 " crashed\n", seed_now);

	if (write(STDERR_FILENO, text, (size_t)n) < 0)
		_exit(1);
	signal(signum, SIG_DFL);
	raise(signum);
}

/* ---- playing ------------------------------------------------------------- */

static unsigned
nodes_of(uint64_t seed)
{
	static const unsigned many[] = {2, 2, 2, 2, 3, 3, 4, 5};

	/* The upper bits of a product depend on all of the seed. */
	return options.nodes ? options.nodes
			     : many[seed * UINT64_C(0x9e3779b97f4a7c15) >> 61];
}

static void
play_seed(uint64_t seed, FILE *text, struct play_result *out)
{
	struct script script;

	seed_now = seed;
	script_make(seed, nodes_of(seed), options.power, &script);
	play(&script, text, options.calls, out);
	script_release(&script);
}

static bool
told(uint64_t seed, const struct play_result *result)
{
	if (result->well)
		return true;
	printf("seed %" PRIu64 ": %s\n", seed, result->why);
	printf("to see it: tests/sim/sim show %" PRIu64, seed);
	if (options.nodes != 0)
		printf(" --nodes %u", options.nodes);
	puts(options.power ? " --power" : "");
	return false;
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
run(uint64_t first, uint64_t count)
{
	double began = seconds();
	uint64_t values = 0, kills = 0, cuts = 0;
	uint64_t failed = 0;
	double lasted = 0;

	for (uint64_t i = 0; i < count; i++) {
		struct play_result result;

		play_seed(first + i, NULL, &result);
		if (!told(first + i, &result) && failed++ == 0 && !options.all)
			return 1;
		values += result.values;
		kills += result.crashes.kills;
		cuts += result.crashes.cuts;
		lasted += (double)result.lasted_ns / SIM_SECOND;
	}
	printf("%" PRIu64 " seeds from %" PRIu64 ", %" PRIu64
	       " failed, %.1f s, %.1f a second; "
	       "%" PRIu64 " kills, %" PRIu64 " power cuts, %" PRIu64
	       " values, %.0f s of their time\n",
	    count, first, failed, seconds() - began,
	    (double)count / (seconds() - began), kills, cuts, values, lasted);
	return failed ? 1 : 0;
}

static int
twice(uint64_t first, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		struct play_result a, b;

		play_seed(first + i, NULL, &a);
		play_seed(first + i, NULL, &b);
		if (a.trace != b.trace) {
			printf("seed %" PRIu64 ": two traces\n", first + i);
			return 1;
		}
		if (!told(first + i, &a))
			return 1;
	}
	printf("%" PRIu64 " seeds from %" PRIu64 " twice, equal traces\n",
	    count, first);
	return 0;
}

static int
show(uint64_t seed)
{
	struct play_result result;

	play_seed(seed, stdout, &result);
	return told(seed, &result) ? 0 : 1;
}

/* ---- shrinking ----------------------------------------------------------- */

/* The same failure: the same words at its beginning, whatever the numbers. */
static bool
same_failure(const char *a, const char *b)
{
	for (int left = SAME_CHARS; left > 0 && *a && *b; left--) {
		a += strspn(a, "0123456789");
		b += strspn(b, "0123456789");
		if (*a++ != *b++)
			return false;
	}
	return true;
}

/* Leaves out n operations from i on; keeps it so when it still fails so. */
static bool
leave_out(struct script *script, size_t i, size_t n, const char *why)
{
	struct play_result result;
	struct script_op *ops = script->ops.items;
	bool changed = false;
	bool *before = calloc(n, sizeof *before);

	if (before == NULL)
		abort();
	for (size_t k = 0; k < n; k++) {
		before[k] = ops[i + k].skip;
		changed |= !before[k];
		ops[i + k].skip = true;
	}
	if (changed)
		play(script, NULL, false, &result);
	if (!changed || result.well || !same_failure(result.why, why)) {
		changed = false;
		for (size_t k = 0; k < n; k++)
			ops[i + k].skip = before[k];
	}
	free(before);
	return changed;
}

static void
shrink_script(struct script *script, const char *why)
{
	bool again = true;

	for (size_t n = script->ops.n / 2; n > 0 || again;) {
		again = false;
		for (size_t i = 0; n > 0 && i + n <= script->ops.n; i += n)
			again |= leave_out(script, i, n, why);
		if (n > 1)
			n /= 2;
		else if (!again)
			break;
	}
}

static int
shrink(uint64_t seed)
{
	struct play_result result, first;
	struct script script;

	seed_now = seed;
	script_make(seed, nodes_of(seed), options.power, &script);
	play(&script, NULL, false, &result);
	if (result.well) {
		printf("seed %" PRIu64 " passes\n", seed);
	} else {
		first = result;
		shrink_script(&script, first.why);
		play(&script, stdout, options.calls, &result);
		told(seed, &result);
		script_print(&script, result.why, stdout);
	}
	script_release(&script);
	return result.well ? 0 : 1;
}

/* ---- words --------------------------------------------------------------- */

static int
usage(void)
{
	fputs("usage: sim [run | twice FIRST COUNT] [show | shrink SEED]"
	      " [--power] [--nodes N] [--all] [--calls]\n",
	    stderr);
	return 2;
}

/* Takes options out of the words; false when one is wrong. */
static bool
take_options(int *argc, char **argv)
{
	int left = 0;

	for (int i = 0; i < *argc; i++) {
		if (strcmp(argv[i], "--power") == 0)
			options.power = true;
		else if (strcmp(argv[i], "--all") == 0)
			options.all = true;
		else if (strcmp(argv[i], "--calls") == 0)
			options.calls = true;
		else if (strcmp(argv[i], "--nodes") == 0 && i + 1 < *argc)
			options.nodes = (unsigned)atoi(argv[++i]);
		else
			argv[left++] = argv[i];
	}
	*argc = left;
	return options.nodes == 0 ||
	       (options.nodes >= 2 && options.nodes <= SCRIPT_NODES_MAX);
}

static int
check(void)
{
	const char *fresh = getenv("TUTTI_SIM_SEED");
	const char *slow = getenv("INSTRUMENTED");
	bool instrumented = slow != NULL && strcmp(slow, "yes") == 0;
	int rc = twice(1, CHECK_TWICE);

	if (rc == 0)
		rc = run(1 + CHECK_TWICE, CHECK_SEEDS);
	if (rc == 0 && fresh != NULL && *fresh != '\0')
		rc = run(strtoull(fresh, NULL, 0),
		    instrumented ? CHECK_FRESH_INSTRUMENTED : CHECK_FRESH);
	return rc;
}

int
main(int argc, char **argv)
{
	uint64_t first;

	signal(SIGABRT, on_crash);
	signal(SIGSEGV, on_crash);
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* Memory that one history gave back is the next one's. */
	mallopt(M_MMAP_THRESHOLD, HEAP_BYTES);
	mallopt(M_TRIM_THRESHOLD, HEAP_BYTES);
	sim_pool_use();
	if (!take_options(&argc, argv))
		return usage();
	if (argc == 1)
		return check();
	first = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
	if (argc == 4 && strcmp(argv[1], "run") == 0)
		return run(first, strtoull(argv[3], NULL, 0));
	if (argc == 4 && strcmp(argv[1], "twice") == 0)
		return twice(first, strtoull(argv[3], NULL, 0));
	if (argc == 3 && strcmp(argv[1], "show") == 0)
		return show(first);
	if (argc == 3 && strcmp(argv[1], "shrink") == 0)
		return shrink(first);
	return usage();
}
