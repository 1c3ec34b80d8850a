/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf - bytes that grow, up to a maximum given when it is made.
 *
 * init/release for one embedded in another struct; clear keeps the memory.
 * A pointer into the buffer is valid until the next call that adds to it.
 */
#ifndef PROTO_BASE_BUF_H
#define PROTO_BASE_BUF_H

#include "proto/base/err.h"
#include "proto/base/span.h"

struct buf {
	uint8_t *p;
	size_t len;
	size_t cap;
	size_t max; /* never holds more than this many bytes */
};

/* Makes an empty buffer of at most max bytes. Allocates nothing. */
void buf_init(struct buf *b, size_t max);

/* Frees the memory; the buffer is as after buf_init. */
void buf_release(struct buf *b);

/* Forgets the bytes, keeps the memory. */
void buf_clear(struct buf *b);

/*
 * Makes room for len more bytes and points *out_p at them; they count only
 * once buf_commit is called. -ENOMEM; ERR_LIMIT beyond max.
 */
int buf_reserve(struct buf *b, size_t len, uint8_t **out_p) MUST_USE;

/* Counts len bytes, which a buf_reserve made room for, as written. */
void buf_commit(struct buf *b, size_t len);

/* Appends a copy of s. -ENOMEM; ERR_LIMIT beyond max. */
int buf_add(struct buf *b, struct span s) MUST_USE;

/* Appends formatted text, without its NUL. -ENOMEM; ERR_LIMIT beyond max. */
int buf_addf(struct buf *b, const char *format, ...) MUST_USE
    __attribute__((format(printf, 2, 3)));

/* Drops the first len bytes; len is at most b->len. */
void buf_consume(struct buf *b, size_t len);

/* The bytes so far, borrowed until the next change. */
static inline struct span
buf_span(const struct buf *b)
{
	return (struct span){b->p, b->len};
}

#endif
