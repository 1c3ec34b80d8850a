/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/model/chunks_test_internal.h"
#include "tests/proto/model/fail_alloc.h"

#include <stdlib.h>
#include <string.h>

uint64_t
chunks_test_random(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

struct chunk
chunks_test_chunk(uint32_t which)
{
	struct chunk chunk = {.len = 70000 + which};

	name_chunk(span_of(&which, sizeof which), &chunk.name);
	return chunk;
}

void
chunks_test_add(struct chunk_list *list, uint32_t which)
{
	const struct chunk chunk = chunks_test_chunk(which);

	ck_assert_int_eq(chunks_add(list, &chunk), 0);
}

static struct chunk_list
list_of(uint32_t n)
{
	struct chunk_list list;

	chunks_init(&list);
	for (uint32_t i = 0; i < n; i++)
		chunks_test_add(&list, i);
	return list;
}

START_TEST(a_list_keeps_its_chunks_and_their_sum)
{
	struct chunk_list list = list_of(3), copy = {0};
	uint64_t *offsets;

	ck_assert_uint_eq(list.size, 70000 + 70001 + 70002);
	ck_assert_int_eq(chunks_offsets(&list, &offsets), 0);
	ck_assert_uint_eq(offsets[0], 0);
	ck_assert_uint_eq(offsets[1], 70000);
	ck_assert_uint_eq(offsets[2], 140001);
	ck_assert_uint_eq(offsets[3], list.size);
	ck_assert_int_eq(chunks_copy(&list, &copy), 0);
	ck_assert(chunks_equal(&list, &copy));
	copy.v.items[2].name.b[31] ^= 1;
	ck_assert(!chunks_equal(&list, &copy));
	free(offsets);
	chunks_release(&copy);
	chunks_release(&list);
	ck_assert_uint_eq(list.size, 0);
}
END_TEST

START_TEST(a_list_takes_no_chunk_that_is_not_allowed)
{
	struct chunk_list list = list_of(1);
	struct chunk chunk = chunks_test_chunk(1);

	chunk.len = 0;
	ck_assert_int_eq(chunks_add(&list, &chunk), ERR_LIMIT);
	chunk.len = LIMIT_CHUNK_BYTES + 1;
	ck_assert_int_eq(chunks_add(&list, &chunk), ERR_LIMIT);
	chunk.len = LIMIT_CHUNK_BYTES;
	ck_assert_int_eq(chunks_add(&list, &chunk), 0);
	list.size = LIMIT_FILE_BYTES - LIMIT_CHUNK_BYTES + 1;
	ck_assert_int_eq(chunks_add(&list, &chunk), ERR_LIMIT);
	list.size -= 1;
	ck_assert_int_eq(chunks_add(&list, &chunk), 0);
	ck_assert_uint_eq(list.v.n, 3);
	chunks_release(&list);
}
END_TEST

START_TEST(the_name_hangs_on_size_and_chunks)
{
	struct chunk_list list = list_of(2);
	struct name a, b, want;
	struct name_file f;

	chunks_name(&list, &a);
	name_file_init(&f, list.size);
	name_file_add(&f, &list.v.items[0].name);
	name_file_add(&f, &list.v.items[1].name);
	name_file_end(&f, &want);
	ck_assert(name_equal(&a, &want));
	list.size++;
	chunks_name(&list, &b);
	ck_assert(!name_equal(&a, &b));
	chunks_release(&list);
}
END_TEST

START_TEST(a_blob_is_read_back)
{
	struct chunk_list list = list_of((uint32_t)_i), back = {0};
	struct buf buf;

	buf_init(&buf, 1 << 20);
	ck_assert_int_eq(chunks_encode(&list, &buf), 0);
	ck_assert_int_eq(chunks_decode(buf_span(&buf), &back), 0);
	ck_assert(chunks_equal(&list, &back));
	chunks_release(&back);
	chunks_release(&list);
	buf_release(&buf);
}
END_TEST

/* Reads a blob whose header and one chunk's length are given. */
static int
decode(uint64_t size, uint64_t n, uint64_t len, size_t trailing)
{
	struct chunk_list list = {0};
	struct buf buf;
	struct wire_writer w;
	int rc;

	buf_init(&buf, 4096);
	w = wire_writer_of(&buf);
	wire_put_varint(&w, size);
	wire_put_varint(&w, n);
	wire_put_varint(&w, len);
	for (size_t i = 0; i < NAME_BYTES + trailing; i++)
		wire_put_u8(&w, 7);
	ck_assert_int_eq(wire_writer_end(&w), 0);
	rc = chunks_decode(buf_span(&buf), &list);
	buf_release(&buf);
	chunks_release(&list);
	return rc;
}

START_TEST(a_blob_that_lies_is_refused)
{
	ck_assert_int_eq(decode(5, 1, 5, 0), 0);
	ck_assert_int_eq(decode(5, 1, 5, 1), ERR_GRAMMAR);
	ck_assert_int_eq(decode(5, 1, 6, 0), ERR_GRAMMAR);
	ck_assert_int_eq(decode(0, 1, 0, 0), ERR_GRAMMAR);
	ck_assert_int_eq(decode(5, 0, 5, 0), ERR_GRAMMAR);
	ck_assert_int_eq(decode(5, 2, 5, 0), ERR_GRAMMAR);
	ck_assert_int_eq(decode(5, LIMIT_CHUNKS, 5, 0), ERR_GRAMMAR);
	ck_assert_int_eq(decode(5, UINT64_MAX, 5, 0), ERR_GRAMMAR);
	ck_assert_int_eq(decode(UINT64_MAX, 1, 5, 0), ERR_GRAMMAR);
	ck_assert_int_eq(decode(LIMIT_CHUNK_BYTES, 1, LIMIT_CHUNK_BYTES, 0), 0);
	ck_assert_int_eq(
	    decode(LIMIT_CHUNK_BYTES + 1, 1, LIMIT_CHUNK_BYTES + 1, 0),
	    ERR_GRAMMAR);
}
END_TEST

START_TEST(a_small_file_is_one_chunk)
{
	struct chunk chunk = chunks_test_chunk(0);
	struct chunk_list list = {0}, back = {0};
	struct buf buf;

	chunk.len = LIMIT_SMALL_FILE_BYTES / 2;
	buf_init(&buf, 1 << 20);
	ck_assert_int_eq(chunks_add(&list, &chunk), 0);
	ck_assert_int_eq(chunks_add(&list, &chunk), 0);
	ck_assert_int_eq(chunks_encode(&list, &buf), 0);
	ck_assert_int_eq(chunks_decode(buf_span(&buf), &back), ERR_GRAMMAR);
	chunks_release(&list);
	buf_release(&buf);
}
END_TEST

START_TEST(a_blob_cut_anywhere_is_refused)
{
	struct chunk_list list = list_of(4), back = {0};
	struct buf buf;

	buf_init(&buf, 1 << 20);
	ck_assert_int_eq(chunks_encode(&list, &buf), 0);
	for (size_t len = 0; len < buf.len; len++) {
		uint8_t *bytes = malloc(len + (len == 0));

		memcpy(bytes, buf.p, len);
		ck_assert_int_eq(
		    chunks_decode(span_of(bytes, len), &back), ERR_GRAMMAR);
		free(bytes);
	}
	chunks_release(&list);
	buf_release(&buf);
}
END_TEST

START_TEST(a_copy_is_equal_and_its_own)
{
	struct chunk_list list = {0}, copy = {0}, other = {0};

	ck_assert_int_eq(chunks_copy(&list, &copy), 0);
	ck_assert(chunks_equal(&list, &copy));
	chunks_test_add(&list, 1);
	chunks_test_add(&list, 2);
	ck_assert_int_eq(chunks_copy(&list, &copy), 0);
	ck_assert(chunks_equal(&list, &copy));
	/* Of other chunks, of another order, of another number. */
	chunks_test_add(&other, 2);
	ck_assert(!chunks_equal(&list, &other));
	chunks_test_add(&other, 1);
	ck_assert(!chunks_equal(&list, &other));
	ck_assert_uint_eq(other.size, list.size);
	other.v.n--;
	other.size -= other.v.items[1].len;
	chunks_test_add(&other, 3);
	ck_assert(!chunks_equal(&list, &other));
	copy.v.items[0].len = 1;
	ck_assert_uint_ne(list.v.items[0].len, 1);
	chunks_release(&list);
	chunks_release(&copy);
	chunks_release(&other);
}
END_TEST

START_TEST(offsets_say_where_chunks_begin_and_end)
{
	struct chunk_list list = {0};
	uint64_t *at;

	ck_assert_int_eq(chunks_offsets(&list, &at), 0);
	ck_assert_uint_eq(at[0], 0);
	free(at);
	chunks_test_add(&list, 1);
	chunks_test_add(&list, 2);
	ck_assert_int_eq(chunks_offsets(&list, &at), 0);
	ck_assert_uint_eq(at[0], 0);
	ck_assert_uint_eq(at[1], list.v.items[0].len);
	ck_assert_uint_eq(at[2], list.size);
	free(at);
	chunks_release(&list);
}
END_TEST

START_TEST(L24_failing_memory_copies_no_list)
{
	struct chunk_list list = {0}, copy = {0};
	uint64_t *at = NULL;
	int rc[2];

	chunks_test_add(&list, 1);
	fail_alloc_after(0, true);
	rc[0] = chunks_copy(&list, &copy);
	rc[1] = chunks_offsets(&list, &at);
	ck_assert(fail_alloc_end());
	ck_assert_int_eq(rc[0], -ENOMEM);
	ck_assert_int_eq(rc[1], -ENOMEM);
	ck_assert_uint_eq(copy.v.n, 0);
	ck_assert_ptr_null(at);
	chunks_release(&list);
}
END_TEST

/* Said to hold so many already. */
START_TEST(L31_a_list_takes_so_many_chunks_at_most)
{
	struct chunk_list list = {.v = {.n = LIMIT_CHUNKS}};
	struct chunk c = chunks_test_chunk(1);

	ck_assert_int_eq(chunks_add(&list, &c), ERR_LIMIT);
	ck_assert_uint_eq(list.v.n, LIMIT_CHUNKS);
	ck_assert_uint_eq(list.size, 0);
}
END_TEST

TCase *
chunks_tcase(void)
{
	TCase *tc = tcase_create("chunks");

	tcase_add_test(tc, a_list_keeps_its_chunks_and_their_sum);
	tcase_add_test(tc, a_list_takes_no_chunk_that_is_not_allowed);
	tcase_add_test(tc, the_name_hangs_on_size_and_chunks);
	tcase_add_loop_test(tc, a_blob_is_read_back, 0, 10);
	tcase_add_test(tc, a_blob_that_lies_is_refused);
	tcase_add_test(tc, a_small_file_is_one_chunk);
	tcase_add_test(tc, a_blob_cut_anywhere_is_refused);
	tcase_add_test(tc, a_copy_is_equal_and_its_own);
	tcase_add_test(tc, offsets_say_where_chunks_begin_and_end);
	tcase_add_test(tc, L24_failing_memory_copies_no_list);
	tcase_add_test(tc, L31_a_list_takes_so_many_chunks_at_most);
	return tc;
}

int
main(void)
{
	static run_tcase *const tcases[] = {chunks_tcase, chunks_diff_tcase};

	return run_tests("chunks", tcases, sizeof tcases / sizeof *tcases);
}
