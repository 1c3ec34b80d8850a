/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/chunk/chunk_test_internal.h"

#include <stdlib.h>
#include <string.h>

uint64_t
chunk_test_random(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint8_t *
chunk_test_bytes(size_t len, uint64_t seed)
{
	uint8_t *bytes = malloc(len + (len == 0));

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)chunk_test_random(&seed);
	return bytes;
}

static struct chunk_list
list_of(struct span bytes)
{
	struct chunk_list list = {0};
	struct name name, again;

	ck_assert_int_eq(chunk_all(bytes, &list, &name), 0);
	chunks_name(&list, &again);
	ck_assert(name_equal(&name, &again));
	return list;
}

/* Each chunk has the name of its bytes, and all of them are the file. */
static void
list_is_of(const struct chunk_list *list, struct span bytes)
{
	const struct chunk_params params = chunk_params_for(bytes.len);
	size_t at = 0;

	for (size_t i = 0; i < list->v.n; i++) {
		const struct chunk *chunk = &list->v.items[i];
		struct name name;

		ck_assert_uint_le(chunk->len, bytes.len - at);
		ck_assert_uint_le(chunk->len, params.max);
		if (i + 1 < list->v.n)
			ck_assert_uint_ge(chunk->len, params.min);
		name_chunk(span_of(bytes.p + at, chunk->len), &name);
		ck_assert(name_equal(&name, &chunk->name));
		at += chunk->len;
	}
	ck_assert_uint_eq(at, bytes.len);
	ck_assert_uint_eq(list->size, bytes.len);
}

START_TEST(chunks_make_the_file)
{
	uint64_t seed = (uint64_t)_i;
	size_t len = (size_t)(chunk_test_random(&seed) % (1 << (_i % 21 + 1)));
	uint8_t *bytes = chunk_test_bytes(len, seed);
	struct chunk_list list = list_of(span_of(bytes, len));

	list_is_of(&list, span_of(bytes, len));
	chunks_release(&list);
	free(bytes);
}
END_TEST

START_TEST(an_empty_file_has_no_chunks)
{
	struct chunk_list list = list_of(SPAN_LIT(""));

	ck_assert_uint_eq(list.v.n, 0);
	chunks_release(&list);
}
END_TEST

START_TEST(one_chunk_up_to_the_border_and_more_beyond_it)
{
	enum { BORDER = 64 << 10 };
	uint8_t *bytes = chunk_test_bytes(BORDER + 1, 1);
	struct chunk_list list = list_of(span_of(bytes, BORDER));

	ck_assert_uint_eq(list.v.n, 1);
	chunks_release(&list);
	list = list_of(span_of(bytes, BORDER + 1));
	ck_assert_uint_ge(list.v.n, 2);
	list_is_of(&list, span_of(bytes, BORDER + 1));
	chunks_release(&list);
	free(bytes);
}
END_TEST

/* Feeds bytes in pieces of about most bytes or less. */
static int
feed(struct chunker *c, struct span bytes, size_t most, uint64_t seed)
{
	int rc = 0;

	while (bytes.len > 0 && rc == 0) {
		size_t n = (size_t)(chunk_test_random(&seed) % (most + 1));
		uint8_t *piece;

		if (n > bytes.len)
			n = bytes.len;
		piece = malloc(n + (n == 0));
		ck_assert_ptr_nonnull(piece);
		memcpy(piece, bytes.p, n);
		rc = chunker_add(c, span_of(piece, n));
		free(piece);
		bytes = span_of(bytes.p + n, bytes.len - n);
	}
	return rc;
}

START_TEST(any_split_gives_the_same_list)
{
	static const size_t most[] = {
	    7, 300, 4096, 5000, 20000, 65536, 100000, 1 << 20};
	static const size_t lens[] = {100, 65536, 65537, 500000};
	const size_t len = lens[_i % 4];
	uint8_t *bytes = chunk_test_bytes(len, (uint64_t)_i);
	struct chunk_list want = list_of(span_of(bytes, len)), list = {0};
	struct chunker c;
	struct name name, want_name;

	chunker_init(&c, len, &list);
	ck_assert_int_eq(
	    feed(&c, span_of(bytes, len), most[_i / 4], (uint64_t)_i), 0);
	ck_assert_int_eq(chunker_end(&c, &name), 0);
	chunks_name(&want, &want_name);
	ck_assert(name_equal(&name, &want_name));
	ck_assert(chunks_equal(&list, &want));
	chunker_release(&c);
	chunks_release(&list);
	chunks_release(&want);
	free(bytes);
}
END_TEST

/* Chunks so small that every case of a chunk held back is met often. */
START_TEST(any_split_cuts_where_the_whole_is_cut)
{
	enum { LEN = 70000 };
	static const size_t most[] = {50, 300, 2000, 9000, 40000, LEN};
	uint8_t *bytes = chunk_test_bytes(LEN, (uint64_t)_i);
	struct span rest = span_of(bytes, LEN);
	struct chunk_list list = {0};
	struct chunker c;

	chunker_init(&c, LEN, &list);
	c.params.min = 64;
	c.params.avg = 256;
	c.params.max = 1024;
	c.params.mask_small = UINT64_MAX << (64 - 10);
	c.params.mask_large = UINT64_MAX << (64 - 8);
	ck_assert_int_eq(feed(&c, rest, most[_i % 6], (uint64_t)_i), 0);
	for (size_t i = 0; i < list.v.n; i++) {
		size_t cut = chunk_cut(&c.params, rest, true);

		ck_assert_uint_eq(list.v.items[i].len, cut);
		rest = span_of(rest.p + cut, rest.len - cut);
	}
	ck_assert_uint_eq(rest.len, 0);
	chunker_release(&c);
	chunks_release(&list);
	free(bytes);
}
END_TEST

