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
observation_same(const struct observation *a, const struct observation *b)
{
	return a->kind == b->kind &&
	       (!has_content(a->kind) ||
		   name_equal(&a->content, &b->content)) &&
	       (!has_bits(a->kind) || a->bits == b->bits) &&
	       (!has_mtime(a->kind) || a->mtime_ns == b->mtime_ns);
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
	if (!derived && (wanted == NULL || wanted->kind == KIND_GONE))
		return settled_dead(e, wanted);
	if (!e->base.present || !observation_same(&e->disk, &e->base.seen))
		return false;
	if (derived)
		return e->base.version == NULL && e->disk.kind == KIND_DIR;
	return names_version(&e->base, wanted) &&
	       e->disk.kind == (int)wanted->kind &&
	       name_equal(&e->disk.content, &wanted->content);
}
