/* SPDX-License-Identifier: Apache-2.0 */
/* Peers that lie (LESSONS C): whatever one says, the folder runs on, others
 * are served, and nothing outside the paths that it speaks of changes. */
#include "daemon/folder/folder_internal.h"
#include "tests/daemon/folder/folder_liar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/chunk/chunk.h"
#include "tests/daemon/folder/folder_test.h"

#define REPLICA 77

static struct folder_pair pair;
static struct liar liar;

/* The host's own clock, put forward. */
static struct host_ops skewed;
static const struct host_ops *real;
static int64_t skew_ms;

static int64_t
skewed_mono_ns(void *self)
{
	return real->mono_ns(self) + skew_ms * 1000000;
}

static void
setup(void)
{
	pair_init(&pair);
	real = pair.host->ops;
	skewed = *real;
	skewed.mono_ns = skewed_mono_ns;
	pair.host->ops = &skewed;
	skew_ms = 0;
	pair_sh(&pair, 0, "echo mine >mine; mkdir d; echo two >d/two");
	pair_open(&pair, 0);
	pair_run(&pair, 200);
	liar_init(&liar, &pair.side[0], 1);
}

static void
teardown(void)
{
	liar_release(&liar);
	pair_release(&pair);
}

static struct folder_status
status(void)
{
	struct folder_status st;

	folder_status(pair.side[0].folder, &st);
	return st;
}

/* Runs until a command succeeds at a side, for up to ms. */
static bool
comes_true(int side, const char *command, unsigned ms)
{
	char line[1024];

	snprintf(
	    line, sizeof line, "{ %s; } >/dev/null 2>&1 && echo yes", command);
	for (unsigned t = 0; t < ms; t += 20) {
		if (strcmp(pair_out(&pair, side, line), "yes") == 0)
			return true;
		pair_run(&pair, 20);
	}
	return false;
}

/* Does the folder run, and share its files with an honest peer? */
static void
expect_alive(void)
{
	struct folder_status st;

	pair_run(&pair, 100);
	st = status();
	ck_assert_msg(st.state == FOLDER_RUNNING, "%s", st.halt);
	ck_assert_str_eq(pair_out(&pair, 0, "cat mine d/two"), "mine\ntwo");
	if (pair.side[1].folder == NULL) {
		pair_open(&pair, 1);
		pair_connect(&pair);
	}
	ck_assert(comes_true(1, "cat mine d/two", 5000));
	pair_sh(&pair, 1, "echo theirs >theirs");
	ck_assert(comes_true(0, "grep theirs theirs", 5000));
	pair_sh(&pair, 0, "echo later >later");
	ck_assert(comes_true(1, "grep later later", 5000));
	st = status();
	ck_assert_msg(st.state == FOLDER_RUNNING, "%s", st.halt);
}

static struct name
name_of(struct span bytes)
{
	struct chunk_list list;
	struct name name;

	chunks_init(&list);
	ck_assert_int_eq(chunk_all(bytes, &list, &name), 0);
	chunks_release(&list);
	return name;
}

/* Runs until the liar was asked for something. */
static void
await_want(void)
{
	for (int i = 0; i < 200 && liar.wants.n == 0; i++)
		pair_run(&pair, 10);
	ck_assert_uint_gt(liar.wants.n, 0);
}

/* ---- versions ------------------------------------------------------------ */

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
	v = liar_file(good, REPLICA, 1);
	v.vector = (struct vector){0};
	ck_assert_int_eq(vector_raise(&v.vector, v.dot), 0);
	ck_assert_int_eq(version_new(&v, &made), 0);
	vector_release(&v.vector);
	memcpy(bytes, made->record.p, made->record.len);
	at = memmem(bytes, made->record.len, good, len);
	ck_assert_ptr_nonnull(at);
	memcpy(at, path, len);
	record = (struct msg_record){true, span_of(bytes, made->record.len)};
	m.versions.channel = liar.channel;
	m.versions.records = &record;
	m.versions.n_records = 1;
	liar_say(&liar, &m);
	version_free(made);
	return liar.rc;
}

