/* SPDX-License-Identifier: Apache-2.0 */
/* Who goes away before the answer. */
#include <unistd.h>

#include "tests/daemon/api/api_http.h"

START_TEST(who_goes_away_while_waiting_harms_nobody)
{
	static const char *const paths[] = {"/v1/folders/f/scan?wait=1",
	    "/v1/folders/f/sync?timeout=0", "/v1/folders/f/sync?timeout=60"};

	http.node.folder.synced = false;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		int fd = http_ask("POST", paths[i]);

		http_turns(5);
		close(fd);
		http_turns(5);
		api_changed(http.api);
		http_turns(20);
		http.node.scan_done(http.node.scan_arg);
		http_expect("GET", "/v1/status", 200);
	}
}
END_TEST

START_TEST(who_goes_away_in_the_middle_of_an_answer_harms_nobody)
{
	char some[1000];
	int fd;

	http.node.many = 20000;
	for (int i = 0; i < 2; i++) {
		fd = http_ask("GET", "/v1/folders/f/history?path=d");
		if (i > 0)
			ck_assert_int_gt(http_hear(fd, some, sizeof some), 0);
		http_turns(2);
		close(fd);
		http_turns(5);
	}
	fd = http_ask("GET", "/v1/folders/f/history?path=d");
	close(fd);
	http_turns(5);
}
END_TEST

TCase *
away_tcase(void)
{
	TCase *tc = tcase_create("away");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, http_begin, http_end);
	tcase_add_test(tc, who_goes_away_while_waiting_harms_nobody);
	tcase_add_test(
	    tc, who_goes_away_in_the_middle_of_an_answer_harms_nobody);
	return tc;
}
