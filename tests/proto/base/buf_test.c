/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/base/buf.h"

#include <string.h>

#include "tests/proto/base/base_test.h"

START_TEST(what_is_added_stands_there_in_order)
{
	struct buf b;

	buf_init(&b, 1000);
	ck_assert_int_eq(buf_add(&b, SPAN_LIT("one\0")), 0);
	ck_assert_int_eq(buf_addf(&b, "%s-%d", "two", 3), 0);
	ck_assert(span_equal(buf_span(&b), SPAN_LIT("one\0two-3")));
	buf_release(&b);
}
END_TEST

START_TEST(growing_keeps_the_bytes)
{
	struct buf b;

	buf_init(&b, 10000);
	for (int i = 0; i < 10000; i++) {
		uint8_t byte = (uint8_t)(i * 7);

		ck_assert_int_eq(buf_add(&b, span_of(&byte, 1)), 0);
	}
	ck_assert_uint_eq(b.len, 10000);
	for (int i = 0; i < 10000; i++)
		ck_assert_uint_eq(b.p[i], (uint8_t)(i * 7));
	buf_release(&b);
}
END_TEST

START_TEST(many_small_additions_double_and_one_large_takes_what_it_needs)
{
	struct buf b;
	uint8_t *p;
	size_t grown = 0;

	buf_init(&b, 100000);
	ck_assert_int_eq(buf_reserve(&b, 1025, &p), 0);
	ck_assert_uint_eq(b.cap, 1025);
	buf_commit(&b, 1025);
	for (size_t cap = b.cap; b.len < 50000; cap = b.cap) {
		ck_assert_int_eq(buf_add(&b, SPAN_LIT("x")), 0);
		grown += b.cap != cap;
	}
	ck_assert_uint_le(grown, 6);
	ck_assert_int_eq(buf_reserve(&b, 50000, &p), 0);
	ck_assert_uint_eq(b.cap, 100000);
	buf_release(&b);
}
END_TEST

START_TEST(exactly_max_fits_and_one_more_does_not)
{
	struct buf b;

	buf_init(&b, 5);
	ck_assert_int_eq(buf_add(&b, SPAN_LIT("abc")), 0);
	ck_assert_int_eq(buf_addf(&b, "%s", "def"), ERR_LIMIT);
	ck_assert_int_eq(buf_add(&b, SPAN_LIT("def")), ERR_LIMIT);
	ck_assert(span_equal(buf_span(&b), SPAN_LIT("abc")));
	ck_assert_int_eq(buf_addf(&b, "%s", "de"), 0);
	ck_assert(span_equal(buf_span(&b), SPAN_LIT("abcde")));
	ck_assert_int_eq(buf_add(&b, SPAN_LIT("f")), ERR_LIMIT);
	ck_assert_int_eq(buf_add(&b, SPAN_LIT("")), 0);
	buf_release(&b);
}
END_TEST

START_TEST(a_length_near_the_end_of_size_t_does_not_wrap)
{
	struct buf b;
	uint8_t *p = NULL;

	buf_init(&b, 100);
	ck_assert_int_eq(buf_add(&b, SPAN_LIT("abc")), 0);
	ck_assert_int_eq(buf_reserve(&b, SIZE_MAX, &p), ERR_LIMIT);
	ck_assert_int_eq(buf_reserve(&b, SIZE_MAX - 2, &p), ERR_LIMIT);
	ck_assert_ptr_null(p);
	buf_release(&b);
}
END_TEST

START_TEST(reserved_bytes_count_only_once_committed)
{
	struct buf b;
	uint8_t *p;

	buf_init(&b, 100);
	ck_assert_int_eq(buf_reserve(&b, 10, &p), 0);
	memcpy(p, "0123456789", 10);
	ck_assert_uint_eq(b.len, 0);
	buf_commit(&b, 4);
	ck_assert(span_equal(buf_span(&b), SPAN_LIT("0123")));
	buf_release(&b);
}
END_TEST

START_TEST(consume_drops_from_the_front)
{
	struct buf b;

	buf_init(&b, 100);
	ck_assert_int_eq(buf_add(&b, SPAN_LIT("abcdef")), 0);
	buf_consume(&b, 0);
	buf_consume(&b, 2);
	ck_assert(span_equal(buf_span(&b), SPAN_LIT("cdef")));
	buf_consume(&b, 4);
	ck_assert_uint_eq(b.len, 0);
	buf_release(&b);
}
END_TEST

START_TEST(clear_keeps_the_memory_and_release_gives_it_back)
{
	struct buf b;
	uint8_t *p;

	buf_init(&b, 100);
	ck_assert_int_eq(buf_add(&b, SPAN_LIT("abc")), 0);
	p = b.p;
	buf_clear(&b);
	ck_assert_ptr_eq(b.p, p);
	ck_assert_uint_eq(b.len, 0);
	buf_release(&b);
	ck_assert_ptr_null(b.p);
	ck_assert_uint_eq(b.max, 100);
	ck_assert_int_eq(buf_add(&b, SPAN_LIT("again")), 0);
	buf_release(&b);
}
END_TEST

TCase *
buf_tcase(void)
{
	TCase *t = tcase_create("buf");

	tcase_add_test(t, what_is_added_stands_there_in_order);
	tcase_add_test(t, growing_keeps_the_bytes);
	tcase_add_test(
	    t, many_small_additions_double_and_one_large_takes_what_it_needs);
	tcase_add_test(t, exactly_max_fits_and_one_more_does_not);
	tcase_add_test(t, a_length_near_the_end_of_size_t_does_not_wrap);
	tcase_add_test(t, reserved_bytes_count_only_once_committed);
	tcase_add_test(t, consume_drops_from_the_front);
	tcase_add_test(t, clear_keeps_the_memory_and_release_gives_it_back);
	return t;
}
