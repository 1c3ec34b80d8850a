/* SPDX-License-Identifier: Apache-2.0 */
/* Machines and metadata that are not as usual. */
#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <unistd.h>

#include "tests/daemon/host/host_refuse.h"
#include "tests/daemon/host/host_test_internal.h"
#include "tests/proto/model/fail_alloc.h"

/* ---- the machine --------------------------------------------------------- */

START_TEST(a_network_file_system_is_not_local)
{
	struct statfs fs = {
	    .f_type = NFS_SUPER_MAGIC, .f_bsize = 512, .f_blocks = 6};
	struct host_fs got, other;

	refuse_fs = &fs;
	OK(host_fs_info(b.h, b.dir, &got));
	ck_assert(!got.local);
	/* Without a size of its own for fragments blocks count. */
	ck_assert_uint_eq(got.total_bytes, 6 * 512);
	fs.f_type = EXT4_SUPER_MAGIC;
	fs.f_frsize = 1024;
	fs.f_fsid.__val[0] = 1;
	OK(host_fs_info(b.h, b.dir, &other));
	refuse_fs = NULL;
	ck_assert(other.local);
	ck_assert_uint_eq(other.total_bytes, 6 * 1024);
	ck_assert_mem_ne(got.uuid, other.uuid, sizeof got.uuid);
}
END_TEST

START_TEST(chance_is_waited_for)
{
	uint8_t p[64] = {0};
	const uint8_t zeros[64] = {0};

	refuse("getrandom", EINTR, 0, false);
	host_random(b.h, p, sizeof p);
	ck_assert(refuse_end());
	ck_assert_mem_ne(p, zeros, sizeof p);
}
END_TEST

START_TEST(an_empty_boot_id_is_none)
{
	uint8_t id[16];

	refuse("read", 0, 0, false);
	FAILS(host_boot_id(b.h, id), -EIO);
	ck_assert(refuse_end());
}
END_TEST

/* ---- metadata ------------------------------------------------------------ */

START_TEST(an_attribute_that_grows_meanwhile_is_read_again)
{
	struct buf got;
	int fd;

	buf_init(&got, 100);
	bench_file(b.dir, "f", "x");
	OK(host_open(b.h, b.dir, "f", HOST_READ | HOST_WRITE, &fd));
	if (host_set_xattr(b.h, fd, "user.a", SPAN_LIT("abc")) == 0) {
		refuse("fgetxattr+", ERANGE, 0, false);
		OK(host_get_xattr(b.h, fd, "user.a", &got));
		ck_assert(refuse_end());
		ck_assert(span_equal(buf_span(&got), SPAN_LIT("abc")));
		refuse("fgetxattr+", ERANGE, 0, true);
		FAILS(host_get_xattr(b.h, fd, "user.a", &got), -EAGAIN);
		refuse("fgetxattr+", EIO, 0, true);
		FAILS(host_get_xattr(b.h, fd, "user.a", &got), -EIO);
		refuse("flistxattr+", EIO, 0, true);
		FAILS(host_list_xattrs(b.h, fd, &got), -EIO);
		ck_assert(refuse_end());
		ck_assert_uint_eq(got.len, 3);
	}
	refuse("flistxattr", EOPNOTSUPP, 0, true);
	FAILS(host_list_xattrs(b.h, fd, &got), -EOPNOTSUPP);
	refuse("fsetxattr", EPERM, 0, true);
	FAILS(host_set_xattr(b.h, fd, "user.a", SPAN_LIT("")), -EPERM);
	refuse("fremovexattr", EPERM, 0, true);
	FAILS(host_remove_xattr(b.h, fd, "user.a"), -EPERM);
	ck_assert(refuse_end());
	buf_release(&got);
	host_close(b.h, fd);
}
END_TEST

START_TEST(without_capabilities_root_may_own)
{
	refuse("capget", EPERM, 0, true);
	ck_assert(host_may_own(b.h) == (geteuid() == 0));
	ck_assert(refuse_end());
}
END_TEST

/* The four ways to look somebody up. */
static int
look_up(int how, struct buf *name)
{
	uint32_t number;

	switch (how) {
	case 0:
		return host_who_name(b.h, HOST_USER, 0, name);
	case 1:
		return host_who_name(b.h, HOST_GROUP, 0, name);
	case 2:
		return host_who_number(
		    b.h, HOST_USER, SPAN_LIT("root"), &number);
	default:
		return host_who_number(
		    b.h, HOST_GROUP, SPAN_LIT("root"), &number);
	}
}

START_TEST(whoever_cannot_be_found_is_nobody_but_for_trouble)
{
	static const char *const calls[] = {
	    "getpwuid_r", "getgrgid_r", "getpwnam_r", "getgrnam_r"};
	static const struct {
		int err;
		bool on;
		int told; /* 1: as ever */
	} cases[] = {{EINTR, false, 1}, {ERANGE, false, 1},
	    {ERANGE, true, -ENOENT}, {ESRCH, true, -ENOENT},
	    {EPERM, true, -ENOENT}, {EBADF, true, -ENOENT}, {EIO, true, -EIO},
	    {EMFILE, true, -EMFILE}};
	struct buf name;
	int as_ever, rc;

	buf_init(&name, 1000);
	as_ever = look_up(_i, &name);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		refuse(calls[_i], cases[i].err, 0, cases[i].on);
		rc = look_up(_i, &name);
		ck_assert(refuse_end());
		FAILS(rc, cases[i].told == 1 ? as_ever : cases[i].told);
	}
	fail_alloc_after(0, true);
	rc = look_up(_i, &name);
	ck_assert(fail_alloc_end());
	FAILS(rc, -ENOMEM);
	buf_release(&name);
}
END_TEST

START_TEST(a_name_too_long_is_nobodys)
{
	char name[LIMIT_META_NAME_BYTES + 1];
	uint32_t number;

	memset(name, 'n', sizeof name);
	FAILS(host_who_number(
		  b.h, HOST_USER, span_of(name, sizeof name), &number),
	    -ENOENT);
}
END_TEST

TCase *
host_refuse_machine_tcase(void)
{
	TCase *t = bench_tcase("machine");

	tcase_add_test(t, a_network_file_system_is_not_local);
	tcase_add_test(t, chance_is_waited_for);
	tcase_add_test(t, an_empty_boot_id_is_none);
	tcase_add_test(t, an_attribute_that_grows_meanwhile_is_read_again);
	tcase_add_test(t, without_capabilities_root_may_own);
	tcase_add_loop_test(
	    t, whoever_cannot_be_found_is_nobody_but_for_trouble, 0, 4);
	tcase_add_test(t, a_name_too_long_is_nobodys);
	return t;
}
