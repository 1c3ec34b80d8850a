/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extended attributes and owners. Sets of attributes are never changed but
 * replaced, so that the live inode and the disk share them. As on ext4 an
 * inode has no more of them than a block. There are no access lists. The users
 * and groups below 100 are called u0 and so on.
 */
#include "tests/sim/sim_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 4096, NAMED = 100 };

static const char prefix[] = "user.";

struct sim_attr {
	char *name;
	uint8_t *bytes;
	size_t len;
};

struct sim_attrs {
	uint32_t refs;
	size_t n;
	struct sim_attr v[]; /* ascending by name */
};

struct sim_attrs *
sim_attrs_ref(struct sim_attrs *a)
{
	if (a)
		a->refs++;
	return a;
}

void
sim_attrs_unref(struct sim_attrs *a)
{
	if (a == NULL || --a->refs > 0)
		return;
	for (size_t i = 0; i < a->n; i++) {
		free(a->v[i].name);
		free(a->v[i].bytes);
	}
	free(a);
}

static void
append(struct sim_attrs *a, const char *name, struct span value)
{
	struct sim_attr *it = &a->v[a->n++];

	it->name = sim_strdup(name);
	it->bytes = sim_alloc(value.len + 1);
	if (value.len > 0)
		memcpy(it->bytes, value.p, value.len);
	it->len = value.len;
}

/* A copy, in which name has a value, or with NULL is not there. */
static struct sim_attrs *
changed(const struct sim_attrs *a, const char *name, const struct span *value)
{
	size_t n = a ? a->n : 0;
	struct sim_attrs *copy =
	    sim_alloc(sizeof *copy + (n + 1) * sizeof *copy->v);
	bool placed = value == NULL;

	copy->refs = 1;
	for (size_t i = 0; i < n; i++) {
		int order = strcmp(a->v[i].name, name);

		if (!placed && order >= 0) {
			append(copy, name, *value);
			placed = true;
		}
		if (order != 0)
			append(copy, a->v[i].name,
			    span_of(a->v[i].bytes, a->v[i].len));
	}
	if (!placed)
		append(copy, name, *value);
	return copy;
}

static size_t
bytes_of(const struct sim_attrs *a)
{
	size_t sum = 0;

	for (size_t i = 0; a && i < a->n; i++)
		sum += strlen(a->v[i].name) + a->v[i].len;
	return sum;
}

static const struct sim_attr *
find(const struct sim_inode *i, const char *name)
{
	for (size_t k = 0; i->attrs && k < i->attrs->n; k++)
		if (strcmp(i->attrs->v[k].name, name) == 0)
			return &i->attrs->v[k];
	return NULL;
}

static void
touched(struct sim_inode *i)
{
	i->ctime = sim_fs_stamp(i->fs);
	sim_fs_dirty(i, SIZE_MAX, 0);
	sim_watch_inode(i, HOST_EVENT_CHANGED);
}

static void
take(struct sim_inode *i, struct sim_attrs *attrs)
{
	sim_attrs_unref(i->attrs);
	i->attrs = attrs;
	touched(i);
}

/* ---- what the kernel does ------------------------------------------------ */

static bool
has_it(const char *name)
{
	return strncmp(name, prefix, sizeof prefix - 1) == 0;
}

static int
get_attr(const struct sim_inode *i, const char *name, struct buf *out)
{
	const struct sim_attr *a = find(i, name);

	if (!has_it(name))
		return -EOPNOTSUPP;
	return a ? buf_add(out, span_of(a->bytes, a->len)) : -ENODATA;
}

int
sim_fs_set_attr(struct sim_inode *i, const char *name, const struct span *value)
{
	struct sim_attrs *next;

	if (!has_it(name))
		return -EOPNOTSUPP;
	if (i->kind != KIND_FILE && i->kind != KIND_DIR)
		return -EPERM;
	if (value == NULL && find(i, name) == NULL)
		return -ENODATA;
	next = changed(i->attrs, name, value);
	if (value != NULL && bytes_of(next) > BLOCK_BYTES) {
		sim_attrs_unref(next);
		return -ENOSPC;
	}
	take(i, next);
	return 0;
}

void
sim_fs_set_owner(struct sim_inode *i, uint32_t user, uint32_t group)
{
	if (user != HOST_NOBODY)
		i->user = user;
	if (group != HOST_NOBODY)
		i->group = group;
	touched(i);
}

/* ---- the table ----------------------------------------------------------- */

/* Begins a call about a descriptor. */
static int
begin(struct sim_boot *b, const char *call, int fd, struct sim_file **out)
{
	int rc = sim_call_begin(b, call, (uint64_t)fd);

	b->machine->meta_calls++;
	return rc ? rc : sim_call_file(b, fd, out);
}

