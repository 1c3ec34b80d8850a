/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash - BLAKE3: bytes of any number in, any number of bytes out.
 *
 * Follows "BLAKE3: one function, fast everywhere" (O'Connor, Aumasson, Neves,
 * Wilcox-O'Hearn, 2021) in all its three modes. Many chunks are compressed
 * side by side in vector registers as wide as this machine has them, so long
 * inputs should be added in pieces of 16 KiB or more. No allocation, no
 * failure, no state but the caller's; any thread.
 */
#ifndef PROTO_HASH_HASH_H
#define PROTO_HASH_HASH_H

#include "proto/base/span.h"

enum {
	HASH_BYTES = 32,
	HASH_KEY_BYTES = 32,
	HASH_BLOCK_BYTES = 64,
	HASH_DEPTH = 54, /* 2^64 bytes are 2^54 chunks */
};

/* A hash being computed. Plain memory: may be copied, needs no release. */
struct hash {
	uint32_t key[8];
	uint32_t cv[8]; /* of the chunk now being read */
	uint64_t chunk; /* its number */
	uint8_t
	    block[HASH_BLOCK_BYTES]; /* its last block, not compressed yet */
	uint8_t block_len;
	uint8_t blocks; /* compressed of this chunk */
	uint8_t flags;
	uint8_t depth; /* subtrees on the stack, each a power of two chunks */
	uint8_t stack[HASH_DEPTH][HASH_BYTES];
};

/* Starts a plain hash, the one b3sum prints. */
void hash_init(struct hash *h);

/* Starts a keyed hash (a MAC, a PRF). */
void hash_init_keyed(struct hash *h, const uint8_t key[static HASH_KEY_BYTES]);

/*
 * Starts a key derivation: a hash of its own for every context, a constant
 * text that nobody else uses.
 */
void hash_init_derive(struct hash *h, const char *context);

/* Adds bytes; how they are split between calls makes no difference. */
void hash_add(struct hash *h, struct span bytes);

/*
 * Writes the first len bytes of the output of all that was added; h is not
 * changed and may be added to. Shorter outputs are prefixes of longer ones.
 */
void hash_end(const struct hash *h, uint8_t *out, size_t len);

/* The plain hash of bytes, at once; the fastest way for what is in memory. */
void hash_bytes(struct span bytes, uint8_t out[static HASH_BYTES]);

#endif
