/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_http.h"

#include <string.h>
#include <unistd.h>

START_TEST(events_come_one_a_line)
{
	char text[4096];
	int fd = http_ask("GET", "/v1/events");
	size_t n = 0;

	for (int i = 0; i < 10; i++)
		host_uv_turn(http.h, 2);
	log_warn(&http.events, "odd_name", LOG_STR("path", "a\nb"),
	    LOG_INT("n", -3));
	do
		n += (size_t)http_hear(fd, text + n, sizeof text - n - 1);
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
		fds[i] = http_ask("GET", "/v1/events");
		for (int k = 0; k < 5; k++)
			host_uv_turn(http.h, 1);
	}
	http_expect("GET", "/v1/events", 503);
	for (int i = 0; i < API_STREAMS; i++)
		close(fds[i]);
}
END_TEST

TCase *
stream_tcase(void)
{
	TCase *tc = tcase_create("stream");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, http_begin, http_end);
	tcase_add_test(tc, events_come_one_a_line);
	tcase_add_test(tc, streams_are_few_and_end_with_the_api);
	return tc;
}
