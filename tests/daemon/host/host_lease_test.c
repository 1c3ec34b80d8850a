/* SPDX-License-Identifier: Apache-2.0 */
/* Leases against another process; within one: host_conformance.c. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/daemon/host/host_test_internal.h"

/* A process that opens a file, waiting for whoever has a lease on it. */
static pid_t
opener(const char *name, int flags)
{
	pid_t pid = fork();

	if (pid == 0) {
		int fd = openat(b.dir, name, flags);

		_exit(fd < 0);
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

static void
await_broken(int fd)
{
	bool held = true;

	while (held) {
		OK(host_lease_held(b.h, fd, &held));
		sched_yield();
	}
}

START_TEST(L69_another_process_breaks_a_lease_and_waits)
{
	static const int opens[] = {O_WRONLY, O_RDONLY};
	static const enum host_lease leases[] = {
	    HOST_LEASE_READ, HOST_LEASE_WRITE};
	int flags = _i ? HOST_READ | HOST_WRITE : HOST_READ;
	pid_t pid;
	int status;
	int fd;

	bench_file(b.dir, "f", "x");
	OK(host_open(b.h, b.dir, "f", flags, &fd));
	OK(host_lease(b.h, fd, leases[_i]));
	pid = opener("f", opens[_i]);
	/* SIGIO would have ended us, were it not ignored. */
	await_broken(fd);
	ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
	OK(host_lease(b.h, fd, HOST_LEASE_NONE));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	host_close(b.h, fd);
}
END_TEST

/* A number may be used again for a file without a lease. */
START_TEST(closing_forgets_the_lease)
{
	bool held;
	int first;
	int again;

	bench_file(b.dir, "f", "x");
	OK(host_open(b.h, b.dir, "f", HOST_READ, &first));
	OK(host_lease(b.h, first, HOST_LEASE_READ));
	host_close(b.h, first);
	OK(host_open(b.h, b.dir, "f", HOST_READ, &again));
	ck_assert_int_eq(again, first);
	OK(host_lease_held(b.h, again, &held));
	ck_assert(!held);
	host_close(b.h, again);
}
END_TEST

START_TEST(leases_are_refused_where_there_are_none)
{
	bool held;
	int fds[2];

	ck_assert_int_lt(host_lease(b.h, b.dir, HOST_LEASE_READ), 0);
	OK(pipe(fds));
	ck_assert_int_lt(host_lease(b.h, fds[0], HOST_LEASE_READ), 0);
	close(fds[0]);
	close(fds[1]);
	FAILS(host_lease(b.h, 999, HOST_LEASE_READ), -EBADF);
	FAILS(host_lease_held(b.h, 999, &held), -EBADF);
}
END_TEST

START_TEST(locks_hold_against_other_processes)
{
	int status;
	pid_t pid;
	int fd;

	OK(host_open(b.h, b.dir, "f", HOST_WRITE | HOST_CREATE, &fd));
	OK(host_lock(b.h, fd));
	pid = fork();
	if (pid == 0) {
		int own;

		if (host_open(b.h, b.dir, "f", HOST_WRITE, &own) < 0)
			_exit(2);
		_exit(host_lock(b.h, own) == -EWOULDBLOCK ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	host_close(b.h, fd);
}
END_TEST

TCase *
host_lease_tcase(void)
{
	TCase *tcase = bench_tcase("lease");

	tcase_add_loop_test(
	    tcase, L69_another_process_breaks_a_lease_and_waits, 0, 2);
	tcase_add_test(tcase, closing_forgets_the_lease);
	tcase_add_test(tcase, leases_are_refused_where_there_are_none);
	tcase_add_test(tcase, locks_hold_against_other_processes);
	return tcase;
}
