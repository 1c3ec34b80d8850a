/* SPDX-License-Identifier: Apache-2.0 */
/*
 * part  = spoken u8, item ...                            to the end
 * item  = tag u8, name string, value string
 */
#include "proto/model/meta.h"

#include <string.h>

#include "proto/hash/hash.h"

static const uint8_t classes[] = {
    [META_TAG_XATTR] = META_XATTR,
    [META_TAG_ACCESS] = META_ACL,
    [META_TAG_DEFAULT] = META_ACL,
    [META_TAG_USER] = META_OWNER,
    [META_TAG_GROUP] = META_OWNER,
};

unsigned
meta_class_of(enum meta_tag tag)
{
	return classes[tag];
}

/* ---- reading ------------------------------------------------------------- */

static void
get_item(struct wire_reader *r, struct meta_item *out)
{
	uint8_t tag = wire_u8(r);

	if (tag < META_TAG_XATTR || tag > META_TAG_GROUP)
		wire_fail(r);
	out->tag = r->failed ? META_TAG_XATTR : (enum meta_tag)tag;
	out->name = wire_string(r, LIMIT_META_NAME_BYTES);
	out->value = wire_string(r, LIMIT_META_BYTES);
}

struct wire_reader
meta_items(struct span part)
{
	struct wire_reader r = wire_reader_of(part);

	if (part.len > 0)
		(void)wire_u8(&r);
	return r;
}

bool
meta_next(struct wire_reader *r, struct meta_item *out)
{
	if (r->failed || r->len == 0)
		return false;
	get_item(r, out);
	return !r->failed;
}

unsigned
meta_spoken(struct span part)
{
	return part.len > 0 ? part.p[0] : 0;
}

static bool
is_text(struct span s)
{
	return s.len > 0 && s.len <= LIMIT_META_NAME_BYTES &&
	       memchr(s.p, 0, s.len) == NULL;
}

static bool
acl_valid(const struct meta_item *item)
{
	struct meta_acl acl = meta_acl_of(item);
	struct meta_acl_entry last = {0}, next;
	size_t n = 0;

	for (; meta_acl_next(&acl, &next); last = next, n++) {
		if (next.kind < META_ACL_USER || next.kind > META_ACL_GROUP ||
		    next.bits > 7 || !is_text(next.name) ||
		    next.kind < last.kind ||
		    (next.kind == last.kind &&
			span_compare(last.name, next.name) >= 0))
			return false;
	}
	return !acl.entries.failed && acl.group <= 7 && acl.user <= 7 &&
	       acl.other <= 7 && acl.mask <= META_NO_MASK &&
	       (n == 0 || acl.mask < META_NO_MASK);
}

static bool
item_valid(const struct meta_item *item, bool dir)
{
	switch (item->tag) {
	case META_TAG_XATTR:
		return is_text(item->name);
	case META_TAG_DEFAULT:
		return dir && item->name.len == 0 && acl_valid(item);
	case META_TAG_ACCESS:
		return item->name.len == 0 && acl_valid(item);
	case META_TAG_USER:
	case META_TAG_GROUP:
		return item->name.len == 0 && is_text(item->value);
	}
	return false;
}

bool
meta_valid(struct span part, bool dir)
{
	struct wire_reader r = meta_items(part);
	struct meta_item last = {.name = {NULL, 0}}, next;
	unsigned spoken = meta_spoken(part);
	bool first = true;

	if (part.len == 0 || part.len > LIMIT_META_BYTES || spoken == 0 ||
	    spoken > META_ALL)
		return false;
	for (; meta_next(&r, &next); last = next, first = false) {
		if ((spoken & meta_class_of(next.tag)) == 0 ||
		    !item_valid(&next, dir))
			return false;
		if (!first && (next.tag < last.tag ||
				  (next.tag == last.tag &&
				      span_compare(last.name, next.name) >= 0)))
			return false;
	}
	return !r.failed;
}

/* ---- writing ------------------------------------------------------------- */

struct wire_writer
meta_begin(struct buf *out, unsigned spoken)
{
	struct wire_writer w;

	buf_clear(out);
	w = wire_writer_of(out);
	wire_put_u8(&w, (uint8_t)spoken);
	return w;
}

void
meta_put(struct wire_writer *w, const struct meta_item *item)
{
	wire_put_u8(w, (uint8_t)item->tag);
	wire_put_string(w, item->name);
	wire_put_string(w, item->value);
}

static void
put_class(struct wire_writer *w, struct span part, unsigned one_class)
{
	struct wire_reader r = meta_items(part);
	struct meta_item it;

	while (meta_next(&r, &it))
		if (meta_class_of(it.tag) == one_class)
			meta_put(w, &it);
}

