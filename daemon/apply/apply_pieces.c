/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunks put at their places in a large file. Each is checked before it is
 * written, and what was checked is what is written; a donor that is not what
 * it was only makes chunks fail, which are fetched instead. Where the file
 * system shares blocks, a run is shared first and checked in the staged file,
 * which nobody else has.
 */
#include "daemon/apply/apply_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	SHARE_BLOCK = 4096, /* of most file systems; others refuse */
	SHARE_LEAST = 64 << 10,
};

/* Where chunks come from. */
struct donor {
	const struct host *h;
	bool no_sharing; /* its blocks cannot be shared here */
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

/* The file under way, and where it shares the donor's blocks. */
struct target {
	const struct stage_item *it;
	int fd;
	uint64_t shared, shared_end;
};

/* Blocks of a run lie alike in both files: what is between its first and its
 * last is shared, unless that is hardly worth it. */
static void
share(struct donor *d, struct target *t, const struct stage_piece *piece)
{
	uint64_t end = piece->at, from;

	t->shared = t->shared_end = 0;
	if (d->fd < 0 || d->no_sharing ||
	    piece->at % SHARE_BLOCK != piece->from_at % SHARE_BLOCK)
		return;
	for (uint32_t i = 0; i < piece->n; i++)
		end += t->it->list->v.items[piece->first + i].len;
	from = (piece->at + SHARE_BLOCK - 1) / SHARE_BLOCK * SHARE_BLOCK;
	end = end / SHARE_BLOCK * SHARE_BLOCK;
	if (end < from + SHARE_LEAST)
		return;
	if (host_clone(d->h, d->fd, piece->from_at + (from - piece->at), t->fd,
		from, end - from) < 0) {
		d->no_sharing = true;
		return;
	}
	t->shared = from;
	t->shared_end = end;
}

/* Checks a chunk that is shared; takes it away again if it is wrong, for
 * what comes instead may leave holes. */
static int
check_shared(struct donor *d, struct target *t, const struct chunk *chunk,
    uint64_t at, bool *out_good)
{
	int64_t n = host_read_at(d->h, t->fd, d->p, chunk->len, at);
	struct name name;

	if (n < 0)
		return (int)n;
	name_chunk(span_of(d->p, (size_t)n), &name);
	*out_good = name_equal(&name, &chunk->name);
	if (*out_good)
		return 0;
	memset(d->p, 0, chunk->len);
	return host_write_at(d->h, t->fd, d->p, chunk->len, at);
}

static int
write_checked(struct donor *d, struct target *t, const struct chunk *chunk,
    uint64_t at, uint64_t from, bool *out_good)
{
	struct span bytes;
	struct name name;

	*out_good = donor_get(d, from, chunk->len, &bytes);
	if (*out_good) {
		name_chunk(bytes, &name);
		*out_good = name_equal(&name, &chunk->name);
	}
	if (!*out_good)
		return 0;
	/* Over what is shared holes do not count. */
	if (at < t->shared_end && at + chunk->len > t->shared)
		return host_write_at(d->h, t->fd, bytes.p, bytes.len, at);
	return apply_write_sparse(d->h, t->fd, bytes, at, t->it->size);
}

static int
put_piece(struct donor *d, struct stage_item *it,
    const struct stage_piece *piece, int fd)
{
	struct target t = {.it = it, .fd = fd};
	uint64_t at = piece->at;
	uint64_t from = piece->from_at;
	int rc = 0;

	assert(piece->first <= it->list->v.n &&
	       piece->n <= it->list->v.n - piece->first);
	share(d, &t, piece);
	for (uint32_t i = piece->first; i < piece->first + piece->n; i++) {
		const struct chunk *chunk = &it->list->v.items[i];
		bool good = false;

		if (at >= t.shared && at + chunk->len <= t.shared_end)
			rc = check_shared(d, &t, chunk, at, &good);
		else
			rc = write_checked(d, &t, chunk, at, from, &good);
		if (rc == 0 && !good)
			rc = VEC_PUSH(&it->failed, i);
		if (rc < 0)
			return rc;
		at += chunk->len;
		from += chunk->len;
	}
	return 0;
}

/* What is written nowhere is a hole; only where it ends the file that has to
 * be said. All that is written lies within the size, by whichever job. */
static int
put_hole(const struct host *h, const struct stage_item *it,
    const struct stage_piece *piece, int fd)
{
	return piece->first + piece->n == it->list->v.n
		   ? host_truncate(h, fd, it->size)
		   : 0;
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
	rc = host_open(s->h, s->place->stage, name,
	    HOST_READ | HOST_WRITE | HOST_CREATE, &fd);
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
			rc = piece->hole ? put_hole(s->h, it, piece, fd)
					 : put_piece(&d, it, piece, fd);
	}
	free(d.p);
	if (d.fd >= 0)
		host_close(s->h, d.fd);
	host_close(s->h, fd);
	return rc;
}
