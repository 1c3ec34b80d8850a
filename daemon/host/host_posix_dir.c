/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/host/host_uv_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

#define ASIDE_NAME ".tutti-moving-"

enum { DIRENT_BYTES = 32 << 10 };

/* ---- looking ------------------------------------------------------------- */

static int
kind_of_mode(mode_t mode)
{
	if (S_ISREG(mode))
		return KIND_FILE;
	if (S_ISDIR(mode))
		return KIND_DIR;
	if (S_ISLNK(mode))
		return KIND_SYMLINK;
	return KIND_OPAQUE;
}

static void
stat_out(const struct stat *st, struct host_stat *out)
{
	*out = (struct host_stat){
	    .kind = kind_of_mode(st->st_mode),
	    .bits = st->st_mode & 07777,
	    .size = (uint64_t)st->st_size,
	    .ino = st->st_ino,
	    .dev = st->st_dev,
	    .links = (uint32_t)st->st_nlink,
	    .user = st->st_uid,
	    .group = st->st_gid,
	    .mtime_ns = st->st_mtim.tv_sec * NS_PER_S + st->st_mtim.tv_nsec,
	    .ctime_ns = st->st_ctim.tv_sec * NS_PER_S + st->st_ctim.tv_nsec,
	};
}

static int
dir_stat_at(void *self, int dir, const char *name, struct host_stat *out)
{
	struct stat st;
	int rc = host_check_name(name);

	(void)self;
	if (rc < 0)
		return rc;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
		return -errno;
	stat_out(&st, out);
	return 0;
}

static int
dir_stat_fd(void *self, int fd, struct host_stat *out)
{
	struct stat st;

	(void)self;
	if (fstat(fd, &st) < 0)
		return -errno;
	stat_out(&st, out);
	return 0;
}

static uint8_t
kind_of_dirent(unsigned char type)
{
	switch (type) {
	case DT_REG:
		return KIND_FILE;
	case DT_DIR:
		return KIND_DIR;
	case DT_LNK:
		return KIND_SYMLINK;
	case DT_UNKNOWN:
		return KIND_NONE;
	default:
		return KIND_OPAQUE;
	}
}

static int
list_add(struct host_list *list, const struct dirent64 *entry)
{
	size_t len = strlen(entry->d_name);
	struct host_list_item item = {
	    .at = (uint32_t)list->names.len,
	    .len = (uint16_t)len,
	    .kind = kind_of_dirent(entry->d_type),
	};
	int rc;

	if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
		return 0;
	rc = buf_add(&list->names, span_of(entry->d_name, len + 1));
	return rc < 0 ? rc : VEC_PUSH(&list->v, item);
}

/* Reads the rest of an open directory. */
static int
list_read(int fd, struct host_list *out)
{
	_Alignas(struct dirent64) char batch[DIRENT_BYTES];
	int rc = 0;

	for (;;) {
		ssize_t n = getdents64(fd, batch, sizeof batch);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *entry = (void *)(batch + at);

			rc = list_add(out, entry);
			if (rc < 0)
				return rc;
			at += entry->d_reclen;
		}
	}
}

/*
 * The directory is opened once more, for the place in it belongs to the open
 * file: two jobs that list through one descriptor would each miss names, and
 * a missed name looks like a deleted file.
 */