static int
call_list_xattrs(void *self, int fd, struct buf *out)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = begin(b, "list_xattrs", fd, &f);

	for (size_t k = 0; rc == 0 && f->inode->attrs && k < f->inode->attrs->n;
	     k++) {
		const char *name = f->inode->attrs->v[k].name;

		rc = buf_add(out, span_of(name, strlen(name) + 1));
	}
	return sim_call_end(b, rc);
}

static int
call_get_xattr(void *self, int fd, const char *name, struct buf *out)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = begin(b, "get_xattr", fd, &f);

	if (rc == 0)
		rc = get_attr(f->inode, name, out);
	return sim_call_end(b, rc);
}

static int
call_set_xattr(void *self, int fd, const char *name, struct span value)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = begin(b, "set_xattr", fd, &f);

	if (rc == 0)
		rc = sim_fs_set_attr(f->inode, name, &value);
	return sim_call_end(b, rc);
}

static int
call_remove_xattr(void *self, int fd, const char *name)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = begin(b, "remove_xattr", fd, &f);

	if (rc == 0)
		rc = sim_fs_set_attr(f->inode, name, NULL);
	return sim_call_end(b, rc);
}

static int
call_set_owner(void *self, int fd, uint32_t user, uint32_t group)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = begin(b, "set_owner", fd, &f);

	if (rc == 0)
		sim_fs_set_owner(f->inode, user, group);
	return sim_call_end(b, rc);
}

static bool
call_may_own(void *self)
{
	struct sim_boot *b = self;

	b->machine->meta_calls++;
	return true;
}

static int
call_who_name(void *self, enum host_who who, uint32_t number, struct buf *out)
{
	struct sim_boot *b = self;
	int rc = sim_call_begin(b, "who_name", number);

	b->machine->meta_calls++;
	if (rc == 0 && number >= NAMED)
		rc = -ENOENT;
	if (rc == 0)
		rc =
		    buf_addf(out, "%c%u", who == HOST_USER ? 'u' : 'g', number);
	return sim_call_end(b, rc);
}

static int
call_who_number(void *self, enum host_who who, struct span name, uint32_t *out)
{
	struct sim_boot *b = self;
	int rc = sim_call_begin(b, "who_number", name.len);
	char here[16];

	b->machine->meta_calls++;
	if (rc)
		return sim_call_end(b, rc);
	rc = -ENOENT;
	for (uint32_t n = 0; n < NAMED; n++) {
		snprintf(
		    here, sizeof here, "%c%u", who == HOST_USER ? 'u' : 'g', n);
		if (span_equal(name, span_str(here))) {
			*out = n;
			rc = 0;
		}
	}
	return sim_call_end(b, rc);
}

void
sim_meta_fill(struct host_ops *ops)
{
	ops->list_xattrs = call_list_xattrs;
	ops->get_xattr = call_get_xattr;
	ops->set_xattr = call_set_xattr;
	ops->remove_xattr = call_remove_xattr;
	ops->set_owner = call_set_owner;
	ops->may_own = call_may_own;
	ops->who_name = call_who_name;
	ops->who_number = call_who_number;
}

uint64_t
sim_host_meta_calls(const struct sim_host *h)
{
	return h->meta_calls;
}

/* ---- users --------------------------------------------------------------- */

static int
user_set(struct sim_host *h, const char *path, const char *name,
    const struct span *value)
{
	struct sim_inode *i;
	int rc = sim_user_find(h, path, &i);

	return rc ? rc : sim_fs_set_attr(i, name, value);
}

int
sim_user_set_attr(
    struct sim_host *h, const char *path, const char *name, const char *value)
{
	struct span bytes = span_str(value);

	return user_set(h, path, name, &bytes);
}

int
sim_user_remove_attr(struct sim_host *h, const char *path, const char *name)
{
	return user_set(h, path, name, NULL);
}

int
sim_user_chown(
    struct sim_host *h, const char *path, uint32_t user, uint32_t group)
{
	struct sim_inode *i;
	int rc = sim_user_find(h, path, &i);

	if (rc == 0)
		sim_fs_set_owner(i, user, group);
	return rc;
}

int
sim_user_attrs(struct sim_host *h, const char *path, struct buf *out)
{
	struct sim_inode *i;
	int rc = sim_fs_walk(h, path, false, &i);

	for (size_t k = 0; rc == 0 && i->attrs && k < i->attrs->n; k++) {
		const struct sim_attr *a = &i->attrs->v[k];

		rc = buf_addf(out, "%s=%.*s ", a->name, (int)a->len,
		    (const char *)a->bytes);
	}
	return rc;
}
