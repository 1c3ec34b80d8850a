/* SPDX-License-Identifier: Apache-2.0 */
/* Content that is not what it was said to be, does not come, or is asked for
 * by who may not have it. */
#include "daemon/folder/folder_internal.h"
#include "tests/daemon/folder/folder_hostile.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/chunk/chunk.h"
#include "tests/daemon/folder/folder_test.h"

START_TEST(wrong_content_is_dropped_and_another_asked)
{
	struct version v = liar_file("x", HOSTILE_REPLICA, 1);
	struct vector k = {0};

	v.size = 6;
	v.content = hostile_name_of(SPAN_LIT("right\n"));
	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	ck_assert_int_eq(vector_raise(&k, v.dot), 0);
	liar_version(&h.liar, &v, &k);
	vector_release(&k);
	for (int i = 0; i < 5; i++) {
		hostile_await_want();
		liar_answer(&h.liar, SPAN_LIT("wrong\n"));
	}
	pair_open(&h.pair, 1);
	pair_connect(&h.pair);
	pair_sh(&h.pair, 1, "echo right >y");
	for (int i = 0; i < 300; i++) {
		pair_run(&h.pair, 10);
		while (h.liar.wants.n > 0)
			liar_answer(&h.liar, SPAN_LIT("wrong\n"));
	}
	ck_assert_str_eq(pair_out(&h.pair, 0, "cat x y"), "right\nright");
	hostile_expect_alive();
}
END_TEST

START_TEST(a_silent_holder_does_not_keep_others_from_giving)
{
	pair_open(&h.pair, 1);
	pair_connect(&h.pair);
	pair_settle(&h.pair);
	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	liar_version(&h.liar,
	    &(struct version){.path = SPAN_LIT("z"),
		.kind = KIND_DIR,
		.dot = {HOSTILE_REPLICA, 1}},
	    &(struct vector){0});
	pair_run(&h.pair, 100);
	pair_sh(&h.pair, 1, "echo small >s; head -c 300000 /dev/urandom >big");
	hostile_await_want();
	pair_run(&h.pair, 500); /* what the honest one was asked for came */
	h.skew_ms = 31000;
	pair_sh(&h.pair, 0, "echo >poke"); /* timers run by the real clock */
	ck_assert(hostile_comes_true(0, "cat s && cmp big ../b/big", 10000));
	hostile_expect_alive();
}
END_TEST

START_TEST(more_than_was_asked_for_ends_the_session)
{
	struct version v = liar_file("x", HOSTILE_REPLICA, 1);
	static uint8_t much[1 << 20];
	struct msg_piece piece = {.status = MSG_PIECE_MORE};
	struct msg m = {.type = MSG_DATA};

	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	liar_version(&h.liar, &v, &(struct vector){0});
	hostile_await_want();
	piece.id = h.liar.wants.items[0].id;
	piece.bytes = span_of(much, sizeof much);
	m.data.channel = h.liar.channel;
	m.data.pieces = &piece;
	m.data.n_pieces = 1;
	liar_say(&h.liar, &m);
	ck_assert_int_eq(h.liar.rc, ERR_LIMIT);
	hostile_expect_alive();
}
END_TEST

START_TEST(a_size_that_lies_brings_nothing)
{
	static const uint8_t junk[64] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x0f};
	struct version v = liar_file("x", HOSTILE_REPLICA, 1);

	v.size = (uint64_t)LIMIT_FILE_BYTES;
	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	liar_version(&h.liar, &v, NULL);
	v = liar_file("y", HOSTILE_REPLICA, 2);
	v.size = 100000;
	liar_version(&h.liar, &v, &(struct vector){0});
	for (int i = 0; i < 100; i++) {
		pair_run(&h.pair, 10);
		while (h.liar.wants.n > 0)
			liar_answer(&h.liar, span_of(junk, (size_t)i % 64));
	}
	ck_assert(hostile_comes_true(0, "! ls x && ! ls y", 100));
	hostile_expect_alive();
}
END_TEST

