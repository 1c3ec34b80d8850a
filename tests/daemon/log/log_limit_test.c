/* SPDX-License-Identifier: Apache-2.0 */
/* Floods of events. */
#include "tests/daemon/log/log_test.h"

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

TCase *
log_limit_tcase(void)
{
	TCase *t = tcase_create("limit");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_flood_becomes_one_line_an_interval);
	tcase_add_test(
	    t, what_was_left_out_is_said_even_if_it_never_comes_again);
	tcase_add_test(t, rest_fills_the_burst_again);
	tcase_add_test(t, audit_events_are_never_left_out);
	return t;
}
