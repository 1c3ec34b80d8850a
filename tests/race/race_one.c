/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has to be shown of a single file, as in tests/sim/sim_one.h. Of a
 * daemon that died between a change and its commit nobody can say whether a
 * user had seen it: then no more is asked than that nothing is lost.
 */
#include <inttypes.h>
#include <string.h>

#include "tests/race/race.h"

const char race_one[] = "one";

static void
wrong(struct race *r, const struct race_edit *e, const char *what)
{
	race_wrong(&r->table, "edit %" PRIu32 " %s", e->number, what);
	race_history(r, e);
}

/* What is so only for a moment, a save with the replaced file still beside
 * it, is over at rest. */
static struct race_edit *
standing(struct race *r, const struct race_tree *t)
{
	struct race_edit *e = NULL;

	VEC_EACH (&t->v, it)
		if (strcmp(it->path, race_one) == 0)
			e = race_edit_of(r, &it->content);
	return e;
}

static void
count_copies(struct race *r, const struct race_tree *t)
{
	VEC_EACH (&t->v, it) {
		struct race_edit *e = race_edit_of(r, &it->content);

		if (e != NULL)
			e->copies = 0;
	}
	VEC_EACH (&t->v, it) {
		struct race_edit *e = race_edit_of(r, &it->content);

		if (e == NULL || strcmp(it->path, race_one) == 0)
			continue;
		if (++e->copies == 2)
			wrong(r, e, "has two conflict copies");
	}
}

void
race_one_judge(struct race *r, const struct race_tree *t)
{
	const struct race_edit *at = standing(r, t);

	count_copies(r, t);
	if (r->kills > 0)
		return;
	if (at == NULL && r->taken == 0 && r->table.n > 0)
		race_wrong(
		    &r->table, "nobody took %s away, but it is gone", race_one);
	if (at != NULL && at->seen)
		wrong(r, at, "was replaced, and stands there again");
	if (at != NULL && at->copies > 0 && r->taken == 0)
		wrong(r, at, "stands there and beside it");
}
