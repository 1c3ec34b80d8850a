/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/host/host_test_internal.h"

enum { RACES = 20000, DEEP = 1000 };

/* ---- roots --------------------------------------------------------------- */

START_TEST(a_root_is_made_with_its_parents)
{
	char path[128];
	struct stat st;
	int fd;

	snprintf(path, sizeof path, "%s/one/two//three/", b.path);
	FAILS(host_open_root(b.h, path, 0, &fd), -ENOENT);
	OK(host_open_root(b.h, path, HOST_CREATE | HOST_PRIVATE, &fd));
	host_close(b.h, fd);
	snprintf(path, sizeof path, "%s/one/two", b.path);
	OK(stat(path, &st));
	ck_assert_int_eq(st.st_mode & 07777, 0700);
	OK(host_open_root(b.h, path, HOST_CREATE, &fd));
	host_close(b.h, fd);
}
END_TEST

START_TEST(a_root_may_be_reached_by_links)
{
	char path[128];
	int fd;

	OK(host_make_dir(b.h, b.dir, "d", 0755));
	OK(host_make_link(b.h, "d", b.dir, "l"));
	snprintf(path, sizeof path, "%s/l", b.path);
	OK(host_open_root(b.h, path, HOST_CREATE, &fd));
	bench_file(fd, "f", "x");
	host_close(b.h, fd);
}
END_TEST

START_TEST(a_root_is_an_absolute_directory)
{
	char path[5000];
	int fd;

	FAILS(host_open_root(b.h, "relative", 0, &fd), -EINVAL);
	FAILS(host_open_root(b.h, "", 0, &fd), -EINVAL);
	bench_file(b.dir, "f", "x");
	snprintf(path, sizeof path, "%s/f", b.path);
	FAILS(host_open_root(b.h, path, 0, &fd), -ENOTDIR);
	FAILS(host_open_root(b.h, path, HOST_CREATE, &fd), -ENOTDIR);
	snprintf(path, sizeof path, "%s/f/g", b.path);
	FAILS(host_open_root(b.h, path, HOST_CREATE, &fd), -ENOTDIR);
	memset(path, '/', sizeof path);
	path[sizeof path - 1] = '\0';
	FAILS(host_open_root(b.h, path, 0, &fd), -ENAMETOOLONG);
}
END_TEST

/* ---- below --------------------------------------------------------------- */

START_TEST(a_mount_in_the_way_is_not_crossed)
{
	struct stat root;
	struct stat proc;
	int fd;

	for (int without = 0; without < 2; without++) {
		if (without)
			host_uv_forgo_openat2(b.h);
		OK(host_open_root(b.h, "/", 0, &fd));
		OK(stat("/", &root));
		OK(stat("/proc", &proc));
		ck_assert_uint_ne(root.st_dev, proc.st_dev);
		{
			int below;

			FAILS(host_open_below(
				  b.h, fd, SPAN_LIT("proc/self"), &below),
			    -EXDEV);
			FAILS(
			    host_open_below(b.h, fd, SPAN_LIT("proc"), &below),
			    -EXDEV);
		}
		host_close(b.h, fd);
	}
}
END_TEST

START_TEST(links_in_a_loop_end)
{
	int fd;

	OK(host_make_link(b.h, "two", b.dir, "one"));
	OK(host_make_link(b.h, "one", b.dir, "two"));
	OK(host_make_link(b.h, "self", b.dir, "self"));
	FAILS(host_open_below(b.h, b.dir, SPAN_LIT("one/x"), &fd), -ELOOP);
	FAILS(host_open_below(b.h, b.dir, SPAN_LIT("self"), &fd), -ELOOP);
	FAILS(host_open(b.h, b.dir, "self", HOST_READ, &fd), -ELOOP);
}
END_TEST

START_TEST(paths_are_checked_before_the_kernel_sees_them)
{
	uint8_t longest[LIMIT_PATH_BYTES + 1];
	int fd;

	memset(longest, 'x', sizeof longest);
	FAILS(
	    host_open_below(b.h, b.dir, span_of(longest, sizeof longest), &fd),
	    -ENAMETOOLONG);
	FAILS(host_open_below(b.h, b.dir, span_of("a\0b", 3), &fd), -EINVAL);
	FAILS(host_open_below(b.h, b.dir, SPAN_LIT("a/./b"), &fd), -EINVAL);
}
END_TEST

