/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/hash/hash_internal.h"

#include <string.h>

enum {
	/* Chunks whose cv are held at once: enough to make parents wide too. */
	BATCH_CHUNKS = 128,
	BATCH_LEVELS = 8,
};

static const uint32_t iv[8] = HASH_IV;

static void
init(struct hash *h, const uint32_t key[static 8], uint8_t flags)
{
	memcpy(h->key, key, sizeof h->key);
	memcpy(h->cv, key, sizeof h->cv);
	h->chunk = 0;
	h->block_len = 0;
	h->blocks = 0;
	h->flags = flags;
	h->depth = 0;
}

void
hash_init(struct hash *h)
{
	init(h, iv, 0);
}

void
hash_init_keyed(struct hash *h, const uint8_t key[static HASH_KEY_BYTES])
{
	uint32_t words[8];

	hash_words_load(key, words);
	init(h, words, FLAG_KEYED_HASH);
}

void
hash_init_derive(struct hash *h, const char *context)
{
	uint8_t key[HASH_BYTES];
	uint32_t words[8];

	init(h, iv, FLAG_DERIVE_CONTEXT);
	hash_add(h, span_of(context, strlen(context)));
	hash_end(h, key, sizeof key);
	hash_words_load(key, words);
	init(h, words, FLAG_DERIVE_KEY);
}

/* The last block, so far, of the chunk being read. */
static struct hash_node
chunk_node(const struct hash *h)
{
	struct hash_node node = {
	    .len = h->block_len,
	    .flags = h->flags | FLAG_CHUNK_END,
	    .counter = h->chunk,
	};

	if (h->blocks == 0)
		node.flags |= FLAG_CHUNK_START;
	memcpy(node.cv, h->cv, sizeof node.cv);
	memcpy(node.block, h->block, h->block_len);
	return node;
}

/* The parent of two cv that lie one after the other. */
static struct hash_node
parent_node(const struct hash *h, const uint8_t *pair)
{
	struct hash_node node = {
	    .len = HASH_BLOCK_BYTES,
	    .flags = h->flags | FLAG_PARENT,
	};

	memcpy(node.cv, h->key, sizeof node.cv);
	memcpy(node.block, pair, HASH_BLOCK_BYTES);
	return node;
}

static void
node_cv(const struct hash_node *node, uint8_t *out)
{
	uint32_t words[16];

	hash_compress(node, words);
	hash_words_store(words, out);
}

/* Puts the parents of n pairs of cv where the pairs are. */
static void
parents(const struct hash *h, size_t n, uint8_t *cvs)
{
	const struct hash_many many = {
	    .in = cvs,
	    .n = n,
	    .blocks = 1,
	    .key = h->key,
	    .flags = h->flags | FLAG_PARENT,
	};

	if (n == 1) {
		struct hash_node node = parent_node(h, cvs);

		node_cv(&node, cvs);
	} else {
		hash_many(&many, cvs);
	}
}

/* Writes the cv of n whole chunks, the first having number h->chunk. */
static void
chunks(const struct hash *h, const uint8_t *in, size_t n, uint8_t *cvs)
{
	const struct hash_many many = {
	    .in = in,
	    .n = n,
	    .blocks = HASH_CHUNK_BLOCKS,
	    .key = h->key,
	    .counter = h->chunk,
	    .flags = h->flags,
	    .flags_first = FLAG_CHUNK_START,
	    .flags_last = FLAG_CHUNK_END,
	};

	hash_many(&many, cvs);
}

/*
 * Puts the cv of a complete subtree of 2^level chunks on the stack. Only
 * done when bytes follow, so none of the parents that it completes is the
 * root. What stays on the stack are the set bits of the number of chunks.
 */
static void
push(struct hash *h, const uint8_t *cv, unsigned level)
{
	memcpy(h->stack[h->depth++], cv, HASH_BYTES);
	h->chunk += UINT64_C(1) << level;
	for (uint64_t t = h->chunk >> level; (t & 1) == 0; t >>= 1) {
		h->depth--;
		parents(h, 1, h->stack[h->depth - 1]);
	}
}

/*
 * Takes whole chunks that start on a chunk's border and are followed by at
 * least one byte more; returns the bytes taken. No more than the alignment
 * of their first number, so that they are the left part of one subtree.
 */
