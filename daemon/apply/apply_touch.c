/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bits and times changed in place, on what is held. A writer who comes
 * between breaks the lease and waits until it is dropped, so his write comes
 * after our time and is seen; without a lease the result is not trusted. What
 * has other names is not changed: a copy takes its place.
 */
#include "daemon/apply/apply_internal.h"

#include <errno.h>

enum { SPECIAL_BITS = 07000 };

/* What metadata it has now, so that a look knows it again. */
static int
see_meta(struct apply_ctx *c, int fd, const struct host_stat *st,
    struct meta_seen *out)
{
	struct attr_left left = {0};
	struct buf part;
	int rc;

	buf_init(&part, LIMIT_META_BYTES);
	rc = attr_read(c->h, fd, st, c->place->metadata, &part, &left);
	if (rc == 0)
		attr_seen(buf_span(&part), out);
	buf_release(&part);
	return rc;
}

int
apply_meta_stands(struct apply_ctx *c, int fd, const struct observation *expect)
{
	struct observation now = *expect;
	struct host_stat st;
	int rc;

	if (c->place->metadata == 0 || fd < 0)
		return 0;
	rc = host_stat_fd(c->h, fd, &st);
	if (rc == 0)
		rc = see_meta(c, fd, &st, &now.meta);
	if (rc < 0)
		return rc;
	return observation_same(&now, expect) ? 0 : ERR_CHANGED;
}

static int
set_attrs(struct apply_ctx *c, struct apply_item *it, struct apply_hold *hold,
    struct host_stat *st, uint16_t *bits)
{
	bool changed = false;
	int rc;

	if ((c->place->metadata & meta_spoken(buf_span(&it->meta))) == 0)
		return 0;
	rc = attr_set(c->h, hold->fd, buf_span(&it->meta), c->place->metadata,
	    bits, &it->left, &changed);
	hold->dirty |= changed;
	/* Owners and lists change bits. */
	return rc == 0 && changed ? host_stat_fd(c->h, hold->fd, st) : rc;
}

static int
set_bits_and_time(struct apply_ctx *c, const struct apply_item *it,
    struct apply_hold *hold, struct host_stat *st, uint16_t want)
{
	bool chmod = (st->bits & ~SPECIAL_BITS) != want;
	bool times = st->kind == KIND_FILE && st->mtime_ns != it->mtime_ns;
	bool shown = !chmod && !times;
	int bits = want;
	int rc = 0;

	if (st->kind == KIND_DIR)
		bits |= st->bits & SPECIAL_BITS;
	/* Once more where the file system has not all bits, or only whole
	 * seconds; or where a user's came after ours, which are told to be
	 * there: then let ours come after his. */
	for (int tries = 0; rc == 0 && !shown && tries < 2; tries++) {
		hold->dirty = true;
		if (chmod)
			rc = host_set_bits(c->h, hold->fd, bits);
		if (rc == 0 && times)
			rc = host_set_mtime(c->h, hold->fd, it->mtime_ns);
		if (rc == 0)
			rc = host_stat_fd(c->h, hold->fd, st);
		shown = (!chmod || (st->bits & ~SPECIAL_BITS) == want) &&
			(!times || st->mtime_ns == it->mtime_ns);
	}
	return rc;
}

int
apply_set_meta(struct apply_ctx *c, struct apply_item *it,
    struct apply_hold *hold, struct host_stat *st)
{
	const struct host_stat was = *st;
	uint16_t bits = it->bits;
	int rc = set_attrs(c, it, hold, st, &bits);

	if (rc == 0)
		rc = set_bits_and_time(c, it, hold, st, bits);
	if (rc == 0 && c->place->metadata != 0)
		rc = see_meta(c, hold->fd, st, &hold->meta);
	if (rc < 0 && hold->dirty)
		apply_unset_meta(c, hold, &was);
	return rc;
}

void
apply_unset_meta(struct apply_ctx *c, const struct apply_hold *hold,
    const struct host_stat *was)
{
	(void)!host_set_bits(c->h, hold->fd, was->bits);
	if (was->kind == KIND_FILE)
		(void)!host_set_mtime(c->h, hold->fd, was->mtime_ns);
}

/* The name shows what was set, and lies where it lay. */
static int
check_touched(struct apply_ctx *c, const struct apply_at *at,
    const struct host_stat *set, struct host_stat *out)
{
	int rc = apply_changed(host_stat_at(c->h, at->fd, at->name, out));

	if (rc < 0)
		return rc;
	return apply_equal(out, set) ? apply_same_dir(c, at) : ERR_CHANGED;
}

