/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/model/chunks_internal.h"

struct differ {
	const struct chunk_list *base;
	const struct chunk_list *list;
	struct wire_writer w;
	const struct chunk **order; /* base's chunks by name; NULL: not yet */
	size_t literal; /* where in list the literal not yet written starts */
	size_t expect; /* the index in base that would fit an edit in place */
	size_t copies; /* chunks that may still be copied */
};

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
	wire_put_varint(&d->w, (uint64_t)n << 1);
	for (; d->literal < end; d->literal++)
		chunks_put(&d->w, &d->list->v.items[d->literal]);
}

/* Writes a copy for chunk i of list, from base index from; gives its n. */
static size_t
put_copy(struct differ *d, size_t i, size_t from)
{
	size_t n = 0;

	while (
	    n < d->copies && i + n < d->list->v.n && from + n < d->base->v.n &&
	    chunks_same(&d->list->v.items[i + n], &d->base->v.items[from + n]))
		n++;
	put_literal(d, i);
	wire_put_varint(&d->w, (uint64_t)n << 1 | 1);
	wire_put_varint(&d->w, from);
	d->copies -= n;
	d->literal = i + n;
	d->expect = from + n;
	return n;
}

int
chunks_diff(const struct chunk_list *base, const struct chunk_list *list,
    struct buf *out)
{
	struct differ d = {
	    .base = base,
	    .list = list,
	    .w = wire_writer_of(out),
	    .copies = base->v.n + CHUNKS_COPIES_EXTRA,
	};
	int rc = 0;

	wire_put_varint(&d.w, list->size);
	for (size_t i = 0, from; i < list->v.n && d.copies > 0;) {
		rc = find(&d, &list->v.items[i], &from);
		if (rc < 0)
			goto out;
		if (from < base->v.n) {
			i += put_copy(&d, i, from);
		} else {
			i++;
			d.expect++;
		}
	}
	put_literal(&d, list->v.n);
	rc = wire_writer_end(&d.w);
out:
	free(d.order);
	return rc;
}

/* What a patch may not do again, or may not do without end. */
struct patcher {
	const struct chunk_list *base;
	struct chunk_list list;
	bool after_literal;
	bool after_copy;
	uint64_t next; /* the index in base that follows the last copy */
	uint64_t copies; /* chunks that may still be copied */
};

static int
get_literal(struct patcher *p, struct wire_reader *r, uint64_t n)
{
	if (p->after_literal || !wire_fits(r, n, CHUNKS_WIRE_MIN))
		return ERR_GRAMMAR;
	for (uint64_t i = 0; i < n; i++) {
		struct chunk chunk = chunks_get(r);
		int rc = chunks_add(&p->list, &chunk);

		if (rc < 0)
			return rc;
	}
	p->after_literal = true;
	p->after_copy = false;
	return 0;
}

static int
get_copy(struct patcher *p, struct wire_reader *r, uint64_t n)
{
	uint64_t from = wire_varint(r, LIMIT_CHUNKS);

	if (r->failed || from > p->base->v.n || n > p->base->v.n - from ||
	    n > p->copies || (p->after_copy && from == p->next))
		return ERR_GRAMMAR;
	for (uint64_t i = 0; i < n; i++) {
		int rc = chunks_add(&p->list, &p->base->v.items[from + i]);

		if (rc < 0)
			return rc;
	}
	p->copies -= n;
	p->next = from + n;
	p->after_literal = false;
	p->after_copy = true;
	return 0;
}

static int
get_step(struct patcher *p, struct wire_reader *r)
{
	uint64_t step = wire_varint(r, (uint64_t)LIMIT_CHUNKS << 1 | 1);

	if (step >> 1 == 0)
		return ERR_GRAMMAR;
	return step & 1 ? get_copy(p, r, step >> 1)
			: get_literal(p, r, step >> 1);
}

int
chunks_patch(const struct chunk_list *base, struct span bytes,
    struct chunk_list *out_list)
{
	struct wire_reader r = wire_reader_of(bytes);
	uint64_t size = wire_varint(&r, LIMIT_FILE_BYTES);
	struct patcher p = {
	    .base = base,
	    .copies = base->v.n + CHUNKS_COPIES_EXTRA,
	};
	int rc = 0;

	while (rc == 0 && r.len > 0 && !r.failed)
		rc = get_step(&p, &r);
	if (rc == ERR_LIMIT)
		rc = ERR_GRAMMAR;
	if (rc == 0)
		rc = wire_end(&r);
	if (rc == 0 && !chunks_sound(&p.list, size))
		rc = ERR_GRAMMAR;
	if (rc < 0)
		chunks_release(&p.list);
	else
		*out_list = p.list;
	return rc;
}
