/* SPDX-License-Identifier: Apache-2.0 */
/* A foreign descriptor in our loop, and the local socket the API serves. */
#include "daemon/host/host_uv_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { LOCAL_BACKLOG = 64 };

struct host_poll {
	uv_poll_t handle;
	host_poll_cb *cb;
	void *arg;
};

/* ---- polling ------------------------------------------------------------- */

/* An error is for whoever reads the descriptor to find. */
static void
poll_ready(uv_poll_t *handle, int status, int events)
{
	struct host_poll *p = handle->data;

	p->cb(p->arg, status < 0 || (events & UV_READABLE) != 0, false);
}

static void
poll_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static int
poll_new(
    void *self, int fd, host_poll_cb *cb, void *arg, struct host_poll **out)
{
	struct host_uv *uv = self;
	struct host_poll *p = calloc(1, sizeof *p);
	int rc;

	if (p == NULL)
		return -ENOMEM;
	p->cb = cb;
	p->arg = arg;
	rc = uv_poll_init(&uv->loop, &p->handle, fd);
	if (rc < 0) {
		free(p);
		return rc;
	}
	p->handle.data = p;
	rc = uv_poll_start(&p->handle, UV_READABLE, poll_ready);
	if (rc < 0) {
		uv_close((uv_handle_t *)&p->handle, poll_closed);
		return rc;
	}
	*out = p;
	return 0;
}

static void
poll_free(void *self, struct host_poll *p)
{
	(void)self;
	if (p == NULL)
		return;
	uv_poll_stop(&p->handle);
	uv_close((uv_handle_t *)&p->handle, poll_closed);
}

/* ---- a local socket ------------------------------------------------------ */

/* Through the directory's descriptor: any depth fits the 108 bytes. */
static int
local_address(int dir, const char *name, struct sockaddr_un *out)
{
	int rc = host_check_name(name);
	int n;

	if (rc < 0)
		return rc;
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	n = snprintf(out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d/%s",
	    dir, name);
	return n < (int)sizeof out->sun_path ? 0 : -ENAMETOOLONG;
}

/* Connecting tells whether anybody is behind a socket's name. */
static int
local_answers(const struct sockaddr_un *address, bool *out_answers)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc;

	if (fd < 0)
		return -errno;
	rc = connect(fd, (const struct sockaddr *)address, sizeof *address);
	rc = rc < 0 ? -errno : 0;
	close(fd);
	*out_answers = rc == 0 || rc == -EAGAIN; /* EAGAIN: its queue is full */
	return *out_answers || rc == -ECONNREFUSED ? 0 : rc;
}

/* Removes what a dead daemon left; -EADDRINUSE when a live one answers. */
static int
local_clear(int dir, const char *name, const struct sockaddr_un *address)
{
	struct stat st;
	bool answers = false;
	int rc;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	rc = local_answers(address, &answers);
	if (rc < 0)
		return rc;
	if (answers)
		return -EADDRINUSE;
	return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/*
 * On Linux the name gets the bits that the socket has before bind, so there
 * is no moment in which others could connect.
 */
static int
local_bind(int fd, const struct sockaddr_un *address)
{
	if (fchmod(fd, 0600) < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)address, sizeof *address) < 0)
		return -errno;
	return listen(fd, LOCAL_BACKLOG) < 0 ? -errno : 0;
}

static int
listen_local(void *self, int dir, const char *name, int *out_fd)
{
	struct sockaddr_un address;
	int fd;
	int rc = local_address(dir, name, &address);

	(void)self;
	if (rc == 0)
		rc = local_clear(dir, name, &address);
	if (rc < 0)
		return rc;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	rc = local_bind(fd, &address);
	if (rc < 0)
		close(fd);
	else
		*out_fd = fd;
	return rc;
}

void
host_uv_poll_ops(struct host_ops *ops)
{
	ops->listen_local = listen_local;
	ops->poll_new = poll_new;
	ops->poll_free = poll_free;
}
