/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_http.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { HURRY = 10 };

START_TEST(scan_answers_at_once_or_when_it_is_done)
{
	int status, fd;
	json_t *json;

	http_expect("POST", "/v1/folders/f/scan", 200);
	http.node.scan_done(http.node.scan_arg);
	fd = http_ask("POST", "/v1/folders/f/scan?wait=1");
	http_silence(fd);
	http_expect("GET", "/v1/status", 200);
	http.node.scan_done(http.node.scan_arg);
	json = http_answer(fd, &status);
	ck_assert_int_eq(status, 200);
	ck_assert(json_is_true(json_object_get(json, "done")));
	json_decref(json);
}
END_TEST

START_TEST(sync_waits_until_all_agree)
{
	int status, fd;
	json_t *json;

	http.node.folder.synced = false;
	fd = http_ask("POST", "/v1/folders/f/sync?timeout=60");
	http_silence(fd);
	http.node.folder.synced = true;
	api_changed(http.api);
	http_silence(fd); /* the look is not done yet */
	http.node.scan_done(http.node.scan_arg);
	json = http_answer(fd, &status);
	ck_assert(json_is_true(json_object_get(json, "synced")));
	json_decref(json);
}
END_TEST

START_TEST(sync_ends_late_or_when_only_a_person_helps)
{
	int status, fd;
	json_t *json;

	http.node.folder.synced = false;
	json = http_answer(
	    http_ask("POST", "/v1/folders/f/sync?timeout=0"), &status);
	ck_assert_int_eq(status, 200);
	ck_assert(!json_is_true(json_object_get(json, "synced")));
	json_decref(json);
	http.node.scan_done(http.node.scan_arg);
	fd = http_ask("POST", "/v1/folders/f/sync?timeout=60");
	http_silence(fd);
	http.node.folder.s.state = FOLDER_HALTED;
	api_changed(http.api);
	json = http_answer(fd, &status);
	ck_assert_str_eq(
	    json_string_value(json_object_get(json, "state")), "halted");
	json_decref(json);
	http.node.scan_done(http.node.scan_arg);
}
END_TEST

START_TEST(L55_sync_does_not_wait_for_who_halted_it)
{
	int status, fd;
	json_t *json, *peer;

	http.node.folder.synced = false;
	http.node.folder_peers[0].halted = MSG_HALT_ROOT;
	fd = http_ask("POST", "/v1/folders/f/sync?timeout=60");
	http_silence(fd);
	http.node.scan_done(http.node.scan_arg);
	http_silence(fd);
	http.node.folder.stuck = true;
	api_changed(http.api);
	json = http_answer(fd, &status);
	ck_assert_int_eq(status, 200);
	ck_assert(!json_is_true(json_object_get(json, "synced")));
	peer = json_array_get(json_object_get(json, "peers"), 0);
	ck_assert(json_is_true(json_object_get(peer, "halted")));
	json_decref(json);
}
END_TEST

START_TEST(L55_sync_waits_only_a_while_for_somebody_to_be_there)
{
	int64_t begin = host_mono_ns(http.h);
	int status, fd;
	json_t *json;

	http.hurry = HURRY;
	http.node.folder.synced = false;
	http.node.folder.reachable = 0;
	fd = http_ask("POST", "/v1/folders/f/sync?timeout=60");
	http_silence(fd);
	http.node.scan_done(http.node.scan_arg);
	json = http_answer(fd, &status);
	ck_assert_int_eq(status, 200);
	ck_assert(!json_is_true(json_object_get(json, "synced")));
	ck_assert_int_ge(host_mono_ns(http.h) - begin,
	    (API_REACH_S - 1) * INT64_C(1000000000) / HURRY);
	json_decref(json);
}
END_TEST

START_TEST(what_is_just_being_opened_is_waited_for)
{
	int status, fd;
	json_t *json;

	http.node.scan_error = ERR_BUSY;
	http.node.folder.open = false;
	http_expect("POST", "/v1/folders/f/scan", 503);
	fd = http_ask("POST", "/v1/folders/f/scan?wait=1");
	http_silence(fd);
	http.node.scan_error = 0;
	http.node.folder.open = true;
	api_changed(http.api);
	http_silence(fd);
	ck_assert_uint_eq(http.node.scans, 1);
	http.node.scan_done(http.node.scan_arg);
	json_decref(http_answer(fd, &status));
	ck_assert_int_eq(status, 200);
	http.node.scan_error = ERR_BUSY;
	http.node.folder.open = false;
	fd = http_ask("POST", "/v1/folders/f/sync?timeout=60");
	http_silence(fd);
	http.node.folder.error = "/srv/f does not exist: make it";
	api_changed(http.api);
	json = http_answer(fd, &status);
	ck_assert_int_eq(status, 200);
	ck_assert_ptr_nonnull(strstr(
	    json_string_value(json_object_get(json, "sentence")), "make it"));
	json_decref(json);
}
END_TEST

