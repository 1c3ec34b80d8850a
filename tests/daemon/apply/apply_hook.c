/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/apply/apply_hook.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What happens before a call: acts, or the error it gives instead. */
static int
before(struct hook *k)
{
	k->calls++;
	for (size_t i = 0; i < HOOK_ACTS; i++)
		if (k->acts[i].before == k->calls)
			k->acts[i].cb(k->acts[i].arg);
	if (k->fail_at != 0 &&
	    (k->calls == k->fail_at || (k->fail_on && k->calls > k->fail_at)))
		return k->err;
	return 0;
}

#define REAL(k, name, ...) ((k)->real->ops->name((k)->real->self, __VA_ARGS__))

#define PASS(name, params, ...)                                                \
	static int hook_##name params                                          \
	{                                                                      \
		struct hook *k = self;                                         \
		int rc = before(k);                                            \
                                                                               \
		return rc < 0 ? rc : REAL(k, name, __VA_ARGS__);               \
	}

/* clang-format off */
PASS(stat_at, (void *self, int dir, const char *name, struct host_stat *out),
    dir, name, out)
PASS(stat_fd, (void *self, int fd, struct host_stat *out), fd, out)
PASS(list, (void *self, int dir, struct host_list *out), dir, out)
PASS(write_at,
    (void *self, int fd, const void *p, size_t len, uint64_t at),
    fd, p, len, at)
PASS(truncate, (void *self, int fd, uint64_t size), fd, size)
PASS(make_dir, (void *self, int dir, const char *name, int bits),
    dir, name, bits)
PASS(unlink, (void *self, int dir, const char *name), dir, name)
PASS(remove_dir, (void *self, int dir, const char *name), dir, name)
PASS(make_link,
    (void *self, const char *target, int dir, const char *name),
    target, dir, name)
PASS(read_link, (void *self, int dir, const char *name, struct buf *out),
    dir, name, out)
PASS(set_bits, (void *self, int fd, int bits), fd, bits)
PASS(set_mtime, (void *self, int fd, int64_t mtime_ns), fd, mtime_ns)
PASS(set_mtime_at,
    (void *self, int dir, const char *name, int64_t mtime_ns),
    dir, name, mtime_ns)
PASS(data_at,
    (void *self, int fd, uint64_t at, uint64_t *out_from, uint64_t *out_to),
    fd, at, out_from, out_to)
PASS(lease, (void *self, int fd, enum host_lease lease), fd, lease)
PASS(lease_held, (void *self, int fd, bool *out_held), fd, out_held)
/* clang-format on */

static int
hook_open_root(void *self, const char *path, int flags, int *out_fd)
{
	struct hook *k = self;
	int rc = before(k);

	if (rc == 0)
		rc = REAL(k, open_root, path, flags, out_fd);
	k->fds += rc == 0;
	return rc;
}

static int
hook_open_below(void *self, int root, struct span path, int *out_fd)
{
	struct hook *k = self;
	int rc = before(k);

	if (rc == 0)
		rc = REAL(k, open_below, root, path, out_fd);
	k->fds += rc == 0;
	return rc;
}

static int
hook_open(void *self, int dir, const char *name, int flags, int *out_fd)
{
	struct hook *k = self;
	int rc = before(k);

	if (rc == 0)
		rc = REAL(k, open, dir, name, flags, out_fd);
	k->fds += rc == 0;
	return rc;
}

/* Closing does not fail, but somebody may act before it. */
static void
hook_close(void *self, int fd)
{
	struct hook *k = self;

	(void)!before(k);
	k->fds--;
	REAL(k, close, fd);
}

static int64_t
hook_read_at(void *self, int fd, void *p, size_t len, uint64_t at)
{
	struct hook *k = self;
	int rc = before(k);

	return rc < 0 ? rc : REAL(k, read_at, fd, p, len, at);
}

static int64_t
hook_copy_range(void *self, int from, uint64_t from_at, int to, uint64_t to_at,
    uint64_t len)
{
	struct hook *k = self;
	int rc = before(k);

	return rc < 0 ? rc : REAL(k, copy_range, from, from_at, to, to_at, len);
}

