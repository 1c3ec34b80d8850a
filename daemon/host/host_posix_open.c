/* SPDX-License-Identifier: Apache-2.0 */
/* Opening directories: a root as the user named it, and safely below it. */
#include "daemon/host/host_uv_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OPEN_DIR (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define OPEN_STEP (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

enum { OPENAT2_TRIES = 16 };

/* ---- roots --------------------------------------------------------------- */

/* Makes every missing directory of a path, which is cut and mended. */
static int
make_parents(char *path, mode_t mode)
{
	for (char *p = path + 1;; p++) {
		char here = *p;

		if (here != '/' && here != '\0')
			continue;
		*p = '\0';
		if (mkdir(path, mode) < 0 && errno != EEXIST) {
			int rc = -errno;

			/* What is there may just not be ours to make. */
			if (access(path, F_OK) < 0)
				return rc;
		}
		*p = here;
		if (here == '\0')
			return 0;
	}
}

static int
open_root(void *self, const char *path, int flags, int *out_fd)
{
	char whole[PATH_MAX];
	size_t len = strlen(path);
	int rc;

	(void)self;
	if (path[0] != '/')
		return -EINVAL;
	if (len >= sizeof whole)
		return -ENAMETOOLONG;
	memcpy(whole, path, len + 1);
	if (flags & HOST_CREATE) {
		rc = make_parents(whole, flags & HOST_PRIVATE ? 0700 : 0777);
		if (rc < 0)
			return rc;
	}
	HOST_RETRY(rc, open(whole, OPEN_DIR));
	if (rc < 0)
		return rc;
	*out_fd = rc;
	return 0;
}

/* ---- below a root -------------------------------------------------------- */

/* Copies a path, refusing what no honest caller passes. */
static int
below_path(struct span path, char out[static LIMIT_PATH_BYTES + 1])
{
	size_t start = 0;

	if (path.len > LIMIT_PATH_BYTES)
		return -ENAMETOOLONG;
	if (path.len == 0) {
		memcpy(out, ".", 2);
		return 0;
	}
	if (memchr(path.p, '\0', path.len) != NULL)
		return -EINVAL;
	memcpy(out, path.p, path.len);
	out[path.len] = '\0';
	for (size_t i = 0; i <= path.len; i++) {
		if (out[i] != '/' && out[i] != '\0')
			continue;
		if (i == start || (i - start == 1 && out[start] == '.') ||
		    (i - start == 2 && memcmp(out + start, "..", 2) == 0))
			return -EINVAL;
		start = i + 1;
	}
	return 0;
}

/* One system call; the kernel holds all rules at once. */
static int
below_openat2(int root, const char *path)
{
	struct open_how how = {
	    .flags = OPEN_DIR | O_NONBLOCK,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
		       RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	int tries = OPENAT2_TRIES;
	long fd;

	do
		fd = syscall(SYS_openat2, root, path, &how, sizeof how);
	while (fd < 0 && (errno == EINTR || (errno == EAGAIN && --tries > 0)));
	return fd < 0 ? -errno : (int)fd;
}

/* Linux says ENOTDIR for a link when a directory was asked for. */
static int
why_not_dir(int dir, const char *name, int rc)
{
	struct stat st;

	if (rc == -ENOTDIR &&
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode))
		return -ELOOP;
	return rc;
}

/* Opens one component, which must be a directory of the same device. */
static int
below_step(int dir, const char *name, int flags, dev_t dev)
{
	struct stat st;
	int fd;

	HOST_RETRY(fd, openat(dir, name, flags));
	if (fd < 0)
		return why_not_dir(dir, name, fd);
	if (fstat(fd, &st) == 0 && st.st_dev == dev)
		return fd;
	close(fd);
	return -EXDEV;
}

/* Before Linux 5.6: one component at a time, each checked once it is held. */
static int
below_by_steps(int root, char *path)
{
	struct stat st;
	char *name = path;
	int dir = root;

	if (fstat(root, &st) < 0)
		return -errno;
	for (;;) {
		char *slash = strchr(name, '/');
		int flags = slash ? OPEN_STEP : OPEN_DIR | O_NOFOLLOW;
		int fd;

		if (slash)
			*slash = '\0';
		fd = below_step(dir, name, flags, st.st_dev);
		if (dir != root)
			close(dir);
		if (fd < 0 || slash == NULL)
			return fd;
		dir = fd;
		name = slash + 1;
	}
}

static int
open_below(void *self, int root, struct span path, int *out_fd)
{
	const struct host_uv *uv = self;
	char text[LIMIT_PATH_BYTES + 1];
	int rc = below_path(path, text);

	if (rc < 0)
		return rc;
	rc = uv->openat2 ? below_openat2(root, text)
			 : below_by_steps(root, text);
	if (rc < 0)
		return rc;
	*out_fd = rc;
	return 0;
}

/* Filters of old container managers say EPERM for calls they do not know. */
bool
host_openat2_works(void)
{
	struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC};
	long fd = syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how);

	if (fd < 0)
		return errno != ENOSYS && errno != EPERM;
	close((int)fd);
	return true;
}

void
host_posix_open_ops(struct host_ops *ops)
{
	ops->open_root = open_root;
	ops->open_below = open_below;
}
