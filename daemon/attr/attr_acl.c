/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access control lists, as acl(5) has them, out of the attributes in which
 * Linux shows them (linux/posix_acl_xattr.h): a u32 with the number 2, then for
 * each entry u16 tag, u16 bits, u32 whose, little-endian. These eight bytes are
 * read and written here rather than by libacl, whose calls take paths or know
 * of access lists alone when they take a descriptor.
 */
#include "daemon/attr/attr_internal.h"

#include <errno.h>
#include <stdlib.h>

enum {
	FORMAT = 2,
	TAG_USER_OBJ = 1,
	TAG_USER = 2,
	TAG_GROUP_OBJ = 4,
	TAG_GROUP = 8,
	TAG_MASK = 16,
	TAG_OTHER = 32,
	RWX = 7,
};

/* ---- reading ------------------------------------------------------------- */

struct named {
	struct meta_acl_entry e;
	struct buf name; /* owned */
};
struct named_list {
	VEC(struct named) v;
};

static void
named_release(struct named_list *list)
{
	VEC_EACH (&list->v, it)
		buf_release(&it->name);
	VEC_RELEASE(&list->v);
}

static int
by_entry(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	if (x->e.kind != y->e.kind)
		return x->e.kind < y->e.kind ? -1 : 1;
	return span_compare(buf_span(&x->name), buf_span(&y->name));
}

/* Adds whom an entry names, if it can be said. */
static int
add_named(struct attr_reading *r, uint16_t tag, uint16_t bits, uint32_t whose,
    struct named_list *list)
{
	bool user = tag == TAG_USER;
	struct named n = {.e = {.kind = user ? META_ACL_USER : META_ACL_GROUP,
			      .bits = (uint8_t)(bits & RWX)}};
	int rc;

	buf_init(&n.name, LIMIT_META_NAME_BYTES);
	rc = host_who_name(
	    r->host, user ? HOST_USER : HOST_GROUP, whose, &n.name);
	if (rc == 0 && n.name.len > 0)
		rc = VEC_PUSH(&list->v, n);
	else if (rc == 0 || rc == ERR_LIMIT)
		rc = -ENOENT;
	if (rc < 0)
		buf_release(&n.name);
	if (rc == -ENOENT)
		attr_leave(r->left, META_ACL, ERR_NOTFOUND, span_of(NULL, 0));
	return rc == -ENOENT ? 0 : rc;
}

/* Takes the attribute apart. */
static int
parse(struct attr_reading *r, struct span bytes, struct meta_acl *acl,
    struct named_list *list)
{
	struct wire_reader in = wire_reader_of(bytes);
	int rc = 0;

	if (wire_u32(&in) != FORMAT)
		return -EOPNOTSUPP;
	acl->mask = META_NO_MASK;
	while (rc == 0 && in.len > 0 && !in.failed) {
		uint16_t tag = wire_u16(&in), bits = wire_u16(&in) & RWX;
		uint32_t whose = wire_u32(&in);

		if (tag == TAG_USER_OBJ)
			acl->user = (uint8_t)bits;
		else if (tag == TAG_GROUP_OBJ)
			acl->group = (uint8_t)bits;
		else if (tag == TAG_MASK)
			acl->mask = (uint8_t)bits;
		else if (tag == TAG_OTHER)
			acl->other = (uint8_t)bits;
		else if (tag == TAG_USER || tag == TAG_GROUP)
			rc = add_named(r, tag, bits, whose, list);
	}
	return rc == 0 && in.failed ? -EOPNOTSUPP : rc;
}

/* Of two entries of one name, which two numbers may have, the first. */
static void
put_named(struct wire_writer *w, struct named_list *list)
{
	struct named *last = NULL;

	if (list->v.n > 1)
		qsort(
		    list->v.items, list->v.n, sizeof *list->v.items, by_entry);
	VEC_EACH (&list->v, it) {
		if (last != NULL && by_entry(last, it) == 0)
			continue;
		it->e.name = buf_span(&it->name);
		meta_acl_put_entry(w, &it->e);
		last = it;
	}
}

static int
read_list(struct attr_reading *r, enum meta_tag tag, struct span bytes)
{
	struct meta_item it = {.tag = tag};
	struct named_list list = {.v = {0}};
	struct meta_acl acl = {0};
	struct wire_writer w;
	struct buf value;
	int rc = parse(r, bytes, &acl, &list);

	buf_init(&value, LIMIT_META_BYTES);
	w = wire_writer_of(&value);
	if (rc == 0) {
		meta_acl_put(&w, tag, &acl);
		put_named(&w, &list);
		rc = wire_writer_end(&w);
	}
	it.value = buf_span(&value);
	if (rc == 0)
		meta_put(&r->w, &it);
	buf_release(&value);
	named_release(&list);
	return rc;
}

static int
read_attribute(struct attr_reading *r, enum meta_tag tag, const char *name)
{
	struct buf bytes;
	int rc;

	buf_init(&bytes, ATTR_LIST_BYTES);
	rc = host_get_xattr(r->host, r->fd, name, &bytes);
	if (rc == 0 && bytes.len > 0)
		rc = read_list(r, tag, buf_span(&bytes));
	buf_release(&bytes);
	return rc == -ENODATA ? 0 : rc;
}

