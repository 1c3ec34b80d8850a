/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file with several names is one file for the user and several for the
 * others. What is set on one of them must not be set on all: that name gets a
 * copy, with bits and times of its own, and is parted from the rest, as it is
 * when its content is replaced.
 */
#include "daemon/apply/apply_internal.h"

#include <string.h>

bool
apply_is_shared(struct apply_ctx *c, const struct apply_item *it,
    const struct host_stat *st)
{
	return st->links > 1 &&
	       ((st->bits & 0777) != it->bits || st->mtime_ns != it->mtime_ns ||
		   (c->place->metadata & meta_spoken(buf_span(&it->meta))) !=
		       0);
}

/* Its name in stage, which no file that is staged has. */
static void
name_copy(struct apply_ctx *c, const struct apply_item *it, struct apply_at *at)
{
	size_t len;

	apply_at_staged(c, it->kept_id, at);
	len = strlen(at->name);
	at->name[len] = 'c';
	at->name[len + 1] = '\0';
}

/* Fills the copy and checks what came of it. */
static int
fill(struct apply_ctx *c, const struct apply_item *it, int from,
    const struct apply_at *at)
{
	int flags = HOST_READ | HOST_WRITE | HOST_CREATE | HOST_EXCL;
	struct name name;
	int to, rc;

	rc = host_open(c->h, at->fd, at->name, flags, &to);
	if (rc < 0)
		return rc;
	rc = apply_copy(c->h, from, to, it->size);
	if (rc == 0)
		rc = apply_hash(c->h, to, it->size, &name);
	if (rc == 0 && !name_equal(&name, &it->content))
		rc = ERR_CHANGED;
	host_close(c->h, to);
	return rc;
}

/* The copy of an open file, as it is to appear. */
static int
make(
    struct apply_ctx *c, struct apply_item *it, int from, struct apply_new *src)
{
	int rc = fill(c, it, from, &src->at);

	if (rc == 0)
		rc = host_open(
		    c->h, src->at.fd, src->at.name, HOST_READ, &src->hold.fd);
	if (rc == 0)
		rc = host_stat_fd(c->h, src->hold.fd, &src->st);
	if (rc < 0)
		return rc;
	src->hold.ino = src->st.ino;
	src->hold.unsynced = true;
	return apply_set_meta(c, it, &src->hold, &src->st);
}

int
apply_part(struct apply_ctx *c, struct apply_item *it, struct apply_new *src)
{
	struct apply_hold whole = src->hold;
	int rc;

	it->source = APPLY_COPIED;
	name_copy(c, it, &src->at);
	src->hold = APPLY_NO_HOLD;
	if (whole.leased) /* who opens it does not wait for the copy */
		(void)!host_lease(c->h, whole.fd, HOST_LEASE_NONE);
	rc = make(c, it, whole.fd, src);
	host_close(c->h, whole.fd);
	return rc;
}

int
apply_part_own(
    struct apply_ctx *c, struct apply_item *it, struct apply_new *src)
{
	struct apply_at own;
	int fd, rc;

	name_copy(c, it, &src->at);
	rc = apply_at_path(c, APPLY_AT_PATH, buf_span(&it->path), &own);
	if (rc == 0)
		rc = apply_changed(
		    host_open(c->h, own.fd, own.name, HOST_READ, &fd));
	if (rc < 0)
		return rc;
	rc = make(c, it, fd, src);
	host_close(c->h, fd);
	return rc;
}
