/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/base/date.h"

#include <check.h>
#include <string.h>

#include "tests/proto/base/base_test.h"

#define S INT64_C(1000000000)

static const char *
stamp(int64_t ns)
{
	static char text[64];
	struct date d = date_of_ns(ns);
	struct buf out;

	buf_init(&out, sizeof text - 1);
	ck_assert_int_eq(date_stamp(&out, &d), 0);
	memcpy(text, out.p, out.len);
	text[out.len] = 0;
	buf_release(&out);
	return text;
}

START_TEST(L43_dates_that_date_1_prints)
{
	ck_assert_str_eq(stamp(0), "19700101T000000Z");
	ck_assert_str_eq(stamp(-1), "19691231T235959Z");
	ck_assert_str_eq(stamp(951782400 * S), "20000229T000000Z");
	ck_assert_str_eq(stamp(1793429760 * S + 999999999), "20261031T065600Z");
	ck_assert_str_eq(stamp(4294967296 * S), "21060207T062816Z");
	ck_assert_str_eq(stamp(INT64_MIN), "16770921T001243Z");
	ck_assert_str_eq(stamp(INT64_MAX), "22620411T234716Z");
}
END_TEST

START_TEST(iso_has_a_fraction_where_there_is_one)
{
	struct buf out;

	buf_init(&out, 100);
	ck_assert_int_eq(date_iso(&out, 0), 0);
	ck_assert_int_eq(date_iso(&out, -1), 0);
	ck_assert(span_equal(buf_span(&out),
	    SPAN_LIT("1970-01-01T00:00:00Z1969-12-31T23:59:59.999999999Z")));
	buf_release(&out);
}
END_TEST

START_TEST(every_second_comes_back)
{
	int64_t s = -9000000000;

	for (int i = 0; i < 200000; i++, s += 86399 + i % 7) {
		struct date d = date_of_ns(s * S), read;

		ck_assert_int_eq(date_seconds(&d), s);
		ck_assert(date_stamp_parse((const uint8_t *)stamp(s * S),
			      &read) == (d.year >= 1700 && d.year <= 2200));
	}
}
END_TEST

START_TEST(no_such_date_is_none)
{
	static const char *const wrong[] = {"20260231T000000Z",
	    "20261301T000000Z", "20260101T240000Z", "20260101T006000Z",
	    "20260101 000000Z", "20260101T0000000", "2026010aT000000Z",
	    "00000101T000000Z", "20260100T000000Z", "99990101T000000Z"};
	struct date d;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_msg(!date_stamp_parse((const uint8_t *)wrong[i], &d),
		    "%s", wrong[i]);
}
END_TEST

START_TEST(each_digit_of_a_date_is_one)
{
	static const char right[] = "20260102T030405Z";
	struct date d;

	ck_assert(date_stamp_parse((const uint8_t *)right, &d));
	for (size_t i = 0; i + 1 < sizeof right; i++) {
		char wrong[sizeof right];

		memcpy(wrong, right, sizeof wrong);
		wrong[i] = '/'; /* just below '0', and just above '9' */
		ck_assert(!date_stamp_parse((const uint8_t *)wrong, &d));
		wrong[i] = ':';
		ck_assert(!date_stamp_parse((const uint8_t *)wrong, &d));
	}
	ck_assert(!date_stamp_parse((const uint8_t *)"20260002T030405Z", &d));
}
END_TEST

TCase *
date_tcase(void)
{
	TCase *t = tcase_create("date");

	tcase_add_test(t, L43_dates_that_date_1_prints);
	tcase_add_test(t, iso_has_a_fraction_where_there_is_one);
	tcase_add_test(t, every_second_comes_back);
	tcase_add_test(t, no_such_date_is_none);
	tcase_add_test(t, each_digit_of_a_date_is_one);
	return t;
}
