/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/model/model_test.h"

#include <stdio.h>

uint64_t
test_random(uint64_t *seed, uint64_t n)
{
	uint64_t x = *seed += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return n == 0 ? x ^ x >> 31 : (x ^ x >> 31) % n;
}

struct name
test_name(const char *text)
{
	struct name name;

	name_chunk(span_str(text), &name);
	return name;
}

struct version *
test_version(const struct version *described)
{
	struct version *v = NULL;

	HOLDS(version_new(described, &v) == 0);
	return v;
}

struct version *
test_file(struct dot dot, const char *content, int64_t mtime)
{
	return test_version(&(struct version){
	    .path = SPAN_LIT("a"),
	    .kind = KIND_FILE,
	    .bits = 0644,
	    .mtime_ns = mtime,
	    .content = test_name(content),
	    .dot = dot,
	    .vector = {{&dot, 1, 1}},
	});
}

/* ---- any version --------------------------------------------------------- */

static struct span
random_path(uint64_t *seed, uint8_t *bytes, size_t max)
{
	size_t len = 1 + test_random(seed, max);

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(1 + test_random(seed, 255));
	for (size_t i = 0; i < len; i++)
		if (bytes[i] == '/' || bytes[i] == '.')
			bytes[i] = 'x';
	for (size_t i = 1; i + 1 < len; i += 1 + test_random(seed, 255))
		if (bytes[i - 1] != '/')
			bytes[i] = '/';
	return span_of(bytes, len);
}

static int
by_name(const void *a, const void *b)
{
	return name_compare(a, b);
}

static void
random_fields(struct version *d, uint64_t *seed, struct name *names)
{
	char text[32];

	d->kind = (enum kind)(1 + test_random(seed, 4));
	d->copy = d->kind == KIND_FILE && test_random(seed, 4) == 0;
	d->bits = (uint16_t)test_random(seed, 01000);
	d->size = test_random(seed, 0) >> (14 + test_random(seed, 50));
	d->mtime_ns = (int64_t)test_random(seed, 0);
	snprintf(text, sizeof text, "%ju", (uintmax_t)test_random(seed, 99));
	d->content = test_name(text);
	d->deleted = names;
	d->n_deleted = test_random(seed, 4);
	for (size_t i = 0; i < d->n_deleted; i++) {
		snprintf(text, sizeof text, "%zu", i);
		names[i] = test_name(text);
	}
	qsort(names, d->n_deleted, sizeof *names, by_name);
}

/* Any metadata, of about three attributes and lists of two. */
static struct span
random_meta(uint64_t *seed, bool dir, struct buf *out)
{
	static const char *const words[] = {"a", "b", "bb", "c"};
	struct wire_writer w = meta_begin(out, META_ALL);
	struct meta_acl acl = {.group = 5, .mask = 7};
	struct buf list;

	buf_init(&list, 256);
	for (size_t i = 0; i < 4; i++)
		if (test_random(seed, 2) == 0)
			meta_put(
			    &w, &(struct meta_item){META_TAG_XATTR,
				    span_str(words[i]),
				    span_str(words[test_random(seed, 4)])});
	for (enum meta_tag t = META_TAG_ACCESS; t <= META_TAG_DEFAULT; t++) {
		struct wire_writer l = wire_writer_of(&list);

		if ((t == META_TAG_DEFAULT && !dir) || test_random(seed, 2))
			continue;
		buf_clear(&list);
		meta_acl_put(&l, t, &acl);
		for (uint8_t k = META_ACL_USER; k <= META_ACL_GROUP; k++)
			meta_acl_put_entry(
			    &l, &(struct meta_acl_entry){k,
				    (uint8_t)test_random(seed, 8),
				    span_str(words[test_random(seed, 4)])});
		meta_put(
		    &w, &(struct meta_item){t, {NULL, 0}, buf_span(&list)});
	}
	for (enum meta_tag t = META_TAG_USER; t <= META_TAG_GROUP; t++)
		if (test_random(seed, 2) == 0)
			meta_put(&w,
			    &(struct meta_item){t, {NULL, 0}, SPAN_LIT("ana")});
	HOLDS(wire_writer_end(&w) == 0);
	buf_release(&list);
	return buf_span(out);
}

