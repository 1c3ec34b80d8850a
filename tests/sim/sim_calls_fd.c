/* SPDX-License-Identifier: Apache-2.0 */
/* The table's functions of open files: their bytes, bits, times and leases. */
#include "tests/sim/sim_internal.h"

#include <string.h>

static int
call_stat_fd(void *self, int fd, struct host_stat *out)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = sim_call_begin_fd(b, "stat_fd", fd, &f);

	if (rc == 0)
		sim_fs_stat(f->inode, out);
	return sim_call_end(b, rc);
}

static int64_t
call_read_at(void *self, int fd, void *p, size_t len, uint64_t at)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int64_t n = sim_call_begin_fd(b, "read_at", fd, &f);

	if (n == 0)
		n = sim_fs_read(f, p, len, at);
	if (n > 0) {
		int rc = sim_call_end(b, 0);

		if (b->machine->sim->running)
			b->machine->read += (uint64_t)n;
		return rc ? rc : n;
	}
	return sim_call_end(b, (int)n);
}

static int
call_write_at(void *self, int fd, const void *p, size_t len, uint64_t at)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = sim_call_begin_fd(b, "write_at", fd, &f);

	if (rc == 0)
		rc = sim_fs_write(f, p, len, at);
	return sim_call_end(b, rc);
}

static int
call_truncate(void *self, int fd, uint64_t size)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = sim_call_begin_fd(b, "truncate", fd, &f);

	if (rc == 0)
		rc = sim_fs_truncate(f, size);
	return sim_call_end(b, rc);
}

static int
call_sync(void *self, int fd)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = sim_call_begin_fd(b, "sync", fd, &f);

	if (rc == 0)
		sim_disk_sync(f->inode);
	else if (!b->dead && sim_call_file(b, fd, &f) == 0)
		sim_disk_lose(f->inode);
	return sim_call_end(b, rc);
}

static int
call_sync_fs(void *self, int fd)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = sim_call_begin_fd(b, "sync_fs", fd, &f);

	if (rc == 0)
		sim_disk_sync_fs(f->inode->fs);
	return sim_call_end(b, rc);
}

static int
call_set_bits(void *self, int fd, int bits)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = sim_call_begin_fd(b, "set_bits", fd, &f);

	if (rc == 0)
		rc = sim_fs_set_bits(f->inode, bits);
	return sim_call_end(b, rc);
}

static int
call_set_mtime(void *self, int fd, int64_t mtime_ns)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = sim_call_begin_fd(b, "set_mtime", fd, &f);

	if (rc == 0)
		sim_fs_set_mtime(f->inode, mtime_ns);
	return sim_call_end(b, rc);
}

/* Copies a piece; the caller asks again for the rest. */
static int64_t
copy_piece(struct sim_file *from, uint64_t from_at, struct sim_file *to,
    uint64_t to_at, uint64_t len)
{
	uint8_t piece[16 * SIM_PAGE_BYTES];
	int64_t n = sim_fs_read(
	    from, piece, len < sizeof piece ? len : sizeof piece, from_at);
	int rc = 0;

	if (n > 0)
		rc = sim_fs_write(to, piece, (size_t)n, to_at);
	return rc ? rc : n;
}

static int64_t
call_copy_range(void *self, int from, uint64_t from_at, int to, uint64_t to_at,
    uint64_t len)
{
	struct sim_boot *b = self;
	struct sim_file *a, *z;
	int64_t n = sim_call_begin_fd(b, "copy_range", from, &a);

	if (n == 0)
		n = sim_call_file(b, to, &z);
	if (n == 0)
		n = copy_piece(a, from_at, z, to_at, len);
	if (n > 0) {
		int rc = sim_call_end(b, 0);

		return rc ? rc : n;
	}
	return sim_call_end(b, (int)n);
}

static int
call_data_at(
    void *self, int fd, uint64_t at, uint64_t *out_from, uint64_t *out_to)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = sim_call_begin_fd(b, "data_at", fd, &f);

	if (rc == 0)
		rc = sim_fs_data_at(f, at, out_from, out_to);
	return sim_call_end(b, rc);
}

static int
call_clone(void *self, int from, uint64_t from_at, int to, uint64_t to_at,
    uint64_t len)
{
	struct sim_boot *b = self;
	struct sim_file *a, *z;
	int rc = sim_call_begin_fd(b, "clone", from, &a);

	if (rc == 0)
		rc = sim_call_file(b, to, &z);
	if (rc == 0)
		rc = sim_fs_clone(a, from_at, z, to_at, len);
	return sim_call_end(b, rc);
}

static int
call_lease(void *self, int fd, enum host_lease lease)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = sim_call_begin_fd(b, "lease", fd, &f);

	if (rc == 0)
		rc = sim_fs_lease(f, lease);
	return sim_call_end(b, rc);
}

static int
call_lease_held(void *self, int fd, bool *out_held)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = sim_call_begin_fd(b, "lease_held", fd, &f);

	if (rc == 0)
		*out_held = f->inode->leased == f && !f->broken;
	return sim_call_end(b, rc);
}

static int
call_lock(void *self, int fd)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = sim_call_begin_fd(b, "lock", fd, &f);

	if (rc == 0 && f->inode->locked && f->inode->locked != f)
		rc = -EWOULDBLOCK;
	if (rc == 0)
		f->inode->locked = f;
	return sim_call_end(b, rc);
}

static int
call_fs_info(void *self, int fd, struct host_fs *out)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = sim_call_begin_fd(b, "fs_info", fd, &f);

	if (rc == 0) {
		const struct sim_fs *fs = f->inode->fs;

		memcpy(out->uuid, fs->uuid, sizeof out->uuid);
		out->total_bytes = fs->capacity * SIM_PAGE_BYTES;
		out->free_bytes =
		    fs->used < fs->capacity
			? (fs->capacity - fs->used) * SIM_PAGE_BYTES
			: 0;
		out->local = true;
	}
	return sim_call_end(b, rc);
}

void
sim_calls_fd_fill(struct host_ops *ops)
{
	ops->stat_fd = call_stat_fd;
	ops->read_at = call_read_at;
	ops->write_at = call_write_at;
	ops->truncate = call_truncate;
	ops->sync = call_sync;
	ops->sync_fs = call_sync_fs;
	ops->set_bits = call_set_bits;
	ops->set_mtime = call_set_mtime;
	ops->copy_range = call_copy_range;
	ops->clone = call_clone;
	ops->data_at = call_data_at;
	ops->lease = call_lease;
	ops->lease_held = call_lease_held;
	ops->lock = call_lock;
	ops->fs_info = call_fs_info;
}
