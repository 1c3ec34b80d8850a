/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire - the one cursor that reads bytes from outside, and its writer.
 *
 * Every parser of bytes that a peer, a database or a file gave goes through
 * struct wire_reader. It cannot read past its end: a read that does not fit
 * marks the reader failed, and a failed reader stays failed and gives zeros
 * and empty spans. So a parser reads a whole message without a check at each
 * step and asks once, with wire_end, whether all of it was there, canonical,
 * and with no bytes left over.
 *
 * Integers are little-endian when fixed, LEB128 when variable; a variable
 * one must be the shortest form of its value.
 */
#ifndef PROTO_WIRE_WIRE_H
#define PROTO_WIRE_WIRE_H

#include "proto/base/buf.h"

struct wire_reader {
	const uint8_t *p;
	size_t len;
	bool failed;
};

/* Starts reading bytes, which stay the caller's and must outlive the use. */
struct wire_reader wire_reader_of(struct span bytes);

/* Each takes one value off the front; 0 or empty once failed. */
uint8_t wire_u8(struct wire_reader *r);
uint16_t wire_u16(struct wire_reader *r);
uint32_t wire_u32(struct wire_reader *r);
uint64_t wire_u64(struct wire_reader *r);

/* Takes a variable-length integer; fails when it is above max. */
uint64_t wire_varint(struct wire_reader *r, uint64_t max);

/* Takes a variable-length signed integer in zigzag form, any int64_t. */
int64_t wire_signed(struct wire_reader *r);

/* Takes a truth value; fails unless the byte is 0 or 1. */
bool wire_bool(struct wire_reader *r);

/* Takes len bytes, borrowed from what is read. */
struct span wire_bytes(struct wire_reader *r, size_t len);

/* Takes len bytes into out; zeros once failed. */
void wire_copy(struct wire_reader *r, uint8_t *out, size_t len);

/* Takes a variable-length length of at most max and that many bytes. */
struct span wire_string(struct wire_reader *r, size_t max);

/* Takes all that is left. */
struct span wire_rest(struct wire_reader *r);

/* Marks the reader failed, for a value that a parser does not allow. */
void wire_fail(struct wire_reader *r);

/*
 * Says whether n items of at least item_bytes each can still follow; fails
 * the reader when not. Asked before memory for n items is.
 */
bool wire_fits(struct wire_reader *r, uint64_t n, size_t item_bytes);

/* 0 when everything was read and nothing failed, else ERR_GRAMMAR. */
int wire_end(const struct wire_reader *r) MUST_USE;

/*
 * The writer appends to a buffer; the first failure (-ENOMEM, ERR_LIMIT)
 * is kept, what follows writes nothing, and wire_writer_end tells.
 */
struct wire_writer {
	struct buf *out;
	int rc;
};

/* Starts appending to out, which stays the caller's. */
struct wire_writer wire_writer_of(struct buf *out);

void wire_put_u8(struct wire_writer *w, uint8_t value);
void wire_put_u16(struct wire_writer *w, uint16_t value);
void wire_put_u32(struct wire_writer *w, uint32_t value);
void wire_put_u64(struct wire_writer *w, uint64_t value);
void wire_put_varint(struct wire_writer *w, uint64_t value);
void wire_put_signed(struct wire_writer *w, int64_t value);
void wire_put_bool(struct wire_writer *w, bool value);
void wire_put_bytes(struct wire_writer *w, struct span bytes);
void wire_put_string(struct wire_writer *w, struct span bytes);

/* 0, or the first error of the writes so far. */
int wire_writer_end(const struct wire_writer *w) MUST_USE;

#endif
