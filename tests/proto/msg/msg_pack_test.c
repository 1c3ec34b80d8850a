/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/msg/msg_test.h"

#include <string.h>
#include <zstd.h>

#include "tests/proto/model/fail_alloc.h"

static uint8_t payload[1 << 20];

/* A DATA message of one piece of that many bytes. */
static size_t
data_bytes(size_t len, int level, struct buf *out)
{
	struct msg_piece piece = {1, MSG_PIECE_END, {payload, len}};
	struct msg m = {.type = MSG_DATA, .data = {1, &piece, 1}};

	ck_assert_int_eq(test_write(&m, level, out), 0);
	ck_assert_int_eq(test_refused_or_canonical(buf_span(out)), 0);
	return out->len;
}

START_TEST(what_compresses_gets_smaller)
{
	struct buf out;

	buf_init(&out, MSG_BYTES_MAX);
	memset(payload, 'x', sizeof payload);
	ck_assert_uint_lt(data_bytes(sizeof payload, 1, &out), 1000);
	ck_assert_uint_eq(out.p[1], 1);
	ck_assert_uint_lt(data_bytes(sizeof payload, -5, &out), 10000);
	ck_assert_uint_gt(data_bytes(sizeof payload, 0, &out), sizeof payload);
	ck_assert_uint_eq(out.p[1], 0);
	buf_release(&out);
}
END_TEST

START_TEST(what_is_small_or_does_not_compress_is_sent_as_it_is)
{
	uint64_t seed = 31;
	struct buf out;

	buf_init(&out, MSG_BYTES_MAX);
	memset(payload, 'x', sizeof payload);
	/* the body is 10 bytes more than the piece */
	data_bytes(246, 1, &out);
	ck_assert_uint_eq(out.p[1], 0);
	data_bytes(247, 1, &out);
	ck_assert_uint_eq(out.p[1], 1);
	for (size_t i = 0; i < sizeof payload; i++)
		payload[i] = (uint8_t)test_random(&seed, 256);
	data_bytes(sizeof payload, 3, &out);
	ck_assert_uint_eq(out.p[1], 0);
	buf_release(&out);
}
END_TEST

START_TEST(message_of_the_longest_body_comes_back_in_both_forms)
{
	const size_t most = LIMIT_MESSAGE_BYTES - (2 + 1 + 4 + 1 + 4);
	uint8_t *bytes = calloc(1, most + 1);
	struct msg_piece piece = {1, MSG_PIECE_END, {bytes, most}};
	struct msg m = {.type = MSG_DATA, .data = {1, &piece, 1}};
	struct buf out;

	ck_assert_ptr_nonnull(bytes);
	buf_init(&out, 2 * MSG_BYTES_MAX);
	ck_assert_int_eq(test_write(&m, 0, &out), 0);
	ck_assert_uint_eq(out.len, MSG_BYTES_MAX);
	ck_assert_int_eq(test_refused_or_canonical(buf_span(&out)), 0);
	ck_assert_int_eq(test_write(&m, 1, &out), 0);
	ck_assert_uint_eq(out.p[1], 1);
	ck_assert_int_eq(test_refused_or_canonical(buf_span(&out)), 0);
	piece.bytes.len++;
	ck_assert_int_eq(test_write(&m, 1, &out), ERR_LIMIT);
	ck_assert_int_eq(test_write(&m, 0, &out), ERR_LIMIT);
	ck_assert_uint_eq(out.len, 0);
	buf_release(&out);
	free(bytes);
}
END_TEST

/* ---- frames that lie (LESSONS 31) ---------------------------------------- */

/* A DATA message of a frame that announces len bytes. */
static int
parse_frame(uint64_t len, struct span frame)
{
	struct wire_writer w;
	struct buf out;
	int rc;

	buf_init(&out, 1 << 24);
	w = wire_writer_of(&out);
	wire_put_u8(&w, MSG_DATA);
	wire_put_u8(&w, 1);
	wire_put_varint(&w, len);
	wire_put_bytes(&w, frame);
	ck_assert_int_eq(wire_writer_end(&w), 0);
	rc = test_refused_or_canonical(buf_span(&out));
	buf_release(&out);
	return rc;
}

static uint8_t body[2000];
static uint8_t frame[4000];

/* Compresses the body of a right DATA message, after what stands there. */
static size_t
make_frame(size_t at, int checksum, int sized)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	const uint8_t head[] = {1, 0, 1, 1, 0, 0, 0, 0, 0xc6, 0x0f};
	ZSTD_outBuffer to = {frame, sizeof frame, at};
	ZSTD_inBuffer from = {body, sizeof body, 0};

	memset(body, 'x', sizeof body);
	memcpy(body, head, sizeof head); /* one piece of 1990 bytes */
	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, checksum);
	if (sized)
		ZSTD_CCtx_setPledgedSrcSize(c, sizeof body);
	/* In two steps, else zstd would know the size by itself. */
	from.size = 100;
	ck_assert(!ZSTD_isError(
	    ZSTD_compressStream2(c, &to, &from, ZSTD_e_continue)));
	from.size = sizeof body;
	ck_assert_uint_eq(ZSTD_compressStream2(c, &to, &from, ZSTD_e_end), 0);
	ZSTD_freeCCtx(c);
	return to.pos;
}

