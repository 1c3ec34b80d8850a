/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/plan/plan.h"

#include <string.h>

#include "proto/base/path.h"

/* ".conflict-20261122T061600Z-K7QX4T": a dot, the word, date, tag. */
static const char shape[] = ".conflict-00000000T000000Z-AAAAAA";

static bool
fits(const uint8_t *p)
{
	for (size_t i = 0; i < sizeof shape - 1; i++) {
		bool digit = p[i] >= '0' && p[i] <= '9';
		bool letter = p[i] >= 'A' && p[i] <= 'Z';

		if (shape[i] == '0'   ? !digit
		    : shape[i] == 'A' ? !(letter || digit)
				      : p[i] != (uint8_t)shape[i])
			return false;
	}
	return true;
}

int
plan_home(struct span path, struct buf *out)
{
	struct span name = path_name(path);
	size_t before = path.len - name.len, tag = sizeof shape - 1;
	int rc = 0;

	/* A name this long may have had its stem cut. */
	if (name.len > LIMIT_NAME_BYTES - 4 || name.len <= tag)
		return 0;
	for (size_t i = name.len - tag; i > 0; i--) {
		size_t rest = i + tag;

		if (!fits(name.p + i) ||
		    (rest < name.len && name.p[rest] != '.'))
			continue;
		if (out != NULL)
			rc = buf_add(out, span_of(path.p, before + i));
		if (out != NULL && rc == 0)
			rc = buf_add(
			    out, span_of(name.p + rest, name.len - rest));
		return rc < 0 ? rc : 1;
	}
	return 0;
}
