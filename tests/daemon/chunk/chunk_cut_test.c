/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/chunk/chunk_test_internal.h"

#include <stdlib.h>
#include <string.h>

static bool
params_equal(const struct chunk_params *a, const struct chunk_params *b)
{
	return a->min == b->min && a->avg == b->avg && a->max == b->max &&
	       a->mask_small == b->mask_small && a->mask_large == b->mask_large;
}

START_TEST(params_are_a_function_of_the_size_alone)
{
	static const struct {
		uint64_t up_to;
		uint32_t avg;
	} bands[] = {
	    {UINT64_C(16) << 20, 16 << 10},
	    {UINT64_C(4) << 30, 64 << 10},
	    {UINT64_C(64) << 30, 256 << 10},
	    {LIMIT_FILE_BYTES, 1 << 20},
	};
	uint64_t from = LIMIT_SMALL_FILE_BYTES + 1;

	for (size_t i = 0; i < 4; i++) {
		struct chunk_params first = chunk_params_for(from);
		struct chunk_params last = chunk_params_for(bands[i].up_to);

		ck_assert(params_equal(&first, &last));
		ck_assert_uint_eq(first.avg, bands[i].avg);
		ck_assert_uint_eq(first.min, bands[i].avg / 4);
		ck_assert_uint_eq(first.max, bands[i].avg * 4);
		ck_assert_uint_le(first.max, LIMIT_CHUNK_BYTES);
		ck_assert_int_eq(__builtin_popcountll(first.mask_small),
		    __builtin_ctz(first.avg) + 2);
		ck_assert_int_eq(__builtin_popcountll(first.mask_large),
		    __builtin_ctz(first.avg) - 2);
		from = bands[i].up_to + 1;
	}
	ck_assert_uint_eq(chunk_params_for(0).max, LIMIT_SMALL_FILE_BYTES);
	ck_assert_uint_eq(chunk_params_for(LIMIT_SMALL_FILE_BYTES).min,
	    LIMIT_SMALL_FILE_BYTES);
}
END_TEST

/* Whether the definition allows a cut after at bytes. */
static bool
is_cut(const struct chunk_params *params, const uint8_t *bytes, size_t at)
{
	uint64_t mask =
	    at < params->avg ? params->mask_small : params->mask_large;
	uint64_t hash = 0;

	for (int i = 0; i < CHUNK_WINDOW; i++)
		hash += chunk_gear[bytes[at - 1 - (size_t)i]] << i;
	return at >= params->min && (hash & mask) == 0;
}

/* The definition, place by place. */
static size_t
cut_slowly(const struct chunk_params *params, struct span bytes, bool last)
{
	for (size_t at = params->min; at <= bytes.len; at++)
		if (at == params->max || is_cut(params, bytes.p, at))
			return at;
	return last ? bytes.len : 0;
}

START_TEST(cut_is_where_the_definition_says)
{
	const struct chunk_params params = chunk_params_for(1 << 20);
	uint64_t seed = (uint64_t)_i;
	size_t len = (size_t)(chunk_test_random(&seed) % 70000);
	uint8_t *bytes = chunk_test_bytes(len, seed);
	struct span span = span_of(bytes, len);

	/* The rarer cuts, too, are met often in bytes of few values. */
	for (size_t i = 0; i < len && _i % 3 == 1; i++)
		bytes[i] &= 1;
	for (int last = 0; last < 2; last++)
		ck_assert_uint_eq(chunk_cut(&params, span, last),
		    cut_slowly(&params, span, last));
	free(bytes);
}
END_TEST

/* Masks so small that there are cuts close to each other and to borders. */
START_TEST(cut_is_the_first_of_many)
{
	uint64_t seed = (uint64_t)_i;
	const struct chunk_params params = {
	    .min = 64,
	    .avg = 64 + (uint32_t)(chunk_test_random(&seed) % 5000),
	    .max = 6000,
	    .mask_small = ~UINT64_C(0) << (64 - 8 - _i % 8),
	    .mask_large = ~UINT64_C(0) << (64 - 1 - _i % 9),
	};
	size_t len = (size_t)(chunk_test_random(&seed) % 7000);
	uint8_t *bytes = chunk_test_bytes(len, seed);
	struct span span = span_of(bytes, len);

	ck_assert_uint_eq(
	    chunk_cut(&params, span, true), cut_slowly(&params, span, true));
	free(bytes);
}
END_TEST

START_TEST(cut_reads_no_byte_beyond_the_last)
{
	const struct chunk_params params = {.min = 64,
	    .avg = 60000,
	    .max = 70000,
	    .mask_small = ~UINT64_C(0),
	    .mask_large = ~UINT64_C(0)};
	uint8_t *bytes;

	/* As many places as are judged in one go, and some more or less. */
	for (size_t len = 2048 + 64 - 3; len < 2048 + 64 + 3; len++) {
		bytes = chunk_test_bytes(len, len);
		ck_assert_uint_eq(
		    chunk_cut(&params, span_of(bytes, len), false), 0);
		free(bytes);
	}
}
END_TEST

START_TEST(cut_never_exceeds_max)
{
	const struct chunk_params params = chunk_params_for(1 << 20);
	uint8_t *bytes = calloc(1, params.max + 1);

	/* Zeros have one hash everywhere, and it is not one that cuts. */
	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(
	    chunk_cut(&params, span_of(bytes, params.max + 1), false),
	    params.max);
	ck_assert_uint_eq(
	    chunk_cut(&params, span_of(bytes, params.max), false), params.max);
	ck_assert_uint_eq(
	    chunk_cut(&params, span_of(bytes, params.max - 1), false), 0);
	ck_assert_uint_eq(
	    chunk_cut(&params, span_of(bytes, params.max - 1), true),
	    params.max - 1);
	free(bytes);
}
END_TEST

START_TEST(cut_goes_on_where_it_stopped)
{
	const struct chunk_params params = chunk_params_for(1 << 20);
	uint8_t *bytes = chunk_test_bytes(params.max, (uint64_t)_i);
	size_t want = chunk_cut(&params, span_of(bytes, params.max), false);
	size_t seen = 0, len = 0, cut = 0;
	uint64_t seed = (uint64_t)_i;

	while (cut == 0) {
		len += (size_t)(chunk_test_random(&seed) % 900);
		if (len > params.max)
			len = params.max;
		cut = chunk_cut_from(&params, span_of(bytes, len), seen, false);
		seen = len;
	}
	ck_assert_uint_eq(cut, want);
	free(bytes);
}
END_TEST

START_TEST(nothing_is_cut_from_nothing)
{
	const struct chunk_params params = chunk_params_for(1 << 20);

	ck_assert_uint_eq(chunk_cut(&params, SPAN_LIT(""), false), 0);
	ck_assert_uint_eq(chunk_cut(&params, SPAN_LIT(""), true), 0);
}
END_TEST

TCase *
chunk_cut_tcase(void)
{
	TCase *tc = tcase_create("chunk_cut");

	tcase_add_test(tc, params_are_a_function_of_the_size_alone);
	tcase_add_loop_test(tc, cut_is_where_the_definition_says, 0, 60);
	tcase_add_loop_test(tc, cut_is_the_first_of_many, 0, 400);
	tcase_add_test(tc, cut_reads_no_byte_beyond_the_last);
	tcase_add_test(tc, cut_never_exceeds_max);
	tcase_add_loop_test(tc, cut_goes_on_where_it_stopped, 0, 20);
	tcase_add_test(tc, nothing_is_cut_from_nothing);
	return tc;
}
