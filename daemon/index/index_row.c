/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_row - an entry as the columns of its row.
 *
 * disk    NULL: absent. Else an observation and absent_since
 * base    NULL: none. Else an agreement and what was seen, in one byte when
 *         that is what the disk column says
 * intent  NULL: none. Else an agreement
 * known   NULL: none. Else for each version its dot, the first bytes of its
 *         content if that has a chunk list, and its record. The first two
 *         repeat what the record says, so that storing need not parse it
 */
#include <string.h>

#include "daemon/index/index_internal.h"

/* How an agreement names its version. */
enum { NAMES_NONE, NAMES_KNOWN, NAMES_RECORD };

/* What was seen at base: as the disk column says, or its own; and whether an
 * era follows, and what the disk shows is suspect. */
enum { SEEN_SAME, SEEN_OWN, SEEN_ERA = 2, SEEN_SUSPECT = 4, SEEN_BITS = 7 };

/* Beside its kind, in an observation's first byte. */
enum {
	TAG_KIND = 0x0f,
	TAG_META = 0x10, /* metadata was looked at, and follows */
	TAG_ZEROS = 0x20,
	TAG_NAMED = 0x40,
	TAG_RACY = 0x80,
};

/* What metadata was seen begins with the classes that were looked at and, in
 * the upper half, those of which there was anything. */
enum { META_SHIFT = 4 };

void
index_row_bufs_init(struct index_row_bufs *b)
{
	buf_init(&b->disk, INDEX_MAX_ROW_BYTES);
	buf_init(&b->base, INDEX_MAX_ROW_BYTES);
	buf_init(&b->intent, INDEX_MAX_ROW_BYTES);
	buf_init(&b->known, INDEX_MAX_ROW_BYTES);
}

void
index_row_bufs_release(struct index_row_bufs *b)
{
	buf_release(&b->disk);
	buf_release(&b->base);
	buf_release(&b->intent);
	buf_release(&b->known);
}

uint64_t
index_prefix(const struct name *content)
{
	struct wire_reader r = wire_reader_of(span_of(content->b, NAME_BYTES));

	return wire_u64(&r);
}

static uint64_t
large_prefix(const struct version *v)
{
	return v->kind == KIND_FILE && v->size > LIMIT_SMALL_FILE_BYTES
		   ? index_prefix(&v->content)
		   : 0;
}

/* ---- writing ------------------------------------------------------------- */

static void
put_meta(struct wire_writer *w, const struct meta_seen *m)
{
	unsigned any = 0;

	for (int i = 0; i < META_CLASSES; i++)
		any |= m->sums[i] != 0 ? 1U << i : 0;
	wire_put_u8(w, (uint8_t)(m->looked | any << META_SHIFT));
	for (int i = 0; i < META_CLASSES; i++)
		if (m->sums[i] != 0)
			wire_put_u64(w, m->sums[i]);
}

static void
get_meta(struct wire_reader *r, struct meta_seen *out)
{
	uint8_t both = wire_u8(r);

	out->looked = both & META_ALL;
	for (int i = 0; i < META_CLASSES; i++)
		if ((both >> META_SHIFT & 1U << i) != 0)
			out->sums[i] = wire_u64(r);
}

static void
put_observation(struct wire_writer *w, const struct observation *o)
{
	static const struct name none;
	bool named = !name_equal(&o->content, &none);

	wire_put_u8(
	    w, (uint8_t)(o->kind | (o->racy ? TAG_RACY : 0) |
			 (named ? TAG_NAMED : 0) | (o->zeros ? TAG_ZEROS : 0) |
			 (o->meta.looked != 0 ? TAG_META : 0)));
	wire_put_varint(w, o->bits);
	wire_put_varint(w, o->size);
	wire_put_signed(w, o->mtime_ns);
	wire_put_signed(w, o->ctime_ns);
	wire_put_varint(w, o->ino);
	if (named)
		wire_put_bytes(w, span_of(o->content.b, NAME_BYTES));
	if (o->meta.looked != 0)
		put_meta(w, &o->meta);
}

static bool
observation_equal(const struct observation *a, const struct observation *b)
{
	return a->kind == b->kind && a->racy == b->racy &&
	       a->zeros == b->zeros && a->bits == b->bits &&
	       a->size == b->size && a->mtime_ns == b->mtime_ns &&
	       a->ctime_ns == b->ctime_ns && a->ino == b->ino &&
	       name_equal(&a->content, &b->content) &&
	       meta_seen_equal(&a->meta, &b->meta);
}

static bool
observation_none(const struct observation *o)
{
	static const struct observation none;

	return observation_equal(o, &none);
}

static int
put_disk(struct buf *out, const struct entry *e)
{
	struct wire_writer w = wire_writer_of(out);

	buf_clear(out);
	if (observation_none(&e->disk) && e->absent_since_ns == 0)
		return 0;
	put_observation(&w, &e->disk);
	wire_put_signed(&w, e->absent_since_ns);
	return wire_writer_end(&w);
}

