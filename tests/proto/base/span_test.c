/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/base/span.h"

#include "tests/proto/base/base_test.h"

START_TEST(equal_is_length_and_bytes)
{
	ck_assert(span_equal(SPAN_LIT("a\0b"), SPAN_LIT("a\0b")));
	ck_assert(!span_equal(SPAN_LIT("a\0b"), SPAN_LIT("a\0c")));
	ck_assert(!span_equal(SPAN_LIT("ab"), SPAN_LIT("abc")));
}
END_TEST

START_TEST(empty_spans_are_equal_wherever_they_point)
{
	ck_assert(span_equal(span_of(NULL, 0), SPAN_LIT("")));
	ck_assert_int_eq(span_compare(SPAN_LIT(""), span_of(NULL, 0)), 0);
	ck_assert(span_starts(SPAN_LIT("a"), span_of(NULL, 0)));
	ck_assert(span_starts(span_of(NULL, 0), span_of(NULL, 0)));
}
END_TEST

START_TEST(order_is_of_unsigned_bytes_and_the_prefix_comes_first)
{
	static const char *const ordered[] = {
	    "", "a", "a\x01", "aa", "ab", "b", "\x7f", "\x80", "\xff"};
	const int n = sizeof ordered / sizeof *ordered;

	for (int i = 0; i < n; i++)
		for (int k = 0; k < n; k++) {
			int order = span_compare(
			    span_str(ordered[i]), span_str(ordered[k]));

			ck_assert_int_eq(
			    (order > 0) - (order < 0), (i > k) - (i < k));
		}
}
END_TEST

START_TEST(starts_is_true_of_itself_and_false_of_longer)
{
	ck_assert(span_starts(SPAN_LIT("abc"), SPAN_LIT("ab")));
	ck_assert(span_starts(SPAN_LIT("abc"), SPAN_LIT("abc")));
	ck_assert(!span_starts(SPAN_LIT("ab"), SPAN_LIT("abc")));
	ck_assert(!span_starts(SPAN_LIT("abc"), SPAN_LIT("b")));
}
END_TEST

TCase *
span_tcase(void)
{
	TCase *t = tcase_create("span");

	tcase_add_test(t, equal_is_length_and_bytes);
	tcase_add_test(t, empty_spans_are_equal_wherever_they_point);
	tcase_add_test(
	    t, order_is_of_unsigned_bytes_and_the_prefix_comes_first);
	tcase_add_test(t, starts_is_true_of_itself_and_false_of_longer);
	return t;
}
