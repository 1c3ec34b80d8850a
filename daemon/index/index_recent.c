/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_recent - the rows of entries that were read or written of late.
 *
 * A path on its way is read some ten times within a second: when its version
 * comes, planned, asked for, staged, applied, looked at; and once more in
 * each store. One table of places, each for the rows whose hash leads there;
 * the later takes the place. That there is no row is remembered as well.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/index/index_internal.h"

enum {
	PLACES = 4096, /* a power of two */
	BYTES_MAX = 1024, /* of a name and its columns; larger ones are rare */
};

struct index_recent_row {
	int64_t dir;
	struct index_row row; /* its spans lie in bytes */
	size_t name_len;
	size_t cap;
	uint8_t bytes[]; /* name, disk, base, intent, known */
};

static struct index_recent_row **
place_of(const struct index_recent *r, int64_t dir, struct span name)
{
	uint64_t h = (uint64_t)dir * UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < name.len; i++)
		h = (h ^ name.p[i]) * UINT64_C(1099511628211);
	return &r->rows[(h ^ h >> 32) & (PLACES - 1)];
}

static bool
is_for(const struct index_recent_row *row, int64_t dir, struct span name)
{
	return row->dir == dir &&
	       span_equal(span_of(row->bytes, row->name_len), name);
}

/* Bypassed where a query would fail: what was written is not believed then. */
static bool
usable(const struct index *ix)
{
	return ix->recent.rows != NULL && !ix->broken &&
	       !(ix->in_batch && sqlite3_get_autocommit(ix->db) != 0);
}

bool
index_recent_find(const struct index *ix, int64_t dir, struct span name,
    struct index_row *out)
{
	const struct index_recent_row *row;

	if (!usable(ix))
		return false;
	row = *place_of(&ix->recent, dir, name);
	if (row == NULL || !is_for(row, dir, name))
		return false;
	*out = row->row;
	return true;
}

void
index_recent_drop(struct index *ix, int64_t dir, struct span name)
{
	struct index_recent_row **at;

	if (ix->recent.rows == NULL)
		return;
	at = place_of(&ix->recent, dir, name);
	if (*at != NULL && is_for(*at, dir, name)) {
		free(*at);
		*at = NULL;
	}
}

/* Copies s to *p, which moves on; its copy. */
static struct span
copied(struct span s, uint8_t **p)
{
	struct span copy = span_of(*p, s.len);

	if (s.len > 0)
		memcpy(*p, s.p, s.len);
	*p += s.len;
	return copy;
}

static void
fill(struct index_recent_row *r, int64_t dir, struct span name,
    const struct index_row *row)
{
	uint8_t *p = r->bytes;

	r->dir = dir;
	r->name_len = copied(name, &p).len;
	r->row = *row;
	r->row.disk = copied(row->disk, &p);
	r->row.base = copied(row->base, &p);
	r->row.intent = copied(row->intent, &p);
	r->row.known = copied(row->known, &p);
}

void
index_recent_put(struct index *ix, int64_t dir, struct span name,
    const struct index_row *row)
{
	struct index_recent *r = &ix->recent;
	size_t len = name.len + row->disk.len + row->base.len +
		     row->intent.len + row->known.len;
	struct index_recent_row **at;

	if (r->rows == NULL)
		r->rows = calloc(PLACES, sizeof *r->rows);
	if (r->rows == NULL)
		return;
	at = place_of(r, dir, name);
	if (*at == NULL || (*at)->cap < len || len > BYTES_MAX) {
		free(*at);
		*at = len > BYTES_MAX ? NULL : malloc(sizeof **at + len);
		if (*at == NULL)
			return;
		(*at)->cap = len;
	}
	fill(*at, dir, name, row);
}

void
index_recent_forget(struct index *ix)
{
	struct index_recent *r = &ix->recent;

	for (size_t i = 0; r->rows != NULL && i < PLACES; i++)
		free(r->rows[i]);
	free(r->rows);
	r->rows = NULL;
}
