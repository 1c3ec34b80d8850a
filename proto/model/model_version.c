/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of a version, PROTOCOL.md "Version records":
 *
 *	u8	kind, and 8 when it is an untouched conflict copy, and 16 when
 *		it has metadata
 *	string	path
 *	bytes	device
 *	dot	replica u64, counter varint
 *	...	what the kind has, below
 *	string	metadata (meta.h), if it has any
 *	vector	without the entry of the dot's replica, which is the dot
 *
 *	file	bits varint, size varint, mtime u64, content name
 *	dir	bits varint
 *	symlink	mtime u64, target string
 *	gone	count varint, content names in ascending order
 */
#include "proto/model/model_internal.h"

#include <string.h>

#include "proto/base/path.h"

enum {
	KIND_MASK = 7,
	FLAG_COPY = 8,
	FLAG_META = 16,
	BITS_MAX = 0777,
};

struct kind_fields {
	bool bits, size, mtime, content, target, deleted, meta;
};

/*
 * What each kind has in its record. All else is zero in a version, but for
 * the content of symlinks and directories, which follows from what they are.
 */
static const struct kind_fields kinds[] = {
    [KIND_FILE] = {.bits = true,
	.size = true,
	.mtime = true,
	.content = true,
	.meta = true},
    [KIND_DIR] = {.bits = true, .meta = true},
    [KIND_SYMLINK] = {.mtime = true, .target = true},
    [KIND_GONE] = {.deleted = true},
};

static const struct kind_fields *
fields_of(unsigned kind)
{
	if (kind < KIND_FILE || kind > KIND_GONE)
		return NULL;
	return &kinds[kind];
}

static struct span
name_span(const struct name *names, size_t n)
{
	return span_of(names, n * sizeof *names);
}

/* ---- to bytes ------------------------------------------------------------ */

static void
put_fields(struct wire_writer *w, const struct version *v)
{
	const struct kind_fields *has = fields_of(v->kind);

	if (has->bits)
		wire_put_varint(w, v->bits);
	if (has->size)
		wire_put_varint(w, v->size);
	if (has->mtime)
		wire_put_u64(w, (uint64_t)v->mtime_ns);
	if (has->target)
		wire_put_string(w, v->target);
	if (has->content)
		wire_put_bytes(w, name_span(&v->content, 1));
	if (has->deleted) {
		wire_put_varint(w, v->n_deleted);
		wire_put_bytes(w, name_span(v->deleted, v->n_deleted));
	}
}

static uint8_t
form_of(const struct version *v)
{
	bool meta = fields_of(v->kind)->meta && v->meta.len > 0;

	return (uint8_t)(v->kind | (v->copy ? FLAG_COPY : 0) |
			 (meta ? FLAG_META : 0));
}

static void
put_others(struct wire_writer *w, const struct version *v)
{
	bool own = vector_get(&v->vector, v->dot.replica) > 0;

	wire_put_varint(w, v->vector.v.n - (own ? 1 : 0));
	VEC_EACH (&v->vector.v, entry)
		if (entry->replica != v->dot.replica)
			model_put_dot(w, *entry);
}

static int
encode(const struct version *v, struct buf *out)
{
	struct wire_writer w = wire_writer_of(out);
	uint8_t form = form_of(v);

	wire_put_u8(&w, form);
	wire_put_string(&w, v->path);
	wire_put_bytes(&w, span_of(v->device, DEVICE_BYTES));
	model_put_dot(&w, v->dot);
	put_fields(&w, v);
	if (form & FLAG_META)
		wire_put_string(&w, v->meta);
	put_others(&w, v);
	return wire_writer_end(&w);
}

/* What a description may exceed; all else is the parser's to find. */
static bool
over_limit(const struct version *d)
{
	return d->path.len > LIMIT_PATH_BYTES ||
	       d->target.len > LIMIT_TARGET_BYTES ||
	       d->n_deleted > LIMIT_DELETED_NAMES ||
	       d->meta.len > LIMIT_META_BYTES ||
	       d->size > (uint64_t)LIMIT_FILE_BYTES ||
	       d->dot.counter > (uint64_t)LIMIT_COUNTER ||
	       d->vector.v.n > LIMIT_VECTOR_ENTRIES;
}

int
version_new(const struct version *described, struct version **out_version)
{
	struct buf record;
	int rc;

	if (fields_of(described->kind) == NULL ||
	    vector_get(&described->vector, described->dot.replica) !=
		described->dot.counter)
		return ERR_GRAMMAR;
	if (over_limit(described))
		return ERR_LIMIT;
	buf_init(&record, LIMIT_RECORD_BYTES);
	rc = encode(described, &record);
	if (rc == 0)
		rc = version_parse(buf_span(&record), out_version);
	buf_release(&record);
	return rc;
}

/* ---- from bytes ---------------------------------------------------------- */

static const struct name *
get_names(struct wire_reader *r, size_t *out_n)
{
	size_t n = (size_t)wire_varint(r, LIMIT_DELETED_NAMES);
	const struct name *names =
	    (const struct name *)wire_bytes(r, n * sizeof *names).p;

	if (r->failed)
		return NULL;
	for (size_t i = 1; i < n; i++)
		if (name_compare(&names[i - 1], &names[i]) >= 0)
			wire_fail(r);
	*out_n = n;
	return names;
}

