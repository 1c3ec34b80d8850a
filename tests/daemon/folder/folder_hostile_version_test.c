/* SPDX-License-Identifier: Apache-2.0 */
/* Versions and knowledge that are lies. */
#include "daemon/folder/folder_internal.h"
#include "tests/daemon/folder/folder_hostile.h"

#include <string.h>

#include "tests/daemon/folder/folder_test.h"

/* A record whose path, of equal length, is put in by force. */
static int
say_path(const char *path, size_t len)
{
	char good[64];
	struct version v, *made;
	struct msg_record record;
	struct msg m = {.type = MSG_VERSIONS};
	uint8_t bytes[512], *at;

	memset(good, 'q', len);
	good[len] = 0;
	v = liar_file(good, HOSTILE_REPLICA, 1);
	v.vector = (struct vector){0};
	ck_assert_int_eq(vector_raise(&v.vector, v.dot), 0);
	ck_assert_int_eq(version_new(&v, &made), 0);
	vector_release(&v.vector);
	memcpy(bytes, made->record.p, made->record.len);
	at = memmem(bytes, made->record.len, good, len);
	ck_assert_ptr_nonnull(at);
	memcpy(at, path, len);
	record = (struct msg_record){true, span_of(bytes, made->record.len)};
	m.versions.channel = h.liar.channel;
	m.versions.records = &record;
	m.versions.n_records = 1;
	liar_say(&h.liar, &m);
	version_free(made);
	return h.liar.rc;
}

START_TEST(paths_that_are_not_ours_to_write_end_the_session)
{
	static const struct span paths[] = {SPAN_LIT(".tutti"),
	    SPAN_LIT(".tutti/x"), SPAN_LIT(".TuTTi/x"), SPAN_LIT("d/.tutti"),
	    SPAN_LIT("../x"), SPAN_LIT(".."), SPAN_LIT("."), SPAN_LIT("/x"),
	    SPAN_LIT("d//x"), SPAN_LIT("d/"), SPAN_LIT("d/../../x"),
	    SPAN_LIT("a\0b")};

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		liar_release(&h.liar);
		liar_init(&h.liar, &h.pair.side[0], 1);
		liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
		ck_assert_int_eq(
		    say_path((const char *)paths[i].p, paths[i].len),
		    ERR_GRAMMAR);
	}
	hostile_expect_alive();
}
END_TEST

START_TEST(nothing_is_written_through_a_link_or_a_file)
{
	struct version v = liar_file("link/evil", HOSTILE_REPLICA, 1);
	struct span bytes = SPAN_LIT("evil!");

	pair_sh(&h.pair, 0, "mkdir ../out; ln -s ../out link; echo f >file");
	pair_run(&h.pair, 300);
	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	v.content = hostile_name_of(bytes);
	/* It keeps the link's path alive as a directory: that is its right;
	 * what the link leads to is not. */
	liar_version(&h.liar, &v, NULL);
	v.path = SPAN_LIT("file/evil");
	v.dot.counter = 2;
	liar_version(&h.liar, &v, &(struct vector){0});
	for (int i = 0; i < 50; i++) {
		pair_run(&h.pair, 10);
		while (h.liar.wants.n > 0)
			liar_answer(&h.liar, bytes);
	}
	ck_assert_str_eq(pair_out(&h.pair, 0, "ls ../out"), "");
	ck_assert(
	    hostile_comes_true(0, "cat file file.conflict* | grep f", 2000));
	hostile_expect_alive();
}
END_TEST

START_TEST(one_dot_with_two_contents_and_on_two_paths_is_borne)
{
	struct version v = liar_file("p", HOSTILE_REPLICA, 1);

	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	liar_version(&h.liar, &v, NULL);
	v.size = 6;
	liar_version(&h.liar, &v, NULL);
	v.kind = KIND_DIR;
	liar_version(&h.liar, &v, NULL);
	v = liar_file("q", HOSTILE_REPLICA, 1);
	liar_version(&h.liar, &v, NULL);
	ck_assert_int_eq(h.liar.rc, 0);
	hostile_expect_alive();
}
END_TEST

START_TEST(a_full_vector_does_not_keep_a_user_from_editing)
{
	struct version v = liar_file("full", HOSTILE_REPLICA, 1);
	struct span bytes = SPAN_LIT("lies\n");

	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	for (uint64_t i = 0; i < LIMIT_VECTOR_ENTRIES - 1; i++)
		ck_assert_int_eq(
		    vector_raise(&v.vector,
			(struct dot){1000 + i, (uint64_t)LIMIT_COUNTER}),
		    0);
	v.content = hostile_name_of(bytes);
	liar_version(&h.liar, &v, &(struct vector){0});
	hostile_await_want();
	liar_answer(&h.liar, bytes);
	ck_assert(hostile_comes_true(0, "grep lies full", 2000));
	pair_sh(&h.pair, 0, "echo edited >full");
	pair_run(&h.pair, 300);
	liar_release(&h.liar);
	hostile_expect_alive();
	ck_assert(hostile_comes_true(1, "grep edited full", 2000));
	vector_release(&v.vector);
}
END_TEST

