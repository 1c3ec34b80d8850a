/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holding what a user has: opened, leased, compared; moved to quarantine and
 * compared there again. The lease lets nobody open the file for writing
 * without our hearing of it (fcntl(2), F_SETLEASE).
 */
#include "daemon/apply/apply_internal.h"

#include <errno.h>

/* Hashing this much under a lease keeps no user waiting. */
#define RACY_BYTES (256 << 10)

int
apply_hold_lease(struct apply_ctx *c, struct apply_hold *hold)
{
	int rc;

	if (!c->place->leases)
		return 0;
	rc = host_lease(c->h, hold->fd, HOST_LEASE_READ);
	if (rc == -EAGAIN)
		return ERR_BUSY;
	/* Another owner's file, say: the same checks have to do without. */
	hold->leased = rc == 0;
	return 0;
}

static int
hold_file(struct apply_ctx *c, const struct apply_at *at,
    struct apply_hold *hold, struct host_stat *out)
{
	int rc = host_open(c->h, at->fd, at->name, HOST_READ, &hold->fd);

	if (rc < 0)
		return apply_changed(rc);
	rc = apply_hold_lease(c, hold);
	return rc < 0 ? rc : host_stat_fd(c->h, hold->fd, out);
}

/* Times too near to the look do not tell an edit: the content has to. A
 * larger file is looked at again instead, for a lease is not held so long. */
static int
hashes_as(struct apply_ctx *c, const struct apply_hold *hold,
    const struct observation *expect)
{
	struct name name;
	int rc;

	if (hold->fd < 0 || !hold->leased || expect->size > RACY_BYTES)
		return ERR_CHANGED;
	rc = apply_hash(c->h, hold->fd, expect->size, &name);
	if (rc == 0 && !name_equal(&name, &expect->content))
		rc = ERR_CHANGED;
	return rc;
}

int
apply_hold(struct apply_ctx *c, const struct apply_at *at,
    const struct observation *expect, struct apply_hold *out)
{
	struct host_stat st;
	int rc;

	*out = APPLY_NO_HOLD;
	if (expect->kind == KIND_FILE)
		rc = hold_file(c, at, out, &st);
	else if (expect->kind == KIND_SYMLINK)
		rc = apply_changed(host_stat_at(c->h, at->fd, at->name, &st));
	else
		rc = ERR_CHANGED; /* nothing else is ours to move */
	if (rc < 0)
		return rc;
	out->ino = st.ino;
	if (!apply_shows(&st, expect) || st.ctime_ns != expect->ctime_ns)
		return ERR_CHANGED;
	return expect->racy ? hashes_as(c, out, expect) : 0;
}

/* One to be synced is closed after that; its lease must not last so long. */
void
apply_hold_release(struct apply_ctx *c, struct apply_hold *hold)
{
	bool sync = hold->dirty || hold->unsynced;

	if (hold->fd < 0)
		return;
	if (sync && hold->leased)
		(void)!host_lease(c->h, hold->fd, HOST_LEASE_NONE);
	if (sync)
		apply_sync_add(c->h, &c->sync, hold->fd, hold->ino);
	else
		host_close(c->h, hold->fd);
	*hold = APPLY_NO_HOLD;
}

int
apply_sync_displaced(
    struct apply_ctx *c, const struct apply_item *it, const struct apply_at *at)
{
	int fd, rc;

	if (it->copy.len == 0 || it->expect.kind != KIND_FILE)
		return 0;
	rc = host_open(c->h, at->fd, at->name, HOST_READ, &fd);
	if (rc < 0)
		return apply_changed(rc);
	rc = host_sync(c->h, fd);
	host_close(c->h, fd);
	return rc;
}

int
apply_hold_stands(struct apply_ctx *c, const struct apply_hold *hold)
{
	bool held;
	int rc;

	if (!hold->leased)
		return 0;
	rc = host_lease_held(c->h, hold->fd, &held);
	if (rc < 0)
		return rc;
	return held ? 0 : ERR_CHANGED;
}

/* Is what lies in quarantine now what was held, and was it where we think? */
static int
check_displaced(struct apply_ctx *c, const struct apply_at *kept,
    const struct apply_at *was, const struct observation *expect)
{
	struct host_stat st;
	int rc = host_stat_at(c->h, kept->fd, kept->name, &st);

	if (rc < 0)
		return rc;
	if (!apply_shows(&st, expect))
		return ERR_CHANGED;
	return apply_same_dir(c, was);
}

int
apply_displace(struct apply_ctx *c, struct apply_item *it, enum apply_slot slot,
    const struct apply_at *at, const struct apply_hold *hold)
{
	bool from = slot == APPLY_AT_FROM;
	const struct observation *expect =
	    from ? &it->from_expect : &it->expect;
	struct apply_at kept;
	int rc;

	apply_at_kept(c, from ? it->from_id : it->kept_id, &kept);
	rc = apply_move(c, at, &kept, HOST_NOREPLACE);
	if (rc < 0)
		return apply_changed(rc);
	rc = check_displaced(c, &kept, at, expect);
	if (rc == 0)
		rc = apply_meta_stands(c, hold->fd, expect);
	if (rc == 0)
		rc = apply_hold_stands(c, hold);
	if (rc < 0)
		apply_restore(c, it, slot, at);
	return rc;
}

void
apply_restore(struct apply_ctx *c, struct apply_item *it, enum apply_slot slot,
    const struct apply_at *at)
{
	bool from = slot == APPLY_AT_FROM, stays;
	struct apply_at kept;

	apply_at_kept(c, from ? it->from_id : it->kept_id, &kept);
	stays = apply_move(c, &kept, at, HOST_NOREPLACE) < 0;
	*(from ? &it->from_kept : &it->kept) = stays;
	it->kept_content = (struct name){0};
}

/* What stands at the copy, as far as it is the displaced untouched. */
static void
observe_copy(
    struct apply_ctx *c, struct apply_item *it, const struct host_stat *st)
{
	apply_observe(c->h, st, &it->kept_content, &it->copy_now);
	it->copy_now.meta = it->expect.meta;
	if (apply_shows(st, &it->expect))
		return;
	/* Edited already: what it was, so that a look sees the difference. */
	it->copy_now = it->expect;
	it->copy_now.racy = true;
}

void
apply_beside(struct apply_ctx *c, struct apply_item *it)
{
	struct apply_at kept, copy;
	struct host_stat st;
	int rc;

	it->kept = true;
	it->kept_content = it->expect.content;
	if (it->copy.len == 0)
		return;
	apply_at_kept(c, it->kept_id, &kept);
	rc = apply_at_path(c, APPLY_AT_COPY, buf_span(&it->copy), &copy);
	if (rc < 0 || apply_move(c, &kept, &copy, HOST_NOREPLACE) < 0)
		return;
	it->kept = false;
	it->copied = true;
	rc = host_stat_at(c->h, copy.fd, copy.name, &st);
	if (rc < 0)
		st = (struct host_stat){0};
	observe_copy(c, it, &st);
}
