/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At rest: all folders are equal, hold nothing but whole edits, and every edit
 * that nobody replaced or took away stands in them. One that lies only in
 * quarantine may come back from there, but has to in the end.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/race/race.h"

#define SECOND INT64_C(1000000000)

enum {
	REST_S = 60, /* all have to be equal by then */
	OWED_S = 180, /* and what is in quarantine be back: the grace time,
		       * and as much again; */
	OWED_UNLEASED_S = 780, /* that is ten minutes without leases */
	TRIES = 10, /* a missing edit is looked for again so often */
	TRY_US = 500000,
	LOST_SHOWN = 3, /* histories printed */
};

struct race_edit *
race_edit_of(struct race *r, const struct name *content)
{
	struct race_edit *e;

	HASH_FIND(hh, r->table.edits, content, sizeof *content, e);
	return e;
}

/* ---- all equal ----------------------------------------------------------- */

static void
say_differs(struct race *r, const char *path)
{
	char *said;

	race_wrong(
	    &r->table, "folders are not equal after %d s: %s", REST_S, path);
	for (unsigned i = 0; i < r->o.machines; i++) {
		race_tutti(&r->machines[i], "status", &said);
		printf("%s: %s", r->machines[i].name, said);
		free(said);
	}
}

static void
mark(struct race *r, const struct race_tree *t)
{
	VEC_EACH (&t->v, it) {
		struct race_edit *e = race_edit_of(r, &it->content);

		if (e != NULL)
			e->shown = r->looks;
	}
}

/* All that is shown at rest has to be some edit, whole. */
static void
mark_whole(struct race *r, const struct race_tree *t)
{
	mark(r, t);
	VEC_EACH (&t->v, it)
		if (race_edit_of(r, &it->content) == NULL)
			race_wrong(&r->table,
			    "%s is of %" PRIu64 " bytes that no edit left",
			    it->path, it->size);
	if (r->o.one)
		race_one_judge(r, t);
}

/* The path in which the machines' folders differ; NULL: in none. Marks what
 * they show. */
static const char *
compare(struct race *r, char out[static RACE_NAME_SIZE])
{
	struct race_tree trees[RACE_MACHINES] = {0};
	const char *path = NULL;

	for (unsigned i = 0; i < r->o.machines; i++) {
		if (!race_tree_read(&r->machines[i], &trees[i]))
			path = "(a folder changes while it is read)";
		else if (i > 0 && path == NULL)
			path = race_tree_differ(&trees[0], &trees[i]);
	}
	if (path != NULL)
		path = strncpy(out, path, RACE_NAME_SIZE - 1);
	r->looks++;
	if (path == NULL)
		mark_whole(r, &trees[0]);
	else
		for (unsigned i = 0; i < r->o.machines; i++)
			mark(r, &trees[i]);
	for (unsigned i = 0; i < r->o.machines; i++)
		VEC_RELEASE(&trees[i].v);
	return path;
}

static bool
come_to_rest(struct race *r)
{
	int64_t until = race_now_ns() + REST_S * SECOND;
	char path[RACE_NAME_SIZE] = "";
	bool synced;

	for (;;) {
		synced = true;
		for (unsigned i = 0; i < r->o.machines; i++)
			synced &=
			    race_tutti(&r->machines[i],
				"sync " RACE_FOLDER " --timeout 10", NULL) == 0;
		if (compare(r, path) == NULL && synced)
			return true;
		if (race_now_ns() > until) {
			say_differs(r, synced ? path : "(no sync)");
			return false;
		}
		usleep(20000);
	}
}

/* ---- nothing lost -------------------------------------------------------- */

static void
note_kept(struct race *r, const char *path, const struct name *content)
{
	struct race_edit *e = race_edit_of(r, content);

	if (e != NULL && strstr(path, "/.tutti/quarantine/") != NULL)
		e->kept = true;
}

/* Prints where in .tutti the lost content is. */
static void
print_kept(struct race *r, const char *path, const struct name *content)
{
	if (race_edit_of(r, content) == r->lost)
		printf("  it is in %s\n", path + strlen(r->dir) + 1);
}

static void
say_lost(struct race *r, struct race_edit *e)
{
	printf("edit %" PRIu32 " (%" PRIu32 " bytes) is lost:\n", e->number,
	    e->size);
	race_history(r, e);
	r->lost = e;
	for (unsigned i = 0; i < r->o.machines; i++)
		race_tree_kept(r, &r->machines[i], print_kept);
}

/* Forgets edits that may be gone; says how many others are not shown. */
static size_t
count_missing(struct race *r)
{
	struct race_table *t = &r->table;
	size_t n = 0, missing = 0;

	for (size_t i = 0; i < t->open.n; i++) {
		struct race_edit *e = t->open.items[i];

		if (e->owed && (e->seen || e->shown == r->looks)) {
			r->returned += !e->seen;
			e->owed = false;
		}
		if (e->seen)
			continue;
		t->open.items[n++] = e;
		e->kept = false;
		missing += e->shown != r->looks;
	}
	t->open.n = n;
	return missing;
}

/* Of those that are missing, those that may come back are owed; the number
 * of the others. */
static size_t
count_lost(struct race *r)
{
	size_t lost = 0;

	for (unsigned i = 0; i < r->o.machines; i++)
		race_tree_kept(r, &r->machines[i], note_kept);
	VEC_EACH (&r->table.open, it) {
		struct race_edit *e = *it;

		if (e->shown != r->looks)
			e->owed = e->kept;
		lost += e->shown != r->looks && !e->owed;
	}
	return lost;
}

static void
say_missing(struct race *r, const char *why)
{
	size_t n = 0;

	VEC_EACH (&r->table.open, it)
		if ((*it)->shown != r->looks && n++ < LOST_SHOWN)
			say_lost(r, *it);
	race_wrong(&r->table, "%zu edits %s", n, why);
}

/* 0: all is there, or owed and not the last time; 1: look again. */
static int
judge_once(struct race *r, bool last, unsigned *tries, int64_t until)
{
	size_t missing = count_missing(r);
	size_t lost = missing > 0 ? count_lost(r) : 0;

	if (lost > 0 && ++*tries < TRIES)
		return 1;
	if (lost > 0) {
		say_missing(r, "are lost");
		return 0;
	}
	*tries = 0;
	if (missing == 0 || !last)
		return 0;
	if (race_now_ns() < until)
		return 1;
	say_missing(r, "did not come back from quarantine");
	return 0;
}

bool
race_judge(struct race *r, bool last)
{
	int64_t until = race_now_ns() +
			(r->o.no_leases ? OWED_UNLEASED_S : OWED_S) * SECOND;
	unsigned tries = 0;

	for (;;) {
		if (!come_to_rest(r)) {
			count_missing(r);
			if (count_lost(r) > 0)
				say_missing(r, "are in no folder");
			break;
		}
		if (judge_once(r, last, &tries, until) == 0)
			break;
		usleep(TRY_US);
	}
	return r->table.wrongs.n == 0;
}
