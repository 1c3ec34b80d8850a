/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	race [OPTION]...
 *
 * plays rounds of racing edits, rests after each and judges. All options are
 * in usage() below. What one round does is made of its seed, as far as the
 * machine's scheduler lets it: a seed brings back the mix, not the race.
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/race/race.h"

enum {
	EDITS = 20000,
	EDITS_INSTRUMENTED = 2000, /* sanitizers are slow */
	ROUND = 1000,
	EDITORS = 3,
	NAMES = 10,
	PAUSE_US = 8000,
};

static _Noreturn void
usage(void)
{
	fprintf(stderr,
	    "race [--edits N] [--round N] [--seed N] [--seconds N]\n"
	    "     [--dir DIR]        where to work: any file system\n"
	    "     [--machines 2|3] [--editors N] [--names N]\n"
	    "     [--pause US]       the longest between two edits\n"
	    "     [--no-leases] [--no-exchange]\n"
	    "                        as on a file system without\n"
	    "     [--debug]          daemons log all\n"
	    "     [--keep]           leave the directory\n");
	exit(2);
}

enum {
	OPT_EDITS = 256,
	OPT_ROUND,
	OPT_SEED,
	OPT_SECONDS,
	OPT_DIR,
	OPT_MACHINES,
	OPT_EDITORS,
	OPT_NAMES,
	OPT_PAUSE,
	OPT_NO_LEASES,
	OPT_NO_EXCHANGE,
	OPT_DEBUG,
	OPT_KEEP,
};

static const struct option options[] = {
    {"edits", required_argument, NULL, OPT_EDITS},
    {"round", required_argument, NULL, OPT_ROUND},
    {"seed", required_argument, NULL, OPT_SEED},
    {"seconds", required_argument, NULL, OPT_SECONDS},
    {"dir", required_argument, NULL, OPT_DIR},
    {"machines", required_argument, NULL, OPT_MACHINES},
    {"editors", required_argument, NULL, OPT_EDITORS},
    {"names", required_argument, NULL, OPT_NAMES},
    {"pause", required_argument, NULL, OPT_PAUSE},
    {"no-leases", no_argument, NULL, OPT_NO_LEASES},
    {"no-exchange", no_argument, NULL, OPT_NO_EXCHANGE},
    {"debug", no_argument, NULL, OPT_DEBUG},
    {"keep", no_argument, NULL, OPT_KEEP},
    {NULL, 0, NULL, 0},
};

static uint64_t
number(const char *text, uint64_t least, uint64_t most)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 0);

	if (end == text || *end != '\0' || n < least || n > most)
		usage();
	return n;
}

static void
take_option(struct race_options *o, int option)
{
	switch (option) {
	case OPT_EDITS:
		o->edits = number(optarg, 1, UINT32_MAX);
		break;
	case OPT_ROUND:
		o->round = (unsigned)number(optarg, 1, 1000000);
		break;
	case OPT_SEED:
		o->seed = number(optarg, 0, UINT64_MAX);
		break;
	case OPT_SECONDS:
		o->seconds = (unsigned)number(optarg, 1, 1000000);
		break;
	case OPT_DIR:
		o->dir = optarg;
		break;
	case OPT_MACHINES:
		o->machines = (unsigned)number(optarg, 2, RACE_MACHINES);
		break;
	case OPT_EDITORS:
		o->editors = (unsigned)number(optarg, 1, RACE_EDITORS);
		break;
	case OPT_NAMES:
		o->names = (unsigned)number(optarg, 1, 16);
		break;
	case OPT_PAUSE:
		o->pause_us = (unsigned)number(optarg, 0, 1000000);
		break;
	case OPT_NO_LEASES:
		o->no_leases = true;
		break;
	case OPT_NO_EXCHANGE:
		o->no_exchange = true;
		break;
	case OPT_DEBUG:
		o->debug = true;
		break;
	case OPT_KEEP:
		o->keep = true;
		break;
	default:
		usage();
	}
}

static void
read_options(struct race_options *o, int argc, char **argv)
{
	const char *dir = getenv("TMPDIR"), *edits = getenv("RACE_EDITS");
	const char *slow = getenv("INSTRUMENTED");
	int option;

	*o = (struct race_options){
	    .dir = dir != NULL ? dir : "/tmp",
	    .edits = EDITS,
	    .seed = (uint64_t)time(NULL),
	    .machines = 2,
	    .editors = EDITORS,
	    .names = NAMES,
	    .round = ROUND,
	    .pause_us = PAUSE_US,
	};
	if (slow != NULL && strcmp(slow, "yes") == 0)
		o->edits = EDITS_INSTRUMENTED;
	if (edits != NULL)
		o->edits = number(edits, 1, UINT32_MAX);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		take_option(o, option);
	if (optind < argc)
		usage();
}

