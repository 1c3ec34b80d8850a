/* SPDX-License-Identifier: Apache-2.0 */
/* Directories are made; a file or link in the way is displaced first. */
#include "daemon/apply/apply_internal.h"

#include <errno.h>

#define DERIVED_BITS 0755

static int
make(struct apply_ctx *c, struct apply_item *it, const struct apply_at *at)
{
	int bits = it->any_bits ? DERIVED_BITS : it->bits;
	int rc = host_make_dir(c->h, at->fd, at->name, bits);

	*at->dirty = true;
	return apply_changed(rc);
}

/* Gives a directory that was just made its metadata. */
static int
set_meta(struct apply_ctx *c, struct apply_item *it, const struct apply_at *at,
    struct meta_seen *out)
{
	struct apply_hold hold = APPLY_NO_HOLD;
	struct host_stat st;
	int rc = host_open(c->h, at->fd, at->name, HOST_READ, &hold.fd);

	if (rc == 0)
		rc = host_stat_fd(c->h, hold.fd, &st);
	if (rc == 0 && st.kind != KIND_DIR)
		rc = ERR_CHANGED;
	if (rc == 0) {
		hold.ino = st.ino;
		if (it->any_bits)
			it->bits = st.bits & 0777;
		rc = apply_set_meta(c, it, &hold, &st);
	}
	*out = hold.meta;
	apply_hold_release(c, &hold);
	return apply_changed(rc);
}

static int
look(struct apply_ctx *c, struct apply_item *it, const struct apply_at *at,
    const struct meta_seen *meta)
{
	struct host_stat st;
	int rc = host_stat_at(c->h, at->fd, at->name, &st);

	if (rc < 0)
		return apply_changed(rc);
	if (st.kind != KIND_DIR)
		return ERR_CHANGED;
	apply_observe(c->h, &st, &it->content, &it->now);
	it->now.meta = *meta;
	return it->any_bits || it->left.classes != 0 || it->now.bits == it->bits
		   ? 0
		   : ERR_CHANGED;
}

static int
make_instead(
    struct apply_ctx *c, struct apply_item *it, const struct apply_at *at)
{
	struct apply_hold hold = APPLY_NO_HOLD;
	int rc = apply_sync_displaced(c, it, at);

	if (rc == 0)
		rc = apply_hold(c, at, &it->expect, &hold);
	if (rc == 0)
		rc = apply_displace(c, it, APPLY_AT_PATH, at, &hold);
	if (rc == 0) {
		rc = make(c, it, at);
		if (rc < 0)
			apply_restore(c, it, APPLY_AT_PATH, at);
		else
			apply_beside(c, it);
	}
	apply_hold_release(c, &hold);
	return rc;
}

int
apply_make_dir(struct apply_ctx *c, struct apply_item *it)
{
	struct meta_seen meta = {0};
	struct apply_at at;
	int rc;

	rc = apply_at_path(c, APPLY_AT_PATH, buf_span(&it->path), &at);
	if (rc < 0)
		return rc;
	rc = it->expect.kind == KIND_NONE ? make(c, it, &at)
					  : make_instead(c, it, &at);
	if (rc == 0 && c->place->metadata != 0)
		rc = set_meta(c, it, &at, &meta);
	return rc < 0 ? rc : look(c, it, &at, &meta);
}
