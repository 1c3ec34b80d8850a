/* SPDX-License-Identifier: Apache-2.0 */
/* Access control lists, set. */
#include "daemon/attr/attr_internal.h"

#include <errno.h>
#include <stdlib.h>

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
	wire_put_u16(w, (uint16_t)(bits & ATTR_ACL_RWX));
	wire_put_u32(w, number);
}

static void
put_numbered(struct wire_writer *w, const struct numbered_list *list, int kind)
{
	VEC_EACH (&list->v, it)
		if (it->kind == kind)
			put(w,
			    kind == META_ACL_USER ? ATTR_ACL_USER
						  : ATTR_ACL_GROUP,
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
		acl.user = s->bits >> 6 & ATTR_ACL_RWX;
		acl.mask = s->bits >> 3 & ATTR_ACL_RWX;
		acl.other = s->bits & ATTR_ACL_RWX;
	}
	wire_put_u32(&w, ATTR_ACL_FORMAT);
	put(&w, ATTR_ACL_USER_OBJ, acl.user, HOST_NOBODY);
	put_numbered(&w, &list, META_ACL_USER);
	put(&w, ATTR_ACL_GROUP_OBJ, acl.group, HOST_NOBODY);
	put_numbered(&w, &list, META_ACL_GROUP);
	if (acl.mask < META_NO_MASK)
		put(&w, ATTR_ACL_MASK, acl.mask, HOST_NOBODY);
	put(&w, ATTR_ACL_OTHER, acl.other, HOST_NOBODY);
	VEC_RELEASE(&list.v);
	return rc < 0 ? rc : wire_writer_end(&w);
}

static int
set_list(struct attr_setting *s, enum meta_tag tag, const char *name)
{
	struct meta_item it;
	struct buf bytes;
	bool refused = false;
	int rc;

	if (!attr_find(s->part, tag, &it))
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
