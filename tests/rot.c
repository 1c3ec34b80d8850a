/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/rot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/index/index.h"

static int
flip(const char *file, struct stat *out)
{
	int fd = open(file, O_RDWR | O_CLOEXEC), rc = 0;
	struct timespec times[2];
	char c;

	if (fd < 0 || fstat(fd, out) < 0)
		return -errno;
	times[0] = out->st_atim;
	times[1] = out->st_mtim;
	if (pread(fd, &c, 1, out->st_size / 2) != 1)
		rc = -EIO;
	c ^= 1;
	if (rc == 0 && pwrite(fd, &c, 1, out->st_size / 2) != 1)
		rc = -EIO;
	if (rc == 0 &&
	    (futimens(fd, times) < 0 || fsync(fd) < 0 || fstat(fd, out) < 0))
		rc = -errno;
	close(fd);
	return rc;
}

static int
forget_ctime(struct index *ix, const char *path, const struct stat *st)
{
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(ix, span_str(path), &e);
	if (rc == 0 && e.disk.kind != KIND_FILE)
		rc = -ENOENT;
	e.disk.racy = e.base.seen.racy = false;
	e.disk.ctime_ns = e.base.seen.ctime_ns =
	    (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
	if (rc == 0)
		rc = index_begin(ix);
	if (rc == 0)
		rc = index_store(ix, &e, 0);
	if (rc == 0)
		rc = index_commit(ix);
	entry_release(&e);
	return rc;
}

int
rot(const struct host *h, int state, const char *root, const char *path)
{
	struct index *ix;
	struct stat st;
	char file[4096];
	int rc;

	snprintf(file, sizeof file, "%s/%s", root, path);
	rc = flip(file, &st);
	if (rc == 0)
		rc = index_open(h, state, 0, &ix);
	if (rc < 0)
		return rc;
	rc = forget_ctime(ix, path, &st);
	index_close(ix);
	return rc;
}
