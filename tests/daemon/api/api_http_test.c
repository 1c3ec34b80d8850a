/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_fake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/host/host_uv.h"
#include "tests/daemon/api/api_dial.h"

enum { DEADLINE_S = 10, ANSWER_BYTES = 1 << 18 };

static char dir[RUN_DIR_BYTES];
static struct host *h;
static struct log events;
static struct api *api;
static struct node node;
static int run_fd;
static unsigned stops;

static void
on_stop(void *arg)
{
	(void)arg;
	stops++;
}

static void
setup(void)
{
	struct log_options log = {.level = LOG_LEVEL_INFO,
	    .to_stderr = LOG_STDERR_NONE,
	    .ring_dir = -1};
	struct api_options options = {
	    .log = &events, .version = "1.2.3", .stop = on_stop};

	run_temp_dir("api", dir);
	ck_assert_int_eq(host_uv_new(&h), 0);
	ck_assert_int_eq(host_open_root(h, dir, 0, &run_fd), 0);
	ck_assert_int_eq(log_init(&events, h, &log), 0);
	options.host = h;
	options.run = run_fd;
	ck_assert_int_eq(api_new(&options, &api), 0);
	fake_init(&node);
	api_set_node(api, &node);
	stops = 0;
}

static void
teardown(void)
{
	api_free(api);
	log_release(&events);
	host_close(h, run_fd);
	host_uv_free(h);
	/* The socket is gone, or the directory would not be empty. */
	ck_assert_int_eq(rmdir(dir), 0);
}

static int
ask(const char *method, const char *path)
{
	char text[512];
	int fd = api_dial(dir);
	int len = snprintf(text, sizeof text,
	    "%s %s HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", method,
	    path);

	ck_assert_int_eq(write(fd, text, (size_t)len), len);
	return fd;
}

/* Turns the loop until something was read; -1 at the end. */
static ssize_t
hear(int fd, char *p, size_t len)
{
	int64_t end = host_mono_ns(h) + DEADLINE_S * INT64_C(1000000000);

	while (host_mono_ns(h) < end) {
		ssize_t n = read(fd, p, len);

		if (n >= 0)
			return n > 0 ? n : -1;
		host_uv_turn(h, 5);
	}
	ck_abort_msg("no answer");
	return -1;
}

/* Reads to the end; the document, and the status. */
static json_t *
answer(int fd, int *out_status)
{
	static char text[ANSWER_BYTES];
	size_t n = 0;
	ssize_t got;
	json_t *json;

	while ((got = hear(fd, text + n, sizeof text - 1 - n)) > 0)
		n += (size_t)got;
	close(fd);
	text[n] = '\0';
	ck_assert_int_eq(sscanf(text, "HTTP/1.1 %d", out_status), 1);
	ck_assert_ptr_nonnull(strstr(text, "\r\n\r\n"));
	json = json_loads(strstr(text, "\r\n\r\n") + 4, 0, NULL);
	ck_assert_msg(json != NULL, "%s", text);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(json, "schema")), 1);
	return json;
}

static void
expect(const char *method, const char *path, int status)
{
	int got;
	json_t *json = answer(ask(method, path), &got);

	ck_assert_msg(got == status, "%s %s: %d", method, path, got);
	if (status >= 400)
		ck_assert_ptr_nonnull(json_object_get(json, "error"));
	json_decref(json);
}

/* Turns the loop a little: what is not yet answered stays so. */
static void
expect_silence(int fd)
{
	char p;

	for (int i = 0; i < 20; i++)
		host_uv_turn(h, 2);
	ck_assert_int_eq(read(fd, &p, 1), -1);
	ck_assert_int_eq(errno, EAGAIN);
}

