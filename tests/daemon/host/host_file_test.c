/* SPDX-License-Identifier: Apache-2.0 */
/* host.c and host_posix_file.c, as far as host_conformance.c does not go. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/daemon/host/host_test_internal.h"

static int
open_result(const char *name, int flags)
{
	int fd;
	int rc = host_open(b.h, b.dir, name, flags, &fd);

	if (rc == 0)
		host_close(b.h, fd);
	return rc;
}

START_TEST(opening_a_pipe_neither_blocks_nor_succeeds)
{
	struct host_stat st;

	OK(mkfifoat(b.dir, "fifo", 0600));
	FAILS(open_result("fifo", HOST_READ), -ENODEV);
	FAILS(open_result("fifo", HOST_WRITE), -ENODEV);
	FAILS(open_result("fifo", HOST_READ | HOST_WRITE), -ENODEV);
	FAILS(open_result("fifo", HOST_WRITE | HOST_CREATE), -ENODEV);
	OK(host_stat_at(b.h, b.dir, "fifo", &st));
	ck_assert_int_eq(st.kind, KIND_OPAQUE);
}
END_TEST

START_TEST(opening_a_socket_fails)
{
	int fd;

	OK(host_listen_local(b.h, b.dir, "sock", &fd));
	FAILS(open_result("sock", HOST_READ), -ENODEV);
	host_close(b.h, fd);
}
END_TEST

START_TEST(descriptors_are_inherited_by_no_child)
{
	int fd;

	bench_file(b.dir, "f", "x");
	OK(host_open(b.h, b.dir, "f", HOST_READ, &fd));
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	ck_assert_int_eq(fcntl(b.dir, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	host_close(b.h, fd);
}
END_TEST

START_TEST(large_transfers_arrive_whole)
{
	const size_t len = (8 << 20) + 123;
	uint8_t *out = malloc(len);
	uint8_t *in = calloc(1, len);
	int fd;

	host_random(b.h, out, len);
	OK(host_open(
	    b.h, b.dir, "f", HOST_READ | HOST_WRITE | HOST_CREATE, &fd));
	OK(host_write_at(b.h, fd, out, len, 77));
	ck_assert_int_eq(
	    host_read_at(b.h, fd, in, len + 1000, 77), (int64_t)len);
	ck_assert_mem_eq(in, out, len);
	host_close(b.h, fd);
	free(out);
	free(in);
}
END_TEST

/* Without SIGXFSZ being ignored this would end the process. */
START_TEST(a_write_beyond_the_limit_is_an_error)
{
	struct rlimit limit = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
	int fd;

	OK(host_open(b.h, b.dir, "f", HOST_WRITE | HOST_CREATE, &fd));
	OK(setrlimit(RLIMIT_FSIZE, &limit));
	FAILS(host_write_at(b.h, fd, "x", 1, 8192), -EFBIG);
	FAILS(host_truncate(b.h, fd, 8192), -EFBIG);
	limit.rlim_cur = RLIM_INFINITY;
	OK(setrlimit(RLIMIT_FSIZE, &limit));
	FAILS(host_truncate(b.h, fd, UINT64_MAX), -EFBIG);
	host_close(b.h, fd);
}
END_TEST

START_TEST(offsets_go_beyond_four_gibibytes)
{
	char got[3];
	struct host_stat st;
	int fd;

	OK(host_open(
	    b.h, b.dir, "f", HOST_READ | HOST_WRITE | HOST_CREATE, &fd));
	OK(host_write_at(b.h, fd, "end", 3, UINT64_C(5) << 30));
	OK(host_stat_fd(b.h, fd, &st));
	ck_assert_uint_eq(st.size, (UINT64_C(5) << 30) + 3);
	ck_assert_int_eq(host_read_at(b.h, fd, got, 3, UINT64_C(5) << 30), 3);
	ck_assert_mem_eq(got, "end", 3);
	host_close(b.h, fd);
}
END_TEST

START_TEST(a_failed_write_leaves_the_old_small_file)
{
	struct rlimit limit = {.rlim_cur = 4, .rlim_max = RLIM_INFINITY};
	struct host_list list;

	OK(host_write_file(b.h, b.dir, "f", SPAN_LIT("old")));
	OK(setrlimit(RLIMIT_FSIZE, &limit));
	FAILS(
	    host_write_file(b.h, b.dir, "f", SPAN_LIT("much longer")), -EFBIG);
	limit.rlim_cur = RLIM_INFINITY;
	OK(setrlimit(RLIMIT_FSIZE, &limit));
	bench_holds(b.dir, "f", "old");
	host_list_init(&list);
	OK(host_list(b.h, b.dir, &list));
	ck_assert_uint_eq(list.v.n, 1);
	host_list_release(&list);
}
END_TEST

START_TEST(a_write_replaces_the_link_and_not_its_target)
{
	bench_file(b.dir, "target", "safe");
	OK(host_make_link(b.h, "target", b.dir, "f"));
	OK(host_make_link(b.h, "target", b.dir, "f.new"));
	OK(host_write_file(b.h, b.dir, "f", SPAN_LIT("new")));
	bench_holds(b.dir, "f", "new");
	bench_holds(b.dir, "target", "safe");
}
END_TEST

START_TEST(copy_range_of_a_pipe_end_says_so)
{
	int fds[2];
	int fd;

	OK(pipe(fds));
	OK(host_open(b.h, b.dir, "f", HOST_WRITE | HOST_CREATE, &fd));
	ck_assert_int_lt(host_copy_range(b.h, fds[0], 0, fd, 0, 1), 0);
	ck_assert_int_lt(host_clone(b.h, fds[0], 0, fd, 0, 0), 0);
	host_close(b.h, fd);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

TCase *
host_file_tcase(void)
{
	TCase *tcase = bench_tcase("file");

	tcase_add_test(tcase, opening_a_pipe_neither_blocks_nor_succeeds);
	tcase_add_test(tcase, opening_a_socket_fails);
	tcase_add_test(tcase, descriptors_are_inherited_by_no_child);
	tcase_add_test(tcase, large_transfers_arrive_whole);
	tcase_add_test(tcase, a_write_beyond_the_limit_is_an_error);
	tcase_add_test(tcase, offsets_go_beyond_four_gibibytes);
	tcase_add_test(tcase, a_failed_write_leaves_the_old_small_file);
	tcase_add_test(tcase, a_write_replaces_the_link_and_not_its_target);
	tcase_add_test(tcase, copy_range_of_a_pipe_end_says_so);
	return tcase;
}
