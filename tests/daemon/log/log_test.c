/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/log/log.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/host/host_uv.h"
#include "proto/base/text.h"
#include "tests/run.h"

#define OK(call) ck_assert_int_eq((call), 0)

enum { RING_BYTES = 4096 };

/*
 * A host whose clocks the test turns, over the real one; and a log that
 * writes "stderr" into a buffer.
 */
static struct host *real;
static struct host_ops ops;
static struct host host;
static int64_t clock_ns;
static char dir_path[RUN_DIR_BYTES];
static int dir;
static struct buf shown;
static struct log the_log;

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

static void
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

static void
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

static void
tear_down(void)
{
	log_release(&the_log);
	buf_release(&shown);
	host_close(real, dir);
	host_uv_free(real);
	nftw(dir_path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
shown_is(const char *text)
{
	ck_assert_msg(span_equal(buf_span(&shown), span_str(text)), "%.*s",
	    (int)shown.len, (const char *)shown.p);
	buf_clear(&shown);
}

static bool
contains(struct span s, const char *text)
{
	return memmem(s.p, s.len, text, strlen(text)) != NULL;
}

static size_t
lines(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.p[i] == '\n';
	return n;
}

/* ---- form ---------------------------------------------------------------- */

START_TEST(an_event_is_a_line_of_time_level_name_and_fields)
{
	start(LOG_LEVEL_INFO, LOG_STDERR_PLAIN);
	log_info(&the_log, "folder_opened", LOG_STR("folder", "docs"),
	    LOG_INT("files", -12), LOG_UINT("bytes", UINT64_MAX),
	    LOG_BOOL("new", true), LOG_STR("none", NULL));
	shown_is("2026-11-22T06:16:00.123Z info folder_opened folder=docs"
		 " files=-12 bytes=18446744073709551615 new=yes none=-\n");
	log_err(&the_log, "bare");
	shown_is("2026-11-22T06:16:00.123Z err bare\n");
}
END_TEST

START_TEST(the_journal_gets_levels_and_no_time)
{
	start(LOG_LEVEL_DEBUG, LOG_STDERR_JOURNAL);
	log_err(&the_log, "a", LOG_INT("n", 1));
	log_warn(&the_log, "b");
	log_info(&the_log, "c");
	log_debug(&the_log, "d");
	shown_is("<3>a n=1\n<4>b\n<6>c\n<7>d\n");
}
END_TEST

/* LESSONS 40. */
START_TEST(L40_names_from_outside_are_never_raw)
{
	start(LOG_LEVEL_INFO, LOG_STDERR_JOURNAL);
	log_info(&the_log, "e",
	    LOG_PATH("path", SPAN_LIT("a b\n<3>x\x1b[31m\xff")),
	    LOG_STR("q", "say \"x\"=1"), LOG_STR("empty", ""),
	    LOG_STR("plain", "\xc3\xa4/b.c"));
	shown_is("<6>e path=\"a b\\n<3>x\\x1b[31m\\xff\""
		 " q=\"say \\\"x\\\"=1\" empty=\"\" plain=\xc3\xa4/b.c\n");
}
END_TEST

START_TEST(errors_ids_and_dots_are_words)
{
	uint8_t id[TEXT_ID_BYTES] = {1, 2, 3};
	char text[TEXT_ID_CHARS + 1];
	char want[256];

	text_id(id, text);
	start(LOG_LEVEL_INFO, LOG_STDERR_JOURNAL);
	log_info(&the_log, "e", LOG_ID("peer", id),
	    LOG_DOT("dot", ((struct dot){0xabc, 7})),
	    LOG_ERR("error", ERR_HALTED));
	snprintf(want, sizeof want,
	    "<6>e peer=%s dot=0000000000000abc.7 error=\"%s\"\n", text,
	    err_text(ERR_HALTED));
	shown_is(want);
}
END_TEST

START_TEST(times_before_1970_and_beyond_2038_are_right)
{
	start(LOG_LEVEL_INFO, LOG_STDERR_PLAIN);
	clock_ns = -1;
	log_info(&the_log, "e");
	shown_is("1969-12-31T23:59:59.999Z info e\n");
	clock_ns = INT64_C(4300000000) * 1000000000;
	log_info(&the_log, "e");
	shown_is("2106-04-06T12:26:40.000Z info e\n");
}
END_TEST

START_TEST(a_line_too_long_is_cut)
{
	static char huge[3 * LOG_LINE_BYTES];

	memset(huge, 'x', sizeof huge - 1);
	start(LOG_LEVEL_INFO, LOG_STDERR_PLAIN);
	log_info(&the_log, "e", LOG_INT("first", 1), LOG_STR("huge", huge));
	ck_assert(contains(buf_span(&shown), " e first=1"));
	ck_assert_uint_le(shown.len, LOG_LINE_BYTES + 1);
	ck_assert_uint_eq(lines(buf_span(&shown)), 1);
}
END_TEST

START_TEST(levels_are_named_and_chosen)
{
	enum log_level level = LOG_LEVEL_ERR;

	start(LOG_LEVEL_WARN, LOG_STDERR_JOURNAL);
	log_info(&the_log, "no");
	log_debug(&the_log, "no");
	log_warn(&the_log, "yes");
	shown_is("<4>yes\n");
	for (int i = LOG_LEVEL_ERR; i <= LOG_LEVEL_DEBUG; i++) {
		OK(log_level_parse(log_level_name((enum log_level)i), &level));
		ck_assert_int_eq(level, i);
	}
	ck_assert_int_eq(log_level_parse("loud", &level), ERR_CONFIG);
	ck_assert_int_eq(level, LOG_LEVEL_DEBUG);
}
END_TEST

START_TEST(the_journal_is_known_by_its_stream)
{
	struct host_stat st;
	char text[64];

	start(LOG_LEVEL_WARN, LOG_STDERR_NONE);
	unsetenv("JOURNAL_STREAM");
	ck_assert_int_eq(log_stderr_kind(&host), LOG_STDERR_PLAIN);
	OK(host_stat_fd(&host, 2, &st));
	snprintf(text, sizeof text, "%llu:%llu", (unsigned long long)st.dev,
	    (unsigned long long)st.ino);
	setenv("JOURNAL_STREAM", text, 1);
	ck_assert_int_eq(log_stderr_kind(&host), LOG_STDERR_JOURNAL);
	/* Inherited, but stderr leads elsewhere now. */
	setenv("JOURNAL_STREAM", "9:123", 1);
	ck_assert_int_eq(log_stderr_kind(&host), LOG_STDERR_PLAIN);
}
END_TEST

/* ---- rate ---------------------------------------------------------------- */

START_TEST(a_flood_becomes_one_line_an_interval)
{
	start(LOG_LEVEL_INFO, LOG_STDERR_JOURNAL);
	for (int i = 0; i < LOG_BURST + 90; i++)
		log_info(&the_log, "flood");
	ck_assert_uint_eq(lines(buf_span(&shown)), LOG_BURST);
	buf_clear(&shown);
	for (int i = 0; i < 1000; i++) {
		clock_ns += LOG_INTERVAL_MS * INT64_C(1000);
		log_info(&the_log, "flood");
		if (i == 999)
			shown_is("<6>flood suppressed=1089\n");
	}
	shown_is("");
	log_info(&the_log, "other");
	shown_is("<6>other\n");
}
END_TEST

START_TEST(what_was_left_out_is_said_even_if_it_never_comes_again)
{
	start(LOG_LEVEL_INFO, LOG_STDERR_JOURNAL);
	for (int i = 0; i < LOG_BURST + 5; i++)
		log_info(&the_log, "flood");
	buf_clear(&shown);
	clock_ns += LOG_INTERVAL_MS * INT64_C(1000000);
	log_info(&the_log, "other");
	shown_is("<6>other\n<6>log_suppressed name=flood times=5\n");
	for (int i = 0; i < 3; i++)
		log_info(&the_log, "flood");
	shown_is("");
	log_release(&the_log);
	shown_is("<6>log_suppressed name=flood times=3\n");
}
END_TEST

START_TEST(rest_fills_the_burst_again)
{
	start(LOG_LEVEL_INFO, LOG_STDERR_JOURNAL);
	for (int i = 0; i < LOG_BURST; i++)
		log_info(&the_log, "flood");
	clock_ns += 1000 * LOG_INTERVAL_MS * INT64_C(1000000);
	buf_clear(&shown);
	for (int i = 0; i < LOG_BURST + 5; i++)
		log_info(&the_log, "flood");
	ck_assert_uint_eq(lines(buf_span(&shown)), LOG_BURST);
}
END_TEST

START_TEST(audit_events_are_never_left_out)
{
	start(LOG_LEVEL_ERR, LOG_STDERR_JOURNAL);
	for (int i = 0; i < 10 * LOG_BURST; i++)
		log_audit(&the_log, "file_replaced", LOG_INT("i", i));
	ck_assert_uint_eq(lines(buf_span(&shown)), 10 * LOG_BURST);
}
END_TEST

/* ---- file ---------------------------------------------------------------- */

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

START_TEST(a_full_disk_passes_a_broken_one_is_said_once)
{
	struct buf text;

	start(LOG_LEVEL_INFO, LOG_STDERR_JOURNAL);
	ops.write_at = no_space;
	log_info(&the_log, "lost");
	shown_is("<6>lost\n");
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

/* ---- sinks --------------------------------------------------------------- */

struct ear {
	struct log_sink sink;
	char heard[1024];
	bool leave;
	bool answer;
};

static void
hear(void *arg, const struct log_record *record)
{
	struct ear *e = arg;

	ck_assert_int_eq(record->fields[0].type, LOG_TYPE_EVENT);
	ck_assert(contains(record->line, record->fields[0].as.str));
	strcat(e->heard, record->fields[0].as.str);
	strcat(e->heard, record->audit ? "! " : " ");
	if (e->leave)
		log_remove_sink(&the_log, &e->sink);
	if (e->answer)
		log_info(&the_log, "echo");
}

static void
listen_in(struct ear *e, enum log_level level)
{
	e->sink = (struct log_sink){.cb = hear, .arg = e, .level = level};
	log_add_sink(&the_log, &e->sink);
}

START_TEST(sinks_hear_by_their_own_level)
{
	struct ear all = {0};
	struct ear grave = {0};

	start(LOG_LEVEL_ERR, LOG_STDERR_JOURNAL);
	listen_in(&all, LOG_LEVEL_DEBUG);
	listen_in(&grave, LOG_LEVEL_WARN);
	log_debug(&the_log, "d");
	log_warn(&the_log, "w");
	log_audit(&the_log, "a");
	shown_is("<6>a\n");
	log_remove_sink(&the_log, &all.sink);
	log_remove_sink(&the_log, &all.sink);
	log_warn(&the_log, "late");
	ck_assert_str_eq(all.heard, "d w a! ");
	ck_assert_str_eq(grave.heard, "w late ");
}
END_TEST

START_TEST(a_sink_that_wants_all_hears_what_is_left_out)
{
	struct ear usual = {0}, all = {0};

	start(LOG_LEVEL_INFO, LOG_STDERR_JOURNAL);
	listen_in(&usual, LOG_LEVEL_DEBUG);
	for (int i = 0; i < LOG_BURST; i++)
		log_debug(&the_log, "d");
	listen_in(&all, LOG_LEVEL_DEBUG);
	all.sink.all = true;
	usual.heard[0] = '\0';
	log_debug(&the_log, "d");
	log_debug(&the_log, "e");
	shown_is("");
	ck_assert_str_eq(usual.heard, "e ");
	ck_assert_str_eq(all.heard, "d e ");
	log_remove_sink(&the_log, &usual.sink);
	log_remove_sink(&the_log, &all.sink);
}
END_TEST

START_TEST(a_sink_may_leave_and_log_from_inside)
{
	struct ear leaver = {.leave = true};
	struct ear talker = {.answer = true};

	start(LOG_LEVEL_INFO, LOG_STDERR_JOURNAL);
	listen_in(&talker, LOG_LEVEL_INFO);
	listen_in(&leaver, LOG_LEVEL_INFO);
	log_info(&the_log, "one");
	shown_is("<6>one\n<6>echo\n");
	log_info(&the_log, "two");
	ck_assert_str_eq(leaver.heard, "one ");
	ck_assert_str_eq(talker.heard, "one two ");
}
END_TEST

static TCase *
log_tcase(void)
{
	TCase *t = tcase_create("log");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, an_event_is_a_line_of_time_level_name_and_fields);
	tcase_add_test(t, the_journal_gets_levels_and_no_time);
	tcase_add_test(t, L40_names_from_outside_are_never_raw);
	tcase_add_test(t, errors_ids_and_dots_are_words);
	tcase_add_test(t, times_before_1970_and_beyond_2038_are_right);
	tcase_add_test(t, a_line_too_long_is_cut);
	tcase_add_test(t, levels_are_named_and_chosen);
	tcase_add_test(t, the_journal_is_known_by_its_stream);
	tcase_add_test(t, a_flood_becomes_one_line_an_interval);
	tcase_add_test(
	    t, what_was_left_out_is_said_even_if_it_never_comes_again);
	tcase_add_test(t, rest_fills_the_burst_again);
	tcase_add_test(t, audit_events_are_never_left_out);
	tcase_add_test(t, the_file_is_bounded_and_keeps_the_newest);
	tcase_add_test(t, a_restart_goes_on_in_the_same_file);
	tcase_add_test(t, without_its_file_the_log_goes_on_and_says_so);
	tcase_add_test(t, a_full_disk_passes_a_broken_one_is_said_once);
	tcase_add_test(t, lines_that_are_held_are_written_whole_and_in_order);
	tcase_add_test(t, the_files_name_has_a_limit);
	tcase_add_test(t, sinks_hear_by_their_own_level);
	tcase_add_test(t, a_sink_that_wants_all_hears_what_is_left_out);
	tcase_add_test(t, a_sink_may_leave_and_log_from_inside);
	return t;
}

int
main(void)
{
	run_tcase *const tcases[] = {log_tcase};

	return run_tests("log", tcases, sizeof tcases / sizeof *tcases);
}