/* How many chunks of list are not in base. */
static size_t
fresh(const struct chunk_list *base, const struct chunk_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->v.n; i++) {
		bool found = false;

		for (size_t j = 0; j < base->v.n && !found; j++)
			found = name_equal(
			    &list->v.items[i].name, &base->v.items[j].name);
		n += !found;
	}
	return n;
}

START_TEST(bytes_inserted_at_the_front_change_few_chunks)
{
	enum { LEN = 2 << 20, MORE = 4000 };
	uint8_t *bytes = chunk_test_bytes(LEN + MORE, (uint64_t)_i);
	struct chunk_list base = list_of(span_of(bytes + MORE, LEN));
	struct chunk_list list = list_of(span_of(bytes, LEN + MORE));

	/* Cuts fall in step again by chance, after some chunks of a hundred. */
	ck_assert_uint_gt(base.v.n, 80);
	ck_assert_uint_le(fresh(&base, &list), 12);
	chunks_release(&base);
	chunks_release(&list);
	free(bytes);
}
END_TEST

START_TEST(a_byte_changed_changes_few_chunks)
{
	enum { LEN = 1 << 20 };
	uint8_t *bytes = chunk_test_bytes(LEN, (uint64_t)_i);
	struct chunk_list base = list_of(span_of(bytes, LEN)), list;

	bytes[(size_t)_i * 50000] ^= 0x55;
	list = list_of(span_of(bytes, LEN));
	ck_assert_uint_ge(fresh(&base, &list), 1);
	ck_assert_uint_le(fresh(&base, &list), 12);
	chunks_release(&base);
	chunks_release(&list);
	free(bytes);
}
END_TEST

/* A file of one band, and the same one with more behind it in the next. */
START_TEST(what_is_cut_as_a_larger_file_shares_its_chunks)
{
	size_t small = (16 << 20) - 1000, large = (16 << 20) + 5000;
	uint8_t *bytes = chunk_test_bytes(large, 7);
	struct chunk_list whole = list_of(span_of(bytes, large));
	struct chunk_list list = {0};
	struct chunker c;
	struct name name;
	size_t same = 0;

	ck_assert(!chunk_same_band(small, large));
	chunker_init_as(&c, small, large, &list);
	ck_assert_int_eq(chunker_add(&c, span_of(bytes, small)), 0);
	ck_assert_int_eq(chunker_end(&c, &name), 0);
	chunker_release(&c);
	while (same < list.v.n && same < whole.v.n &&
	       name_equal(&list.v.items[same].name, &whole.v.items[same].name))
		same++;
	ck_assert_uint_ge(same + 2, whole.v.n);
	chunks_release(&list);
	chunks_release(&whole);
	free(bytes);
}
END_TEST

START_TEST(bands_end_where_parameters_change)
{
	static const uint64_t ends[] = {
	    64 << 10, 16 << 20, UINT64_C(4) << 30, UINT64_C(64) << 30};

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		ck_assert(!chunk_same_band(ends[i], ends[i] + 1));
		ck_assert(chunk_same_band(ends[i], ends[i] - 1));
		for (size_t k = 0; k < i; k++)
			ck_assert(!chunk_same_band(ends[i], ends[k]));
	}
}
END_TEST

START_TEST(a_file_that_is_not_of_its_size_is_refused)
{
	static const size_t sizes[] = {1, 65536, 70000};
	const size_t size = sizes[_i];
	uint8_t *bytes = chunk_test_bytes(size + 1, 3);
	struct chunk_list list = {0};
	struct chunker c;
	struct name name;

	chunker_init(&c, size, &list);
	ck_assert_int_eq(chunker_add(&c, span_of(bytes, size - 1)), 0);
	ck_assert_int_eq(chunker_end(&c, &name), ERR_CHANGED);
	ck_assert_int_eq(chunker_add(&c, span_of(bytes, 2)), ERR_CHANGED);
	chunker_release(&c);
	chunks_release(&list);
	free(bytes);
}
END_TEST

START_TEST(a_file_beyond_the_limit_is_refused)
{
	struct chunk_list list = {0};
	struct chunker c;

	chunker_init(&c, (uint64_t)LIMIT_FILE_BYTES + 1, &list);
	ck_assert_int_eq(chunker_add(&c, SPAN_LIT("x")), ERR_LIMIT);
	chunker_release(&c);
}
END_TEST

TCase *
chunk_tcase(void)
{
	TCase *tc = tcase_create("chunk");

	tcase_add_loop_test(tc, chunks_make_the_file, 0, 63);
	tcase_add_test(tc, an_empty_file_has_no_chunks);
	tcase_add_test(tc, one_chunk_up_to_the_border_and_more_beyond_it);
	tcase_add_loop_test(tc, any_split_gives_the_same_list, 0, 32);
	tcase_add_loop_test(tc, any_split_cuts_where_the_whole_is_cut, 0, 60);
	tcase_add_loop_test(
	    tc, bytes_inserted_at_the_front_change_few_chunks, 0, 8);
	tcase_add_loop_test(tc, a_byte_changed_changes_few_chunks, 0, 8);
	tcase_add_loop_test(
	    tc, a_file_that_is_not_of_its_size_is_refused, 0, 3);
	tcase_add_test(tc, what_is_cut_as_a_larger_file_shares_its_chunks);
	tcase_add_test(tc, bands_end_where_parameters_change);
	tcase_add_test(tc, a_file_beyond_the_limit_is_refused);
	return tc;
}

int
main(void)
{
	static run_tcase *const tcases[] = {
	    chunk_tcase, chunk_cut_tcase, chunk_gear_tcase, chunk_zeros_tcase};

	return run_tests("chunk", tcases, sizeof tcases / sizeof *tcases);
}