START_TEST(a_paused_folder_is_called_so)
{
	int status;
	json_t *json;

	http.node.scan_error = ERR_HALTED;
	http.node.folder.open = false;
	http.node.folder.paused = true;
	json =
	    http_answer(http_ask("POST", "/v1/folders/f/scan?wait=1"), &status);
	ck_assert_int_eq(status, 400);
	ck_assert_ptr_nonnull(
	    strstr(json_string_value(json_object_get(json, "error")),
		"tutti folder resume f"));
	json_decref(json);
	http_expect("POST", "/v1/folders/f/sync?timeout=60", 200);
}
END_TEST

START_TEST(who_waits_is_told_of_the_end)
{
	int status, fd = http_ask("POST", "/v1/folders/f/scan?wait=1");

	http_silence(fd);
	api_set_node(http.api, NULL);
	json_decref(http_answer(fd, &status));
	ck_assert_int_eq(status, 503);
	http_expect("GET", "/v1/status", 503);
	/* The look ends after whoever asked for it has gone. */
	http.node.scan_done(http.node.scan_arg);
}
END_TEST

START_TEST(a_folder_that_is_removed_is_waited_for_no_longer)
{
	static const char *const paths[] = {
	    "/v1/folders/f/sync?timeout=60", "/v1/folders/f/scan?wait=1"};

	http.node.scan_error = ERR_BUSY;
	http.node.folder.open = false;
	for (size_t i = 0; i < 2; i++) {
		int fd = http_ask("POST", paths[i]);

		http_silence(fd);
		http.node.folder.id = "g";
		http.node.scan_error = ERR_NOTFOUND;
		api_changed(http.api);
		json_decref(http_json(fd, 404));
		http.node.folder.id = "f";
		http.node.scan_error = ERR_BUSY;
	}
}
END_TEST

START_TEST(a_look_that_cannot_begin_says_why)
{
	json_t *json;

	/* Closed, with what is wrong; */
	http.node.scan_error = ERR_BUSY;
	http.node.folder.open = false;
	http.node.folder.error = "/srv/f does not exist: make it";
	json = http_json(http_ask("POST", "/v1/folders/f/scan?wait=1"), 503);
	ck_assert_ptr_nonnull(strstr(http_text(json, "error"), "make it"));
	json_decref(json);
	/* busy, though it is open; */
	http.node.folder.open = true;
	http.node.folder.error = NULL;
	http_expect("POST", "/v1/folders/f/scan?wait=1", 503);
	/* or something else. */
	http.node.scan_error = -EIO;
	json = http_json(http_ask("POST", "/v1/folders/f/scan?wait=1"), 503);
	ck_assert_str_eq(http_text(json, "error"), err_text(-EIO));
	json_decref(json);
}
END_TEST

START_TEST(L55_who_is_alone_is_waited_for_no_longer_than_that)
{
	int64_t begin = host_mono_ns(http.h);
	json_t *json;
	int fd;

	http.hurry = HURRY;
	http.node.folder.synced = false;
	http.node.folder.reachable = 0;
	fd = http_ask("POST", "/v1/folders/f/sync?timeout=10");
	while (http.node.scans == 0)
		http_turns(1);
	http.node.scan_done(http.node.scan_arg);
	/* Somebody came: they are waited for, to the end of the time. */
	http.node.folder.reachable = 1;
	json = http_json(fd, 200);
	ck_assert(json_is_false(json_object_get(json, "synced")));
	ck_assert_int_ge(
	    host_mono_ns(http.h) - begin, INT64_C(9000000000) / HURRY);
	json_decref(json);
}
END_TEST

START_TEST(many_wait_and_each_is_answered)
{
	host_cb *looked[8];
	void *args[8];
	int fds[8];

	for (int i = 0; i < 8; i++) {
		fds[i] = http_ask("POST", "/v1/folders/f/scan?wait=1");
		http_silence(fds[i]);
		looked[i] = http.node.scan_done;
		args[i] = http.node.scan_arg;
	}
	/* One gives up in between, one is told by the end of its look. */
	close(fds[3]);
	for (int i = 7; i >= 0; i--)
		looked[i](args[i]);
	for (int i = 0; i < 8; i++)
		if (i != 3)
			json_decref(http_json(fds[i], 200));
}
END_TEST

TCase *
wait_tcase(void)
{
	TCase *tc = tcase_create("wait");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, http_begin, http_end);
	tcase_add_test(tc, scan_answers_at_once_or_when_it_is_done);
	tcase_add_test(tc, sync_waits_until_all_agree);
	tcase_add_test(tc, sync_ends_late_or_when_only_a_person_helps);
	tcase_add_test(tc, L55_sync_does_not_wait_for_who_halted_it);
	tcase_add_test(
	    tc, L55_sync_waits_only_a_while_for_somebody_to_be_there);
	tcase_add_test(tc, what_is_just_being_opened_is_waited_for);
	tcase_add_test(tc, a_paused_folder_is_called_so);
	tcase_add_test(tc, who_waits_is_told_of_the_end);
	tcase_add_test(tc, a_folder_that_is_removed_is_waited_for_no_longer);
	tcase_add_test(tc, a_look_that_cannot_begin_says_why);
	tcase_add_test(tc, L55_who_is_alone_is_waited_for_no_longer_than_that);
	tcase_add_test(tc, many_wait_and_each_is_answered);
	return tc;
}
