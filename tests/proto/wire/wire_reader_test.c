/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/wire/wire_test.h"

#include <stdlib.h>
#include <string.h>

#include "proto/wire/wire.h"

/* Each way to take something, so that all are held to the same promises. */
enum { TAKES = 13 };

static void
take(struct wire_reader *r, int how)
{
	uint8_t out[3];

	switch (how) {
	case 0:
		wire_u8(r);
		break;
	case 1:
		wire_u16(r);
		break;
	case 2:
		wire_u32(r);
		break;
	case 3:
		wire_u64(r);
		break;
	case 4:
		wire_varint(r, UINT64_MAX);
		break;
	case 5:
		wire_varint(r, 127);
		break;
	case 6:
		wire_signed(r);
		break;
	case 7:
		wire_bool(r);
		break;
	case 8:
		wire_bytes(r, 2);
		break;
	case 9:
		wire_copy(r, out, sizeof out);
		break;
	case 10:
		wire_string(r, 200);
		break;
	case 11:
		wire_string(r, SIZE_MAX);
		break;
	default:
		wire_fits(r, 3, 2);
	}
}

/*
 * Reads random bytes in random ways from a block of exactly their size, so
 * that a sanitizer sees a byte too many, and holds the cursor to its bounds.
 */
START_TEST(reader_never_leaves_its_bytes)
{
	srandom(1);
	for (int round = 0; round < 20000; round++) {
		size_t len = (size_t)random() % 24;
		uint8_t *bytes = malloc(len + 1);
		struct wire_reader r = wire_reader_of(span_of(bytes + 1, len));

		ck_assert_ptr_nonnull(bytes);
		for (size_t i = 0; i <= len; i++)
			bytes[i] = (uint8_t)(random() >> 4);
		for (int i = 0; i < 8; i++) {
			size_t before = r.len;

			take(&r, (int)(random() % TAKES));
			ck_assert_uint_le(r.len, before);
			if (!r.failed)
				ck_assert_ptr_eq(r.p + r.len, bytes + 1 + len);
		}
		free(bytes);
	}
}
END_TEST

START_TEST(failed_reader_stays_failed_and_gives_zeros)
{
	uint8_t ones[32], out[4] = {1, 1, 1, 1};
	struct wire_reader r;

	memset(ones, 1, sizeof ones);
	r = wire_reader_of(span_of(ones, sizeof ones));
	wire_fail(&r);
	ck_assert_uint_eq(wire_u8(&r), 0);
	ck_assert_uint_eq(wire_u16(&r), 0);
	ck_assert_uint_eq(wire_u32(&r), 0);
	ck_assert_uint_eq(wire_u64(&r), 0);
	ck_assert_uint_eq(wire_varint(&r, UINT64_MAX), 0);
	ck_assert_int_eq(wire_signed(&r), 0);
	ck_assert(!wire_bool(&r));
	ck_assert_uint_eq(wire_bytes(&r, 1).len, 0);
	ck_assert_uint_eq(wire_string(&r, 9).len, 0);
	ck_assert_uint_eq(wire_rest(&r).len, 0);
	wire_copy(&r, out, sizeof out);
	ck_assert_mem_eq(out, "\0\0\0\0", 4);
	ck_assert(!wire_fits(&r, 0, 1));
	wire_bytes(&r, 0);
	ck_assert(r.failed);
	ck_assert_int_eq(wire_end(&r), ERR_GRAMMAR);
}
END_TEST

START_TEST(fixed_integers_are_little_endian)
{
	const uint8_t bytes[] = {1, 3, 2, 7, 6, 5, 4, 8, 7, 6, 5, 4, 3, 2, 1};
	struct wire_reader r = wire_reader_of(span_of(bytes, sizeof bytes));

	ck_assert_uint_eq(wire_u8(&r), 1);
	ck_assert_uint_eq(wire_u16(&r), 0x0203);
	ck_assert_uint_eq(wire_u32(&r), 0x04050607);
	ck_assert_uint_eq(wire_u64(&r), 0x0102030405060708);
	ck_assert_int_eq(wire_end(&r), 0);
}
END_TEST

START_TEST(left_over_byte_is_refused)
{
	struct wire_reader r = wire_reader_of(SPAN_LIT("ab"));

	wire_u8(&r);
	ck_assert_int_eq(wire_end(&r), ERR_GRAMMAR);
	wire_u8(&r);
	ck_assert_int_eq(wire_end(&r), 0);
}
END_TEST

static int
varint_of(struct span bytes, uint64_t max, uint64_t *out)
{
	struct wire_reader r = wire_reader_of(bytes);

	*out = wire_varint(&r, max);
	return wire_end(&r);
}

