/* SPDX-License-Identifier: Apache-2.0 */
/* Those who listen in. */
#include "tests/daemon/log/log_test.h"

#include <string.h>

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

TCase *
log_sink_tcase(void)
{
	TCase *t = tcase_create("sink");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, sinks_hear_by_their_own_level);
	tcase_add_test(t, a_sink_that_wants_all_hears_what_is_left_out);
	tcase_add_test(t, a_sink_may_leave_and_log_from_inside);
	return t;
}