START_TEST(paths_that_are_not_ours_to_write_end_the_session)
{
	static const struct span paths[] = {SPAN_LIT(".tutti"),
	    SPAN_LIT(".tutti/x"), SPAN_LIT(".TuTTi/x"), SPAN_LIT("d/.tutti"),
	    SPAN_LIT("../x"), SPAN_LIT(".."), SPAN_LIT("."), SPAN_LIT("/x"),
	    SPAN_LIT("d//x"), SPAN_LIT("d/"), SPAN_LIT("d/../../x"),
	    SPAN_LIT("a\0b")};

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		liar_release(&liar);
		liar_init(&liar, &pair.side[0], 1);
		liar_offer(&liar, REPLICA, NULL);
		ck_assert_int_eq(
		    say_path((const char *)paths[i].p, paths[i].len),
		    ERR_GRAMMAR);
	}
	expect_alive();
}
END_TEST

START_TEST(nothing_is_written_through_a_link_or_a_file)
{
	struct version v = liar_file("link/evil", REPLICA, 1);
	struct span bytes = SPAN_LIT("evil!");

	pair_sh(&pair, 0, "mkdir ../out; ln -s ../out link; echo f >file");
	pair_run(&pair, 300);
	liar_offer(&liar, REPLICA, NULL);
	v.content = name_of(bytes);
	/* It keeps the link's path alive as a directory: that is its right;
	 * what the link leads to is not. */
	liar_version(&liar, &v, NULL);
	v.path = SPAN_LIT("file/evil");
	v.dot.counter = 2;
	liar_version(&liar, &v, &(struct vector){0});
	for (int i = 0; i < 50; i++) {
		pair_run(&pair, 10);
		while (liar.wants.n > 0)
			liar_answer(&liar, bytes);
	}
	ck_assert_str_eq(pair_out(&pair, 0, "ls ../out"), "");
	ck_assert(comes_true(0, "cat file file.conflict* | grep f", 2000));
	expect_alive();
}
END_TEST

START_TEST(one_dot_with_two_contents_and_on_two_paths_is_borne)
{
	struct version v = liar_file("p", REPLICA, 1);

	liar_offer(&liar, REPLICA, NULL);
	liar_version(&liar, &v, NULL);
	v.size = 6;
	liar_version(&liar, &v, NULL);
	v.kind = KIND_DIR;
	liar_version(&liar, &v, NULL);
	v = liar_file("q", REPLICA, 1);
	liar_version(&liar, &v, NULL);
	ck_assert_int_eq(liar.rc, 0);
	expect_alive();
}
END_TEST

START_TEST(a_full_vector_does_not_keep_a_user_from_editing)
{
	struct version v = liar_file("full", REPLICA, 1);
	struct span bytes = SPAN_LIT("lies\n");

	liar_offer(&liar, REPLICA, NULL);
	for (uint64_t i = 0; i < LIMIT_VECTOR_ENTRIES - 1; i++)
		ck_assert_int_eq(
		    vector_raise(&v.vector,
			(struct dot){1000 + i, (uint64_t)LIMIT_COUNTER}),
		    0);
	v.content = name_of(bytes);
	liar_version(&liar, &v, &(struct vector){0});
	await_want();
	liar_answer(&liar, bytes);
	ck_assert(comes_true(0, "grep lies full", 2000));
	pair_sh(&pair, 0, "echo edited >full");
	pair_run(&pair, 300);
	liar_release(&liar);
	expect_alive();
	ck_assert(comes_true(1, "grep edited full", 2000));
	vector_release(&v.vector);
}
END_TEST

START_TEST(our_own_number_beyond_what_we_made_loses_no_edit)
{
	struct version v;
	struct span bytes = SPAN_LIT("lies\n");

	liar_offer(&liar, REPLICA, NULL);
	v = liar_file("own", liar.replica, 1000000);
	v.content = name_of(bytes);
	liar_version(&liar, &v, &(struct vector){0});
	/* Now it is offered the folder anew. */
	pair_run(&pair, 50);
	ck_assert_uint_ne(liar.replica, v.dot.replica);
	liar_version(&liar, &v, &(struct vector){0});
	if (liar.peer != NULL) {
		await_want();
		liar_answer(&liar, bytes);
		ck_assert(comes_true(0, "grep lies own", 2000));
	}
	pair_sh(&pair, 0, "echo edited >own; echo edited >mine2");
	pair_run(&pair, 500);
	ck_assert_str_eq(pair_out(&pair, 0, "cat own"), "edited");
	liar_release(&liar);
	expect_alive();
	ck_assert(comes_true(1, "grep edited own && grep edited mine2", 3000));
}
END_TEST