/* ---- rounds -------------------------------------------------------------- */

static void
prepare(struct race *r, struct race_editor *e, unsigned i)
{
	unsigned machine = i % r->o.machines;

	*e = (struct race_editor){
	    .race = r,
	    .machine = &r->machines[machine],
	    .index = (uint8_t)machine,
	    .number = i,
	    .serial = r->table.n,
	    .random = {r->round_seed * 1000 + i},
	    .was = malloc(RACE_BYTES),
	    .bytes = malloc(RACE_BYTES),
	};
	if (e->was == NULL || e->bytes == NULL)
		race_die("no memory for an editor");
}

static void
play(struct race *r, uint64_t edits)
{
	struct race_editor editors[RACE_MACHINES * RACE_EDITORS];
	unsigned n = r->o.machines * r->o.editors;

	r->left = (int64_t)edits;
	for (unsigned i = 0; i < n; i++)
		prepare(r, &editors[i], i);
	for (unsigned i = 0; i < n; i++)
		if (pthread_create(&editors[i].thread, NULL, race_edit_run,
			&editors[i]) != 0)
			race_die("no thread for an editor");
	for (unsigned i = 0; i < n; i++) {
		pthread_join(editors[i].thread, NULL);
		free(editors[i].was);
		free(editors[i].bytes);
	}
}

static size_t
owed(const struct race *r)
{
	size_t n = 0;

	VEC_EACH (&r->table.open, it)
		n += (*it)->owed;
	return n;
}

static bool
round_of(struct race *r, uint64_t edits, bool last)
{
	int64_t began = race_now_ns(), played;
	uint32_t from = r->table.n;
	bool well;

	play(r, edits);
	played = race_now_ns();
	well = race_judge(r, last);
	printf("seed %" PRIu64 ": %" PRIu32 " edits in %.2f s, at rest after "
	       "%.2f s, %zu shown, %zu owed%s\n",
	    r->round_seed, r->table.n - from, (double)(played - began) / 1e9,
	    (double)(race_now_ns() - played) / 1e9, r->table.open.n, owed(r),
	    well ? "" : ": WRONG");
	fflush(stdout);
	if (owed(r) == 0)
		r->table.events.n = 0;
	return well;
}

static bool
rounds(struct race *r)
{
	int64_t until = INT64_MAX;
	bool well = true, last = false;

	if (r->o.seconds > 0)
		until = race_now_ns() + r->o.seconds * INT64_C(1000000000);
	r->round_seed = r->o.seed;
	while (well && !last) {
		uint64_t left = r->o.edits - r->table.n;

		last = left <= r->o.round || race_now_ns() > until;
		well = round_of(r, left < r->o.round ? left : r->o.round, last);
		r->round_seed++;
		last |= r->table.n >= r->o.edits;
	}
	return well;
}

static void
say_all(struct race *r, int64_t began)
{
	double seconds = (double)(race_now_ns() - began) / 1e9;

	VEC_EACH (&r->table.wrongs, it)
		printf("WRONG: %s\n", *it);
	printf("%" PRIu32 " edits in %.1f s, %.0f/s; %" PRIu64
	       " moves, %" PRIu64 " conflict copies settled, %" PRIu64
	       " back from quarantine; "
	       "the longest open took %.1f ms; seed %" PRIu64 "; %zu wrong\n",
	    r->table.n, seconds, r->table.n / seconds, (uint64_t)r->moves,
	    (uint64_t)r->settled, r->returned, (double)r->longest_open_ns / 1e6,
	    r->o.seed, r->table.wrongs.n);
}

int
main(int argc, char **argv)
{
	static struct race r;
	int64_t began = race_now_ns();
	bool well;

	signal(SIGPIPE, SIG_IGN);
	read_options(&r.o, argc, argv);
	race_table_init(&r.table);
	race_begin(&r);
	race_start(&r);
	well = race_judge(&r, false) && rounds(&r);
	race_stop(&r);
	say_all(&r, began);
	well &= r.table.wrongs.n == 0;
	r.o.keep |= !well;
	race_end(&r);
	race_table_release(&r.table);
	return well ? 0 : 1;
}
