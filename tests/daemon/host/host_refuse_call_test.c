/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the kernel refuses is told as it is, and leaves nothing behind. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/host/host_refuse.h"
#include "tests/daemon/host/host_test_internal.h"

static int fd; /* of "f", a file of 3 bytes; beside it are d and l */

/* One that is a single call. */
#define DEED(name, call)                                                       \
	static int do_##name(void)                                             \
	{                                                                      \
		return call;                                                   \
	}

/* clang-format off */
DEED(write, host_write_at(b.h, fd, "abc", 3, 0))
DEED(truncate, host_truncate(b.h, fd, 3))
DEED(sync, host_sync(b.h, fd))
DEED(sync_fs, host_sync_fs(b.h, fd))
DEED(lock, host_lock(b.h, fd))
DEED(bits, host_set_bits(b.h, fd, 0600))
DEED(owner, host_set_owner(b.h, fd, HOST_NOBODY, HOST_NOBODY))
DEED(mtime, host_set_mtime(b.h, fd, 5))
DEED(mtime_at, host_set_mtime_at(b.h, b.dir, "f", 5))
DEED(rename, host_rename(b.h, b.dir, "g", b.dir, "g", HOST_REPLACE))
DEED(exchange, host_rename(b.h, b.dir, "f", b.dir, "g", HOST_EXCHANGE))
/* clang-format on */

static int
do_open(void)
{
	int got;
	int rc = host_open(b.h, b.dir, "f", HOST_READ, &got);

	if (rc == 0)
		host_close(b.h, got);
	return rc;
}

static int
do_root(void)
{
	int got;
	int rc = host_open_root(b.h, b.path, 0, &got);

	if (rc == 0)
		host_close(b.h, got);
	return rc;
}

static int
do_stat_fd(void)
{
	struct host_stat st;

	return host_stat_fd(b.h, fd, &st);
}

static int
do_stat_at(void)
{
	struct host_stat st;

	return host_stat_at(b.h, b.dir, "f", &st);
}

static int
do_list(void)
{
	struct host_list list;
	int rc;

	host_list_init(&list);
	rc = host_list(b.h, b.dir, &list);
	host_list_release(&list);
	return rc;
}

static int
do_read(void)
{
	char got[3];
	int64_t n = host_read_at(b.h, fd, got, 3, 0);

	return n < 0 ? (int)n : 0;
}

static int
do_copy(void)
{
	int64_t n;
	int to;

	OK(host_open(b.h, b.dir, "g", HOST_WRITE, &to));
	n = host_copy_range(b.h, fd, 0, to, 0, UINT64_MAX);
	host_close(b.h, to);
	return n < 0 && n != -EOPNOTSUPP ? (int)n : 0;
}

static int
do_data(void)
{
	uint64_t from, to;

	return host_data_at(b.h, fd, 0, &from, &to);
}

static int
do_held(void)
{
	bool held;

	return host_lease_held(b.h, fd, &held);
}

static int
do_lease(void)
{
	int got;
	int rc;

	OK(host_open(b.h, b.dir, "g", HOST_READ, &got));
	rc = host_lease(b.h, got, HOST_LEASE_READ);
	host_close(b.h, got);
	return rc;
}

/* What it made it takes away, when it made it. */
static int
do_make_dir(void)
{
	struct host_stat st;
	mode_t mask = umask(077);
	int rc = host_make_dir(b.h, b.dir, "e", 0755);

	umask(mask);
	if (rc == 0)
		OK(host_remove_dir(b.h, b.dir, "e"));
	FAILS(host_stat_at(b.h, b.dir, "e", &st), -ENOENT);
	return rc;
}

static int
do_unlink(void)
{
	bench_file(b.dir, "gone", "x");
	return host_unlink(b.h, b.dir, "gone");
}

static int
do_remove_dir(void)
{
	int rc = host_make_dir(b.h, b.dir, "gone_dir", 0700);

	ck_assert(rc == 0 || rc == -EEXIST);
	return host_remove_dir(b.h, b.dir, "gone_dir");
}

static int
do_link(void)
{
	int rc = host_make_link(b.h, "text", b.dir, "made");

	if (rc == 0)
		OK(host_unlink(b.h, b.dir, "made"));
	return rc;
}

static int
do_read_link(void)
{
	struct buf text;
	int rc;

	buf_init(&text, LIMIT_TARGET_BYTES);
	rc = host_read_link(b.h, b.dir, "l", &text);
	buf_release(&text);
	return rc;
}

static int
do_fs_info(void)
{
	struct host_fs fs;

	return host_fs_info(b.h, fd, &fs);
}

static int
do_boot_id(void)
{
	uint8_t id[16];

	return host_boot_id(b.h, id);
}

static int
do_below(void)
{
	int got;
	int rc = host_open_below(b.h, b.dir, SPAN_LIT("d"), &got);

	if (rc == 0)
		host_close(b.h, got);
	return rc;
}

static int
do_below_by_steps(void)
{
	host_uv_forgo_openat2(b.h);
	return do_below();
}

static int
do_read_file(void)
{
	struct buf got;
	int rc;

	buf_init(&got, 3);
	rc = host_read_file(b.h, b.dir, "f", &got);
	ck_assert_uint_eq(got.len, rc == 0 ? 3 : 0);
	buf_release(&got);
	return rc;
}