static void
get_fields(struct wire_reader *r, struct version *v)
{
	const struct kind_fields *has = fields_of(v->kind);

	if (has == NULL || (v->copy && v->kind != KIND_FILE)) {
		wire_fail(r);
		return;
	}
	if (has->bits)
		v->bits = (uint16_t)wire_varint(r, BITS_MAX);
	if (has->size)
		v->size = wire_varint(r, LIMIT_FILE_BYTES);
	if (has->mtime)
		v->mtime_ns = (int64_t)wire_u64(r);
	if (has->target) {
		v->target = wire_string(r, LIMIT_TARGET_BYTES);
		if (v->target.len == 0 ||
		    memchr(v->target.p, 0, v->target.len) != NULL)
			wire_fail(r);
	}
	if (has->content)
		wire_copy(r, v->content.b, sizeof v->content.b);
	if (v->kind == KIND_DIR)
		name_dir(&v->content);
	if (v->kind == KIND_SYMLINK)
		name_symlink(v->target, &v->content);
	if (has->deleted)
		v->deleted = get_names(r, &v->n_deleted);
}

static void
get_meta(struct wire_reader *r, struct version *v)
{
	const struct kind_fields *has = fields_of(v->kind);

	v->meta = wire_string(r, LIMIT_META_BYTES);
	if (has == NULL || !has->meta ||
	    !meta_valid(v->meta, v->kind == KIND_DIR))
		wire_fail(r);
}

/*
 * Reads all but the vector's entries, whose number, the dot included, goes
 * to v->vector.v.n. Spans are borrowed from what is read.
 */
static void
get_head(struct wire_reader *r, struct version *v)
{
	uint8_t form = wire_u8(r);

	v->kind = form & KIND_MASK;
	v->copy = form & FLAG_COPY;
	if (form & ~(KIND_MASK | FLAG_COPY | FLAG_META))
		wire_fail(r);
	v->path = wire_string(r, LIMIT_PATH_BYTES);
	if (!path_valid(v->path))
		wire_fail(r);
	wire_copy(r, v->device, DEVICE_BYTES);
	v->dot = model_get_dot(r);
	get_fields(r, v);
	if (form & FLAG_META)
		get_meta(r, v);
	v->vector.v.n = wire_varint(r, LIMIT_VECTOR_ENTRIES - 1) + 1;
	(void)wire_fits(r, v->vector.v.n - 1, MODEL_DOT_BYTES_MIN);
}

/* Reads the other entries into items, the dot where it belongs. */
static void
get_vector(struct wire_reader *r, const struct version *v, struct dot *items)
{
	size_t n = v->vector.v.n;
	bool own = false;
	struct dot next;

	for (size_t i = 0; i < n; i++) {
		if (!own && i == n - 1) {
			items[i] = v->dot;
			break;
		}
		next = model_get_dot(r);
		if (!own && next.replica >= v->dot.replica) {
			items[i++] = v->dot;
			own = true;
		}
		items[i] = next;
	}
	/* The dot's own replica is not among the others either. */
	for (size_t i = 1; i < n; i++)
		if (items[i - 1].replica >= items[i].replica)
			wire_fail(r);
}

/* The same place in a copy of what it points into. */
static const void *
moved(const void *p, struct span from, const uint8_t *to)
{
	return p == NULL ? NULL : to + ((const uint8_t *)p - from.p);
}

/*
 * One block: the version, its vector, its record. The path and what else is
 * bytes lie in the record, so a version costs little more than its record.
 */
int
version_parse(struct span record, struct version **out_version)
{
	struct wire_reader r = wire_reader_of(record);
	struct version head = {.kind = KIND_NONE}, *v;
	uint8_t *bytes;
	int rc;

	if (record.len > LIMIT_RECORD_BYTES)
		return ERR_GRAMMAR;
	get_head(&r, &head);
	if (r.failed)
		return ERR_GRAMMAR;
	v = malloc(
	    sizeof *v + head.vector.v.n * sizeof(struct dot) + record.len);
	if (v == NULL)
		return -ENOMEM;
	*v = head;
	v->vector.v.items = (struct dot *)(v + 1);
	v->vector.v.cap = v->vector.v.n;
	get_vector(&r, v, v->vector.v.items);
	rc = wire_end(&r);
	if (rc < 0) {
		free(v);
		return rc;
	}
	bytes = (uint8_t *)(v->vector.v.items + v->vector.v.n);
	memcpy(bytes, record.p, record.len);
	v->record = span_of(bytes, record.len);
	v->path.p = moved(v->path.p, record, bytes);
	v->target.p = moved(v->target.p, record, bytes);
	v->meta.p = moved(v->meta.p, record, bytes);
	v->deleted = moved(v->deleted, record, bytes);
	*out_version = v;
	return 0;
}

void
version_free(struct version *v)
{
	free(v);
}

uint16_t
version_bits(const struct version *v, unsigned classes)
{
	return classes & META_ACL ? v->bits : meta_bits(v->meta, v->bits);
}

int
version_copy(const struct version *v, struct version **out_copy)
{
	return version_parse(v->record, out_copy) == 0 ? 0 : -ENOMEM;
}

bool
version_supersedes(const struct version *x, const struct version *y)
{
	return vector_covers(&x->vector, y->dot);
}
