/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/hash/hash_test_internal.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
hash_test_fill(uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(i % 251);
}

void
hash_test_is(const uint8_t *bytes, size_t len, const char *hex)
{
	char *is = calloc(2, len + 1);

	ck_assert_ptr_nonnull(is);
	for (size_t i = 0; i < len; i++)
		sprintf(is + 2 * i, "%02x", bytes[i]);
	ck_assert_str_eq(is, hex);
	free(is);
}

uint64_t
hash_test_random(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* As many bytes of the pattern, in memory that ends where they end. */
static uint8_t *
pattern(size_t len)
{
	uint8_t *bytes = malloc(len + (len == 0));

	ck_assert_ptr_nonnull(bytes);
	hash_test_fill(bytes, len);
	return bytes;
}

static void
hashes_to(struct span bytes, const char *hex)
{
	uint8_t out[HASH_BYTES];

	hash_bytes(bytes, out);
	hash_test_is(out, sizeof out, hex);
}

START_TEST(known_answers_hold)
{
	uint8_t *bytes = pattern(300001);

	hashes_to(SPAN_LIT(""), "af1349b9f5f9a1a6a0404dea36dcc949"
				"9bcb25c9adc112b7cc9a93cae41f3262");
	hashes_to(SPAN_LIT("abc"), "6437b3ac38465133ffb63b75273a8db5"
				   "48c558465d79db03fd359c6cd5bd9d85");
	hashes_to(span_of(bytes, 2049), "5f4d72f40d7a5f82b15ca2b2e44b1de3"
					"c2ef86c426c95c1af0b6879522563030");
	hashes_to(span_of(bytes, 65536), "68d647e619a930e7b1082f74f334b0c6"
					 "5a315725569bdc123f0ee11881717bfe");
	hashes_to(span_of(bytes, 300001), "ac69f8086484814f8b5062bcaa846bde"
					  "9011e3f931eaa83275c85c4d7f435f10");
	free(bytes);
}
END_TEST

START_TEST(known_answers_hold_with_key_and_context)
{
	static const char key[] = "whats the Elvish word for friend";
	uint8_t *bytes = pattern(2049), out[HASH_BYTES];
	struct hash h;

	hash_init_keyed(&h, (const uint8_t *)key);
	hash_add(&h, span_of(bytes, 2049));
	hash_end(&h, out, sizeof out);
	hash_test_is(out, sizeof out,
	    "9f29700902f7c86e514ddc4df1e3049f"
	    "258b2472b6dd5267f61bf13983b78dd5");
	hash_init_derive(&h, "BLAKE3 2019-12-27 16:29:52 test vectors context");
	hash_add(&h, span_of(bytes, 2049));
	hash_end(&h, out, sizeof out);
	hash_test_is(out, sizeof out,
	    "2ea477c5515cc3dd606512ee72bb3e0e"
	    "758cfae7232826f35fb98ca1bcbdf273");
	free(bytes);
}
END_TEST

/* Compares what h gives, short and extended, with a field of a vector. */
static void
vector_holds(struct hash *h, struct span bytes, const json_t *hex)
{
	size_t len = json_string_length(hex) / 2;
	uint8_t *out = malloc(len), small[HASH_BYTES];

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_gt(len, sizeof small);
	hash_add(h, bytes);
	hash_end(h, out, len);
	hash_test_is(out, len, json_string_value(hex));
	hash_end(h, small, sizeof small);
	ck_assert_mem_eq(small, out, sizeof small);
	free(out);
}

START_TEST(official_vectors_hold_in_all_modes)
{
	char *text = run_vectors("blake3.json");
	json_t *root, *item;
	size_t i;

	if (text == NULL)
		return;
	root = json_loads(text, 0, NULL);
	ck_assert_uint_gt(json_array_size(json_object_get(root, "cases")), 0);
	json_array_foreach(json_object_get(root, "cases"), i, item)
	{
		size_t len = (size_t)json_integer_value(
		    json_object_get(item, "input_len"));
		uint8_t *bytes = pattern(len), plain[HASH_BYTES], out[32];
		struct span in = span_of(bytes, len);
		struct hash h;

		hash_init(&h);
		vector_holds(&h, in, json_object_get(item, "hash"));
		hash_end(&h, out, sizeof out);
		hash_bytes(in, plain);
		ck_assert_mem_eq(plain, out, sizeof plain);
		hash_init_keyed(&h, (const uint8_t *)json_string_value(
					json_object_get(root, "key")));
		vector_holds(&h, in, json_object_get(item, "keyed_hash"));
		hash_init_derive(&h,
		    json_string_value(json_object_get(root, "context_string")));
		vector_holds(&h, in, json_object_get(item, "derive_key"));
		free(bytes);
	}
	json_decref(root);
	free(text);
}
END_TEST

/* Adds the bytes in pieces of about 2^0 to 2^16 bytes. */
static void
add_in_pieces(struct hash *h, struct span bytes, uint64_t *seed)
{
	while (bytes.len > 0) {
		uint64_t x = hash_test_random(seed);
		size_t n = (size_t)(x >> 8 & ((1u << x % 17) | 0x3ff));

		if (n > bytes.len)
			n = bytes.len;
		hash_add(h, span_of(bytes.p, n));
		bytes = span_of(bytes.p + n, bytes.len - n);
	}
}

START_TEST(any_split_gives_the_same_hash)
{
	uint64_t seed = (uint64_t)_i;
	size_t len = (size_t)(hash_test_random(&seed) % 300000);
	uint8_t *bytes = pattern(len), one[HASH_BYTES], many[HASH_BYTES];
	struct hash h;

	hash_bytes(span_of(bytes, len), one);
	hash_init(&h);
	add_in_pieces(&h, span_of(bytes, len), &seed);
	hash_end(&h, many, sizeof many);
	ck_assert_mem_eq(one, many, sizeof one);
	free(bytes);
}
END_TEST

START_TEST(byte_by_byte_gives_the_same_hash)
{
	enum { LEN = 9 * 1024 + 1 };
	uint8_t *bytes = pattern(LEN), one[HASH_BYTES], many[HASH_BYTES];
	struct hash h;

	hash_init(&h);
	for (size_t i = 0; i < LEN; i++) {
		hash_end(&h, many, sizeof many);
		hash_bytes(span_of(bytes, i), one);
		ck_assert_mem_eq(one, many, sizeof one);
		hash_add(&h, span_of(bytes + i, 1));
	}
	free(bytes);
}
END_TEST

START_TEST(one_piece_or_two_agree_around_every_border)
{
	enum { MOST = 260 * 1024 };
	static const int off[] = {-1, 0, 1, 63, 64, 65, 512};
	uint8_t *bytes = pattern(MOST + 1024);
	uint8_t one[HASH_BYTES], two[HASH_BYTES];

	for (size_t chunks = 1; chunks <= 260; chunks += chunks < 40 ? 1 : 11)
		for (size_t i = 0; i < sizeof off / sizeof *off; i++) {
			size_t len = chunks * 1024 + (size_t)(off[i] + 1) - 1;
			size_t first = len * (i + 1) / 9;
			struct hash h;

			hash_bytes(span_of(bytes, len), one);
			hash_init(&h);
			hash_add(&h, span_of(bytes, first));
			hash_add(&h, span_of(bytes + first, len - first));
			hash_end(&h, two, sizeof two);
			ck_assert_mem_eq(one, two, sizeof one);
		}
	free(bytes);
}
END_TEST

START_TEST(modes_keys_and_contexts_differ)
{
	static const uint8_t zero[HASH_KEY_BYTES], one[HASH_KEY_BYTES] = {1};
	uint8_t out[5][HASH_BYTES];
	struct hash h;

	hash_init(&h);
	hash_end(&h, out[0], HASH_BYTES);
	hash_init_keyed(&h, zero);
	hash_end(&h, out[1], HASH_BYTES);
	hash_init_keyed(&h, one);
	hash_end(&h, out[2], HASH_BYTES);
	hash_init_derive(&h, "a");
	hash_end(&h, out[3], HASH_BYTES);
	hash_init_derive(&h, "b");
	hash_end(&h, out[4], HASH_BYTES);
	for (int i = 0; i < 5; i++)
		for (int j = 0; j < i; j++)
			ck_assert_mem_ne(out[i], out[j], HASH_BYTES);
}
END_TEST

TCase *
hash_tcase(void)
{
	TCase *tc = tcase_create("hash");

	tcase_add_test(tc, known_answers_hold);
	tcase_add_test(tc, known_answers_hold_with_key_and_context);
	tcase_add_test(tc, official_vectors_hold_in_all_modes);
	tcase_add_loop_test(tc, any_split_gives_the_same_hash, 0, 50);
	tcase_add_test(tc, byte_by_byte_gives_the_same_hash);
	tcase_add_test(tc, one_piece_or_two_agree_around_every_border);
	tcase_add_test(tc, modes_keys_and_contexts_differ);
	return tc;
}

int
main(void)
{
	static run_tcase *const tcases[] = {
	    hash_tcase, hash_compress_tcase, hash_many_tcase, name_tcase};

	return run_tests("hash", tcases, sizeof tcases / sizeof *tcases);
}