/* It claims to know what we shall only make: else it would reach nobody. */
START_TEST(our_own_number_in_a_knowledge_keeps_nothing_from_others)
{
	struct vector k = {0};
	struct version v = liar_file("bait", REPLICA, 1);

	liar_offer(&liar, REPLICA, NULL);
	ck_assert_int_eq(
	    vector_raise(&k, (struct dot){liar.replica, 1000000}), 0);
	liar_version(&liar, &v, &k);
	vector_release(&k);
	liar_release(&liar);
	expect_alive();
}
END_TEST

START_TEST(our_own_number_in_an_offer_keeps_nothing_from_others)
{
	struct vector k = {0};

	ck_assert_int_eq(
	    vector_raise(&k, (struct dot){liar.replica, 1000000}), 0);
	liar_offer(&liar, REPLICA, &k);
	vector_release(&k);
	expect_alive();
}
END_TEST

/* A path that is full takes no more; what was refused has to come again, so
 * neither its sender's knowledge nor a point behind it is taken over. */
START_TEST(L35_what_was_refused_is_not_known)
{
	struct folder *f = pair.side[0].folder;
	uint64_t n = LIMIT_SIBLINGS + 1, last = 1000 + n;
	struct index_resume point = {0};
	struct msg m = {.type = MSG_VERSIONS};
	struct msg_record record = {.holds = true};
	struct version v = liar_file("more", REPLICA, 1), *made;
	struct vector k = {0};

	liar_offer(&liar, REPLICA, NULL);
	for (uint64_t i = 1; i <= n; i++) {
		struct version sib = liar_file("sib", 1000 + i, 1);

		liar_version(&liar, &sib, NULL);
		ck_assert_int_eq(vector_raise(&k, sib.dot), 0);
	}
	ck_assert_int_eq(vector_raise(&v.vector, v.dot), 0);
	ck_assert_int_eq(version_new(&v, &made), 0);
	vector_release(&v.vector);
	record.bytes = made->record;
	m.versions.channel = liar.channel;
	m.versions.records = &record;
	m.versions.n_records = 1;
	m.versions.first = true;
	m.versions.cursor = (struct dot){last, 1};
	liar_say(&liar, &m);
	version_free(made);
	ck_assert_int_eq(liar.rc, 0);
	ck_assert_int_eq(index_resume_get(f->index, REPLICA, &point), 0);
	ck_assert(!point.present);
	v = liar_file("last", REPLICA, 2);
	liar_version(&liar, &v, &k);
	ck_assert_int_eq(liar.rc, 0);
	ck_assert_uint_eq(vector_get(index_knowledge(f->index), last), 0);
	vector_release(&k);
	vector_release(&point.noted);
}
END_TEST

/* Each lie costs us a number; so the next is not believed for a while. */
START_TEST(L35_lies_about_our_number_change_it_seldom)
{
	const struct folder *f = pair.side[0].folder;
	size_t numbers = 0;

	for (int i = 0; i < 5; i++) {
		struct vector k = {0};

		liar_release(&liar);
		liar_init(&liar, &pair.side[0], 1);
		liar_offer(&liar, REPLICA, NULL);
		ck_assert_int_eq(
		    vector_raise(&k, (struct dot){liar.replica, 1000000}), 0);
		liar_offer(&liar, REPLICA, &k);
		vector_release(&k);
		pair_run(&pair, 20);
		if (i == 0)
			numbers = f->numbers.n;
		ck_assert_uint_eq(f->numbers.n, numbers);
	}
	ck_assert_uint_ge(numbers, 1);
	expect_alive();
}
END_TEST