int
meta_merge(struct span one, unsigned taken, struct span other, struct buf *out)
{
	unsigned spoken =
	    (meta_spoken(one) & taken) | (meta_spoken(other) & ~taken);
	struct wire_writer w = meta_begin(out, spoken);
	int rc;

	for (unsigned c = META_XATTR; c <= META_OWNER; c <<= 1)
		put_class(&w, (c & taken) != 0 ? one : other, c);
	rc = wire_writer_end(&w);
	if (rc == 0 && out->len > LIMIT_META_BYTES)
		rc = ERR_LIMIT;
	if (rc < 0 || spoken == 0)
		buf_clear(out);
	return rc;
}

/* The next attribute of a part; false behind the last. */
static bool
next_attribute(struct wire_reader *r, struct meta_item *out)
{
	while (meta_next(r, out))
		if (out->tag == META_TAG_XATTR)
			return true;
	return false;
}

int
meta_add_missing(struct span one, struct span other, struct buf *out)
{
	struct wire_writer w = meta_begin(out, meta_spoken(one) | META_XATTR);
	struct wire_reader a = meta_items(one), b = meta_items(other);
	struct meta_item x, y;
	bool has_x = next_attribute(&a, &x), has_y = next_attribute(&b, &y);
	int rc;

	while (has_x || has_y) {
		int order = !has_y   ? -1
			    : !has_x ? 1
				     : span_compare(x.name, y.name);

		meta_put(&w, order <= 0 ? &x : &y);
		if (order <= 0)
			has_x = next_attribute(&a, &x);
		if (order >= 0)
			has_y = next_attribute(&b, &y);
	}
	for (unsigned c = META_ACL; c <= META_OWNER; c <<= 1)
		put_class(&w, one, c);
	rc = wire_writer_end(&w);
	return rc == 0 && out->len > LIMIT_META_BYTES ? ERR_LIMIT : rc;
}

uint64_t
meta_sum(struct span part, unsigned one_class)
{
	struct wire_reader r = meta_items(part), sum;
	struct meta_item it;
	uint8_t bytes[sizeof(uint64_t)];
	struct hash h;
	bool any = false;

	hash_init(&h);
	for (;;) {
		const uint8_t *from = r.p;

		if (!meta_next(&r, &it))
			break;
		if (meta_class_of(it.tag) != one_class)
			continue;
		hash_add(&h, span_of(from, (size_t)(r.p - from)));
		any = true;
	}
	if (!any)
		return 0;
	hash_end(&h, bytes, sizeof bytes);
	sum = wire_reader_of(span_of(bytes, sizeof bytes));
	return wire_u64(&sum) | 1;
}

uint16_t
meta_bits(struct span part, uint16_t bits)
{
	struct wire_reader r = meta_items(part);
	struct meta_item it;

	while (meta_next(&r, &it))
		if (it.tag == META_TAG_ACCESS) {
			unsigned group = meta_acl_of(&it).group;

			return (uint16_t)(bits & ~(~group << 3 & 070));
		}
	return bits;
}

/* ---- lists --------------------------------------------------------------- */

struct meta_acl
meta_acl_of(const struct meta_item *item)
{
	struct meta_acl acl = {.entries = wire_reader_of(item->value)};

	acl.group = wire_u8(&acl.entries);
	if (item->tag == META_TAG_DEFAULT) {
		acl.user = wire_u8(&acl.entries);
		acl.other = wire_u8(&acl.entries);
		acl.mask = wire_u8(&acl.entries);
	}
	return acl;
}

bool
meta_acl_next(struct meta_acl *acl, struct meta_acl_entry *out)
{
	struct wire_reader *r = &acl->entries;

	if (r->failed || r->len == 0)
		return false;
	out->kind = wire_u8(r);
	out->bits = wire_u8(r);
	out->name = wire_string(r, LIMIT_META_NAME_BYTES);
	return !r->failed;
}

void
meta_acl_put(
    struct wire_writer *w, enum meta_tag tag, const struct meta_acl *acl)
{
	wire_put_u8(w, acl->group);
	if (tag != META_TAG_DEFAULT)
		return;
	wire_put_u8(w, acl->user);
	wire_put_u8(w, acl->other);
	wire_put_u8(w, acl->mask);
}

void
meta_acl_put_entry(struct wire_writer *w, const struct meta_acl_entry *entry)
{
	wire_put_u8(w, entry->kind);
	wire_put_u8(w, entry->bits);
	wire_put_string(w, entry->name);
}
