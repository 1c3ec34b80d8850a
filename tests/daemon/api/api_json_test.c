/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_http.h"

START_TEST(status_tells_everything)
{
	int status;
	json_t *json, *f;

	http.node.folder.path = "/srv/\xff";
	json = http_answer(http_ask("GET", "/v1/status"), &status);
	ck_assert_int_eq(status, 200);
	ck_assert_str_eq(
	    json_string_value(json_object_get(json, "version")), "1.2.3");
	f = json_array_get(json_object_get(json, "folders"), 0);
	ck_assert_str_eq(
	    json_string_value(json_object_get(f, "path")), "/srv/\\xff");
	ck_assert_int_eq(
	    json_integer_value(json_object_get(f, "files")), 12304);
	ck_assert(json_is_true(json_object_get(f, "synced")));
	ck_assert_int_eq(
	    json_integer_value(json_object_get(f, "conflicts")), 0);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "peers")), 2);
	json_decref(json);
}
END_TEST

START_TEST(a_closed_folder_is_told_too)
{
	int status;
	json_t *json;

	http.node.folder.open = false;
	http.node.folder.error = "no such directory";
	json = http_answer(http_ask("GET", "/v1/folders/f"), &status);
	ck_assert_int_eq(status, 200);
	ck_assert_str_eq(
	    json_string_value(json_object_get(json, "state")), "closed");
	ck_assert(!json_is_true(json_object_get(json, "synced")));
	json_decref(json);
}
END_TEST

TCase *
json_tcase(void)
{
	TCase *tc = tcase_create("json");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, http_begin, http_end);
	tcase_add_test(tc, status_tells_everything);
	tcase_add_test(tc, a_closed_folder_is_told_too);
	return tc;
}
