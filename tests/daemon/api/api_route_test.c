/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_http.h"

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

TCase *
route_tcase(void)
{
	TCase *tc = tcase_create("route");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, http_begin, http_end);
	tcase_add_test(tc, accept_says_whether_there_was_a_halt);
	tcase_add_test(tc, reload_hands_on_what_is_wrong);
	tcase_add_test(tc, stop_is_answered_first_and_then_done);
	return tc;
}
