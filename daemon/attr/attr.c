/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/attr/attr_internal.h"

#include <errno.h>
#include <string.h>

bool
attr_refused(int rc)
{
	switch (rc) {
	case -EOPNOTSUPP:
	case -ENOSYS:
	case -EPERM:
	case -EACCES:
	case -EROFS:
	case -EINVAL:
	case -ENOSPC:
	case -EDQUOT:
	case -E2BIG:
	case -ERANGE:
	case -ENAMETOOLONG:
	case ERR_LIMIT:
	case ERR_NOTFOUND:
		return true;
	default:
		return false;
	}
}

void
attr_leave(struct attr_left *left, unsigned one_class, int rc, struct span name)
{
	size_t len =
	    name.len < LIMIT_META_NAME_BYTES ? name.len : LIMIT_META_NAME_BYTES;

	left->classes |= one_class;
	if (left->rc != 0)
		return;
	left->rc = rc;
	if (len > 0)
		memcpy(left->name, name.p, len);
	left->name[len] = '\0';
}

bool
attr_find(struct span part, enum meta_tag tag, struct meta_item *out)
{
	struct wire_reader r = meta_items(part);

	while (meta_next(&r, out))
		if (out->tag == tag)
			return true;
	return false;
}

/* ---- what can be had ----------------------------------------------------- */

/* 1, 0 or an error: is there any of what is asked by that name, or by NULL? */
static int
has(const struct host *h, int fd, const char *name)
{
	struct buf bytes;
	int rc;

	buf_init(&bytes, ATTR_LIST_BYTES);
	rc = name == NULL ? host_list_xattrs(h, fd, &bytes)
			  : host_get_xattr(h, fd, name, &bytes);
	buf_release(&bytes);
	if (rc == -EOPNOTSUPP)
		return 0;
	return rc == 0 || rc == -ENODATA || rc == ERR_LIMIT ? 1 : rc;
}

int
attr_possible(const struct host *h, int fd, unsigned classes, unsigned *out)
{
	int xattrs = classes & META_XATTR ? has(h, fd, NULL) : 0;
	int acls = classes & META_ACL ? has(h, fd, ATTR_ACCESS) : 0;
	bool owner = (classes & META_OWNER) != 0 && host_may_own(h);

	if (xattrs < 0 || acls < 0)
		return xattrs < 0 ? xattrs : acls;
	*out = (xattrs ? META_XATTR : 0U) | (acls ? META_ACL : 0U) |
	       (owner ? META_OWNER : 0U);
	return 0;
}

/* ---- reading ------------------------------------------------------------- */

typedef int read_class(struct attr_reading *r);

/* In the order of their bits, as a part has them. */
static read_class *const readers[META_CLASSES] = {
    attr_read_xattrs,
    attr_read_acls,
    attr_read_owner,
};

/* One class, or none of it. */
static int
read_one(struct attr_reading *r, int i, struct buf *out)
{
	unsigned one_class = 1U << i;
	size_t mark = out->len;
	int rc;

	r->w = wire_writer_of(out);
	rc = readers[i](r);
	if (rc == 0)
		rc = wire_writer_end(&r->w);
	if (rc == 0) {
		out->p[0] |= (uint8_t)one_class;
		return 0;
	}
	out->len = mark;
	if (!attr_refused(rc))
		return rc;
	/* That a file system has none of it is no news. */
	if (rc != -EOPNOTSUPP)
		attr_leave(r->left, one_class, rc, span_of(NULL, 0));
	return 0;
}

int
attr_read(const struct host *h, int fd, const struct host_stat *st,
    unsigned classes, struct buf *out, struct attr_left *left)
{
	struct attr_reading r = {.host = h, .fd = fd, .st = st, .left = left};
	int rc = 0;

	buf_release(out);
	buf_init(out, LIMIT_META_BYTES);
	if (classes == 0)
		return 0;
	rc = buf_add(out, span_of("", 1));
	for (int i = 0; rc == 0 && i < META_CLASSES; i++)
		if ((classes & 1U << i) != 0)
			rc = read_one(&r, i, out);
	if (rc < 0 || out->p[0] == 0)
		buf_clear(out);
	return rc;
}

void
attr_seen(struct span part, struct meta_seen *out)
{
	*out = (struct meta_seen){.looked = (uint8_t)meta_spoken(part)};
	for (int i = 0; i < META_CLASSES; i++)
		out->sums[i] = meta_sum(part, 1U << i);
}

/* ---- setting ------------------------------------------------------------- */

int
attr_put(struct attr_setting *s, unsigned one_class, const char *name,
    struct span value, bool *out_refused)
{
	struct buf now;
	bool same;
	int rc;

	buf_init(&now, value.len);
	rc = host_get_xattr(s->host, s->fd, name, &now);
	same = rc == 0 && span_equal(buf_span(&now), value);
	buf_release(&now);
	if (same || rc == -ENOMEM)
		return same ? 0 : rc;
	s->changed = true;
	rc = host_set_xattr(s->host, s->fd, name, value);
	if (rc == 0 || !attr_refused(rc))
		return rc;
	attr_leave(s->left, one_class, rc, span_str(name));
	if (out_refused != NULL)
		*out_refused = true;
	return 0;
}

int
attr_drop(struct attr_setting *s, unsigned one_class, const char *name)
{
	struct buf value;
	int rc;

	/* Of a list that is not there the kernel says that it went. */
	buf_init(&value, ATTR_LIST_BYTES);
	rc = host_get_xattr(s->host, s->fd, name, &value);
	buf_release(&value);
	if (rc == -ENODATA || rc == -EOPNOTSUPP || rc == -ENOMEM)
		return rc == -ENOMEM ? rc : 0;
	s->changed = true;
	rc = host_remove_xattr(s->host, s->fd, name);
	if (rc == 0 || !attr_refused(rc))
		return rc;
	attr_leave(s->left, one_class, rc, span_str(name));
	return 0;
}

/* The owner first: to give a file away takes from its bits. */
int
attr_set(const struct host *h, int fd, struct span part, unsigned classes,
    uint16_t *bits, struct attr_left *left, bool *out_changed)
{
	struct attr_setting s = {
	    .host = h, .fd = fd, .part = part, .bits = *bits, .left = left};
	struct host_stat st;
	int rc = 0;

	classes &= meta_spoken(part);
	if ((classes & (META_OWNER | META_ACL)) != 0)
		rc = host_stat_fd(h, fd, &st);
	if (rc == 0 && (classes & META_OWNER) != 0)
		rc = attr_set_owner(&s, &st);
	if (rc == 0 && (classes & META_XATTR) != 0)
		rc = attr_set_xattrs(&s);
	if (rc == 0 && (classes & META_ACL) != 0)
		rc = attr_set_acls(&s, &st);
	*bits = s.bits;
	*out_changed = s.changed;
	return rc;
}
