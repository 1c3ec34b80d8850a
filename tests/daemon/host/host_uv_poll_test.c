/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/daemon/host/host_test_internal.h"

struct polled {
	struct host_poll *p;
	int fd;
	bool readable;
};

static void
ready(void *arg, bool readable, bool writable)
{
	struct polled *k = arg;

	ck_assert(readable);
	ck_assert(!writable);
	k->readable = true;
	host_poll_free(b.h, k->p); /* from inside */
	k->p = NULL;
}

static int
client(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s/sock", b.path);
	if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	return fd;
}

START_TEST(a_local_socket_is_reached_and_polled)
{
	struct polled k = {0};
	struct host_stat st;
	int fd;

	OK(host_listen_local(b.h, b.dir, "sock", &k.fd));
	OK(host_stat_at(b.h, b.dir, "sock", &st));
	ck_assert_int_eq(st.bits, 0600);
	ck_assert_int_eq(st.kind, KIND_OPAQUE);
	OK(host_poll_new(b.h, k.fd, ready, &k, &k.p));
	fd = client();
	ck_assert_int_ge(fd, 0);
	bench_wait(&k.readable);
	close(fd);
	host_close(b.h, k.fd);
	host_poll_free(b.h, NULL);
}
END_TEST

START_TEST(a_live_daemon_keeps_its_socket)
{
	int fd;
	int other;

	OK(host_listen_local(b.h, b.dir, "sock", &fd));
	FAILS(host_listen_local(b.h, b.dir, "sock", &other), -EADDRINUSE);
	other = client();
	ck_assert_int_ge(other, 0);
	close(other);
	host_close(b.h, fd);
}
END_TEST

START_TEST(a_dead_daemons_socket_is_replaced)
{
	int fd;

	OK(host_listen_local(b.h, b.dir, "sock", &fd));
	host_close(b.h, fd);
	FAILS(client(), -ECONNREFUSED);
	OK(host_listen_local(b.h, b.dir, "sock", &fd));
	close(client());
	host_close(b.h, fd);
}
END_TEST

START_TEST(nothing_but_a_socket_is_replaced)
{
	int fd;
	char name[200];

	bench_file(b.dir, "sock", "precious");
	FAILS(host_listen_local(b.h, b.dir, "sock", &fd), -EEXIST);
	bench_holds(b.dir, "sock", "precious");
	memset(name, 'n', sizeof name);
	name[sizeof name - 1] = '\0';
	FAILS(host_listen_local(b.h, b.dir, name, &fd), -ENAMETOOLONG);
	FAILS(host_listen_local(b.h, b.dir, "a/b", &fd), -EINVAL);
}
END_TEST

/* A socket's address has 108 bytes, a directory's path has more. */
START_TEST(a_socket_may_lie_deep)
{
	int dir = b.dir;
	int fd;

	for (int i = 0; i < 5; i++) {
		const char *name = "a-directory-of-a-good-forty-characters-x";
		int next;

		OK(host_make_dir(b.h, dir, name, 0700));
		OK(host_open(b.h, dir, name, HOST_READ, &next));
		if (dir != b.dir)
			host_close(b.h, dir);
		dir = next;
	}
	OK(host_listen_local(b.h, dir, "sock", &fd));
	host_close(b.h, fd);
	host_close(b.h, dir);
}
END_TEST

/* libmicrohttpd gives us an epoll descriptor. */
START_TEST(an_epoll_descriptor_can_be_polled)
{
	struct epoll_event event = {.events = EPOLLIN};
	struct polled k = {.fd = epoll_create1(EPOLL_CLOEXEC)};
	int fds[2];

	OK(pipe(fds));
	OK(epoll_ctl(k.fd, EPOLL_CTL_ADD, fds[0], &event));
	OK(host_poll_new(b.h, k.fd, ready, &k, &k.p));
	host_uv_turn(b.h, 1);
	ck_assert(!k.readable);
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
	bench_wait(&k.readable);
	close(k.fd);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(a_regular_file_cannot_be_polled)
{
	struct polled k = {0};
	int fd;

	bench_file(b.dir, "f", "x");
	OK(host_open(b.h, b.dir, "f", HOST_READ, &fd));
	ck_assert_int_lt(host_poll_new(b.h, fd, ready, &k, &k.p), 0);
	host_close(b.h, fd);
}
END_TEST

TCase *
host_uv_poll_tcase(void)
{
	TCase *tcase = bench_tcase("poll");

	tcase_add_test(tcase, a_local_socket_is_reached_and_polled);
	tcase_add_test(tcase, a_live_daemon_keeps_its_socket);
	tcase_add_test(tcase, a_dead_daemons_socket_is_replaced);
	tcase_add_test(tcase, nothing_but_a_socket_is_replaced);
	tcase_add_test(tcase, a_socket_may_lie_deep);
	tcase_add_test(tcase, an_epoll_descriptor_can_be_polled);
	tcase_add_test(tcase, a_regular_file_cannot_be_polled);
	return tcase;
}