START_TEST(a_halted_folder_passes_nothing_on)
{
	struct version v = {
	    .path = SPAN_LIT("z"), .kind = KIND_DIR, .dot = {REPLICA, 1}};

	pair_open(&pair, 1);
	pair_connect(&pair);
	pair_settle(&pair);
	folder_halt(pair.side[0].folder, FOLDER_HALT_DELETES, "for a test");
	liar_offer(&liar, REPLICA, NULL);
	liar_version(&liar, &v, &(struct vector){0});
	pair_run(&pair, 300);
	ck_assert_str_eq(pair_out(&pair, 1, "ls"), "d\nmine");
	folder_accept(pair.side[0].folder);
	ck_assert(comes_true(1, "ls z", 3000));
}
END_TEST

START_TEST(endless_knowledge_is_borne)
{
	struct version v = liar_file("bait", REPLICA, 1);

	liar_offer(&liar, REPLICA, NULL);
	for (uint64_t round = 0; round < 3; round++) {
		struct vector k = {0};

		for (uint64_t i = 0; i < LIMIT_KNOWLEDGE_ENTRIES; i++)
			ck_assert_int_eq(
			    VEC_PUSH(
				&k.v, ((struct dot){(round << 32) + i + 1, 5})),
			    0);
		v.dot.counter++;
		liar_version(&liar, &v, &k);
		vector_release(&k);
	}
	liar_release(&liar);
	expect_alive();
}
END_TEST

START_TEST(endless_siblings_do_not_fail_the_folder)
{
	liar_offer(&liar, REPLICA, NULL);
	for (uint64_t i = 0; i < LIMIT_SIBLINGS + 1; i++) {
		struct version v = liar_file("sib", 1000 + i, 1);

		liar_version(&liar, &v, NULL);
	}
	liar_release(&liar);
	pair_sh(&pair, 0, "echo more >sib; sleep 0.3; echo again >sib");
	expect_alive();
}
END_TEST

START_TEST(a_path_of_a_thousand_directories_is_borne)
{
	char path[4000];
	struct version v;

	liar_offer(&liar, REPLICA, NULL);
	for (size_t i = 0; i < sizeof path - 1; i++)
		path[i] = i % 2 == 0 ? 'a' : '/';
	path[sizeof path - 1] = 0;
	for (uint64_t i = 0; i < 2; i++) {
		path[40 * i] = 'b';
		v = liar_file(path, REPLICA, i + 1);
		liar_version(&liar, &v, NULL);
	}
	ck_assert_int_eq(liar.rc, 0);
	expect_alive();
}
END_TEST

START_TEST(a_stream_that_never_ends_is_said)
{
	struct version v = liar_file("bait", REPLICA, 1);

	liar_offer(&liar, REPLICA, NULL);
	liar_version(&liar, &v, NULL);
	pair_run(&pair, 100);
	ck_assert_uint_eq(status().n_peers, 1);
	ck_assert(status().peers[0].receiving);
	ck_assert(!status().peers[0].agrees);
	expect_alive();
}
END_TEST

/* ---- content ------------------------------------------------------------- */

START_TEST(wrong_content_is_dropped_and_another_asked)
{
	struct version v = liar_file("x", REPLICA, 1);
	struct vector k = {0};

	v.size = 6;
	v.content = name_of(SPAN_LIT("right\n"));
	liar_offer(&liar, REPLICA, NULL);
	ck_assert_int_eq(vector_raise(&k, v.dot), 0);
	liar_version(&liar, &v, &k);
	vector_release(&k);
	for (int i = 0; i < 5; i++) {
		await_want();
		liar_answer(&liar, SPAN_LIT("wrong\n"));
	}
	pair_open(&pair, 1);
	pair_connect(&pair);
	pair_sh(&pair, 1, "echo right >y");
	for (int i = 0; i < 300; i++) {
		pair_run(&pair, 10);
		while (liar.wants.n > 0)
			liar_answer(&liar, SPAN_LIT("wrong\n"));
	}
	ck_assert_str_eq(pair_out(&pair, 0, "cat x y"), "right\nright");
	expect_alive();
}
END_TEST

