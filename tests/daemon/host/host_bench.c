/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/daemon/host/host_test_internal.h"

enum { PATIENCE_S = 60 };

struct bench b;

static void
set_up(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(b.path, sizeof b.path, "%s/tutti-host-XXXXXX",
	    tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(b.path));
	OK(host_uv_new(&b.h));
	OK(host_open_root(b.h, b.path, 0, &b.dir));
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
tear_down(void)
{
	host_close(b.h, b.dir);
	host_uv_free(b.h);
	nftw(b.path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

TCase *
bench_tcase(const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 3 * PATIENCE_S);
	return tcase;
}

void
bench_wait(const bool *done)
{
	int64_t end = host_mono_ns(b.h) + PATIENCE_S * INT64_C(1000000000);

	while (!*done && host_mono_ns(b.h) < end)
		host_uv_turn(b.h, 100);
	ck_assert_msg(*done, "it never happened");
}

void
bench_file(int dir, const char *name, const char *content)
{
	int fd;

	OK(host_open(
	    b.h, dir, name, HOST_WRITE | HOST_CREATE | HOST_TRUNCATE, &fd));
	OK(host_write_at(b.h, fd, content, strlen(content), 0));
	host_close(b.h, fd);
}

void
bench_holds(int dir, const char *name, const char *content)
{
	struct buf got;

	buf_init(&got, 1 << 20);
	OK(host_read_file(b.h, dir, name, &got));
	ck_assert(span_equal(buf_span(&got), span_str(content)));
	buf_release(&got);
}