static int
dir_list(void *self, int dir, struct host_list *out)
{
	int fd;
	int rc;

	(void)self;
	buf_clear(&out->names);
	out->v.n = 0;
	HOST_RETRY(fd, openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		return fd;
	rc = list_read(fd, out);
	close(fd);
	return rc;
}

/* ---- changing names ------------------------------------------------------ */

/*
 * The umask takes bits away; they are given back. A directory inherits setgid
 * from its parent, where a group shares one, and keeps it.
 */
static int
dir_exact_bits(int dir, const char *name, mode_t bits)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if ((st.st_mode & 0777) == bits)
		return 0;
	bits |= st.st_mode & S_ISGID;
	if (fchmodat(dir, name, bits, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

static int
dir_make_dir(void *self, int dir, const char *name, int bits)
{
	int rc = host_check_name(name);

	(void)self;
	if (rc < 0)
		return rc;
	if (mkdirat(dir, name, (mode_t)bits & 0777) < 0)
		return -errno;
	rc = dir_exact_bits(dir, name, (mode_t)bits & 0777);
	if (rc < 0)
		unlinkat(dir, name, AT_REMOVEDIR);
	return rc;
}

static int
dir_unlink(void *self, int dir, const char *name)
{
	int rc = host_check_name(name);

	(void)self;
	if (rc < 0)
		return rc;
	return unlinkat(dir, name, 0) < 0 ? -errno : 0;
}

static int
dir_remove_dir(void *self, int dir, const char *name)
{
	int rc = host_check_name(name);

	(void)self;
	if (rc < 0)
		return rc;
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0)
		return 0;
	return errno == EEXIST ? -ENOTEMPTY : -errno;
}

/*
 * Takes away one of a file's two names. Just unlinked, it could be that of
 * another which a user saved there a moment ago: so what it names is put aside,
 * and looked at where nobody else has it. A save goes back, unless the next one
 * stands there already. Errors leave the name; behind that nothing is one.
 */
static int
drop_name(
    struct host_uv *uv, int dir, const char *name, const struct stat *linked)
{
	char aside[sizeof ASIDE_NAME + 16];
	struct stat st;
	uint64_t chance;

	uv->ops.random(uv, &chance, sizeof chance);
	snprintf(aside, sizeof aside, "%s%016" PRIx64, ASIDE_NAME, chance);
	if (renameat(dir, name, dir, aside) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstatat(dir, aside, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    st.st_ino != linked->st_ino || st.st_dev != linked->st_dev)
		if (linkat(dir, aside, dir, name, 0) < 0 && errno != EEXIST)
			return 0; /* for the user to find */
	unlinkat(dir, aside, 0);
	return 0;
}

/*
 * For file systems without RENAME_NOREPLACE: link fails when the new name is
 * taken. A directory has no such way, so the caller decides (-EINVAL).
 */
static int
rename_by_link(struct host_uv *uv, int from_dir, const char *from, int to_dir,
    const char *to)
{
	struct stat st, linked;
	int rc;

	if (fstatat(from_dir, from, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EINVAL;
	if (linkat(from_dir, from, to_dir, to, 0) < 0)
		return errno == EPERM || errno == EOPNOTSUPP ? -EINVAL : -errno;
	if (fstatat(to_dir, to, &linked, AT_SYMLINK_NOFOLLOW) < 0)
		linked = st;
	rc = drop_name(uv, from_dir, from, &linked);
	if (rc < 0)
		(void)!drop_name(uv, to_dir, to, &linked);
	return rc;
}

static int
dir_rename(void *self, int from_dir, const char *from, int to_dir,
    const char *to, enum host_rename_how how)
{
	static const unsigned flags[] = {
	    [HOST_REPLACE] = 0,
	    [HOST_NOREPLACE] = RENAME_NOREPLACE,
	    [HOST_EXCHANGE] = RENAME_EXCHANGE,
	};
	int rc;

	if (host_check_name(from) < 0 || host_check_name(to) < 0)
		return -EINVAL;
	if (how == HOST_REPLACE)
		rc = renameat(from_dir, from, to_dir, to);
	else
		rc = (int)syscall(
		    SYS_renameat2, from_dir, from, to_dir, to, flags[how]);
	if (rc == 0)
		return 0;
	rc = errno == ENOSYS ? -EINVAL : -errno;
	if (rc == -EINVAL && how == HOST_NOREPLACE)
		rc = rename_by_link(self, from_dir, from, to_dir, to);
	return rc;
}

static int
dir_make_link(void *self, const char *target, int dir, const char *name)
{
	int rc = host_check_name(name);

	(void)self;
	if (rc < 0)
		return rc;
	return symlinkat(target, dir, name) < 0 ? -errno : 0;
}

static int
dir_read_link(void *self, int dir, const char *name, struct buf *out)
{
	char text[LIMIT_TARGET_BYTES + 1];
	ssize_t n;
	int rc = host_check_name(name);

	(void)self;
	if (rc < 0)
		return rc;
	n = readlinkat(dir, name, text, sizeof text);
	if (n < 0)
		return -errno;
	if ((size_t)n == sizeof text)
		return ERR_LIMIT; /* it may go on */
	return buf_add(out, span_of(text, (size_t)n));
}

void
host_posix_dir_ops(struct host_ops *ops)
{
	ops->stat_at = dir_stat_at;
	ops->stat_fd = dir_stat_fd;
	ops->list = dir_list;
	ops->make_dir = dir_make_dir;
	ops->unlink = dir_unlink;
	ops->remove_dir = dir_remove_dir;
	ops->rename = dir_rename;
	ops->make_link = dir_make_link;
	ops->read_link = dir_read_link;
}
