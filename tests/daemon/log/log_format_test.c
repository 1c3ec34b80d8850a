/* SPDX-License-Identifier: Apache-2.0 */
/* Lines: their form and levels. */
#include "tests/daemon/log/log_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"

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

TCase *
log_format_tcase(void)
{
	TCase *t = tcase_create("format");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, an_event_is_a_line_of_time_level_name_and_fields);
	tcase_add_test(t, the_journal_gets_levels_and_no_time);
	tcase_add_test(t, L40_names_from_outside_are_never_raw);
	tcase_add_test(t, errors_ids_and_dots_are_words);
	tcase_add_test(t, times_before_1970_and_beyond_2038_are_right);
	tcase_add_test(t, a_line_too_long_is_cut);
	tcase_add_test(t, levels_are_named_and_chosen);
	tcase_add_test(t, the_journal_is_known_by_its_stream);
	return t;
}
