/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "daemon/index/entry.h"

static bool
has_bits(int kind)
{
	return kind == KIND_FILE || kind == KIND_DIR;
}

static bool
has_mtime(int kind)
{
	return kind == KIND_FILE || kind == KIND_SYMLINK;
}

static bool
has_content(int kind)
{
	return has_bits(kind) || has_mtime(kind);
}

bool
observation_unseen(const struct observation *o)
{
	return o->kind == KIND_OPAQUE && o->racy;
}

bool
meta_seen_equal(const struct meta_seen *a, const struct meta_seen *b)
{
	return a->looked == b->looked &&
	       memcmp(a->sums, b->sums, sizeof a->sums) == 0;
}

static bool
meta_same(const struct meta_seen *a, const struct meta_seen *b)
{
	for (int i = 0; i < META_CLASSES; i++)
		if ((a->looked & b->looked & 1U << i) != 0 &&
		    a->sums[i] != b->sums[i])
			return false;
	return true;
}

void
meta_seen_keep(struct meta_seen *now, const struct meta_seen *was)
{
	for (int i = 0; i < META_CLASSES; i++)
		if ((was->looked & ~now->looked & 1U << i) != 0) {
			now->looked |= (uint8_t)(1U << i);
			now->sums[i] = was->sums[i];
		}
}

bool
observation_same(const struct observation *a, const struct observation *b)
{
	return a->kind == b->kind &&
	       (!has_content(a->kind) ||
		   name_equal(&a->content, &b->content)) &&
	       (!has_bits(a->kind) || a->bits == b->bits) &&
	       (!has_mtime(a->kind) || a->mtime_ns == b->mtime_ns) &&
	       meta_same(&a->meta, &b->meta);
}

bool
observation_unmoved(const struct observation *a, const struct observation *b)
{
	return !a->racy && !b->racy && a->kind == b->kind && a->ino == b->ino &&
	       a->size == b->size && a->mtime_ns == b->mtime_ns &&
	       a->ctime_ns == b->ctime_ns && a->bits == b->bits;
}

void
entry_init(struct entry *e)
{
	memset(e, 0, sizeof *e);
	buf_init(&e->path, LIMIT_PATH_BYTES);
}

void
entry_release(struct entry *e)
{
	buf_release(&e->path);
	version_free(e->base.version);
	version_free(e->intent.version);
	version_set_release(&e->known);
	entry_init(e);
}

static unsigned
spoken(const struct version *v)
{
	return v == NULL ? 0 : meta_spoken(v->meta);
}

unsigned
entry_meta_changed(const struct entry *e, const struct observation *now)
{
	const struct meta_seen *was = &e->base.seen.meta;
	unsigned news = now->meta.looked & ~was->looked;
	unsigned changed = 0;

	news &= ~(spoken(e->base.version) | META_OWNER);
	for (int i = 0; i < META_CLASSES; i++) {
		unsigned c = 1U << i;
		bool both = (now->meta.looked & was->looked & c) != 0;

		if ((both && now->meta.sums[i] != was->sums[i]) ||
		    ((news & c) != 0 && now->meta.sums[i] != 0))
			changed |= c;
	}
	return changed;
}

void
entry_agree(struct entry *e, struct version *taken,
    const struct observation *now, uint64_t era)
{
	struct observation seen = *now;
	unsigned keeps = spoken(taken) | META_OWNER;

	for (int i = 0; taken != NULL && i < META_CLASSES; i++)
		if ((keeps & 1U << i) == 0 && seen.meta.sums[i] != 0) {
			seen.meta.looked &= (uint8_t) ~(1U << i);
			seen.meta.sums[i] = 0;
		}
	if (taken != e->base.version)
		version_free(e->base.version);
	e->base = (struct agreement){true, taken, seen, era};
	e->suspect = false;
}

void
entry_forget_base(struct entry *e)
{
	version_free(e->base.version);
	e->base = (struct agreement){0};
	e->absent_since_ns = 0;
}

void
entry_forget_intent(struct entry *e)
{
	version_free(e->intent.version);
	e->intent = (struct agreement){0};
}

const struct version *
entry_wanted(const struct entry *e, bool *out_derived)
{
	const struct version *winner = version_set_winner(&e->known);

	*out_derived =
	    e->child_alive && (winner == NULL || winner->kind != KIND_DIR);
	return *out_derived ? NULL : winner;
}

bool
entry_alive(const struct entry *e)
{
	bool derived;
	const struct version *wanted = entry_wanted(e, &derived);

	return derived || (wanted != NULL && wanted->kind != KIND_GONE);
}

/* Nothing that a remote action may touch: what is opaque stays. */
static bool
is_vacant(const struct observation *o)
{
	return o->kind == KIND_NONE || o->kind == KIND_OPAQUE;
}

static bool
names_version(const struct agreement *base, const struct version *wanted)
{
	return base->present && base->version != NULL &&
	       dot_equal(base->version->dot, wanted->dot);
}

/* Nothing is to be here, and nothing is. */
static bool
settled_dead(const struct entry *e, const struct version *wanted)
{
	if (!is_vacant(&e->disk))
		return false;
	if (wanted == NULL)
		return !e->base.present;
	return names_version(&e->base, wanted) && is_vacant(&e->base.seen);
}

/*
 * A loser that stands on this disk waits for its copy. Once base is the
 * winner the disk holds the winner's content, so only a disk that read back
 * something else can come here; it is open for observation_same already.
 */
bool
entry_settled(const struct entry *e)
{
	bool derived;
	const struct version *wanted = entry_wanted(e, &derived);

	if (e->intent.present || e->suspect)
		return false;
	if (observation_unseen(&e->disk))
		return true;
	if (!derived && (wanted == NULL || wanted->kind == KIND_GONE))
		return settled_dead(e, wanted);
	if (!e->base.present || !observation_same(&e->disk, &e->base.seen) ||
	    entry_meta_changed(e, &e->disk) != 0)
		return false;
	if (derived)
		return e->base.version == NULL && e->disk.kind == KIND_DIR;
	return names_version(&e->base, wanted) &&
	       e->disk.kind == (int)wanted->kind &&
	       name_equal(&e->disk.content, &wanted->content);
}
