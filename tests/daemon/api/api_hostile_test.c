/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who speaks no HTTP, or too much of it: nothing is done for them, and others
 * are answered.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/daemon/api/api_dial.h"
#include "tests/daemon/api/api_http.h"

enum { REPLY_BYTES = 64 << 10, LONG_BYTES = 40 << 10 };

#define SCAN "POST /v1/folders/f/scan HTTP/1.1\r\nHost: t\r\n"
#define LAST "Connection: close\r\n\r\n"

static void
teardown(void)
{
	http_expect("GET", "/v1/status", 200);
	http_end();
}

/* Writes all, as far as somebody takes it; whether that was all. */
static bool
tell(int fd, const void *p, size_t len)
{
	const char *bytes = p;
	size_t n = 0;

	for (int i = 0; n < len && i < 2000; i++) {
		ssize_t put = send(fd, bytes + n, len - n, MSG_NOSIGNAL);

		if (put < 0 && errno != EAGAIN)
			return false;
		n += put > 0 ? (size_t)put : 0;
		host_uv_turn(http.h, 1);
	}
	return n == len;
}

static int
dial_and_tell(const void *p, size_t len)
{
	int fd = api_dial(http.dir);

	ck_assert(tell(fd, p, len));
	return fd;
}

/* All that is answered until the end, which a reset is as well. */
static const char *
replies(int fd)
{
	static char text[REPLY_BYTES];
	size_t n = 0;
	bool open = true;

	for (int i = 0; open && i < 2000; i++) {
		ssize_t got = read(fd, text + n, sizeof text - 1 - n);

		if (got > 0)
			n += (size_t)got;
		else if (got < 0 && errno == EAGAIN)
			host_uv_turn(http.h, 1);
		else
			open = false;
	}
	ck_assert_msg(!open, "it is left open: %.*s", (int)n, text);
	close(fd);
	text[n] = '\0';
	return text;
}

/* The status; 0: closed without an answer. */
static int
status_of(const char *reply)
{
	int status = 0;

	ck_assert(
	    reply[0] == '\0' || sscanf(reply, "HTTP/1.%*d %d", &status) == 1);
	return status;
}

static void
expect_untouched(void)
{
	ck_assert_uint_eq(http.node.scans, 0);
	ck_assert_uint_eq(http.node.accepts, 0);
	ck_assert_uint_eq(http.stops, 0);
}

START_TEST(L25_what_is_cut_at_any_byte_does_nothing)
{
	static const char ask[] = SCAN "\r\n";

	for (size_t len = 0; len + 1 < sizeof ask; len++) {
		int fd = dial_and_tell(ask, len);

		http_turns(1);
		close(fd);
		http_turns(1);
		expect_untouched();
	}
	http_expect("POST", "/v1/folders/f/scan", 200);
	ck_assert_uint_eq(http.node.scans, 1);
	http.node.scan_done(http.node.scan_arg);
}
END_TEST

START_TEST(L37_one_byte_at_a_time_is_answered_and_holds_up_nobody)
{
	static const char ask[] = SCAN LAST;
	int fd = api_dial(http.dir);

	for (size_t i = 0; i + 1 < sizeof ask; i++) {
		ck_assert(tell(fd, ask + i, 1));
		if (i == sizeof ask / 2)
			http_expect("GET", "/v1/status", 200);
	}
	json_decref(http_json(fd, 200));
	http.node.scan_done(http.node.scan_arg);
}
END_TEST

START_TEST(many_asked_at_once_are_answered_in_order)
{
	static const char ask[] =
	    "GET /v1/folders/f HTTP/1.1\r\nHost: t\r\n\r\n"
	    "GET /v1/folders/g HTTP/1.1\r\nHost: t\r\n\r\n"
	    "PUT /v1/folders/f HTTP/1.1\r\nHost: t\r\n" LAST;
	static const int statuses[] = {200, 404, 405};
	const char *reply = replies(dial_and_tell(ask, sizeof ask - 1));

	for (size_t i = 0; i < 3; i++) {
		reply = strstr(reply, "HTTP/1.1 ");
		ck_assert_ptr_nonnull(reply);
		ck_assert_int_eq(status_of(reply), statuses[i]);
		reply++;
	}
	ck_assert_ptr_null(strstr(reply, "HTTP/1.1 "));
}
END_TEST

START_TEST(other_methods_do_nothing)
{
	static const char *const methods[] = {"GET", "HEAD", "PUT", "DELETE",
	    "OPTIONS", "PATCH", "post", "POSTS", "X"};
	static const char *const paths[] = {"/v1/stop", "/v1/reload",
	    "/v1/folders/f/scan", "/v1/folders/f/accept",
	    "/v1/folders/f/restore?path=d&at=1",
	    "/v1/folders/f/conflicts/choose"};

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		for (size_t k = 0; k < sizeof paths / sizeof *paths; k++)
			ck_assert_int_eq(
			    status_of(replies(http_ask(methods[i], paths[k]))),
			    405);
	expect_untouched();
	ck_assert_ptr_null(http.node.restored);
	ck_assert_str_eq(http.node.settled, "");
}
END_TEST