START_TEST(socket_is_the_owners_alone)
{
	struct stat st;
	char path[128];

	snprintf(path, sizeof path, "%s/api.sock", dir);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(status_tells_everything)
{
	int status;
	json_t *json, *f;

	node.folder.path = "/srv/\xff";
	json = answer(ask("GET", "/v1/status"), &status);
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

	node.folder.open = false;
	node.folder.error = "no such directory";
	json = answer(ask("GET", "/v1/folders/f"), &status);
	ck_assert_int_eq(status, 200);
	ck_assert_str_eq(
	    json_string_value(json_object_get(json, "state")), "closed");
	ck_assert(!json_is_true(json_object_get(json, "synced")));
	json_decref(json);
}
END_TEST

START_TEST(what_is_not_there_is_said)
{
	expect("GET", "/", 404);
	expect("GET", "/v1/statu", 404);
	expect("GET", "/v1/status/x", 404);
	expect("GET", "/v1/folders/g", 404);
	expect("GET", "/v1/folders/", 404);
	expect("GET", "/v1/folders/../status", 404);
	expect("POST", "/v1/folders/g/scan", 404);
	expect("POST", "/v1/status", 405);
	expect("GET", "/v1/folders/f/scan", 405);
	expect("POST", "/v1/folders/f/sync?timeout=x", 400);
	expect("POST", "/v1/folders/f/sync?timeout=-1", 400);
	ck_assert_uint_eq(node.scans, 0);
}
END_TEST

START_TEST(a_body_is_refused)
{
	static const char text[] = "POST /v1/reload HTTP/1.1\r\nHost: t\r\n"
				   "Connection: close\r\n"
				   "Content-Length: 3\r\n\r\nabc";
	int fd = api_dial(dir), status;

	ck_assert_int_eq(
	    write(fd, text, sizeof text - 1), (int)sizeof text - 1);
	json_decref(answer(fd, &status));
	ck_assert_int_eq(status, 413);
}
END_TEST

START_TEST(scan_answers_at_once_or_when_it_is_done)
{
	int status, fd;
	json_t *json;

	expect("POST", "/v1/folders/f/scan", 200);
	node.scan_done(node.scan_arg);
	fd = ask("POST", "/v1/folders/f/scan?wait=1");
	expect_silence(fd);
	expect("GET", "/v1/status", 200);
	node.scan_done(node.scan_arg);
	json = answer(fd, &status);
	ck_assert_int_eq(status, 200);
	ck_assert(json_is_true(json_object_get(json, "done")));
	json_decref(json);
}
END_TEST

START_TEST(sync_waits_until_all_agree)
{
	int status, fd;
	json_t *json;

	node.folder.synced = false;
	fd = ask("POST", "/v1/folders/f/sync?timeout=60");
	expect_silence(fd);
	node.folder.synced = true;
	api_changed(api);
	expect_silence(fd); /* the look is not done yet */
	node.scan_done(node.scan_arg);
	json = answer(fd, &status);
	ck_assert(json_is_true(json_object_get(json, "synced")));
	json_decref(json);
}
END_TEST

START_TEST(sync_ends_late_or_when_only_a_person_helps)
{
	int status, fd;
	json_t *json;

	node.folder.synced = false;
	json = answer(ask("POST", "/v1/folders/f/sync?timeout=0"), &status);
	ck_assert_int_eq(status, 200);
	ck_assert(!json_is_true(json_object_get(json, "synced")));
	json_decref(json);
	node.scan_done(node.scan_arg);
	fd = ask("POST", "/v1/folders/f/sync?timeout=60");
	expect_silence(fd);
	node.folder.s.state = FOLDER_HALTED;
	api_changed(api);
	json = answer(fd, &status);
	ck_assert_str_eq(
	    json_string_value(json_object_get(json, "state")), "halted");
	json_decref(json);
	node.scan_done(node.scan_arg);
}
END_TEST

START_TEST(L55_sync_does_not_wait_for_who_halted_it)
{
	int status, fd;
	json_t *json, *peer;

	node.folder.synced = false;
	node.folder_peers[0].halted = MSG_HALT_ROOT;
	fd = ask("POST", "/v1/folders/f/sync?timeout=60");
	expect_silence(fd);
	node.scan_done(node.scan_arg);
	expect_silence(fd);
	node.folder.stuck = true;
	api_changed(api);
	json = answer(fd, &status);
	ck_assert_int_eq(status, 200);
	ck_assert(!json_is_true(json_object_get(json, "synced")));
	peer = json_array_get(json_object_get(json, "peers"), 0);
	ck_assert(json_is_true(json_object_get(peer, "halted")));
	json_decref(json);
}
END_TEST

START_TEST(L55_sync_waits_only_a_while_for_somebody_to_be_there)
{
	int64_t begin = host_mono_ns(h);
	int status, fd;
	json_t *json;

	node.folder.synced = false;
	node.folder.reachable = 0;
	fd = ask("POST", "/v1/folders/f/sync?timeout=60");
	expect_silence(fd);
	node.scan_done(node.scan_arg);
	json = answer(fd, &status);
	ck_assert_int_eq(status, 200);
	ck_assert(!json_is_true(json_object_get(json, "synced")));
	ck_assert_int_ge(
	    host_mono_ns(h) - begin, (API_REACH_S - 1) * INT64_C(1000000000));
	json_decref(json);
}
END_TEST

START_TEST(what_is_just_being_opened_is_waited_for)
{
	int status, fd;
	json_t *json;

	node.scan_error = ERR_BUSY;
	node.folder.open = false;
	expect("POST", "/v1/folders/f/scan", 503);
	fd = ask("POST", "/v1/folders/f/scan?wait=1");
	expect_silence(fd);
	node.scan_error = 0;
	node.folder.open = true;
	api_changed(api);
	expect_silence(fd);
	ck_assert_uint_eq(node.scans, 1);
	node.scan_done(node.scan_arg);
	json_decref(answer(fd, &status));
	ck_assert_int_eq(status, 200);
	node.scan_error = ERR_BUSY;
	node.folder.open = false;
	fd = ask("POST", "/v1/folders/f/sync?timeout=60");
	expect_silence(fd);
	node.folder.error = "/srv/f does not exist: make it";
	api_changed(api);
	json = answer(fd, &status);
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

	node.scan_error = ERR_HALTED;
	node.folder.open = false;
	node.folder.paused = true;
	json = answer(ask("POST", "/v1/folders/f/scan?wait=1"), &status);
	ck_assert_int_eq(status, 400);
	ck_assert_ptr_nonnull(
	    strstr(json_string_value(json_object_get(json, "error")),
		"tutti folder resume f"));
	json_decref(json);
	expect("POST", "/v1/folders/f/sync?timeout=60", 200);
}
END_TEST

START_TEST(accept_says_whether_there_was_a_halt)
{
	int status;
	json_t *json = answer(ask("POST", "/v1/folders/f/accept"), &status);

	ck_assert_int_eq(status, 200);
	ck_assert(json_is_false(json_object_get(json, "accepted")));
	json_decref(json);
	node.folder.s.state = FOLDER_HALTED;
	json = answer(ask("POST", "/v1/folders/f/accept"), &status);
	ck_assert(json_is_true(json_object_get(json, "accepted")));
	ck_assert_uint_eq(node.accepts, 2);
	json_decref(json);
	expect("POST", "/v1/folders/g/accept", 404);
}
END_TEST

START_TEST(L54_conflicts_are_listed)
{
	int status;
	json_t *json = answer(ask("GET", "/v1/folders/f/conflicts"), &status);
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
	expect("GET", "/v1/folders/g/conflicts", 404);
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
		node.settle = answers[i].rc;
		expect("POST",
		    "/v1/folders/f/conflicts/remove?path=d/a%20%ff&content="
		    "ab" ZEROS,
		    answers[i].status);
		ck_assert_str_eq(node.settled, "d/a \xff");
		expect("POST",
		    "/v1/folders/f/conflicts/choose?path=b&content=ab" ZEROS
		    "&over=00" ZEROS,
		    answers[i].status);
		ck_assert_str_eq(node.settled, "b");
	}
	node.settled[0] = '\0';
	expect("POST", "/v1/folders/f/conflicts/remove?path=b", 400);
	expect("POST",
	    "/v1/folders/f/conflicts/remove?path=b&content=ab" ZEROS "0", 400);
	expect("POST",
	    "/v1/folders/f/conflicts/remove?path=../b&content=ab" ZEROS, 400);
	expect("POST",
	    "/v1/folders/f/conflicts/choose?path=b&content=ab" ZEROS
	    "&over=xx" ZEROS,
	    400);
	expect("POST", "/v1/folders/g/conflicts/remove?path=b&content=ab" ZEROS,
	    404);
	ck_assert_str_eq(node.settled, "");
}
END_TEST

