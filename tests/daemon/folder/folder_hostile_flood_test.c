/* SPDX-License-Identifier: Apache-2.0 */
/* More than anybody needs: what a peer sends, and has us do, is bounded. */
#include "daemon/folder/folder_internal.h"
#include "tests/daemon/folder/folder_hostile.h"

#include <stdio.h>

#include "tests/daemon/folder/folder_test.h"

START_TEST(endless_knowledge_is_borne)
{
	struct version v = liar_file("bait", HOSTILE_REPLICA, 1);

	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	for (uint64_t round = 0; round < 3; round++) {
		struct vector k = {0};

		for (uint64_t i = 0; i < LIMIT_KNOWLEDGE_ENTRIES; i++)
			ck_assert_int_eq(
			    VEC_PUSH(
				&k.v, ((struct dot){(round << 32) + i + 1, 5})),
			    0);
		v.dot.counter++;
		liar_version(&h.liar, &v, &k);
		vector_release(&k);
	}
	liar_release(&h.liar);
	hostile_expect_alive();
}
END_TEST

START_TEST(endless_siblings_do_not_fail_the_folder)
{
	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	for (uint64_t i = 0; i < LIMIT_SIBLINGS + 1; i++) {
		struct version v = liar_file("sib", 1000 + i, 1);

		liar_version(&h.liar, &v, NULL);
	}
	liar_release(&h.liar);
	pair_sh(&h.pair, 0, "echo more >sib; sleep 0.3; echo again >sib");
	hostile_expect_alive();
}
END_TEST

START_TEST(no_more_is_asked_for_than_the_credit)
{
	enum { FILES = LIMIT_IN_FLIGHT_BYTES / LIMIT_SMALL_FILE_BYTES + 20 };
	char path[16];

	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	for (uint64_t i = 1; i <= FILES; i++) {
		struct version v;

		snprintf(path, sizeof path, "many%d", (int)i);
		v = liar_file(path, HOSTILE_REPLICA, i);
		v.size = LIMIT_SMALL_FILE_BYTES;
		v.content = hostile_name_of(span_str(path));
		liar_version(&h.liar, &v, NULL);
	}
	pair_run(&h.pair, 500);
	ck_assert_uint_gt(h.liar.wants.n, 0);
	ck_assert_uint_le(
	    h.liar.wants.n * LIMIT_SMALL_FILE_BYTES, LIMIT_IN_FLIGHT_BYTES);
	hostile_expect_alive();
}
END_TEST

START_TEST(what_is_not_written_yet_is_bounded)
{
	enum { FILES = 4 * LIMIT_IN_FLIGHT_BYTES / LIMIT_SMALL_FILE_BYTES };
	static uint8_t bytes[LIMIT_SMALL_FILE_BYTES];
	struct folder *f = h.pair.side[0].folder;
	uint64_t given = 0;
	char path[16];

	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	for (uint64_t i = 1; i <= FILES; i++) {
		struct version v;

		snprintf(path, sizeof path, "many%d", (int)i);
		v = liar_file(path, HOSTILE_REPLICA, i);
		v.size = sizeof bytes;
		v.content = hostile_name_of(span_str(path));
		liar_version(&h.liar, &v, NULL);
	}
	f->staging += JOBS_STAGING; /* as if the disk stood still */
	for (int i = 0; i < 60; i++) {
		pair_run(&h.pair, 10);
		for (; h.liar.wants.n > 0; given += sizeof bytes)
			liar_answer(&h.liar, span_of(bytes, sizeof bytes));
	}
	f->staging -= JOBS_STAGING;
	ck_assert_uint_ge(given, LIMIT_IN_FLIGHT_BYTES);
	ck_assert_uint_le(given, 2 * LIMIT_IN_FLIGHT_BYTES);
	hostile_expect_alive();
}
END_TEST

