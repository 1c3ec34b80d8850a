/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/model/model_internal.h"

#include "proto/base/path.h"
#include "proto/base/text.h"

enum {
	TAG_CHARS = 6,
	/* A longer ending, its dot included, is no extension. */
	EXTENSION_MAX = 17,
};

struct date {
	int year;
	int month; /* 1..12 */
	int day; /* 1..31 */
	int hour, minute, second;
};

/*
 * The date in UTC of seconds since 1970: gmtime_r would read the machine's
 * time zone files. Years are counted from March, so that a leap day comes
 * last, in eras of 400 years, which all have 146,097 days.
 */
static struct date
date_of(int64_t seconds)
{
	int64_t days = seconds / 86400, rest = seconds % 86400;
	int64_t era, day, year, month;

	if (rest < 0) {
		rest += 86400;
		days--;
	}
	days += 719468; /* from 0000-03-01 to 1970-01-01 */
	era = days / 146097;
	day = days % 146097;
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

/* The last part of a name from its dot on; empty when there is none. */
static struct span
extension(struct span name)
{
	size_t i = name.len;

	while (i > 0 && name.p[i - 1] != '.')
		i--;
	/* i is just behind the last dot: none, the first byte, the last? */
	if (i <= 1 || i == name.len || name.len - i + 1 > EXTENSION_MAX)
		return span_of(name.p + name.len, 0);
	/* "..x": dots that begin a name part nothing. */
	for (size_t j = 0; j < i - 1; j++)
		if (name.p[j] != '.')
			return span_of(name.p + i - 1, name.len - i + 1);
	return span_of(name.p + name.len, 0);
}

/* The first of s that fits max bytes, not ending inside a UTF-8 sequence. */
static struct span
cut(struct span s, size_t max)
{
	if (s.len <= max)
		return s;
	/* Bytes 10xxxxxx go on with a sequence; no sequence has over three. */
	for (size_t back = 0; back < 4 && back < max; back++)
		if ((s.p[max - back] & 0xc0) != 0x80)
			return span_of(s.p, max - back);
	return span_of(s.p, max); /* not UTF-8 at all */
}

/* Appends the digits that tell apart losers of the same second. */
static int
add_tag(struct dot dot, struct buf *out)
{
	uint8_t bytes[8 + 8], hash[HASH_BYTES];
	struct buf digits;
	int rc;

	for (size_t i = 0; i < 8; i++) {
		bytes[i] = (uint8_t)(dot.replica >> 8 * i);
		bytes[8 + i] = (uint8_t)(dot.counter >> 8 * i);
	}
	hash_bytes(span_of(bytes, sizeof bytes), hash);
	buf_init(&digits, 64);
	rc = text_base32(&digits, span_of(hash, 5));
	if (rc == 0)
		rc = buf_add(out, span_of(digits.p, TAG_CHARS));
	buf_release(&digits);
	return rc;
}

/* Appends ".conflict-20261122T061600Z-K7QX4T". */
static int
add_mark(const struct version *loser, struct buf *out)
{
	int64_t seconds = loser->mtime_ns / 1000000000;
	struct date d;
	int rc;

	if (loser->mtime_ns % 1000000000 < 0)
		seconds--;
	d = date_of(seconds);
	rc = buf_addf(out, ".conflict-%04d%02d%02dT%02d%02d%02dZ-", d.year,
	    d.month, d.day, d.hour, d.minute, d.second);
	return rc < 0 ? rc : add_tag(loser->dot, out);
}

int
conflict_path(const struct version *loser, struct buf *out)
{
	struct span name = path_name(loser->path);
	struct span ext = extension(name);
	struct span dir = span_of(loser->path.p, loser->path.len - name.len);
	struct span stem = span_of(name.p, name.len - ext.len);
	struct buf mark;
	int rc;

	buf_init(&mark, LIMIT_NAME_BYTES);
	rc = add_mark(loser, &mark);
	if (rc < 0)
		goto out;
	stem = cut(stem, LIMIT_NAME_BYTES - mark.len - ext.len);
	if (dir.len + stem.len + mark.len + ext.len > LIMIT_PATH_BYTES) {
		rc = ERR_LIMIT;
		goto out;
	}
	/* One reservation, so that a failure appends nothing. */
	rc = buf_reserve(
	    out, dir.len + stem.len + mark.len + ext.len, &(uint8_t *){NULL});
	if (rc == 0)
		rc = buf_add(out, dir);
	if (rc == 0)
		rc = buf_add(out, stem);
	if (rc == 0)
		rc = buf_add(out, buf_span(&mark));
	if (rc == 0)
		rc = buf_add(out, ext);
out:
	buf_release(&mark);
	return rc;
}

int
conflict_has_copy(const struct version_set *set, const struct version *v,
    conflict_known *known, void *arg, bool *out_has)
{
	struct buf path;
	int rc = 0;

	buf_init(&path, LIMIT_PATH_BYTES);
	VEC_EACH (&set->v, it) {
		const struct version *same = *it;

		if (same->kind == KIND_GONE ||
		    !name_equal(&same->content, &v->content))
			continue;
		buf_clear(&path);
		rc = conflict_path(same, &path);
		if (rc == ERR_LIMIT) {
			rc = 0; /* too long a path: it cannot have a copy */
			continue;
		}
		if (rc == 0)
			rc = known(arg, buf_span(&path));
		if (rc != 0)
			break;
	}
	buf_release(&path);
	if (rc < 0)
		return rc;
	*out_has = rc > 0;
	return 0;
}
