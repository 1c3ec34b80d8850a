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
	bool user = tag == ATTR_ACL_USER;
	struct named n = {.e = {.kind = user ? META_ACL_USER : META_ACL_GROUP,
			      .bits = (uint8_t)(bits & ATTR_ACL_RWX)}};
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

	if (wire_u32(&in) != ATTR_ACL_FORMAT)
		return -EOPNOTSUPP;
	acl->mask = META_NO_MASK;
	while (rc == 0 && in.len > 0 && !in.failed) {
		uint16_t tag = wire_u16(&in),
			 bits = wire_u16(&in) & ATTR_ACL_RWX;
		uint32_t whose = wire_u32(&in);

		if (tag == ATTR_ACL_USER_OBJ)
			acl->user = (uint8_t)bits;
		else if (tag == ATTR_ACL_GROUP_OBJ)
			acl->group = (uint8_t)bits;
		else if (tag == ATTR_ACL_MASK)
			acl->mask = (uint8_t)bits;
		else if (tag == ATTR_ACL_OTHER)
			acl->other = (uint8_t)bits;
		else if (tag == ATTR_ACL_USER || tag == ATTR_ACL_GROUP)
			rc = add_named(r, tag, bits, whose, list);
	}
	return rc == 0 && in.failed ? -EOPNOTSUPP : rc;
}

/* With names a list has a mask: without one it was as the group's. */
static void
need_mask(struct meta_acl *acl, const struct named_list *list)
{
	if (acl->mask == META_NO_MASK && list->v.n > 0)
		acl->mask = acl->group;
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
	need_mask(&acl, &list);
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

/* ---- whom nobody is called here ------------------------------------------ */

/* Adds entries; with all false those alone who are nobody. */
static int
gather(
    const struct host *h, struct meta_acl acl, bool all, struct named_list *out)
{
	struct meta_acl_entry e;
	int rc = 0;

	while (rc == 0 && meta_acl_next(&acl, &e)) {
		enum host_who who =
		    e.kind == META_ACL_USER ? HOST_USER : HOST_GROUP;
		struct named n = {.e = e};
		uint32_t number;

		if (!all)
			rc = host_who_number(h, who, e.name, &number);
		if (rc == 0 && !all)
			continue;
		buf_init(&n.name, LIMIT_META_NAME_BYTES);
		if (rc == 0 || rc == -ENOENT)
			rc = buf_add(&n.name, e.name);
		if (rc == 0)
			rc = VEC_PUSH(&out->v, n);
		if (rc < 0)
			buf_release(&n.name);
	}
	return rc;
}

/* Writes an item, its list with those of base who are nobody. */
static int
put_with_nobody(const struct host *h, const struct meta_item *it,
    const struct meta_item *base, struct wire_writer *w)
{
	struct meta_acl acl = meta_acl_of(it);
	struct named_list list = {.v = {0}};
	struct meta_item with = *it;
	struct wire_writer inner;
	struct buf value;
	int rc;

	buf_init(&value, LIMIT_META_BYTES);
	inner = wire_writer_of(&value);
	rc = gather(h, acl, true, &list);
	if (rc == 0)
		rc = gather(h, meta_acl_of(base), false, &list);
	need_mask(&acl, &list);
	if (rc == 0) {
		meta_acl_put(&inner, it->tag, &acl);
		put_named(&inner, &list);
		rc = wire_writer_end(&inner);
	}
	with.value = buf_span(&value);
	if (rc == 0)
		meta_put(w, &with);
	buf_release(&value);
	named_release(&list);
	return rc;
}

int
attr_keep_nobody(const struct host *h, struct span base, struct buf *part)
{
	struct meta_item it, there;
	struct wire_reader r = meta_items(buf_span(part));
	struct wire_writer w;
	struct buf whole;
	int rc = 0;

	if ((meta_spoken(base) & meta_spoken(buf_span(part)) & META_ACL) == 0)
		return 0;
	buf_init(&whole, LIMIT_META_BYTES);
	w = meta_begin(&whole, meta_spoken(buf_span(part)));
	while (rc == 0 && meta_next(&r, &it)) {
		if (meta_class_of(it.tag) == META_ACL &&
		    attr_find(base, it.tag, &there))
			rc = put_with_nobody(h, &it, &there, &w);
		else
			meta_put(&w, &it);
	}
	if (rc == 0)
		rc = wire_writer_end(&w);
	if (rc == 0) {
		buf_release(part);
		*part = whole;
		return 0;
	}
	buf_release(&whole);
	return rc == ERR_LIMIT ? 0 : rc;
}
