/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chunks_internal - what a list's two encodings share: one chunk in bytes.
 */
#ifndef PROTO_MODEL_CHUNKS_INTERNAL_H
#define PROTO_MODEL_CHUNKS_INTERNAL_H

#include "proto/model/chunks.h"
#include "proto/wire/wire.h"

/* The fewest bytes of a chunk: a length of one byte, and a name. */
enum { CHUNKS_WIRE_MIN = 1 + NAME_BYTES };

/* Says whether two chunks have the same bytes. */
bool chunks_same(const struct chunk *a, const struct chunk *b);

/* Writes a chunk; reads one, its len being possibly 0, which no list takes. */
void chunks_put(struct wire_writer *w, const struct chunk *chunk);
struct chunk chunks_get(struct wire_reader *r);

/* Says whether list is whole: size bytes, and one chunk only if small. */
bool chunks_sound(const struct chunk_list *list, uint64_t size);

#endif
