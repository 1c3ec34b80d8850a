/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/causal/causal_internal.h"

/* ---- what is to be there ------------------------------------------------- */

static bool
has_path(const struct causal_tree *t, const char *path)
{
	VEC_EACH (&t->v, item) {
		if (strcmp(item->path, path) == 0)
			return true;
	}
	return false;
}

static void
expect_derived(struct causal_tree *t, const char *path)
{
	struct causal_state dir = {.kind = KIND_DIR};

	name_dir(&dir.content);
	if (!has_path(t, path))
		causal_tree_add(t, path, &dir, true);
}

/* Directories above a path live by it, if not by themselves. */
static void
expect_parents(
    struct causal_tree *t, const struct causal_set *set, const char *path)
{
	char *up = causal_memory(strdup(path)), *slash;

	while ((slash = strrchr(up, '/')) != NULL) {
		*slash = '\0';
		if (rules_derived(set, up))
			expect_derived(t, up);
	}
	free(up);
}

void
causal_expect(const struct causal *c, struct causal_tree *out)
{
	const struct causal_set *set = &c->machines[0].known;

	*out = (struct causal_tree){0};
	VEC_EACH (&set->v, x) {
		const struct causal_version *v = *x;

		if (rules_winner(set, v->path) != v ||
		    v->state.kind == KIND_GONE)
			continue;
		if (!rules_derived(set, v->path))
			causal_tree_add(out, v->path, &v->state, false);
		expect_parents(out, set, v->path);
	}
	causal_tree_sort(out);
}

/* ---- judging ------------------------------------------------------------- */

static bool
holds(const struct causal_set *set, const struct causal_version *v)
{
	VEC_EACH (&set->v, x) {
		if (*x == v)
			return true;
	}
	return false;
}

static void
judge_known(struct causal *c, unsigned a, unsigned b)
{
	const struct causal_set *other = &c->machines[b].known;

	VEC_EACH (&c->machines[a].known.v, x) {
		if (!holds(other, *x))
			causal_fail(c,
			    "s: %u knows a version of %s that %u"
			    " does not",
			    a, (*x)->path, b);
	}
}

static void
judge_copies(struct causal *c)
{
	const struct causal_set *set = &c->machines[0].known;

	VEC_EACH (&set->v, x) {
		if (rules_loses(set, *x) && !rules_has_copy(set, *x) &&
		    !(*x)->renewed)
			causal_fail(c, "l: what lost at %s has no copy at %s",
			    (*x)->path, (*x)->copy_path);
	}
}

void
causal_judge(struct causal *c)
{
	for (unsigned i = 1; i < c->n; i++) {
		judge_known(c, 0, i);
		judge_known(c, i, 0);
	}
	judge_copies(c);
}

void
causal_judge_users(struct causal *c)
{
	for (unsigned i = 0; i < c->n; i++)
		user_rest(c, i);
}

static bool
has_content(const struct causal_tree *t, const struct name *name)
{
	VEC_EACH (&t->v, item) {
		if (item->state.kind == KIND_FILE &&
		    name_equal(&item->state.content, name))
			return true;
	}
	return false;
}

void
causal_judge_contents(struct causal *c, const struct causal_tree *expected)
{
	VEC_EACH (&c->contents, content) {
		if (!content->taken && !content->again &&
		    !has_content(expected, &content->name))
			causal_fail(c, "v: content %02x%02x is lost",
			    content->name.b[0], content->name.b[1]);
	}
}

static bool
fits(const struct causal_item *expected, const struct causal_item *shown)
{
	struct causal_state s = shown->state;

	if (expected->any_bits)
		s.bits = expected->state.bits;
	return causal_state_same(&expected->state, &s);
}

static void
say_item(const struct causal_item *item, char *out, size_t len)
{
	static const struct causal_state nothing;

	causal_state_text(item ? &item->state : &nothing, out, len);
}

static void
tell(struct causal *c, unsigned machine, const struct causal_item *expected,
    const struct causal_item *shown)
{
	char want[120], has[120];

	say_item(expected, want, sizeof want);
	say_item(shown, has, sizeof has);
	causal_fail(c, "a: machine %u shows %s as %s, it has to be %s", machine,
	    expected ? expected->path : shown->path, has, want);
}

void
causal_judge_tree(struct causal *c, unsigned machine,
    const struct causal_tree *expected, const struct causal_tree *shown)
{
	size_t i = 0, j = 0;

	while (i < expected->v.n || j < shown->v.n) {
		const struct causal_item *x =
		    i < expected->v.n ? &expected->v.items[i] : NULL;
		const struct causal_item *y =
		    j < shown->v.n ? &shown->v.items[j] : NULL;
		int order = !x ? 1 : !y ? -1 : strcmp(x->path, y->path);

		if (order < 0)
			tell(c, machine, x, NULL);
		else if (order > 0)
			tell(c, machine, NULL, y);
		else if (!fits(x, y))
			tell(c, machine, x, y);
		i += order <= 0;
		j += order >= 0;
	}
}
