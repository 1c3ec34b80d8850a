/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/client/client_run.h"

#include <string.h>

START_TEST(unknown_verbs_suggest_the_near_one)
{
	expect("statsu", CLIENT_USAGE, "did you mean: tutti status");
	expect("peer lst", CLIENT_USAGE, "did you mean: tutti peer list");
	expect("qqqqqqqq", CLIENT_USAGE, "see: tutti help");
	expect("peer", CLIENT_USAGE, "needs one more word");
	expect("", CLIENT_USAGE, "type a verb");
	expect("st\x1b[31m", CLIENT_USAGE, "\\x1b");
}
END_TEST

START_TEST(unknown_options_suggest_the_near_one)
{
	expect("init --nmae x", CLIENT_USAGE, "did you mean --name");
	expect("init --name", CLIENT_USAGE, "needs a value");
	expect("log -q", CLIENT_USAGE, "no option -q");
}
END_TEST

START_TEST(words_are_counted)
{
	expect("id x", CLIENT_USAGE, "one word too many; type: tutti id\n");
	expect("peer add", CLIENT_USAGE, "tutti peer add ID");
	expect("folder pause", CLIENT_USAGE, "tutti folder pause FOLDER");
}
END_TEST

START_TEST(verbs_of_later_say_so)
{
	expect("invite", CLIENT_ERROR, "not yet in this version");
	expect("pending f", CLIENT_ERROR, "not yet in this version");
	expect("help why", CLIENT_ERROR, "not yet in this version");
	expect("help", CLIENT_OK, NULL);
	ck_assert_ptr_null(strstr(run_out, "invite"));
}
END_TEST

START_TEST(every_verb_has_help)
{
	for (size_t i = 0; i < client_verbs_n; i++) {
		const struct client_verb *v = &client_verbs[i];
		char line[128];

		if (v->help == NULL)
			continue;
		ck_assert_ptr_nonnull(v->run);
		ck_assert_int_le(v->min, v->max);
		snprintf(line, sizeof line, "help %s", v->name);
		expect(line, CLIENT_OK, v->help);
		snprintf(line, sizeof line, "%s --help", v->name);
		expect(line, CLIENT_OK, v->help);
	}
	expect("help peer", CLIENT_OK, "tutti peer revoke NAME");
	expect("--help", CLIENT_OK, "Usage");
	expect("help log", CLIENT_OK, "  -f, --follow   ");
	expect("--version", CLIENT_OK, "tutti ");
	expect("version --json", CLIENT_OK, "\"schema\": 1");
}
END_TEST

START_TEST(numbers_are_whole_and_bounded)
{
	ck_assert_int_eq(client_number("0", 5), 0);
	ck_assert_int_eq(client_number("5", 5), 5);
	ck_assert_int_eq(client_number("6", 5), -1);
	ck_assert_int_eq(client_number("", 5), -1);
	ck_assert_int_eq(client_number("-1", 5), -1);
	ck_assert_int_eq(client_number("1x", 5), -1);
	ck_assert_int_eq(client_number("99999999999999999999", 5), -1);
}
END_TEST

TCase *
args_tcase(void)
{
	TCase *tc = tcase_create("args");

	tcase_add_checked_fixture(tc, run_begin, run_end);
	tcase_add_test(tc, unknown_verbs_suggest_the_near_one);
	tcase_add_test(tc, unknown_options_suggest_the_near_one);
	tcase_add_test(tc, words_are_counted);
	tcase_add_test(tc, verbs_of_later_say_so);
	tcase_add_test(tc, every_verb_has_help);
	tcase_add_test(tc, numbers_are_whole_and_bounded);
	return tc;
}
