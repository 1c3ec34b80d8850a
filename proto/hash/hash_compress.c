/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/hash/hash_internal.h"

static uint32_t
load32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

void
hash_words_load(const uint8_t *bytes, uint32_t out[static 8])
{
	for (int i = 0; i < 8; i++)
		out[i] = load32(bytes + 4 * i);
}

void
hash_words_store(const uint32_t words[static 8], uint8_t *out)
{
	for (int i = 0; i < 32; i++)
		out[i] = (uint8_t)(words[i / 4] >> 8 * (i % 4));
}

void
hash_compress(const struct hash_node *node, uint32_t out[static 16])
{
	uint32_t m[16];
	uint32_t v[16] = {[8] = 0x6a09e667,
	    0xbb67ae85,
	    0x3c6ef372,
	    0xa54ff53a,
	    (uint32_t)node->counter,
	    (uint32_t)(node->counter >> 32),
	    node->len,
	    node->flags};

	for (int i = 0; i < 8; i++)
		v[i] = node->cv[i];
	for (int i = 0; i < 16; i++)
		m[i] = load32(node->block + 4 * i);
	HASH_ROUNDS(v, m);
	for (int i = 0; i < 8; i++) {
		out[i] = v[i] ^ v[8 + i];
		out[8 + i] = v[8 + i] ^ node->cv[i];
	}
}
