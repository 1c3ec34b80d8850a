/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/plan/plan.h"

#include <stdlib.h>
#include <string.h>

/*
 * Joins a sibling's vector if the limit leaves room for it and for our own
 * entry: else it stays a sibling, and we make our version all the same.
 */
static int
join_if_fits(struct vector *vv, const struct vector *other)
{
	struct vector sum = {0};
	int rc = vector_copy(vv, &sum);

	if (rc == 0)
		rc = vector_join(&sum, other);
	if (rc < 0 || sum.v.n >= LIMIT_VECTOR_ENTRIES) {
		vector_release(&sum);
		return rc;
	}
	vector_release(vv);
	*vv = sum;
	return 0;
}

/* Is that the content of what stood here when the user changed it? */
static bool
stood_here(const struct entry *e, const struct name *content)
{
	return e->base.present && e->base.seen.kind != KIND_NONE &&
	       name_equal(&e->base.seen.content, content);
}

/* Joins what the new version supersedes beside base: siblings it cannot
 * lose. Each exception has a history in model.py that loses data without. */
static int
join_siblings(struct vector *vv, const struct entry *e,
    const struct observation *now, const struct plan_ask *ask, uint64_t self)
{
	const struct version *base = e->base.version;
	const struct name *content =
	    now->kind == KIND_NONE ? &e->base.seen.content : &now->content;
	bool touch = base != NULL && (int)base->kind == now->kind &&
		     name_equal(&base->content, content);
	bool joins_gone = e->base.present && !touch;

	VEC_EACH (&e->known.v, it) {
		const struct version *s = *it;
		bool join;
		int rc;

		if (s->dot.replica == self) {
			/* Ours is superseded by our own counter; so has to be
			 * what it superseded. */
			join = true;
		} else if (s->kind == KIND_GONE) {
			join = joins_gone;
		} else if (name_equal(&s->content, content) ||
			   stood_here(e, &s->content)) {
			/* Who changed a file saw all that made it alike. */
			join = true;
		} else if (joins_gone && !version_set_living(&e->known, s)) {
			/* Without the gone that dropped it, it would rise. */
			join = true;
		} else {
			rc = conflict_has_copy(
			    &e->known, s, ask->known, ask->arg, &join);
			if (rc < 0)
				return rc;
		}
		rc = join ? join_if_fits(vv, &s->vector) : 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Begins with base's vector. One that bad peers filled to the limit loses an
 * entry, so that ours finds room. */
static int
begin_vector(struct vector *vv, const struct entry *e, uint64_t replica)
{
	const struct version *base = e->base.version;
	size_t i = 0;
	int rc;

	if (base == NULL)
		return 0;
	rc = vector_copy(&base->vector, vv);
	if (rc < 0 || vv->v.n < LIMIT_VECTOR_ENTRIES ||
	    vector_get(vv, replica) > 0)
		return rc;
	if (vv->v.items[i].replica == base->dot.replica)
		i++;
	vv->v.n--;
	memmove(vv->v.items + i, vv->v.items + i + 1,
	    (vv->v.n - i) * sizeof *vv->v.items);
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return name_compare(a, b);
}

struct names {
	VEC(struct name) v;
};

/*
 * The contents a gone deletes: what stood here, and those of every gone that
 * it covers, so that none of them rises when those are forgotten. Where nothing
 * stood (PLAN_KEEP) the user saw nothing that he could delete: of whoever says
 * that content anew the edit lives.
 */
static int
collect_deleted(const struct entry *e, const struct vector *vv, bool moved,
    struct names *out)
{
	const struct name own = e->base.seen.content;
	const bool named =
	    !moved && e->base.present && e->base.seen.kind != KIND_NONE;
	size_t kept = 0;
	int rc = named ? VEC_PUSH(&out->v, own) : 0;

	VEC_EACH (&e->known.v, it) {
		if ((*it)->kind != KIND_GONE || !vector_covers(vv, (*it)->dot))
			continue;
		for (size_t i = 0; rc == 0 && i < (*it)->n_deleted; i++)
			rc = VEC_PUSH(&out->v, (*it)->deleted[i]);
	}
	if (rc < 0)
		return rc;
	if (out->v.n > 1)
		qsort(out->v.items, out->v.n, sizeof *out->v.items, by_name);
	for (size_t i = 0; i < out->v.n; i++)
		if (kept == 0 ||
		    !name_equal(&out->v.items[i], &out->v.items[kept - 1]))
			out->v.items[kept++] = out->v.items[i];
	/* Peers may have filled a list: what stood here is named anyway. */
	if (kept > LIMIT_DELETED_NAMES) {
		kept = LIMIT_DELETED_NAMES;
		if (named && name_compare(&own, &out->v.items[kept - 1]) > 0)
			out->v.items[kept - 1] = own;
	}
	out->v.n = kept;
	return 0;
}

static void
describe(struct version *v, const struct entry *e,
    const struct observation *now, const struct plan_maker *maker)
{
	v->path = entry_path(e);
	v->kind = now->kind == KIND_NONE ? KIND_GONE : (enum kind)now->kind;
	v->dot = maker->dot;
	memcpy(v->device, maker->device, DEVICE_BYTES);
	if (v->kind == KIND_GONE)
		return;
	v->content = now->content;
	if (v->kind != KIND_SYMLINK)
		v->bits = now->bits;
	if (v->kind != KIND_DIR)
		v->mtime_ns = now->mtime_ns;
	if (v->kind == KIND_FILE)
		v->size = now->size;
	if (v->kind == KIND_SYMLINK)
		v->target = maker->target;
}

/* Of what a look read that which is to be said: not that there is nothing,
 * where nobody said that there was. */
static unsigned
worth_saying(unsigned classes, struct span read, struct span before)
{
	for (int i = 0; i < META_CLASSES; i++)
		if (meta_sum(read, 1U << i) == 0)
			classes &= ~(1U << i & ~meta_spoken(before));
	return classes & meta_spoken(read);
}

/*
 * Attributes that base's version has and base did not see could not be set
 * here: that the disk has none of them says nothing. *out, emptied, becomes
 * what was read, with those.
 */
static int
with_unset(const struct entry *e, struct span before, struct span read,
    struct buf *out)
{
	bool seen = (e->base.seen.meta.looked & META_XATTR) != 0;

	buf_clear(out);
	if (!seen ||
	    (meta_spoken(read) & meta_spoken(before) & META_XATTR) == 0 ||
	    e->base.seen.meta.sums[0] == meta_sum(before, META_XATTR))
		return buf_add(out, read);
	return meta_add_missing(read, before, out);
}

/*
 * What is not looked at here, or could not be set, goes on as base's version
 * has it. So do the bits that are another's mask, where the lists are not: the
 * disk shows less than what they allow (meta_bits).
 */
static int
describe_meta(struct version *v, const struct entry *e,
    const struct observation *now, const struct plan_maker *maker,
    struct buf *out)
{
	const struct version *base = e->base.version;
	unsigned taken = entry_meta_changed(e, now);
	struct span before = {NULL, 0}, read;
	struct buf with;
	int rc;

	if (v->kind != KIND_FILE && v->kind != KIND_DIR)
		return 0;
	if (base != NULL && base->kind == v->kind) {
		before = base->meta;
		if (e->base.seen.bits == now->bits &&
		    version_bits(base, now->meta.looked) != base->bits)
			v->bits = base->bits;
	} else {
		taken = META_ALL;
	}
	taken |= META_OWNER & ~meta_spoken(before);
	buf_init(&with, 2 * LIMIT_META_BYTES);
	rc = with_unset(e, before, maker->meta, &with);
	read = rc == 0 ? buf_span(&with) : maker->meta;
	if (rc == 0 || rc == ERR_LIMIT) {
		taken = maker->whole_meta ? META_ALL
					  : worth_saying(taken, read, before);
		rc = meta_merge(read, taken, before, out);
	}
	/* Too much together: of what is not seen here nothing is said then. */
	if (rc == ERR_LIMIT)
		rc = meta_merge(maker->meta, taken, span_of(NULL, 0), out);
	v->meta = buf_span(out);
	buf_release(&with);
	return rc;
}

int
plan_make(const struct entry *e, const struct observation *now,
    const struct plan_ask *ask, const struct plan_maker *maker,
    struct version **out)
{
	struct version v = {0};
	struct names deleted = {0};
	struct buf meta;
	int rc;

	buf_init(&meta, 2 * LIMIT_META_BYTES);
	describe(&v, e, now, maker);
	rc = describe_meta(&v, e, now, maker, &meta);
	if (rc == 0)
		rc = begin_vector(&v.vector, e, maker->dot.replica);
	if (rc == 0)
		rc = join_siblings(&v.vector, e, now, ask, maker->dot.replica);
	if (rc == 0 && maker->lost != NULL)
		rc = join_if_fits(&v.vector, &maker->lost->vector);
	if (rc == 0)
		rc = vector_raise(&v.vector, maker->dot);
	if (rc == 0 && v.kind == KIND_GONE) {
		rc = collect_deleted(e, &v.vector, maker->moved, &deleted);
		v.deleted = deleted.v.items;
		v.n_deleted = deleted.v.n;
	}
	if (rc == 0)
		rc = version_new(&v, out);
	vector_release(&v.vector);
	VEC_RELEASE(&deleted.v);
	buf_release(&meta);
	return rc;
}

int
plan_make_copy(const struct version *loser, const struct plan_maker *maker,
    struct version **out)
{
	struct version v = {0};
	struct buf path;
	int rc;

	buf_init(&path, LIMIT_PATH_BYTES);
	rc = conflict_path(loser, &path);
	if (rc < 0)
		goto out;
	v.path = buf_span(&path);
	v.kind = loser->kind;
	v.copy = loser->kind == KIND_FILE;
	v.bits = loser->bits;
	v.size = loser->size;
	v.mtime_ns = loser->mtime_ns;
	v.content = loser->content;
	v.target = loser->target;
	v.meta = loser->meta;
	v.dot = maker->dot;
	memcpy(v.device, maker->device, DEVICE_BYTES);
	rc = vector_raise(&v.vector, maker->dot);
	if (rc == 0)
		rc = version_new(&v, out);
	vector_release(&v.vector);
out:
	buf_release(&path);
	return rc;
}