START_TEST(L31_frame_and_announced_size_must_agree)
{
	size_t len = make_frame(0, 1, 1);

	ck_assert_int_eq(parse_frame(2000, span_of(frame, len)), 0);
	ck_assert_int_eq(parse_frame(1999, span_of(frame, len)), ERR_GRAMMAR);
	ck_assert_int_eq(parse_frame(2001, span_of(frame, len)), ERR_GRAMMAR);
	ck_assert_int_eq(parse_frame(0, span_of(frame, len)), ERR_GRAMMAR);
	ck_assert_int_eq(
	    parse_frame(UINT64_MAX, span_of(frame, len)), ERR_GRAMMAR);
	ck_assert_int_eq(
	    parse_frame(LIMIT_MESSAGE_BYTES, span_of(frame, len)), ERR_GRAMMAR);
}
END_TEST

START_TEST(L31_bomb_is_refused_before_memory_is_asked_for)
{
	/* Announces, in message and frame, a byte more than may be. */
	const size_t size = (size_t)LIMIT_MESSAGE_BYTES + 1;
	const uint8_t head[] = {MSG_DATA, 1, 0x81, 0x80, 0x80, 4};
	uint8_t *zeros = calloc(1, size), small[4000];
	struct msg_zstd z;
	struct msg m;
	size_t len;
	int rc;

	ck_assert_ptr_nonnull(zeros);
	memcpy(small, head, sizeof head);
	len = ZSTD_compress(
	    small + sizeof head, sizeof small - sizeof head, zeros, size, 1);
	ck_assert(!ZSTD_isError(len));
	msg_zstd_init(&z);
	fail_alloc_after(0, true);
	rc = msg_parse(&z, span_of(small, sizeof head + len), &m);
	ck_assert(!fail_alloc_end());
	ck_assert_int_eq(rc, ERR_GRAMMAR);
	msg_zstd_release(&z);
	free(zeros);
}
END_TEST

START_TEST(frame_without_its_size_is_refused)
{
	size_t len = make_frame(0, 0, 0);

	ck_assert_int_eq(parse_frame(2000, span_of(frame, len)), ERR_GRAMMAR);
}
END_TEST

START_TEST(more_or_less_than_one_frame_is_refused)
{
	size_t len = make_frame(0, 0, 1), two = make_frame(len, 0, 1);

	for (size_t cut = 0; cut < len; cut++)
		ck_assert_int_eq(
		    parse_frame(2000, span_of(frame, cut)), ERR_GRAMMAR);
	ck_assert_int_eq(
	    parse_frame(2000, span_of(frame, len + 1)), ERR_GRAMMAR);
	ck_assert_int_eq(parse_frame(2000, span_of(frame, two)), ERR_GRAMMAR);
	ck_assert_int_eq(parse_frame(4000, span_of(frame, two)), ERR_GRAMMAR);
	/* a skippable frame of no bytes behind the right one */
	memcpy(frame + len, "\x50\x2a\x4d\x18\0\0\0\0", 8);
	ck_assert_int_eq(
	    parse_frame(2000, span_of(frame, len + 8)), ERR_GRAMMAR);
}
END_TEST

START_TEST(frames_of_other_formats_are_refused)
{
	size_t len = make_frame(8, 0, 1);

	/* a skippable frame of no bytes before the right one */
	memcpy(frame, "\x50\x2a\x4d\x18\0\0\0\0", 8);
	ck_assert_int_eq(parse_frame(2000, span_of(frame, len)), ERR_GRAMMAR);
	/* versions 0.4 to 0.7 */
	make_frame(0, 0, 1);
	for (uint8_t magic = 0x24; magic <= 0x27; magic++) {
		frame[0] = magic;
		ck_assert_int_eq(
		    parse_frame(2000, span_of(frame, len - 8)), ERR_GRAMMAR);
	}
}
END_TEST

START_TEST(frame_of_a_small_body_or_that_saves_nothing_is_refused)
{
	uint8_t small[300];
	size_t len;

	/* HAVE: no body of 256 bytes is compressed by anybody */
	memset(body, 0, sizeof body);
	memcpy(body, "\1\0\1\1\0\0\0\0\xf6\1", 10); /* 246 bytes */
	len = ZSTD_compress(small, sizeof small, body, 256, 1);
	ck_assert(!ZSTD_isError(len));
	ck_assert_int_eq(parse_frame(256, span_of(small, len)), ERR_GRAMMAR);
	memcpy(body, "\1\0\1\1\0\0\0\0\xf7\1", 10);
	len = ZSTD_compress(small, sizeof small, body, 257, 1);
	ck_assert_int_eq(parse_frame(257, span_of(small, len)), 0);
}
END_TEST

START_TEST(messages_that_are_never_packed_have_no_form)
{
	/* a HAVE of no names whose channel looks like a form */
	uint8_t have[1 + 2 + 8 + 8 + 1] = {MSG_HAVE, 1, 0};

	ck_assert_int_eq(
	    test_refused_or_canonical(span_of(have, sizeof have)), 0);
}
END_TEST

TCase *
msg_pack_tcase(void)
{
	TCase *t = tcase_create("pack");

	tcase_add_test(t, what_compresses_gets_smaller);
	tcase_add_test(t, what_is_small_or_does_not_compress_is_sent_as_it_is);
	tcase_add_test(t, message_of_the_longest_body_comes_back_in_both_forms);
	tcase_add_test(t, L31_frame_and_announced_size_must_agree);
	tcase_add_test(t, L31_bomb_is_refused_before_memory_is_asked_for);
	tcase_add_test(t, frame_without_its_size_is_refused);
	tcase_add_test(t, more_or_less_than_one_frame_is_refused);
	tcase_add_test(t, frames_of_other_formats_are_refused);
	tcase_add_test(
	    t, frame_of_a_small_body_or_that_saves_nothing_is_refused);
	tcase_add_test(t, messages_that_are_never_packed_have_no_form);
	return t;
}
