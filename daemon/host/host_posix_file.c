/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/host/host_uv_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

int
host_check_name(const char *name)
{
	if (name[0] == '\0' || strchr(name, '/') != NULL)
		return -EINVAL;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	return 0;
}

/* Pipes, sockets and devices are not to be read or written, ever. */
static int
refuse_special(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) ? 0 : -ENODEV;
}

static int
open_mode(int flags)
{
	int mode = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

	if (!(flags & HOST_WRITE))
		mode |= O_RDONLY;
	else
		mode |= flags & HOST_READ ? O_RDWR : O_WRONLY;
	if (flags & HOST_CREATE)
		mode |= O_CREAT;
	if (flags & HOST_EXCL)
		mode |= O_EXCL;
	if (flags & HOST_TRUNCATE)
		mode |= O_TRUNC;
	return mode;
}

static int
file_open(void *self, int dir, const char *name, int flags, int *out_fd)
{
	int rc = host_check_name(name);
	int fd;

	(void)self;
	if (rc < 0)
		return rc;
	HOST_RETRY(fd, openat(dir, name, open_mode(flags), 0600));
	if (fd == -ENXIO)
		return -ENODEV; /* a socket, or a pipe that nobody reads */
	if (fd < 0)
		return fd;
	rc = refuse_special(fd);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	/* What is not yet written out stays, and is right to. */
	if (flags & HOST_FROM_DISK)
		(void)!posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	*out_fd = fd;
	return 0;
}

static void
file_close(void *self, int fd)
{
	host_lease_forget(self, fd);
	close(fd);
}

static int64_t
file_read_at(void *self, int fd, void *p, size_t len, uint64_t at)
{
	size_t have = 0;
	ssize_t n;

	(void)self;
	while (have < len) {
		HOST_RETRY(n, pread(fd, (uint8_t *)p + have, len - have,
				  (off_t)(at + have)));
		if (n < 0)
			return n;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (int64_t)have;
}

static int
file_write_at(void *self, int fd, const void *p, size_t len, uint64_t at)
{
	size_t done = 0;
	ssize_t n;

	(void)self;
	while (done < len) {
		HOST_RETRY(n, pwrite(fd, (const uint8_t *)p + done, len - done,
				  (off_t)(at + done)));
		if (n < 0)
			return (int)n;
		if (n == 0)
			return -EIO; /* no progress and no reason */
		done += (size_t)n;
	}
	return 0;
}

static int
file_truncate(void *self, int fd, uint64_t size)
{
	int rc;

	(void)self;
	if (size > INT64_MAX)
		return -EFBIG;
	HOST_RETRY(rc, ftruncate(fd, (off_t)size));
	return rc;
}

static int
file_sync(void *self, int fd)
{
	int rc;

	(void)self;
	HOST_RETRY(rc, fsync(fd));
	return rc;
}

static int
file_sync_fs(void *self, int fd)
{
	int rc;

	(void)self;
	HOST_RETRY(rc, syncfs(fd));
	return rc;
}

static int
file_set_bits(void *self, int fd, int bits)
{
	(void)self;
	return fchmod(fd, (mode_t)bits) < 0 ? -errno : 0;
}

/* The access time is the user's; times before 1970 are floored. */
static void
times_of(int64_t mtime_ns, struct timespec times[2])
{
	int64_t s = mtime_ns / NS_PER_S;
	int64_t ns = mtime_ns % NS_PER_S;

	if (ns < 0) {
		ns += NS_PER_S;
		s--;
	}
	times[0] = (struct timespec){.tv_nsec = UTIME_OMIT};
	times[1] = (struct timespec){.tv_sec = (time_t)s, .tv_nsec = (long)ns};
}

static int
file_set_mtime(void *self, int fd, int64_t mtime_ns)
{
	struct timespec times[2];

	(void)self;
	times_of(mtime_ns, times);
	return futimens(fd, times) < 0 ? -errno : 0;
}

static int
file_set_mtime_at(void *self, int dir, const char *name, int64_t mtime_ns)
{
	struct timespec times[2];
	int rc = host_check_name(name);

	(void)self;
	if (rc < 0)
		return rc;
	times_of(mtime_ns, times);
	rc = utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW);
	return rc < 0 ? -errno : 0;
}

static int64_t
file_copy_range(void *self, int from, uint64_t from_at, int to, uint64_t to_at,
    uint64_t len)
{
	off_t from_off = (off_t)from_at;
	off_t to_off = (off_t)to_at;
	size_t n = len > SSIZE_MAX ? SSIZE_MAX : (size_t)len;
	ssize_t rc;

	(void)self;
	HOST_RETRY(rc, copy_file_range(from, &from_off, to, &to_off, n, 0));
	return rc == -ENOSYS ? -EOPNOTSUPP : rc;
}

static int
file_clone(void *self, int from, uint64_t from_at, int to, uint64_t to_at,
    uint64_t len)
{
	struct file_clone_range range = {
	    .src_fd = from,
	    .src_offset = from_at,
	    .src_length = len,
	    .dest_offset = to_at,
	};
	int rc;

	(void)self;
	HOST_RETRY(rc, ioctl(to, FICLONERANGE, &range));
	/* File systems without it differ in how they say so. */
	return rc == -ENOTTY || rc == -ENOSYS ? -EOPNOTSUPP : rc;
}

/* Reads and writes here say where, so that moving the offset does no harm. */
static int
file_data_at(
    void *self, int fd, uint64_t at, uint64_t *out_from, uint64_t *out_to)
{
	off_t from = lseek(fd, (off_t)at, SEEK_DATA);
	off_t to = from < 0 ? -1 : lseek(fd, from, SEEK_HOLE);
	bool no_data = to < 0 && errno == ENXIO;
	struct stat st;

	(void)self;
	if (to >= 0) {
		*out_from = (uint64_t)from;
		*out_to = (uint64_t)to;
		return 0;
	}
	if (!no_data && errno != EINVAL && errno != EOPNOTSUPP)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	*out_to = (uint64_t)st.st_size;
	*out_from = no_data || at > *out_to ? *out_to : at;
	return 0;
}

static int
file_lock(void *self, int fd)
{
	int rc;

	(void)self;
	HOST_RETRY(rc, flock(fd, LOCK_EX | LOCK_NB));
	return rc;
}

void
host_posix_file_ops(struct host_ops *ops)
{
	ops->open = file_open;
	ops->close = file_close;
	ops->read_at = file_read_at;
	ops->write_at = file_write_at;
	ops->truncate = file_truncate;
	ops->sync = file_sync;
	ops->sync_fs = file_sync_fs;
	ops->set_bits = file_set_bits;
	ops->set_mtime = file_set_mtime;
	ops->set_mtime_at = file_set_mtime_at;
	ops->copy_range = file_copy_range;
	ops->clone = file_clone;
	ops->data_at = file_data_at;
	ops->lock = file_lock;
}
