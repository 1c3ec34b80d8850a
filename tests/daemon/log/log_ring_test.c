/* SPDX-License-Identifier: Apache-2.0 */
/* The file in two halves. */
#include "tests/daemon/log/log_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

START_TEST(the_file_is_bounded_and_keeps_the_newest)
{
	struct host_stat older;
	struct host_stat newer;
	struct buf text;
	char last[32];

	start(LOG_LEVEL_INFO, LOG_STDERR_NONE);
	for (int i = 0; i < 500; i++)
		log_audit(&the_log, "line", LOG_INT("i", i));
	OK(host_stat_at(&host, dir, "log", &newer));
	OK(host_stat_at(&host, dir, "log.1", &older));
	ck_assert_uint_le(older.size, RING_BYTES / 2);
	ck_assert_uint_le(newer.size, RING_BYTES / 2);
	ck_assert_int_eq(newer.bits, 0600);
	buf_init(&text, RING_BYTES);
	OK(host_read_file(&host, dir, "log.1", &text));
	OK(host_read_file(&host, dir, "log", &text));
	snprintf(last, sizeof last, " line i=%d\n", 499);
	ck_assert(contains(buf_span(&text), last));
	/* No gap: as many lines as there are, the last ones. */
	snprintf(last, sizeof last, " line i=%d\n",
	    500 - (int)lines(buf_span(&text)));
	ck_assert(contains(buf_span(&text), last));
	buf_release(&text);
	ck_assert_uint_eq(shown.len, 0);
}
END_TEST

START_TEST(a_restart_goes_on_in_the_same_file)
{
	struct buf text;

	start(LOG_LEVEL_INFO, LOG_STDERR_NONE);
	log_info(&the_log, "one");
	log_release(&the_log);
	start(LOG_LEVEL_INFO, LOG_STDERR_NONE);
	log_info(&the_log, "two");
	buf_init(&text, RING_BYTES);
	OK(host_read_file(&host, dir, "log", &text));
	ck_assert_uint_eq(lines(buf_span(&text)), 2);
	buf_release(&text);
}
END_TEST

START_TEST(without_its_file_the_log_goes_on_and_says_so)
{
	OK(host_make_dir(&host, dir, "log", 0700));
	start(LOG_LEVEL_INFO, LOG_STDERR_JOURNAL);
	ck_assert(contains(buf_span(&shown), "<4>log_file_failed error="));
	buf_clear(&shown);
	log_info(&the_log, "e");
	shown_is("<6>e\n");
}
END_TEST

static int
no_space(void *self, int fd, const void *p, size_t len, uint64_t at)
{
	(void)self;
	(void)fd;
	(void)p;
	(void)len;
	(void)at;
	return -ENOSPC;
}

static int
no_io(void *self, int fd, const void *p, size_t len, uint64_t at)
{
	return no_space(self, fd, p, len, at) == -ENOSPC ? -EIO : 0;
}

static int
no_quota(void *self, int fd, const void *p, size_t len, uint64_t at)
{
	return no_space(self, fd, p, len, at) == -ENOSPC ? -EDQUOT : 0;
}

START_TEST(a_full_disk_passes_a_broken_one_is_said_once)
{
	struct buf text;

	start(LOG_LEVEL_INFO, LOG_STDERR_JOURNAL);
	ops.write_at = no_space;
	log_info(&the_log, "lost");
	ops.write_at = no_quota;
	log_info(&the_log, "too");
	shown_is("<6>lost\n<6>too\n");
	ops.write_at = real->ops->write_at;
	log_info(&the_log, "kept");
	ops.write_at = no_io;
	buf_clear(&shown);
	log_info(&the_log, "broken");
	ck_assert(contains(buf_span(&shown), "log_file_failed"));
	buf_clear(&shown);
	log_info(&the_log, "after");
	shown_is("<6>after\n");
	buf_init(&text, RING_BYTES);
	OK(host_read_file(&host, dir, "log", &text));
	ck_assert(contains(buf_span(&text), " kept\n"));
	ck_assert_uint_eq(lines(buf_span(&text)), 1);
	buf_release(&text);
}
END_TEST

static int
no_rename(void *self, int from_dir, const char *from, int to_dir,
    const char *to, enum host_rename_how how)
{
	(void)self;
	(void)from_dir;
	(void)from;
	(void)to_dir;
	(void)to;
	(void)how;
	return -EROFS;
}

static int
no_open(void *self, int at, const char *name, int flags, int *out_fd)
{
	(void)self;
	(void)at;
	(void)name;
	(void)flags;
	(void)out_fd;
	return -EMFILE;
}

START_TEST(a_file_that_cannot_be_begun_anew_is_done_without)
{
	start(LOG_LEVEL_INFO, LOG_STDERR_JOURNAL);
	if (_i == 0)
		ops.rename = no_rename;
	else
		ops.open = no_open;
	for (int i = 0; i < 500; i++)
		log_audit(&the_log, "line", LOG_INT("i", i));
	/* Each on stderr, and once that there is no file. */
	ck_assert_uint_eq(lines(buf_span(&shown)), 501);
	ck_assert(contains(buf_span(&shown), "<4>log_file_failed error="));
	ck_assert(contains(buf_span(&shown), "<6>line i=499\n"));
}
END_TEST

START_TEST(lines_that_are_held_are_written_whole_and_in_order)
{
	enum { LINES = 200 };
	struct buf text;

	start(LOG_LEVEL_INFO, LOG_STDERR_JOURNAL);
	buf_init(&text, 1 << 20);
	log_hold(&the_log);
	log_audit(&the_log, "e", LOG_INT("n", 0));
	shown_is("");
	OK(host_read_file(&host, dir, "log", &text));
	ck_assert_uint_eq(text.len, 0);
	for (int i = 1; i < LINES; i++)
		log_audit(&the_log, "e", LOG_INT("n", i));
	log_flush(&the_log);
	ck_assert_uint_eq(lines(buf_span(&shown)), LINES);
	buf_clear(&shown);
	log_info(&the_log, "after");
	shown_is("<6>after\n");
	OK(host_read_file(&host, dir, "log", &text));
	ck_assert(contains(buf_span(&text), " n=199\n"));
	ck_assert(contains(buf_span(&text), " after\n"));
	buf_release(&text);
}
END_TEST

START_TEST(the_files_name_has_a_limit)
{
	char name[LIMIT_NAME_BYTES + 1];
	struct log_options options = {.ring_dir = dir, .ring_name = name};

	memset(name, 'n', LIMIT_NAME_BYTES);
	name[LIMIT_NAME_BYTES] = '\0';
	ck_assert_int_eq(log_init(&the_log, &host, &options), ERR_LIMIT);
}
END_TEST

TCase *
log_ring_tcase(void)
{
	TCase *t = tcase_create("ring");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, the_file_is_bounded_and_keeps_the_newest);
	tcase_add_test(t, a_restart_goes_on_in_the_same_file);
	tcase_add_test(t, without_its_file_the_log_goes_on_and_says_so);
	tcase_add_test(t, a_full_disk_passes_a_broken_one_is_said_once);
	tcase_add_loop_test(
	    t, a_file_that_cannot_be_begun_anew_is_done_without, 0, 2);
	tcase_add_test(t, lines_that_are_held_are_written_whole_and_in_order);
	tcase_add_test(t, the_files_name_has_a_limit);
	return t;
}
