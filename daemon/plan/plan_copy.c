/* SPDX-License-Identifier: Apache-2.0 */
/* plan_copy - losers and their conflict copies: what has to be made before a
 * winner takes its place, and where the displaced file goes. */
#include "daemon/plan/plan_internal.h"

/* Does this content stand at the path itself? */
static bool
stands_here(const struct planner *p, const struct version *v)
{
	return p->e->disk.kind != KIND_NONE &&
	       name_equal(&v->content, &p->e->disk.content);
}

/*
 * May the copy be spoken of, as far as the path itself is concerned? A loser
 * that stands here must not be shown twice: then the winner has to be able to
 * take its place in the same step. 1, 0, error.
 */
static int
may_leave(const struct planner *p, const struct version *loser)
{
	if (!stands_here(p, loser))
		return 1;
	return plan_judged(p->e) ? plan_can_get_wanted(p) : 0;
}

/* May this loser's copy be made now? 1, 0 or an error; its path in path. */
static int
copy_possible(
    const struct planner *p, const struct version *loser, struct buf *path)
{
	struct observation there;
	int rc;

	buf_clear(path);
	rc = conflict_path(loser, path);
	if (rc == ERR_LIMIT)
		return 0;
	if (rc == 0)
		rc = p->ask->disk(p->ask->arg, buf_span(path), &there);
	if (rc < 0 || there.kind != KIND_NONE)
		return rc < 0 ? rc : 0;
	if (loser->kind == KIND_FILE && loser->size > 0) {
		rc = p->ask->held(p->ask->arg, &loser->content);
		if (rc <= 0)
			return rc;
	}
	rc = p->ask->parent(p->ask->arg, buf_span(path));
	return rc <= 0 ? rc : may_leave(p, loser);
}

/*
 * Looks for a loser without a copy: *out_next is one whose copy can be made
 * now, its path in path; *out_here one whose content stands at the path
 * itself, so that the winner must not take its place yet.
 */
static int
find_losers(struct planner *p, struct buf *path,
    const struct version **out_next, const struct version **out_here)
{
	struct loser_list losers = {0};
	int rc = version_set_losers(&p->e->known, p->derived, &losers);

	*out_next = *out_here = NULL;
	for (size_t i = 0; rc >= 0 && i < losers.v.n; i++) {
		const struct version *loser = losers.v.items[i];
		bool has_copy;

		rc = conflict_has_copy(
		    &p->e->known, loser, p->ask->known, p->ask->arg, &has_copy);
		if (rc < 0 || has_copy)
			continue;
		if (stands_here(p, loser))
			*out_here = loser;
		if (*out_next != NULL)
			continue;
		rc = copy_possible(p, loser, path);
		if (rc > 0)
			*out_next = loser;
	}
	VEC_RELEASE(&losers.v);
	return rc < 0 ? rc : 0;
}

/* A loser here, if there is one, stays for a reason: first of all it has to be
 * judged, for it may be the user's choice. */
static int
keep_loser(struct planner *p, const struct version *here, enum plan_why why)
{
	if (here == NULL)
		return 0;
	plan_wait(p, plan_judged(p->e) ? why : PLAN_WHY_LOOK);
	return 1;
}

/* What to do about a loser here, or another whose copy can be made. */
static int
choose_copy(struct planner *p, const struct version *next,
    const struct version *here, struct buf *path)
{
	int rc;

	if (p->ask->stream_open)
		return keep_loser(p, here, PLAN_WHY_STREAM);
	if (next == NULL) {
		/* With a winner that nobody can give, that is what it waits
		 * for, or what is to be settled. */
		rc = here == NULL ? 0 : plan_can_get_wanted(p);
		return rc <= 0 ? rc : keep_loser(p, here, PLAN_WHY_COPY);
	}
	/* The winner's content comes before the copy of what stands here is
	 * spoken of, so that both names change in one step. */
	rc = stands_here(p, next) ? plan_holds_wanted(p) : 1;
	if (rc <= 0)
		return rc;
	p->out->what = PLAN_COPY;
	p->out->loser = next;
	rc = buf_add(&p->out->copy, buf_span(path));
	return rc < 0 ? rc : 1;
}

int
plan_losers(struct planner *p)
{
	const struct version *next, *here;
	struct buf path;
	int rc;

	if (plan_wants_nothing(p))
		return 0;
	buf_init(&path, LIMIT_PATH_BYTES);
	rc = find_losers(p, &path, &next, &here);
	if (rc == 0)
		rc = choose_copy(p, next, here, &path);
	buf_release(&path);
	return rc;
}

bool
plan_room(const struct entry *e, const struct version *v)
{
	bool derived;
	const struct version *want = entry_wanted(e, &derived);

	return want != NULL && want->kind == v->kind &&
	       name_equal(&want->content, &v->content) &&
	       want->bits == v->bits && want->mtime_ns == v->mtime_ns &&
	       span_equal(want->meta, v->meta) && e->disk.kind == KIND_NONE &&
	       plan_unchanged(e, &e->disk);
}

/* May a file that shows v take this name? 1, 0, error. */
static int
has_room(const struct planner *p, struct span path, const struct version *v)
{
	struct observation there;
	struct name wanted;
	int rc;

	if (p->ask->room != NULL)
		return p->ask->room(p->ask->arg, path, v);
	rc = p->ask->wanted(p->ask->arg, path, &wanted);
	if (rc >= 0)
		rc = p->ask->disk(p->ask->arg, path, &there);
	return rc < 0 ? rc
		      : there.kind == KIND_NONE &&
			    name_equal(&wanted, &v->content);
}

int
plan_name_displaced(struct planner *p)
{
	int rc;

	VEC_EACH (&p->e->known.v, it) {
		if (!plan_shows(&p->e->disk, *it))
			continue;
		buf_clear(&p->out->copy);
		rc = conflict_path(*it, &p->out->copy);
		if (rc == 0)
			rc = has_room(p, buf_span(&p->out->copy), *it);
		if (rc > 0)
			return 0;
		buf_clear(&p->out->copy);
		if (rc < 0 && rc != ERR_LIMIT)
			return rc;
	}
	return 0;
}
