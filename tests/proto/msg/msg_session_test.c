/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/proto/msg/msg_grid.h"

START_TEST(L28_hello)
{
	static const struct grid_field fields[] = {
	    GRID_ANY16(1),
	    {SHAPE_STRING, 5, 0, LIMIT_PEER_NAME_BYTES},
	    {SHAPE_STRING, 5, 0, MSG_PROGRAM_BYTES},
	    GRID_COUNT(1),
	    {SHAPE_STRING, 5, 1, MSG_FEATURE_BYTES},
	};

	GRID_CHECK(MSG_HELLO, fields);
}
END_TEST

START_TEST(features_ascend_and_are_there_once)
{
	struct span features[LIMIT_FEATURES + 1];
	struct msg m = {.type = MSG_HELLO, .hello.features = features};
	uint8_t text[LIMIT_FEATURES + 1];
	struct buf out;

	buf_init(&out, MSG_BYTES_MAX);
	for (size_t i = 0; i <= LIMIT_FEATURES; i++) {
		text[i] = (uint8_t)('!' + i);
		features[i] = span_of(text + i, 1);
	}
	m.hello.n_features = LIMIT_FEATURES;
	ck_assert_int_eq(test_write(&m, 0, &out), 0);
	ck_assert_int_eq(test_refused_or_canonical(buf_span(&out)), 0);
	/* the last two, which end the message, change places */
	out.p[out.len - 1]--;
	ck_assert_int_eq(
	    test_refused_or_canonical(buf_span(&out)), ERR_GRAMMAR);
	out.p[out.len - 1]--;
	ck_assert_int_eq(
	    test_refused_or_canonical(buf_span(&out)), ERR_GRAMMAR);
	m.hello.n_features++;
	ck_assert_int_eq(test_write(&m, 0, &out), ERR_GRAMMAR);
	m.hello.n_features = 2;
	features[1] = features[0];
	ck_assert_int_eq(test_write(&m, 0, &out), ERR_GRAMMAR);
	buf_release(&out);
}
END_TEST

START_TEST(L28_folder)
{
	static const struct grid_field fields[] = {
	    {SHAPE_STRING, 3, 1, LIMIT_FOLDER_ID_BYTES},
	    GRID_ANY16(2),
	    GRID_ANY32(1),
	    {SHAPE_U8, 1, 0, MSG_MODE_RECEIVE},
	    GRID_ANY64(9),
	    GRID_COUNT(1),
	    GRID_ANY64(7),
	    GRID_COUNTER(4),
	    GRID_FIXED(SHAPE_U8, 1), /* a resume point follows */
	    GRID_ANY64(8),
	    GRID_COUNT(1),
	    GRID_ANY64(8),
	    GRID_COUNTER(5),
	    GRID_ANY64(8),
	    GRID_COUNTER(5),
	};

	GRID_CHECK(MSG_FOLDER, fields);
}
END_TEST

START_TEST(L28_folder_without_resume_point)
{
	static const struct grid_field fields[] = {
	    {SHAPE_STRING, 3, 1, LIMIT_FOLDER_ID_BYTES},
	    GRID_ANY16(2),
	    GRID_ANY32(1),
	    {SHAPE_U8, 1, 0, MSG_MODE_RECEIVE},
	    GRID_ANY64(9),
	    GRID_COUNT(0),
	    GRID_FIXED(SHAPE_U8, 0),
	};

	GRID_CHECK(MSG_FOLDER, fields);
}
END_TEST

