/* SPDX-License-Identifier: Apache-2.0 */
/*
 * span - a borrowed run of bytes: pointer and length, never owning.
 *
 * A span is as valid as what it points into; it may hold any bytes, NUL
 * included, and is not terminated. The empty span may have a NULL pointer.
 */
#ifndef PROTO_BASE_SPAN_H
#define PROTO_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	const uint8_t *p;
	size_t len;
};

/* A span of a string literal, without its NUL. */
#define SPAN_LIT(s) ((struct span){(const uint8_t *)(s), sizeof(s) - 1})

/* Makes a span of len bytes at p. */
static inline struct span
span_of(const void *p, size_t len)
{
	return (struct span){p, len};
}

/* Makes a span of a NUL-terminated string, without its NUL. */
struct span span_str(const char *s);

/* Says whether two spans hold the same bytes. */
bool span_equal(struct span a, struct span b);

/* Orders two spans as unsigned bytes, the shorter first: <0, 0, >0. */
int span_compare(struct span a, struct span b);

/* Says whether a starts with prefix. */
bool span_starts(struct span a, struct span prefix);

#endif
