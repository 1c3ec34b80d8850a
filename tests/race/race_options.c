/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
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
	    "race [--edits N] [--kills N] [--round N] [--seed N]\n"
	    "     [--seconds N]\n"
	    "     [--dir DIR]        where to work: any file system\n"
	    "     [--teams N]        so many races at once, each with its\n"
	    "                        part of the edits and kills\n"
	    "     [--machines 2|3] [--editors N] [--names N]\n"
	    "     [--pause US]       the longest between two edits\n"
	    "     [--one]            a single file, judged more strictly\n"
	    "     [--no-leases] [--no-exchange]\n"
	    "                        as on a file system without\n"
	    "     [--debug]          daemons log all\n"
	    "     [--keep]           leave the directory\n");
	exit(2);
}

enum {
	OPT_EDITS = 256,
	OPT_KILLS,
	OPT_ROUND,
	OPT_SEED,
	OPT_SECONDS,
	OPT_DIR,
	OPT_TEAMS,
	OPT_MACHINES,
	OPT_EDITORS,
	OPT_NAMES,
	OPT_PAUSE,
	OPT_ONE,
	OPT_NO_LEASES,
	OPT_NO_EXCHANGE,
	OPT_DEBUG,
	OPT_KEEP,
};

static const struct option options[] = {
    {"edits", required_argument, NULL, OPT_EDITS},
    {"kills", required_argument, NULL, OPT_KILLS},
    {"round", required_argument, NULL, OPT_ROUND},
    {"seed", required_argument, NULL, OPT_SEED},
    {"seconds", required_argument, NULL, OPT_SECONDS},
    {"dir", required_argument, NULL, OPT_DIR},
    {"teams", required_argument, NULL, OPT_TEAMS},
    {"machines", required_argument, NULL, OPT_MACHINES},
    {"editors", required_argument, NULL, OPT_EDITORS},
    {"names", required_argument, NULL, OPT_NAMES},
    {"pause", required_argument, NULL, OPT_PAUSE},
    {"one", no_argument, NULL, OPT_ONE},
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
	case OPT_KILLS:
		o->kills = number(optarg, 0, 1000000);
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
	case OPT_TEAMS:
		o->teams = (unsigned)number(optarg, 1, RACE_TEAMS);
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
	case OPT_ONE:
		o->one = true;
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

void
race_read_options(struct race_options *o, int argc, char **argv)
{
	const char *dir = getenv("TMPDIR"), *edits = getenv("RACE_EDITS");
	const char *slow = getenv("INSTRUMENTED");
	int option;

	*o = (struct race_options){
	    .dir = dir != NULL ? dir : "/tmp",
	    .edits = EDITS,
	    .seed = (uint64_t)time(NULL),
	    .teams = 1,
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
