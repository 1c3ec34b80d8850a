/* SPDX-License-Identifier: Apache-2.0 */
/* File systems, kernels and systems that lack something. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/host/host_refuse.h"
#include "tests/daemon/host/host_test_internal.h"
#include "tests/proto/model/fail_alloc.h"

static bool
absent(const char *name)
{
	struct host_stat st;

	return host_stat_at(b.h, b.dir, name, &st) == -ENOENT;
}

static int
move(const char *from, const char *to, enum host_rename_how how)
{
	return host_rename(b.h, b.dir, from, b.dir, to, how);
}

/* ---- renaming where there is no renameat2 -------------------------------- */

static void
no_renameat2(void)
{
	refuse("renameat2", EINVAL, 0, true);
}

START_TEST(without_renameat2_nothing_is_replaced_either)
{
	bench_file(b.dir, "a", "A");
	bench_file(b.dir, "b", "B");
	OK(host_make_link(b.h, "nowhere", b.dir, "l"));
	no_renameat2();
	FAILS(move("a", "b", HOST_NOREPLACE), -EEXIST);
	FAILS(move("none", "c", HOST_NOREPLACE), -ENOENT);
	OK(move("a", "c", HOST_NOREPLACE));
	OK(move("l", "m", HOST_NOREPLACE));
	ck_assert(refuse_end());
	ck_assert(absent("a") && absent("l"));
	bench_holds(b.dir, "b", "B");
	bench_holds(b.dir, "c", "A");
}
END_TEST

START_TEST(what_only_renameat2_can_do_is_said)
{
	static const int errs[] = {EPERM, EOPNOTSUPP};

	bench_file(b.dir, "a", "A");
	bench_file(b.dir, "b", "B");
	OK(host_make_dir(b.h, b.dir, "d", 0700));
	no_renameat2();
	FAILS(move("d", "e", HOST_NOREPLACE), -EINVAL);
	FAILS(move("a", "b", HOST_EXCHANGE), -EINVAL);
	refuse("renameat2", ENOSYS, 0, true);
	FAILS(move("a", "b", HOST_EXCHANGE), -EINVAL);
	/* FAT has no hard links either. */
	for (size_t i = 0; i < 2; i++) {
		refuse("linkat", errs[i], 0, false);
		FAILS(move("a", "c", HOST_NOREPLACE), -EINVAL);
	}
	refuse("linkat", EMLINK, 0, false);
	FAILS(move("a", "c", HOST_NOREPLACE), -EMLINK);
	ck_assert(refuse_end());
	ck_assert(absent("c"));
	bench_holds(b.dir, "a", "A");
}
END_TEST

START_TEST(what_cannot_leave_its_old_name_gets_no_new_one)
{
	bench_file(b.dir, "a", "A");
	no_renameat2();
	refuse("unlinkat", EROFS, 0, false);
	FAILS(move("a", "c", HOST_NOREPLACE), -EROFS);
	ck_assert(refuse_end());
	ck_assert(absent("c"));
	bench_holds(b.dir, "a", "A");
}
END_TEST

/* ---- what differs from one file system to another ------------------------ */

START_TEST(a_file_system_without_shared_blocks_says_so_in_one_way)
{
	static const struct {
		int err, told;
	} cases[] = {{ENOTTY, -EOPNOTSUPP}, {ENOSYS, -EOPNOTSUPP},
	    {EOPNOTSUPP, -EOPNOTSUPP}, {EXDEV, -EXDEV}, {EINVAL, -EINVAL}};
	int from, to;

	bench_file(b.dir, "from", "x");
	bench_file(b.dir, "to", "y");
	OK(host_open(b.h, b.dir, "from", HOST_READ, &from));
	OK(host_open(b.h, b.dir, "to", HOST_WRITE, &to));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		refuse("ioctl", cases[i].err, 0, false);
		FAILS(host_clone(b.h, from, 0, to, 0, 0), cases[i].told);
		ck_assert(refuse_end());
	}
	refuse("copy_file_range", ENOSYS, 0, false);
	FAILS((int)host_copy_range(b.h, from, 0, to, 0, 1), -EOPNOTSUPP);
	ck_assert(refuse_end());
	bench_holds(b.dir, "to", "y");
	host_close(b.h, from);
	host_close(b.h, to);
}
END_TEST

