/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes, and owners. */
#include "tests/daemon/host/host_conformance_internal.h"

#include <errno.h>
#include <string.h>

/* Are these all the attributes of users of what is open? */
static bool
attrs_are(const struct host_conformance *c, int fd, const char *names)
{
	struct buf all;
	size_t n = 0;
	bool same = true;

	buf_init(&all, 1 << 16);
	OK(host_list_xattrs(c->h, fd, &all));
	for (size_t i = 0; i < all.len; i += strlen((char *)all.p + i) + 1) {
		const char *name = (char *)all.p + i;

		if (strncmp(name, "user.", 5) != 0)
			continue;
		n++;
		same =
		    same && strlen(name) == 6 && strchr(names, name[5]) != NULL;
	}
	buf_release(&all);
	return same && n == strlen(names);
}

static void
check_attrs(const struct host_conformance *c, int fd)
{
	struct buf value;

	buf_init(&value, 16);
	ck_assert(attrs_are(c, fd, ""));
	FAILS(host_get_xattr(c->h, fd, "user.a", &value), -ENODATA);
	FAILS(host_remove_xattr(c->h, fd, "user.a"), -ENODATA);
	OK(host_set_xattr(c->h, fd, "user.b", SPAN_LIT("b\0b")));
	OK(host_set_xattr(c->h, fd, "user.a", SPAN_LIT("first")));
	OK(host_set_xattr(c->h, fd, "user.c", SPAN_LIT("")));
	ck_assert(attrs_are(c, fd, "abc"));
	OK(host_get_xattr(c->h, fd, "user.b", &value));
	ck_assert(span_equal(buf_span(&value), SPAN_LIT("b\0b")));
	OK(host_set_xattr(c->h, fd, "user.a", SPAN_LIT("second")));
	OK(host_get_xattr(c->h, fd, "user.a", &value)); /* appended */
	ck_assert(span_equal(buf_span(&value), SPAN_LIT("b\0bsecond")));
	FAILS(host_get_xattr(c->h, fd, "user.b", &(struct buf){.max = 2}),
	    ERR_LIMIT);
	buf_clear(&value);
	OK(host_get_xattr(c->h, fd, "user.c", &value));
	ck_assert_uint_eq(value.len, 0);
	OK(host_remove_xattr(c->h, fd, "user.b"));
	ck_assert(attrs_are(c, fd, "ac"));
	buf_release(&value);
}

CHECK(attributes_are_set_and_told)
{
	int fd = opened(c, c->dir, "f", CREATE);
	int dir = dir_made(c, c->dir, "d");
	int rc = host_set_xattr(c->h, fd, "user.probe", SPAN_LIT(""));
	struct host_stat before, after;

	if (rc == 0) {
		OK(host_remove_xattr(c->h, fd, "user.probe"));
		before = at(c, "f");
		c->tick(c);
		check_attrs(c, fd);
		after = at(c, "f");
		ck_assert_int_gt(after.ctime_ns, before.ctime_ns);
		ck_assert_int_eq(after.mtime_ns, before.mtime_ns);
		check_attrs(c, dir);
	} else {
		ck_assert_int_eq(rc, -EOPNOTSUPP);
	}
	host_close(c->h, dir);
	host_close(c->h, fd);
}

CHECK(owners_have_names_and_names_numbers)
{
	int fd = opened(c, c->dir, "f", CREATE);
	struct host_stat st = at(c, "f");
	struct buf name;
	uint32_t number = HOST_NOBODY;

	buf_init(&name, 255);
	/* Leaving both as they are anybody may. */
	OK(host_set_owner(c->h, fd, HOST_NOBODY, HOST_NOBODY));
	OK(host_set_owner(c->h, fd, st.user, HOST_NOBODY));
	if (host_who_name(c->h, HOST_USER, st.user, &name) == 0) {
		ck_assert_uint_gt(name.len, 0);
		OK(host_who_number(c->h, HOST_USER, buf_span(&name), &number));
		ck_assert_uint_eq(number, st.user);
	}
	buf_clear(&name);
	if (host_who_name(c->h, HOST_GROUP, st.group, &name) == 0) {
		OK(host_who_number(c->h, HOST_GROUP, buf_span(&name), &number));
		ck_assert_uint_eq(number, st.group);
	}
	buf_clear(&name);
	FAILS(host_who_name(c->h, HOST_USER, 2147483001, &name), -ENOENT);
	FAILS(host_who_number(
		  c->h, HOST_USER, SPAN_LIT("no such name, ever"), &number),
	    -ENOENT);
	FAILS(
	    host_who_number(c->h, HOST_GROUP, SPAN_LIT(""), &number), -ENOENT);
	if (host_may_own(c->h)) {
		OK(host_set_owner(c->h, fd, 7, 8));
		ck_assert_uint_eq(at(c, "f").user, 7);
		ck_assert_uint_eq(at(c, "f").group, 8);
		OK(host_set_owner(c->h, fd, HOST_NOBODY, 9));
		ck_assert_uint_eq(at(c, "f").user, 7);
		ck_assert_uint_eq(at(c, "f").group, 9);
	}
	buf_release(&name);
	host_close(c->h, fd);
}
