/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/chunk/chunk_test_internal.h"

#include <stdlib.h>
#include <string.h>

START_TEST(L45_zeros_have_the_name_of_their_bytes)
{
	static const uint32_t lens[] = {
	    1, 4096, 64 << 10, 100000, 256 << 10, 1 << 20, 3 << 20, 4 << 20};
	uint8_t *bytes = calloc(1, lens[_i]);
	struct name want, name;

	ck_assert_ptr_nonnull(bytes);
	name_chunk(span_of(bytes, lens[_i]), &want);
	chunk_zeros_name(lens[_i], &name);
	ck_assert(name_equal(&name, &want));
	free(bytes);
}
END_TEST

static const uint64_t bands[] = {64 << 10, 16 << 20, UINT64_C(4) << 30,
    UINT64_C(64) << 30, UINT64_C(1) << 40};

START_TEST(L45_a_run_of_zeros_is_cut_at_the_most_only)
{
	const struct chunk_params params = chunk_params_for(bands[_i]);
	uint8_t *bytes = calloc(1, params.max);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(
	    chunk_cut(&params, span_of(bytes, params.max), false), params.max);
	ck_assert_uint_eq(
	    chunk_cut(&params, span_of(bytes, params.max - 1), false), 0);
	free(bytes);
}
END_TEST

/* A file of data and holes in turn, once fed as bytes, once with its holes
 * said: of lengths around the bounds of its band. */
START_TEST(L45_a_hole_said_is_as_good_as_its_zeros)
{
	static const size_t most[] = {100, 5000, 70000, 200000, 1 << 20};
	uint64_t seed = (uint64_t)_i;
	size_t len = 200000 + (size_t)(chunk_test_random(&seed) % (3 << 20));
	uint8_t *bytes = chunk_test_bytes(len, seed);
	struct chunk_list list = {0}, want = {0};
	struct name name, want_name;
	struct chunker c;
	bool hole = _i % 2;

	chunker_init(&c, len, &list);
	for (size_t at = 0, n; at < len; at += n, hole = !hole) {
		n = (size_t)(chunk_test_random(&seed) % most[_i % 5]) + 1;
		if (n > len - at)
			n = len - at;
		if (hole)
			memset(bytes + at, 0, n);
		ck_assert_int_eq(hole ? chunker_add_zeros(&c, n)
				      : chunker_add(&c, span_of(bytes + at, n)),
		    0);
	}
	ck_assert_int_eq(chunker_end(&c, &name), 0);
	ck_assert_int_eq(chunk_all(span_of(bytes, len), &want, &want_name), 0);
	ck_assert(chunks_equal(&list, &want));
	ck_assert(name_equal(&name, &want_name));
	chunker_release(&c);
	chunks_release(&list);
	chunks_release(&want);
	free(bytes);
}
END_TEST

START_TEST(L45_a_tebibyte_of_zeros_is_named_in_no_time)
{
	const uint64_t size = (UINT64_C(1) << 40) + 4095;
	struct chunk_list list = {0};
	struct chunker c;
	struct name name;

	chunker_init(&c, size, &list);
	ck_assert_int_eq(chunker_add(&c, SPAN_LIT("data")), 0);
	ck_assert_int_eq(chunker_add_zeros(&c, size - 4), 0);
	ck_assert_int_eq(chunker_end(&c, &name), 0);
	ck_assert_uint_eq(list.size, size);
	ck_assert_uint_eq(list.v.n, (1 << 18) + 1);
	ck_assert_uint_le(list.v.n, chunk_count_max(size));
	chunker_release(&c);
	chunks_release(&list);
}
END_TEST

START_TEST(more_zeros_than_the_file_has_are_refused)
{
	struct chunk_list list = {0};
	struct chunker c;

	chunker_init(&c, 1 << 20, &list);
	ck_assert_int_eq(chunker_add_zeros(&c, (1 << 20) + 1), ERR_CHANGED);
	ck_assert_int_eq(chunker_add_zeros(&c, UINT64_MAX), ERR_CHANGED);
	chunker_release(&c);
	chunker_init(&c, (uint64_t)LIMIT_FILE_BYTES + 1, &list);
	ck_assert_int_eq(chunker_add_zeros(&c, 1), ERR_LIMIT);
	chunker_release(&c);
	chunks_release(&list);
}
END_TEST

START_TEST(the_most_chunks_follow_from_the_size)
{
	ck_assert_uint_eq(chunk_count_max(0), 0);
	ck_assert_uint_eq(chunk_count_max(1), 1);
	ck_assert_uint_eq(chunk_count_max(64 << 10), 1);
	ck_assert_uint_eq(chunk_count_max((64 << 10) + 1), 17);
	ck_assert_uint_eq(chunk_count_max(16 << 20), 4096);
	ck_assert_uint_eq(chunk_count_max(UINT64_C(1) << 40), 1 << 22);
}
END_TEST

TCase *
chunk_zeros_tcase(void)
{
	TCase *tc = tcase_create("chunk_zeros");

	tcase_add_loop_test(tc, L45_zeros_have_the_name_of_their_bytes, 0, 8);
	tcase_add_loop_test(
	    tc, L45_a_run_of_zeros_is_cut_at_the_most_only, 0, 5);
	tcase_add_loop_test(tc, L45_a_hole_said_is_as_good_as_its_zeros, 0, 40);
	tcase_add_test(tc, L45_a_tebibyte_of_zeros_is_named_in_no_time);
	tcase_add_test(tc, more_zeros_than_the_file_has_are_refused);
	tcase_add_test(tc, the_most_chunks_follow_from_the_size);
	return tc;
}