START_TEST(a_size_that_lies_keeps_the_content_from_nobody)
{
	static const uint64_t sizes[] = {3, 7};
	struct vector k = {0};

	liar_offer(&liar, REPLICA, NULL);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		char path[] = {(char)('a' + i), 0};
		struct version v = liar_file(path, REPLICA, i + 1);

		v.size = sizes[i];
		v.content = name_of(SPAN_LIT("right\n"));
		ck_assert_int_eq(vector_raise(&k, v.dot), 0);
		liar_version(&liar, &v, &k);
	}
	vector_release(&k);
	pair_open(&pair, 1);
	pair_connect(&pair);
	pair_sh(&pair, 1, "echo right >y");
	for (int i = 0; i < 500 && !comes_true(0, "grep right y", 20); i++)
		while (liar.wants.n > 0)
			liar_answer(&liar, SPAN_LIT("right\n"));
	ck_assert(comes_true(0, "grep right y", 20));
	ck_assert(comes_true(0, "! ls a && ! ls b", 20));
	expect_alive();
}
END_TEST

START_TEST(a_silent_holder_does_not_keep_others_from_giving)
{
	pair_open(&pair, 1);
	pair_connect(&pair);
	pair_settle(&pair);
	liar_offer(&liar, REPLICA, NULL);
	liar_version(&liar,
	    &(struct version){
		.path = SPAN_LIT("z"), .kind = KIND_DIR, .dot = {REPLICA, 1}},
	    &(struct vector){0});
	pair_run(&pair, 100);
	pair_sh(&pair, 1, "echo small >s; head -c 300000 /dev/urandom >big");
	await_want();
	pair_run(&pair, 500); /* what the honest one was asked for came */
	skew_ms = 31000;
	pair_sh(&pair, 0, "echo >poke"); /* timers run by the real clock */
	ck_assert(comes_true(0, "cat s && cmp big ../b/big", 10000));
	expect_alive();
}
END_TEST

START_TEST(more_than_was_asked_for_ends_the_session)
{
	struct version v = liar_file("x", REPLICA, 1);
	static uint8_t much[1 << 20];
	struct msg_piece piece = {.status = MSG_PIECE_MORE};
	struct msg m = {.type = MSG_DATA};

	liar_offer(&liar, REPLICA, NULL);
	liar_version(&liar, &v, &(struct vector){0});
	await_want();
	piece.id = liar.wants.items[0].id;
	piece.bytes = span_of(much, sizeof much);
	m.data.channel = liar.channel;
	m.data.pieces = &piece;
	m.data.n_pieces = 1;
	liar_say(&liar, &m);
	ck_assert_int_eq(liar.rc, ERR_LIMIT);
	expect_alive();
}
END_TEST

START_TEST(a_size_that_lies_brings_nothing)
{
	static const uint8_t junk[64] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x0f};
	struct version v = liar_file("x", REPLICA, 1);

	v.size = (uint64_t)LIMIT_FILE_BYTES;
	liar_offer(&liar, REPLICA, NULL);
	liar_version(&liar, &v, NULL);
	v = liar_file("y", REPLICA, 2);
	v.size = 100000;
	liar_version(&liar, &v, &(struct vector){0});
	for (int i = 0; i < 100; i++) {
		pair_run(&pair, 10);
		while (liar.wants.n > 0)
			liar_answer(&liar, span_of(junk, (size_t)i % 64));
	}
	ck_assert(comes_true(0, "! ls x && ! ls y", 100));
	expect_alive();
}
END_TEST

/* As above, of a content whose list is asked for. */
START_TEST(a_size_that_lies_is_told_from_a_list_that_does)
{
	const struct chunk_list none = {0};
	struct version v = liar_file("a", REPLICA, 1);
	struct chunk_list list = {0};
	struct vector k = {0};
	uint8_t *zero = calloc(1, 300000);
	struct buf patch;

	ck_assert_ptr_nonnull(zero);
	liar_offer(&liar, REPLICA, NULL);
	v.size = 299999;
	ck_assert_int_eq(
	    chunk_all(span_of(zero, 300000), &list, &v.content), 0);
	free(zero);
	buf_init(&patch, 1 << 20);
	ck_assert_int_eq(chunks_diff(&none, &list, 0, &patch), 0);
	chunks_release(&list);
	ck_assert_int_eq(vector_raise(&k, v.dot), 0);
	liar_version(&liar, &v, &k);
	vector_release(&k);
	pair_open(&pair, 1);
	pair_sh(&pair, 1, "head -c 300000 /dev/zero >y");
	pair_connect(&pair);
	for (int i = 0; i < 500 && status().troubles == 0; i++) {
		while (liar.wants.n > 0)
			liar_answer(&liar, buf_span(&patch));
		pair_run(&pair, 20);
	}
	buf_release(&patch);
	ck_assert_str_eq(status().trouble_path, "a");
	ck_assert(comes_true(0, "cmp y ../b/y", 5000));
	ck_assert(comes_true(0, "! ls a", 20));
	expect_alive();
}
END_TEST

