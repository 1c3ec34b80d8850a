/* SPDX-License-Identifier: Apache-2.0 */
/* A file or link gets its name: a free one, or another's by exchange. */
#include "daemon/apply/apply_internal.h"

#include <errno.h>

static int
place_new(struct apply_ctx *c, struct apply_new *src, const struct apply_at *to)
{
	int rc = apply_move(c, &src->at, to, HOST_NOREPLACE);

	if (rc < 0)
		return apply_changed(rc);
	src->at = *to;
	src->at_home = false;
	src->exposed = true;
	return 0;
}

/*
 * Did this come out of quarantine's number, and is it ours as it was? Its
 * inode's number alone says little: when a user removed our file, the next
 * one he makes may have it.
 */
static bool
is_source(struct apply_ctx *c, const struct apply_at *kept,
    const struct apply_new *src)
{
	struct host_stat st;

	return host_stat_at(c->h, kept->fd, kept->name, &st) == 0 &&
	       apply_equal(&st, &src->st);
}

/* Brings what lies in quarantine back to the name, whatever is there now
 * taking its place. 1: nothing was there. */
static int
swap_back(
    struct apply_ctx *c, const struct apply_at *kept, const struct apply_at *to)
{
	int rc = apply_move(c, kept, to, HOST_EXCHANGE);

	if (rc != -ENOENT)
		return rc;
	rc = apply_move(c, kept, to, HOST_NOREPLACE);
	return rc < 0 ? rc : 1;
}

/*
 * The displaced was not what was expected: it gets its name back. If a user
 * replaced or edited our file meanwhile, his comes out instead of ours; it is
 * the newest and goes back in turn, and what it replaced stays kept.
 */
static void
undo_exchange(struct apply_ctx *c, struct apply_item *it, struct apply_new *src,
    const struct apply_at *to)
{
	struct apply_at kept;
	int rc;

	apply_at_kept(c, it->kept_id, &kept);
	src->gone = true;
	it->kept_content = (struct name){0};
	rc = swap_back(c, &kept, to);
	if (rc == 1)
		return; /* ours was taken away by the user */
	if (rc == 0 && is_source(c, &kept, src)) {
		src->at = kept;
		src->gone = false;
		return;
	}
	if (rc == 0)
		rc = swap_back(c, &kept, to);
	it->kept = rc != 1;
}

/*
 * Our file goes first to the number that the displaced is to have: that must
 * never be in stage, nor under the number of what was moved here, which says
 * another path and content. Who is stopped in between finds a file that is
 * not the one to be displaced, and knows it as ours (folder_kept_check).
 */
static int
exchange(struct apply_ctx *c, struct apply_item *it, struct apply_new *src,
    const struct apply_at *to)
{
	struct apply_at kept;
	int rc;

	apply_at_kept(c, it->kept_id, &kept);
	rc = apply_move(c, &src->at, &kept, HOST_NOREPLACE);
	if (rc < 0)
		return apply_changed(rc);
	src->at = kept;
	src->at_home = false;
	rc = apply_move(c, &kept, to, HOST_EXCHANGE);
	if (rc < 0)
		return apply_changed(rc);
	src->exposed = true;
	return 0;
}

static int
check_exchanged(struct apply_ctx *c, struct apply_item *it,
    const struct apply_at *to, const struct apply_hold *hold)
{
	struct apply_at kept;
	struct host_stat st;
	int rc;

	apply_at_kept(c, it->kept_id, &kept);
	rc = host_stat_at(c->h, kept.fd, kept.name, &st);
	if (rc == 0 && !apply_shows(&st, &it->expect))
		rc = ERR_CHANGED;
	if (rc == 0)
		rc = apply_meta_stands(c, hold->fd, &it->expect);
	if (rc == 0)
		rc = apply_hold_stands(c, hold);
	return rc < 0 ? rc : apply_same_dir(c, to);
}

/* For file systems without exchange: the name is away for a moment. */
static int
place_slowly(struct apply_ctx *c, struct apply_item *it, struct apply_new *src,
    const struct apply_at *to, const struct apply_hold *hold)
{
	int rc;

	if (it->source == APPLY_MOVED && it->kind == KIND_FILE)
		return -EOPNOTSUPP; /* its home is a user's name */
	rc = apply_move(c, &src->at, &src->home, HOST_NOREPLACE);
	if (rc < 0)
		return rc;
	src->at = src->home;
	src->at_home = true;
	rc = apply_displace(c, it, APPLY_AT_PATH, to, hold);
	if (rc < 0)
		return rc;
	rc = place_new(c, src, to);
	if (rc < 0)
		apply_restore(c, it, APPLY_AT_PATH, to);
	return rc;
}

static int
place_over(struct apply_ctx *c, struct apply_item *it, struct apply_new *src,
    const struct apply_at *to, const struct apply_hold *hold)
{
	int rc = exchange(c, it, src, to);

	if (rc == -EINVAL)
		return place_slowly(c, it, src, to, hold);
	if (rc < 0)
		return rc;
	rc = check_exchanged(c, it, to, hold);
	if (rc < 0)
		undo_exchange(c, it, src, to);
	return rc;
}

/*
 * Our file was edited, replaced or taken away since it got its name: then it
 * was there all the same, and what a user did came after it. Said otherwise,
 * what he took away would be wanted there for ever, for it may have been all
 * there was of it.
 */
static int
look(struct apply_ctx *c, struct apply_item *it, const struct apply_new *src,
    const struct apply_at *to)
{
	struct host_stat st;
	int rc = host_stat_at(c->h, to->fd, to->name, &st);

	if (rc < 0 && apply_changed(rc) != ERR_CHANGED)
		return rc;
	it->overtaken = rc < 0 || !apply_equal(&st, &src->st);
	apply_observe(
	    c->h, it->overtaken ? &src->st : &st, &it->content, &it->now);
	it->now.meta = src->hold.meta;
	it->now.racy |= src->doubt || it->overtaken;
	return 0;
}

static int
place(struct apply_ctx *c, struct apply_item *it, const struct apply_at *to,
    struct apply_new *src)
{
	struct apply_hold hold = APPLY_NO_HOLD;
	int rc;

	if (it->expect.kind == KIND_DIR) {
		/* Only an empty one gives way; -ENOTEMPTY says what it is. */
		rc = host_remove_dir(c->h, to->fd, to->name);
		*to->dirty = true;
		if (rc < 0)
			return apply_changed(rc);
	}
	if (it->expect.kind == KIND_NONE || it->expect.kind == KIND_DIR)
		return place_new(c, src, to);
	rc = apply_sync_displaced(c, it, to);
	if (rc == 0)
		rc = apply_hold(c, to, &it->expect, &hold);
	if (rc == 0)
		rc = place_over(c, it, src, to, &hold);
	if (rc == 0)
		apply_beside(c, it);
	apply_hold_release(c, &hold);
	return rc;
}

int
apply_place(struct apply_ctx *c, struct apply_item *it)
{
	struct apply_new src;
	struct apply_at to;
	int rc;

	rc = apply_at_path(c, APPLY_AT_PATH, buf_span(&it->path), &to);
	if (rc < 0)
		return rc;
	rc = apply_new_take(c, it, &src);
	if (rc == 0)
		rc = place(c, it, &to, &src);
	if (rc < 0)
		apply_new_return(c, it, &src);
	else
		rc = look(c, it, &src, &to);
	apply_new_release(c, &src);
	return rc;
}
