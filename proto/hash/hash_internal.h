/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_internal - the compression function, one block or many at a time.
 *
 * Names are the paper's: a chaining value (cv) is 8 words; a chunk is 16
 * blocks; a parent is one block made of its two children's cv. A cv in
 * memory is 32 bytes, little-endian, so that two in a row are a parent.
 */
#ifndef PROTO_HASH_HASH_INTERNAL_H
#define PROTO_HASH_HASH_INTERNAL_H

#include "proto/hash/hash.h"

enum {
	HASH_CHUNK_BYTES = 1024,
	HASH_CHUNK_BLOCKS = HASH_CHUNK_BYTES / HASH_BLOCK_BYTES,
};

enum {
	FLAG_CHUNK_START = 1 << 0,
	FLAG_CHUNK_END = 1 << 1,
	FLAG_PARENT = 1 << 2,
	FLAG_ROOT = 1 << 3,
	FLAG_KEYED_HASH = 1 << 4,
	FLAG_DERIVE_CONTEXT = 1 << 5,
	FLAG_DERIVE_KEY = 1 << 6,
};

/* Section 2.2, table 1: the words SHA-256 starts with. */
#define HASH_IV                                                                \
	{                                                                      \
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,    \
		    0x9b05688c, 0x1f83d9ab, 0x5be0cd19                         \
	}

/* A node of the tree before its compression: it may become the root. */
struct hash_node {
	uint32_t cv[8];
	uint8_t block[HASH_BLOCK_BYTES];
	uint8_t len; /* bytes that count in block; the rest is zero */
	uint8_t flags;
	uint64_t counter;
};

/* Compresses one block into 16 words, of which the first 8 are the new cv. */
void hash_compress(const struct hash_node *node, uint32_t out[static 16]);

/* n equal runs of whole blocks in a row: chunks, or parents. */
struct hash_many {
	const uint8_t *in; /* n * blocks * HASH_BLOCK_BYTES */
	size_t n;
	unsigned blocks; /* HASH_CHUNK_BLOCKS, or 1 for parents */
	const uint32_t *key;
	uint64_t counter; /* of the first chunk; parents have 0 */
	uint8_t flags; /* on every block */
	uint8_t flags_first;
	uint8_t flags_last;
};

/*
 * Writes the n cv of m to out[n * HASH_BYTES], with the widest code that this
 * machine runs. out may be m->in if blocks is 1.
 */
void hash_many(const struct hash_many *m, uint8_t *out);

/* One way to do hash_many. */
struct hash_way {
	const char *name;
	bool usable; /* on this machine */
	size_t lanes;
	/* Does n <= lanes runs, from run number first on. */
	void (*run)(
	    const struct hash_many *m, size_t first, size_t n, uint8_t *out);
};

enum { HASH_WAYS = 3 };

/*
 * Fills in all ways of this build, the portable one first and always usable,
 * the wider ones after it; says how many.
 */
size_t hash_ways(struct hash_way out[static HASH_WAYS]);

/* The bytes of 8 words, and back. */
void hash_words_store(const uint32_t words[static 8], uint8_t *out);
void hash_words_load(const uint8_t *bytes, uint32_t out[static 8]);

/*
 * Seven rounds over v[16], words of any type (one block, or a vector of
 * many), with message words m[16]. Section 2.2; SCHEDULE is table 2 applied
 * over and over, all indices being literals so that v stays in registers.
 */
#define HASH_ROTATE(x, n) ((x) >> (n) | (x) << (32 - (n)))

#define HASH_G(v, a, b, c, d, x, y)                                            \
	do {                                                                   \
		v[a] += v[b] + (x);                                            \
		v[d] ^= v[a];                                                  \
		v[d] = HASH_ROTATE(v[d], 16);                                  \
		v[c] += v[d];                                                  \
		v[b] ^= v[c];                                                  \
		v[b] = HASH_ROTATE(v[b], 12);                                  \
		v[a] += v[b] + (y);                                            \
		v[d] ^= v[a];                                                  \
		v[d] = HASH_ROTATE(v[d], 8);                                   \
		v[c] += v[d];                                                  \
		v[b] ^= v[c];                                                  \
		v[b] = HASH_ROTATE(v[b], 7);                                   \
	} while (0)

#define HASH_ROUND(v, m, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11,     \
    s12, s13, s14, s15)                                                        \
	do {                                                                   \
		HASH_G(v, 0, 4, 8, 12, m[s0], m[s1]);                          \
		HASH_G(v, 1, 5, 9, 13, m[s2], m[s3]);                          \
		HASH_G(v, 2, 6, 10, 14, m[s4], m[s5]);                         \
		HASH_G(v, 3, 7, 11, 15, m[s6], m[s7]);                         \
		HASH_G(v, 0, 5, 10, 15, m[s8], m[s9]);                         \
		HASH_G(v, 1, 6, 11, 12, m[s10], m[s11]);                       \
		HASH_G(v, 2, 7, 8, 13, m[s12], m[s13]);                        \
		HASH_G(v, 3, 4, 9, 14, m[s14], m[s15]);                        \
	} while (0)

/* clang-format off */
#define HASH_ROUNDS(v, m)                                                      \
	do {                                                                   \
		HASH_ROUND(v, m, 0, 1, 2, 3, 4, 5, 6, 7,                       \
		    8, 9, 10, 11, 12, 13, 14, 15);                             \
		HASH_ROUND(v, m, 2, 6, 3, 10, 7, 0, 4, 13,                     \
		    1, 11, 12, 5, 9, 14, 15, 8);                               \
		HASH_ROUND(v, m, 3, 4, 10, 12, 13, 2, 7, 14,                   \
		    6, 5, 9, 0, 11, 15, 8, 1);                                 \
		HASH_ROUND(v, m, 10, 7, 12, 9, 14, 3, 13, 15,                  \
		    4, 0, 11, 2, 5, 8, 1, 6);                                  \
		HASH_ROUND(v, m, 12, 13, 9, 11, 15, 10, 14, 8,                 \
		    7, 2, 5, 3, 0, 1, 6, 4);                                   \
		HASH_ROUND(v, m, 9, 14, 11, 5, 8, 12, 15, 1,                   \
		    13, 3, 0, 10, 2, 6, 4, 7);                                 \
		HASH_ROUND(v, m, 11, 15, 5, 0, 1, 9, 8, 6,                     \
		    14, 10, 2, 12, 3, 4, 7, 13);                               \
	} while (0)
/* clang-format on */

#endif
