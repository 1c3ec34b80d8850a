/* SPDX-License-Identifier: Apache-2.0 */
/* File systems, kernels and systems that lack something. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

TCase *
host_refuse_file_tcase(void)
{
	TCase *t = bench_tcase("files");

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
	return t;
}
