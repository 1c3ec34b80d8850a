/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/scan/ignore_internal.h"

#include <string.h>

/* Takes bytes up to a newline, or all, off *text. */
static struct span
cut_line(struct span *text)
{
	const uint8_t *end = memchr(text->p, '\n', text->len);
	struct span line = *text;

	if (end != NULL)
		line.len = (size_t)(end - text->p);
	*text = span_of(line.p + line.len, text->len - line.len);
	if (end != NULL)
		*text = span_of(text->p + 1, text->len - 1);
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* Drops blanks at the end, but for one behind a backslash. */
static void
trim(struct span *line)
{
	size_t end = 0;

	for (size_t i = 0; i < line->len; i++) {
		if (line->p[i] == '\\' && i + 1 < line->len)
			i++;
		else if (line->p[i] == ' ')
			continue;
		end = i + 1;
	}
	line->len = end;
}

static struct span
drop_front(struct span s)
{
	return span_of(s.p + 1, s.len - 1);
}

static void
read_line(struct span line, struct ignore_line *out)
{
	*out = (struct ignore_line){.whole = line};
	if (line.len > 0 && line.p[0] == '!') {
		out->negate = true;
		line = drop_front(line);
	}
	if (line.len > 0 && line.p[line.len - 1] == '/') {
		out->dir_only = true;
		line.len--;
	}
	out->base_only = line.len == 0 || memchr(line.p, '/', line.len) == NULL;
	if (line.len > 0 && line.p[0] == '/')
		line = drop_front(line);
	out->glob = line;
}

bool
ignore_line(struct span *text, struct ignore_line *out)
{
	while (text->len > 0) {
		struct span line = cut_line(text);

		if (line.len == 0 || line.p[0] == '#')
			continue;
		trim(&line);
		read_line(line, out);
		if (out->glob.len > 0)
			return true;
	}
	return false;
}
