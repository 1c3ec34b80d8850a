/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/attr/attr_fake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct fake fake;

/* What the next call says: 0, or what it was told to fail with. */
static int
told(void)
{
	fake.calls++;
	if (fake.fail_at == 0 || fake.calls < fake.fail_at)
		return 0;
	return fake.calls == fake.fail_at || fake.fail_on ? fake.err : 0;
}

static int
told_of(int fd)
{
	MUST(fd == FAKE_FD);
	return told();
}

/* ---- attributes ---------------------------------------------------------- */

int
fake_find(const char *name)
{
	for (int i = 0; i < FAKE_ATTRS; i++)
		if (fake.v[i].len != FAKE_NOT_SET &&
		    strcmp(fake.v[i].name, name) == 0)
			return i;
	return -1;
}

struct span
fake_value(const char *name)
{
	int i = fake_find(name);

	MUST(i >= 0);
	return span_of(fake.v[i].bytes, (size_t)fake.v[i].len);
}

void
fake_put(const char *name, struct span value)
{
	int i = fake_find(name);

	for (int k = 0; i < 0 && k < FAKE_ATTRS; k++)
		if (fake.v[k].len == FAKE_NOT_SET)
			i = k;
	MUST(i >= 0);
	MUST(strlen(name) < sizeof fake.v[i].name);
	MUST(value.len <= sizeof fake.v[i].bytes);
	strcpy(fake.v[i].name, name);
	memcpy(fake.v[i].bytes, value.p, value.len);
	fake.v[i].len = (int)value.len;
}

static int
add_long_name(struct buf *out)
{
	char *name = malloc(fake.names_bytes + 1);
	int rc;

	MUST(name != NULL);
	memset(name, 'n', fake.names_bytes);
	memcpy(name, "user.", 5);
	name[fake.names_bytes] = '\0';
	rc = buf_add(out, span_of(name, fake.names_bytes + 1));
	free(name);
	return rc;
}

static int
list_xattrs(void *self, int fd, struct buf *out)
{
	int rc = told_of(fd);

	(void)self;
	if (fake.none)
		return -EOPNOTSUPP;
	for (int i = 0; rc == 0 && i < FAKE_ATTRS; i++)
		if (fake.v[i].len != FAKE_NOT_SET)
			rc = buf_add(out, span_of(fake.v[i].name,
					      strlen(fake.v[i].name) + 1));
	return rc == 0 && fake.names_bytes > 0 ? add_long_name(out) : rc;
}

static int
get_xattr(void *self, int fd, const char *name, struct buf *out)
{
	static char bytes[LIMIT_META_BYTES];
	int rc = told_of(fd), i = fake_find(name);

	(void)self;
	if (fake.none)
		return -EOPNOTSUPP;
	if (rc == 0 && i < 0)
		rc = -ENODATA;
	if (rc < 0)
		return rc;
	return buf_add(out,
	    fake.large > 0 ? span_of(bytes, fake.large) : fake_value(name));
}

/* Whatever a peer says, nothing else is ever set. */
static void
expect_ours(const char *name)
{
	MUST(strncmp(name, "user.", 5) == 0 || strcmp(name, FAKE_ACCESS) == 0 ||
	     strcmp(name, FAKE_DEFAULT) == 0);
}

static int
set_xattr(void *self, int fd, const char *name, struct span value)
{
	int rc = told_of(fd);

	(void)self;
	expect_ours(name);
	fake.changes++;
	if (rc == 0)
		rc = fake.set_rc;
	if (rc == 0)
		fake_put(name, value);
	return rc;
}

static int
remove_xattr(void *self, int fd, const char *name)
{
	int rc = told_of(fd);

	(void)self;
	expect_ours(name);
	fake.changes++;
	if (rc == 0)
		rc = fake.set_rc;
	if (rc < 0)
		return rc;
	if (fake_find(name) < 0)
		return -ENODATA;
	fake.v[fake_find(name)].len = FAKE_NOT_SET;
	return 0;
}

