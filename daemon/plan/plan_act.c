/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/plan/plan.h"

#include <string.h>

#include "daemon/plan/plan_internal.h"

static const char *const why_texts[PLAN_WHYS] = {
    [PLAN_WHY_NONE] = "nothing",
    [PLAN_WHY_LOOK] = "it changed here and is looked at",
    [PLAN_WHY_FRESH] = "this machine's memory is new and a peer has to be "
		       "heard first",
    [PLAN_WHY_PARENT] = "its directory is not there yet",
    [PLAN_WHY_OCCUPIED] = "a directory that is not empty is in its place",
    [PLAN_WHY_OPAQUE] = "something that is neither file, directory nor link, "
			"or cannot be read, is in its place",
    [PLAN_WHY_CONTENT] = "no connected machine has its content",
    [PLAN_WHY_STREAM] = "a conflict is settled once all news has arrived",
    [PLAN_WHY_BESIDE] = "the same content still stands under its first name",
    [PLAN_WHY_COPY] = "the conflict copy of what stands here has no room yet",
};

const char *
plan_why_text(enum plan_why why)
{
	return why_texts[why];
}

void
plan_action_init(struct plan_action *a)
{
	*a = (struct plan_action){.what = PLAN_NOTHING};
	buf_init(&a->copy, LIMIT_PATH_BYTES);
}

void
plan_action_release(struct plan_action *a)
{
	buf_release(&a->copy);
}

/* What plan_act works with, put together once. */
struct planner {
	const struct entry *e;
	const struct plan_ask *ask;
	const struct version *want; /* NULL: derived directory */
	bool derived;
	struct plan_action *out;
};

static int
wait_for(struct planner *p, enum plan_why why)
{
	p->out->what = PLAN_WAIT;
	p->out->why = why;
	return 0;
}

static bool
wants_dir(const struct planner *p)
{
	return p->derived || p->want->kind == KIND_DIR;
}

static bool
wants_nothing(const struct planner *p)
{
	return !p->derived && p->want->kind == KIND_GONE;
}

/* Is the disk just what is wanted? Of a derived directory the bits are
 * nobody's. */
static bool
shows_wanted(const struct planner *p)
{
	if (p->derived)
		return p->e->disk.kind == KIND_DIR;
	return plan_shows(&p->e->disk, p->want);
}

/* Is base the wanted version already, with nothing left to be done? A noted
 * intent says that bits or times may still be others than the version's. */
static bool
agreed(const struct planner *p)
{
	const struct agreement *base = &p->e->base;

	if (!base->present || p->e->intent.present)
		return false;
	if (p->derived || base->version == NULL)
		return p->derived && base->version == NULL &&
		       base->seen.kind == KIND_DIR;
	return dot_equal(base->version->dot, p->want->dot);
}

/*
 * Would a copy with this content at path be shown beside the same content
 * that still stands at its home and is to be replaced there? 1, 0, error.
 */
static int
shown_beside(
    const struct planner *p, struct span path, const struct name *content)
{
	struct observation disk;
	struct name wanted;
	struct buf home;
	int rc = 0;

	buf_init(&home, LIMIT_PATH_BYTES);
	if (!plan_home(path, &home))
		goto out;
	rc = p->ask->disk(p->ask->arg, buf_span(&home), &disk);
	if (rc < 0 || disk.kind == KIND_NONE ||
	    !name_equal(&disk.content, content)) {
		rc = rc < 0 ? rc : 0;
		goto out;
	}
	/* Of what nobody knows, an ignored file say, nothing is to become. */
	rc = p->ask->known(p->ask->arg, buf_span(&home));
	if (rc <= 0)
		goto out;
	rc = p->ask->wanted(p->ask->arg, buf_span(&home), &wanted);
	if (rc >= 0)
		rc = !name_equal(&wanted, content);
out:
	buf_release(&home);
	return rc;
}

/* Is the wanted content on this disk, if it takes any? 1, 0, error. */
static int
holds_wanted(const struct planner *p)
{
	if (wants_dir(p) || p->want->kind != KIND_FILE || p->want->size == 0)
		return 1;
	return p->ask->held(p->ask->arg, &p->want->content);
}

