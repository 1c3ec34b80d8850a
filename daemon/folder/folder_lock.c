/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One daemon a folder: stage and quarantine are one daemon's alone, and two
 * that take each other for users would undo what the other does (LESSONS 26).
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>

static const char lock_file[] = "lock";

static int
lock_in(struct folder *f, int dir)
{
	int fd;
	int rc = host_open(
	    f->host, dir, lock_file, HOST_READ | HOST_WRITE | HOST_CREATE, &fd);

	if (rc < 0)
		return rc;
	rc = host_lock(f->host, fd);
	if (rc == -EWOULDBLOCK) {
		host_close(f->host, fd);
		return ERR_BUSY;
	}
	/* Not every file system of a network has locks. */
	if (rc < 0)
		log_warn(f->log, "folder_not_locked", LOG_STR("folder", f->id),
		    LOG_ERR("error", rc));
	f->lock = fd;
	return 0;
}

int
folder_root_lock(struct folder *f)
{
	int dir, rc;

	if (f->lock >= 0)
		return 0;
	rc = host_open_below(f->host, f->root, SPAN_LIT(".tutti"), &dir);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	rc = lock_in(f, dir);
	host_close(f->host, dir);
	return rc;
}

void
folder_root_unlock(struct folder *f)
{
	if (f->lock >= 0)
		host_close(f->host, f->lock);
	f->lock = -1;
}
