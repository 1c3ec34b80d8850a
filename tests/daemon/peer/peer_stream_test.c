/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/peer/peer_test.h"

#include <stdio.h>
#include <stdlib.h>

/* a's number as a replica is below that of b: dots of a come first. */
static struct node a, b, c;
static struct way x;

static void
begin(void)
{
	node_begin(&a, 1);
	node_begin(&b, 2);
	node_begin(&c, 3);
	while (index_replica(b.w.ix) < index_replica(a.w.ix))
		node_lose(&a);
}

static void
end(void)
{
	way_end(&x);
	node_end(&a);
	node_end(&b);
	node_end(&c);
}

/* Everything of one goes to the other. */
static void
sync_to(struct node *from, struct node *to)
{
	struct way w;

	way_begin(&w, from, to);
	way_run(&w, 100);
	way_end(&w);
}

static void
make_many(struct node *n, const char *prefix, int count)
{
	char path[32];

	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s%d", prefix, i);
		node_make(n, path, 0);
	}
}

START_TEST(an_empty_folder_is_a_stream_too)
{
	way_begin(&x, &a, &b);
	ck_assert(!peer_stream_idle(&x.stream, a.w.ix));
	way_run(&x, 10);
	ck_assert(x.ended);
	ck_assert_uint_eq(x.records, 0);
}
END_TEST

START_TEST(every_version_not_covered_is_sent_in_order_of_dots)
{
	make_many(&b, "b", 7);
	sync_to(&b, &a);
	make_many(&a, "a", 5);
	node_make(&c, "c", 0);
	sync_to(&c, &a);
	way_begin(&x, &a, &b);
	way_run(&x, 2);
	ck_assert(x.ended && !x.disordered && !x.resumed);
	/* Not the seven that b has. */
	ck_assert_uint_eq(x.records, 6);
	ck_assert(
	    vector_equal(index_knowledge(a.w.ix), index_knowledge(b.w.ix)));
}
END_TEST

START_TEST(L61_the_knowledge_that_ends_a_stream_is_that_of_its_start)
{
	struct dot before, later;

	before = node_make(&a, "p", 0);
	node_make(&a, "q", 0);
	way_begin(&x, &a, &b);
	ck_assert(way_step(&x, 1));
	later = node_make(&a, "p", ~0u);
	while (!x.ended)
		ck_assert(way_step(&x, 1));
	ck_assert(node_claims(&b, before));
	ck_assert(!node_claims(&b, later));
	/* But it came, before that was said. */
	ck_assert(node_covers(&b, "p", later));
	way_run(&x, 1);
	ck_assert(node_claims(&b, later));
}
END_TEST

START_TEST(what_arrives_behind_the_cursor_comes_before_the_end)
{
	struct dot low;

	low = node_make(&a, "low", 0);
	make_many(&b, "b", 3);
	way_begin(&x, &b, &c);
	ck_assert(way_step(&x, 2));
	sync_to(&a, &b);
	while (!x.ended)
		ck_assert(way_step(&x, 2));
	ck_assert(node_covers(&c, "low", low));
	ck_assert(!node_claims(&c, low));
}
END_TEST

START_TEST(L80_a_change_after_a_break_behind_the_cursor_arrives)
{
	struct dot change;

	/* The cursor stands on b's dots, above all of a's. */
	make_many(&b, "b", 4);
	sync_to(&b, &a);
	way_begin(&x, &a, &c);
	ck_assert(way_step(&x, 3));
	way_end(&x);
	change = node_make(&a, "changed", 0);
	way_begin(&x, &a, &c);
	while (!x.ended)
		ck_assert(way_step(&x, 1));
	ck_assert(x.resumed);
	ck_assert(node_covers(&c, "changed", change));
	/* The K of the broken stream does not claim it, nor what is new. */
	ck_assert(!node_claims(&c, change));
	/* Of the four, the three that came were not sent again. */
	ck_assert_uint_eq(x.records, 2);
	way_run(&x, 1);
	ck_assert(node_claims(&c, change));
}
END_TEST

START_TEST(much_left_behind_a_resume_point_arrives_in_batches)
{
	make_many(&b, "b", 3);
	sync_to(&b, &a);
	way_begin(&x, &a, &c);
	ck_assert(way_step(&x, 2));
	way_end(&x);
	make_many(&a, "a", 5);
	way_begin(&x, &a, &c);
	way_run(&x, 2);
	ck_assert(x.resumed);
	ck_assert_uint_eq(x.records, 6);
	ck_assert(
	    vector_equal(index_knowledge(a.w.ix), index_knowledge(c.w.ix)));
}
END_TEST

