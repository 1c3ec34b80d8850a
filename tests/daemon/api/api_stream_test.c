/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_http.h"

#include <string.h>
#include <unistd.h>

#include "tests/daemon/api/api_dial.h"
#include "tests/proto/model/fail_alloc.h"

enum { TEXT_BYTES = 4 << 20 };

static char text[TEXT_BYTES];
static size_t n;

/* Reads on until all that was heard since ends with a line of that event. */
static void
hear_until(int fd, const char *event)
{
	n = 0;
	do
		n += (size_t)http_hear(fd, text + n, sizeof text - n - 1);
	while (memmem(text, n, event, strlen(event)) == NULL ||
	       text[n - 1] != '\n');
	text[n] = '\0';
}

/* Somebody who hears events, from now on, as they are: without chunks. */
static int
listen_to(void)
{
	static const char ask[] = "GET /v1/events HTTP/1.0\r\n\r\n";
	int fd = api_dial(http.dir);

	ck_assert_int_eq(write(fd, ask, sizeof ask - 1), (int)sizeof ask - 1);
	hear_until(fd, "\r\n\r\n");
	ck_assert_int_eq(strncmp(text + strlen("HTTP/1.x "), "200", 3), 0);
	return fd;
}

/* The event of that name among what was heard last; NULL: there is none.
 * Each line has to be a document. */
static json_t *
heard(const char *event)
{
	json_t *found = NULL;

	for (char *line = text, *end; *line != '\0'; line = end + 1) {
		json_t *json;

		end = strchr(line, '\n');
		json = json_loadb(line, (size_t)(end - line), 0, NULL);
		ck_assert_msg(json != NULL, "%.*s", (int)(end - line), line);
		if (found == NULL &&
		    strcmp(http_text(json, "event"), event) == 0)
			found = json_incref(json);
		json_decref(json);
	}
	return found;
}

START_TEST(events_come_one_a_line)
{
	int fd = listen_to();

	log_warn(&http.events, "odd_name", LOG_STR("path", "a\nb"),
	    LOG_INT("n", -3));
	hear_until(fd, "odd_name");
	ck_assert_ptr_nonnull(strstr(text, "\"event\":\"odd_name\""));
	ck_assert_ptr_nonnull(strstr(text, "\"n\":-3"));
	ck_assert_ptr_nonnull(strstr(text, "a\\\\nb"));
	close(fd);
}
END_TEST

START_TEST(fields_come_as_what_they_are)
{
	static const uint8_t id[DEVICE_BYTES] = {1};
	int fd = listen_to();
	json_t *json;

	log_audit(&http.events, "all", LOG_UINT("count", 7),
	    LOG_BOOL("yes", true), LOG_BOOL("no", false),
	    LOG_ERR("err", -ENOSPC), LOG_ID("peer", id),
	    LOG_DOT("dot", ((struct dot){1, 2})), LOG_STR("none", NULL),
	    LOG_SPAN("empty", span_of("", 0)));
	hear_until(fd, "\"all\"");
	json = heard("all");
	ck_assert_str_eq(http_text(json, "level"), "info");
	ck_assert(json_is_true(json_object_get(json, "audit")));
	ck_assert(json_is_real(json_object_get(json, "time")));
	ck_assert_int_eq(json_integer_value(json_object_get(json, "count")), 7);
	ck_assert(json_is_true(json_object_get(json, "yes")));
	ck_assert(json_is_false(json_object_get(json, "no")));
	ck_assert_str_eq(http_text(json, "err"), err_text(-ENOSPC));
	ck_assert_ptr_nonnull(http_text(json, "peer"));
	ck_assert_str_eq(http_text(json, "dot"), "0000000000000001.2");
	ck_assert_str_eq(http_text(json, "none"), "-");
	ck_assert_str_eq(http_text(json, "empty"), "");
	json_decref(json);
	close(fd);
}
END_TEST

START_TEST(a_field_that_is_too_long_is_cut)
{
	static char longest[32 << 10];
	int fd = listen_to();
	json_t *json;

	memset(longest, 'a', sizeof longest - 1);
	log_info(&http.events, "long", LOG_STR("path", longest));
	hear_until(fd, "\"long\"");
	json = heard("long");
	ck_assert_uint_eq(
	    json_string_length(json_object_get(json, "path")), 16 << 10);
	json_decref(json);
	close(fd);
}
END_TEST

