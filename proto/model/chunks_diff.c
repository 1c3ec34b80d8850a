/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/model/chunks_internal.h"

enum step { STEP_LITERAL, STEP_COPY, STEP_REPEAT, STEPS };

struct differ {
	const struct chunk_list *base;
	const struct chunk_list *list;
	struct wire_writer w;
	const struct chunk **order; /* base's chunks by name; NULL: not yet */
	size_t literal; /* where in list the literal not yet written starts */
	size_t expect; /* the index in base that would fit an edit in place */
	size_t end; /* the first chunk of list that is not in this patch */
};

static void
put_step(struct differ *d, enum step step, size_t n)
{
	wire_put_varint(&d->w, (uint64_t)n << 2 | step);
}

static int
order_compare(const void *a, const void *b)
{
	const struct chunk *x = *(const struct chunk *const *)a;
	const struct chunk *y = *(const struct chunk *const *)b;
	int c = name_compare(&x->name, &y->name);

	return c != 0 ? c : (x > y) - (x < y);
}

static int
order_base(struct differ *d)
{
	size_t n = d->base->v.n;

	d->order = malloc((n + 1) * sizeof *d->order);
	if (d->order == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		d->order[i] = &d->base->v.items[i];
	qsort(d->order, n, sizeof *d->order, order_compare);
	return 0;
}

/* Gives the first index in base of that chunk, or base's n. -ENOMEM. */
static int
find(struct differ *d, const struct chunk *chunk, size_t *out_index)
{
	const struct chunk *items = d->base->v.items;
	size_t n = d->base->v.n, low = 0, high = n;

	*out_index = n;
	if (d->expect < n && chunks_same(&items[d->expect], chunk)) {
		*out_index = d->expect;
		return 0;
	}
	if (d->order == NULL && order_base(d) < 0)
		return -ENOMEM;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (name_compare(&d->order[mid]->name, &chunk->name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < n && chunks_same(d->order[low], chunk))
		*out_index = (size_t)(d->order[low] - items);
	return 0;
}

/* Writes the literal that ends before chunk number end of list. */
static void
put_literal(struct differ *d, size_t end)
{
	size_t n = end - d->literal;

	if (n == 0)
		return;
	put_step(d, STEP_LITERAL, n);
	for (; d->literal < end; d->literal++)
		chunks_put(&d->w, &d->list->v.items[d->literal]);
}

/* How many chunks from number i of list on base has from one of its own on. */
static size_t
count_copies(const struct differ *d, size_t i, size_t from)
{
	size_t n = 0;

	while (
	    i + n < d->end && from + n < d->base->v.n &&
	    chunks_same(&d->list->v.items[i + n], &d->base->v.items[from + n]))
		n++;
	return n;
}

/* How many chunks from number i of list on are as the one before. */
static size_t
count_repeats(const struct differ *d, size_t i)
{
	const struct chunk *items = d->list->v.items;
	size_t n = 0;

	while (i > 0 && i + n < d->end &&
	       chunks_same(&items[i + n], &items[i - 1]))
		n++;
	return n;
}

/* Writes the step for chunk number i, unless that is literal: gives its n. */
static int
put_next(struct differ *d, size_t i, size_t *out_n)
{
	size_t repeats = count_repeats(d, i), copies, from;
	int rc = find(d, &d->list->v.items[i], &from);

	if (rc < 0)
		return rc;
	copies = count_copies(d, i, from);
	*out_n = copies < repeats ? repeats : copies;
	if (*out_n == 0) {
		d->expect++;
		*out_n = 1;
		return 0;
	}
	put_literal(d, i);
	if (copies < repeats) {
		put_step(d, STEP_REPEAT, repeats);
		d->expect += repeats;
	} else {
		put_step(d, STEP_COPY, copies);
		wire_put_varint(&d->w, from);
		d->expect = from + copies;
	}
	d->literal = i + *out_n;
	return 0;
}

int
chunks_diff(const struct chunk_list *base, const struct chunk_list *list,
    size_t first, struct buf *out)
{
	size_t left = list->v.n - first, n;
	struct differ d = {
	    .base = base,
	    .list = list,
	    .w = wire_writer_of(out),
	    .literal = first,
	    .expect = first,
	    .end =
		first + (left < LIMIT_LIST_CHUNKS ? left : LIMIT_LIST_CHUNKS),
	};
	int rc = 0;

	wire_put_varint(&d.w, list->size);
	for (size_t i = first; rc == 0 && i < d.end; i += n)
		rc = put_next(&d, i, &n);
	if (rc == 0) {
		put_literal(&d, d.end);
		rc = wire_writer_end(&d.w);
	}
	free(d.order);
	return rc;
}

/* What a patch may not do again, or may not do without end. */
struct patcher {
	const struct chunk_list *base;
	struct chunk_list *list;
	enum step before; /* STEPS: none */
	uint64_t next; /* the index in base that follows the last copy */
	uint64_t room; /* chunks that it may still make */
};

static int
get_literal(struct patcher *p, struct wire_reader *r, uint64_t n)
{
	int rc = 0;

	if (p->before == STEP_LITERAL || !wire_fits(r, n, CHUNKS_WIRE_MIN))
		return ERR_GRAMMAR;
	for (uint64_t i = 0; rc == 0 && i < n; i++) {
		struct chunk chunk = chunks_get(r);

		rc = chunks_add(p->list, &chunk);
	}
	return rc;
}

static int
get_copy(struct patcher *p, struct wire_reader *r, uint64_t n)
{
	uint64_t from = wire_varint(r, LIMIT_CHUNKS);
	int rc = 0;

	if (r->failed || from > p->base->v.n || n > p->base->v.n - from ||
	    (p->before == STEP_COPY && from == p->next))
		return ERR_GRAMMAR;
	for (uint64_t i = 0; rc == 0 && i < n; i++)
		rc = chunks_add(p->list, &p->base->v.items[from + i]);
	p->next = from + n;
	return rc;
}

static int
get_repeat(struct patcher *p, uint64_t n)
{
	struct chunk chunk;
	int rc = 0;

	if (p->before == STEP_REPEAT || p->list->v.n == 0)
		return ERR_GRAMMAR;
	chunk = p->list->v.items[p->list->v.n - 1];
	for (uint64_t i = 0; rc == 0 && i < n; i++)
		rc = chunks_add(p->list, &chunk);
	return rc;
}

static int
get_step(struct patcher *p, struct wire_reader *r)
{
	uint64_t word = wire_varint(r, LIMIT_LIST_CHUNKS << 2 | STEP_REPEAT);
	uint64_t n = word >> 2;
	int rc;

	if (n == 0 || n > p->room)
		return ERR_GRAMMAR;
	p->room -= n;
	switch (word & 3) {
	case STEP_LITERAL:
		rc = get_literal(p, r, n);
		break;
	case STEP_COPY:
		rc = get_copy(p, r, n);
		break;
	case STEP_REPEAT:
		rc = get_repeat(p, n);
		break;
	default:
		return ERR_GRAMMAR;
	}
	p->before = word & 3;
	return rc;
}

uint64_t
chunks_patch_size(struct span bytes)
{
	struct wire_reader r = wire_reader_of(bytes);

	return wire_varint(&r, LIMIT_FILE_BYTES);
}

int
chunks_patch(const struct chunk_list *base, struct span bytes, uint64_t size,
    struct chunk_list *list)
{
	struct wire_reader r = wire_reader_of(bytes);
	const uint64_t was = list->size;
	const size_t n = list->v.n;
	struct patcher p = {
	    .base = base,
	    .list = list,
	    .before = STEPS,
	    .room = LIMIT_LIST_CHUNKS,
	};
	int rc = wire_varint(&r, LIMIT_FILE_BYTES) == size ? 0 : ERR_GRAMMAR;

	while (rc == 0 && r.len > 0 && !r.failed)
		rc = get_step(&p, &r);
	if (rc == ERR_LIMIT)
		rc = ERR_GRAMMAR;
	if (rc == 0)
		rc = wire_end(&r);
	if (rc == 0 && (list->size > size || (list->v.n == n && was < size) ||
			   (size <= LIMIT_SMALL_FILE_BYTES && list->v.n > 1)))
		rc = ERR_GRAMMAR;
	if (rc < 0) {
		list->v.n = n;
		list->size = was;
	}
	return rc;
}
