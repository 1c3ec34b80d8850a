/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chunks - a file's content as the list of its chunks.
 *
 * Says in what order which chunks, of which length, make a file. A list is
 * stored as one blob, and travels as differences to a list that the other
 * end is known to hold. Nothing here looks at content, nor at where chunks
 * may be cut: a list is checked for its sum and its limits, and what a peer
 * says of it is believed only when chunks_name gives the expected name.
 */
#ifndef PROTO_MODEL_CHUNKS_H
#define PROTO_MODEL_CHUNKS_H

#include "proto/base/buf.h"
#include "proto/base/limits.h"
#include "proto/base/vec.h"
#include "proto/hash/name.h"

struct chunk {
	struct name name;
	uint32_t len; /* bytes, 1 .. LIMIT_CHUNK_BYTES */
};

/* Zeroed memory is the list of an empty file. */
struct chunk_list {
	VEC(struct chunk) v;
	uint64_t size; /* bytes, the sum of all len, up to LIMIT_FILE_BYTES */
};

/* Makes the list of an empty file. Allocates nothing. */
void chunks_init(struct chunk_list *list);

/* Frees the memory; the list is as after chunks_init. */
void chunks_release(struct chunk_list *list);

/*
 * Appends a copy of chunk. ERR_LIMIT when its len is not allowed, or beyond
 * LIMIT_CHUNKS or LIMIT_FILE_BYTES; -ENOMEM. list is unchanged on error.
 */
int chunks_add(struct chunk_list *list, const struct chunk *chunk) MUST_USE;

/* Makes *out_copy, which must be empty, a copy. -ENOMEM. */
int chunks_copy(
    const struct chunk_list *list, struct chunk_list *out_copy) MUST_USE;

/* Says whether two lists are the same, chunk by chunk. */
bool chunks_equal(const struct chunk_list *a, const struct chunk_list *b);

/* Gives the name of the file that list makes. */
void chunks_name(const struct chunk_list *list, struct name *out);

/*
 * Gives an array of list->v.n + 1 numbers, to be freed by the caller: where
 * in the file each chunk starts, and the size. -ENOMEM.
 */
int chunks_offsets(
    const struct chunk_list *list, uint64_t **out_offsets) MUST_USE;

/* Appends the list's blob: size, number, then len and name of each. */
int chunks_encode(const struct chunk_list *list, struct buf *out) MUST_USE;

/*
 * Reads a blob into *out_list, which must be empty. ERR_GRAMMAR unless it is
 * what chunks_encode writes: lengths allowed, summing up to the size, and one
 * chunk only if the file is small; -ENOMEM. Asks for no more memory than a
 * constant times the blob.
 */
int chunks_decode(struct span blob, struct chunk_list *out_list) MUST_USE;

/*
 * Appends what makes list's chunks from number first on out of base, at most
 * LIMIT_LIST_CHUNKS of them, so that few bytes cannot ask for much memory:
 * list's size, then steps, each a varint n << 2 | what with n >= 1. A literal
 * (0) is followed by n times len and name; a copy (1) by the first index in
 * base of n chunks; a repeat (2) is the chunk before it n times more, which
 * long holes are made of. Nothing follows its like that it could have been
 * part of. base may be empty. -ENOMEM; ERR_LIMIT when out is full.
 */
int chunks_diff(const struct chunk_list *base, const struct chunk_list *list,
    size_t first, struct buf *out) MUST_USE;

/* Gives the size that a patch says its file has; 0 when it says none. */
uint64_t chunks_patch_size(struct span bytes);

/*
 * Appends to *list, which is empty or what earlier patches of a file of size
 * bytes made, what the next of chunks_diff says: it is whole when it has that
 * size. Trusts no byte: ERR_GRAMMAR when malformed, not canonical, outside of
 * base, of another size or beyond it, or without a chunk while some are
 * missing; -ENOMEM. On error *list is as it was. Its name is not checked: that
 * is the caller's, with chunks_name.
 */
int chunks_patch(const struct chunk_list *base, struct span bytes,
    uint64_t size, struct chunk_list *list) MUST_USE;

#endif
