/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/api/words.h"

#include <stdio.h>

const char *
words_size(uint64_t bytes, char out[static WORDS_BYTES])
{
	static const char units[] = "kMGTPE";
	double n = (double)bytes;
	int unit = -1;

	if (bytes < 1000) {
		snprintf(out, WORDS_BYTES, "%u byte%s", (unsigned)bytes,
		    bytes == 1 ? "" : "s");
		return out;
	}
	while (n >= 999.5 && units[unit + 1] != '\0') {
		n /= 1000;
		unit++;
	}
	snprintf(out, WORDS_BYTES, n < 9.95 ? "%.1f %cB" : "%.0f %cB", n,
	    units[unit]);
	return out;
}

const char *
words_count(
    uint64_t n, const char *one, const char *many, char out[static WORDS_BYTES])
{
	char digits[24];
	int len =
	    snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
	int at = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	snprintf(
	    out + at, (size_t)(WORDS_BYTES - at), " %s", n == 1 ? one : many);
	return out;
}

const char *
words_ago(int64_t seconds, char out[static WORDS_BYTES])
{
	static const struct {
		int64_t seconds;
		const char *one, *many;
	} units[] = {
	    {86400, "day ago", "days ago"},
	    {3600, "hour ago", "hours ago"},
	    {60, "minute ago", "minutes ago"},
	    {1, "second ago", "seconds ago"},
	};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (seconds >= units[i].seconds)
			return words_count(
			    (uint64_t)(seconds / units[i].seconds),
			    units[i].one, units[i].many, out);
	snprintf(out, WORDS_BYTES, "just now");
	return out;
}
