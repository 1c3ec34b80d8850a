/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunks put at their places in a large file. Each is checked before it is
 * written, and what was checked is what is written; a donor that is not what
 * it was only makes chunks fail, which are fetched instead.
 */
#include "daemon/apply/apply_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* Where chunks come from. */
struct donor {
	const struct host *h;
	int fd; /* -1: bytes, or no donor to be had */
	struct span bytes;
	uint8_t *p; /* one chunk of the donor's */
};

/* Gives len bytes at an offset, borrowed until the next; else false. */
static bool
donor_get(struct donor *d, uint64_t at, uint32_t len, struct span *out)
{
	if (d->p == NULL) {
		if (at > d->bytes.len || len > d->bytes.len - at)
			return false;
		*out = span_of(d->bytes.p + at, len);
		return true;
	}
	if (d->fd < 0)
		return false;
	*out = span_of(d->p, len);
	return host_read_at(d->h, d->fd, d->p, len, at) == (int64_t)len;
}

static int
put_piece(struct donor *d, struct stage_item *it,
    const struct stage_piece *piece, int fd)
{
	uint64_t at = piece->at;
	uint64_t from = piece->from_at;
	int rc = 0;

	assert(piece->first <= it->list->v.n &&
	       piece->n <= it->list->v.n - piece->first);
	for (uint32_t i = piece->first; i < piece->first + piece->n; i++) {
		const struct chunk *chunk = &it->list->v.items[i];
		struct span bytes;
		struct name name;
		bool good = donor_get(d, from, chunk->len, &bytes);

		if (good)
			name_chunk(bytes, &name);
		if (good && name_equal(&name, &chunk->name))
			rc = host_write_at(d->h, fd, bytes.p, bytes.len, at);
		else
			rc = VEC_PUSH(&it->failed, i);
		if (rc < 0)
			return rc;
		at += chunk->len;
		from += chunk->len;
	}
	return 0;
}

int
apply_stage_pieces(struct apply_stager *s, struct stage_item *it)
{
	struct donor d = {.h = s->h, .fd = -1, .bytes = buf_span(&it->bytes)};
	char name[APPLY_NAME_SIZE];
	struct host_stat st;
	int fd = -1;
	int rc;

	apply_name(it->id, name);
	rc = host_open(
	    s->h, s->place->stage, name, HOST_WRITE | HOST_CREATE, &fd);
	if (rc < 0)
		return rc;
	if (it->from.len > 0 || it->from_kept != 0) {
		d.p = malloc(LIMIT_CHUNK_BYTES);
		rc = d.p == NULL ? -ENOMEM : 0;
		if (rc == 0 && apply_donor(s, it, &d.fd, &st) < 0)
			d.fd = -1;
	}
	VEC_EACH (&it->pieces, piece) {
		if (rc == 0)
			rc = put_piece(&d, it, piece, fd);
	}
	free(d.p);
	if (d.fd >= 0)
		host_close(s->h, d.fd);
	host_close(s->h, fd);
	return rc;
}