START_TEST(our_own_number_beyond_what_we_made_loses_no_edit)
{
	struct version v;
	struct span bytes = SPAN_LIT("lies\n");

	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	v = liar_file("own", h.liar.replica, 1000000);
	v.content = hostile_name_of(bytes);
	liar_version(&h.liar, &v, &(struct vector){0});
	/* Now it is offered the folder anew. */
	pair_run(&h.pair, 50);
	ck_assert_uint_ne(h.liar.replica, v.dot.replica);
	liar_version(&h.liar, &v, &(struct vector){0});
	if (h.liar.peer != NULL) {
		hostile_await_want();
		liar_answer(&h.liar, bytes);
		ck_assert(hostile_comes_true(0, "grep lies own", 2000));
	}
	pair_sh(&h.pair, 0, "echo edited >own; echo edited >mine2");
	pair_run(&h.pair, 500);
	ck_assert_str_eq(pair_out(&h.pair, 0, "cat own"), "edited");
	liar_release(&h.liar);
	hostile_expect_alive();
	ck_assert(hostile_comes_true(
	    1, "grep edited own && grep edited mine2", 3000));
}
END_TEST

/* It claims to know what we shall only make: else it would reach nobody. */
START_TEST(our_own_number_in_a_knowledge_keeps_nothing_from_others)
{
	struct vector k = {0};
	struct version v = liar_file("bait", HOSTILE_REPLICA, 1);

	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	ck_assert_int_eq(
	    vector_raise(&k, (struct dot){h.liar.replica, 1000000}), 0);
	liar_version(&h.liar, &v, &k);
	vector_release(&k);
	liar_release(&h.liar);
	hostile_expect_alive();
}
END_TEST

START_TEST(our_own_number_in_an_offer_keeps_nothing_from_others)
{
	struct vector k = {0};

	ck_assert_int_eq(
	    vector_raise(&k, (struct dot){h.liar.replica, 1000000}), 0);
	liar_offer(&h.liar, HOSTILE_REPLICA, &k);
	vector_release(&k);
	hostile_expect_alive();
}
END_TEST

/* A path that is full takes no more; what was refused has to come again, so
 * neither its sender's knowledge nor a point behind it is taken over. */
START_TEST(L35_what_was_refused_is_not_known)
{
	struct folder *f = h.pair.side[0].folder;
	uint64_t n = LIMIT_SIBLINGS + 1, last = 1000 + n;
	struct index_resume point = {0};
	struct msg m = {.type = MSG_VERSIONS};
	struct msg_record record = {.holds = true};
	struct version v = liar_file("more", HOSTILE_REPLICA, 1), *made;
	struct vector k = {0};

	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	for (uint64_t i = 1; i <= n; i++) {
		struct version sib = liar_file("sib", 1000 + i, 1);

		liar_version(&h.liar, &sib, NULL);
		ck_assert_int_eq(vector_raise(&k, sib.dot), 0);
	}
	ck_assert_int_eq(vector_raise(&v.vector, v.dot), 0);
	ck_assert_int_eq(version_new(&v, &made), 0);
	vector_release(&v.vector);
	record.bytes = made->record;
	m.versions.channel = h.liar.channel;
	m.versions.records = &record;
	m.versions.n_records = 1;
	m.versions.first = true;
	m.versions.cursor = (struct dot){last, 1};
	liar_say(&h.liar, &m);
	version_free(made);
	ck_assert_int_eq(h.liar.rc, 0);
	ck_assert_int_eq(
	    index_resume_get(f->index, HOSTILE_REPLICA, &point), 0);
	ck_assert(!point.present);
	v = liar_file("last", HOSTILE_REPLICA, 2);
	liar_version(&h.liar, &v, &k);
	ck_assert_int_eq(h.liar.rc, 0);
	ck_assert_uint_eq(vector_get(index_knowledge(f->index), last), 0);
	vector_release(&k);
	vector_release(&point.noted);
}
END_TEST

