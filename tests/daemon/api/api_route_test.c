/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_http.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

START_TEST(accept_says_whether_there_was_a_halt)
{
	int status;
	json_t *json =
	    http_answer(http_ask("POST", "/v1/folders/f/accept"), &status);

	ck_assert_int_eq(status, 200);
	ck_assert(json_is_false(json_object_get(json, "accepted")));
	json_decref(json);
	http.node.folder.s.state = FOLDER_HALTED;
	json = http_answer(http_ask("POST", "/v1/folders/f/accept"), &status);
	ck_assert(json_is_true(json_object_get(json, "accepted")));
	ck_assert_uint_eq(http.node.accepts, 2);
	json_decref(json);
	http_expect("POST", "/v1/folders/g/accept", 404);
}
END_TEST

START_TEST(reload_hands_on_what_is_wrong)
{
	int status;
	json_t *json;

	http_expect("POST", "/v1/reload", 200);
	http.node.reload_error = "folders/f.conf, line 1: no";
	json = http_answer(http_ask("POST", "/v1/reload"), &status);
	ck_assert_int_eq(status, 400);
	ck_assert_str_eq(json_string_value(json_object_get(json, "error")),
	    "folders/f.conf, line 1: no");
	json_decref(json);
}
END_TEST

START_TEST(stop_is_answered_first_and_then_done)
{
	http_expect("POST", "/v1/stop", 200);
	for (int i = 0; i < 100 && http.stops == 0; i++)
		host_uv_turn(http.h, 10);
	ck_assert_uint_eq(http.stops, 1);
}
END_TEST

/* Accepts, and is told why not. */
static void
expect_unaccepted(int status, const char *why)
{
	json_t *json =
	    http_json(http_ask("POST", "/v1/folders/f/accept"), status);

	ck_assert_msg(strstr(http_text(json, "error"), why) != NULL, "%s",
	    http_text(json, "error"));
	json_decref(json);
}

START_TEST(what_nobody_can_accept_says_what_is_wrong)
{
	http.node.accept = ERR_CHANGED;
	http.node.folder.s.state = FOLDER_HALTED;
	http.node.folder.s.halt = "the directory is another one";
	expect_unaccepted(400, "the directory is another one");
	/* Looked for again at once, it is opened anew. */
	http.node.folder.open = false;
	http.node.folder.error = "/srv/f does not exist: make it";
	expect_unaccepted(400, "make it");
	http.node.accept = ERR_BUSY;
	expect_unaccepted(503, "make it");
}
END_TEST

START_TEST(accept_also_ends_what_waits_to_be_meant)
{
	static const int whys[] = {PLAN_WHY_LOST, PLAN_WHY_FRESH};

	for (size_t i = 0; i < 2; i++) {
		json_t *json;

		memset(http.node.folder.s.waiting, 0,
		    sizeof http.node.folder.s.waiting);
		http.node.folder.s.waiting[whys[i]] = 1;
		json = http_json(http_ask("POST", "/v1/folders/f/accept"), 200);
		ck_assert(json_is_true(json_object_get(json, "accepted")));
		json_decref(json);
	}
}
END_TEST

START_TEST(while_it_starts_only_stopping_and_listening_is_done)
{
	char head[512];
	int fd;

	api_set_node(http.api, NULL);
	http_expect("GET", "/v1/status", 503);
	http_expect("POST", "/v1/folders/f/scan", 503);
	http_expect("POST", "/v1/reload", 503);
	http_expect("GET", "/v1/nothing", 404);
	fd = http_ask("GET", "/v1/events");
	ck_assert_int_gt(http_hear(fd, head, sizeof head), 12);
	ck_assert_int_eq(strncmp(head, "HTTP/1.1 200", 12), 0);
	close(fd);
	http_expect("POST", "/v1/stop", 200);
	http_turns(20);
	ck_assert_uint_eq(http.stops, 1);
}
END_TEST

START_TEST(a_stop_is_one_whatever_changes_meanwhile)
{
	int fd = http_ask("POST", "/v1/stop");

	api_changed(http.api);
	json_decref(http_json(fd, 200));
	for (int i = 0; i < 3; i++) {
		api_changed(http.api);
		api_changed(http.api);
	}
	http_turns(20);
	ck_assert_uint_eq(http.stops, 1);
}
END_TEST

START_TEST(odd_times_to_wait_are_refused)
{
	static const char *const odd[] = {
	    "", "x", "1x", "-1", "86401", "99999999999999999999", "1.5", "%20"};
	char path[128];

	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		snprintf(
		    path, sizeof path, "/v1/folders/f/sync?timeout=%s", odd[i]);
		http_expect("POST", path, 400);
	}
	ck_assert_uint_eq(http.node.scans, 0);
	/* One that says nothing does not wait. */
	http_expect("POST", "/v1/folders/f/scan?wait=0", 200);
	http.node.scan_done(http.node.scan_arg);
}
END_TEST

START_TEST(a_status_that_cannot_be_had_is_no_folder_missing)
{
	json_t *json;

	http.node.status_error = -EIO;
	json = http_json(http_ask("GET", "/v1/status"), 503);
	ck_assert_str_eq(http_text(json, "error"), err_text(-EIO));
	json_decref(json);
	http_expect("GET", "/v1/folders/f", 503);
	http_expect("GET", "/v1/folders/f/conflicts", 503);
	http_expect("GET", "/v1/folders/f/history", 503);
	http_expect("POST", "/v1/folders/f/accept", 503);
	ck_assert_uint_eq(http.node.accepts, 0);
}
END_TEST

TCase *
route_tcase(void)
{
	TCase *tc = tcase_create("route");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, http_begin, http_end);
	tcase_add_test(tc, accept_says_whether_there_was_a_halt);
	tcase_add_test(tc, reload_hands_on_what_is_wrong);
	tcase_add_test(tc, stop_is_answered_first_and_then_done);
	tcase_add_test(tc, what_nobody_can_accept_says_what_is_wrong);
	tcase_add_test(tc, accept_also_ends_what_waits_to_be_meant);
	tcase_add_test(tc, while_it_starts_only_stopping_and_listening_is_done);
	tcase_add_test(tc, a_stop_is_one_whatever_changes_meanwhile);
	tcase_add_test(tc, odd_times_to_wait_are_refused);
	tcase_add_test(tc, a_status_that_cannot_be_had_is_no_folder_missing);
	return tc;
}