static size_t
take_batch(struct hash *h, struct span bytes)
{
	uint8_t cvs[BATCH_CHUNKS * HASH_BYTES];
	uint8_t odd[BATCH_LEVELS][HASH_BYTES];
	size_t n = (bytes.len - 1) / HASH_CHUNK_BYTES, total;
	unsigned level = 0;

	if (n > BATCH_CHUNKS)
		n = BATCH_CHUNKS;
	if (h->chunk != 0 && n > (h->chunk & -h->chunk))
		n = (size_t)(h->chunk & -h->chunk);
	total = n;
	chunks(h, bytes.p, n, cvs);
	for (; n > 1; n /= 2, level++) {
		if (n & 1)
			memcpy(
			    odd[level], cvs + (n - 1) * HASH_BYTES, HASH_BYTES);
		parents(h, n / 2, cvs);
	}
	push(h, cvs, level);
	while (level-- > 0)
		if (total >> level & 1)
			push(h, odd[level], level);
	return total * HASH_CHUNK_BYTES;
}

/* Adds up to what the block being filled has room for; returns how much. */
static size_t
take_block(struct hash *h, struct span bytes)
{
	size_t n = HASH_BLOCK_BYTES - h->block_len;

	if (n > bytes.len)
		n = bytes.len;
	memcpy(h->block + h->block_len, bytes.p, n);
	h->block_len += (uint8_t)n;
	return n;
}

/* Compresses the full block, which was kept until more bytes came. */
static void
flush_block(struct hash *h)
{
	struct hash_node node = chunk_node(h);
	uint32_t words[16];
	uint8_t cv[HASH_BYTES];

	h->block_len = 0;
	if (h->blocks == HASH_CHUNK_BLOCKS - 1) {
		node_cv(&node, cv);
		memcpy(h->cv, h->key, sizeof h->cv);
		h->blocks = 0;
		push(h, cv, 0);
		return;
	}
	node.flags &= (uint8_t)~FLAG_CHUNK_END;
	hash_compress(&node, words);
	memcpy(h->cv, words, sizeof h->cv);
	h->blocks++;
}

void
hash_add(struct hash *h, struct span bytes)
{
	while (bytes.len > 0) {
		size_t n;

		if (h->block_len == HASH_BLOCK_BYTES)
			flush_block(h);
		if (h->blocks == 0 && h->block_len == 0 &&
		    bytes.len > HASH_CHUNK_BYTES)
			n = take_batch(h, bytes);
		else
			n = take_block(h, bytes);
		bytes = span_of(bytes.p + n, bytes.len - n);
	}
}

/* Writes len bytes of the output of the root. */
static void
root_output(struct hash_node node, uint8_t *out, size_t len)
{
	uint32_t words[16];
	uint8_t block[HASH_BLOCK_BYTES];

	node.flags |= FLAG_ROOT;
	for (node.counter = 0; len > 0; node.counter++) {
		size_t n = len < sizeof block ? len : sizeof block;

		hash_compress(&node, words);
		hash_words_store(words, block);
		hash_words_store(words + 8, block + HASH_BYTES);
		memcpy(out, block, n);
		out += n;
		len -= n;
	}
}

void
hash_end(const struct hash *h, uint8_t *out, size_t len)
{
	struct hash_node node = chunk_node(h);
	uint8_t pair[2 * HASH_BYTES];

	for (size_t i = h->depth; i-- > 0;) {
		memcpy(pair, h->stack[i], HASH_BYTES);
		node_cv(&node, pair + HASH_BYTES);
		node = parent_node(h, pair);
	}
	root_output(node, out, len);
}

/*
 * For what fits one batch and is more than a chunk: the last chunk, if it is
 * full, goes with the others, and the whole tree is made level by level. A
 * cv without a partner goes up as it is, which is the tree of section 2.1.
 */
static void
hash_batch(struct span bytes, uint8_t out[static HASH_BYTES])
{
	uint8_t cvs[BATCH_CHUNKS * HASH_BYTES];
	size_t n = bytes.len / HASH_CHUNK_BYTES;
	size_t tail = bytes.len % HASH_CHUNK_BYTES;
	struct hash h;

	hash_init(&h);
	chunks(&h, bytes.p, n, cvs);
	if (tail > 0) {
		struct hash_node node;

		h.chunk = n;
		hash_add(&h, span_of(bytes.p + bytes.len - tail, tail));
		node = chunk_node(&h);
		node_cv(&node, cvs + n++ * HASH_BYTES);
	}
	for (; n > 2; n = n / 2 + n % 2) {
		parents(&h, n / 2, cvs);
		if (n & 1)
			memcpy(cvs + n / 2 * HASH_BYTES,
			    cvs + (n - 1) * HASH_BYTES, HASH_BYTES);
	}
	root_output(parent_node(&h, cvs), out, HASH_BYTES);
}

void
hash_bytes(struct span bytes, uint8_t out[static HASH_BYTES])
{
	struct hash h;

	if (bytes.len > HASH_CHUNK_BYTES &&
	    bytes.len <= BATCH_CHUNKS * HASH_CHUNK_BYTES) {
		hash_batch(bytes, out);
		return;
	}
	hash_init(&h);
	hash_add(&h, bytes);
	hash_end(&h, out, HASH_BYTES);
}