START_TEST(endless_wants_end_the_session)
{
	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	for (int i = 0; i < 6 && h.liar.peer != NULL; i++)
		hostile_say_wants(LIMIT_WANT_ITEMS, MSG_WANT_WHOLE,
		    hostile_name_of(SPAN_LIT("mine\n")));
	ck_assert_int_eq(h.liar.rc, ERR_LIMIT);
	hostile_expect_alive();
}
END_TEST

START_TEST(what_was_never_asked_for_is_dropped)
{
	static uint32_t ids[LIMIT_WANT_ITEMS];
	static struct name names[LIMIT_WANT_ITEMS];
	struct msg_piece piece = {.id = 5, .bytes = SPAN_LIT("unasked")};
	struct msg data = {.type = MSG_DATA};
	struct msg notfound = {.type = MSG_NOTFOUND};
	struct msg have = {.type = MSG_HAVE};

	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	data.data.channel = h.liar.channel;
	data.data.pieces = &piece;
	data.data.n_pieces = 1;
	notfound.notfound.channel = have.have.channel = h.liar.channel;
	notfound.notfound.ids = ids;
	notfound.notfound.n_ids = LIMIT_WANT_ITEMS;
	have.have.names = names;
	have.have.n_names = LIMIT_WANT_ITEMS;
	have.have.open_paths = have.have.open_bytes = UINT64_MAX;
	for (int i = 0; i < 50; i++) {
		liar_say(&h.liar, &data);
		liar_say(&h.liar, &notfound);
		liar_say(&h.liar, &have);
		pair_run(&h.pair, 1);
	}
	ck_assert_int_eq(h.liar.rc, 0);
	hostile_expect_alive();
}
END_TEST

START_TEST(offering_and_withdrawing_without_end_is_borne)
{
	struct version v = liar_file("x", HOSTILE_REPLICA, 1);
	struct msg un = {.type = MSG_UNFOLDER, .unfolder = {7}};

	for (uint64_t i = 0; i < 200; i++) {
		liar_offer(&h.liar, HOSTILE_REPLICA + i, NULL);
		v.dot.counter = i + 1;
		liar_version(&h.liar, &v, NULL);
		hostile_say_wants(
		    100, MSG_WANT_WHOLE, hostile_name_of(SPAN_LIT("mine\n")));
		if (i % 3 == 0)
			pair_run(&h.pair, 1);
		if (i % 2 == 0)
			liar_say(&h.liar, &un);
	}
	ck_assert_int_eq(h.liar.rc, 0);
	hostile_expect_alive();
}
END_TEST

/* Each level is a commit: they are not what takes the time here. */
static int
no_sync(void *self, int fd)
{
	(void)self;
	(void)fd;
	return 0;
}

START_TEST(a_path_of_a_thousand_directories_is_borne)
{
	char path[4000];
	struct version v;

	h.ops.sync = h.ops.sync_fs = no_sync;
	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	for (size_t i = 0; i < sizeof path - 1; i++)
		path[i] = i % 4 < 3 ? 'a' : '/';
	path[sizeof path - 1] = 0;
	for (uint64_t i = 0; i < 2; i++) {
		path[80 * i] = 'b';
		v = liar_file(path, HOSTILE_REPLICA, i + 1);
		liar_version(&h.liar, &v, NULL);
	}
	ck_assert_int_eq(h.liar.rc, 0);
	hostile_expect_alive();
}
END_TEST

TCase *
folder_hostile_flood_tcase(void)
{
	TCase *t = hostile_tcase("hostile_flood");

	tcase_add_test(t, endless_knowledge_is_borne);
	tcase_add_test(t, endless_siblings_do_not_fail_the_folder);
	tcase_add_test(t, no_more_is_asked_for_than_the_credit);
	tcase_add_test(t, what_is_not_written_yet_is_bounded);
	tcase_add_test(t, endless_wants_end_the_session);
	tcase_add_test(t, what_was_never_asked_for_is_dropped);
	tcase_add_test(t, offering_and_withdrawing_without_end_is_borne);
	tcase_add_test(t, a_path_of_a_thousand_directories_is_borne);
	return t;
}
