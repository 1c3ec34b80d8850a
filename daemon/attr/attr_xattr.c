/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes of users: the names that begin with "user.". */
#include "daemon/attr/attr_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Names without their prefix, ascending; they lie in bytes. */
struct names {
	struct buf bytes;
	VEC(const char *) v;
};

static void
names_release(struct names *names)
{
	buf_release(&names->bytes);
	VEC_RELEASE(&names->v);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts them, and takes away what a file system tells twice. */
static void
put_in_order(struct names *names)
{
	size_t kept = 0;

	if (names->v.n > 1)
		qsort(names->v.items, names->v.n, sizeof *names->v.items,
		    by_name);
	for (size_t i = 0; i < names->v.n; i++)
		if (kept == 0 ||
		    strcmp(names->v.items[kept - 1], names->v.items[i]) != 0)
			names->v.items[kept++] = names->v.items[i];
	names->v.n = kept;
}

/* The user's names of what is open; released by the caller in any case. */
static int
list(const struct host *h, int fd, struct names *out)
{
	size_t prefix = strlen(ATTR_PREFIX);
	int rc;

	*out = (struct names){.v = {0}};
	buf_init(&out->bytes, ATTR_LIST_BYTES);
	rc = host_list_xattrs(h, fd, &out->bytes);
	if (rc == 0) /* whatever the file system says, there is an end */
		rc = buf_add(&out->bytes, span_of("", 1));
	for (size_t at = 0; rc == 0 && at + 1 < out->bytes.len;) {
		const char *name = (const char *)out->bytes.p + at;

		at += strlen(name) + 1;
		if (strncmp(name, ATTR_PREFIX, prefix) == 0 &&
		    name[prefix] != '\0')
			rc = VEC_PUSH(&out->v, name + prefix);
	}
	put_in_order(out);
	return rc == ERR_LIMIT ? -E2BIG : rc;
}

/* The attribute's whole name. ERR_LIMIT. */
static int
whole(struct span name, char out[static ATTR_NAME_BYTES + 1])
{
	size_t prefix = strlen(ATTR_PREFIX);

	if (prefix + name.len > ATTR_NAME_BYTES)
		return ERR_LIMIT;
	memcpy(out, ATTR_PREFIX, prefix);
	memcpy(out + prefix, name.p, name.len);
	out[prefix + name.len] = '\0';
	return 0;
}

/* One that went meanwhile is none. */
static int
read_one(struct attr_reading *r, struct span name)
{
	struct meta_item it = {.tag = META_TAG_XATTR, .name = name};
	char full[ATTR_NAME_BYTES + 1];
	struct buf value;
	int rc = whole(name, full);

	if (rc < 0)
		return rc;
	buf_init(&value, LIMIT_META_BYTES);
	rc = host_get_xattr(r->host, r->fd, full, &value);
	it.value = buf_span(&value);
	if (rc == 0)
		meta_put(&r->w, &it);
	buf_release(&value);
	return rc == -ENODATA ? 0 : rc;
}

int
attr_read_xattrs(struct attr_reading *r)
{
	struct names names;
	int rc = list(r->host, r->fd, &names);

	for (size_t i = 0; rc == 0 && i < names.v.n; i++)
		rc = read_one(r, span_str(names.v.items[i]));
	names_release(&names);
	return rc;
}

/* Is an attribute of that name wanted? */
static bool
wanted(struct span part, const char *name)
{
	struct wire_reader r = meta_items(part);
	struct meta_item it;

	while (meta_next(&r, &it))
		if (it.tag == META_TAG_XATTR &&
		    span_equal(it.name, span_str(name)))
			return true;
	return false;
}

static int
drop_others(struct attr_setting *s)
{
	char full[ATTR_NAME_BYTES + 1];
	struct names names;
	int rc = list(s->host, s->fd, &names);

	for (size_t i = 0; rc == 0 && i < names.v.n; i++) {
		if (wanted(s->part, names.v.items[i]))
			continue;
		rc = whole(span_str(names.v.items[i]), full);
		if (rc == 0)
			rc = attr_drop(s, META_XATTR, full);
	}
	names_release(&names);
	return rc == -EOPNOTSUPP ? 0 : rc;
}

int
attr_set_xattrs(struct attr_setting *s)
{
	struct wire_reader r = meta_items(s->part);
	char full[ATTR_NAME_BYTES + 1];
	struct meta_item it;
	int rc = drop_others(s);

	if (attr_refused(rc)) {
		attr_leave(s->left, META_XATTR, rc, span_of(NULL, 0));
		rc = 0;
	}
	while (rc == 0 && meta_next(&r, &it)) {
		if (it.tag != META_TAG_XATTR)
			continue;
		if (whole(it.name, full) < 0)
			attr_leave(s->left, META_XATTR, ERR_LIMIT, it.name);
		else
			rc = attr_put(s, META_XATTR, full, it.value, NULL);
	}
	return rc;
}