START_TEST(where_holes_are_not_told_all_is_data)
{
	static const int errs[] = {EINVAL, EOPNOTSUPP};
	uint64_t from, to;
	int fd;

	bench_file(b.dir, "f", "0123456789");
	OK(host_open(b.h, b.dir, "f", HOST_READ, &fd));
	for (size_t i = 0; i < 2; i++) {
		refuse("lseek", errs[i], 0, true);
		OK(host_data_at(b.h, fd, 3, &from, &to));
		ck_assert(from == 3 && to == 10);
		OK(host_data_at(b.h, fd, 11, &from, &to));
		ck_assert(from == 10 && to == 10);
		ck_assert(refuse_end());
	}
	/* The last data went while it was looked for. */
	refuse("lseek", ENXIO, 1, false);
	OK(host_data_at(b.h, fd, 3, &from, &to));
	ck_assert(from == 10 && to == 10);
	refuse("lseek", EIO, 1, false);
	FAILS(host_data_at(b.h, fd, 3, &from, &to), -EIO);
	ck_assert(refuse_end());
	/* Its size is needed then. */
	host_close(b.h, fd);
	OK(host_make_dir(b.h, b.dir, "d", 0700));
	OK(host_open(b.h, b.dir, "f", HOST_READ, &fd));
	refuse("fstat", EIO, 0, false);
	FAILS(host_data_at(b.h, fd, 10, &from, &to), -EIO);
	ck_assert(refuse_end());
	host_close(b.h, fd);
}
END_TEST

START_TEST(a_write_that_gets_nowhere_ends)
{
	int fd;

	bench_file(b.dir, "f", "x");
	OK(host_open(b.h, b.dir, "f", HOST_WRITE, &fd));
	refuse("pwrite", 0, 0, false);
	FAILS(host_write_at(b.h, fd, "abc", 3, 0), -EIO);
	ck_assert(refuse_end());
	host_close(b.h, fd);
}
END_TEST

START_TEST(a_directory_in_the_way_is_full_by_any_name)
{
	OK(host_make_dir(b.h, b.dir, "d", 0700));
	refuse("unlinkat", EEXIST, 0, false);
	FAILS(host_remove_dir(b.h, b.dir, "d"), -ENOTEMPTY);
	ck_assert(refuse_end());
}
END_TEST

START_TEST(a_small_file_is_not_written_beside_what_cannot_go)
{
	bench_file(b.dir, "f", "old");
	bench_file(b.dir, "f.new", "half");
	refuse("unlinkat", EROFS, 0, true);
	FAILS(host_write_file(b.h, b.dir, "f", SPAN_LIT("new")), -EROFS);
	ck_assert(refuse_end());
	bench_holds(b.dir, "f", "old");
	/* The first error is told when what it leaves cannot go either. */
	OK(host_unlink(b.h, b.dir, "f.new"));
	OK(host_make_dir(b.h, b.dir, "d", 0700));
	refuse("unlinkat", EROFS, 0, true);
	FAILS(host_write_file(b.h, b.dir, "d", SPAN_LIT("new")), -EISDIR);
	ck_assert(refuse_end());
}
END_TEST

START_TEST(what_is_read_as_needed_once_is_let_go_of)
{
	int fd;

	bench_file(b.dir, "f", "abc");
	OK(host_open(b.h, b.dir, "f", HOST_READ | HOST_FROM_DISK, &fd));
	host_close(b.h, fd);
	bench_holds(b.dir, "f", "abc");
}
END_TEST

START_TEST(memory_that_runs_out_is_told_and_the_next_look_is_whole)
{
	struct host_list list;
	bool failed = true;
	int n = 0;

	for (int i = 0; i < 20; i++) {
		char name[] = {(char)('a' + i), '\0'};

		bench_file(b.dir, name, "x");
	}
	for (long at = 0; failed; at++, n++) {
		int rc;

		host_list_init(&list);
		fail_alloc_after(at, false);
		rc = host_list(b.h, b.dir, &list);
		failed = fail_alloc_end();
		FAILS(rc, failed ? -ENOMEM : 0);
		OK(host_list(b.h, b.dir, &list));
		ck_assert_uint_eq(list.v.n, 20);
		host_list_release(&list);
	}
	ck_assert_int_gt(n, 2);
}
END_TEST