/* Can the wanted content be had, here or from a peer? 1, 0, error. */
static int
can_get_wanted(const struct planner *p)
{
	int rc = holds_wanted(p);

	if (rc != 0)
		return rc;
	return p->ask->reachable(p->ask->arg, &p->want->content);
}

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
	return plan_unchanged(p->e, &p->e->disk) ? can_get_wanted(p) : 0;
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
	wait_for(p, plan_unchanged(p->e, &p->e->disk) ? why : PLAN_WHY_LOOK);
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
	if (next == NULL)
		return keep_loser(p, here, PLAN_WHY_COPY);
	/* The winner's content comes before the copy of what stands here is
	 * spoken of, so that both names change in one step. */
	rc = stands_here(p, next) ? holds_wanted(p) : 1;
	if (rc <= 0)
		return rc;
	p->out->what = PLAN_COPY;
	p->out->loser = next;
	rc = buf_add(&p->out->copy, buf_span(path));
	return rc < 0 ? rc : 1;
}

/* Losers come first: their copies have versions before the winner takes
 * their place. 1 when that decided, 0 to go on, or an error. */
static int
plan_losers(struct planner *p)
{
	const struct version *next, *here;
	struct buf path;
	int rc;

	if (wants_nothing(p))
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
	       e->disk.kind == KIND_NONE && plan_unchanged(e, &e->disk);
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

/* Where the file that is displaced goes: the free name of its own conflict
 * copy, if that is wanted with just this content; else quarantine. */
static int
name_displaced(struct planner *p)
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

static int
plan_dir(struct planner *p)
{
	int rc;

	if (p->e->disk.kind == KIND_DIR) {
		p->out->what = PLAN_TOUCH;
		return 0;
	}
	rc = p->ask->parent(p->ask->arg, entry_path(p->e));
	if (rc <= 0)
		return rc < 0 ? rc : wait_for(p, PLAN_WHY_PARENT);
	p->out->what = PLAN_MAKE_DIR;
	return p->e->disk.kind == KIND_NONE ? 0 : name_displaced(p);
}

static int
plan_nothing(struct planner *p)
{
	if (p->e->disk.kind != KIND_DIR) {
		p->out->what = PLAN_REMOVE;
		return 0;
	}
	p->out->what = PLAN_REMOVE_DIR;
	return 0;
}

/* Same content: only bits or mtime differ. */
static bool
only_touched(const struct planner *p)
{
	return p->e->disk.kind == (int)p->want->kind &&
	       name_equal(&p->e->disk.content, &p->want->content);
}

static int
plan_place(struct planner *p)
{
	int rc;

	if (only_touched(p)) {
		p->out->what = PLAN_TOUCH;
		return 0;
	}
	rc = p->ask->parent(p->ask->arg, entry_path(p->e));
	if (rc <= 0)
		return rc < 0 ? rc : wait_for(p, PLAN_WHY_PARENT);
	rc = shown_beside(p, entry_path(p->e), &p->want->content);
	if (rc != 0)
		return rc < 0 ? rc : wait_for(p, PLAN_WHY_BESIDE);
	rc = holds_wanted(p);
	if (rc < 0)
		return rc;
	if (rc == 0) {
		rc = can_get_wanted(p);
		if (rc <= 0)
			return rc < 0 ? rc : wait_for(p, PLAN_WHY_CONTENT);
		p->out->what = PLAN_FETCH;
		return 0;
	}
	p->out->what = PLAN_PLACE;
	return p->e->disk.kind == KIND_NONE ? 0 : name_displaced(p);
}

/* A directory gives way only when nothing is in it. */
static int
plan_occupied(struct planner *p)
{
	int rc;

	if (p->e->disk.kind != KIND_DIR || wants_dir(p))
		return 0;
	rc = p->ask->occupied(p->ask->arg, entry_path(p->e));
	if (rc > 0)
		wait_for(p, PLAN_WHY_OCCUPIED);
	return rc;
}

int
plan_act(
    const struct entry *e, const struct plan_ask *ask, struct plan_action *out)
{
	struct planner p = {.e = e, .ask = ask, .out = out};
	int rc;

	p.want = entry_wanted(e, &p.derived);
	buf_clear(&out->copy);
	*out = (struct plan_action){.what = PLAN_NOTHING,
	    .version = p.want,
	    .derived = p.derived,
	    .copy = out->copy};
	if (p.want == NULL && !p.derived)
		return 0;
	if (ask->fresh)
		return wait_for(&p, PLAN_WHY_FRESH);
	rc = plan_losers(&p);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (e->disk.kind == KIND_OPAQUE)
		return wants_nothing(&p) ? 0 : wait_for(&p, PLAN_WHY_OPAQUE);
	if (!plan_unchanged(e, &e->disk))
		return wait_for(&p, PLAN_WHY_LOOK);
	if (agreed(&p))
		return 0;
	if (shows_wanted(&p)) {
		out->what = PLAN_SETTLE;
		return 0;
	}
	rc = plan_occupied(&p);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (wants_dir(&p))
		return plan_dir(&p);
	return wants_nothing(&p) ? plan_nothing(&p) : plan_place(&p);
}