START_TEST(L39_who_does_not_read_loses_events_and_is_told_so)
{
	static char path[4096];
	int fd = listen_to(), other = listen_to();
	json_t *json;

	memset(path, 'a', sizeof path - 1);
	for (int i = 0; i < API_STREAM_BYTES / (int)sizeof path + 10; i++)
		log_audit(&http.events, "many", LOG_STR("path", path),
		    LOG_INT("i", i));
	/* Nobody has room. Who reads now is told with the next event. */
	hear_until(fd, "\"i\":200");
	log_audit(&http.events, "after");
	hear_until(fd, "\"after\"");
	json = heard("events_lost");
	ck_assert_ptr_nonnull(json);
	json_decref(json);
	json = heard("after");
	ck_assert_ptr_nonnull(json);
	json_decref(json);
	ck_assert_ptr_null(
	    strstr(strstr(text, "events_lost") + 1, "events_lost"));
	close(fd);
	close(other);
}
END_TEST

START_TEST(L24_an_event_without_memory_is_told_as_lost)
{
	const struct log_field fields[] = {
	    LOG_FIELD("event", LOG_TYPE_EVENT, str, "poor"),
	    LOG_STR("path", "a/b"), LOG_BOOL("whole", true),
	    {.type = LOG_TYPE_NONE}};
	const struct log_record record = {
	    .level = LOG_LEVEL_INFO, .fields = fields};
	int fd = listen_to();
	bool failed = true;
	json_t *poor, *lost;

	for (long k = 0; failed; k++)
		for (int all = 0; all < 2; all++) {
			fail_alloc_after(k, all);
			/* Past the log, which drops what it has no line for. */
			http.events.sinks->cb(http.api, &record);
			failed = fail_alloc_end();
			log_audit(&http.events, "rich");
			hear_until(fd, "\"rich\"");
			poor = heard("poor");
			lost = heard("events_lost");
			ck_assert((poor != NULL) != (lost != NULL));
			ck_assert(poor == NULL ||
				  json_object_get(poor, "whole") != NULL);
			ck_assert(failed || poor != NULL);
			json_decref(poor);
			json_decref(lost);
		}
	close(fd);
}
END_TEST

START_TEST(streams_are_few_and_end_with_the_api)
{
	int fds[API_STREAMS];
	char p;

	for (int i = 0; i < API_STREAMS; i++)
		fds[i] = listen_to();
	http_expect("GET", "/v1/events", 503);
	log_audit(&http.events, "last");
	for (int i = 0; i < API_STREAMS; i++) {
		hear_until(fds[i], "last");
	}
	api_free(http.api);
	http.api = NULL;
	for (int i = 0; i < API_STREAMS; i++) {
		ck_assert_int_eq(read(fds[i], &p, 1), 0);
		close(fds[i]);
	}
}
END_TEST

START_TEST(who_went_away_makes_room_for_others)
{
	int fds[API_STREAMS];

	for (int i = 0; i < API_STREAMS; i++)
		close(listen_to());
	/* Noticed with the next event, or the one after it. */
	for (int i = 0; i < 4; i++) {
		log_audit(&http.events, "noticed");
		http_turns(5);
	}
	for (int i = 0; i < API_STREAMS; i++)
		fds[i] = listen_to();
	log_audit(&http.events, "here");
	for (int i = 0; i < API_STREAMS; i++) {
		hear_until(fds[i], "here");
		close(fds[i]);
	}
}
END_TEST

TCase *
stream_tcase(void)
{
	TCase *tc = tcase_create("stream");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, http_begin, http_end);
	tcase_add_test(tc, events_come_one_a_line);
	tcase_add_test(tc, fields_come_as_what_they_are);
	tcase_add_test(tc, a_field_that_is_too_long_is_cut);
	tcase_add_test(tc, L39_who_does_not_read_loses_events_and_is_told_so);
	tcase_add_test(tc, L24_an_event_without_memory_is_told_as_lost);
	tcase_add_test(tc, streams_are_few_and_end_with_the_api);
	tcase_add_test(tc, who_went_away_makes_room_for_others);
	return tc;
}
