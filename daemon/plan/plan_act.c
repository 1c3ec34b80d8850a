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
    [PLAN_WHY_LOST] = "its content was lost here, by a power cut perhaps, and "
		      "no connected machine has it",
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

int
plan_wait(struct planner *p, enum plan_why why)
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

bool
plan_wants_nothing(const struct planner *p)
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
	int rc;

	buf_init(&home, LIMIT_PATH_BYTES);
	rc = plan_home(path, &home);
	if (rc <= 0)
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

int
plan_holds_wanted(const struct planner *p)
{
	if (wants_dir(p) || p->want->kind != KIND_FILE || p->want->size == 0)
		return 1;
	return p->ask->held(p->ask->arg, &p->want->content);
}

int
plan_can_get_wanted(const struct planner *p)
{
	int rc = plan_holds_wanted(p);

	if (rc != 0)
		return rc;
	return p->ask->reachable(p->ask->arg, &p->want->content);
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
		return rc < 0 ? rc : plan_wait(p, PLAN_WHY_PARENT);
	p->out->what = PLAN_MAKE_DIR;
	return p->e->disk.kind == KIND_NONE ? 0 : plan_name_displaced(p);
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

/* Is what stands here known to all, and superseded by nobody? Of a directory
 * that was alive by its children alone there is no version at all. */
static bool
stands(const struct planner *p)
{
	const struct agreement *base = &p->e->base;

	switch (p->e->disk.kind) {
	case KIND_NONE:
		return true;
	case KIND_DIR:
		return base->version == NULL;
	case KIND_FILE:
		/* What rotted is of the winner itself: not worth keeping. */
		return base->version != NULL &&
		       !dot_equal(base->version->dot, p->want->dot) &&
		       version_set_find(&p->e->known, base->version->dot) !=
			   NULL &&
		       version_set_living(&p->e->known, base->version);
	default:
		return false;
	}
}

/* Did this machine make the version, and so had its content once? */
static bool
is_ours(const struct planner *p)
{
	return p->ask->device != NULL &&
	       memcmp(p->want->device, p->ask->device, DEVICE_BYTES) == 0;
}

/*
 * Nobody reachable holds the winner's content. If it once lost here and has
 * a conflict copy, living or gone, then its content stands there or was
 * removed on purpose: a version of what stands here may cover it. Else it is
 * waited for.
 */
static int
plan_unreachable(struct planner *p)
{
	bool has_copy = false;
	int rc = 0;

	if (p->e->suspect)
		return plan_wait(p, PLAN_WHY_LOST);
	if (stands(p))
		rc = conflict_has_copy(&p->e->known, p->want, p->ask->known,
		    p->ask->arg, &has_copy);
	if (rc < 0)
		return rc;
	if (!has_copy)
		return plan_wait(
		    p, is_ours(p) ? PLAN_WHY_LOST : PLAN_WHY_CONTENT);
	p->out->what = PLAN_KEEP;
	return 0;
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
		return rc < 0 ? rc : plan_wait(p, PLAN_WHY_PARENT);
	rc = shown_beside(p, entry_path(p->e), &p->want->content);
	if (rc != 0)
		return rc < 0 ? rc : plan_wait(p, PLAN_WHY_BESIDE);
	rc = plan_holds_wanted(p);
	if (rc < 0)
		return rc;
	if (rc == 0) {
		rc = plan_can_get_wanted(p);
		if (rc <= 0)
			return rc < 0 ? rc : plan_unreachable(p);
		p->out->what = PLAN_FETCH;
		return 0;
	}
	p->out->what = PLAN_PLACE;
	return p->e->disk.kind == KIND_NONE ? 0 : plan_name_displaced(p);
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
		plan_wait(p, PLAN_WHY_OCCUPIED);
	return rc;
}

/* Nobody knows the path. What stands there was seen when it could not be
 * judged. */
static int
plan_unknown(struct planner *p)
{
	if (p->e->disk.kind == KIND_OPAQUE || plan_unchanged(p->e, &p->e->disk))
		return 0;
	return plan_wait(p, p->ask->fresh ? PLAN_WHY_FRESH : PLAN_WHY_LOOK);
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
		return plan_unknown(&p);
	if (ask->fresh)
		return plan_wait(&p, PLAN_WHY_FRESH);
	rc = plan_losers(&p);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	/* Over what was agreed, it is the user's own doing. */
	if (e->disk.kind == KIND_OPAQUE)
		return plan_wants_nothing(&p) || agreed(&p)
			   ? 0
			   : plan_wait(&p, PLAN_WHY_OPAQUE);
	if (!plan_judged(e))
		return plan_wait(&p, PLAN_WHY_LOOK);
	if (!e->suspect && agreed(&p))
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
	return plan_wants_nothing(&p) ? plan_nothing(&p) : plan_place(&p);
}