START_TEST(verify_says_how_far_it_is_and_what_rotted)
{
	int status;
	json_t *json, *one;

	expect("POST", "/v1/folders/g/verify", 404);
	expect("GET", "/v1/folders/g/verify", 404);
	node.scan_error = ERR_BUSY;
	expect("POST", "/v1/folders/f/verify", 503);
	node.scan_error = 0;
	node.verify = (struct folder_verify_status){
	    FOLDER_VERIFY_HEALING, 7, 100, 200, 1, 2, 1};
	json = answer(ask("POST", "/v1/folders/f/verify"), &status);
	ck_assert_int_eq(status, 200);
	ck_assert_uint_eq(node.verifies, 2);
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

START_TEST(who_waits_is_told_of_the_end)
{
	int status, fd = ask("POST", "/v1/folders/f/scan?wait=1");

	expect_silence(fd);
	api_set_node(api, NULL);
	json_decref(answer(fd, &status));
	ck_assert_int_eq(status, 503);
	expect("GET", "/v1/status", 503);
	/* The look ends after whoever asked for it has gone. */
	node.scan_done(node.scan_arg);
}
END_TEST

START_TEST(reload_hands_on_what_is_wrong)
{
	int status;
	json_t *json;

	expect("POST", "/v1/reload", 200);
	node.reload_error = "folders/f.conf, line 1: no";
	json = answer(ask("POST", "/v1/reload"), &status);
	ck_assert_int_eq(status, 400);
	ck_assert_str_eq(json_string_value(json_object_get(json, "error")),
	    "folders/f.conf, line 1: no");
	json_decref(json);
}
END_TEST

START_TEST(stop_is_answered_first_and_then_done)
{
	expect("POST", "/v1/stop", 200);
	for (int i = 0; i < 100 && stops == 0; i++)
		host_uv_turn(h, 10);
	ck_assert_uint_eq(stops, 1);
}
END_TEST

START_TEST(events_come_one_a_line)
{
	char text[4096];
	int fd = ask("GET", "/v1/events");
	size_t n = 0;

	for (int i = 0; i < 10; i++)
		host_uv_turn(h, 2);
	log_warn(
	    &events, "odd_name", LOG_STR("path", "a\nb"), LOG_INT("n", -3));
	do
		n += (size_t)hear(fd, text + n, sizeof text - n - 1);
	while (memmem(text, n, "odd_name", 8) == NULL);
	text[n] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "\"event\":\"odd_name\""));
	ck_assert_ptr_nonnull(strstr(text, "\"n\":-3"));
	ck_assert_ptr_nonnull(strstr(text, "a\\\\nb"));
	close(fd);
}
END_TEST