/* A list that has the right name, and more chunks than any file of its size:
 * a few bytes on the wire, much memory here. */
START_TEST(L31_a_list_of_too_many_chunks_is_refused)
{
	const struct chunk_list none = {0};
	struct version v = liar_file("x", REPLICA, 1);
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
	liar_offer(&liar, REPLICA, NULL);
	liar_version(&liar, &v, &(struct vector){0});
	for (int i = 0; i < 50; i++) {
		pair_run(&pair, 10);
		while (liar.wants.n > 0) {
			ck_assert_int_eq(
			    liar.wants.items[0].kind, MSG_WANT_LIST);
			liar_answer(&liar, buf_span(&patch));
		}
	}
	ck_assert(comes_true(0, "! ls x", 100));
	expect_alive();
	buf_release(&patch);
	chunks_release(&list);
}
END_TEST

/* ---- floods -------------------------------------------------------------- */

static void
say_wants(size_t n, enum msg_want_kind kind, struct name content)
{
	static struct msg_want_item items[LIMIT_WANT_ITEMS];
	struct msg m = {.type = MSG_WANT};

	for (size_t i = 0; i < n; i++)
		items[i] = (struct msg_want_item){.id = (uint32_t)i + 1,
		    .kind = kind,
		    .content = content,
		    .verify = true,
		    .first = kind == MSG_WANT_CHUNKS ? (uint32_t)i : 0,
		    .count = kind == MSG_WANT_CHUNKS};
	m.want.channel = liar.channel;
	m.want.items = items;
	m.want.n_items = n;
	liar_say(&liar, &m);
}

START_TEST(what_is_not_there_and_what_is_not_shared_answer_alike)
{
	struct name content = name_of(SPAN_LIT("secret"));

	liar_offer(&liar, REPLICA, NULL);
	say_wants(100, MSG_WANT_WHOLE, content);
	pair_run(&pair, 100);
	ck_assert_uint_eq(liar.n_notfound, 100);
	say_wants(100, MSG_WANT_LIST, content);
	say_wants(100, MSG_WANT_CHUNKS, name_of(SPAN_LIT("mine\n")));
	pair_run(&pair, 100);
	ck_assert_uint_eq(liar.n_notfound, 300);
	ck_assert_uint_eq(liar.n_data, 0);
	say_wants(1, MSG_WANT_WHOLE, name_of(SPAN_LIT("mine\n")));
	pair_run(&pair, 100);
	ck_assert_uint_eq(liar.n_data, 1);
	ck_assert_uint_eq(liar.data_bytes, 5);
	expect_alive();
}
END_TEST

START_TEST(chunks_are_verified_on_request)
{
	struct name name;
	char *at;

	pair_sh(&pair, 0, "head -c 300000 /dev/zero >zero");
	pair_run(&pair, 300);
	at = calloc(1, 300000);
	name = name_of(span_of(at, 300000));
	free(at);
	liar_offer(&liar, REPLICA, NULL);
	say_wants(1, MSG_WANT_CHUNKS, name);
	pair_run(&pair, 100);
	ck_assert_uint_eq(liar.n_data, 1);
	/* Other bytes, with the times of before, as through a mapping. */
	pair_sh(&pair, 0,
	    "touch -r zero ../ref; printf x | dd of=zero "
	    "conv=notrunc status=none; touch -r ../ref zero");
	say_wants(1, MSG_WANT_CHUNKS, name);
	pair_run(&pair, 300);
	ck_assert_uint_eq(liar.n_data, 1);
	ck_assert_uint_eq(liar.n_notfound, 1);
	expect_alive();
}
END_TEST

