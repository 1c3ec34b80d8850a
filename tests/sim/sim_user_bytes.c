/* SPDX-License-Identifier: Apache-2.0 */
/* What other programs write to files, and how: at once or bit by bit, in place
 * or beside, through a mapping; and what the disk makes of it. */
#include "tests/sim/sim_user_internal.h"

#include <stdlib.h>
#include <string.h>

enum { LEASE_BREAK_S = 45, PIECES = 3 };

/* Opens as a patient program does: a lease makes it wait. */
static int
open_inode(struct sim_host *h, const char *path, struct sim_inode *i, int flags,
    struct sim_file **out)
{
	struct sim_program *p = user_program(h);
	int64_t until = h->sim->now + LEASE_BREAK_S * SIM_SECOND;
	int rc;

	sim_inode_ref(i);
	while ((rc = sim_fs_open(i, flags & ~HOST_TRUNCATE, out)) == -EAGAIN &&
	       p) {
		if (h->sim->now > until)
			i->leased = NULL; /* as the kernel does */
		sim_user_pause(h, SIM_MS);
		if (user_lives(h) != 0) {
			rc = -EIO;
			break;
		}
	}
	sim_inode_unref(i);
	if (rc)
		return rc;
	if (p)
		p->file = *out;
	user_tell(h, (struct sim_content){.path = path, .open = true}, i);
	return flags & HOST_TRUNCATE ? sim_fs_truncate(*out, 0) : 0;
}

static int
open_path(
    struct sim_host *h, const char *path, int flags, struct sim_file **out)
{
	struct sim_naming at;
	struct sim_inode *i;
	int rc = user_step_at(h, path, &at);

	if (rc)
		return rc;
	rc = sim_fs_lookup(at.dir, at.name, &i);
	if (rc == -ENOENT && flags & HOST_CREATE)
		rc = sim_fs_make(at.dir, at.name, KIND_FILE, 0644, &i);
	if (rc == 0 && i->kind != KIND_FILE)
		rc = i->kind == KIND_DIR ? -EISDIR : -EINVAL;
	if (rc == 0)
		sim_inode_moved(i, at.dir, at.name);
	return rc ? rc : open_inode(h, path, i, flags, out);
}

static void
close_file(struct sim_host *h, const char *path, struct sim_file *f)
{
	struct sim_program *p = user_program(h);

	if (p)
		p->file = NULL;
	if (f->inode)
		user_tell_left(h, path, NULL, f->inode);
	sim_fs_close(f);
}

/*
 * Writes in a few pieces, stopping between them. Each takes away what the
 * ones before it left, which may be somebody's value by now: another machine
 * was shown the file half written, and its user moved it.
 */
static int
write_pieces(struct sim_host *h, const char *path, struct sim_file *f,
    uint64_t at, struct span bytes)
{
	int rc = user_step(h);

	while (rc == 0 && bytes.len > 0) {
		size_t n = 1 + sim_random(h->sim, bytes.len < 4 * SIM_PAGE_BYTES
						      ? bytes.len
						      : bytes.len / PIECES);

		user_tell(h, (struct sim_content){.path = path, .open = true},
		    f->inode);
		rc = sim_fs_write(f, bytes.p, n, at);
		at += n;
		bytes = span_of(bytes.p + n, bytes.len - n);
		/* A value is left when it is whole: no stop before that. */
		if (rc == 0 && bytes.len > 0)
			rc = user_step(h);
	}
	return rc;
}

static int
write_at(struct sim_host *h, const char *path, int flags, uint64_t at,
    struct span bytes)
{
	struct sim_file *f;
	int rc = open_path(h, path, flags | HOST_WRITE, &f);

	if (rc)
		return rc;
	if (at == UINT64_MAX)
		at = f->inode->data.size;
	rc = write_pieces(h, path, f, at, bytes);
	close_file(h, path, f);
	return rc;
}

int
sim_user_write(struct sim_host *h, const char *path, struct span bytes)
{
	return write_at(h, path, HOST_CREATE | HOST_TRUNCATE, 0, bytes);
}

int
sim_user_write_slowly(struct sim_host *h, const char *path, struct span bytes,
    unsigned pieces, int64_t pause_ns)
{
	struct sim_file *f;
	int rc =
	    open_path(h, path, HOST_CREATE | HOST_TRUNCATE | HOST_WRITE, &f);

	if (rc)
		return rc;
	for (size_t i = 0, at = 0; rc == 0 && i < pieces; i++) {
		size_t end = bytes.len * (i + 1) / pieces;

		rc = write_pieces(
		    h, path, f, at, span_of(bytes.p + at, end - at));
		at = end;
		sim_user_pause(h, pause_ns);
	}
	close_file(h, path, f);
	return rc;
}

int
sim_user_append(struct sim_host *h, const char *path, struct span bytes)
{
	return write_at(h, path, HOST_CREATE, UINT64_MAX, bytes);
}

int
sim_user_patch(
    struct sim_host *h, const char *path, uint64_t at, struct span bytes)
{
	return write_at(h, path, 0, at, bytes);
}

int
sim_user_save(struct sim_host *h, const char *path, struct span bytes)
{
	char beside[SIM_PATH_MAX];
	int rc;

	/* A name of its own, so that no other value is overwritten. */
	snprintf(beside, sizeof beside, "%s.%04x~", path,
	    (unsigned)sim_random(h->sim, 1 << 16));
	rc = sim_user_write(h, beside, bytes);
	if (rc == 0 && sim_chance(h->sim, 500))
		rc = sim_user_sync(h, beside);
	if (rc == 0)
		rc = sim_user_rename(h, beside, path);
	return rc;
}

int
sim_user_store(
    struct sim_host *h, const char *path, uint64_t at, struct span bytes)
{
	struct sim_file *f;
	int rc = open_path(h, path, HOST_READ | HOST_WRITE, &f);

	if (rc)
		return rc;
	rc = user_step(h);
	if (rc == 0 && at + bytes.len > f->inode->data.size)
		rc = -EFAULT; /* nothing is mapped there */
	if (rc == 0) {
		struct sim_inode *i = f->inode;

		i->fs->used += sim_data_growth(&i->data, at, bytes.len);
		sim_data_write(&i->data, at, bytes.p, bytes.len);
		sim_fs_dirty(i, (size_t)(at / SIM_PAGE_BYTES),
		    (size_t)((at + bytes.len) / SIM_PAGE_BYTES) + 1);
		rc = user_step(h);
	}
	close_file(h, path, f);
	return rc;
}

void
sim_user_rot(struct sim_host *h, const char *path, uint64_t at)
{
	struct sim_inode *i;
	uint8_t byte;

	if (sim_fs_walk(h, path, false, &i) != 0)
		abort();
	sim_data_read(&i->data, at, &byte, 1);
	byte ^= 1;
	sim_data_write(&i->data, at, &byte, 1);
	sim_fs_dirty(i, (size_t)(at / SIM_PAGE_BYTES),
	    (size_t)(at / SIM_PAGE_BYTES) + 1);
	sim_disk_sync(i);
}
