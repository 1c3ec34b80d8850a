/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is placed, made ready: staged, kept, moved, or a link made here; and
 * put back where it was when it could not be placed.
 */
#include "daemon/apply/apply_internal.h"

#include <errno.h>
#include <string.h>

/* ---- taking -------------------------------------------------------------- */

/* No such file of ours, or not a file: then nothing is known of it. */
static int
not_ours(int rc)
{
	return apply_changed(rc) == ERR_CHANGED ? ERR_NOTFOUND : rc;
}

/* It was staged for a version of this content, whose bits and times need
 * not be those of this item. */
static int
take_staged(struct apply_ctx *c, struct apply_item *it, struct apply_new *src)
{
	int rc;

	apply_at_staged(c, it->id, &src->at);
	rc = not_ours(host_stat_at(c->h, src->at.fd, src->at.name, &src->st));
	if (rc < 0)
		return rc;
	if (src->st.kind != KIND_FILE || src->st.size != it->size)
		return ERR_MISMATCH;
	if (src->st.bits == it->bits && src->st.mtime_ns == it->mtime_ns &&
	    c->place->metadata == 0)
		return 0;
	rc = not_ours(host_open(
	    c->h, src->at.fd, src->at.name, HOST_READ, &src->hold.fd));
	if (rc < 0)
		return rc;
	src->hold.ino = src->st.ino;
	return apply_set_meta(c, it, &src->hold, &src->st);
}

/*
 * A user may have written to it since it was displaced, through a descriptor
 * or another link: so it is hashed, and leased after that.
 */
static int
check_kept(struct apply_ctx *c, struct apply_item *it, struct apply_new *src)
{
	struct host_stat st;
	struct name name;
	int rc = host_stat_fd(c->h, src->hold.fd, &st);

	if (rc == 0 && st.kind != KIND_FILE)
		return ERR_MISMATCH;
	if (rc == 0)
		rc = apply_hash(c->h, src->hold.fd, st.size, &name);
	if (rc == ERR_CHANGED || (rc == 0 && !name_equal(&name, &it->content)))
		return ERR_MISMATCH;
	/* A name says the size too: it is the version that is wrong. */
	if (rc == 0 && st.size != it->size)
		return -EINVAL;
	if (rc == 0)
		rc = apply_hold_lease(c, &src->hold);
	if (rc == 0)
		rc = host_stat_fd(c->h, src->hold.fd, &src->st);
	if (rc == 0 &&
	    (!apply_equal(&st, &src->st) || st.ctime_ns != src->st.ctime_ns))
		return ERR_BUSY;
	src->hold.ino = st.ino;
	return rc;
}

static int
take_kept(struct apply_ctx *c, struct apply_item *it, struct apply_new *src)
{
	int rc;

	apply_at_kept(c, it->id, &src->at);
	rc = not_ours(host_open(
	    c->h, src->at.fd, src->at.name, HOST_READ, &src->hold.fd));
	if (rc == 0)
		rc = check_kept(c, it, src);
	if (rc == 0 && src->st.links > 1)
		return apply_part(c, it, src);
	src->hold.unsynced = rc == 0;
	if (rc == 0)
		rc = apply_set_meta(c, it, &src->hold, &src->st);
	return rc;
}

/*
 * By way of quarantine, where nobody else acts: only there can be said for
 * certain what it was that was moved.
 */
static int
take_moved(struct apply_ctx *c, struct apply_item *it, struct apply_new *src)
{
	int rc;

	rc = apply_at_path(c, APPLY_AT_FROM, buf_span(&it->from), &src->at);
	if (rc == 0)
		rc = apply_hold(c, &src->at, &it->from_expect, &src->hold);
	if (rc == 0 && it->from_expect.kind != KIND_FILE)
		rc = ERR_CHANGED;
	if (rc == 0)
		rc = host_stat_fd(c->h, src->hold.fd, &src->st);
	if (rc == 0 && apply_is_shared(c, it, &src->st))
		rc = -EMLINK;
	if (rc == 0)
		rc = apply_displace(c, it, APPLY_AT_FROM, &src->at, &src->hold);
	if (rc < 0)
		return rc;
	src->home = src->at;
	src->at_home = false;
	src->hold.unsynced = true;
	apply_at_kept(c, it->from_id, &src->at);
	rc = host_stat_fd(c->h, src->hold.fd, &src->st);
	if (rc == 0 && !apply_shows(&src->st, &it->from_expect))
		rc = ERR_CHANGED;
	if (rc == 0)
		rc = apply_set_meta(c, it, &src->hold, &src->st);
	return rc;
}

/* Links are not moved about but made anew: they have no content to save. */
static int
make_link(struct apply_ctx *c, struct apply_item *it, struct apply_new *src)
{
	char target[LIMIT_TARGET_BYTES + 1];
	size_t len;
	int rc;

	apply_at_staged(c, it->kept_id, &src->at);
	/* A number may stand for a staged file as well: not for a link. */
	len = strlen(src->at.name);
	src->at.name[len] = 'l';
	src->at.name[len + 1] = '\0';
	len = it->target.len;
	if (len == 0 || len >= sizeof target ||
	    memchr(it->target.p, '\0', len) != NULL)
		return -EINVAL;
	memcpy(target, it->target.p, len);
	target[len] = '\0';
	rc = host_make_link(c->h, target, src->at.fd, src->at.name);
	if (rc == 0)
		rc = host_set_mtime_at(
		    c->h, src->at.fd, src->at.name, it->mtime_ns);
	return rc < 0 ? rc
		      : host_stat_at(c->h, src->at.fd, src->at.name, &src->st);
}