/* ---- owners -------------------------------------------------------------- */

static int
stat_fd(void *self, int fd, struct host_stat *out)
{
	int rc = told_of(fd);

	(void)self;
	if (rc == 0)
		*out = fake.st;
	return rc;
}

static int
set_owner(void *self, int fd, uint32_t user, uint32_t group)
{
	int rc = told_of(fd);

	(void)self;
	fake.changes++;
	if (rc == 0)
		rc = fake.own_rc;
	if (rc < 0)
		return rc;
	if (user != HOST_NOBODY)
		fake.st.user = user;
	if (group != HOST_NOBODY)
		fake.st.group = group;
	return 0;
}

static bool
may_own(void *self)
{
	(void)self;
	return fake.owns;
}

/* A number goes by the first of its names. */
static const struct {
	enum host_who who;
	uint32_t number;
	const char *name;
} people[] = {
    {HOST_USER, 1, "ana"},
    {HOST_USER, 2, "bo"},
    {HOST_USER, 3, "bo"},
    {HOST_USER, 2, "robert"},
    {HOST_USER, FAKE_ANONYMOUS, ""},
    {HOST_GROUP, 8, "all"},
    {HOST_GROUP, 9, "bo"},
    {HOST_GROUP, FAKE_ANONYMOUS, ""},
};
enum { PEOPLE = sizeof people / sizeof *people };

static int
who_name(void *self, enum host_who who, uint32_t number, struct buf *out)
{
	static const char many[LIMIT_META_NAME_BYTES + 1];
	int rc = told();

	(void)self;
	if (rc < 0)
		return rc;
	if (number == FAKE_LONG)
		return buf_add(out, span_of(many, sizeof many));
	for (size_t i = 0; i < PEOPLE; i++)
		if (people[i].who == who && people[i].number == number)
			return buf_add(out, span_str(people[i].name));
	return -ENOENT;
}

static int
who_number(void *self, enum host_who who, struct span name, uint32_t *out)
{
	int rc = told();

	(void)self;
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < PEOPLE; i++)
		if (people[i].who == who &&
		    span_equal(name, span_str(people[i].name))) {
			*out = people[i].number;
			return 0;
		}
	return -ENOENT;
}

static const struct host_ops ops = {.list_xattrs = list_xattrs,
    .get_xattr = get_xattr,
    .set_xattr = set_xattr,
    .remove_xattr = remove_xattr,
    .stat_fd = stat_fd,
    .set_owner = set_owner,
    .may_own = may_own,
    .who_name = who_name,
    .who_number = who_number};
const struct host fake_host = {.ops = &ops};

/* ---- what is asked of it ------------------------------------------------- */

void
fake_begin(void)
{
	fake = (struct fake){
	    .st = {.kind = KIND_FILE, .bits = 0640, .user = 1, .group = 8}};
	for (int i = 0; i < FAKE_ATTRS; i++)
		fake.v[i].len = FAKE_NOT_SET;
	buf_init(&fake.part, LIMIT_META_BYTES);
}

void
fake_end(void)
{
	buf_release(&fake.part);
}

struct span
fake_read(unsigned classes)
{
	ck_assert_int_eq(attr_read(&fake_host, FAKE_FD, &fake.st, classes,
			     &fake.part, &fake.left),
	    0);
	ck_assert(fake.part.len == 0 ||
		  meta_valid(buf_span(&fake.part), fake.st.kind == KIND_DIR));
	return buf_span(&fake.part);
}

uint16_t
fake_set(struct span what, unsigned classes, uint16_t bits)
{
	bool changed;
	size_t before = fake.changes;

	ck_assert(meta_valid(what, fake.st.kind == KIND_DIR));
	ck_assert_int_eq(attr_set(&fake_host, FAKE_FD, what, classes, &bits,
			     &fake.left, &changed),
	    0);
	ck_assert(changed == (fake.changes > before));
	return bits;
}