START_TEST(L25_a_stream_broken_again_and_again_ends)
{
	size_t records = 0;

	make_many(&a, "a", 20);
	for (int i = 0; i < 50 && !x.ended; i++) {
		way_end(&x);
		way_begin(&x, &a, &b);
		x.cut = 2;
		ck_assert(way_step(&x, 2));
		ck_assert(way_step(&x, 2));
		ck_assert(x.ended || way_step(&x, 2));
		records += x.records;
	}
	ck_assert(x.ended);
	ck_assert_uint_eq(records, 20);
}
END_TEST

START_TEST(the_resume_point_of_another_replica_is_not_taken)
{
	struct msg_folder theirs = {.has_resume = true};
	struct peer_batch batch;

	make_many(&a, "a", 2);
	theirs.resume.sender = index_replica(a.w.ix) + 1;
	theirs.resume.last = (struct dot){UINT64_MAX, 1};
	ok(peer_stream_start(&x.stream, a.w.ix, &theirs, 9));
	ck_assert_int_eq(peer_stream_step(&x.stream, a.w.ix, 9, &batch), 1);
	ck_assert(batch.m.first && !batch.m.resumed);
	ck_assert_uint_eq(batch.m.n_records, 2);
	peer_batch_release(&batch);
}
END_TEST

START_TEST(a_replica_that_got_a_new_number_begins_anew)
{
	make_many(&a, "a", 4);
	way_begin(&x, &a, &b);
	ck_assert(way_step(&x, 2));
	way_end(&x);
	x = (struct way){.from = NULL};
	ok(index_begin(a.w.ix));
	ok(index_new_replica(a.w.ix));
	ok(index_commit(a.w.ix));
	way_begin(&x, &a, &b);
	way_run(&x, 2);
	ck_assert(!x.resumed);
	ck_assert_uint_eq(x.records, 4);
}
END_TEST

START_TEST(a_noted_knowledge_that_we_never_had_is_not_taken)
{
	struct msg_folder theirs = {.has_resume = true};
	struct peer_batch batch;

	make_many(&a, "a", 2);
	theirs.resume.sender = index_replica(a.w.ix);
	theirs.resume.last = (struct dot){UINT64_MAX, 1};
	ok(vector_raise(&theirs.resume.noted, (struct dot){77, 1}));
	ok(peer_stream_start(&x.stream, a.w.ix, &theirs, 9));
	ck_assert_int_eq(peer_stream_step(&x.stream, a.w.ix, 9, &batch), 1);
	ck_assert(batch.m.first && !batch.m.resumed);
	ck_assert_uint_eq(batch.m.n_records, 2);
	peer_batch_release(&batch);
	vector_release(&theirs.resume.noted);
}
END_TEST

START_TEST(a_receiver_that_lost_its_database_gets_all_again)
{
	make_many(&a, "a", 4);
	make_many(&b, "b", 3);
	sync_to(&a, &b);
	sync_to(&b, &a);
	node_lose(&b);
	way_begin(&x, &a, &b);
	way_run(&x, 2);
	/* Its own as well. */
	ck_assert_uint_eq(x.records, 7);
	ck_assert(
	    vector_equal(index_knowledge(a.w.ix), index_knowledge(b.w.ix)));
}
END_TEST

START_TEST(what_a_peer_sent_is_not_sent_back)
{
	way_begin(&x, &a, &b);
	way_run(&x, 2);
	node_make(&b, "b", 0);
	sync_to(&b, &a);
	way_run(&x, 2);
	ck_assert_uint_eq(x.records, 0);
	/* The other ones get it. */
	way_end(&x);
	way_begin(&x, &a, &c);
	way_run(&x, 2);
	ck_assert_uint_eq(x.records, 1);
}
END_TEST

START_TEST(what_is_new_follows_and_then_there_is_nothing)
{
	struct dot dot;

	way_begin(&x, &a, &b);
	way_run(&x, 2);
	dot = node_make(&a, "p", 0);
	ck_assert(!peer_stream_idle(&x.stream, a.w.ix));
	way_run(&x, 2);
	ck_assert(node_claims(&b, dot));
	ck_assert(!way_step(&x, 2));
}
END_TEST

START_TEST(knowledge_alone_follows_too)
{
	struct vector more = {0};

	way_begin(&x, &a, &b);
	way_run(&x, 2);
	ok(vector_raise(&more, (struct dot){5, 9}));
	ok(index_begin(a.w.ix));
	ok(index_learn(a.w.ix, &more));
	ok(index_commit(a.w.ix));
	way_run(&x, 2);
	ck_assert(node_claims(&b, (struct dot){5, 9}));
	vector_release(&more);
}
END_TEST

