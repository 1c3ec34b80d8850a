/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "daemon/scan/scan_internal.h"
#include "proto/base/path.h"

/* An item under way. */
struct again {
	const struct host *host;
	struct scan_again *item;
	int fd;
	bool leases; /* writers can be told */
};

/* Is it still, by all that a stat tells, what the last look saw? What was
 * looked at too soon after a change never is. */
static bool
as_known(const struct again *a)
{
	struct observation now;
	struct host_stat st;

	if (host_stat_fd(a->host, a->fd, &st) < 0)
		return false;
	scan_observe(&st, host_now_ns(a->host), &now);
	now.racy = false;
	return observation_unmoved(&a->item->known, &now);
}

/*
 * Has nobody the file open for writing? A live mapping counts, through which
 * bytes change that no time tells of. The lease is not kept over the read, so
 * that nobody's save waits for it: who opens meanwhile changes the times.
 */
static bool
no_writer(struct again *a)
{
	int rc = host_lease(a->host, a->fd, HOST_LEASE_READ);

	if (rc == 0)
		(void)!host_lease(a->host, a->fd, HOST_LEASE_NONE);
	a->leases = rc == 0;
	return rc != -EAGAIN;
}

static enum scan_verdict
judge(struct again *a)
{
	struct name name;
	int rc;

	if (!as_known(a))
		return SCAN_CHANGED;
	if (!no_writer(a))
		return SCAN_UNSURE;
	chunks_release(&a->item->chunks);
	a->item->bytes += a->item->known.size;
	rc = scan_hash(
	    a->host, a->fd, a->item->known.size, &a->item->chunks, &name);
	if (!as_known(a) || rc == ERR_CHANGED)
		return SCAN_CHANGED;
	a->item->rc = rc;
	if (rc < 0)
		return SCAN_UNSURE;
	if (name_equal(&name, &a->item->known.content))
		return SCAN_SOUND;
	a->item->content = name;
	return no_writer(a) && a->leases && as_known(a) ? SCAN_ROTTEN
							: SCAN_UNSURE;
}

static int
open_again(struct again *a, int root)
{
	struct span path = buf_span(&a->item->path), last = path_name(path);
	char name[LIMIT_NAME_BYTES + 1];
	int dir, rc;

	memcpy(name, last.p, last.len);
	name[last.len] = '\0';
	rc = host_open_below(a->host, root, path_parent(path), &dir);
	if (rc < 0)
		return rc;
	rc = host_open(a->host, dir, name, HOST_READ | HOST_FROM_DISK, &a->fd);
	host_close(a->host, dir);
	return rc;
}

int
scan_verify(const struct host *h, int root, struct scan_again *item)
{
	struct again a = {.host = h, .item = item};

	chunks_init(&item->chunks);
	/* Twice, when it is rotten: a disk may read badly once. */
	for (int i = 0; i < 2; i++) {
		item->rc = open_again(&a, root);
		if (item->rc < 0) {
			item->verdict = item->rc == -ENOENT ||
						item->rc == -ENOTDIR ||
						item->rc == -ELOOP
					    ? SCAN_CHANGED
					    : SCAN_UNSURE;
			return item->rc == -ENOMEM ? -ENOMEM : 0;
		}
		item->verdict = judge(&a);
		host_close(h, a.fd);
		if (item->verdict != SCAN_ROTTEN)
			break;
	}
	return 0;
}
