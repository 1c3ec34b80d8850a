/* SPDX-License-Identifier: Apache-2.0 */
/* Large files: chunks from our own files first, then from peers. */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/chunk/chunk.h"

/* A chunk of the donor, for looking up by name. */
struct donated {
	struct name name;
	uint64_t at;
	uint32_t len;
};

static int
by_name(const void *a, const void *b)
{
	const struct donated *x = a, *y = b;

	return name_compare(&x->name, &y->name);
}

static void
item_init(struct stage_item *it, enum stage_what what, struct fetch *x)
{
	*it = (struct stage_item){.what = what, .id = x->id};
	it->size = x->size;
	it->bits = x->bits;
	it->mtime_ns = x->mtime_ns;
	it->content = x->content;
	it->list = &x->list;
	it->owner = x;
	buf_init(&it->bytes, LIMIT_IN_FLIGHT_BYTES);
	buf_init(&it->from, INDEX_PAST_NAME_BYTES);
}

/* Takes from a donor, whose chunks are sorted in d, every chunk that is
 * missing; runs that lie together in both become one piece. */
static int
match(struct fetch *x, const struct donated *d, size_t n, struct stage_item *it)
{
	struct stage_piece *last = NULL;
	uint64_t end = 0;

	for (size_t i = 0; i < x->list.v.n; i++) {
		const struct chunk *c = &x->list.v.items[i];
		struct donated key = {.name = c->name};
		const struct donated *hit =
		    bsearch(&key, d, n, sizeof *d, by_name);
		struct stage_piece piece;

		if (x->have[i] != CHUNK_MISSING || hit == NULL ||
		    hit->len != c->len)
			continue;
		x->have[i] = CHUNK_COMING;
		if (last != NULL && last->first + last->n == i &&
		    end == hit->at) {
			last->n++;
			end += c->len;
			continue;
		}
		piece = (struct stage_piece){.at = x->offsets[i],
		    .from_at = hit->at,
		    .first = (uint32_t)i,
		    .n = 1};
		if (VEC_PUSH(&it->pieces, piece) < 0)
			return -ENOMEM;
		last = &it->pieces.items[it->pieces.n - 1];
		end = hit->at + c->len;
	}
	return 0;
}

/* Lets the file that the item is from, of this list, donate; takes what the
 * item owns. */
static int
donate_to(struct folder *f, struct fetch *x, struct stage_item *it,
    const struct chunk_list *list)
{
	struct donated *d = calloc(list->v.n + 1, sizeof *d);
	uint64_t at = 0;
	int rc = -ENOMEM;

	if (d == NULL)
		goto out;
	for (size_t i = 0; i < list->v.n; i++) {
		const struct chunk *c = &list->v.items[i];

		d[i] = (struct donated){c->name, at, c->len};
		at += c->len;
	}
	qsort(d, list->v.n, sizeof *d, by_name);
	rc = match(x, d, list->v.n, it);
	if (rc == 0 && it->pieces.n > 0) {
		rc = folder_stage(f, it);
		*it = (struct stage_item){0}; /* taken */
	}
out:
	VEC_RELEASE(&it->pieces);
	buf_release(&it->from);
	free(d);
	return rc;
}

int
folder_pieces_donate(struct folder *f, struct fetch *x, struct span path,
    const struct observation *disk, const struct chunk_list *list)
{
	struct stage_item it;
	int rc;

	item_init(&it, STAGE_PIECES, x);
	it.expect = *disk;
	rc = buf_add(&it.from, path);
	return rc < 0 ? rc : donate_to(f, x, &it, list);
}

/* What zeros a file of this list is made of has one of two lengths: that of
 * long runs, and that of the last chunk. */
struct zeros {
	struct chunk of[2];
};

static void
zeros_init(struct zeros *z, const struct chunk_list *list)
{
	z->of[0].len = chunk_params_for(list->size).max;
	z->of[1].len = list->v.items[list->v.n - 1].len;
	for (int i = 0; i < 2; i++)
		chunk_zeros_name(z->of[i].len, &z->of[i].name);
}

static bool
is_zeros(const struct zeros *z, const struct chunk *c)
{
	for (int i = 0; i < 2; i++)
		if (c->len == z->of[i].len &&
		    name_equal(&c->name, &z->of[i].name))
			return true;
	return false;
}

uint64_t
folder_pieces_data(const struct chunk_list *list)
{
	struct zeros zeros;
	uint64_t bytes = 0;

	if (list->v.n == 0)
		return 0;
	zeros_init(&zeros, list);
	VEC_EACH (&list->v, chunk)
		if (!is_zeros(&zeros, chunk))
			bytes += chunk->len;
	return bytes;
}

/* Runs of zeros need nobody: they become holes. */
static int
leave_holes(struct folder *f, struct fetch *x)
{
	struct stage_piece *last = NULL;
	struct stage_item it;
	struct zeros zeros;

	item_init(&it, STAGE_PIECES, x);
	zeros_init(&zeros, &x->list);
	for (uint32_t i = 0; i < x->list.v.n; i++) {
		struct stage_piece piece = {
		    .at = x->offsets[i], .first = i, .n = 1, .hole = true};

		if (!is_zeros(&zeros, &x->list.v.items[i]))
			continue;
		x->have[i] = CHUNK_COMING;
		if (last != NULL && last->first + last->n == i) {
			last->n++;
			continue;
		}
		if (VEC_PUSH(&it.pieces, piece) < 0) {
			VEC_RELEASE(&it.pieces);
			return -ENOMEM;
		}
		last = &it.pieces.items[it.pieces.n - 1];
	}
	if (it.pieces.n == 0)
		return 0;
	return folder_stage(f, &it);
}

