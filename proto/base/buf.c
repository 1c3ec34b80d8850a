/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/base/buf.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void
buf_release(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
}

static bool
fits(const struct buf *b, size_t len)
{
	return len <= b->max && b->len <= b->max - len;
}

/* Twice as much as before, so that many small additions copy little; but no
 * more than is asked for where that is more, or where twice is too much. */
static size_t
larger(const struct buf *b, size_t need)
{
	size_t twice = b->cap < 32 ? 64 : 2 * b->cap;

	return b->cap > b->max / 2 || need > twice ? need : twice;
}

/* Makes room whatever the limit says. */
static int
grow(struct buf *b, size_t len, uint8_t **out_p)
{
	if (b->cap - b->len < len || b->p == NULL) {
		size_t cap = larger(b, b->len + len);
		uint8_t *p = realloc(b->p, cap);

		if (p == NULL)
			return -ENOMEM;
		b->p = p;
		b->cap = cap;
	}
	*out_p = b->p + b->len;
	return 0;
}

int
buf_reserve(struct buf *b, size_t len, uint8_t **out_p)
{
	return fits(b, len) ? grow(b, len, out_p) : ERR_LIMIT;
}

void
buf_commit(struct buf *b, size_t len)
{
	assert(len <= b->cap - b->len);
	b->len += len;
}

int
buf_add(struct buf *b, struct span s)
{
	uint8_t *p;
	int rc = buf_reserve(b, s.len, &p);

	if (rc < 0)
		return rc;
	if (s.len > 0)
		memcpy(p, s.p, s.len);
	buf_commit(b, s.len);
	return 0;
}

int
buf_addf(struct buf *b, const char *format, ...)
{
	size_t room = b->cap - b->len;
	va_list args;
	uint8_t *p;
	int len, rc;

	/* Most often there is room already. */
	va_start(args, format);
	len = vsnprintf(
	    room > 0 ? (char *)b->p + b->len : NULL, room, format, args);
	va_end(args);
	if (len < 0)
		return -EINVAL;
	if (!fits(b, (size_t)len))
		return ERR_LIMIT;
	if ((size_t)len >= room) {
		rc = grow(b, (size_t)len + 1, &p); /* it ends with NUL */
		if (rc < 0)
			return rc;
		va_start(args, format);
		vsnprintf((char *)p, (size_t)len + 1, format, args);
		va_end(args);
	}
	buf_commit(b, (size_t)len);
	return 0;
}

void
buf_consume(struct buf *b, size_t len)
{
	assert(len <= b->len);
	b->len -= len;
	if (b->len > 0)
		memmove(b->p, b->p + len, b->len);
}
