/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_lanes_internal - BLAKE3 of LANES runs side by side, one in each lane.
 *
 * A template: hash_many.c includes it once for each width, having defined
 *	LANES		words in a vector: a power of two from 4 to 16
 *	LANES_TARGET	attribute for a machine with such vectors, or nothing
 *	LANES_LOW(a, b), LANES_HIGH(a, b)
 *			the two halves of a and b, interleaved
 * so it can be included again, undefines what it was given at its end, and
 * is empty without it.
 * Everything is in the vector extensions of gcc and clang; neither needs a
 * machine that has such vectors.
 */

#ifdef LANES

#include <string.h>

#include "proto/hash/hash_internal.h"

#define LANES_PASTE_(a, b) a##b
#define LANES_PASTE(a, b) LANES_PASTE_(a, b)
#define LANES_V LANES_PASTE(lanes_v, LANES)
#define LANES_FN static inline __attribute__((always_inline)) LANES_TARGET

typedef uint32_t LANES_V __attribute__((vector_size(4 * LANES)));

/*
 * Turns rows into columns: each turn of the loop rotates the address of
 * every word, its row above its column, left by one bit.
 */
LANES_FN void
LANES_PASTE(transpose_, LANES)(LANES_V x[static LANES])
{
	LANES_V t[LANES];

#pragma GCC unroll 4
	for (int step = 1; step < LANES; step *= 2) {
#pragma GCC unroll 8
		for (int i = 0; i < LANES / 2; i++) {
			t[2 * i] = LANES_LOW(x[i], x[i + LANES / 2]);
			t[2 * i + 1] = LANES_HIGH(x[i], x[i + LANES / 2]);
		}
#pragma GCC unroll 16
		for (int i = 0; i < LANES; i++)
			x[i] = t[i];
	}
}

/* Swaps the bytes of every word where memory's order is not BLAKE3's. */
LANES_FN void
LANES_PASTE(order_, LANES)(LANES_V *x)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	*x = *x >> 24 | (*x >> 8 & 0xff00) | (*x << 8 & 0xff0000) | *x << 24;
#else
	(void)x;
#endif
}

/* Loads block number b of every lane: word w of all lanes into m[w]. */
LANES_FN void
LANES_PASTE(load_, LANES)(
    const uint8_t *const in[static LANES], size_t b, LANES_V m[static 16])
{
#pragma GCC unroll 4
	for (int w = 0; w < 16; w += LANES) {
#pragma GCC unroll 16
		for (int i = 0; i < LANES; i++) {
			memcpy(&m[w + i], in[i] + b * HASH_BLOCK_BYTES + 4 * w,
			    sizeof m[0]);
			LANES_PASTE(order_, LANES)(&m[w + i]);
		}
		LANES_PASTE(transpose_, LANES)(&m[w]);
	}
}

/* Writes the cv of the first n lanes. */
LANES_FN void
LANES_PASTE(store_, LANES)(const LANES_V h[static 8], size_t n, uint8_t *out)
{
	enum { WORDS = LANES < 8 ? LANES : 8 };
	LANES_V x[LANES];

#pragma GCC unroll 2
	for (int w = 0; w < 8; w += WORDS) {
#pragma GCC unroll 16
		for (int i = 0; i < LANES; i++)
			x[i] = i < WORDS ? h[w + i] : (LANES_V){0};
		LANES_PASTE(transpose_, LANES)(x);
#pragma GCC unroll 16
		for (size_t i = 0; i < LANES; i++) {
			LANES_PASTE(order_, LANES)(&x[i]);
			if (i < n)
				memcpy(out + i * HASH_BYTES + 4 * w, &x[i],
				    4 * WORDS);
		}
	}
}

/* Compresses one block of every lane into h. */
LANES_FN void
LANES_PASTE(compress_, LANES)(LANES_V h[static 8], const LANES_V m[static 16],
    const LANES_V counter[static 2], uint32_t flags)
{
	static const uint32_t iv[8] = HASH_IV;
	const LANES_V zero = {0};
	LANES_V v[16];

#pragma GCC unroll 8
	for (int i = 0; i < 8; i++)
		v[i] = h[i];
#pragma GCC unroll 4
	for (int i = 0; i < 4; i++)
		v[8 + i] = zero + iv[i];
	v[12] = counter[0];
	v[13] = counter[1];
	v[14] = zero + HASH_BLOCK_BYTES;
	v[15] = zero + flags;
	HASH_ROUNDS(v, m);
#pragma GCC unroll 8
	for (int i = 0; i < 8; i++)
		h[i] = v[i] ^ v[8 + i];
}

/* Does runs first .. first + n of m, as struct hash_way says. */
LANES_TARGET static void
LANES_PASTE(run_, LANES)(
    const struct hash_many *m, size_t first, size_t n, uint8_t *out)
{
	const size_t stride = (size_t)m->blocks * HASH_BLOCK_BYTES;
	const uint8_t *in[LANES];
	LANES_V h[8], words[16], counter[2] = {{0}, {0}};

	for (size_t i = 0; i < LANES; i++) {
		uint64_t c = m->blocks == 1 ? 0 : m->counter + first + i;

		/* A lane without work does the last one's again. */
		in[i] = m->in + (first + (i < n ? i : n - 1)) * stride;
		counter[0][i] = (uint32_t)c;
		counter[1][i] = (uint32_t)(c >> 32);
	}
#pragma GCC unroll 8
	for (int i = 0; i < 8; i++)
		h[i] = (LANES_V){0} + m->key[i];
	for (size_t b = 0; b < m->blocks; b++) {
		uint32_t flags = m->flags;

		flags |= b == 0 ? m->flags_first : 0;
		flags |= b == m->blocks - 1 ? m->flags_last : 0;
		LANES_PASTE(load_, LANES)(in, b, words);
		LANES_PASTE(compress_, LANES)(h, words, counter, flags);
	}
	LANES_PASTE(store_, LANES)(h, n, out + first * HASH_BYTES);
}

#undef LANES
#undef LANES_TARGET
#undef LANES_LOW
#undef LANES_HIGH
#undef LANES_PASTE_
#undef LANES_PASTE
#undef LANES_V
#undef LANES_FN

#endif