int
attr_read_acls(struct attr_reading *r)
{
	int rc = read_attribute(r, META_TAG_ACCESS, ATTR_ACCESS);

	if (rc < 0 || r->st->kind != KIND_DIR)
		return rc;
	return read_attribute(r, META_TAG_DEFAULT, ATTR_DEFAULT);
}

/* ---- setting ------------------------------------------------------------- */

/* Whom a list names, by number. */
struct numbered {
	uint8_t kind;
	uint8_t bits;
	uint32_t number;
};
struct numbered_list {
	VEC(struct numbered) v;
};

static int
by_number(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Two names may be of one number, which then gets what both have. */
static void
unite(struct numbered_list *list)
{
	size_t kept = 0;

	if (list->v.n > 1)
		qsort(
		    list->v.items, list->v.n, sizeof *list->v.items, by_number);
	VEC_EACH (&list->v, it) {
		struct numbered *last =
		    kept > 0 ? &list->v.items[kept - 1] : NULL;

		if (last != NULL && by_number(last, it) == 0)
			last->bits &= it->bits;
		else
			list->v.items[kept++] = *it;
	}
	list->v.n = kept;
}

/* Who is nobody here is left out: that gives nobody more than he had. */
static int
find_all(
    struct attr_setting *s, struct meta_acl *acl, struct numbered_list *out)
{
	struct meta_acl_entry e;
	int rc = 0;

	while (rc == 0 && meta_acl_next(acl, &e)) {
		enum host_who who =
		    e.kind == META_ACL_USER ? HOST_USER : HOST_GROUP;
		struct numbered n = {.kind = e.kind, .bits = e.bits};

		rc = host_who_number(s->host, who, e.name, &n.number);
		if (rc == 0)
			rc = VEC_PUSH(&out->v, n);
		else if (rc == -ENOENT)
			attr_leave(s->left, META_ACL, ERR_NOTFOUND, e.name);
		rc = rc == -ENOENT ? 0 : rc;
	}
	unite(out);
	return rc;
}

static void
put(struct wire_writer *w, uint16_t tag, unsigned bits, uint32_t number)
{
	wire_put_u16(w, tag);
	wire_put_u16(w, (uint16_t)(bits & RWX));
	wire_put_u32(w, number);
}

static void
put_numbered(struct wire_writer *w, const struct numbered_list *list, int kind)
{
	VEC_EACH (&list->v, it)
		if (it->kind == kind)
			put(w, kind == META_ACL_USER ? TAG_USER : TAG_GROUP,
			    it->bits, it->number);
}

/* Puts the attribute together. */
static int
build(struct attr_setting *s, const struct meta_item *it, struct buf *out)
{
	struct numbered_list list = {.v = {0}};
	struct meta_acl acl = meta_acl_of(it);
	struct wire_writer w = wire_writer_of(out);
	int rc = find_all(s, &acl, &list);

	if (it->tag == META_TAG_ACCESS) {
		acl.user = s->bits >> 6 & RWX;
		acl.mask = s->bits >> 3 & RWX;
		acl.other = s->bits & RWX;
	}
	wire_put_u32(&w, FORMAT);
	put(&w, TAG_USER_OBJ, acl.user, HOST_NOBODY);
	put_numbered(&w, &list, META_ACL_USER);
	put(&w, TAG_GROUP_OBJ, acl.group, HOST_NOBODY);
	put_numbered(&w, &list, META_ACL_GROUP);
	if (acl.mask < META_NO_MASK)
		put(&w, TAG_MASK, acl.mask, HOST_NOBODY);
	put(&w, TAG_OTHER, acl.other, HOST_NOBODY);
	VEC_RELEASE(&list.v);
	return rc < 0 ? rc : wire_writer_end(&w);
}

static bool
find_item(struct span part, enum meta_tag tag, struct meta_item *out)
{
	struct wire_reader r = meta_items(part);

	while (meta_next(&r, out))
		if (out->tag == tag)
			return true;
	return false;
}

static int
set_list(struct attr_setting *s, enum meta_tag tag, const char *name)
{
	struct meta_item it;
	struct buf bytes;
	bool refused = false;
	int rc;

	if (!find_item(s->part, tag, &it))
		return attr_drop(s, META_ACL, name);
	buf_init(&bytes, ATTR_LIST_BYTES);
	rc = build(s, &it, &bytes);
	if (rc == 0)
		rc = attr_put(s, META_ACL, name, buf_span(&bytes), &refused);
	buf_release(&bytes);
	if (refused && tag == META_TAG_ACCESS)
		s->bits = meta_bits(s->part, s->bits);
	return rc;
}

int
attr_set_acls(struct attr_setting *s, const struct host_stat *st)
{
	int rc = set_list(s, META_TAG_ACCESS, ATTR_ACCESS);

	if (rc < 0 || st->kind != KIND_DIR)
		return rc;
	return set_list(s, META_TAG_DEFAULT, ATTR_DEFAULT);
}
