/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/chunk/chunk_test_internal.h"

START_TEST(gear_is_the_output_of_its_context)
{
	uint8_t bytes[8 * CHUNK_GEAR];
	struct hash h;

	hash_init_derive(&h, CHUNK_GEAR_CONTEXT);
	hash_end(&h, bytes, sizeof bytes);
	for (size_t i = 0; i < CHUNK_GEAR; i++) {
		uint64_t want = 0;

		for (size_t j = 0; j < 8; j++)
			want |= (uint64_t)bytes[8 * i + j] << 8 * j;
		ck_assert_uint_eq(chunk_gear[i], want);
	}
}
END_TEST

TCase *
chunk_gear_tcase(void)
{
	TCase *tc = tcase_create("chunk_gear");

	tcase_add_test(tc, gear_is_the_output_of_its_context);
	return tc;
}
