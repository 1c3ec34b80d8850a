/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/plan/plan_internal.h"

bool
plan_shows(const struct observation *now, const struct version *v)
{
	if (v->kind == KIND_GONE)
		return now->kind == KIND_NONE;
	if (now->kind != (int)v->kind ||
	    !name_equal(&now->content, &v->content))
		return false;
	if (v->kind != KIND_SYMLINK &&
	    now->bits != version_bits(v, now->meta.looked))
		return false;
	if (!plan_meta_shows(&now->meta, v, META_ALL))
		return false;
	return v->kind == KIND_DIR || now->mtime_ns == v->mtime_ns;
}

bool
plan_meta_shows(
    const struct meta_seen *now, const struct version *v, unsigned classes)
{
	classes &= now->looked & meta_spoken(v->meta);
	for (int i = 0; i < META_CLASSES; i++)
		if ((classes & 1U << i) != 0 &&
		    now->sums[i] != meta_sum(v->meta, 1U << i))
			return false;
	return true;
}

bool
plan_unchanged(const struct entry *e, const struct observation *now)
{
	if (!e->base.present)
		return now->kind == KIND_NONE;
	return observation_same(now, &e->base.seen) &&
	       entry_meta_changed(e, now) == 0;
}

/* Has nobody touched what a power cut left? */
static bool
still_suspect(const struct entry *e, const struct observation *now)
{
	return e->suspect && observation_same(now, &e->disk) &&
	       now->ino == e->disk.ino && now->ctime_ns == e->disk.ctime_ns;
}

/*
 * Has v a conflict copy of its own? Then others may supersede it, for its
 * content stands there; and a user who moved the copy back here left it here
 * alone (DESIGN.md section 3), before the copy's delete is told. That is his
 * choice, so a new version. 1, 0, error.
 */
static int
was_copied(const struct version *v, const struct plan_ask *ask)
{
	struct buf path;
	int rc;

	if (v->kind != KIND_FILE && v->kind != KIND_SYMLINK)
		return 0;
	buf_init(&path, LIMIT_PATH_BYTES);
	rc = conflict_path(v, &path);
	if (rc == 0)
		rc = ask->known(ask->arg, buf_span(&path));
	else if (rc == ERR_LIMIT)
		rc = 0; /* too long a path: it cannot have a copy */
	buf_release(&path);
	return rc;
}

/* Is what is there now what was being applied when we stopped? 1, 0, error. */
static int
shows_intent(const struct entry *e, const struct observation *now,
    const struct plan_ask *ask)
{
	int rc;

	if (!e->intent.present)
		return 0;
	if (e->intent.version == NULL)
		return now->kind == KIND_DIR;
	if (!plan_shows(now, e->intent.version))
		return 0;
	rc = was_copied(e->intent.version, ask);
	return rc < 0 ? rc : !rc;
}

/*
 * Were we stopped when metadata was changed, or before that was synced? The
 * content is what was being applied; bits and time are as they were or as they
 * are to be, and of attributes there may be some of either.
 */
static bool
shows_half_of_intent(const struct entry *e, const struct observation *now)
{
	const struct observation *was = &e->base.seen;
	const struct version *v = e->intent.version;

	return e->intent.present && v != NULL && now->meta.looked != 0 &&
	       now->kind == (int)v->kind &&
	       name_equal(&now->content, &v->content) &&
	       (now->bits == was->bits ||
		   now->bits == version_bits(v, now->meta.looked)) &&
	       (v->kind == KIND_DIR || now->mtime_ns == was->mtime_ns ||
		   now->mtime_ns == v->mtime_ns);
}

/* A class is looked at that was not at base, and base's version speaks of it:
 * that has yet to come to this disk. */
static bool
lacks_news(const struct entry *e, const struct observation *now)
{
	unsigned news = now->meta.looked & ~e->base.seen.meta.looked;

	return e->base.version != NULL &&
	       !plan_meta_shows(&now->meta, e->base.version, news);
}

/* A delete that somebody else made as well, of the version deleted here. */
static const struct version *
known_delete(const struct entry *e)
{
	const struct version *base = e->base.version;

	VEC_EACH (&e->known.v, it) {
		const struct version *v = *it;

		if (v->kind != KIND_GONE ||
		    (base != NULL && !version_supersedes(v, base)))
			continue;
		for (size_t i = 0; i < v->n_deleted; i++)
			if (name_equal(&v->deleted[i], &e->base.seen.content))
				return v;
	}
	return NULL;
}

/* May v, equal in content to what is here, become base? 1, 0, error. */
static int
adoptable(const struct entry *e, const struct version *v,
    const struct observation *now, const struct plan_ask *ask)
{
	bool derived, has_copy;
	int rc;

	if (e->base.present) {
		if (e->base.version == NULL ||
		    version_bits(v, now->meta.looked) != now->bits ||
		    !plan_meta_shows(
			&now->meta, v, entry_meta_changed(e, now)) ||
		    (entry_meta_changed(e, now) & ~meta_spoken(v->meta)) != 0 ||
		    dot_equal(v->dot, e->base.version->dot) ||
		    !version_supersedes(v, e->base.version))
			return 0;
		rc = was_copied(v, ask);
		return rc < 0 ? rc : !rc;
	}
	if (v == entry_wanted(e, &derived))
		return 1;
	/* A loser whose copy is known and that stands here again is
	 * somebody's choice, so a new version (DESIGN.md section 3). */
	rc = conflict_has_copy(&e->known, v, ask->known, ask->arg, &has_copy);
	return rc < 0 ? rc : !has_copy;
}

/* Of several the one of the least dot, so that all machines choose alike. */
static int
find_equal(const struct entry *e, const struct observation *now,
    const struct plan_ask *ask, const struct version **out)
{
	VEC_EACH (&e->known.v, it) {
		const struct version *v = *it;
		int rc;

		if ((int)v->kind != now->kind ||
		    !name_equal(&v->content, &now->content))
			continue;
		rc = adoptable(e, v, now, ask);
		if (rc < 0)
			return rc;
		if (rc > 0) {
			*out = v;
			return 0;
		}
	}
	*out = NULL;
	return 0;
}

int
plan_look(const struct entry *e, const struct observation *now,
    const struct plan_ask *ask, struct plan_seen *out)
{
	bool derived;
	int rc;

	*out = (struct plan_seen){.look = PLAN_LOOK_SAME};
	if (ask->fresh || now->kind == KIND_OPAQUE || still_suspect(e, now)) {
		out->look = PLAN_LOOK_LATER;
		return 0;
	}
	if (plan_unchanged(e, now)) {
		if (!lacks_news(e, now))
			return 0;
		out->look = PLAN_LOOK_ADOPT;
		out->version = e->base.version;
		return 0;
	}
	out->look = PLAN_LOOK_ADOPT;
	rc = shows_intent(e, now, ask);
	if (rc < 0)
		return rc;
	if (rc > 0 || shows_half_of_intent(e, now)) {
		out->version = e->intent.version;
		return 0;
	}
	if (now->kind == KIND_NONE) {
		out->version = known_delete(e);
	} else {
		rc = find_equal(e, now, ask, &out->version);
		if (rc < 0)
			return rc;
	}
	if (out->version != NULL)
		return 0;
	(void)entry_wanted(e, &derived);
	if (now->kind == KIND_DIR && e->base.version == NULL && derived &&
	    !e->base.present)
		return 0;
	out->look = PLAN_LOOK_CHANGE;
	return 0;
}
