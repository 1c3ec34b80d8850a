/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_http.h"

#include <errno.h>
#include <string.h>

START_TEST(L54_conflicts_are_listed)
{
	int status;
	json_t *json =
	    http_answer(http_ask("GET", "/v1/folders/f/conflicts"), &status);
	json_t *c = json_array_get(json_object_get(json, "conflicts"), 0);
	json_t *home = json_object_get(c, "home");

	ck_assert_int_eq(status, 200);
	ck_assert_str_eq(
	    json_string_value(json_object_get(c, "path")), "d/\\xff.conflict");
	ck_assert_str_eq(
	    json_string_value(json_object_get(c, "url")), "d/%FF.conflict");
	ck_assert_str_eq(
	    json_string_value(json_object_get(c, "device")), "laptop");
	ck_assert_int_eq(
	    strncmp(
		json_string_value(json_object_get(c, "content")), "ab00", 4),
	    0);
	ck_assert_str_eq(
	    json_string_value(json_object_get(home, "kind")), "nothing");
	ck_assert(json_is_null(json_object_get(home, "device")));
	json_decref(json);
	http_expect("GET", "/v1/folders/g/conflicts", 404);
}
END_TEST

#define ZEROS "00000000000000000000000000000000000000000000000000000000000000"

START_TEST(L54_conflicts_are_settled_as_seen)
{
	static const struct {
		int rc, status;
	} answers[] = {{1, 200}, {0, 200}, {ERR_CHANGED, 409},
	    {ERR_NOTFOUND, 404}, {ERR_BUSY, 503}, {ERR_HALTED, 400},
	    {-EISDIR, 400}};

	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		http.node.settle = answers[i].rc;
		http_expect("POST",
		    "/v1/folders/f/conflicts/remove?path=d/a%20%ff&content="
		    "ab" ZEROS,
		    answers[i].status);
		ck_assert_str_eq(http.node.settled, "d/a \xff");
		http_expect("POST",
		    "/v1/folders/f/conflicts/choose?path=b&content=ab" ZEROS
		    "&over=00" ZEROS,
		    answers[i].status);
		ck_assert_str_eq(http.node.settled, "b");
	}
	http.node.settled[0] = '\0';
	http_expect("POST", "/v1/folders/f/conflicts/remove?path=b", 400);
	http_expect("POST",
	    "/v1/folders/f/conflicts/remove?path=b&content=ab" ZEROS "0", 400);
	http_expect("POST",
	    "/v1/folders/f/conflicts/remove?path=../b&content=ab" ZEROS, 400);
	http_expect("POST",
	    "/v1/folders/f/conflicts/choose?path=b&content=ab" ZEROS
	    "&over=xx" ZEROS,
	    400);
	http_expect("POST",
	    "/v1/folders/g/conflicts/remove?path=b&content=ab" ZEROS, 404);
	ck_assert_str_eq(http.node.settled, "");
}
END_TEST

TCase *
conflict_tcase(void)
{
	TCase *tc = tcase_create("conflict");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, http_begin, http_end);
	tcase_add_test(tc, L54_conflicts_are_listed);
	tcase_add_test(tc, L54_conflicts_are_settled_as_seen);
	return tc;
}
