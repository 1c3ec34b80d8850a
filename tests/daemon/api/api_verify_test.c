/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_http.h"

START_TEST(verify_says_how_far_it_is_and_what_rotted)
{
	int status;
	json_t *json, *one;

	http_expect("POST", "/v1/folders/g/verify", 404);
	http_expect("GET", "/v1/folders/g/verify", 404);
	http.node.scan_error = ERR_BUSY;
	http_expect("POST", "/v1/folders/f/verify", 503);
	http.node.scan_error = 0;
	http.node.verify = (struct folder_verify_status){
	    FOLDER_VERIFY_HEALING, 7, 100, 200, 1, 2, 1};
	json = http_answer(http_ask("POST", "/v1/folders/f/verify"), &status);
	ck_assert_int_eq(status, 200);
	ck_assert_uint_eq(http.node.verifies, 2);
	ck_assert_str_eq(
	    json_string_value(json_object_get(json, "state")), "healing");
	ck_assert_int_eq(
	    json_integer_value(json_object_get(json, "bytes")), 100);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "rotten")), 2);
	one = json_array_get(json_object_get(json, "rotten"), 0);
	ck_assert_str_eq(
	    json_string_value(json_object_get(one, "path")), "a\\nb");
	ck_assert(json_is_true(json_object_get(one, "healed")));
	json_decref(json);
}
END_TEST

START_TEST(verify_names_each_of_its_states)
{
	static const char *const names[] = {
	    [FOLDER_VERIFY_NONE] = "none",
	    [FOLDER_VERIFY_READING] = "reading",
	    [FOLDER_VERIFY_HEALING] = "healing",
	    [FOLDER_VERIFY_DONE] = "done",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		json_t *json;

		http.node.verify.state = (enum folder_verify_state)i;
		json = http_json(http_ask("GET", "/v1/folders/f/verify"), 200);
		ck_assert_str_eq(http_text(json, "state"), names[i]);
		ck_assert_uint_eq(
		    json_array_size(json_object_get(json, "rotten")), 0);
		json_decref(json);
	}
}
END_TEST

TCase *
verify_tcase(void)
{
	TCase *tc = tcase_create("verify");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, http_begin, http_end);
	tcase_add_test(tc, verify_says_how_far_it_is_and_what_rotted);
	tcase_add_test(tc, verify_names_each_of_its_states);
	return tc;
}