START_TEST(what_is_no_http_is_refused)
{
	static const struct span asks[] = {SPAN_LIT("\0\0\0\0\r\n\r\n"),
	    SPAN_LIT("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
	    SPAN_LIT("GET"), SPAN_LIT("POST /v1/stop\r\n\r\n"),
	    SPAN_LIT("POST /v1/stop HTTP/9.9\r\nHost: t\r\n\r\n"),
	    SPAN_LIT("POST  HTTP/1.1\r\nHost: t\r\n\r\n"),
	    SPAN_LIT(SCAN "Content-Length: -1\r\n\r\n"),
	    SPAN_LIT(SCAN "Content-Length: x\r\n\r\n"),
	    SPAN_LIT(SCAN "Content-Length: 99999999999999999999999\r\n\r\n"),
	    SPAN_LIT(SCAN "Content-Length: 5\r\n\r\nab"),
	    SPAN_LIT(SCAN "Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
	    SPAN_LIT(SCAN "Transfer-Encoding: chunked\r\n\r\n"
			  "ffffffffffffffffff\r\n")};

	for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
		int fd = dial_and_tell(asks[i].p, asks[i].len), status;

		http_turns(3);
		ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
		status = status_of(replies(fd));
		ck_assert_msg(
		    status == 0 || status >= 400, "%zu: %d", i, status);
		http_expect("GET", "/v1/status", 200);
	}
	expect_untouched();
}
END_TEST

START_TEST(what_follows_a_zero_byte_is_not_left_out)
{
	static const char *const asks[] = {
	    "/v1/folders/f/restore?path=%00d&at=5",
	    "/v1/folders/f/restore?path=d%00x&at=5",
	    "/v1/folders/f/restore?path=d&at=5%00x",
	    "/v1/folders/f/conflicts/remove?path=b%00c&content=ab",
	    "/v1/folders/f/sync?timeout=0%00", "/v1/folders/f/scan?wait%00=1"};

	for (size_t i = 0; i < sizeof asks / sizeof *asks; i++)
		http_expect("POST", asks[i], 400);
	http_expect("GET", "/v1/folders/f/history?path=a%00b", 400);
	expect_untouched();
	ck_assert_ptr_null(http.node.restored);
}
END_TEST

/* Says a, then LONG_BYTES of 'a', then b; the status. */
static int
ask_at_length(const char *a, const char *b)
{
	static char text[LONG_BYTES + 256];
	size_t n = (size_t)snprintf(text, sizeof text, "%s", a);
	int fd = api_dial(http.dir);

	memset(text + n, 'a', LONG_BYTES);
	snprintf(text + n + LONG_BYTES, sizeof text - n - LONG_BYTES, "%s", b);
	tell(fd, text, strlen(text));
	return status_of(replies(fd));
}

START_TEST(L31_what_is_too_long_is_refused)
{
	static const struct {
		const char *before, *after;
	} asks[] = {{"POST /v1/folders/", "/scan HTTP/1.1\r\nHost: t\r\n\r\n"},
	    {"POST /v1/folders/f/scan?wait=", " HTTP/1.1\r\nHost: t\r\n\r\n"},
	    {SCAN "X: ", "\r\n\r\n"}, {SCAN, ": x\r\n\r\n"},
	    {"", " /v1/folders/f/scan HTTP/1.1\r\nHost: t\r\n\r\n"}};
	char id[LIMIT_FOLDER_ID_BYTES + 2], path[128];

	for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
		int status = ask_at_length(asks[i].before, asks[i].after);

		ck_assert_msg(status == 0 || status == 413 || status == 414 ||
				  status == 431,
		    "%zu: %d", i, status);
	}
	memset(id, 'f', sizeof id - 1);
	id[sizeof id - 1] = '\0';
	snprintf(path, sizeof path, "/v1/folders/%s/scan", id);
	http_expect("POST", path, 404);
	expect_untouched();
}
END_TEST

START_TEST(L39_a_body_without_end_is_cut_off)
{
	static const char *const asks[] = {SCAN
	    "Content-Length: 1000000000\r\n\r\n",
	    SCAN "Transfer-Encoding: chunked\r\n\r\n3b9aca00\r\n"};
	static char body[16 << 10];

	for (size_t i = 0; i < 2; i++) {
		int fd = dial_and_tell(asks[i], strlen(asks[i]));
		size_t n = 0;

		while (n < 64 && tell(fd, body, sizeof body))
			n++;
		/* What the socket holds comes on top. */
		ck_assert_uint_lt(n, 64);
		close(fd);
	}
	expect_untouched();
}
END_TEST

START_TEST(L37_so_many_connections_and_no_more)
{
	int fds[API_CONNECTIONS], fd;

	for (int i = 0; i < API_CONNECTIONS; i++) {
		fds[i] = api_dial(http.dir);
		http_turns(1);
	}
	fd = http_ask("GET", "/v1/folders/f");
	http_silence(fd);
	close(fds[0]);
	json_decref(http_json(fd, 200));
	for (int i = 1; i < API_CONNECTIONS; i++)
		close(fds[i]);
}
END_TEST

TCase *
hostile_tcase(void)
{
	TCase *tc = tcase_create("hostile");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, http_begin, teardown);
	tcase_add_test(tc, L25_what_is_cut_at_any_byte_does_nothing);
	tcase_add_test(
	    tc, L37_one_byte_at_a_time_is_answered_and_holds_up_nobody);
	tcase_add_test(tc, many_asked_at_once_are_answered_in_order);
	tcase_add_test(tc, other_methods_do_nothing);
	tcase_add_test(tc, what_is_no_http_is_refused);
	tcase_add_test(tc, what_follows_a_zero_byte_is_not_left_out);
	tcase_add_test(tc, L31_what_is_too_long_is_refused);
	tcase_add_test(tc, L39_a_body_without_end_is_cut_off);
	tcase_add_test(tc, L37_so_many_connections_and_no_more);
	return tc;
}