START_TEST(streams_are_few_and_end_with_the_api)
{
	int fds[API_STREAMS];

	for (int i = 0; i < API_STREAMS; i++) {
		fds[i] = ask("GET", "/v1/events");
		for (int k = 0; k < 5; k++)
			host_uv_turn(h, 1);
	}
	expect("GET", "/v1/events", 503);
	for (int i = 0; i < API_STREAMS; i++)
		close(fds[i]);
}
END_TEST

static json_t *
expect_json(int fd, int status)
{
	int got;
	json_t *json = answer(fd, &got);

	ck_assert_int_eq(got, status);
	return json;
}

static const char *
text_at(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

START_TEST(history_tells_versions_by_name_and_date)
{
	json_t *json, *v;

	memset(node.peers[1].device, 99, DEVICE_BYTES);
	json =
	    expect_json(ask("GET", "/v1/folders/f/history?path=d%2Fn%0A"), 200);
	ck_assert_str_eq(text_at(json, "next"), "d/n%0A");
	v = json_array_get(json_object_get(json, "versions"), 0);
	ck_assert_str_eq(text_at(v, "path"), "d/n\\n"); /* LESSONS 40 */
	ck_assert_str_eq(text_at(v, "path_url"), "d/n%0A");
	ck_assert_str_eq(text_at(v, "kind"), "file");
	ck_assert_str_eq(text_at(v, "mtime"), "1970-01-01T00:00:01Z");
	ck_assert_str_eq(text_at(v, "until"), "1970-01-01T00:00:03Z");
	ck_assert_str_eq(text_at(v, "at"), "1970-01-01T00:00:02.999999999Z");
	ck_assert_str_eq(text_at(v, "device"), "me");
	ck_assert_str_eq(text_at(v, "by"), "nas");
	ck_assert(json_is_true(json_object_get(v, "deleted")));
	json_decref(json);
	json = expect_json(
	    ask("GET", "/v1/folders/f/history?path=a&after=a"), 200);
	ck_assert(json_is_null(json_object_get(json, "next")));
	json_decref(json);
}
END_TEST

START_TEST(paths_that_lead_astray_are_refused)
{
	expect("GET", "/v1/folders/f/history?path=..%2Fx", 400);
	expect("GET", "/v1/folders/f/history?path=%2Fetc", 400);
	expect("GET", "/v1/folders/f/history?path=.tutti%2Ffolder", 400);
	expect("GET", "/v1/folders/f/history?path=a&after=..", 400);
	expect("POST", "/v1/folders/f/restore?path=..&at=1", 400);
	expect("POST", "/v1/folders/f/restore?path=a&at=", 400);
	expect("POST", "/v1/folders/f/restore?path=a&at=1x", 400);
	expect("POST", "/v1/folders/f/restore?path=a", 400);
	expect("GET", "/v1/folders/f/history?path=none", 404);
	expect("GET", "/v1/folders/g/history?path=a", 404);
	expect("POST", "/v1/folders/f/restore?path=none&at=1", 404);
	expect("POST", "/v1/folders/g/restore?path=a&at=1", 404);
	expect("GET", "/v1/folders/f/restore?path=a&at=1", 405);
}
END_TEST

START_TEST(restore_answers_when_it_is_done)
{
	int fd = ask("POST", "/v1/folders/f/restore?path=d&at=-5");
	json_t *json, *c;

	expect_silence(fd);
	/* A change elsewhere does not end it. */
	api_changed(api);
	expect_silence(fd);
	ck_assert(node.restore.at_ns == -5 && !node.restore.dry);
	fake_restored(&node, 0);
	json = expect_json(fd, 200);
	ck_assert(json_is_true(json_object_get(json, "done")));
	c = json_array_get(json_object_get(json, "changes"), 0);
	ck_assert_str_eq(text_at(c, "what"), "replace");
	ck_assert_str_eq(text_at(c, "path_url"), "d/n%0A");
	ck_assert_str_eq(text_at(c, "from_url"), ".tutti/versions/d/n~x");
	json_decref(json);
}
END_TEST

START_TEST(a_dry_restore_answers_at_once)
{
	json_t *json = expect_json(
	    ask("POST", "/v1/folders/f/restore?path=d&at=5&dry=1"), 200);

	ck_assert(json_is_false(json_object_get(json, "done")));
	json_decref(json);
}
END_TEST

START_TEST(a_restore_that_fails_or_is_given_up_harms_nobody)
{
	int fd = ask("POST", "/v1/folders/f/restore?path=d&at=5");

	expect_silence(fd);
	fake_restored(&node, -EIO);
	json_decref(expect_json(fd, 503));
	fd = ask("POST", "/v1/folders/f/restore?path=d&at=5");
	expect_silence(fd);
	close(fd);
	for (int i = 0; i < 20; i++)
		host_uv_turn(h, 2);
	fake_restored(&node, 0); /* to nobody */
	fd = ask("POST", "/v1/folders/f/restore?path=d&at=5");
	expect_silence(fd);
	api_set_node(api, NULL);
	json_decref(expect_json(fd, 503));
	fake_restored(&node, 0);
}
END_TEST

TCase *
http_tcase(void)
{
	TCase *tc = tcase_create("http");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, socket_is_the_owners_alone);
	tcase_add_test(tc, status_tells_everything);
	tcase_add_test(tc, a_closed_folder_is_told_too);
	tcase_add_test(tc, what_is_not_there_is_said);
	tcase_add_test(tc, a_body_is_refused);
	tcase_add_test(tc, scan_answers_at_once_or_when_it_is_done);
	tcase_add_test(tc, sync_waits_until_all_agree);
	tcase_add_test(tc, sync_ends_late_or_when_only_a_person_helps);
	tcase_add_test(tc, L55_sync_does_not_wait_for_who_halted_it);
	tcase_add_test(
	    tc, L55_sync_waits_only_a_while_for_somebody_to_be_there);
	tcase_add_test(tc, what_is_just_being_opened_is_waited_for);
	tcase_add_test(tc, a_paused_folder_is_called_so);
	tcase_add_test(tc, accept_says_whether_there_was_a_halt);
	tcase_add_test(tc, L54_conflicts_are_listed);
	tcase_add_test(tc, L54_conflicts_are_settled_as_seen);
	tcase_add_test(tc, verify_says_how_far_it_is_and_what_rotted);
	tcase_add_test(tc, who_waits_is_told_of_the_end);
	tcase_add_test(tc, reload_hands_on_what_is_wrong);
	tcase_add_test(tc, stop_is_answered_first_and_then_done);
	tcase_add_test(tc, history_tells_versions_by_name_and_date);
	tcase_add_test(tc, paths_that_lead_astray_are_refused);
	tcase_add_test(tc, restore_answers_when_it_is_done);
	tcase_add_test(tc, a_dry_restore_answers_at_once);
	tcase_add_test(tc, a_restore_that_fails_or_is_given_up_harms_nobody);
	tcase_add_test(tc, events_come_one_a_line);
	tcase_add_test(tc, streams_are_few_and_end_with_the_api);
	return tc;
}
