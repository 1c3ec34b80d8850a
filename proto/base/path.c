/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/base/path.h"

#include <string.h>
#include <strings.h>

#include "proto/base/limits.h"

/* A longer ending, its dot included, is no extension. */
enum { EXTENSION_MAX = 17 };

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

int
path_join(struct buf *out, struct span dir, struct span name)
{
	int rc = buf_add(out, dir);

	if (rc == 0 && dir.len > 0 && name.len > 0)
		rc = buf_add(out, SPAN_LIT("/"));
	return rc < 0 ? rc : buf_add(out, name);
}

struct span
path_extension(struct span name)
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

struct span
path_cut(struct span name, size_t max)
{
	if (name.len <= max)
		return name;
	/* Bytes 10xxxxxx go on with a sequence; no sequence has over three. */
	for (size_t back = 0; back < 4 && back < max; back++)
		if ((name.p[max - back] & 0xc0) != 0x80)
			return span_of(name.p, max - back);
	return span_of(name.p, max); /* not UTF-8 at all */
}