static void
put_named(struct wire_writer *w, const struct version *v,
    const struct version_set *known)
{
	const struct version *same;

	if (v == NULL) {
		wire_put_u8(w, NAMES_NONE);
		return;
	}
	same = version_set_find(known, v->dot);
	if (same != NULL && span_equal(same->record, v->record)) {
		wire_put_u8(w, NAMES_KNOWN);
		wire_put_u64(w, v->dot.replica);
		wire_put_varint(w, v->dot.counter);
		return;
	}
	wire_put_u8(w, NAMES_RECORD);
	wire_put_u64(w, large_prefix(v));
	wire_put_string(w, v->record);
}

static void
put_seen(
    struct wire_writer *w, const struct agreement *a, const struct entry *e)
{
	bool same = observation_equal(&a->seen, &e->disk);

	wire_put_u8(w, (uint8_t)((same ? SEEN_SAME : SEEN_OWN) |
				 (a->era != 0 ? SEEN_ERA : 0) |
				 (e->suspect ? SEEN_SUSPECT : 0)));
	if (!same)
		put_observation(w, &a->seen);
	if (a->era != 0)
		wire_put_varint(w, a->era);
}

static int
put_agreement(struct buf *out, const struct agreement *a, const struct entry *e,
    bool with_seen)
{
	struct wire_writer w = wire_writer_of(out);

	buf_clear(out);
	if (!a->present)
		return 0;
	put_named(&w, a->version, &e->known);
	if (with_seen)
		put_seen(&w, a, e);
	return wire_writer_end(&w);
}

static int
put_known(struct buf *out, const struct version_set *known)
{
	struct wire_writer w = wire_writer_of(out);

	buf_clear(out);
	VEC_EACH (&known->v, it) {
		const struct version *v = *it;
		wire_put_u64(&w, v->dot.replica);
		wire_put_varint(&w, v->dot.counter);
		wire_put_u64(&w, large_prefix(v));
		wire_put_string(&w, v->record);
	}
	return wire_writer_end(&w);
}

/* What follows from the entry and is kept beside it. */
static void
derive(const struct entry *e, struct index_row *out)
{
	bool derived;
	const struct version *wanted = entry_wanted(e, &derived);
	bool alive = derived || (wanted != NULL && wanted->kind != KIND_GONE);

	out->flags = 0;
	out->bytes = 0;
	if (!entry_settled(e))
		out->flags |= ROW_OPEN;
	if (alive)
		out->flags |= ROW_ALIVE;
	if (derived || (alive && wanted->kind == KIND_DIR))
		out->flags |= ROW_DIR;
	if (e->disk.kind != KIND_NONE && e->disk.kind != KIND_DIR)
		out->flags |= ROW_DISK;
	if (out->disk.len + out->base.len + out->known.len == 0)
		out->flags |= ROW_BARE;
	if (alive && wanted != NULL && wanted->kind == KIND_FILE)
		out->bytes = (int64_t)wanted->size;
}

int
index_row_encode(
    const struct entry *e, struct index_row_bufs *bufs, struct index_row *out)
{
	int rc = put_disk(&bufs->disk, e);

	if (rc == 0)
		rc = put_agreement(&bufs->base, &e->base, e, true);
	if (rc == 0)
		rc = put_agreement(&bufs->intent, &e->intent, e, false);
	if (rc == 0)
		rc = put_known(&bufs->known, &e->known);
	if (rc != 0)
		return rc;
	out->id = 0;
	out->disk = buf_span(&bufs->disk);
	out->base = buf_span(&bufs->base);
	out->intent = buf_span(&bufs->intent);
	out->known = buf_span(&bufs->known);
	derive(e, out);
	return 0;
}

/* ---- reading ------------------------------------------------------------- */

static void
get_observation(struct wire_reader *r, struct observation *out)
{
	uint8_t tag = wire_u8(r);

	memset(out, 0, sizeof *out);
	out->kind = tag & TAG_KIND;
	out->racy = (tag & TAG_RACY) != 0;
	out->zeros = (tag & TAG_ZEROS) != 0;
	out->bits = (uint16_t)wire_varint(r, UINT16_MAX);
	out->size = wire_varint(r, UINT64_MAX);
	out->mtime_ns = wire_signed(r);
	out->ctime_ns = wire_signed(r);
	out->ino = wire_varint(r, UINT64_MAX);
	if ((tag & TAG_NAMED) != 0)
		wire_copy(r, out->content.b, NAME_BYTES);
	if ((tag & TAG_META) != 0)
		get_meta(r, &out->meta);
	if (out->kind > KIND_OPAQUE)
		wire_fail(r);
}

/* What we wrote ourselves and cannot read. */
static int
corrupt(int rc)
{
	return rc == -ENOMEM || rc == 0 ? rc : ERR_CORRUPT;
}

int
index_row_disk(
    struct span bytes, struct observation *out, int64_t *out_absent_since_ns)
{
	struct wire_reader r = wire_reader_of(bytes);