START_TEST(L35_knowledge_of_all_entries_comes_back_and_more_is_refused)
{
	struct msg m = {.type = MSG_FOLDER, .folder.id = SPAN_LIT("x")};
	struct vector *k = &m.folder.knowledge;
	struct buf out;

	buf_init(&out, MSG_BYTES_MAX);
	for (uint64_t r = 0; r < LIMIT_KNOWLEDGE_ENTRIES; r++)
		HOLDS(vector_raise(k, (struct dot){r, LIMIT_COUNTER}) == 0);
	ck_assert_int_eq(test_write(&m, 0, &out), 0);
	ck_assert_int_eq(test_refused_or_canonical(buf_span(&out)), 0);
	HOLDS(vector_raise(k, (struct dot){UINT64_MAX, 1}) == 0);
	ck_assert_int_eq(test_write(&m, 0, &out), ERR_GRAMMAR);
	vector_release(k);
	buf_release(&out);
}
END_TEST

START_TEST(folder_ids_are_names_that_any_file_system_holds)
{
	char id[LIMIT_FOLDER_ID_BYTES + 1];

	for (int c = 0; c < 256; c++) {
		char text[] = {'x', (char)c, 'x'};
		bool allowed =
		    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';

		ck_assert(msg_folder_id_valid(span_of(text, 3)) == allowed);
		ck_assert(msg_folder_id_valid(span_of(text + 1, 1)) ==
			  (allowed && c != '.'));
	}
	memset(id, 'x', sizeof id);
	ck_assert(msg_folder_id_valid(span_of(id, LIMIT_FOLDER_ID_BYTES)));
	ck_assert(!msg_folder_id_valid(span_of(id, sizeof id)));
	ck_assert(!msg_folder_id_valid(SPAN_LIT("")));
	ck_assert(!msg_folder_id_valid(SPAN_LIT("..")));
	ck_assert(!msg_folder_id_valid(SPAN_LIT("a/b")));
}
END_TEST

START_TEST(wrong_folder_id_is_refused_both_ways)
{
	struct msg m = {.type = MSG_FOLDER, .folder.id = SPAN_LIT("a/b")};
	struct buf out;

	buf_init(&out, 100);
	ck_assert_int_eq(test_write(&m, 0, &out), ERR_GRAMMAR);
	m.folder.id = SPAN_LIT("a.b");
	ck_assert_int_eq(test_write(&m, 0, &out), 0);
	ck_assert_int_eq(test_refused_or_canonical(buf_span(&out)), 0);
	out.p[3] = '/';
	ck_assert_int_eq(
	    test_refused_or_canonical(buf_span(&out)), ERR_GRAMMAR);
	buf_release(&out);
}
END_TEST

START_TEST(L28_unfolder_ping_pong_close_halt)
{
	static const struct grid_field unfolder[] = {GRID_ANY16(3)};
	static const struct grid_field ping[] = {GRID_ANY64(3)};
	static const struct grid_field closing[] = {
	    {SHAPE_U8, 3, 0, MSG_CLOSE_DUPLICATE},
	    {SHAPE_STRING, 5, 0, MSG_TEXT_BYTES},
	};
	static const struct grid_field halt[] = {
	    GRID_ANY16(3),
	    {SHAPE_U8, 1, 0, MSG_HALT_ROOT},
	};

	GRID_CHECK(MSG_UNFOLDER, unfolder);
	GRID_CHECK(MSG_PING, ping);
	GRID_CHECK(MSG_PONG, ping);
	GRID_CHECK(MSG_CLOSE, closing);
	GRID_CHECK(MSG_HALT, halt);
}
END_TEST

TCase *
msg_session_tcase(void)
{
	TCase *t = tcase_create("session");

	tcase_add_test(t, L28_hello);
	tcase_add_test(t, features_ascend_and_are_there_once);
	tcase_add_test(t, L28_folder);
	tcase_add_test(t, L28_folder_without_resume_point);
	tcase_add_test(
	    t, L35_knowledge_of_all_entries_comes_back_and_more_is_refused);
	tcase_add_test(t, folder_ids_are_names_that_any_file_system_holds);
	tcase_add_test(t, wrong_folder_id_is_refused_both_ways);
	tcase_add_test(t, L28_unfolder_ping_pong_close_halt);
	return t;
}
