/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_http.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

START_TEST(history_tells_versions_by_name_and_date)
{
	json_t *json, *v;

	memset(http.node.peers[1].device, 99, DEVICE_BYTES);
	json = http_json(
	    http_ask("GET", "/v1/folders/f/history?path=d%2Fn%0A"), 200);
	ck_assert_str_eq(http_text(json, "next"), "d/n%0A");
	v = json_array_get(json_object_get(json, "versions"), 0);
	ck_assert_str_eq(http_text(v, "path"), "d/n\\n"); /* LESSONS 40 */
	ck_assert_str_eq(http_text(v, "path_url"), "d/n%0A");
	ck_assert_str_eq(http_text(v, "kind"), "file");
	ck_assert_str_eq(http_text(v, "mtime"), "1970-01-01T00:00:01Z");
	ck_assert_str_eq(http_text(v, "until"), "1970-01-01T00:00:03Z");
	ck_assert_str_eq(http_text(v, "at"), "1970-01-01T00:00:02.999999999Z");
	ck_assert_str_eq(http_text(v, "device"), "me");
	ck_assert_str_eq(http_text(v, "by"), "nas");
	ck_assert(json_is_true(json_object_get(v, "deleted")));
	json_decref(json);
	json = http_json(
	    http_ask("GET", "/v1/folders/f/history?path=a&after=a"), 200);
	ck_assert(json_is_null(json_object_get(json, "next")));
	json_decref(json);
}
END_TEST

START_TEST(paths_that_lead_astray_are_refused)
{
	http_expect("GET", "/v1/folders/f/history?path=..%2Fx", 400);
	http_expect("GET", "/v1/folders/f/history?path=%2Fetc", 400);
	http_expect("GET", "/v1/folders/f/history?path=.tutti%2Ffolder", 400);
	http_expect("GET", "/v1/folders/f/history?path=a&after=..", 400);
	http_expect("POST", "/v1/folders/f/restore?path=..&at=1", 400);
	http_expect("POST", "/v1/folders/f/restore?path=a&at=", 400);
	http_expect("POST", "/v1/folders/f/restore?path=a&at=1x", 400);
	http_expect("POST", "/v1/folders/f/restore?path=a", 400);
	http_expect("GET", "/v1/folders/f/history?path=none", 404);
	http_expect("GET", "/v1/folders/g/history?path=a", 404);
	http_expect("POST", "/v1/folders/f/restore?path=none&at=1", 404);
	http_expect("POST", "/v1/folders/g/restore?path=a&at=1", 404);
	http_expect("GET", "/v1/folders/f/restore?path=a&at=1", 405);
}
END_TEST

START_TEST(restore_answers_when_it_is_done)
{
	int fd = http_ask("POST", "/v1/folders/f/restore?path=d&at=-5");
	json_t *json, *c;

	http_silence(fd);
	/* A change elsewhere does not end it. */
	api_changed(http.api);
	http_silence(fd);
	ck_assert(http.node.restore.at_ns == -5 && !http.node.restore.dry);
	fake_restored(&http.node, 0);
	json = http_json(fd, 200);
	ck_assert(json_is_true(json_object_get(json, "done")));
	c = json_array_get(json_object_get(json, "changes"), 0);
	ck_assert_str_eq(http_text(c, "what"), "replace");
	ck_assert_str_eq(http_text(c, "path_url"), "d/n%0A");
	ck_assert_str_eq(http_text(c, "from_url"), ".tutti/versions/d/n~x");
	json_decref(json);
}
END_TEST

START_TEST(a_dry_restore_answers_at_once)
{
	json_t *json = http_json(
	    http_ask("POST", "/v1/folders/f/restore?path=d&at=5&dry=1"), 200);

	ck_assert(json_is_false(json_object_get(json, "done")));
	json_decref(json);
}
END_TEST

START_TEST(a_restore_that_fails_or_is_given_up_harms_nobody)
{
	int fd = http_ask("POST", "/v1/folders/f/restore?path=d&at=5");

	http_silence(fd);
	fake_restored(&http.node, -EIO);
	json_decref(http_json(fd, 503));
	fd = http_ask("POST", "/v1/folders/f/restore?path=d&at=5");
	http_silence(fd);
	close(fd);
	http_turns(20);
	fake_restored(&http.node, 0); /* to nobody */
	fd = http_ask("POST", "/v1/folders/f/restore?path=d&at=5");
	http_silence(fd);
	api_set_node(http.api, NULL);
	json_decref(http_json(fd, 503));
	fake_restored(&http.node, 0);
}
END_TEST

TCase *
past_tcase(void)
{
	TCase *tc = tcase_create("past");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, http_begin, http_end);
	tcase_add_test(tc, history_tells_versions_by_name_and_date);
	tcase_add_test(tc, paths_that_lead_astray_are_refused);
	tcase_add_test(tc, restore_answers_when_it_is_done);
	tcase_add_test(tc, a_dry_restore_answers_at_once);
	tcase_add_test(tc, a_restore_that_fails_or_is_given_up_harms_nobody);
	return tc;
}
