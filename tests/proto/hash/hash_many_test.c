/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/hash/hash_internal.h"
#include "tests/proto/hash/hash_test_internal.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 50 };

/* What hash_many has to give, one block after the other. */
static void
one_by_one(const struct hash_many *m, uint8_t *out)
{
	const uint8_t *in = m->in;

	for (size_t i = 0; i < m->n; i++) {
		struct hash_node node = {.len = HASH_BLOCK_BYTES};
		uint32_t words[16];

		node.counter = m->blocks == 1 ? 0 : m->counter + i;
		memcpy(node.cv, m->key, sizeof node.cv);
		for (unsigned b = 0; b < m->blocks; b++) {
			node.flags = m->flags;
			node.flags |= b == 0 ? m->flags_first : 0;
			node.flags |= b + 1 == m->blocks ? m->flags_last : 0;
			memcpy(node.block, in, HASH_BLOCK_BYTES);
			hash_compress(&node, words);
			memcpy(node.cv, words, sizeof node.cv);
			in += HASH_BLOCK_BYTES;
		}
		hash_words_store(node.cv, out + i * HASH_BYTES);
	}
}

static struct hash_many
runs(const uint8_t *in, size_t n, unsigned blocks)
{
	static const uint32_t key[8] = {1, 2, 3, 4, 5, 6, 7, 0xfffffff8};

	/* A counter that carries into its high word. */
	return (struct hash_many){in, n, blocks, key, 0xfffffffa,
	    FLAG_KEYED_HASH, FLAG_CHUNK_START, FLAG_CHUNK_END};
}

static uint8_t *
random_bytes(size_t len)
{
	uint8_t *bytes = malloc(len);
	uint64_t seed = len;

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)hash_test_random(&seed);
	return bytes;
}

START_TEST(any_number_of_runs_equals_one_by_one)
{
	for (size_t n = 1; n <= MOST; n++)
		for (unsigned blocks = 1; blocks <= 16; blocks += 15) {
			uint8_t *in =
			    random_bytes(n * blocks * HASH_BLOCK_BYTES);
			struct hash_many m = runs(in, n, blocks);
			uint8_t want[MOST * HASH_BYTES];
			uint8_t *is = malloc(n * HASH_BYTES);

			one_by_one(&m, want);
			hash_many(&m, is);
			ck_assert_mem_eq(is, want, n * HASH_BYTES);
			free(is);
			free(in);
		}
}
END_TEST

START_TEST(every_way_of_this_machine_equals_one_by_one)
{
	struct hash_way ways[HASH_WAYS];
	size_t count = hash_ways(ways);

	ck_assert(ways[0].usable);
	for (size_t w = 0; w < count; w++)
		for (size_t n = 1; n <= ways[w].lanes; n++) {
			uint8_t *in = random_bytes((n + 3) * 1024);
			struct hash_many m = runs(in, n + 3, 16);
			uint8_t want[MOST * HASH_BYTES];
			uint8_t *is = calloc(n + 3, HASH_BYTES);

			if (ways[w].usable) {
				one_by_one(&m, want);
				ways[w].run(&m, 3, n, is);
				ck_assert_mem_eq(is + 3 * HASH_BYTES,
				    want + 3 * HASH_BYTES, n * HASH_BYTES);
			}
			free(is);
			free(in);
		}
}
END_TEST

START_TEST(parents_may_replace_their_children)
{
	uint8_t *cvs = random_bytes(MOST * HASH_BLOCK_BYTES);
	struct hash_many m = runs(cvs, MOST, 1);
	uint8_t want[MOST * HASH_BYTES];

	one_by_one(&m, want);
	hash_many(&m, cvs);
	ck_assert_mem_eq(cvs, want, sizeof want);
	free(cvs);
}
END_TEST

TCase *
hash_many_tcase(void)
{
	TCase *tc = tcase_create("hash_many");

	tcase_add_test(tc, any_number_of_runs_equals_one_by_one);
	tcase_add_test(tc, every_way_of_this_machine_equals_one_by_one);
	tcase_add_test(tc, parents_may_replace_their_children);
	return tc;
}
