/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/client/client_run.h"

#include <stdlib.h>
#include <time.h>

#define S INT64_C(1000000000)
#define NOW_NS (INT64_C(1800000000) * S)

static int64_t
read_time(const char *s)
{
	int64_t ns = -1;

	ck_assert_msg(client_time(s, NOW_NS, &ns), "%s", s);
	return ns;
}

START_TEST(a_time_with_a_zone_is_that_moment)
{
	int64_t ns = INT64_C(1795328160) * S;

	ck_assert_int_eq(read_time("2026-11-22T06:16:00Z"), ns);
	ck_assert_int_eq(read_time("2026-11-22 06:16Z"), ns);
	ck_assert_int_eq(read_time("2026-11-22T07:16:00+01:00"), ns);
	ck_assert_int_eq(read_time("2026-11-21T22:46:00-0730"), ns);
	ck_assert_int_eq(read_time("2026-11-22T06:16:00.5Z"), ns + S / 2);
	ck_assert_int_eq(read_time("2026-11-22T06:15:59.999999999Z"), ns - 1);
	ck_assert_int_eq(read_time("1969-12-31T23:59:59Z"), -S);
}
END_TEST

START_TEST(a_time_without_a_zone_is_local)
{
	setenv("TZ", "XYZ-2", 1); /* two hours east */
	tzset();
	ck_assert_int_eq(read_time("2026-11-22T06:16:00"),
	    read_time("2026-11-22T04:16:00Z"));
	ck_assert_int_eq(
	    read_time("2026-11-22"), read_time("2026-11-21T22:00Z"));
	unsetenv("TZ");
	tzset();
}
END_TEST

START_TEST(so_long_ago)
{
	ck_assert_int_eq(read_time("90s"), NOW_NS - 90 * S);
	ck_assert_int_eq(read_time("30m"), NOW_NS - 1800 * S);
	ck_assert_int_eq(read_time("2h"), NOW_NS - 7200 * S);
	ck_assert_int_eq(read_time("yesterday"), NOW_NS - 86400 * S);
	ck_assert_int_eq(read_time("1w"), NOW_NS - 7 * 86400 * S);
}
END_TEST

START_TEST(what_is_no_time_is_refused)
{
	static const char *const wrong[] = {"", "now", "soon", "2", "h", "2y",
	    "2hh", "-2h", "9999999h", "2026", "2026-11", "2026-02-30",
	    "2026-13-01", "2026-11-22T", "2026-11-22T06", "2026-11-22T24:00",
	    "2026-11-22T06:60", "2026-11-22T06:16x", "2026-11-22T06:16:00.Z",
	    "2026-11-22T06:16:00+1", "2026-11-22T06:16ZZ", "2026-11-22Zx",
	    "22.11.2026", "9999-01-01"};
	int64_t ns;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_msg(
		    !client_time(wrong[i], NOW_NS, &ns), "%s", wrong[i]);
}
END_TEST

TCase *
time_tcase(void)
{
	TCase *tc = tcase_create("time");

	tcase_add_test(tc, a_time_with_a_zone_is_that_moment);
	tcase_add_test(tc, a_time_without_a_zone_is_local);
	tcase_add_test(tc, so_long_ago);
	tcase_add_test(tc, what_is_no_time_is_refused);
	return tc;
}