/* Lets the file at path donate, if it shows content. */
static int
donate(struct folder *f, struct fetch *x, struct span path,
    const struct name *content)
{
	struct chunk_list list = {0};
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	if (rc < 0 || e.disk.kind != KIND_FILE ||
	    !name_equal(&e.disk.content, content))
		goto out;
	if (!chunk_same_band(e.disk.size, x->size)) {
		rc = folder_recut(f, x, path, &e.disk);
		goto out;
	}
	rc = index_chunks_get(f->index, content, &list);
	if (rc == 0)
		rc = folder_pieces_donate(f, x, path, &e.disk, &list);
out:
	entry_release(&e);
	chunks_release(&list);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

/* Lets a kept version of that content donate, if there is one. */
static int
donate_past(struct folder *f, struct fetch *x, const struct name *content)
{
	struct chunk_list list = {0};
	struct stage_item it;
	struct index_past p;
	int64_t id;
	int rc = index_past_find(f->index, content, &id);

	if (rc <= 0)
		return rc;
	rc = index_chunks_get(f->index, content, &list);
	if (rc < 0)
		return rc == ERR_NOTFOUND ? 0 : rc;
	item_init(&it, STAGE_PIECES, x);
	index_past_init(&p);
	rc = index_past_get(f->index, id, &p);
	it.from_past = id;
	if (rc == 0)
		rc = buf_add(&it.from, buf_span(&p.name));
	if (rc == 0)
		rc = donate_to(f, x, &it, &list);
	index_past_release(&p);
	chunks_release(&list);
	return rc;
}

/* Donors: what stands at the path, then whatever shares a sampled chunk. */
static int
ask_donors(struct folder *f, struct fetch *x)
{
	struct path_list paths;
	struct name content;
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, buf_span(&x->path), &e);
	if (rc == 0 && e.disk.kind == KIND_FILE)
		rc = donate(f, x, buf_span(&x->path), &e.disk.content);
	entry_release(&e);
	if (rc == 0)
		rc = index_find_donor(f->index, &x->list, &content);
	if (rc < 0)
		return rc == ERR_NOTFOUND ? 0 : rc;
	path_list_init(&paths);
	rc = index_find_content(f->index, &content, 1, &paths);
	if (rc == 0 && paths.v.n > 0)
		rc = donate(f, x, path_list_get(&paths, 0), &content);
	else if (rc == 0)
		rc = donate_past(f, x, &content);
	path_list_release(&paths);
	return rc;
}

static int
finish(struct folder *f, struct fetch *x)
{
	struct stage_item it;

	if (x->n_have < x->list.v.n || x->jobs > 0)
		return 0;
	item_init(&it, STAGE_FINISH, x);
	x->state = FETCH_STAGING;
	return folder_stage(f, &it);
}

int
folder_pieces_begin(struct folder *f, struct fetch *x)
{
	uint64_t bytes = folder_pieces_data(&x->list);
	int rc = folder_room(f, buf_span(&x->path), bytes);

	if (rc == 0)
		folder_fetch_drop(f, x);
	if (rc <= 0)
		return rc;
	folder_room_take(f, x, bytes);
	rc = chunks_offsets(&x->list, &x->offsets);
	if (rc < 0)
		return rc;
	x->have = calloc(x->list.v.n + 1, 1);
	if (x->have == NULL)
		return -ENOMEM;
	x->state = FETCH_PIECES;
	rc = leave_holes(f, x);
	return rc < 0 ? rc : ask_donors(f, x);
}

int
folder_pieces_came(struct folder *f, struct fetch *x,
    const struct msg_want_item *want, struct span bytes)
{
	struct stage_piece piece = {.first = want->first, .n = want->count};
	struct stage_item it;
	int rc;

	if (x->state != FETCH_PIECES)
		return 0;
	if (bytes.len != want->expected)
		return ERR_MISMATCH;
	item_init(&it, STAGE_PIECES, x);
	piece.at = x->offsets[want->first];
	rc = buf_add(&it.bytes, bytes);
	if (rc == 0)
		rc = VEC_PUSH(&it.pieces, piece);
	if (rc < 0) {
		buf_release(&it.bytes);
		return rc;
	}
	return folder_stage(f, &it);
}

/* A stage item of this content was written, for the most part. */
int
folder_pieces_done(
    struct folder *f, struct fetch *x, const struct stage_item *it)
{
	int rc = 0;

	VEC_EACH (&it->pieces, piece) {
		memset(x->have + piece->first, CHUNK_HERE, piece->n);
		x->n_have += piece->n;
	}
	VEC_EACH (&it->failed, at) {
		x->have[*at] = CHUNK_MISSING;
		x->n_have--;
		if (*at < x->from)
			x->from = *at;
	}
	if (it->failed.n > 0 && it->from_past != 0)
		rc = index_past_lost(f->index, it->from_past);
	else if (it->failed.n > 0 && it->from.len > 0)
		folder_look_at(f, buf_span(&it->from), false, true);
	if (it->failed.n > 0 && it->from.len == 0)
		x->verify = true;
	return rc < 0 ? rc : finish(f, x);
}
