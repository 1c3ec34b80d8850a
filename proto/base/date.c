/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/base/date.h"

#include <string.h>

enum {
	DAY_S = 86400,
	ERA_DAYS = 146097, /* of 400 years */
	EPOCH_DAYS = 719468, /* from 0000-03-01 to 1970-01-01 */
};

#define NS_PER_S INT64_C(1000000000)

static int64_t
divide_down(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Years are counted from March, so that a leap day comes last. */
struct date
date_of_ns(int64_t ns)
{
	int64_t seconds = divide_down(ns, NS_PER_S);
	int64_t days = divide_down(seconds, DAY_S) + EPOCH_DAYS;
	int64_t rest = seconds - divide_down(seconds, DAY_S) * DAY_S;
	int64_t era = divide_down(days, ERA_DAYS);
	int64_t day = days - era * ERA_DAYS, year, month;

	year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153; /* 0 is March */
	day -= (153 * month + 2) / 5;
	return (struct date){
	    .year = (int)(era * 400 + year + (month >= 10 ? 1 : 0)),
	    .month = (int)(month < 10 ? month + 3 : month - 9),
	    .day = (int)day + 1,
	    .hour = (int)(rest / 3600),
	    .minute = (int)(rest / 60 % 60),
	    .second = (int)(rest % 60),
	};
}

int64_t
date_seconds(const struct date *date)
{
	int64_t month = date->month > 2 ? date->month - 3 : date->month + 9;
	int64_t year = date->year - (date->month > 2 ? 0 : 1);
	int64_t era = divide_down(year, 400);
	int64_t in_era = year - era * 400;
	int64_t day = (153 * month + 2) / 5 + date->day - 1;

	day += in_era * 365 + in_era / 4 - in_era / 100;
	return (era * ERA_DAYS + day - EPOCH_DAYS) * DAY_S +
	       date->hour * INT64_C(3600) + date->minute * INT64_C(60) +
	       date->second;
}

int
date_stamp(struct buf *out, const struct date *date)
{
	return buf_addf(out, "%04d%02d%02dT%02d%02d%02dZ", date->year,
	    date->month, date->day, date->hour, date->minute, date->second);
}

int
date_iso(struct buf *out, int64_t ns)
{
	struct date d = date_of_ns(ns);
	int64_t rest = ns - divide_down(ns, NS_PER_S) * NS_PER_S;
	int rc = buf_addf(out, "%04d-%02d-%02dT%02d:%02d:%02d", d.year, d.month,
	    d.day, d.hour, d.minute, d.second);

	if (rc == 0 && rest != 0)
		rc = buf_addf(out, ".%09d", (int)rest);
	return rc < 0 ? rc : buf_add(out, SPAN_LIT("Z"));
}

/* The number of n digits at p, or -1. */
static int
digits(const uint8_t *p, size_t n)
{
	int number = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		number = number * 10 + (p[i] - '0');
	}
	return number;
}

bool
date_stamp_parse(const uint8_t *p, struct date *out)
{
	struct date d = {.year = digits(p, 4),
	    .month = digits(p + 4, 2),
	    .day = digits(p + 6, 2),
	    .hour = digits(p + 9, 2),
	    .minute = digits(p + 11, 2),
	    .second = digits(p + 13, 2)};
	struct date back;

	if (p[8] != 'T' || p[15] != 'Z' || d.year < 0 || d.month < 1 ||
	    d.month > 12 || d.day < 1 || d.hour < 0 || d.minute < 0 ||
	    d.second < 0)
		return false;
	/* Of a date that is none, say the 31st of June, another comes back. */
	if (d.year < 1700 || d.year > 2200)
		return false; /* no time in ns reaches there */
	back = date_of_ns(date_seconds(&d) * NS_PER_S);
	if (memcmp(&back, &d, sizeof d) != 0)
		return false;
	*out = d;
	return true;
}
