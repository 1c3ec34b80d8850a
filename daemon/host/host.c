/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/host/host.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

/* Offsets into the names are 32 bits. */
#define LIST_NAMES_MAX ((size_t)UINT32_MAX)

void
host_list_init(struct host_list *list)
{
	*list = (struct host_list){0};
	buf_init(&list->names, LIST_NAMES_MAX);
}

void
host_list_release(struct host_list *list)
{
	buf_release(&list->names);
	VEC_RELEASE(&list->v);
}

const char *
host_list_name(const struct host_list *list, size_t i)
{
	assert(i < list->v.n);
	return (const char *)list->names.p + list->v.items[i].at;
}

int
host_read_file(const struct host *h, int dir, const char *name, struct buf *out)
{
	struct host_stat st;
	uint8_t *p;
	int64_t n;
	int fd = -1;
	int rc;

	rc = host_open(h, dir, name, HOST_READ, &fd);
	if (rc < 0)
		return rc;
	rc = host_stat_fd(h, fd, &st);
	if (rc < 0)
		goto out;
	rc = ERR_LIMIT;
	if (st.size > out->max - out->len)
		goto out;
	rc = buf_reserve(out, (size_t)st.size, &p);
	if (rc < 0)
		goto out;
	n = host_read_at(h, fd, p, (size_t)st.size, 0);
	if (n < 0)
		rc = (int)n;
	else
		buf_commit(out, (size_t)n);
out:
	host_close(h, fd);
	return rc;
}

/* Makes the file anew: what a crash left under the name is of no use. */
static int
create_fresh(const struct host *h, int dir, const char *name, int *out_fd)
{
	int flags = HOST_WRITE | HOST_CREATE | HOST_EXCL;
	int rc = host_open(h, dir, name, flags, out_fd);

	if (rc != -EEXIST)
		return rc;
	rc = host_unlink(h, dir, name);
	return rc < 0 ? rc : host_open(h, dir, name, flags, out_fd);
}

int
host_write_file(
    const struct host *h, int dir, const char *name, struct span bytes)
{
	char fresh[LIMIT_NAME_BYTES + 1];
	int fd = -1;
	int rc;

	if (snprintf(fresh, sizeof fresh, "%s.new", name) >= (int)sizeof fresh)
		return -ENAMETOOLONG;
	rc = create_fresh(h, dir, fresh, &fd);
	if (rc < 0)
		return rc;
	rc = host_write_at(h, fd, bytes.p, bytes.len, 0);
	if (rc == 0)
		rc = host_sync(h, fd);
	host_close(h, fd);
	if (rc == 0)
		rc = host_rename(h, dir, fresh, dir, name, HOST_REPLACE);
	if (rc == 0)
		return host_sync(h, dir);
	if (host_unlink(h, dir, fresh) < 0)
		return rc; /* the first error says more */
	return rc;
}
