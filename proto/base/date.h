/* SPDX-License-Identifier: Apache-2.0 */
/*
 * date - seconds since 1970 as a date in UTC, and back.
 *
 * Pure: gmtime_r would read the machine's time zone files. The proleptic
 * Gregorian calendar without leap seconds, as POSIX counts. Used for names
 * that bear a time (conflict copies, kept versions) and by the command.
 */
#ifndef PROTO_BASE_DATE_H
#define PROTO_BASE_DATE_H

#include "proto/base/buf.h"

struct date {
	int year;
	int month; /* 1..12 */
	int day; /* 1..31 */
	int hour, minute, second;
};

/* The date in UTC of nanoseconds since 1970, rounded down to the second. */
struct date date_of_ns(int64_t ns);

/* The seconds since 1970 of a date; its fields may be out of range by a
 * little (a 60th second, a 31st of June), which counts on. */
int64_t date_seconds(const struct date *date);

/* Appends ns since 1970 as "2026-11-22T06:16:00Z", in UTC, with a fraction of
 * nine digits unless that is 0. */
int date_iso(struct buf *out, int64_t ns) MUST_USE;

enum { DATE_STAMP_CHARS = 16 };

/* Appends it as "20261122T061600Z", of the years 0 to 9999. */
int date_stamp(struct buf *out, const struct date *date) MUST_USE;

/* Reads DATE_STAMP_CHARS bytes that date_stamp wrote. False when they are
 * none, no such date, or not of the years 1700 to 2200. */
bool date_stamp_parse(const uint8_t *p, struct date *out);

#endif