	memset(out, 0, sizeof *out);
	*out_absent_since_ns = 0;
	if (bytes.len == 0)
		return 0;
	get_observation(&r, out);
	*out_absent_since_ns = wire_signed(&r);
	return corrupt(wire_end(&r));
}

static struct dot
get_dot(struct wire_reader *r)
{
	struct dot dot;

	dot.replica = wire_u64(r);
	dot.counter = wire_varint(r, LIMIT_COUNTER);
	return dot;
}

bool
index_item_next(struct wire_reader *r, struct index_item *out)
{
	if (r->failed || r->len == 0)
		return false;
	out->dot = get_dot(r);
	out->large = wire_u64(r);
	out->record = wire_string(r, LIMIT_RECORD_BYTES);
	return !r->failed;
}

static int
get_named(struct wire_reader *r, const struct version_set *known,
    struct version **out)
{
	const struct version *v;

	switch (wire_u8(r)) {
	case NAMES_NONE:
		*out = NULL;
		return r->failed ? ERR_CORRUPT : 0;
	case NAMES_KNOWN:
		v = version_set_find(known, get_dot(r));
		return v == NULL ? ERR_CORRUPT : version_copy(v, out);
	case NAMES_RECORD:
		wire_u64(r);
		return version_parse(wire_string(r, LIMIT_RECORD_BYTES), out);
	default:
		return ERR_CORRUPT;
	}
}

static void
get_seen(struct wire_reader *r, struct entry *e)
{
	uint8_t how = wire_u8(r);

	if (how > SEEN_BITS)
		wire_fail(r);
	if ((how & SEEN_OWN) != 0)
		get_observation(r, &e->base.seen);
	else
		e->base.seen = e->disk;
	if ((how & SEEN_ERA) != 0)
		e->base.era = wire_varint(r, UINT64_MAX);
	e->suspect = (how & SEEN_SUSPECT) != 0;
}

/* Of base what was seen as well; out is base or intent of e. */
static int
get_agreement(struct span bytes, struct entry *e, struct agreement *out)
{
	struct wire_reader r = wire_reader_of(bytes);
	int rc;

	if (bytes.len == 0)
		return 0;
	rc = get_named(&r, &e->known, &out->version);
	if (rc != 0)
		return corrupt(rc);
	out->present = true;
	if (out == &e->base)
		get_seen(&r, e);
	return corrupt(wire_end(&r));
}

static int
get_known(struct span bytes, struct version_set *out)
{
	struct wire_reader r = wire_reader_of(bytes);
	struct index_item item;

	while (index_item_next(&r, &item)) {
		struct version *v;
		int rc = version_parse(item.record, &v);
		if (rc == 0 && VEC_PUSH(&out->v, v) != 0) {
			version_free(v);
			rc = -ENOMEM;
		}
		if (rc != 0)
			return corrupt(rc);
		/* what the set relies on: in order, each once */
		if (out->v.n > 1 &&
		    dot_compare(out->v.items[out->v.n - 2]->dot, v->dot) >= 0)
			return ERR_CORRUPT;
	}
	return corrupt(wire_end(&r));
}

int
index_row_decode(const struct index_row *row, struct entry *out)
{
	int rc = index_row_disk(row->disk, &out->disk, &out->absent_since_ns);

	if (rc == 0)
		rc = get_known(row->known, &out->known);
	if (rc == 0)
		rc = get_agreement(row->base, out, &out->base);
	if (rc == 0)
		rc = get_agreement(row->intent, out, &out->intent);
	return rc;
}

/* ---- contents ------------------------------------------------------------ */

static int
mention(struct index_mentions *out, uint64_t prefix, bool held)
{
	VEC_EACH (&out->v, it) {
		if (it->prefix == prefix)
			return 0; /* the disk comes first */
	}
	return VEC_PUSH(
	    &out->v, (struct index_mention){.prefix = prefix, .held = held});
}

static int
mention_agreement(struct span bytes, struct index_mentions *out)
{
	struct wire_reader r = wire_reader_of(bytes);
	uint64_t large;

	if (bytes.len == 0 || wire_u8(&r) != NAMES_RECORD)
		return 0;
	large = wire_u64(&r);
	return large == 0 ? 0 : mention(out, large, false);
}

int
index_row_mentions(const struct index_row *row, struct index_mentions *out)
{
	struct wire_reader known = wire_reader_of(row->known);
	struct index_item item;
	struct observation disk;
	int64_t absent_since_ns;
	int rc = index_row_disk(row->disk, &disk, &absent_since_ns);

	out->v.n = 0;
	if (rc == 0 && (disk.kind == KIND_FILE || disk.kind == KIND_SYMLINK))
		rc = mention(out, index_prefix(&disk.content), true);
	while (rc == 0 && index_item_next(&known, &item)) {
		if (item.large != 0)
			rc = mention(out, item.large, false);
	}
	if (rc == 0)
		rc = mention_agreement(row->base, out);
	if (rc == 0)
		rc = mention_agreement(row->intent, out);
	return rc;
}
