/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/model/model_internal.h"

#include <stdlib.h>
#include <string.h>

void
version_set_release(struct version_set *set)
{
	VEC_EACH (&set->v, v)
		version_free(*v);
	VEC_RELEASE(&set->v);
}

/* The index of the first version whose dot is not below this one. */
static size_t
find(const struct version_set *set, struct dot dot)
{
	size_t low = 0, high = set->v.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (dot_compare(set->v.items[mid]->dot, dot) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct version *
version_set_find(const struct version_set *set, struct dot dot)
{
	size_t i = find(set, dot);

	if (i < set->v.n && dot_equal(set->v.items[i]->dot, dot))
		return set->v.items[i];
	return NULL;
}

void
version_set_remove(struct version_set *set, struct dot dot)
{
	size_t i = find(set, dot);

	if (version_set_find(set, dot) == NULL)
		return;
	version_free(set->v.items[i]);
	set->v.n--;
	memmove(set->v.items + i, set->v.items + i + 1,
	    (set->v.n - i) * sizeof *set->v.items);
}

/* Says whether the set has, or has superseded, v. */
static bool
covers(const struct version_set *set, const struct version *v)
{
	VEC_EACH (&set->v, it) {
		const struct version *known = *it;

		if (!version_supersedes(known, v))
			continue;
		/* One dot, two contents: a liar's. The lesser record stays. */
		if (!dot_equal(known->dot, v->dot) ||
		    span_compare(known->record, v->record) <= 0)
			return true;
	}
	return false;
}

static size_t
count_superseded(const struct version_set *set, const struct version *v)
{
	size_t n = 0;

	VEC_EACH (&set->v, it)
		n += version_supersedes(v, *it) ? 1 : 0;
	return n;
}

/* Makes room for more versions: 0, or -ENOMEM with no version changed. */
static int
reserve(struct version_set *set, size_t more)
{
	struct version **items;
	size_t cap = set->v.n + more;

	if (cap <= set->v.cap)
		return 0;
	items = reallocarray(set->v.items, cap, sizeof *items);
	if (items == NULL)
		return -ENOMEM;
	set->v.items = items;
	set->v.cap = cap;
	return 0;
}

/* Inserts v where its dot belongs; there is room. */
static void
insert(struct version_set *set, struct version *v)
{
	size_t i = find(set, v->dot);
	struct version **at = set->v.items + i;

	memmove(at + 1, at, (set->v.n - i) * sizeof *at);
	*at = v;
	set->v.n++;
}

/* Takes out what v supersedes; dropped has room for all of it, or is NULL. */
static void
drop(struct version_set *set, const struct version *v,
    struct version_set *dropped)
{
	size_t kept = 0;

	VEC_EACH (&set->v, it) {
		if (!version_supersedes(v, *it))
			set->v.items[kept++] = *it;
		else if (dropped != NULL)
			insert(dropped, *it);
		else
			version_free(*it);
	}
	set->v.n = kept;
}

int
version_set_add(struct version_set *set, struct version *v,
    struct version_set *dropped, bool *out_new)
{
	size_t gone;
	int rc = 0;

	if (covers(set, v)) {
		version_free(v);
		*out_new = false;
		return 0;
	}
	gone = count_superseded(set, v);
	/* All that can fail comes first, so that failing changes nothing. */
	if (set->v.n - gone >= LIMIT_SIBLINGS)
		rc = ERR_LIMIT;
	if (rc == 0)
		rc = reserve(set, 1);
	if (rc == 0 && dropped != NULL)
		rc = reserve(dropped, gone);
	if (rc < 0) {
		version_free(v);
		return rc;
	}
	drop(set, v, dropped);
	insert(set, v);
	*out_new = true;
	return 0;
}

/* ---- who wins ------------------------------------------------------------ */

static int
by_name(const void *key, const void *item)
{
	return name_compare(key, item);
}

bool
version_set_living(const struct version_set *set, const struct version *v)
{
	if (v->kind == KIND_GONE)
		return false;
	VEC_EACH (&set->v, it) {
		const struct version *gone = *it;

		if (gone->n_deleted > 0 &&
		    bsearch(&v->content, gone->deleted, gone->n_deleted,
			sizeof *gone->deleted, by_name) != NULL)
			return false;
	}
	return true;
}

static int
compare_mtime_dot(const struct version *a, const struct version *b)
{
	if (a->mtime_ns != b->mtime_ns)
		return a->mtime_ns > b->mtime_ns ? 1 : -1;
	return dot_compare(a->dot, b->dot);
}

/*
 * Orders two versions by what wins, >0 when it is a: a directory, not an
 * untouched copy, the later mtime, the greater dot.
 */
static int
compare(const struct version *a, const struct version *b)
{
	if ((a->kind == KIND_DIR) != (b->kind == KIND_DIR))
		return a->kind == KIND_DIR ? 1 : -1;
	if (a->copy != b->copy)
		return b->copy ? 1 : -1;
	return compare_mtime_dot(a, b);
}

const struct version *
version_set_winner(const struct version_set *set)
{
	const struct version *winner = NULL;
	bool winner_lives = false;

	VEC_EACH (&set->v, it) {
		const struct version *v = *it;
		bool lives = version_set_living(set, v);

		/* Neither living nor gone: what a gone in the set deleted. */
		if (!lives && (winner_lives || v->kind != KIND_GONE))
			continue;
		if (winner == NULL || lives != winner_lives ||
		    compare(v, winner) > 0) {
			winner = v;
			winner_lives = lives;
		}
	}
	return winner;
}

static int
greatest_first(const void *a, const void *b)
{
	return compare_mtime_dot(*(const struct version *const *)b,
	    *(const struct version *const *)a);
}

/* Keeps of each content the first. */
static void
drop_equal_contents(struct loser_list *list)
{
	size_t kept = 0, i;

	VEC_EACH (&list->v, it) {
		for (i = 0; i < kept; i++)
			if (name_equal(
				&list->v.items[i]->content, &(*it)->content))
				break;
		if (i == kept)
			list->v.items[kept++] = *it;
	}
	list->v.n = kept;
}

int
version_set_losers(
    const struct version_set *set, bool derived, struct loser_list *out)
{
	const struct version *winner = version_set_winner(set);

	out->v.n = 0;
	if (winner == NULL || (winner->kind == KIND_GONE && !derived))
		return 0;
	VEC_EACH (&set->v, it) {
		const struct version *v = *it;

		if (v->copy || v->kind == KIND_DIR ||
		    !version_set_living(set, v) ||
		    (!derived && name_equal(&v->content, &winner->content)))
			continue;
		if (VEC_PUSH(&out->v, v) < 0) {
			out->v.n = 0;
			return -ENOMEM;
		}
	}
	if (out->v.n > 1)
		qsort(out->v.items, out->v.n, sizeof *out->v.items,
		    greatest_first);
	drop_equal_contents(out);
	return 0;
}
