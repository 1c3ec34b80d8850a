/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/api/words.h"

#include "tests/daemon/api/api_fake.h"

START_TEST(size_has_two_digits_and_a_unit)
{
	char out[WORDS_BYTES];

	ck_assert_str_eq(words_size(0, out), "0 bytes");
	ck_assert_str_eq(words_size(1, out), "1 byte");
	ck_assert_str_eq(words_size(999, out), "999 bytes");
	ck_assert_str_eq(words_size(1000, out), "1.0 kB");
	ck_assert_str_eq(words_size(9949, out), "9.9 kB");
	ck_assert_str_eq(words_size(9950, out), "10 kB");
	ck_assert_str_eq(words_size(999499, out), "999 kB");
	ck_assert_str_eq(words_size(999500, out), "1.0 MB");
	ck_assert_str_eq(words_size(UINT64_MAX, out), "18 EB");
}
END_TEST

START_TEST(count_groups_thousands)
{
	char out[WORDS_BYTES];

	ck_assert_str_eq(words_count(0, "file", "files", out), "0 files");
	ck_assert_str_eq(words_count(1, "file", "files", out), "1 file");
	ck_assert_str_eq(words_count(999, "file", "files", out), "999 files");
	ck_assert_str_eq(
	    words_count(12304, "file", "files", out), "12,304 files");
	ck_assert_str_eq(words_count(UINT64_MAX, "file", "files", out),
	    "18,446,744,073,709,551,615 files");
}
END_TEST

START_TEST(ago_takes_the_largest_unit)
{
	char out[WORDS_BYTES];

	ck_assert_str_eq(words_ago(-5, out), "just now");
	ck_assert_str_eq(words_ago(0, out), "just now");
	ck_assert_str_eq(words_ago(59, out), "59 seconds ago");
	ck_assert_str_eq(words_ago(60, out), "1 minute ago");
	ck_assert_str_eq(words_ago(3 * 3600 + 5, out), "3 hours ago");
	ck_assert_str_eq(words_ago(86400, out), "1 day ago");
}
END_TEST

TCase *
words_tcase(void)
{
	TCase *tc = tcase_create("words");

	tcase_add_test(tc, size_has_two_digits_and_a_unit);
	tcase_add_test(tc, count_groups_thousands);
	tcase_add_test(tc, ago_takes_the_largest_unit);
	return tc;
}
