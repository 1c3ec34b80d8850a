/* SPDX-License-Identifier: Apache-2.0 */
/* A whole file out of another: shared where the file system can, else copied;
 * hashed in any case, for the donor is the user's. */
#include "daemon/apply/apply_internal.h"

#include <errno.h>
#include <stdlib.h>

enum { COPY_BYTES = 1 << 20 };

int
apply_donor(struct apply_stager *s, const struct stage_item *it, int *out_fd,
    struct host_stat *out)
{
	char name[APPLY_NAME_SIZE];
	struct span path = buf_span(&it->from);
	int root = it->from_past != 0 ? s->place->versions : s->place->root;
	int dir = s->place->quarantine;
	int fd = -1;
	int rc = 0;

	if (it->from_kept != 0)
		apply_name(it->from_kept, name);
	else
		rc = apply_open_parent(s->h, root, path, &dir, name);
	if (rc < 0)
		return apply_changed(rc);
	rc = host_open(s->h, dir, name, HOST_READ, &fd);
	if (it->from_kept == 0)
		host_close(s->h, dir);
	if (rc < 0)
		return apply_changed(rc);
	rc = host_stat_fd(s->h, fd, out);
	if (rc == 0 && out->kind != KIND_FILE)
		rc = ERR_CHANGED;
	if (rc < 0)
		host_close(s->h, fd);
	else
		*out_fd = fd;
	return rc;
}

/* Inside the kernel, as far as it goes: how far. */
static uint64_t
copy_inside(const struct host *h, int from, int to, uint64_t at, uint64_t size)
{
	while (at < size) {
		int64_t n = host_copy_range(h, from, at, to, at, size - at);

		if (n <= 0)
			break;
		at += (uint64_t)n;
	}
	return at;
}

static int
copy_through(const struct host *h, int from, int to, uint64_t at, uint64_t size)
{
	uint8_t *p = malloc(COPY_BYTES);
	int rc = p == NULL ? -ENOMEM : 0;

	while (rc == 0 && at < size) {
		size_t want =
		    size - at < COPY_BYTES ? (size_t)(size - at) : COPY_BYTES;
		int64_t n = host_read_at(h, from, p, want, at);

		if (n <= 0) {
			rc = n < 0 ? (int)n : ERR_CHANGED;
			break;
		}
		rc = host_write_at(h, to, p, (size_t)n, at);
		at += (uint64_t)n;
	}
	free(p);
	return rc;
}

/* What is no hole. */
static int
copy_data(const struct host *h, int from, int to, uint64_t size)
{
	uint64_t begin, end = 0;
	int rc = 0;

	while (rc == 0 && end < size) {
		rc = host_data_at(h, from, end, &begin, &end);
		if (rc < 0 || begin >= size)
			break;
		if (begin == end)
			return ERR_CHANGED; /* it became shorter */
		if (end > size)
			end = size;
		begin = copy_inside(h, from, to, begin, end);
		if (begin < end)
			rc = copy_through(h, from, to, begin, end);
	}
	return rc < 0 ? rc : host_truncate(h, to, size);
}

int
apply_copy(const struct host *h, int from, int to, uint64_t size)
{
	if (host_clone(h, from, 0, to, 0, 0) == 0)
		return 0;
	return copy_data(h, from, to, size);
}

/* Is the donor one of ours, of which no look has seen anything? */
static bool
is_ours(const struct stage_item *it)
{
	return it->from_kept != 0 || it->from_past != 0;
}

static int
check(struct apply_stager *s, const struct stage_item *it, int fd)
{
	int not_it = is_ours(it) ? ERR_MISMATCH : ERR_CHANGED;
	struct host_stat st;
	struct name name;
	int rc = host_stat_fd(s->h, fd, &st);

	if (rc == 0 && st.size != it->size)
		return not_it;
	if (rc == 0)
		rc = apply_hash(s->h, fd, it->size, &name);
	if (rc < 0)
		return rc == ERR_CHANGED ? not_it : rc;
	return name_equal(&name, &it->content) ? 0 : not_it;
}

int
apply_stage_copy(struct apply_stager *s, const struct stage_item *it, int fd)
{
	struct host_stat st;
	int from = -1;
	int rc = apply_donor(s, it, &from, &st);

	if (rc < 0)
		return rc == ERR_CHANGED && is_ours(it) ? ERR_NOTFOUND : rc;
	if (!is_ours(it) && !apply_unmoved(&st, &it->expect))
		rc = ERR_CHANGED;
	if (rc == 0)
		rc = apply_copy(s->h, from, fd, it->size);
	/* Shorter than it was: a user wrote to what was his. */
	if (rc == ERR_CHANGED && it->from_kept != 0)
		rc = ERR_MISMATCH;
	if (rc == 0)
		rc = check(s, it, fd);
	host_close(s->h, from);
	return rc;
}
