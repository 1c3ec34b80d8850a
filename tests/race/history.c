/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	history [--rounds N] [--acts N] [--machines 2|3] [--seed N] [--dir DIR]
 *
 * plays rounds: users act while daemons are down, and so apart from each
 * other; then while they run, now and then held for a moment; at rest all are
 * stopped, read and judged. A seed brings back what users try, not how it
 * falls together with what daemons do.
 */
#include "tests/race/history.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)

enum {
	REST_S = 120,
	RETURN_S = 75, /* quarantine is judged after a minute */
	ACTS_APART = 3, /* of so many is one made while all are down */
	HELD_OF = 12, /* of so many acts one begins with a machine held */
	PAUSE_US = 15000,
	LONG_PAUSE_US = 300000, /* what a look needs, and peers */
};

struct history {
	struct race race;
	struct race_random random;
	struct causal *model; /* of this round */
	unsigned acts, rounds;
	size_t n_acts, versions;
};

static uint64_t
below(struct history *h, uint64_t n)
{
	return race_random(&h->random, n);
}

/* ---- users --------------------------------------------------------------- */

static void
act(struct history *h)
{
	unsigned who = (unsigned)below(h, h->race.o.machines);
	struct causal_files files = history_files(&h->race.machines[who]);
	struct causal_act a = {.model = h->model,
	    .machine = who,
	    .files = &files,
	    .what = causal_choose(below(h, 1 << 20)),
	    .path = causal_path(below(h, 1 << 20)),
	    .to = causal_path(below(h, 1 << 20)),
	    .number = ++h->n_acts,
	    .luck = below(h, UINT64_MAX)};

	(void)causal_act_run(&a);
}

/* A machine that does nothing for a while: what others do comes late there,
 * and what its user does is told late. */
static void
act_beside_held(struct history *h)
{
	pid_t daemon = h->race.machines[below(h, h->race.o.machines)].daemon;

	kill(daemon, SIGSTOP);
	for (uint64_t n = 2 + below(h, 4); n > 0; n--) {
		act(h);
		usleep((useconds_t)below(h, PAUSE_US));
	}
	kill(daemon, SIGCONT);
}

static void
users(struct history *h)
{
	for (unsigned i = 0; i < h->acts / ACTS_APART; i++)
		act(h);
	race_start(&h->race);
	for (unsigned i = h->acts / ACTS_APART; i < h->acts; i++) {
		if (below(h, HELD_OF) == 0)
			act_beside_held(h);
		else
			act(h);
		usleep((useconds_t)below(
		    h, below(h, 8) == 0 ? LONG_PAUSE_US : PAUSE_US));
	}
}

/* ---- rest ---------------------------------------------------------------- */

static bool
all_synced(struct history *h)
{
	bool synced = true;

	for (unsigned i = 0; i < h->race.o.machines; i++)
		synced &= race_tutti(&h->race.machines[i],
			      "sync " RACE_FOLDER " --timeout 10", NULL) == 0;
	return synced;
}

/* What one has told another it may not have looked at itself: all have to be
 * in sync once more after each was. */
static bool
come_to_rest(struct history *h)
{
	int64_t until = race_now_ns() + REST_S * SECOND;

	for (int times = 0; times < 2;) {
		times = all_synced(h) ? times + 1 : 0;
		if (race_now_ns() > until)
			return false;
	}
	return true;
}

/* ---- judging ------------------------------------------------------------- */

/* The machines are stopped. */
static const char *
judge(struct history *h)
{
	struct causal_tree expected, shown;

	for (unsigned i = 0; i < h->race.o.machines; i++)
		history_recall(h->model, i, &h->race.machines[i]);
	causal_judge(h->model);
	causal_expect(h->model, &expected);
	for (unsigned i = 0; i < h->race.o.machines; i++) {
		struct causal_files files = history_files(&h->race.machines[i]);

		causal_tree_read(&files, &shown);
		causal_judge_tree(h->model, i, &expected, &shown);
		causal_tree_release(&shown);
	}
	causal_judge_contents(h->model, &expected);
	causal_tree_release(&expected);
	h->versions += causal_versions(h->model);
	return causal_wrong(h->model);
}

/* What was written into a file just displaced returns from quarantine. */
static const char *
judge_later(struct history *h)
{
	race_start(&h->race);
	sleep(RETURN_S);
	if (!come_to_rest(h))
		return "r: no rest";
	race_stop(&h->race);
	causal_forgive(h->model);
	return judge(h);
}

static bool
play_round(struct history *h, unsigned round)
{
	const char *wrong = "r: no rest";

	h->model = causal_new(h->race.o.machines);
	users(h);
	if (come_to_rest(h)) {
		race_stop(&h->race);
		wrong = judge(h);
	}
	if (wrong != NULL && wrong[0] == 'v')
		wrong = judge_later(h);
	if (wrong != NULL)
		printf("round %u: %s\n", round, wrong);
	VEC_EACH (&h->race.table.wrongs, it)
		printf("round %u: %s\n", round, *it);
	if (wrong == NULL && h->race.table.wrongs.n > 0)
		wrong = "p: a daemon";
	causal_free(h->model);
	return wrong == NULL;
}

/* ---- words --------------------------------------------------------------- */

static _Noreturn void
usage(void)
{
	fputs("history [--rounds N] [--acts N] [--machines 2|3] [--seed N]"
	      " [--dir DIR]\n",
	    stderr);
	exit(2);
}

static void
read_options(struct history *h, int argc, char **argv)
{
	static const struct option options[] = {
	    {"rounds", required_argument, NULL, 'r'},
	    {"acts", required_argument, NULL, 'a'},
	    {"machines", required_argument, NULL, 'm'},
	    {"seed", required_argument, NULL, 's'},
	    {"dir", required_argument, NULL, 'd'},
	    {NULL, 0, NULL, 0},
	};
	struct race_options *o = &h->race.o;
	const char *tmp = getenv("TMPDIR");
	int c;

	*h = (struct history){.rounds = 3, .acts = 60};
	*o = (struct race_options){
	    .machines = 3, .seed = 1, .dir = tmp ? tmp : "/tmp"};
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		uint64_t n = optarg ? strtoull(optarg, NULL, 0) : 0;

		if (c == 'r')
			h->rounds = (unsigned)n;
		else if (c == 'a')
			h->acts = (unsigned)n;
		else if (c == 'm')
			o->machines = (unsigned)n;
		else if (c == 's')
			o->seed = n;
		else if (c == 'd')
			o->dir = optarg;
		else
			usage();
	}
	if (optind < argc || o->machines < 2 || o->machines > RACE_MACHINES)
		usage();
}

int
main(int argc, char **argv)
{
	static struct history h;
	bool well = true;

	setvbuf(stdout, NULL, _IOLBF, 0);
	read_options(&h, argc, argv);
	h.random.state = h.race.o.seed;
	race_table_init(&h.race.table);
	race_begin(&h.race);
	for (unsigned i = 0; well && i < h.rounds; i++)
		well = play_round(&h, i);
	printf("%u rounds of %u machines from seed %" PRIu64
	       ": %zu acts, %zu versions at rest: %s\n",
	    h.rounds, h.race.o.machines, h.race.o.seed, h.n_acts, h.versions,
	    well ? "all is as it has to be" : "not all is well");
	h.race.o.keep = !well;
	race_end(&h.race);
	race_table_release(&h.race.table);
	return !well;
}