/* Two forms of one value would be two records of one version. */
START_TEST(varint_not_of_the_shortest_form_is_refused)
{
	static const struct span wrong[] = {
	    SPAN_LIT("\x80\x00"),
	    SPAN_LIT("\xff\x00"),
	    SPAN_LIT("\x80\x80\x00"),
	    SPAN_LIT("\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00"),
	    /* the tenth byte holds one bit */
	    SPAN_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
	    SPAN_LIT("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x81\x00"),
	    SPAN_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
	    SPAN_LIT("\x80"),
	    SPAN_LIT(""),
	};
	uint64_t value;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_msg(
		    varint_of(wrong[i], UINT64_MAX, &value) == ERR_GRAMMAR &&
			value == 0,
		    "form %zu", i);
	ck_assert_int_eq(
	    varint_of(SPAN_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
		UINT64_MAX, &value),
	    0);
	ck_assert(value == UINT64_MAX);
}
END_TEST

START_TEST(varint_above_max_is_refused)
{
	uint64_t value;

	ck_assert_int_eq(varint_of(SPAN_LIT("\x07"), 7, &value), 0);
	ck_assert_uint_eq(value, 7);
	ck_assert_int_eq(varint_of(SPAN_LIT("\x07"), 6, &value), ERR_GRAMMAR);
	ck_assert_int_eq(varint_of(SPAN_LIT("\x00"), 0, &value), 0);
	ck_assert_int_eq(
	    varint_of(SPAN_LIT("\x80\x01"), 127, &value), ERR_GRAMMAR);
}
END_TEST

START_TEST(bool_is_0_or_1)
{
	for (int byte = 0; byte < 256; byte++) {
		uint8_t b = (uint8_t)byte;
		struct wire_reader r = wire_reader_of(span_of(&b, 1));

		ck_assert_int_eq(wire_bool(&r), byte == 1);
		ck_assert_int_eq(wire_end(&r), byte > 1 ? ERR_GRAMMAR : 0);
	}
}
END_TEST

START_TEST(string_longer_than_max_or_than_what_is_there_is_refused)
{
	struct wire_reader r = wire_reader_of(SPAN_LIT("\x03xyz"));

	ck_assert(span_equal(wire_string(&r, 3), SPAN_LIT("xyz")));
	ck_assert_int_eq(wire_end(&r), 0);
	r = wire_reader_of(SPAN_LIT("\x03xyz"));
	ck_assert_uint_eq(wire_string(&r, 2).len, 0);
	ck_assert(r.failed);
	r = wire_reader_of(SPAN_LIT("\x03xy"));
	ck_assert_uint_eq(wire_string(&r, 3).len, 0);
	ck_assert(r.failed);
}
END_TEST

START_TEST(fits_says_whether_items_can_follow)
{
	static const struct {
		uint64_t n;
		size_t bytes;
		bool fits;
	} cases[] = {
	    {0, 8, true},
	    {5, 2, true},
	    {6, 2, false},
	    {10, 1, true},
	    {11, 1, false},
	    {1, 11, false},
	    {UINT64_MAX, 1, false},
	    {UINT64_MAX / 2 + 1, 2, false},
	    {2, SIZE_MAX, false},
	    {UINT64_MAX, 0, true},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct wire_reader r = wire_reader_of(SPAN_LIT("0123456789"));
		bool fits = wire_fits(&r, cases[i].n, cases[i].bytes);

		ck_assert_msg(fits == cases[i].fits, "case %zu", i);
		ck_assert(r.failed == !fits);
		ck_assert_uint_eq(r.len, fits ? 10 : 0);
	}
}
END_TEST

START_TEST(rest_is_all_that_is_left)
{
	struct wire_reader r = wire_reader_of(SPAN_LIT("abc"));

	wire_u8(&r);
	ck_assert(span_equal(wire_rest(&r), SPAN_LIT("bc")));
	ck_assert_uint_eq(wire_rest(&r).len, 0);
	ck_assert_int_eq(wire_end(&r), 0);
}
END_TEST

START_TEST(empty_span_without_pointer_is_read_safely)
{
	struct wire_reader r = wire_reader_of(span_of(NULL, 0));
	uint8_t out = 7;

	wire_copy(&r, &out, 0);
	ck_assert_uint_eq(wire_rest(&r).len, 0);
	ck_assert_int_eq(wire_end(&r), 0);
	wire_copy(&r, &out, 1);
	ck_assert_uint_eq(out, 0);
	ck_assert_int_eq(wire_end(&r), ERR_GRAMMAR);
}
END_TEST

TCase *
wire_reader_tcase(void)
{
	TCase *t = tcase_create("reader");

	tcase_add_test(t, fixed_integers_are_little_endian);
	tcase_add_test(t, rest_is_all_that_is_left);
	tcase_add_test(t, left_over_byte_is_refused);
	tcase_add_test(t, varint_not_of_the_shortest_form_is_refused);
	tcase_add_test(t, varint_above_max_is_refused);
	tcase_add_test(t, bool_is_0_or_1);
	tcase_add_test(
	    t, string_longer_than_max_or_than_what_is_there_is_refused);
	tcase_add_test(t, fits_says_whether_items_can_follow);
	tcase_add_test(t, empty_span_without_pointer_is_read_safely);
	tcase_add_test(t, failed_reader_stays_failed_and_gives_zeros);
	tcase_add_test(t, reader_never_leaves_its_bytes);
	return t;
}
