/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/hash/hash_internal.h"
#include "tests/proto/hash/hash_test_internal.h"

START_TEST(words_are_stored_little_endian)
{
	static const uint32_t words[8] = {0x03020100, 0, 0, 0, 0, 0, 0, 0xff};
	uint8_t bytes[HASH_BYTES];
	uint32_t back[8];

	hash_words_store(words, bytes);
	hash_test_is(bytes, 4, "00010203");
	hash_test_is(bytes + 28, 4, "ff000000");
	hash_words_load(bytes, back);
	ck_assert_mem_eq(words, back, sizeof words);
}
END_TEST

START_TEST(the_root_of_nothing_is_one_compression)
{
	struct hash_node node = {.cv = HASH_IV,
	    .flags = FLAG_CHUNK_START | FLAG_CHUNK_END | FLAG_ROOT};
	uint32_t out[16];
	uint8_t bytes[HASH_BYTES];

	hash_compress(&node, out);
	hash_words_store(out, bytes);
	hash_test_is(bytes, sizeof bytes,
	    "af1349b9f5f9a1a6a0404dea36dcc949"
	    "9bcb25c9adc112b7cc9a93cae41f3262");
}
END_TEST

START_TEST(every_field_of_a_node_counts)
{
	struct hash_node node = {.cv = HASH_IV}, other[6];
	uint32_t a[16], b[16];

	for (int i = 0; i < 6; i++)
		other[i] = node;
	other[0].cv[7] ^= 1;
	other[1].block[63] = 1;
	other[2].len = 1;
	other[3].flags = 1;
	other[4].counter = 1;
	other[5].counter = UINT64_C(1) << 32;
	hash_compress(&node, a);
	for (int i = 0; i < 6; i++) {
		hash_compress(&other[i], b);
		ck_assert_mem_ne(a, b, sizeof a);
	}
}
END_TEST

TCase *
hash_compress_tcase(void)
{
	TCase *tc = tcase_create("hash_compress");

	tcase_add_test(tc, words_are_stored_little_endian);
	tcase_add_test(tc, the_root_of_nothing_is_one_compression);
	tcase_add_test(tc, every_field_of_a_node_counts);
	return tc;
}