START_TEST(a_size_that_lies_keeps_the_content_from_nobody)
{
	static const uint64_t sizes[] = {3, 7};
	struct vector k = {0};

	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		char path[] = {(char)('a' + i), 0};
		struct version v = liar_file(path, HOSTILE_REPLICA, i + 1);

		v.size = sizes[i];
		v.content = hostile_name_of(SPAN_LIT("right\n"));
		ck_assert_int_eq(vector_raise(&k, v.dot), 0);
		liar_version(&h.liar, &v, &k);
	}
	vector_release(&k);
	pair_open(&h.pair, 1);
	pair_connect(&h.pair);
	pair_sh(&h.pair, 1, "echo right >y");
	for (int i = 0; i < 500 && !hostile_comes_true(0, "grep right y", 20);
	     i++)
		while (h.liar.wants.n > 0)
			liar_answer(&h.liar, SPAN_LIT("right\n"));
	ck_assert(hostile_comes_true(0, "grep right y", 20));
	ck_assert(hostile_comes_true(0, "! ls a && ! ls b", 20));
	hostile_expect_alive();
}
END_TEST

/* As above, of a content whose list is asked for. */
START_TEST(a_size_that_lies_is_told_from_a_list_that_does)
{
	const struct chunk_list none = {0};
	struct version v = liar_file("a", HOSTILE_REPLICA, 1);
	struct chunk_list list = {0};
	struct vector k = {0};
	uint8_t *zero = calloc(1, 300000);
	struct buf patch;

	ck_assert_ptr_nonnull(zero);
	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	v.size = 299999;
	ck_assert_int_eq(
	    chunk_all(span_of(zero, 300000), &list, &v.content), 0);
	free(zero);
	buf_init(&patch, 1 << 20);
	ck_assert_int_eq(chunks_diff(&none, &list, 0, &patch), 0);
	chunks_release(&list);
	ck_assert_int_eq(vector_raise(&k, v.dot), 0);
	liar_version(&h.liar, &v, &k);
	vector_release(&k);
	pair_open(&h.pair, 1);
	pair_sh(&h.pair, 1, "head -c 300000 /dev/zero >y");
	pair_connect(&h.pair);
	for (int i = 0; i < 500 && hostile_status().troubles == 0; i++) {
		while (h.liar.wants.n > 0)
			liar_answer(&h.liar, buf_span(&patch));
		pair_run(&h.pair, 20);
	}
	buf_release(&patch);
	ck_assert_str_eq(hostile_status().trouble_path, "a");
	ck_assert(hostile_comes_true(0, "cmp y ../b/y", 5000));
	ck_assert(hostile_comes_true(0, "! ls a", 20));
	hostile_expect_alive();
}
END_TEST

/* A list that has the right name, and more chunks than any file of its size:
 * a few bytes on the wire, much memory here. */
START_TEST(L31_a_list_of_too_many_chunks_is_refused)
{
	const struct chunk_list none = {0};
	struct version v = liar_file("x", HOSTILE_REPLICA, 1);
	struct chunk chunk = {.len = 2};
	struct chunk_list list = {0};
	struct buf patch;

	name_chunk(SPAN_LIT("ab"), &chunk.name);
	for (int i = 0; i < 50000; i++)
		ck_assert_int_eq(chunks_add(&list, &chunk), 0);
	v.size = list.size;
	chunks_name(&list, &v.content);
	buf_init(&patch, 1 << 20);
	ck_assert_int_eq(chunks_diff(&none, &list, 0, &patch), 0);
	ck_assert_uint_le(patch.len, 50);
	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	liar_version(&h.liar, &v, &(struct vector){0});
	for (int i = 0; i < 50; i++) {
		pair_run(&h.pair, 10);
		while (h.liar.wants.n > 0) {
			ck_assert_int_eq(
			    h.liar.wants.items[0].kind, MSG_WANT_LIST);
			liar_answer(&h.liar, buf_span(&patch));
		}
	}
	ck_assert(hostile_comes_true(0, "! ls x", 100));
	hostile_expect_alive();
	buf_release(&patch);
	chunks_release(&list);
}
END_TEST

