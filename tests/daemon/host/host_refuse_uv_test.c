/* SPDX-License-Identifier: Apache-2.0 */
/* A loop whose parts cannot be had: told, released, and had the next time. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/daemon/host/host_refuse.h"
#include "tests/daemon/host/host_test_internal.h"
#include "tests/proto/model/fail_alloc.h"

static bool it_ran;

static void
note_it(void *arg)
{
	(void)arg;
	it_ran = true;
}

static void
ready(void *arg, bool readable, bool writable)
{
	(void)readable;
	(void)writable;
	note_it(arg);
}

static void
heard(void *arg, const struct host_event *event)
{
	(void)event;
	note_it(arg);
}

static void
came(void *arg, struct host_stream *s)
{
	host_stream_free(b.h, s);
	note_it(arg);
}

static int
lowest_free(void)
{
	int got = dup(b.dir);

	ck_assert_int_ge(got, 0);
	close(got);
	return got;
}

/* ---- what is made -------------------------------------------------------- */

/* It works, with jobs and all. */
static int
make_host(void)
{
	struct host *h, *ours = b.h;
	int rc = host_uv_new(&h);

	if (rc < 0)
		return rc;
	b.h = h;
	it_ran = false;
	OK(host_job(h, note_it, note_it, NULL));
	bench_wait(&it_ran);
	b.h = ours;
	host_uv_free(h);
	return 0;
}

static int
make_signal(void)
{
	return host_uv_on_signal(b.h, SIGUSR2, note_it, NULL);
}

static int
make_timer(void)
{
	struct host_timer *t;
	int rc = host_timer_new(b.h, note_it, NULL, &t);

	if (rc == 0)
		host_timer_free(b.h, t);
	return rc;
}

static int
make_job(void)
{
	int rc;

	it_ran = false;
	rc = host_job(b.h, note_it, note_it, NULL);
	if (rc == 0)
		bench_wait(&it_ran);
	return rc;
}

static int
make_poll(void)
{
	struct host_poll *p;
	int fds[2];
	int rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) < 0)
		return -errno;
	rc = host_poll_new(b.h, fds[0], ready, NULL, &p);
	if (rc == 0)
		host_poll_free(b.h, p);
	host_uv_turn(b.h, 0);
	close(fds[0]);
	close(fds[1]);
	return rc;
}

static int
make_watcher(void)
{
	struct host_watcher *w;
	int rc = host_watcher_new(b.h, heard, NULL, &w);
	int watch;

	if (rc < 0)
		return rc;
	rc = host_watcher_add(b.h, w, b.dir, &watch);
	host_watcher_free(b.h, w);
	return rc;
}

static int
make_listener(void)
{
	struct host_listener *l;
	int rc = host_listen(b.h, "127.0.0.1", 0, came, NULL, &l);

	if (rc == 0)
		host_listener_free(b.h, l);
	return rc;
}

static int
make_stream(void)
{
	struct host_stream *s;
	int rc = host_dial(b.h, "127.0.0.1", 1, &s);

	if (rc == 0)
		host_stream_free(b.h, s);
	return rc;
}

static int
make_stream_by_name(void)
{
	struct host_stream *s;
	int rc = host_dial(b.h, "localhost", 1, &s);

	if (rc == 0)
		host_stream_free(b.h, s);
	return rc;
}

static const struct {
	const char *call; /* NULL: memory */
	int (*make)(void);
	long after;
} cases[] = {
    {NULL, make_host, 0},
    {NULL, make_host, 1},
    {"uv_loop_init", make_host, 0},
    {"uv_mutex_init", make_host, 0},
    {"uv_mutex_init", make_host, 1},
    {"uv_cond_init", make_host, 0},
    {"uv_async_init", make_host, 0},
    {"uv_thread_create", make_host, 0},
    {NULL, make_signal, 0},
    {"uv_signal_init", make_signal, 0},
    {"uv_signal_start", make_signal, 0},
    {NULL, make_timer, 0},
    {NULL, make_job, 0},
    {NULL, make_poll, 0},
    {"uv_poll_init", make_poll, 0},
    {"uv_poll_start", make_poll, 0},
    {NULL, make_watcher, 0},
    {"inotify_init1", make_watcher, 0},
    {"inotify_add_watch", make_watcher, 0},
    {"uv_poll_init", make_watcher, 0},
    {"uv_poll_start", make_watcher, 0},
    {NULL, make_listener, 0},
    {"uv_tcp_init", make_listener, 0},
    {"uv_tcp_bind", make_listener, 0},
    {"uv_listen", make_listener, 0},
    {NULL, make_stream, 0},
    {"uv_tcp_init", make_stream, 0},
    {"uv_tcp_connect", make_stream, 0},
    {"uv_getaddrinfo", make_stream_by_name, 0},
};
enum { CASES = sizeof cases / sizeof *cases };