static int
touch_file(
    struct apply_ctx *c, struct apply_item *it, const struct apply_at *at)
{
	struct apply_hold hold = APPLY_NO_HOLD;
	struct host_stat set, st;
	int rc = apply_hold(c, at, &it->expect, &hold);

	/* Without a lease an edit since the first look would be covered up
	 * by the new time: look as late as can be. */
	if (rc == 0)
		rc = host_stat_fd(c->h, hold.fd, &set);
	if (rc == 0 && !apply_unmoved(&set, &it->expect))
		rc = ERR_CHANGED;
	if (rc == 0 && apply_is_shared(c, it, &set)) {
		apply_hold_release(c, &hold);
		it->source = APPLY_COPIED;
		return apply_place(c, it);
	}
	if (rc == 0)
		rc = apply_set_meta(c, it, &hold, &set);
	if (rc == 0 && set.size != it->expect.size)
		rc = ERR_CHANGED;
	if (rc == 0)
		rc = check_touched(c, at, &set, &st);
	if (rc == 0) {
		apply_observe(c->h, &st, &it->content, &it->now);
		it->now.meta = hold.meta;
		it->now.racy |= !hold.leased || apply_hold_stands(c, &hold) < 0;
	}
	apply_hold_release(c, &hold);
	return rc;
}

/* Only the bits: a child made meanwhile changes all else. */
static int
check_dir(struct apply_ctx *c, const struct apply_at *at,
    const struct host_stat *set, struct apply_item *it)
{
	struct host_stat st;
	int rc = apply_changed(host_stat_at(c->h, at->fd, at->name, &st));

	if (rc < 0)
		return rc;
	if (st.ino != set->ino || st.bits != set->bits)
		return ERR_CHANGED;
	apply_observe(c->h, &st, &it->content, &it->now);
	return apply_same_dir(c, at);
}

static int
touch_dir(struct apply_ctx *c, struct apply_item *it, const struct apply_at *at)
{
	struct apply_hold hold = APPLY_NO_HOLD;
	struct host_stat st;
	int rc;

	rc = apply_changed(
	    host_open(c->h, at->fd, at->name, HOST_READ, &hold.fd));
	if (rc == 0)
		rc = host_stat_fd(c->h, hold.fd, &st);
	if (rc == 0)
		hold.ino = st.ino;
	/* Its size and times change with its children. */
	if (rc == 0 && (st.kind != KIND_DIR || st.ino != it->expect.ino ||
			   (st.bits & ~SPECIAL_BITS) != it->expect.bits))
		rc = ERR_CHANGED;
	if (rc == 0)
		rc = apply_meta_stands(c, hold.fd, &it->expect);
	if (rc == 0)
		rc = apply_set_meta(c, it, &hold, &st);
	if (rc == 0)
		rc = check_dir(c, at, &st, it);
	if (rc == 0)
		it->now.meta = hold.meta;
	apply_hold_release(c, &hold);
	return rc;
}

static int
touch_link(
    struct apply_ctx *c, struct apply_item *it, const struct apply_at *at)
{
	struct apply_hold hold = APPLY_NO_HOLD;
	struct host_stat st;
	int rc = apply_hold(c, at, &it->expect, &hold);

	if (rc == 0)
		rc = apply_changed(host_stat_at(c->h, at->fd, at->name, &st));
	if (rc == 0 && st.links > 1)
		return apply_place(c, it); /* made anew */
	if (rc == 0)
		rc = apply_changed(
		    host_set_mtime_at(c->h, at->fd, at->name, it->mtime_ns));
	*at->dirty = true;
	if (rc == 0)
		rc = apply_changed(host_stat_at(c->h, at->fd, at->name, &st));
	if (rc == 0 && (st.ino != it->expect.ino || st.kind != KIND_SYMLINK))
		rc = ERR_CHANGED;
	if (rc == 0)
		apply_observe(c->h, &st, &it->content, &it->now);
	apply_hold_release(c, &hold);
	return rc;
}

int
apply_touch(struct apply_ctx *c, struct apply_item *it)
{
	struct apply_at at;
	int rc;

	if (it->kind != it->expect.kind)
		return ERR_CHANGED;
	rc = apply_at_path(c, APPLY_AT_PATH, buf_span(&it->path), &at);
	if (rc < 0)
		return rc;
	switch (it->kind) {
	case KIND_FILE:
		return touch_file(c, it, &at);
	case KIND_DIR:
		return touch_dir(c, it, &at);
	case KIND_SYMLINK:
		return touch_link(c, it, &at);
	default:
		return ERR_CHANGED;
	}
}