/* LESSONS 44: as deep as a path can say. */
START_TEST(a_thousand_levels_are_opened)
{
	struct buf path;
	int dir = b.dir;
	int fd;

	buf_init(&path, LIMIT_PATH_BYTES);
	for (int i = 0; i < DEEP; i++) {
		OK(host_make_dir(b.h, dir, "d", 0755));
		OK(host_open(b.h, dir, "d", HOST_READ, &fd));
		if (dir != b.dir)
			host_close(b.h, dir);
		dir = fd;
		OK(buf_addf(&path, i ? "/d" : "d"));
	}
	bench_file(dir, "f", "deep");
	host_close(b.h, dir);
	OK(host_open_below(b.h, b.dir, buf_span(&path), &fd));
	bench_holds(fd, "f", "deep");
	host_close(b.h, fd);
	host_uv_forgo_openat2(b.h);
	OK(host_open_below(b.h, b.dir, buf_span(&path), &fd));
	bench_holds(fd, "f", "deep");
	host_close(b.h, fd);
	buf_release(&path);
}
END_TEST

/* ---- a race -------------------------------------------------------------- */

struct flipper {
	atomic_bool stop;
	unsigned long flips;
};

/* Puts a link to the outside where the directory is, and back, endlessly. */
static void *
flip(void *arg)
{
	struct flipper *f = arg;

	while (!atomic_load(&f->stop)) {
		OK(host_rename(
		    b.h, b.dir, "way", b.dir, "link", HOST_EXCHANGE));
		f->flips++;
	}
	return NULL;
}

static void
race(void)
{
	struct flipper f = {0};
	struct host_stat st;
	pthread_t thread;
	int got_in = 0;
	int fd;

	OK(pthread_create(&thread, NULL, flip, &f));
	for (int i = 0; i < RACES; i++) {
		int rc = host_open_below(b.h, b.dir, SPAN_LIT("way/in"), &fd);

		ck_assert_msg(rc == 0 || rc == -ELOOP || rc == -ENOTDIR ||
				  rc == -ENOENT || rc == -EAGAIN,
		    "%d", rc);
		if (rc < 0)
			continue;
		FAILS(host_stat_at(b.h, fd, "outside", &st), -ENOENT);
		got_in++;
		host_close(b.h, fd);
	}
	atomic_store(&f.stop, true);
	OK(pthread_join(thread, NULL));
	ck_assert_int_gt(got_in, 0);
	ck_assert_uint_gt(f.flips, 10);
}

/* LESSONS 30. */
START_TEST(L30_a_link_flipped_into_the_path_leads_nowhere)
{
	char secret[128];
	int fd;

	snprintf(secret, sizeof secret, "%s/secret/in/outside", b.path);
	OK(host_open_root(b.h, secret, HOST_CREATE, &fd));
	host_close(b.h, fd);
	snprintf(secret, sizeof secret, "%s/secret", b.path);
	OK(host_make_link(b.h, secret, b.dir, "link"));
	OK(host_make_dir(b.h, b.dir, "way", 0755));
	OK(host_open(b.h, b.dir, "way", HOST_READ, &fd));
	OK(host_make_dir(b.h, fd, "in", 0755));
	host_close(b.h, fd);
	if (_i)
		host_uv_forgo_openat2(b.h);
	race();
}
END_TEST

TCase *
host_open_tcase(void)
{
	TCase *tcase = bench_tcase("open");

	tcase_add_test(tcase, a_root_is_made_with_its_parents);
	tcase_add_test(tcase, a_root_may_be_reached_by_links);
	tcase_add_test(tcase, a_root_is_an_absolute_directory);
	tcase_add_test(tcase, a_mount_in_the_way_is_not_crossed);
	tcase_add_test(tcase, links_in_a_loop_end);
	tcase_add_test(tcase, paths_are_checked_before_the_kernel_sees_them);
	tcase_add_test(tcase, a_thousand_levels_are_opened);
	tcase_add_loop_test(
	    tcase, L30_a_link_flipped_into_the_path_leads_nowhere, 0, 2);
	return tcase;
}
