/* SPDX-License-Identifier: Apache-2.0 */
/* Places of names: directories held open, moves between them. */
#include "daemon/apply/apply_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/path.h"

void
apply_name(int64_t id, char out[static APPLY_NAME_SIZE])
{
	snprintf(out, APPLY_NAME_SIZE, "%" PRId64, id);
}

int
apply_changed(int rc)
{
	switch (rc) {
	case -ENOENT:
	case -ENOTDIR:
	case -ELOOP:
	case -ENODEV:
	case -EXDEV:
	case -EEXIST:
		return ERR_CHANGED;
	default:
		return rc;
	}
}

/* Is the path still of the directory with that inode? */
static int
same(struct apply_ctx *c, const struct apply_dir *dir)
{
	struct host_stat st;
	int fd = -1;
	int rc =
	    host_open_below(c->h, c->place->root, buf_span(&dir->path), &fd);

	if (rc < 0)
		return apply_changed(rc);
	rc = host_stat_fd(c->h, fd, &st);
	host_close(c->h, fd);
	if (rc < 0)
		return rc;
	return st.ino == dir->ino ? 0 : ERR_CHANGED;
}

/*
 * New names were given without asking each time whether the directory is
 * still the one of that path: now that is asked, once for all of them. If it
 * is not, what they are at their paths has to be looked at.
 */
static void
check_new_names(struct apply_ctx *c, const struct apply_dir *dir)
{
	int rc = same(c, dir);

	for (size_t i = dir->first; rc < 0 && i < c->item; i++) {
		struct apply_item *it = &c->job->items.items[i];

		if (it->rc == 0)
			it->rc = rc;
	}
}

static void
close_dir(struct apply_ctx *c, enum apply_slot slot)
{
	struct apply_dir *dir = &c->dirs[slot];

	if (dir->fd < 0)
		return;
	if (slot == APPLY_AT_PATH && dir->dirty)
		check_new_names(c, dir);
	if (dir->dirty)
		apply_sync_add(c->h, &c->sync, dir->fd, dir->ino);
	else
		host_close(c->h, dir->fd);
	dir->fd = -1;
	dir->dirty = false;
}

static int
open_dir(struct apply_ctx *c, enum apply_slot slot, struct span path)
{
	struct apply_dir *dir = &c->dirs[slot];
	struct host_stat st;
	int fd = -1;
	int rc;

	close_dir(c, slot);
	buf_clear(&dir->path);
	rc = buf_add(&dir->path, path);
	if (rc == 0)
		rc = host_open_below(c->h, c->place->root, path, &fd);
	if (rc < 0)
		return apply_changed(rc);
	rc = host_stat_fd(c->h, fd, &st);
	if (rc < 0) {
		host_close(c->h, fd);
		return rc;
	}
	dir->fd = fd;
	dir->ino = st.ino;
	dir->first = c->item;
	return 0;
}

static bool
is_open(const struct apply_dir *dir, struct span path)
{
	return dir->fd >= 0 && span_equal(buf_span(&dir->path), path);
}

int
apply_at_path(struct apply_ctx *c, enum apply_slot slot, struct span path,
    struct apply_at *out)
{
	struct span parent = path_parent(path);
	struct span name = path_name(path);
	struct apply_dir *dir = &c->dirs[slot];
	int rc = 0;

	if (name.len >= sizeof out->name)
		return -ENAMETOOLONG;
	/* A source or copy mostly lies beside the path itself. */
	if (is_open(&c->dirs[APPLY_AT_PATH], parent))
		dir = &c->dirs[APPLY_AT_PATH];
	else if (!is_open(dir, parent))
		rc = open_dir(c, slot, parent);
	if (rc < 0)
		return rc;
	out->fd = dir->fd;
	out->dir = dir;
	out->dirty = &dir->dirty;
	memcpy(out->name, name.p, name.len);
	out->name[name.len] = '\0';
	return 0;
}

void
apply_at_kept(struct apply_ctx *c, int64_t id, struct apply_at *out)
{
	out->fd = c->place->quarantine;
	out->dir = NULL;
	out->dirty = &c->quarantine_dirty;
	apply_name(id, out->name);
}

void
apply_at_staged(struct apply_ctx *c, int64_t id, struct apply_at *out)
{
	out->fd = c->place->stage;
	out->dir = NULL;
	out->dirty = &c->stage_dirty;
	apply_name(id, out->name);
}

int
apply_move(struct apply_ctx *c, const struct apply_at *from,
    const struct apply_at *to, enum host_rename_how how)
{
	int rc = host_rename(c->h, from->fd, from->name, to->fd, to->name, how);

	/* Also when it failed: it may have been done in part. */
	*from->dirty = *to->dirty = true;
	return rc;
}

int
apply_same_dir(struct apply_ctx *c, const struct apply_at *at)
{
	return same(c, at->dir);
}

/*
 * Quarantine first and stage last, so that a cut between two syncs leaves a
 * file with two names rather than with none.
 */
int
apply_end(struct apply_ctx *c)
{
	bool many;
	int rc = 0;

	c->item = c->job->items.n;
	for (int i = 0; i < APPLY_SLOTS; i++) {
		close_dir(c, (enum apply_slot)i);
		buf_release(&c->dirs[i].path);
	}
	many = c->sync.many;
	if (c->quarantine_dirty && !many)
		rc = host_sync(c->h, c->place->quarantine);
	if (rc == 0)
		rc = apply_sync_all(c->h, &c->sync, c->place->root);
	else
		(void)!apply_sync_all(c->h, &c->sync, c->place->root);
	if (rc == 0 && c->stage_dirty && !many)
		rc = host_sync(c->h, c->place->stage);
	return rc;
}