static int
take_file(struct apply_ctx *c, struct apply_item *it, struct apply_new *src)
{
	switch (it->source) {
	case APPLY_STAGED:
		return take_staged(c, it, src);
	case APPLY_KEPT:
		return take_kept(c, it, src);
	case APPLY_MOVED:
		return take_moved(c, it, src);
	case APPLY_COPIED:
		return apply_part_own(c, it, src);
	case APPLY_NONE:
		break;
	}
	return -EINVAL;
}

int
apply_new_take(
    struct apply_ctx *c, struct apply_item *it, struct apply_new *out)
{
	int rc;

	*out = (struct apply_new){.hold = APPLY_NO_HOLD, .at_home = true};
	rc = it->kind == KIND_SYMLINK ? make_link(c, it, out)
				      : take_file(c, it, out);
	if (out->at_home)
		out->home = out->at;
	if (rc == 0 && it->kind == KIND_FILE && out->st.size != it->size)
		rc = ERR_MISMATCH;
	out->doubt = (it->source == APPLY_KEPT || it->source == APPLY_MOVED) &&
		     out->hold.dirty && !out->hold.leased;
	return rc;
}

/* ---- giving back --------------------------------------------------------- */

/*
 * It had a user's name for a while. Only if nobody has it open, and it is
 * what it was, is it still ours to place again. That is asked through the
 * descriptor that we hold it by, if we do: another of ours, even one that only
 * waits to be synced, would stand against the lease. Who broke the one that we
 * have waits for it to be dropped, and writes then.
 */
static bool
untouched(struct apply_ctx *c, struct apply_new *src)
{
	struct apply_hold *hold = &src->hold;
	struct host_stat st;

	if (!c->place->leases)
		return false;
	if (hold->fd < 0 &&
	    host_open(c->h, src->at.fd, src->at.name, HOST_READ, &hold->fd) < 0)
		return false;
	if (apply_hold_stands(c, hold) < 0)
		return false;
	if (hold->leased)
		(void)!host_lease(c->h, hold->fd, HOST_LEASE_NONE);
	hold->leased = host_lease(c->h, hold->fd, HOST_LEASE_WRITE) == 0;
	return hold->leased && host_stat_fd(c->h, hold->fd, &st) == 0 &&
	       apply_equal(&st, &src->st);
}

static void
keep(struct apply_item *it, struct apply_new *src)
{
	it->kept = true;
	it->kept_content = (struct name){0};
	src->gone = true;
}

/* It cannot go back: to the number that says where it came from. */
static void
keep_moved(struct apply_ctx *c, struct apply_item *it, struct apply_new *src)
{
	struct apply_at own;

	apply_at_kept(c, it->from_id, &own);
	if (strcmp(src->at.name, own.name) != 0 &&
	    apply_move(c, &src->at, &own, HOST_NOREPLACE) < 0) {
		keep(it, src);
		return;
	}
	it->from_kept = true;
	src->gone = true;
}

static void
return_moved(struct apply_ctx *c, struct apply_item *it, struct apply_new *src)
{
	struct host_stat was = {
	    .kind = KIND_FILE,
	    .bits = it->from_expect.bits,
	    .mtime_ns = it->from_expect.mtime_ns,
	};
	struct host_stat st;

	/* A later time is that of a user's write, and stays. */
	if (src->hold.dirty && host_stat_fd(c->h, src->hold.fd, &st) == 0 &&
	    apply_equal(&st, &src->st))
		apply_unset_meta(c, &src->hold, &was);
	if (apply_move(c, &src->at, &src->home, HOST_NOREPLACE) < 0)
		keep_moved(c, it, src);
}

static void
return_ours(struct apply_ctx *c, struct apply_item *it, struct apply_new *src)
{
	if (src->exposed && src->st.kind == KIND_FILE && !untouched(c, src)) {
		keep(it, src);
		return;
	}
	if (apply_move(c, &src->at, &src->home, HOST_NOREPLACE) < 0)
		keep(it, src);
}

void
apply_new_return(
    struct apply_ctx *c, struct apply_item *it, struct apply_new *src)
{
	if (!src->gone && !src->at_home) {
		if (it->kind == KIND_FILE && it->source == APPLY_MOVED)
			return_moved(c, it, src);
		else
			return_ours(c, it, src);
	}
	/* A link, or a copy, is made anew next time. */
	if (!src->gone &&
	    (it->kind == KIND_SYMLINK || it->source == APPLY_COPIED))
		(void)!host_unlink(c->h, src->home.fd, src->home.name);
}

void
apply_new_release(struct apply_ctx *c, struct apply_new *src)
{
	apply_hold_release(c, &src->hold);
}