START_TEST(what_is_not_there_and_what_is_not_shared_answer_alike)
{
	struct name content = hostile_name_of(SPAN_LIT("secret"));

	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	hostile_say_wants(100, MSG_WANT_WHOLE, content);
	pair_run(&h.pair, 100);
	ck_assert_uint_eq(h.liar.n_notfound, 100);
	hostile_say_wants(100, MSG_WANT_LIST, content);
	hostile_say_wants(
	    100, MSG_WANT_CHUNKS, hostile_name_of(SPAN_LIT("mine\n")));
	pair_run(&h.pair, 100);
	ck_assert_uint_eq(h.liar.n_notfound, 300);
	ck_assert_uint_eq(h.liar.n_data, 0);
	hostile_say_wants(
	    1, MSG_WANT_WHOLE, hostile_name_of(SPAN_LIT("mine\n")));
	pair_run(&h.pair, 100);
	ck_assert_uint_eq(h.liar.n_data, 1);
	ck_assert_uint_eq(h.liar.data_bytes, 5);
	hostile_expect_alive();
}
END_TEST

START_TEST(chunks_are_verified_on_request)
{
	struct name name;
	char *at;

	pair_sh(&h.pair, 0, "head -c 300000 /dev/zero >zero");
	pair_run(&h.pair, 300);
	at = calloc(1, 300000);
	name = hostile_name_of(span_of(at, 300000));
	free(at);
	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	hostile_say_wants(1, MSG_WANT_CHUNKS, name);
	pair_run(&h.pair, 100);
	ck_assert_uint_eq(h.liar.n_data, 1);
	/* Other bytes, with the times of before, as through a mapping. */
	pair_sh(&h.pair, 0,
	    "touch -r zero ../ref; printf x | dd of=zero "
	    "conv=notrunc status=none; touch -r ../ref zero");
	hostile_say_wants(1, MSG_WANT_CHUNKS, name);
	pair_run(&h.pair, 300);
	ck_assert_uint_eq(h.liar.n_data, 1);
	ck_assert_uint_eq(h.liar.n_notfound, 1);
	hostile_expect_alive();
}
END_TEST

/* Asks for one thing of a content, and runs until it was answered. */
static void
ask_for(struct msg_want_item item)
{
	struct msg m = {.type = MSG_WANT};
	size_t before = h.liar.n_notfound + h.liar.n_data;

	item.id = 1;
	m.want.channel = h.liar.channel;
	m.want.items = &item;
	m.want.n_items = 1;
	liar_say(&h.liar, &m);
	for (int i = 0; i < 500 && h.liar.n_notfound + h.liar.n_data == before;
	     i++)
		pair_run(&h.pair, 10);
	ck_assert_uint_eq(h.liar.n_notfound + h.liar.n_data, before + 1);
}

