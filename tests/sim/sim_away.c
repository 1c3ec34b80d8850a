/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_away.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_internal.h"
#include "tests/sim/sim_tree.h"

void
away_release(struct away_list *list)
{
	VEC_EACH (&list->v, a) {
		VEC_EACH (&a->others, other)
			free(*other);
		VEC_RELEASE(&a->others);
		free(a->path);
	}
	VEC_RELEASE(&list->v);
}

void
away_note(
    struct away_list *list, struct sim_host *h, const struct away_taken *taken)
{
	struct away a = {
	    .path = sim_strdup(taken->path + strlen(taken->root) + 1)};
	struct tree t;

	tree_read(h, taken->root, &t);
	VEC_EACH (&t.v, item) {
		if (item->kind == KIND_FILE && item->hash == taken->hash &&
		    item->size == taken->size && strcmp(item->path, a.path))
			SIM_PUSH(&a.others, sim_strdup(item->path));
	}
	tree_release(&t);
	if (a.others.n > 0)
		SIM_PUSH(&list->v, a);
	else
		free(a.path);
}

static bool
was_taken(const struct away_list *list, const char *path)
{
	VEC_EACH (&list->v, a) {
		if (strcmp(a->path, path) == 0)
			return true;
	}
	return false;
}

bool
away_all(const struct away_list *list)
{
	VEC_EACH (&list->v, a) {
		bool all = true;

		VEC_EACH (&a->others, other)
			all = all && was_taken(list, *other);
		if (all)
			return true;
	}
	return false;
}
