/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/base/path.h"

#include <string.h>
#include <strings.h>

#include "proto/base/limits.h"

bool
path_name_valid(struct span name)
{
	static const char ours[] = ".tutti";

	if (name.len == 0 || name.len > LIMIT_NAME_BYTES)
		return false;
	if (memchr(name.p, '/', name.len) || memchr(name.p, 0, name.len))
		return false;
	if (span_equal(name, SPAN_LIT(".")) || span_equal(name, SPAN_LIT("..")))
		return false;
	return name.len != sizeof ours - 1 ||
	       strncasecmp((const char *)name.p, ours, name.len) != 0;
}

bool
path_valid(struct span path)
{
	size_t start = 0;

	if (path.len == 0 || path.len > LIMIT_PATH_BYTES)
		return false;
	for (size_t i = 0; i <= path.len; i++) {
		if (i < path.len && path.p[i] != '/')
			continue;
		if (!path_name_valid(span_of(path.p + start, i - start)))
			return false;
		start = i + 1;
	}
	return true;
}

struct span
path_parent(struct span path)
{
	size_t i = path.len;

	while (i > 0 && path.p[i - 1] != '/')
		i--;
	return span_of(path.p, i > 0 ? i - 1 : 0);
}

struct span
path_name(struct span path)
{
	size_t i = path.len;

	while (i > 0 && path.p[i - 1] != '/')
		i--;
	return span_of(path.p + i, path.len - i);
}

bool
path_below(struct span path, struct span dir)
{
	if (dir.len == 0)
		return path.len > 0;
	return path.len > dir.len + 1 && path.p[dir.len] == '/' &&
	       span_starts(path, dir);
}