/* What a power cut takes back must not have been told. */
START_TEST(nothing_is_told_before_it_is_committed)
{
	struct version v = liar_file("theirs", REPLICA, 1);

	v.content = name_of(SPAN_LIT("theirs\n"));
	v.size = 7;
	liar_offer(&liar, REPLICA, NULL);
	pair_run(&pair, 200);
	liar_version(&liar, &v, NULL);
	pair_run(&pair, 200);
	ck_assert_uint_eq(liar.wants.n, 1);
	liar_answer(&liar, SPAN_LIT("theirs\n"));
	for (int i = 0; i < 5; i++) {
		pair_sh(&pair, 0, "echo more >>more; echo new >d/new");
		pair_run(&pair, 100);
	}
	ck_assert_uint_gt(liar.n_versions, 2);
	ck_assert_uint_gt(liar.n_have, 1);
	ck_assert_uint_eq(liar.n_early, 0);
	expect_alive();
}
END_TEST

START_TEST(no_more_is_asked_for_than_the_credit)
{
	enum { FILES = LIMIT_IN_FLIGHT_BYTES / LIMIT_SMALL_FILE_BYTES + 20 };
	char path[16];

	liar_offer(&liar, REPLICA, NULL);
	for (uint64_t i = 1; i <= FILES; i++) {
		struct version v;

		snprintf(path, sizeof path, "many%d", (int)i);
		v = liar_file(path, REPLICA, i);
		v.size = LIMIT_SMALL_FILE_BYTES;
		v.content = name_of(span_str(path));
		liar_version(&liar, &v, NULL);
	}
	pair_run(&pair, 500);
	ck_assert_uint_gt(liar.wants.n, 0);
	ck_assert_uint_le(
	    liar.wants.n * LIMIT_SMALL_FILE_BYTES, LIMIT_IN_FLIGHT_BYTES);
	expect_alive();
}
END_TEST

START_TEST(what_is_not_written_yet_is_bounded)
{
	enum { FILES = 4 * LIMIT_IN_FLIGHT_BYTES / LIMIT_SMALL_FILE_BYTES };
	static uint8_t bytes[LIMIT_SMALL_FILE_BYTES];
	struct folder *f = pair.side[0].folder;
	uint64_t given = 0;
	char path[16];

	liar_offer(&liar, REPLICA, NULL);
	for (uint64_t i = 1; i <= FILES; i++) {
		struct version v;

		snprintf(path, sizeof path, "many%d", (int)i);
		v = liar_file(path, REPLICA, i);
		v.size = sizeof bytes;
		v.content = name_of(span_str(path));
		liar_version(&liar, &v, NULL);
	}
	f->staging += JOBS_STAGING; /* as if the disk stood still */
	for (int i = 0; i < 60; i++) {
		pair_run(&pair, 10);
		for (; liar.wants.n > 0; given += sizeof bytes)
			liar_answer(&liar, span_of(bytes, sizeof bytes));
	}
	f->staging -= JOBS_STAGING;
	ck_assert_uint_ge(given, LIMIT_IN_FLIGHT_BYTES);
	ck_assert_uint_le(given, 2 * LIMIT_IN_FLIGHT_BYTES);
	expect_alive();
}
END_TEST

START_TEST(endless_wants_end_the_session)
{
	liar_offer(&liar, REPLICA, NULL);
	for (int i = 0; i < 6 && liar.peer != NULL; i++)
		say_wants(LIMIT_WANT_ITEMS, MSG_WANT_WHOLE,
		    name_of(SPAN_LIT("mine\n")));
	ck_assert_int_eq(liar.rc, ERR_LIMIT);
	expect_alive();
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

	liar_offer(&liar, REPLICA, NULL);
	data.data.channel = liar.channel;
	data.data.pieces = &piece;
	data.data.n_pieces = 1;
	notfound.notfound.channel = have.have.channel = liar.channel;
	notfound.notfound.ids = ids;
	notfound.notfound.n_ids = LIMIT_WANT_ITEMS;
	have.have.names = names;
	have.have.n_names = LIMIT_WANT_ITEMS;
	have.have.open_paths = have.have.open_bytes = UINT64_MAX;
	for (int i = 0; i < 50; i++) {
		liar_say(&liar, &data);
		liar_say(&liar, &notfound);
		liar_say(&liar, &have);
		pair_run(&pair, 1);
	}
	ck_assert_int_eq(liar.rc, 0);
	expect_alive();
}
END_TEST

