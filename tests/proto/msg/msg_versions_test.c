/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/msg/msg_grid.h"

enum { FLAG_FIRST = 1, FLAG_RESUMED = 2, FLAG_LAST = 4 };

START_TEST(L28_versions_that_begin_and_end_a_stream)
{
	static const struct grid_field fields[] = {
	    GRID_FIXED(SHAPE_U8, 0), /* not compressed */
	    GRID_ANY16(2),
	    GRID_FIXED(SHAPE_U8, FLAG_FIRST | FLAG_LAST),
	    GRID_ANY64(9),
	    GRID_COUNTER(300),
	    GRID_COUNT(1),
	    GRID_ANY64(0x0707070707070707),
	    GRID_COUNTER(4),
	    GRID_COUNT(1),
	    GRID_ANY64(0x0707070707070707),
	    GRID_COUNTER(4),
	    GRID_COUNT(1),
	    {SHAPE_U8, 1, 0, 1},
	    {SHAPE_STRING, 5, 1, LIMIT_RECORD_BYTES},
	};

	GRID_CHECK(MSG_VERSIONS, fields);
}
END_TEST

START_TEST(L28_versions_that_follow)
{
	static const struct grid_field fields[] = {
	    GRID_FIXED(SHAPE_U8, 0),
	    GRID_ANY16(2),
	    GRID_FIXED(SHAPE_U8, 0),
	    GRID_FIXED(SHAPE_U64, 0), /* no cursor: a replica without counter */
	    {SHAPE_VARINT, 0, 0, LIMIT_COUNTER},
	    GRID_COUNT(2),
	    {SHAPE_U8, 1, 0, 1},
	    {SHAPE_STRING, 5, 1, LIMIT_RECORD_BYTES},
	    {SHAPE_U8, 0, 0, 1},
	    {SHAPE_STRING, 1, 1, LIMIT_RECORD_BYTES},
	};

	GRID_CHECK(MSG_VERSIONS, fields);
}
END_TEST

static int
write_flags(bool first, bool resumed, bool last, size_t n)
{
	static struct msg_record records[LIMIT_BATCH_RECORDS + 1];
	struct msg m = {.type = MSG_VERSIONS};
	struct buf out;
	int rc;

	for (size_t i = 0; i < n; i++)
		records[i].bytes = SPAN_LIT("r");
	m.versions = (struct msg_versions){.first = first,
	    .resumed = resumed,
	    .last = last,
	    .records = records,
	    .n_records = n};
	buf_init(&out, MSG_BYTES_MAX);
	rc = test_write(&m, 0, &out);
	if (rc == 0)
		ck_assert_int_eq(test_refused_or_canonical(buf_span(&out)), 0);
	buf_release(&out);
	return rc;
}

START_TEST(only_the_first_is_resumed_and_only_ends_are_empty)
{
	ck_assert_int_eq(write_flags(true, false, false, 0), 0);
	ck_assert_int_eq(write_flags(true, true, false, 0), 0);
	ck_assert_int_eq(write_flags(false, false, true, 0), 0);
	ck_assert_int_eq(write_flags(true, true, true, 0), 0);
	ck_assert_int_eq(write_flags(false, true, false, 1), ERR_GRAMMAR);
	ck_assert_int_eq(write_flags(false, true, true, 1), ERR_GRAMMAR);
	ck_assert_int_eq(write_flags(false, false, false, 1), 0);
	ck_assert_int_eq(write_flags(false, false, false, 0), ERR_GRAMMAR);
}
END_TEST

START_TEST(L39_batch_is_of_limited_records)
{
	ck_assert_int_eq(
	    write_flags(false, false, false, LIMIT_BATCH_RECORDS), 0);
	ck_assert_int_eq(
	    write_flags(false, false, false, LIMIT_BATCH_RECORDS + 1),
	    ERR_GRAMMAR);
}
END_TEST

START_TEST(overheads_are_enough_for_any_batch)
{
	static uint8_t bytes[LIMIT_RECORD_BYTES];
	struct msg_record records[4] = {0};
	struct msg m = {.type = MSG_VERSIONS};
	struct buf out;

	for (int i = 0; i < 4; i++)
		records[i].bytes = span_of(bytes, sizeof bytes);
	m.versions = (struct msg_versions){.channel = 65535,
	    .first = true,
	    .last = true,
	    .cursor = {UINT64_MAX, LIMIT_COUNTER},
	    .records = records,
	    .n_records = 4};
	buf_init(&out, MSG_BYTES_MAX);
	ck_assert_int_eq(test_write(&m, 0, &out), 0);
	ck_assert_uint_le(out.len,
	    MSG_BATCH_OVERHEAD + 4 * (sizeof bytes + MSG_RECORD_OVERHEAD));
	buf_release(&out);
}
END_TEST

START_TEST(L28_have)
{
	static const struct grid_field fields[] = {
	    GRID_ANY16(2),
	    GRID_ANY64(3),
	    GRID_ANY64(4),
	    GRID_COUNT(2),
	    GRID_NAME(1),
	    GRID_NAME(2),
	};
	static const struct grid_field none[] = {
	    GRID_ANY16(2),
	    GRID_ANY64(3),
	    GRID_ANY64(4),
	    GRID_COUNT(0),
	};

	GRID_CHECK(MSG_HAVE, fields);
	GRID_CHECK(MSG_HAVE, none);
}
END_TEST

TCase *
msg_versions_tcase(void)
{
	TCase *t = tcase_create("versions");

	tcase_add_test(t, L28_versions_that_begin_and_end_a_stream);
	tcase_add_test(t, L28_versions_that_follow);
	tcase_add_test(t, only_the_first_is_resumed_and_only_ends_are_empty);
	tcase_add_test(t, L39_batch_is_of_limited_records);
	tcase_add_test(t, overheads_are_enough_for_any_batch);
	tcase_add_test(t, L28_have);
	return t;
}
