/* SPDX-License-Identifier: Apache-2.0 */
/* Times as people write them: ISO 8601, local or with a zone; or so long ago. */
#include "client/client_internal.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "proto/base/date.h"

#define NS_PER_S INT64_C(1000000000)

/* Reads n digits at *s and goes behind them. */
static bool
take(const char **s, size_t n, int *out)
{
	int number = 0;

	for (size_t i = 0; i < n; i++, ++*s) {
		if (!isdigit((unsigned char)**s))
			return false;
		number = number * 10 + (**s - '0');
	}
	*out = number;
	return true;
}

static bool
take_sign(const char **s, char sign)
{
	if (**s != sign)
		return false;
	++*s;
	return true;
}

/* "30m", "2h", "3d", "1w": seconds. */
static bool
parse_ago(const char *s, int64_t *out_s)
{
	static const char units[] = "smhdw";
	static const int64_t worth[] = {1, 60, 3600, 86400, 7 * 86400};
	size_t len = strspn(s, "0123456789");
	const char *unit = strchr(units, s[len]);
	int64_t n = 0;

	if (len == 0 || len > 6 || s[len] == '\0' || unit == NULL ||
	    s[len + 1] != '\0')
		return false;
	for (size_t i = 0; i < len; i++)
		n = n * 10 + (s[i] - '0');
	*out_s = n * worth[unit - units];
	return true;
}

/* ":MM", "[:SS[.fraction]]". */
static bool
take_minutes(const char **s, struct date *d, int64_t *out_rest_ns)
{
	int64_t unit = NS_PER_S / 10;

	if (!take_sign(s, ':') || !take(s, 2, &d->minute))
		return false;
	if (!take_sign(s, ':'))
		return true;
	if (!take(s, 2, &d->second))
		return false;
	if (!take_sign(s, '.'))
		return true;
	for (; isdigit((unsigned char)**s) && unit > 0; ++*s, unit /= 10)
		*out_rest_ns += (**s - '0') * unit;
	return (*s)[-1] != '.';
}

/* "Z", "+HH:MM", "-HHMM": minutes east. False: none of them. */
static bool
take_zone(const char **s, int *out_east)
{
	int hours, minutes, sign;

	*out_east = 0;
	if (take_sign(s, 'Z'))
		return true;
	sign = **s == '+' ? 1 : **s == '-' ? -1 : 0;
	if (sign == 0)
		return false;
	++*s;
	if (!take(s, 2, &hours))
		return false;
	(void)take_sign(s, ':');
	if (!take(s, 2, &minutes))
		return false;
	*out_east = sign * (hours * 60 + minutes);
	return true;
}

static int64_t
local_seconds(const struct date *d)
{
	struct tm tm = {.tm_year = d->year - 1900,
	    .tm_mon = d->month - 1,
	    .tm_mday = d->day,
	    .tm_hour = d->hour,
	    .tm_min = d->minute,
	    .tm_sec = d->second,
	    .tm_isdst = -1};

	return (int64_t)mktime(&tm);
}

static bool
is_date(const struct date *d)
{
	struct date day = {.year = d->year, .month = d->month, .day = d->day};
	struct date back;

	if (d->year < 1700 || d->year > 2200 || d->month < 1 || d->month > 12 ||
	    d->hour > 23 || d->minute > 59 || d->second > 60)
		return false;
	back = date_of_ns(date_seconds(&day) * NS_PER_S);
	return back.day == d->day && back.month == d->month;
}

static bool
parse_iso(const char *s, int64_t *out_ns)
{
	struct date d = {0};
	int64_t rest_ns = 0, seconds;
	int east;

	if (!take(&s, 4, &d.year) || !take_sign(&s, '-') ||
	    !take(&s, 2, &d.month) || !take_sign(&s, '-') ||
	    !take(&s, 2, &d.day))
		return false;
	if (*s == 'T' || *s == ' ') {
		s++;
		if (!take(&s, 2, &d.hour) || !take_minutes(&s, &d, &rest_ns))
			return false;
	}
	if (!is_date(&d))
		return false;
	if (*s == '\0')
		seconds = local_seconds(&d);
	else if (take_zone(&s, &east) && *s == '\0')
		seconds = date_seconds(&d) - east * INT64_C(60);
	else
		return false;
	*out_ns = seconds * NS_PER_S + rest_ns;
	return true;
}

bool
client_time(const char *s, int64_t now_ns, int64_t *out_ns)
{
	int64_t ago_s;

	if (strcmp(s, "yesterday") == 0)
		s = "1d";
	if (!parse_ago(s, &ago_s))
		return parse_iso(s, out_ns);
	*out_ns = now_ns - ago_s * NS_PER_S;
	return true;
}