/* What libuv opened at its first use stays open until the loop is closed. */
START_TEST(L24_what_cannot_be_made_is_told_and_leaves_nothing)
{
	int err = cases[_i].call == NULL ? ENOMEM : EMFILE;
	int free_before, rc;

	OK(cases[_i].make());
	host_uv_run(b.h);
	free_before = lowest_free();
	if (cases[_i].call != NULL)
		refuse(cases[_i].call, err, cases[_i].after, true);
	else
		fail_alloc_after(cases[_i].after, true);
	rc = cases[_i].make();
	ck_assert(cases[_i].call != NULL ? refuse_end() : fail_alloc_end());
	FAILS(rc, -err);
	host_uv_run(b.h);
	ck_assert_int_eq(lowest_free(), free_before);
	OK(cases[_i].make());
	host_uv_run(b.h);
}
END_TEST

START_TEST(one_worker_is_enough)
{
	refuse("uv_thread_create", EAGAIN, 1, true);
	OK(make_host());
	ck_assert(refuse_end());
}
END_TEST

START_TEST(there_are_two_workers_at_least_and_not_too_many)
{
	static const int cores[] = {1, 1000};

	for (size_t i = 0; i < 2; i++) {
		refuse("uv_available_parallelism", cores[i], 0, true);
		OK(make_host());
		ck_assert(refuse_end());
	}
}
END_TEST

/* ---- what goes on -------------------------------------------------------- */

START_TEST(words_for_people_are_written_whole_or_lost)
{
	int ours = dup(STDERR_FILENO), fds[2];
	char got[16] = "";

	OK(pipe2(fds, O_CLOEXEC | O_NONBLOCK));
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	refuse("write", EINTR, 0, false);
	host_uv_stderr(NULL, SPAN_LIT("once\n"));
	refuse("write", EPIPE, 0, false);
	host_uv_stderr(NULL, SPAN_LIT("never\n"));
	refuse("write", 0, 0, false);
	host_uv_stderr(NULL, SPAN_LIT("nor this\n"));
	(void)refuse_end();
	ck_assert_int_eq(dup2(ours, STDERR_FILENO), STDERR_FILENO);
	ck_assert_int_eq(read(fds[0], got, sizeof got), 5);
	ck_assert_str_eq(got, "once\n");
	close(ours);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(a_signal_between_events_loses_none)
{
	struct host_watcher *w;
	int watch;

	it_ran = false;
	OK(host_watcher_new(b.h, heard, NULL, &w));
	OK(host_watcher_add(b.h, w, b.dir, &watch));
	refuse("read", EINTR, 0, false);
	bench_file(b.dir, "f", "x");
	bench_wait(&it_ran);
	ck_assert(refuse_end());
	host_watcher_free(b.h, w);
}
END_TEST

/* Somebody's socket stands there; is it to go? */
static int
listen_beside(const char *call, int err)
{
	int fd, rc;

	refuse(call, err, 0, false);
	rc = host_listen_local(b.h, b.dir, "s", &fd);
	ck_assert(refuse_end());
	if (rc == 0)
		close(fd);
	return rc;
}

START_TEST(a_socket_that_may_have_a_daemon_is_left_alone)
{
	struct host_stat before, now;
	int fd;

	OK(host_listen_local(b.h, b.dir, "s", &fd));
	close(fd); /* it died */
	OK(host_stat_at(b.h, b.dir, "s", &before));
	FAILS(listen_beside("connect", EAGAIN), -EADDRINUSE);
	FAILS(listen_beside("connect", EACCES), -EACCES);
	FAILS(listen_beside("socket", EMFILE), -EMFILE);
	FAILS(listen_beside("unlinkat", EROFS), -EROFS);
	OK(host_stat_at(b.h, b.dir, "s", &now));
	ck_assert_uint_eq(now.ino, before.ino);
}
END_TEST

START_TEST(a_socket_that_just_went_is_no_obstacle)
{
	int fd;

	OK(host_listen_local(b.h, b.dir, "s", &fd));
	close(fd);
	/* It says that there was none; so the name is still taken. */
	FAILS(listen_beside("unlinkat", ENOENT), -EADDRINUSE);
	OK(host_listen_local(b.h, b.dir, "s", &fd));
	close(fd);
}
END_TEST

TCase *
host_refuse_uv_tcase(void)
{
	TCase *t = bench_tcase("loop");

	tcase_add_loop_test(
	    t, L24_what_cannot_be_made_is_told_and_leaves_nothing, 0, CASES);
	tcase_add_test(t, one_worker_is_enough);
	tcase_add_test(t, there_are_two_workers_at_least_and_not_too_many);
	tcase_add_test(t, words_for_people_are_written_whole_or_lost);
	tcase_add_test(t, a_signal_between_events_loses_none);
	tcase_add_test(t, a_socket_that_may_have_a_daemon_is_left_alone);
	tcase_add_test(t, a_socket_that_just_went_is_no_obstacle);
	return t;
}