struct version *
test_random_version(uint64_t *seed)
{
	struct buf meta;
	uint8_t path[64], target[64];
	struct name names[4];
	struct version d = {.kind = KIND_NONE}, *v;

	random_fields(&d, seed, names);
	d.path = random_path(seed, path, sizeof path);
	d.target = random_path(seed, target, sizeof target);
	for (size_t i = 0; i < DEVICE_BYTES; i++)
		d.device[i] = (uint8_t)test_random(seed, 256);
	for (size_t i = test_random(seed, 5) + 1; i > 0; i--) {
		d.dot.replica = test_random(seed, 0);
		d.dot.counter =
		    1 + (test_random(seed, 0) >> (2 + test_random(seed, 62)));
		HOLDS(vector_raise(&d.vector, d.dot) == 0);
	}
	buf_init(&meta, LIMIT_META_BYTES);
	if (test_random(seed, 2) == 0)
		d.meta = random_meta(seed, d.kind == KIND_DIR, &meta);
	v = test_version(&d);
	buf_release(&meta);
	vector_release(&d.vector);
	return v;
}

/* ---- honest histories ---------------------------------------------------- */

bool
test_add(struct version_set *set, const struct version *v)
{
	struct version *copy;
	bool new;

	HOLDS(version_copy(v, &copy) == 0);
	HOLDS(version_set_add(set, copy, NULL, &new) == 0);
	return new;
}

/* What a replica makes of what it knows. */
static struct version *
change(const struct version_set *known, struct dot dot, uint64_t *seed)
{
	struct version d = {.path = SPAN_LIT("a"), .dot = dot}, *v;
	struct name names[2] = {test_name("x"), test_name("y")};
	const char *contents[] = {"x", "y", "z", "u"};

	d.kind = (enum kind)(1 + test_random(seed, 4));
	d.mtime_ns = (int64_t)test_random(seed, 4) - 1;
	d.content = test_name(contents[test_random(seed, 4)]);
	d.copy = d.kind == KIND_FILE && test_random(seed, 4) == 0;
	d.target = SPAN_LIT("t");
	qsort(names, 2, sizeof *names, by_name);
	d.deleted = names + test_random(seed, 2);
	d.n_deleted = 1;
	/* Never without what it made itself, which its dot covers. */
	VEC_EACH (&known->v, it)
		if (vector_get(&(*it)->vector, dot.replica) > 0 ||
		    test_random(seed, 2) == 0)
			HOLDS(vector_join(&d.vector, &(*it)->vector) == 0);
	HOLDS(vector_raise(&d.vector, dot) == 0);
	v = test_version(&d);
	vector_release(&d.vector);
	return v;
}

void
test_history(struct history *h, uint64_t *seed, size_t n)
{
	enum { REPLICAS = 4 };
	struct version_set known[REPLICAS] = {0};

	h->n = 0;
	while (h->n < n) {
		size_t r = test_random(seed, REPLICAS);
		size_t s = test_random(seed, REPLICAS);

		if (r != s)
			VEC_EACH (&known[s].v, it)
				test_add(&known[r], *it);
		h->v[h->n] =
		    change(&known[r], (struct dot){7 * r, h->n + 1}, seed);
		test_add(&known[r], h->v[h->n++]);
	}
	for (size_t r = 0; r < REPLICAS; r++)
		version_set_release(&known[r]);
}

void
test_history_release(struct history *h)
{
	for (size_t i = 0; i < h->n; i++)
		version_free(h->v[i]);
	h->n = 0;
}

bool
test_sets_equal(const struct version_set *a, const struct version_set *b)
{
	if (a->v.n != b->v.n)
		return false;
	for (size_t i = 0; i < a->v.n; i++)
		if (!span_equal(a->v.items[i]->record, b->v.items[i]->record))
			return false;
	return true;
}

int
main(void)
{
	static run_tcase *const tcases[] = {model_vector_tcase,
	    model_version_tcase, model_set_tcase, model_conflict_tcase,
	    meta_tcase};

	return run_tests("proto/model", tcases, sizeof tcases / sizeof *tcases);
}