/* Each lie costs us a number; so the next is not believed for a while. */
START_TEST(L35_lies_about_our_number_change_it_seldom)
{
	const struct folder *f = h.pair.side[0].folder;
	size_t numbers = 0;

	for (int i = 0; i < 5; i++) {
		struct vector k = {0};

		liar_release(&h.liar);
		liar_init(&h.liar, &h.pair.side[0], 1);
		liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
		ck_assert_int_eq(
		    vector_raise(&k, (struct dot){h.liar.replica, 1000000}), 0);
		liar_offer(&h.liar, HOSTILE_REPLICA, &k);
		vector_release(&k);
		pair_run(&h.pair, 20);
		if (i == 0)
			numbers = f->numbers.n;
		ck_assert_uint_eq(f->numbers.n, numbers);
	}
	ck_assert_uint_ge(numbers, 1);
	hostile_expect_alive();
}
END_TEST

START_TEST(a_halted_folder_passes_nothing_on)
{
	struct version v = {.path = SPAN_LIT("z"),
	    .kind = KIND_DIR,
	    .dot = {HOSTILE_REPLICA, 1}};

	pair_open(&h.pair, 1);
	pair_connect(&h.pair);
	pair_settle(&h.pair);
	folder_halt(h.pair.side[0].folder, FOLDER_HALT_DELETES, "for a test");
	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	liar_version(&h.liar, &v, &(struct vector){0});
	pair_run(&h.pair, 300);
	ck_assert_str_eq(pair_out(&h.pair, 1, "ls"), "d\nmine");
	folder_accept(h.pair.side[0].folder);
	ck_assert(hostile_comes_true(1, "ls z", 3000));
}
END_TEST

static bool
is_known(const char *path)
{
	struct index *ix = h.pair.side[0].folder->index;
	struct entry e;
	bool known;

	entry_init(&e);
	ck_assert_int_eq(index_load(ix, span_str(path), &e), 0);
	known = e.known.v.n > 0;
	entry_release(&e);
	return known;
}

/* It named no feature: an older Tutti, to which this would be grammar. */
START_TEST(who_cannot_read_metadata_is_sent_none)
{
	struct version v = liar_file("x", HOSTILE_REPLICA, 1);
	struct liar old;
	size_t before;

	v.meta = SPAN_LIT("\1\1\1a\0011");
	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	liar_init(&old, &h.pair.side[0], 2);
	liar_offer(&old, HOSTILE_REPLICA + 1, NULL);
	pair_run(&h.pair, 200);
	before = old.n_versions;
	ck_assert_uint_gt(before, 0);
	liar_version(&h.liar, &v, NULL);
	v = liar_file("y", HOSTILE_REPLICA, 2);
	liar_version(&h.liar, &v, NULL);
	pair_run(&h.pair, 200);
	ck_assert_int_eq(h.liar.rc, 0);
	ck_assert(is_known("x") && is_known("y"));
	/* Nor what comes after it: that would claim that all before came. */
	ck_assert_uint_eq(old.n_versions, before);
	ck_assert_int_eq(old.rc, 0);
	ck_assert(!old.closed);
	liar_release(&old);
	hostile_expect_alive();
}
END_TEST

START_TEST(a_stream_that_never_ends_is_said)
{
	struct version v = liar_file("bait", HOSTILE_REPLICA, 1);

	liar_offer(&h.liar, HOSTILE_REPLICA, NULL);
	liar_version(&h.liar, &v, NULL);
	pair_run(&h.pair, 100);
	ck_assert_uint_eq(hostile_status().n_peers, 1);
	ck_assert(hostile_status().peers[0].receiving);
	ck_assert(!hostile_status().peers[0].agrees);
	hostile_expect_alive();
}
END_TEST

TCase *
folder_hostile_version_tcase(void)
{
	TCase *t = hostile_tcase("hostile_version");

	tcase_add_test(t, paths_that_are_not_ours_to_write_end_the_session);
	tcase_add_test(t, nothing_is_written_through_a_link_or_a_file);
	tcase_add_test(t, one_dot_with_two_contents_and_on_two_paths_is_borne);
	tcase_add_test(t, a_full_vector_does_not_keep_a_user_from_editing);
	tcase_add_test(t, our_own_number_beyond_what_we_made_loses_no_edit);
	tcase_add_test(
	    t, our_own_number_in_a_knowledge_keeps_nothing_from_others);
	tcase_add_test(t, our_own_number_in_an_offer_keeps_nothing_from_others);
	tcase_add_test(t, L35_what_was_refused_is_not_known);
	tcase_add_test(t, L35_lies_about_our_number_change_it_seldom);
	tcase_add_test(t, a_halted_folder_passes_nothing_on);
	tcase_add_test(t, who_cannot_read_metadata_is_sent_none);
	tcase_add_test(t, a_stream_that_never_ends_is_said);
	return t;
}