START_TEST(offering_and_withdrawing_without_end_is_borne)
{
	struct version v = liar_file("x", REPLICA, 1);
	struct msg un = {.type = MSG_UNFOLDER, .unfolder = {7}};

	for (uint64_t i = 0; i < 200; i++) {
		liar_offer(&liar, REPLICA + i, NULL);
		v.dot.counter = i + 1;
		liar_version(&liar, &v, NULL);
		say_wants(100, MSG_WANT_WHOLE, name_of(SPAN_LIT("mine\n")));
		if (i % 3 == 0)
			pair_run(&pair, 1);
		if (i % 2 == 0)
			liar_say(&liar, &un);
	}
	ck_assert_int_eq(liar.rc, 0);
	expect_alive();
}
END_TEST

static bool
is_known(const char *path)
{
	struct entry e;
	bool known;

	entry_init(&e);
	ck_assert_int_eq(
	    index_load(pair.side[0].folder->index, span_str(path), &e), 0);
	known = e.known.v.n > 0;
	entry_release(&e);
	return known;
}

/* It named no feature: an older Tutti, to which this would be grammar. */
START_TEST(who_cannot_read_metadata_is_sent_none)
{
	struct version v = liar_file("x", REPLICA, 1);
	struct liar old;
	size_t before;

	v.meta = SPAN_LIT("\1\1\1a\0011");
	liar_offer(&liar, REPLICA, NULL);
	liar_init(&old, &pair.side[0], 2);
	liar_offer(&old, REPLICA + 1, NULL);
	pair_run(&pair, 200);
	before = old.n_versions;
	ck_assert_uint_gt(before, 0);
	liar_version(&liar, &v, NULL);
	v = liar_file("y", REPLICA, 2);
	liar_version(&liar, &v, NULL);
	pair_run(&pair, 200);
	ck_assert_int_eq(liar.rc, 0);
	ck_assert(is_known("x") && is_known("y"));
	/* Nor what comes after it: that would claim that all before came. */
	ck_assert_uint_eq(old.n_versions, before);
	ck_assert_int_eq(old.rc, 0);
	ck_assert(!old.closed);
	liar_release(&old);
	expect_alive();
}
END_TEST

TCase *
folder_hostile_tcase(void)
{
	TCase *t = tcase_create("hostile");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
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
	tcase_add_test(t, endless_knowledge_is_borne);
	tcase_add_test(t, endless_siblings_do_not_fail_the_folder);
	tcase_add_test(t, a_stream_that_never_ends_is_said);
	tcase_add_test(t, wrong_content_is_dropped_and_another_asked);
	tcase_add_test(t, a_silent_holder_does_not_keep_others_from_giving);
	tcase_add_test(t, more_than_was_asked_for_ends_the_session);
	tcase_add_test(t, a_size_that_lies_brings_nothing);
	tcase_add_test(t, a_size_that_lies_keeps_the_content_from_nobody);
	tcase_add_test(t, a_size_that_lies_is_told_from_a_list_that_does);
	tcase_add_test(t, L31_a_list_of_too_many_chunks_is_refused);
	tcase_add_test(
	    t, what_is_not_there_and_what_is_not_shared_answer_alike);
	tcase_add_test(t, chunks_are_verified_on_request);
	tcase_add_test(t, nothing_is_told_before_it_is_committed);
	tcase_add_test(t, no_more_is_asked_for_than_the_credit);
	tcase_add_test(t, what_is_not_written_yet_is_bounded);
	tcase_add_test(t, endless_wants_end_the_session);
	tcase_add_test(t, what_was_never_asked_for_is_dropped);
	tcase_add_test(t, offering_and_withdrawing_without_end_is_borne);
	/* The slowest: who looks for any that fails has the others first. */
	tcase_add_test(t, a_path_of_a_thousand_directories_is_borne);
	return t;
}
