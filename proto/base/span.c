/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/base/span.h"

#include <string.h>

struct span
span_str(const char *s)
{
	return span_of(s, strlen(s));
}

bool
span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

int
span_compare(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len == 0 ? 0 : memcmp(a.p, b.p, len);

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

bool
span_starts(struct span a, struct span prefix)
{
	return a.len >= prefix.len &&
	       span_equal(span_of(a.p, prefix.len), prefix);
}
