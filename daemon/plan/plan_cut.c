/* SPDX-License-Identifier: Apache-2.0 */
/* plan_cut - what a power cut left, told from what a user did. */
#include "daemon/plan/plan.h"

static bool
is_file(const struct observation *o)
{
	return o->kind == KIND_FILE;
}

/* As ext4 and XFS leave a file whose bytes were still to be written. */
static bool
lost_its_end(const struct observation *seen, const struct observation *now)
{
	if (!is_file(seen) || !is_file(now))
		return false;
	return (now->size == 0 && seen->size > 0) ||
	       (now->zeros && !seen->zeros);
}

/* Bytes that changed though no time did: somebody wrote in place, and of that
 * the disk got these bytes and not the times. */
static bool
is_torn(const struct observation *seen, const struct observation *now)
{
	return is_file(seen) && is_file(now) && !seen->racy &&
	       now->ino == seen->ino && now->size == seen->size &&
	       now->mtime_ns == seen->mtime_ns &&
	       now->ctime_ns == seen->ctime_ns;
}

/* An edit after base was seen would have given it a later ctime; content that
 * changed without mtime was torn. */
static bool
is_older(const struct observation *seen, const struct observation *now)
{
	if (seen->kind == KIND_DIR || now->kind == KIND_DIR)
		return false;
	return now->ctime_ns <= seen->ctime_ns ||
	       (is_file(seen) && is_file(now) &&
		   now->mtime_ns == seen->mtime_ns);
}

/* An untouched conflict copy loses to any edit of it, and makes no copy. */
static bool
is_copy(const struct entry *e)
{
	return e->base.version != NULL && e->base.version->copy;
}

bool
plan_cut_left(const struct entry *e, const struct observation *now,
    const struct plan_cut *cut)
{
	const struct observation *seen = &e->base.seen;

	if (!e->base.present || seen->kind == KIND_NONE ||
	    seen->kind == KIND_OPAQUE || now->kind == KIND_OPAQUE)
		return false;
	if (now->kind == KIND_NONE)
		return cut->recent;
	if (now->kind == seen->kind &&
	    name_equal(&now->content, &seen->content))
		return false; /* bits and times at most: nothing is lost */
	return (cut->first && lost_its_end(seen, now)) ||
	       (cut->rebooted && is_torn(seen, now)) ||
	       (cut->recent && (is_older(seen, now) || is_copy(e)));
}