START_TEST(pieces_that_a_file_does_not_have_are_not_found)
{
	struct folder *f = h.pair.side[0].folder;
	struct msg_want_item whole = {.kind = MSG_WANT_WHOLE},
			     list = {.kind = MSG_WANT_LIST},
			     chunks = {.kind = MSG_WANT_CHUNKS, .count = 2};
	struct chunk_list all = {0};
	struct entry e;
	uint32_t n;

	pair_sh(&h.pair, 0, "head -c 6000000 /dev/urandom >big");
	entry_init(&e);
	for (int i = 0; i < 1000 && e.disk.kind == KIND_NONE; i++) {
		pair_run(&h.pair, 10);
		ck_assert_int_eq(index_load(f->index, SPAN_LIT("big"), &e), 0);
	}
	whole.content = list.content = chunks.content = e.disk.content;
	entry_release(&e);
	ck_assert_int_eq(index_chunks_get(f->index, &chunks.content, &all), 0);
	n = (uint32_t)all.v.n;
	chunks_release(&all);
	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	ask_for(whole);
	list.first = n;
	ask_for(list);
	chunks.first = n - 1;
	ask_for(chunks);
	chunks.first = 0;
	chunks.count = n; /* more than one answer may be */
	ask_for(chunks);
	ck_assert_uint_eq(h.liar.n_notfound, 4);
	chunks.first = n - 2;
	chunks.count = 2;
	ask_for(chunks);
	ck_assert_uint_eq(h.liar.n_data, 1);
	hostile_expect_alive();
}
END_TEST

/* What a power cut takes back must not have been told. */
START_TEST(nothing_is_told_before_it_is_committed)
{
	struct version v = liar_file("theirs", HOSTILE_REPLICA, 1);

	v.content = hostile_name_of(SPAN_LIT("theirs\n"));
	v.size = 7;
	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	pair_run(&h.pair, 200);
	liar_version(&h.liar, &v, NULL);
	pair_run(&h.pair, 200);
	ck_assert_uint_eq(h.liar.wants.n, 1);
	liar_answer(&h.liar, SPAN_LIT("theirs\n"));
	for (int i = 0; i < 5; i++) {
		pair_sh(&h.pair, 0, "echo more >>more; echo new >d/new");
		pair_run(&h.pair, 100);
	}
	ck_assert_uint_gt(h.liar.n_versions, 2);
	ck_assert_uint_gt(h.liar.n_have, 1);
	ck_assert_uint_eq(h.liar.n_early, 0);
	hostile_expect_alive();
}
END_TEST

/* Content is waited for that never comes, so that it is never quiet here. Of
 * what is not there a look has nothing to say that would end the trouble. */
START_TEST(a_trouble_is_over_while_content_is_waited_for)
{
	struct version v = liar_file("bait", HOSTILE_REPLICA, 1);
	struct folder *f = h.pair.side[0].folder;

	v.size = 10;
	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	liar_version(&h.liar, &v, &(struct vector){0});
	hostile_await_want();
	folder_trouble(f, SPAN_LIT("gone"), -ENOTEMPTY, true, false);
	ck_assert_uint_eq(hostile_status().troubles, 1);
	for (int i = 0; i < 250 && hostile_status().troubles > 0; i++) {
		pair_run(&h.pair, 20);
		ck_assert_ptr_nonnull(f->fetches);
	}
	ck_assert_uint_eq(hostile_status().troubles, 0);
	ck_assert_uint_eq(hostile_status().open_paths, 1);
}
END_TEST

TCase *
folder_hostile_content_tcase(void)
{
	TCase *t = hostile_tcase("hostile_content");

	tcase_add_test(t, wrong_content_is_dropped_and_another_asked);
	tcase_add_test(t, a_silent_holder_does_not_keep_others_from_giving);
	tcase_add_test(t, more_than_was_asked_for_ends_the_session);
	tcase_add_test(t, a_size_that_lies_brings_nothing);
	tcase_add_test(t, a_size_that_lies_keeps_the_content_from_nobody);
	tcase_add_test(t, a_size_that_lies_is_told_from_a_list_that_does);
	tcase_add_test(t, L31_a_list_of_too_many_chunks_is_refused);
	tcase_add_test(
	    t, what_is_not_there_and_what_is_not_shared_answer_alike);
	tcase_add_test(t, pieces_that_a_file_does_not_have_are_not_found);
	tcase_add_test(t, chunks_are_verified_on_request);
	tcase_add_test(t, nothing_is_told_before_it_is_committed);
	tcase_add_test(t, a_trouble_is_over_while_content_is_waited_for);
	return t;
}