START_TEST(a_lease_that_cannot_be_noted_is_not_kept)
{
	bool held = true;
	int fd, rc;

	bench_file(b.dir, "f", "abc");
	OK(host_open(b.h, b.dir, "f", HOST_READ, &fd));
	fail_alloc_after(0, true);
	rc = host_lease(b.h, fd, HOST_LEASE_READ);
	ck_assert(fail_alloc_end());
	FAILS(rc, -ENOMEM);
	ck_assert_int_eq(fcntl(fd, F_GETLEASE), F_UNLCK);
	OK(host_lease_held(b.h, fd, &held));
	ck_assert(!held);
	OK(host_lease(b.h, fd, HOST_LEASE_READ));
	OK(host_lease(b.h, fd, HOST_LEASE_READ)); /* again, which is one */
	OK(host_lease_held(b.h, fd, &held));
	ck_assert(held);
	host_close(b.h, fd);
}
END_TEST

/* ---- opening ------------------------------------------------------------- */

START_TEST(a_root_that_is_there_need_not_be_made)
{
	char path[sizeof b.path + 8];
	int fd;

	refuse("mkdir", EROFS, 0, true);
	OK(host_open_root(b.h, b.path, HOST_CREATE, &fd));
	host_close(b.h, fd);
	snprintf(path, sizeof path, "%s/new", b.path);
	FAILS(host_open_root(b.h, path, HOST_CREATE, &fd), -EROFS);
	ck_assert(refuse_end());
	ck_assert(absent("new"));
}
END_TEST

START_TEST(a_tree_that_moves_all_the_time_is_told_as_such)
{
	int fd;

	OK(host_make_dir(b.h, b.dir, "d", 0700));
	refuse("openat2", EAGAIN, 0, false);
	OK(host_open_below(b.h, b.dir, SPAN_LIT("d"), &fd));
	host_close(b.h, fd);
	refuse("openat2", EAGAIN, 0, true);
	FAILS(host_open_below(b.h, b.dir, SPAN_LIT("d"), &fd), -EAGAIN);
	ck_assert(refuse_end());
}
END_TEST

START_TEST(what_cannot_be_looked_at_is_not_entered)
{
	int fd;

	OK(host_make_dir(b.h, b.dir, "d", 0700));
	host_uv_forgo_openat2(b.h);
	refuse("fstat", EIO, 1, false);
	FAILS(host_open_below(b.h, b.dir, SPAN_LIT("d"), &fd), -EXDEV);
	ck_assert(refuse_end());
}
END_TEST

START_TEST(a_kernel_or_a_filter_without_openat2_is_noticed)
{
	static const struct {
		int err;
		bool works;
	} cases[] = {{ENOSYS, false}, {EPERM, false}, {EACCES, true}};
	struct host *h;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		refuse("openat2", cases[i].err, 0, false);
		OK(host_uv_new(&h));
		ck_assert(refuse_end());
		ck_assert(host_uv_has_openat2(h) == cases[i].works);
		host_uv_free(h);
	}
}
END_TEST

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
host_refuse_file_tcase(void)
{
	TCase *t = bench_tcase("files");

	tcase_add_test(t, without_renameat2_nothing_is_replaced_either);
	tcase_add_test(t, what_only_renameat2_can_do_is_said);
	tcase_add_test(t, what_cannot_leave_its_old_name_gets_no_new_one);
	tcase_add_test(
	    t, a_file_system_without_shared_blocks_says_so_in_one_way);
	tcase_add_test(t, where_holes_are_not_told_all_is_data);
	tcase_add_test(t, a_write_that_gets_nowhere_ends);
	tcase_add_test(t, a_directory_in_the_way_is_full_by_any_name);
	tcase_add_test(t, a_small_file_is_not_written_beside_what_cannot_go);
	tcase_add_test(t, what_is_read_as_needed_once_is_let_go_of);
	tcase_add_test(
	    t, memory_that_runs_out_is_told_and_the_next_look_is_whole);
	tcase_add_test(t, a_lease_that_cannot_be_noted_is_not_kept);
	tcase_add_test(t, a_root_that_is_there_need_not_be_made);
	tcase_add_test(t, a_tree_that_moves_all_the_time_is_told_as_such);
	tcase_add_test(t, what_cannot_be_looked_at_is_not_entered);
	tcase_add_test(t, a_kernel_or_a_filter_without_openat2_is_noticed);
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
