/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are an amount: a number with a letter for its unit. */
#include "daemon/conf/conf_internal.h"

#include <inttypes.h>
#include <string.h>

/* The largest first, so that one that divides an amount is found. */
struct unit {
	char letter;
	uint64_t worth;
};
static const struct unit times[] = {
    {'w', 7 * 86400}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
static const struct unit sizes[] = {{'T', UINT64_C(1) << 40},
    {'G', UINT64_C(1) << 30}, {'M', UINT64_C(1) << 20},
    {'K', UINT64_C(1) << 10}};

#define N(a) (sizeof(a) / sizeof *(a))
#define TIME_MAX (UINT64_C(36500) * 86400)
#define SIZE_MOST (UINT64_C(1) << 60)

/* Reads digits and one unit's letter, of 1 to max. */
static int
parse(const char *text, const struct unit *units, size_t n, uint64_t max,
    uint64_t *out)
{
	size_t len = strspn(text, "0123456789");
	uint64_t number = 0;

	if (len == 0 || len > 15 || text[len] == '\0' || text[len + 1] != '\0')
		return ERR_GRAMMAR;
	for (size_t i = 0; i < len; i++)
		number = number * 10 + (uint64_t)(text[i] - '0');
	for (size_t i = 0; i < n; i++)
		if (units[i].letter == text[len] && number > 0 &&
		    number <= max / units[i].worth) {
			*out = number * units[i].worth;
			return 0;
		}
	return ERR_GRAMMAR;
}

static int
format(uint64_t amount, const struct unit *units, size_t n, struct buf *out)
{
	size_t i = 0;

	while (i + 1 < n && amount % units[i].worth != 0)
		i++;
	return buf_addf(
	    out, "%" PRIu64 "%c", amount / units[i].worth, units[i].letter);
}

/* ---- times: seconds; 0 is unset, -1 off ---------------------------------- */

static int
duration_parse(const struct conf_option *option, const char *text, void *field)
{
	uint64_t seconds = 0;
	int rc = 0;

	(void)option;
	if (strcmp(text, "off") == 0 || strcmp(text, "0") == 0) {
		*(int64_t *)field = -1;
		return 0;
	}
	rc = parse(text, times, N(times), TIME_MAX, &seconds);
	if (rc == 0)
		*(int64_t *)field = (int64_t)seconds;
	return rc;
}

static size_t
duration_count(const void *field)
{
	return *(const int64_t *)field != 0;
}

static int
duration_format(const struct conf_option *option, const void *field, size_t i,
    struct buf *out)
{
	int64_t seconds = *(const int64_t *)field;

	(void)option;
	(void)i;
	if (seconds < 0)
		return buf_add(out, SPAN_LIT("off"));
	return format((uint64_t)seconds, times, N(times), out);
}

const struct conf_type conf_type_duration = {
    false, true, duration_parse, duration_count, duration_format, NULL};

/* ---- sizes: bytes; 0 is unset, which is auto ----------------------------- */

static int
size_parse(const struct conf_option *option, const char *text, void *field)
{
	(void)option;
	if (strcmp(text, "auto") == 0) {
		*(uint64_t *)field = 0;
		return 0;
	}
	return parse(text, sizes, N(sizes), SIZE_MOST, field);
}

static size_t
size_count(const void *field)
{
	return *(const uint64_t *)field != 0;
}

static int
size_format(const struct conf_option *option, const void *field, size_t i,
    struct buf *out)
{
	(void)option;
	(void)i;
	return format(*(const uint64_t *)field, sizes, N(sizes), out);
}

const struct conf_type conf_type_size = {
    false, true, size_parse, size_count, size_format, NULL};

int64_t
conf_versions_s(const struct conf_folder *folder)
{
	if (folder->versions_s == 0)
		return CONF_VERSIONS_S;
	return folder->versions_s < 0 ? 0 : folder->versions_s;
}
