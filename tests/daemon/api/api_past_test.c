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
	http_expect(
	    "POST", "/v1/folders/f/restore?path=a&at=9223372036854775808", 400);
	http_expect("POST",
	    "/v1/folders/f/restore?path=a&at=-9223372036854775809", 400);
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

START_TEST(history_tells_what_each_version_was)
{
	static const struct folder_version list[] = {
	    {.path = SPAN_LIT("a"), .kind = KIND_DIR, .wanted = true},
	    {.path = SPAN_LIT("a"),
		.kind = KIND_SYMLINK,
		.mtime_ns = 1,
		.until_ns = 5,
		.who = {.made = {.device = {42}, .dot = {1, 1}},
		    .by = {.device = {43}}}},
	    {.path = SPAN_LIT("a"),
		.kind = KIND_GONE,
		.who = {.made = {.dot = {1, 1}}, .by_gone = false}}};
	static const char *const kinds[] = {"directory", "link", "deleted"};
	json_t *json, *all, *v;

	http.node.told = list;
	http.node.n_told = 3;
	/* All of the folder, for no path is named. */
	json = http_json(http_ask("GET", "/v1/folders/f/history"), 200);
	all = json_object_get(json, "versions");
	ck_assert_uint_eq(json_array_size(all), 3);
	for (size_t i = 0; i < 3; i++) {
		v = json_array_get(all, i);
		ck_assert_str_eq(http_text(v, "kind"), kinds[i]);
		ck_assert(json_is_null(json_object_get(v, "kept")));
		ck_assert(json_is_null(json_object_get(v, "at")));
		/* Only files and links have a time of their own. */
		ck_assert_int_eq(
		    json_is_null(json_object_get(v, "mtime")), i != 1);
		ck_assert_int_eq(
		    json_is_null(json_object_get(v, "until")), i != 1);
	}
	v = json_array_get(all, 1);
	ck_assert_uint_gt(strlen(http_text(v, "device")), 50); /* a whole id */
	ck_assert(json_is_null(json_object_get(v, "by"))); /* not known */
	ck_assert_str_eq(http_text(json_array_get(all, 2), "device"), "me");
	json_decref(json);
}
END_TEST

START_TEST(restore_tells_what_became_of_each_path)
{
	static uint8_t a[] = "a";
	static const struct folder_change list[] = {
	    {.what = FOLDER_CHANGE_CREATE, .path = {.p = a, .len = 1}},
	    {.what = FOLDER_CHANGE_REPLACE,
		.rc = ERR_CHANGED,
		.path = {.p = a, .len = 1}},
	    {.what = FOLDER_CHANGE_BLOCKED, .path = {.p = a, .len = 1}},
	    {.what = FOLDER_CHANGE_MISSING, .path = {.p = a, .len = 1}}};
	static const char *const what[2][4] = {
	    {"create", "failed", "blocked", "missing"},
	    {"create", "replace", "blocked", "missing"}};
	json_t *json, *all, *c;
	int fd;

	http.node.changes = list;
	http.node.n_changes = 4;
	for (int dry = 0; dry < 2; dry++) {
		fd = http_ask(
		    "POST", dry ? "/v1/folders/f/restore?path=d&at=5&dry=1"
				: "/v1/folders/f/restore?path=d&at=5&dry=0");
		if (!dry) {
			http_silence(fd);
			fake_restored(&http.node, 0);
		}
		json = http_json(fd, 200);
		all = json_object_get(json, "changes");
		ck_assert_uint_eq(json_array_size(all), 4);
		for (size_t i = 0; i < 4; i++)
			ck_assert_str_eq(
			    http_text(json_array_get(all, i), "what"),
			    what[dry][i]);
		c = json_array_get(all, 1);
		ck_assert_str_eq(http_text(c, "error"), err_text(ERR_CHANGED));
		json_decref(json);
	}
}
END_TEST

START_TEST(what_cannot_be_restored_says_why)
{
	static const struct {
		int rc, status;
		const char *why;
	} t[] = {{-EROFS, 400, "only receives"},
	    {ERR_NOTFOUND, 404, "nothing is known of that path"},
	    {ERR_CONFIG, 404, "there is no folder f"}, {-EIO, 503, "rror"}};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		json_t *json;

		http.node.past_error = t[i].rc;
		json = http_json(
		    http_ask("POST", "/v1/folders/f/restore?path=d&at=5"),
		    t[i].status);
		ck_assert_msg(
		    strstr(http_text(json, "error"), t[i].why) != NULL, "%s",
		    http_text(json, "error"));
		json_decref(json);
		if (t[i].rc == -EROFS)
			continue;
		http_expect("GET", "/v1/folders/f/history?path=d", t[i].status);
	}
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
	tcase_add_test(tc, history_tells_what_each_version_was);
	tcase_add_test(tc, restore_tells_what_became_of_each_path);
	tcase_add_test(tc, what_cannot_be_restored_says_why);
	tcase_add_test(tc, a_restore_that_fails_or_is_given_up_harms_nobody);
	return tc;
}