START_TEST(a_version_superseded_before_its_turn_is_not_missed)
{
	struct dot dot;

	way_begin(&x, &a, &b);
	way_run(&x, 2);
	node_make(&a, "p", 0);
	dot = node_make(&a, "p", ~0u);
	way_run(&x, 2);
	ck_assert_uint_eq(x.records, 1);
	ck_assert(node_covers(&b, "p", dot));
}
END_TEST

START_TEST(a_stream_ends_where_the_last_arrival_is_not_known_any_more)
{
	struct entry e;

	way_begin(&x, &a, &b);
	way_run(&x, 2);
	node_make(&a, "p", 0);
	entry_init(&e);
	ok(index_begin(a.w.ix));
	ok(index_load(a.w.ix, SPAN_LIT("p"), &e));
	version_set_release(&e.known);
	ok(index_store(a.w.ix, &e, 0));
	ok(index_commit(a.w.ix));
	entry_release(&e);
	way_run(&x, 2);
	ck_assert_uint_eq(x.records, 0);
}
END_TEST

/* A gone whose record is as long as they get. */
static void
store_long(struct node *n, int i)
{
	static struct name names[LIMIT_DELETED_NAMES];
	char path[32];
	struct version d = {.kind = KIND_GONE}, *v;

	snprintf(path, sizeof path, "p%d", i);
	d.path = span_str(path);
	for (size_t k = 0; k < LIMIT_DELETED_NAMES; k++) {
		for (size_t j = 0; j < NAME_BYTES; j++)
			names[k].b[j] = (uint8_t)world_random(&n->w, 256);
		names[k].b[0] = (uint8_t)(k >> 8);
		names[k].b[1] = (uint8_t)k;
	}
	d.deleted = names;
	d.n_deleted = LIMIT_DELETED_NAMES;
	d.dot = (struct dot){99, (uint64_t)i + 1};
	ok(vector_raise(&d.vector, d.dot));
	ok(version_new(&d, &v));
	node_store(n, v, 7);
	version_free(v);
	vector_release(&d.vector);
}

START_TEST(long_records_are_parted_so_that_each_message_fits)
{
	char last[] = "p299";

	for (int i = 0; i < 300; i++)
		store_long(&a, i);
	way_begin(&x, &a, &b);
	way_run(&x, LIMIT_BATCH_RECORDS);
	ck_assert_uint_eq(x.records, 300);
	ck_assert_uint_gt(x.batches, 2);
	ck_assert(node_covers(&b, last, (struct dot){99, 300}));
	/* The same behind the end. */
	for (int i = 300; i < 500; i++)
		store_long(&a, i);
	way_run(&x, LIMIT_BATCH_RECORDS);
	ck_assert_uint_eq(x.records, 500);
}
END_TEST

TCase *
peer_stream_tcase(void)
{
	TCase *tc = tcase_create("stream");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, an_empty_folder_is_a_stream_too);
	tcase_add_test(tc, every_version_not_covered_is_sent_in_order_of_dots);
	tcase_add_test(
	    tc, L61_the_knowledge_that_ends_a_stream_is_that_of_its_start);
	tcase_add_test(tc, what_arrives_behind_the_cursor_comes_before_the_end);
	tcase_add_test(
	    tc, L80_a_change_after_a_break_behind_the_cursor_arrives);
	tcase_add_test(tc, much_left_behind_a_resume_point_arrives_in_batches);
	tcase_add_test(tc, L25_a_stream_broken_again_and_again_ends);
	tcase_add_test(tc, the_resume_point_of_another_replica_is_not_taken);
	tcase_add_test(tc, a_replica_that_got_a_new_number_begins_anew);
	tcase_add_test(tc, a_noted_knowledge_that_we_never_had_is_not_taken);
	tcase_add_test(tc, a_receiver_that_lost_its_database_gets_all_again);
	tcase_add_test(tc, what_a_peer_sent_is_not_sent_back);
	tcase_add_test(tc, what_is_new_follows_and_then_there_is_nothing);
	tcase_add_test(tc, knowledge_alone_follows_too);
	tcase_add_test(tc, a_version_superseded_before_its_turn_is_not_missed);
	tcase_add_test(
	    tc, a_stream_ends_where_the_last_arrival_is_not_known_any_more);
	tcase_add_test(tc, long_records_are_parted_so_that_each_message_fits);
	return tc;
}
