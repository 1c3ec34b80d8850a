/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/log/log_test.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>

#include "daemon/host/host_uv.h"

struct host *real;
struct host_ops ops;
struct host host;
int64_t clock_ns;
static char dir_path[RUN_DIR_BYTES];
int dir;
struct buf shown;
struct log the_log;

static int64_t
fake_clock(void *self)
{
	(void)self;
	return clock_ns;
}

static void
show(void *arg, struct span line)
{
	ck_assert_ptr_eq(arg, &shown);
	OK(buf_add(&shown, line));
}

void
start(enum log_level level, enum log_stderr kind)
{
	struct log_options options = {
	    .level = level,
	    .to_stderr = kind,
	    .write = show,
	    .write_arg = &shown,
	    .ring_dir = dir,
	    .ring_name = "log",
	    .ring_bytes = RING_BYTES,
	};

	OK(log_init(&the_log, &host, &options));
}

void
set_up(void)
{
	run_temp_dir("log", dir_path);
	OK(host_uv_new(&real));
	OK(host_open_root(real, dir_path, 0, &dir));
	ops = *real->ops;
	ops.now_ns = fake_clock;
	ops.mono_ns = fake_clock;
	host = (struct host){.ops = &ops, .self = real->self};
	clock_ns = INT64_C(1795328160123456789);
	buf_init(&shown, 1 << 20);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
tear_down(void)
{
	log_release(&the_log);
	buf_release(&shown);
	host_close(real, dir);
	host_uv_free(real);
	nftw(dir_path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void
shown_is(const char *text)
{
	ck_assert_msg(span_equal(buf_span(&shown), span_str(text)), "%.*s",
	    (int)shown.len, (const char *)shown.p);
	buf_clear(&shown);
}

bool
contains(struct span s, const char *text)
{
	return memmem(s.p, s.len, text, strlen(text)) != NULL;
}

size_t
lines(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.p[i] == '\n';
	return n;
}

int
main(void)
{
	run_tcase *const tcases[] = {
	    log_format_tcase, log_limit_tcase, log_ring_tcase, log_sink_tcase};

	return run_tests("log", tcases, sizeof tcases / sizeof *tcases);
}
