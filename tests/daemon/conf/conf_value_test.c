/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/conf/conf_test.h"

#include <string.h>

START_TEST(name_is_letters_digits_and_three_marks)
{
	char longest[LIMIT_PEER_NAME_BYTES + 2];

	memset(longest, 'a', sizeof longest);
	longest[LIMIT_PEER_NAME_BYTES + 1] = '\0';
	ck_assert(!conf_name_valid(longest));
	longest[LIMIT_PEER_NAME_BYTES] = '\0';
	ck_assert(conf_name_valid(longest));
	ck_assert(conf_name_valid("a-b_c.9"));
	ck_assert(!conf_name_valid(""));
	ck_assert(!conf_name_valid("."));
	ck_assert(!conf_name_valid(".x"));
	ck_assert(!conf_name_valid("-x"));
	ck_assert(!conf_name_valid("a/b"));
	ck_assert(!conf_name_valid("a b"));
	ck_assert(!conf_name_valid("\xc3\xa9"));
}
END_TEST

START_TEST(path_is_normalised_in_words_only)
{
	static const struct {
		const char *in, *out;
	} t[] = {
	    {"/", "/"},
	    {"//", "/"},
	    {"/a", "/a"},
	    {"/a/", "/a"},
	    {"/a//b/./c", "/a/b/c"},
	    {"/a/b/../c", "/a/c"},
	    {"/a/..", "/"},
	    {"/../a", "/a"},
	    {"/a/.../..b", "/a/.../..b"},
	};
	char *out;

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		ck_assert_int_eq(conf_path_normal(t[i].in, &out), 0);
		ck_assert_str_eq(out, t[i].out);
		free(out);
	}
	ck_assert_int_eq(conf_path_normal("a", &out), ERR_GRAMMAR);
	ck_assert_int_eq(conf_path_normal("", &out), ERR_GRAMMAR);
}
END_TEST

START_TEST(path_within_knows_whole_components)
{
	ck_assert(conf_path_within("/a/b", "/a"));
	ck_assert(conf_path_within("/a", "/a"));
	ck_assert(conf_path_within("/a", "/"));
	ck_assert(!conf_path_within("/ab", "/a"));
	ck_assert(!conf_path_within("/a", "/a/b"));
}
END_TEST

START_TEST(mode_reads_what_it_writes)
{
	int mode;

	for (int i = CONF_MODE_BOTH; i <= CONF_MODE_RECEIVE; i++) {
		ck_assert_int_eq(conf_mode_parse(conf_mode_text(i), &mode), 0);
		ck_assert_int_eq(mode, i);
	}
	ck_assert_int_eq(conf_mode_parse("bot", &mode), ERR_GRAMMAR);
}
END_TEST

TCase *
value_tcase(void)
{
	TCase *tc = tcase_create("value");

	tcase_add_test(tc, name_is_letters_digits_and_three_marks);
	tcase_add_test(tc, path_is_normalised_in_words_only);
	tcase_add_test(tc, path_within_knows_whole_components);
	tcase_add_test(tc, mode_reads_what_it_writes);
	return tc;
}
