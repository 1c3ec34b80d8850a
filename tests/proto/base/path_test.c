/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/base/path.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"
#include "tests/proto/base/base_test.h"

static bool
valid(const char *path)
{
	return path_valid(span_str(path));
}

START_TEST(names_that_people_use_are_valid)
{
	static const char *const good[] = {"a", "a/b/c", ".a", "...", "a..",
	    "..a/b", " ", "a\nb", "tab\there", "back\\slash", "trailing. ",
	    "\xff\xfe", "caf\xc3\xa9", "cafe\xcc\x81", ".tuttiignore",
	    ".tutti2", "tutti", "x.tutti"};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(valid(good[i]), "%s", good[i]);
}
END_TEST

START_TEST(L29_names_that_lead_astray_are_not)
{
	static const char *const bad[] = {"", ".", "..", "/", "/a", "a/",
	    "a//b", "a/./b", "a/../b", "../a", "a/..", ".tutti", ".TuTTi/x",
	    "a/.TUTTI", "a/.tutti/b"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!valid(bad[i]), "%s", bad[i]);
	ck_assert(!path_valid(span_of(NULL, 0)));
	ck_assert(!path_valid(SPAN_LIT("a\0b")));
}
END_TEST

START_TEST(L42_a_component_has_at_most_255_bytes)
{
	char name[LIMIT_NAME_BYTES + 1];

	memset(name, 'x', sizeof name);
	ck_assert(path_name_valid(span_of(name, LIMIT_NAME_BYTES)));
	ck_assert(path_valid(span_of(name, LIMIT_NAME_BYTES)));
	ck_assert(!path_name_valid(span_of(name, sizeof name)));
	ck_assert(!path_valid(span_of(name, sizeof name)));
}
END_TEST

START_TEST(L42_a_path_has_at_most_4095_bytes)
{
	char path[LIMIT_PATH_BYTES + 1];

	for (size_t i = 0; i < sizeof path; i++)
		path[i] = i % 2 ? '/' : 'x';
	ck_assert(path_valid(span_of(path, LIMIT_PATH_BYTES)));
	path[LIMIT_PATH_BYTES] = 'x';
	path[LIMIT_PATH_BYTES - 1] = 'x';
	ck_assert(!path_valid(span_of(path, sizeof path)));
}
END_TEST

START_TEST(a_component_holds_no_slash)
{
	ck_assert(!path_name_valid(SPAN_LIT("a/b")));
	ck_assert(!path_name_valid(SPAN_LIT("")));
}
END_TEST

START_TEST(parent_and_name_make_up_the_path)
{
	struct span deep = SPAN_LIT("a/bc/d"), flat = SPAN_LIT("a");

	ck_assert(span_equal(path_parent(deep), SPAN_LIT("a/bc")));
	ck_assert(span_equal(path_name(deep), SPAN_LIT("d")));
	ck_assert(span_equal(path_parent(flat), SPAN_LIT("")));
	ck_assert(span_equal(path_name(flat), SPAN_LIT("a")));
}
END_TEST

START_TEST(below_is_by_component_not_by_letters)
{
	ck_assert(path_below(SPAN_LIT("a/b"), SPAN_LIT("a")));
	ck_assert(path_below(SPAN_LIT("a/b/c"), SPAN_LIT("a")));
	ck_assert(path_below(SPAN_LIT("a"), SPAN_LIT("")));
	ck_assert(!path_below(SPAN_LIT("ab/c"), SPAN_LIT("a")));
	ck_assert(!path_below(SPAN_LIT("a"), SPAN_LIT("a")));
	ck_assert(!path_below(SPAN_LIT(""), SPAN_LIT("")));
	ck_assert(!path_below(SPAN_LIT("b/a"), SPAN_LIT("a")));
}
END_TEST

static void
joins(const char *dir, const char *name, const char *expect)
{
	struct buf out;

	buf_init(&out, 64);
	ck_assert_int_eq(path_join(&out, span_str(dir), span_str(name)), 0);
	ck_assert(span_equal(buf_span(&out), span_str(expect)));
	buf_release(&out);
}

START_TEST(a_join_has_a_slash_only_between_two)
{
	joins("a/b", "c", "a/b/c");
	joins("", "c", "c");
	joins("a", "", "a");
	joins("", "", "");
}
END_TEST

START_TEST(a_join_that_is_too_long_is_an_error)
{
	struct buf out;

	buf_init(&out, 3);
	ck_assert_int_eq(
	    path_join(&out, SPAN_LIT("ab"), SPAN_LIT("c")), ERR_LIMIT);
	buf_release(&out);
}
END_TEST

static void
extends(const char *name, const char *expect)
{
	ck_assert_msg(
	    span_equal(path_extension(span_str(name)), span_str(expect)), "%s",
	    name);
}

START_TEST(an_extension_begins_with_the_last_dot)
{
	extends("a.txt", ".txt");
	extends("a.tar.gz", ".gz");
	extends("a", "");
	extends("a.", "");
	extends(".profile", "");
	extends("..x", "");
	extends("a.2345678901234567", ".2345678901234567");
	extends("a.23456789012345678", "");
}
END_TEST

START_TEST(a_cut_does_not_part_a_character)
{
	struct span euro = SPAN_LIT("x\xe2\x82\xac");
	struct span odd = SPAN_LIT("\x80\x80\x80\x80\x80");

	ck_assert_uint_eq(path_cut(euro, 4).len, 4);
	ck_assert_uint_eq(path_cut(euro, 3).len, 1);
	ck_assert_uint_eq(path_cut(euro, 2).len, 1);
	ck_assert_uint_eq(path_cut(odd, 4).len, 4);
}
END_TEST

TCase *
path_tcase(void)
{
	TCase *t = tcase_create("path");

	tcase_add_test(t, names_that_people_use_are_valid);
	tcase_add_test(t, L29_names_that_lead_astray_are_not);
	tcase_add_test(t, L42_a_component_has_at_most_255_bytes);
	tcase_add_test(t, L42_a_path_has_at_most_4095_bytes);
	tcase_add_test(t, a_component_holds_no_slash);
	tcase_add_test(t, parent_and_name_make_up_the_path);
	tcase_add_test(t, below_is_by_component_not_by_letters);
	tcase_add_test(t, a_join_has_a_slash_only_between_two);
	tcase_add_test(t, a_join_that_is_too_long_is_an_error);
	tcase_add_test(t, an_extension_begins_with_the_last_dot);
	tcase_add_test(t, a_cut_does_not_part_a_character);
	return t;
}
