/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/model/model_internal.h"

#include <string.h>

static int
compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int
dot_compare(struct dot a, struct dot b)
{
	int order = compare(a.replica, b.replica);

	return order != 0 ? order : compare(a.counter, b.counter);
}

bool
dot_equal(struct dot a, struct dot b)
{
	return a.replica == b.replica && a.counter == b.counter;
}

void
vector_release(struct vector *vv)
{
	VEC_RELEASE(&vv->v);
}

/* The index of the first entry whose replica is not below this one. */
static size_t
find(const struct vector *vv, uint64_t replica)
{
	size_t low = 0, high = vv->v.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (vv->v.items[mid].replica < replica)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

uint64_t
vector_get(const struct vector *vv, uint64_t replica)
{
	size_t i = find(vv, replica);

	if (i < vv->v.n && vv->v.items[i].replica == replica)
		return vv->v.items[i].counter;
	return 0;
}

bool
vector_covers(const struct vector *vv, struct dot dot)
{
	return dot.counter <= vector_get(vv, dot.replica);
}

bool
vector_includes(const struct vector *a, const struct vector *b)
{
	size_t i = 0;

	VEC_EACH (&b->v, entry) {
		while (i < a->v.n && a->v.items[i].replica < entry->replica)
			i++;
		if (i == a->v.n || a->v.items[i].replica != entry->replica ||
		    a->v.items[i].counter < entry->counter)
			return false;
	}
	return true;
}

bool
vector_equal(const struct vector *a, const struct vector *b)
{
	if (a->v.n != b->v.n)
		return false;
	for (size_t i = 0; i < a->v.n; i++)
		if (!dot_equal(a->v.items[i], b->v.items[i]))
			return false;
	return true;
}

/* Makes room for more entries: 0, or -ENOMEM with nothing changed. */
static int
reserve(struct vector *vv, size_t more)
{
	size_t cap = vv->v.n + more;
	struct dot *items;

	if (cap <= vv->v.cap)
		return 0;
	items = reallocarray(vv->v.items, cap, sizeof *items);
	if (items == NULL)
		return -ENOMEM;
	vv->v.items = items;
	vv->v.cap = cap;
	return 0;
}

int
vector_raise(struct vector *vv, struct dot dot)
{
	size_t i = find(vv, dot.replica);
	struct dot *at;

	if (vector_covers(vv, dot))
		return 0;
	if (i == vv->v.n || vv->v.items[i].replica != dot.replica) {
		/* A vector that is raised once is raised again: double. */
		if (VEC_GROW(&vv->v) < 0)
			return -ENOMEM;
		at = vv->v.items + i;
		memmove(at + 1, at, (vv->v.n - i) * sizeof *at);
		vv->v.n++;
	}
	vv->v.items[i] = dot;
	return 0;
}

void
vector_lower(struct vector *vv, struct dot dot)
{
	size_t i = find(vv, dot.replica);

	if (vector_get(vv, dot.replica) <= dot.counter)
		return;
	vv->v.items[i] = dot;
	if (dot.counter > 0)
		return;
	vv->v.n--;
	memmove(vv->v.items + i, vv->v.items + i + 1,
	    (vv->v.n - i) * sizeof *vv->v.items);
}

/* The number of replicas in b that a does not name. */
static size_t
count_missing(const struct vector *a, const struct vector *b)
{
	size_t i = 0, n = 0;

	VEC_EACH (&b->v, entry) {
		while (i < a->v.n && a->v.items[i].replica < entry->replica)
			i++;
		if (i == a->v.n || a->v.items[i].replica != entry->replica)
			n++;
	}
	return n;
}

int
vector_join(struct vector *vv, const struct vector *other)
{
	size_t missing = count_missing(vv, other);
	size_t i = vv->v.n, j = other->v.n, at = i + missing;
	struct dot *a, *b;

	if (reserve(vv, missing) < 0)
		return -ENOMEM;
	/* From the back, so that no entry is overwritten before it moved. */
	while (j > 0) {
		a = i > 0 ? &vv->v.items[i - 1] : NULL;
		b = &other->v.items[j - 1];
		if (a != NULL && a->replica > b->replica) {
			vv->v.items[--at] = *a;
			i--;
		} else if (a != NULL && a->replica == b->replica) {
			vv->v.items[--at] = a->counter > b->counter ? *a : *b;
			i--;
			j--;
		} else {
			vv->v.items[--at] = *b;
			j--;
		}
	}
	vv->v.n += missing;
	return 0;
}

int
vector_copy(const struct vector *vv, struct vector *out_copy)
{
	if (reserve(out_copy, vv->v.n) < 0)
		return -ENOMEM;
	if (vv->v.n > 0)
		memcpy(out_copy->v.items, vv->v.items,
		    vv->v.n * sizeof *vv->v.items);
	out_copy->v.n = vv->v.n;
	return 0;
}

void
model_put_dot(struct wire_writer *w, struct dot dot)
{
	wire_put_u64(w, dot.replica);
	wire_put_varint(w, dot.counter);
}

struct dot
model_get_dot(struct wire_reader *r)
{
	struct dot dot = {.replica = wire_u64(r)};

	dot.counter = wire_varint(r, LIMIT_COUNTER);
	if (dot.counter == 0)
		wire_fail(r);
	return dot;
}

void
vector_put(struct wire_writer *w, const struct vector *vv)
{
	wire_put_varint(w, vv->v.n);
	VEC_EACH (&vv->v, entry)
		model_put_dot(w, *entry);
}

int
vector_get_wire(struct wire_reader *r, size_t max, struct vector *out)
{
	size_t n = (size_t)wire_varint(r, max);
	struct dot *items;

	if (!wire_fits(r, n, MODEL_DOT_BYTES_MIN))
		return ERR_GRAMMAR;
	if (reserve(out, n) < 0)
		return -ENOMEM;
	items = out->v.items;
	for (size_t i = 0; i < n && !r->failed; i++) {
		items[i] = model_get_dot(r);
		if (i > 0 && items[i].replica <= items[i - 1].replica)
			wire_fail(r);
	}
	if (r->failed) {
		vector_release(out);
		return ERR_GRAMMAR;
	}
	out->v.n = n;
	return 0;
}
