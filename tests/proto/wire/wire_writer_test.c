/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/wire/wire_test.h"

#include <stdlib.h>
#include <string.h>

#include "proto/wire/wire.h"

static struct buf out;

static void
setup(void)
{
	buf_init(&out, 4096);
}

static void
teardown(void)
{
	buf_release(&out);
}

static size_t
varint_bytes(uint64_t value)
{
	struct wire_writer w = wire_writer_of(&out);

	buf_clear(&out);
	wire_put_varint(&w, value);
	ck_assert_int_eq(wire_writer_end(&w), 0);
	return out.len;
}

static void
check_varint(uint64_t value)
{
	size_t len = varint_bytes(value);
	struct wire_reader r = wire_reader_of(buf_span(&out));

	ck_assert(wire_varint(&r, value) == value);
	ck_assert_int_eq(wire_end(&r), 0);
	for (size_t cut = 0; cut < len; cut++) {
		r = wire_reader_of(span_of(out.p, cut));
		ck_assert(wire_varint(&r, UINT64_MAX) == 0);
		ck_assert(r.failed);
	}
}

START_TEST(varint_comes_back_at_every_border)
{
	check_varint(0);
	for (int bit = 0; bit < 64; bit++) {
		uint64_t border = UINT64_C(1) << bit;

		check_varint(border - 1);
		check_varint(border);
		check_varint(border + 1);
	}
	check_varint(UINT64_MAX);
}
END_TEST

START_TEST(varint_takes_one_byte_more_at_every_seventh_bit)
{
	ck_assert_uint_eq(varint_bytes(0), 1);
	for (size_t bytes = 1; bytes < 10; bytes++) {
		uint64_t border = UINT64_C(1) << 7 * bytes;

		ck_assert_uint_eq(varint_bytes(border - 1), bytes);
		ck_assert_uint_eq(varint_bytes(border), bytes + 1);
	}
	ck_assert_uint_eq(varint_bytes(UINT64_MAX), 10);
}
END_TEST

static void
check_signed(int64_t value)
{
	struct wire_writer w = wire_writer_of(&out);
	struct wire_reader r;

	buf_clear(&out);
	wire_put_signed(&w, value);
	ck_assert_int_eq(wire_writer_end(&w), 0);
	r = wire_reader_of(buf_span(&out));
	ck_assert(wire_signed(&r) == value);
	ck_assert_int_eq(wire_end(&r), 0);
}

START_TEST(signed_comes_back_at_every_border)
{
	for (int bit = 0; bit < 63; bit++) {
		int64_t border = INT64_C(1) << bit;

		for (int64_t by = -1; by <= 1; by++) {
			check_signed(border + by);
			check_signed(-border + by);
		}
	}
	check_signed(INT64_MAX);
	check_signed(INT64_MIN);
}
END_TEST

START_TEST(small_signed_values_are_short)
{
	struct wire_writer w = wire_writer_of(&out);

	wire_put_signed(&w, 0);
	wire_put_signed(&w, -1);
	wire_put_signed(&w, 1);
	wire_put_signed(&w, -64);
	ck_assert(span_equal(buf_span(&out), SPAN_LIT("\x00\x01\x02\x7f")));
}
END_TEST

/* One value of each shape, and the check that it comes back. */
static void
put_all(struct wire_writer *w)
{
	wire_put_u8(w, 0xfe);
	wire_put_u16(w, 0xfedc);
	wire_put_u32(w, 0xfedcba98);
	wire_put_u64(w, 0xfedcba9876543210);
	wire_put_varint(w, 300);
	wire_put_signed(w, -300);
	wire_put_bool(w, true);
	wire_put_bool(w, false);
	wire_put_bytes(w, SPAN_LIT("raw"));
	wire_put_string(w, SPAN_LIT("said"));
	wire_put_string(w, SPAN_LIT(""));
}

static bool
get_all(struct wire_reader *r)
{
	bool same = wire_u8(r) == 0xfe;

	same &= wire_u16(r) == 0xfedc;
	same &= wire_u32(r) == 0xfedcba98;
	same &= wire_u64(r) == 0xfedcba9876543210;
	same &= wire_varint(r, 300) == 300;
	same &= wire_signed(r) == -300;
	same &= wire_bool(r) == true;
	same &= wire_bool(r) == false;
	same &= span_equal(wire_bytes(r, 3), SPAN_LIT("raw"));
	same &= span_equal(wire_string(r, 4), SPAN_LIT("said"));
	same &= wire_string(r, 0).len == 0;
	return same;
}

START_TEST(what_is_written_comes_back)
{
	struct wire_writer w = wire_writer_of(&out);
	struct wire_reader r;

	put_all(&w);
	ck_assert_int_eq(wire_writer_end(&w), 0);
	r = wire_reader_of(buf_span(&out));
	ck_assert(get_all(&r));
	ck_assert_int_eq(wire_end(&r), 0);
}
END_TEST

START_TEST(every_truncation_is_noticed)
{
	struct wire_writer w = wire_writer_of(&out);

	put_all(&w);
	for (size_t len = 0; len < out.len; len++) {
		uint8_t *exact = malloc(len + 1);
		struct wire_reader r = wire_reader_of(span_of(exact + 1, len));

		ck_assert_ptr_nonnull(exact);
		memcpy(exact + 1, out.p, len);
		ck_assert(!get_all(&r) || len == out.len - 1);
		ck_assert_int_eq(wire_end(&r), ERR_GRAMMAR);
		free(exact);
	}
}
END_TEST

START_TEST(writer_keeps_its_first_error_and_writes_no_more)
{
	struct wire_writer w = wire_writer_of(&out);

	out.max = 5;
	wire_put_u32(&w, 1);
	wire_put_u16(&w, 2);
	ck_assert_int_eq(wire_writer_end(&w), ERR_LIMIT);
	wire_put_u8(&w, 3);
	ck_assert_int_eq(wire_writer_end(&w), ERR_LIMIT);
	ck_assert(span_equal(buf_span(&out), SPAN_LIT("\1\0\0\0")));
}
END_TEST

TCase *
wire_writer_tcase(void)
{
	TCase *t = tcase_create("writer");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_written_comes_back);
	tcase_add_test(t, varint_comes_back_at_every_border);
	tcase_add_test(t, varint_takes_one_byte_more_at_every_seventh_bit);
	tcase_add_test(t, signed_comes_back_at_every_border);
	tcase_add_test(t, small_signed_values_are_short);
	tcase_add_test(t, every_truncation_is_noticed);
	tcase_add_test(t, writer_keeps_its_first_error_and_writes_no_more);
	return t;
}