static int
hook_clone(void *self, int from, uint64_t from_at, int to, uint64_t to_at,
    uint64_t len)
{
	struct hook *k = self;
	int rc = before(k);
	uint8_t *p;
	int64_t n;

	if (rc < 0 || !k->clones)
		return rc < 0 ? rc
			      : REAL(k, clone, from, from_at, to, to_at, len);
	p = malloc(len + 1);
	if (p == NULL)
		return -ENOMEM;
	n = REAL(k, read_at, from, p, len, from_at);
	rc = n < 0 ? (int)n : REAL(k, write_at, to, p, (size_t)n, to_at);
	k->shared += rc == 0;
	free(p);
	return rc;
}

static int
hook_rename(void *self, int from_dir, const char *from, int to_dir,
    const char *to, enum host_rename_how how)
{
	struct hook *k = self;
	int rc = before(k);

	if (rc == 0 && how == HOST_EXCHANGE && k->no_exchange)
		rc = -EINVAL;
	return rc < 0 ? rc : REAL(k, rename, from_dir, from, to_dir, to, how);
}

static int
hook_sync(void *self, int fd)
{
	struct hook *k = self;
	int rc = before(k);

	k->syncs++;
	return rc < 0 || k->no_sync ? rc : REAL(k, sync, fd);
}

static int
hook_sync_fs(void *self, int fd)
{
	struct hook *k = self;
	int rc = before(k);

	k->fs_syncs++;
	return rc < 0 || k->no_sync ? rc : REAL(k, sync_fs, fd);
}

/* ---- one attribute -------------------------------------------------------- */

static int
hook_list_xattrs(void *self, int fd, struct buf *out)
{
	struct hook *k = self;
	int rc = before(k);

	(void)fd;
	if (rc < 0 || k->attr == NULL)
		return rc;
	return buf_add(out, span_of(HOOK_ATTR, sizeof HOOK_ATTR));
}

static int
hook_get_xattr(void *self, int fd, const char *name, struct buf *out)
{
	struct hook *k = self;
	int rc = before(k);

	(void)fd;
	if (rc < 0)
		return rc;
	if (k->attr == NULL || strcmp(name, HOOK_ATTR) != 0)
		return -ENODATA;
	return buf_add(out, span_str(k->attr));
}

static int
hook_set_xattr(void *self, int fd, const char *name, struct span value)
{
	struct hook *k = self;
	int rc = before(k);

	(void)fd;
	if (rc < 0)
		return rc;
	if (strcmp(name, HOOK_ATTR) != 0 || value.len >= sizeof k->attr_bytes)
		return -ENOSPC;
	memcpy(k->attr_bytes, value.p, value.len);
	k->attr_bytes[value.len] = 0;
	k->attr = k->attr_bytes;
	return 0;
}

static int
hook_remove_xattr(void *self, int fd, const char *name)
{
	struct hook *k = self;
	int rc = before(k);

	(void)fd, (void)name;
	if (rc == 0)
		k->attr = NULL;
	return rc;
}

static int64_t
hook_now_ns(void *self)
{
	struct hook *k = self;

	return k->real->ops->now_ns(k->real->self);
}

static void
hook_random(void *self, void *p, size_t len)
{
	struct hook *k = self;

	REAL(k, random, p, len);
}

void
hook_init(struct hook *k, const struct host *real)
{
	memset(k, 0, sizeof *k);
	k->real = real;
	k->host = (struct host){&k->ops, k};
	k->ops = (struct host_ops){
	    .open_root = hook_open_root,
	    .open_below = hook_open_below,
	    .open = hook_open,
	    .close = hook_close,
	    .stat_at = hook_stat_at,
	    .stat_fd = hook_stat_fd,
	    .list = hook_list,
	    .read_at = hook_read_at,
	    .write_at = hook_write_at,
	    .truncate = hook_truncate,
	    .sync = hook_sync,
	    .sync_fs = hook_sync_fs,
	    .make_dir = hook_make_dir,
	    .unlink = hook_unlink,
	    .remove_dir = hook_remove_dir,
	    .rename = hook_rename,
	    .make_link = hook_make_link,
	    .read_link = hook_read_link,
	    .set_bits = hook_set_bits,
	    .set_mtime = hook_set_mtime,
	    .set_mtime_at = hook_set_mtime_at,
	    .copy_range = hook_copy_range,
	    .clone = hook_clone,
	    .data_at = hook_data_at,
	    .lease = hook_lease,
	    .lease_held = hook_lease_held,
	    .list_xattrs = hook_list_xattrs,
	    .get_xattr = hook_get_xattr,
	    .set_xattr = hook_set_xattr,
	    .remove_xattr = hook_remove_xattr,
	    .now_ns = hook_now_ns,
	    .random = hook_random,
	};
}
