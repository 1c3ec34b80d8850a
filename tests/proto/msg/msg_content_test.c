/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/msg/msg_grid.h"

enum { FLAG_VERIFY = 4 };

#define EXPECTED(v)                                                            \
	{                                                                      \
		SHAPE_VARINT, v, 0, LIMIT_IN_FLIGHT_BYTES                      \
	}

START_TEST(L28_want_whole)
{
	static const struct grid_field fields[] = {
	    GRID_ANY16(2),
	    GRID_COUNT(2),
	    GRID_ANY32(1),
	    GRID_FIXED(SHAPE_U8, MSG_WANT_WHOLE),
	    GRID_NAME(0xff),
	    EXPECTED(4096),
	    GRID_ANY32(2),
	    GRID_FIXED(SHAPE_U8, MSG_WANT_WHOLE),
	    GRID_NAME(0xff),
	    EXPECTED(65536),
	};

	GRID_CHECK(MSG_WANT, fields);
}
END_TEST

START_TEST(L28_want_list)
{
	static const struct grid_field fields[] = {
	    GRID_ANY16(2),
	    GRID_COUNT(1),
	    GRID_ANY32(1),
	    GRID_FIXED(SHAPE_U8, MSG_WANT_LIST),
	    GRID_NAME(0xff),
	    GRID_NAME(0xff),
	    {SHAPE_VARINT, 65536, 0, LIMIT_CHUNKS - 1},
	    EXPECTED(65536),
	};

	GRID_CHECK(MSG_WANT, fields);
}
END_TEST

START_TEST(L28_want_chunks)
{
	static const struct grid_field fields[] = {
	    GRID_ANY16(2),
	    GRID_COUNT(2),
	    GRID_ANY32(1),
	    GRID_FIXED(SHAPE_U8, MSG_WANT_CHUNKS),
	    GRID_NAME(0xff),
	    {SHAPE_VARINT, 5, 0, LIMIT_CHUNKS - 1},
	    {SHAPE_VARINT, 1, 1, LIMIT_CHUNKS - 5},
	    EXPECTED(65536),
	    GRID_ANY32(1),
	    GRID_FIXED(SHAPE_U8, MSG_WANT_CHUNKS | FLAG_VERIFY),
	    GRID_NAME(0xff),
	    {SHAPE_VARINT, 0, 0, LIMIT_CHUNKS - 7},
	    {SHAPE_VARINT, 7, 1, LIMIT_CHUNKS},
	    EXPECTED(65536),
	};

	GRID_CHECK(MSG_WANT, fields);
}
END_TEST

START_TEST(unknown_kinds_are_not_written)
{
	struct msg_want_item item = {.kind = (enum msg_want_kind)3};
	struct msg m = {.type = MSG_WANT, .want = {0, &item, 1}};
	struct buf out;

	buf_init(&out, 1000);
	ck_assert_int_eq(test_write(&m, 0, &out), ERR_GRAMMAR);
	item.kind = (enum msg_want_kind)FLAG_VERIFY;
	ck_assert_int_eq(test_write(&m, 0, &out), ERR_GRAMMAR);
	buf_release(&out);
}
END_TEST

START_TEST(L28_data)
{
	/* Beside one piece that is long a message has 23 bytes. */
	static const struct grid_field fields[] = {
	    GRID_FIXED(SHAPE_U8, 0), /* not compressed */
	    GRID_ANY16(2),
	    GRID_COUNT(2),
	    GRID_ANY32(1),
	    {SHAPE_U8, MSG_PIECE_END, MSG_PIECE_END, MSG_PIECE_MORE},
	    {SHAPE_STRING, 5, 0, LIMIT_MESSAGE_BYTES - 23},
	    GRID_ANY32(2),
	    {SHAPE_U8, MSG_PIECE_MORE, MSG_PIECE_END, MSG_PIECE_MORE},
	    {SHAPE_STRING, 5, 1, LIMIT_MESSAGE_BYTES - 23},
	};

	GRID_CHECK(MSG_DATA, fields);
}
END_TEST

START_TEST(overheads_are_enough_for_any_piece)
{
	static uint8_t bytes[LIMIT_CHUNK_BYTES];
	struct msg_piece piece = {UINT32_MAX, MSG_PIECE_END, {bytes, sizeof bytes}};
	struct msg m = {.type = MSG_DATA, .data = {65535, &piece, 1}};
	struct buf out;

	buf_init(&out, MSG_BYTES_MAX);
	ck_assert_int_eq(test_write(&m, 0, &out), 0);
	ck_assert_uint_le(
	    out.len, MSG_BATCH_OVERHEAD + sizeof bytes + MSG_PIECE_OVERHEAD);
	buf_release(&out);
}
END_TEST

START_TEST(L39_lists_of_nothing_or_of_too_much_are_refused)
{
	static struct msg_want_item wants[LIMIT_WANT_ITEMS + 1];
	static struct msg_piece pieces[LIMIT_DATA_ITEMS + 1];
	static uint32_t ids[LIMIT_WANT_ITEMS + 1];
	static struct name names[LIMIT_WANT_ITEMS + 1];
	struct msg m[] = {
	    {.type = MSG_WANT, .want = {1, wants, 0}},
	    {.type = MSG_DATA, .data = {1, pieces, 0}},
	    {.type = MSG_NOTFOUND, .notfound = {1, ids, 0}},
	    {.type = MSG_HAVE, .have = {.names = names}},
	};
	size_t *n[] = {&m[0].want.n_items, &m[1].data.n_pieces,
	    &m[2].notfound.n_ids, &m[3].have.n_names};
	struct buf out;

	buf_init(&out, MSG_BYTES_MAX);
	for (int i = 0; i < 4; i++) {
		const size_t max = i == 1 ? LIMIT_DATA_ITEMS : LIMIT_WANT_ITEMS;

		ck_assert_int_eq(test_write(&m[i], 0, &out),
		    m[i].type == MSG_HAVE ? 0 : ERR_GRAMMAR);
		*n[i] = max;
		ck_assert_int_eq(test_write(&m[i], 0, &out), 0);
		ck_assert_int_eq(test_refused_or_canonical(buf_span(&out)), 0);
		*n[i] = max + 1;
		ck_assert_int_eq(test_write(&m[i], 0, &out), ERR_GRAMMAR);
	}
	buf_release(&out);
}
END_TEST

START_TEST(L28_notfound)
{
	static const struct grid_field fields[] = {
	    GRID_ANY16(2),
	    GRID_COUNT(2),
	    GRID_ANY32(1),
	    GRID_ANY32(UINT32_MAX),
	};

	GRID_CHECK(MSG_NOTFOUND, fields);
}
END_TEST

TCase *
msg_content_tcase(void)
{
	TCase *t = tcase_create("content");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, L28_want_whole);
	tcase_add_test(t, L28_want_list);
	tcase_add_test(t, L28_want_chunks);
	tcase_add_test(t, unknown_kinds_are_not_written);
	tcase_add_test(t, L28_data);
	tcase_add_test(t, overheads_are_enough_for_any_piece);
	tcase_add_test(t, L28_notfound);
	tcase_add_test(t, L39_lists_of_nothing_or_of_too_much_are_refused);
	return t;
}
