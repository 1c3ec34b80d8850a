/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leases (fcntl(2), F_SETLEASE). A broken one is announced by SIGIO, which
 * host_uv_new ignores: whoever holds one asks when it matters.
 */
#include "daemon/host/host_uv_internal.h"

#include <errno.h>
#include <fcntl.h>

static int
kernel_lease(enum host_lease lease)
{
	switch (lease) {
	case HOST_LEASE_READ:
		return F_RDLCK;
	case HOST_LEASE_WRITE:
		return F_WRLCK;
	case HOST_LEASE_NONE:
		break;
	}
	return F_UNLCK;
}

static struct host_lease_item *
lease_find(struct host_uv *uv, int fd)
{
	VEC_EACH (&uv->leases, item) {
		if (item->fd == fd)
			return item;
	}
	return NULL;
}

/* Notes what was taken; the mutex is held. */
static int
lease_note(struct host_uv *uv, int fd, enum host_lease lease)
{
	struct host_lease_item *item = lease_find(uv, fd);

	if (lease == HOST_LEASE_NONE) {
		if (item != NULL)
			*item = uv->leases.items[--uv->leases.n];
		return 0;
	}
	if (item == NULL)
		return VEC_PUSH(
		    &uv->leases, (struct host_lease_item){fd, lease});
	item->lease = lease;
	return 0;
}

void
host_lease_forget(struct host_uv *uv, int fd)
{
	uv_mutex_lock(&uv->lease_mutex);
	(void)!lease_note(uv, fd, HOST_LEASE_NONE);
	uv_mutex_unlock(&uv->lease_mutex);
}

static int
lease_take(void *self, int fd, enum host_lease lease)
{
	struct host_uv *uv = self;
	int rc = 0;

	uv_mutex_lock(&uv->lease_mutex);
	if (fcntl(fd, F_SETLEASE, kernel_lease(lease)) < 0)
		rc = -errno;
	if (rc == -EAGAIN && lease == HOST_LEASE_NONE)
		rc = 0; /* there was none, or it was broken for good */
	if (rc == 0)
		rc = lease_note(uv, fd, lease);
	if (rc == -ENOMEM)
		fcntl(fd, F_SETLEASE, F_UNLCK);
	uv_mutex_unlock(&uv->lease_mutex);
	return rc;
}

/*
 * While a lease is being broken the kernel names what it is to become: none,
 * or a read lease out of a write lease. Only the one taken counts.
 */
static int
lease_held(void *self, int fd, bool *out_held)
{
	struct host_uv *uv = self;
	const struct host_lease_item *item;
	int now = fcntl(fd, F_GETLEASE);

	if (now < 0)
		return -errno;
	uv_mutex_lock(&uv->lease_mutex);
	item = lease_find(uv, fd);
	*out_held = item != NULL && kernel_lease(item->lease) == now;
	uv_mutex_unlock(&uv->lease_mutex);
	return 0;
}

void
host_posix_lease_ops(struct host_ops *ops)
{
	ops->lease = lease_take;
	ops->lease_held = lease_held;
}