/* Old or new stands there, and nothing beside it. */
static int
do_write_file(void)
{
	int rc = host_write_file(b.h, b.dir, "w", SPAN_LIT("new"));

	bench_holds(b.dir, "w", rc == 0 ? "new" : "old");
	bench_file(b.dir, "w", "old");
	return rc;
}

static int
do_listen_local(void)
{
	int got;
	int rc = host_listen_local(b.h, b.dir, "sock", &got);

	if (rc == 0)
		host_close(b.h, got);
	return rc;
}

static const struct {
	const char *call;
	int (*deed)(void);
	long after; /* calls of that name before */
	bool again; /* a signal before it was done is no error */
} cases[] = {
    {"open", do_root, 0, true},
    {"openat", do_open, 0, true},
    {"fstat", do_open, 0, false},
    {"fstat", do_stat_fd, 0, false},
    {"fstatat", do_stat_at, 0, false},
    {"openat", do_list, 0, true},
    {"getdents64", do_list, 0, true},
    {"getdents64", do_list, 1, true},
    {"pread", do_read, 0, true},
    {"pwrite", do_write, 0, true},
    {"ftruncate", do_truncate, 0, true},
    {"fsync", do_sync, 0, true},
    {"syncfs", do_sync_fs, 0, true},
    {"flock", do_lock, 0, true},
    {"fchmod", do_bits, 0, false},
    {"fchown", do_owner, 0, false},
    {"futimens", do_mtime, 0, false},
    {"utimensat", do_mtime_at, 0, false},
    {"copy_file_range", do_copy, 0, true},
    {"lseek", do_data, 0, false},
    {"fcntl", do_held, 0, false},
    {"fcntl", do_lease, 0, false},
    {"mkdirat", do_make_dir, 0, false},
    {"fstatat", do_make_dir, 0, false},
    {"fchmodat", do_make_dir, 0, false},
    {"unlinkat", do_unlink, 0, false},
    {"unlinkat", do_remove_dir, 0, false},
    {"renameat", do_rename, 0, false},
    {"renameat2", do_exchange, 0, false},
    {"symlinkat", do_link, 0, false},
    {"readlinkat", do_read_link, 0, false},
    {"fstatfs", do_fs_info, 0, false},
    {"fstat", do_fs_info, 0, false},
    {"open", do_boot_id, 0, true},
    {"read", do_boot_id, 0, true},
    {"openat2", do_below, 0, true},
    {"openat", do_below_by_steps, 0, true},
    {"fstat", do_below_by_steps, 0, false},
    {"openat", do_read_file, 0, true},
    {"fstat", do_read_file, 1, false},
    {"pread", do_read_file, 0, true},
    {"openat", do_write_file, 0, true},
    {"pwrite", do_write_file, 0, true},
    {"fsync", do_write_file, 0, true},
    {"renameat", do_write_file, 0, false},
    {"socket", do_listen_local, 0, false},
    {"fchmod", do_listen_local, 0, false},
    {"bind", do_listen_local, 0, false},
    {"listen", do_listen_local, 0, false},
    {"fstatat", do_listen_local, 0, false},
};
enum { CASES = sizeof cases / sizeof *cases };

static int
lowest_free(void)
{
	int got = dup(b.dir);

	ck_assert_int_ge(got, 0);
	close(got);
	return got;
}

static void
set_up(void)
{
	bench_file(b.dir, "f", "abc");
	bench_file(b.dir, "g", "g");
	bench_file(b.dir, "w", "old");
	OK(host_make_dir(b.h, b.dir, "d", 0700));
	OK(host_make_link(b.h, "f", b.dir, "l"));
	OK(host_open(b.h, b.dir, "f", HOST_READ | HOST_WRITE, &fd));
}

static void
tear_down(void)
{
	host_close(b.h, fd);
}

START_TEST(L24_a_refusal_is_told_as_it_is)
{
	static const int errs[] = {EIO, ENOSPC, EROFS};
	int free_before = lowest_free(), rc;

	for (size_t i = 0; i < sizeof errs / sizeof *errs; i++) {
		refuse(cases[_i].call, errs[i], cases[_i].after, false);
		rc = cases[_i].deed();
		ck_assert_msg(refuse_end(), "%s", cases[_i].call);
		ck_assert_msg(rc == -errs[i], "%s: %d", cases[_i].call, rc);
		ck_assert_int_eq(lowest_free(), free_before);
	}
	OK(cases[_i].deed());
	ck_assert_int_eq(lowest_free(), free_before);
}
END_TEST

START_TEST(L24_a_signal_before_it_is_done_is_no_error)
{
	int rc;

	refuse(cases[_i].call, EINTR, cases[_i].after, false);
	rc = cases[_i].deed();
	ck_assert_msg(refuse_end(), "%s", cases[_i].call);
	ck_assert_msg(
	    rc == (cases[_i].again ? 0 : -EINTR), "%s: %d", cases[_i].call, rc);
}
END_TEST

TCase *
host_refuse_call_tcase(void)
{
	TCase *t = bench_tcase("calls");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, L24_a_refusal_is_told_as_it_is, 0, CASES);
	tcase_add_loop_test(
	    t, L24_a_signal_before_it_is_done_is_no_error, 0, CASES);
	return t;
}
