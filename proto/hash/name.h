/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name - what content is called: 32 bytes that differ when content does.
 *
 * A chunk is named by its plain BLAKE3, so that b3sum agrees. A file is
 * named by its size and its chunks' names, a symlink by its target, a
 * directory by a constant; each kind in a context of its own (derive_key),
 * so that no bytes can be taken for another kind's. Used by all that handles
 * content, on any thread.
 */
#ifndef PROTO_HASH_NAME_H
#define PROTO_HASH_NAME_H

#include "proto/hash/hash.h"

enum { NAME_BYTES = HASH_BYTES };

#define NAME_CONTEXT_FILE "Tutti 1 file content"
#define NAME_CONTEXT_SYMLINK "Tutti 1 symlink target"
#define NAME_CONTEXT_DIR "Tutti 1 directory"

struct name {
	uint8_t b[NAME_BYTES];
};

/* Says whether two names are the same. Not for secrets: time tells. */
bool name_equal(const struct name *a, const struct name *b);

/* Orders two names as unsigned bytes: <0, 0, >0. */
int name_compare(const struct name *a, const struct name *b);

/* Names a chunk: all its bytes at once. */
void name_chunk(struct span bytes, struct name *out);

/* A file's name in the making. Plain memory, needs no release. */
struct name_file {
	struct hash h;
};

/*
 * Starts the name of a file of size bytes: its size as 8 bytes,
 * little-endian, then the names of its chunks in order. An empty file has
 * no chunks.
 */
void name_file_init(struct name_file *f, uint64_t size);

/* Adds the name of the next chunk. */
void name_file_add(struct name_file *f, const struct name *chunk);

/* Gives the name of the file so far; f may be added to. */
void name_file_end(const struct name_file *f, struct name *out);

/* Names a symlink by the text of its target. */
void name_symlink(struct span target, struct name *out);

/* Gives the name that all directories have. */
void name_dir(struct name *out);

#endif
