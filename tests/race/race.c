/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	race [OPTION]...
 *
 * plays rounds of racing edits, rests after each and judges. All options are
 * in race_options.c. What one round does is made of its seed, as far as the
 * machine's scheduler lets it: a seed brings back the mix, not the race.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/race/race.h"

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
play(struct race *r, uint64_t edits, uint64_t kills)
{
	struct race_editor editors[RACE_MACHINES * RACE_EDITORS];
	unsigned n = r->o.machines * r->o.editors;

	r->left = (int64_t)edits;
	r->taken = 0;
	for (unsigned i = 0; i < n; i++)
		prepare(r, &editors[i], i);
	for (unsigned i = 0; i < n; i++)
		if (pthread_create(&editors[i].thread, NULL, race_edit_run,
			&editors[i]) != 0)
			race_die("no thread for an editor");
	race_kills(r, kills);
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
played_all(const struct race *r, int64_t until)
{
	return race_now_ns() > until ||
	       (r->table.n >= r->o.edits && r->kills >= r->o.kills);
}

/* Edits for the next round: as many as usual, but not beyond the last. */
static uint64_t
edits_next(const struct race *r)
{
	uint64_t n = r->table.n, all = r->o.edits;

	return n < all && all - n < r->o.round ? all - n : r->o.round;
}

static bool
round_of(struct race *r, int64_t until, bool *out_last)
{
	int64_t began = race_now_ns(), played;
	uint64_t killed = r->kills;
	uint32_t from = r->table.n;
	bool well;

	play(r, edits_next(r), r->o.kills);
	played = race_now_ns();
	*out_last = played_all(r, until);
	well = race_judge(r, *out_last);
	printf("seed %" PRIu64 ": %" PRIu32 " edits, %" PRIu64
	       " kills in %.2f s, at rest after %.2f s, %zu shown, %zu "
	       "owed%s\n",
	    r->round_seed, r->table.n - from, r->kills - killed,
	    (double)(played - began) / 1e9,
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
	for (r->round_seed = r->o.seed; well && !last; r->round_seed++)
		well = round_of(r, until, &last);
	return well;
}

static void
say_all(struct race *r, int64_t began)
{
	double seconds = (double)(race_now_ns() - began) / 1e9;

	VEC_EACH (&r->table.wrongs, it)
		printf("WRONG: %s\n", *it);
	printf("%" PRIu32 " edits, %" PRIu64
	       " kills in %.1f s, %.0f/s; %" PRIu64 " moves, %" PRIu64
	       " conflict copies settled, %" PRIu64 " back from quarantine; "
	       "the longest open took %.1f ms; seed %" PRIu64 "; %zu wrong\n",
	    r->table.n, r->kills, seconds, r->table.n / seconds,
	    (uint64_t)r->moves, (uint64_t)r->settled, r->returned,
	    (double)r->longest_open_ns / 1e6, r->o.seed, r->table.wrongs.n);
}

/* What was done in all, by all teams; shared memory. */
struct total {
	_Atomic uint64_t edits, kills;
};

static bool
race(const struct race_options *o, struct total *total)
{
	static struct race r;
	int64_t began = race_now_ns();
	bool well;

	r.o = *o;
	race_table_init(&r.table);
	race_begin(&r);
	race_start(&r);
	well = race_judge(&r, false) && rounds(&r);
	race_stop(&r);
	say_all(&r, began);
	total->edits += r.table.n;
	total->kills += r.kills;
	well &= r.table.wrongs.n == 0;
	r.o.keep |= !well;
	race_end(&r);
	race_table_release(&r.table);
	return well;
}

/* ---- several at once ----------------------------------------------------- */

/* A team's part of n: all have about as much. */
static uint64_t
part(uint64_t n, unsigned teams, unsigned team)
{
	return n * (team + 1) / teams - n * team / teams;
}

static pid_t
start_team(const struct race_options *all, unsigned team, struct total *total)
{
	struct race_options o = *all;
	pid_t pid;

	o.edits = part(all->edits, all->teams, team);
	o.kills = part(all->kills, all->teams, team);
	o.seed += (uint64_t)team * 1000000;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		race_die("no process for a team: %m");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	exit(race(&o, total) ? 0 : 1);
}

static bool
teams(const struct race_options *o, struct total *total)
{
	int64_t began = race_now_ns();
	unsigned failed = 0;
	double seconds;

	for (unsigned i = 0; i < o->teams; i++)
		start_team(o, i, total);
	for (unsigned i = 0; i < o->teams; i++) {
		int status;

		if (wait(&status) < 0 || status != 0)
			failed++;
	}
	seconds = (double)(race_now_ns() - began) / 1e9;
	printf("%u teams, %" PRIu64 " edits, %" PRIu64
	       " kills in %.1f s, %.0f/s; %u teams failed\n",
	    o->teams, (uint64_t)total->edits, (uint64_t)total->kills, seconds,
	    (double)total->edits / seconds, failed);
	return failed == 0;
}

int
main(int argc, char **argv)
{
	struct race_options o;
	struct total *total = mmap(NULL, sizeof *total, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	signal(SIGPIPE, SIG_IGN);
	if (total == MAP_FAILED)
		race_die("no memory for the teams' figures");
	race_read_options(&o, argc, argv);
	return (o.teams > 1 ? teams(&o, total) : race(&o, total)) ? 0 : 1;
}
