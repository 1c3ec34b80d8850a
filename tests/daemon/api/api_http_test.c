/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_http.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/api/api_dial.h"

START_TEST(socket_is_the_owners_alone)
{
	struct stat st;
	char path[128];

	snprintf(path, sizeof path, "%s/api.sock", http.dir);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(what_is_not_there_is_said)
{
	http_expect("GET", "/", 404);
	http_expect("GET", "/v1/statu", 404);
	http_expect("GET", "/v1/status/x", 404);
	http_expect("GET", "/v1/folders/g", 404);
	http_expect("GET", "/v1/folders/", 404);
	http_expect("GET", "/v1/folders/../status", 404);
	http_expect("POST", "/v1/folders/g/scan", 404);
	http_expect("POST", "/v1/status", 405);
	http_expect("GET", "/v1/folders/f/scan", 405);
	http_expect("POST", "/v1/folders/f/sync?timeout=x", 400);
	http_expect("POST", "/v1/folders/f/sync?timeout=-1", 400);
	ck_assert_uint_eq(http.node.scans, 0);
}
END_TEST

START_TEST(a_body_is_refused)
{
	static const char text[] = "POST /v1/reload HTTP/1.1\r\nHost: t\r\n"
				   "Connection: close\r\n"
				   "Content-Length: 3\r\n\r\nabc";
	int fd = api_dial(http.dir), status;

	ck_assert_int_eq(
	    write(fd, text, sizeof text - 1), (int)sizeof text - 1);
	json_decref(http_answer(fd, &status));
	ck_assert_int_eq(status, 413);
}
END_TEST

TCase *
http_tcase(void)
{
	TCase *tc = tcase_create("http");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, http_begin, http_end);
	tcase_add_test(tc, socket_is_the_owners_alone);
	tcase_add_test(tc, what_is_not_there_is_said);
	tcase_add_test(tc, a_body_is_refused);
	return tc;
}
