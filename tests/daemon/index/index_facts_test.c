/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "daemon/index/index_internal.h"
#include "tests/daemon/index/index_world.h"

START_TEST(a_new_index_has_a_replica_and_keeps_it)
{
	struct world w;
	uint64_t replica;

	world_begin(&w, 40);
	world_open(&w);
	replica = index_replica(w.ix);
	ck_assert_uint_ne(replica, 0);
	world_close(&w);
	world_open(&w);
	ck_assert_uint_eq(index_replica(w.ix), replica);
	ck_assert_uint_eq(index_knowledge(w.ix)->v.n, 0);
	world_end(&w);
}
END_TEST

START_TEST(dots_go_up_and_are_never_given_twice)
{
	struct world w;
	struct dot dot;
	uint64_t last = 0;

	world_begin(&w, 41);
	world_open(&w);
	for (int i = 0; i < 50; i++) {
		ok(index_begin(w.ix));
		ok(index_next_dot(w.ix, &dot));
		ck_assert_uint_eq(dot.replica, index_replica(w.ix));
		ck_assert_uint_eq(dot.counter, last + 1);
		ck_assert(vector_covers(index_knowledge(w.ix), dot));
		if (world_random(&w, 3) == 0) {
			index_rollback(w.ix);
			ck_assert(!vector_covers(index_knowledge(w.ix), dot));
		} else {
			ok(index_commit(w.ix));
			last = dot.counter;
		}
		if (world_random(&w, 3) == 0) {
			world_crash(&w);
			world_open(&w);
		}
	}
	ck_assert_uint_eq(
	    vector_get(index_knowledge(w.ix), index_replica(w.ix)), last);
	world_end(&w);
}
END_TEST

START_TEST(a_new_replica_counts_anew_and_forgets_nothing)
{
	struct world w;
	struct dot old, dot;

	world_begin(&w, 42);
	world_open(&w);
	ok(index_begin(w.ix));
	ok(index_next_dot(w.ix, &old));
	ok(index_new_replica(w.ix));
	ck_assert_uint_ne(index_replica(w.ix), old.replica);
	ok(index_next_dot(w.ix, &dot));
	ck_assert_uint_eq(dot.counter, 1);
	ok(index_commit(w.ix));
	world_close(&w);
	world_open(&w);
	ck_assert(vector_covers(index_knowledge(w.ix), old));
	ck_assert(vector_covers(index_knowledge(w.ix), dot));
	ok(index_begin(w.ix));
	ok(index_new_replica(w.ix));
	index_rollback(w.ix);
	ck_assert_uint_eq(index_replica(w.ix), dot.replica);
	world_end(&w);
}
END_TEST

START_TEST(what_is_learnt_is_joined)
{
	struct world w;
	struct vector k = {0};

	world_begin(&w, 43);
	world_open(&w);
	ok(vector_raise(&k, (struct dot){UINT64_MAX, 5}));
	ok(vector_raise(&k, (struct dot){1, 7}));
	ok(index_begin(w.ix));
	ok(index_learn(w.ix, &k));
	ok(index_commit(w.ix));
	world_close(&w);
	world_open(&w);
	ck_assert(vector_equal(index_knowledge(w.ix), &k));
	vector_release(&k);
	world_end(&w);
}
END_TEST

START_TEST(facts_are_replaced_and_found)
{
	struct world w;
	struct buf got;

	world_begin(&w, 44);
	world_open(&w);
	buf_init(&got, 100);
	ck_assert_int_eq(index_fact_get(w.ix, "k", &got), ERR_NOTFOUND);
	ok(index_begin(w.ix));
	ok(index_fact_put(w.ix, "k", SPAN_LIT("one")));
	ok(index_fact_put(w.ix, "k", SPAN_LIT("two")));
	ok(index_fact_put(w.ix, "empty", span_of(NULL, 0)));
	ok(index_commit(w.ix));
	ok(buf_add(&got, SPAN_LIT("+")));
	ok(index_fact_get(w.ix, "k", &got));
	ok(index_fact_get(w.ix, "empty", &got));
	ck_assert(span_equal(buf_span(&got), SPAN_LIT("+two")));
	buf_release(&got);
	world_end(&w);
}
END_TEST

START_TEST(kept_files_are_found_by_content_and_age)
{
	struct world w;
	struct id_list ids = {0};
	struct name content;
	int64_t id = 0, last = 0;

	world_begin(&w, 45);
	world_open(&w);
	ok(index_begin(w.ix));
	for (unsigned i = 0; i < 5; i++) {
		struct index_kept kept = {
		    .content = world_name(i % 3), .since_ns = 100 - i};
		buf_init(&kept.path, 100);
		ok(buf_add(&kept.path, SPAN_LIT("a/b")));
		ok(index_next_id(w.ix, &kept.id));
		ck_assert_int_gt(kept.id, last);
		last = kept.id;
		ok(index_kept_put(w.ix, &kept));
		buf_release(&kept.path);
	}
	ok(index_commit(w.ix));
	content = world_name(1);
	ck_assert_int_eq(index_kept_find(w.ix, &content, &id), 1);
	ck_assert(id == 2 || id == 5);
	content = world_name(3);
	ck_assert_int_eq(index_kept_find(w.ix, &content, &id), 0);
	content = world_name(1);
	ck_assert_int_eq(
	    index_kept_find_from(w.ix, &content, SPAN_LIT("a/b"), &id), 1);
	ck_assert_int_eq(
	    index_kept_find_from(w.ix, &content, SPAN_LIT("a"), &id), 0);
	ok(index_kept_after(w.ix, 0, 3, &ids));
	ok(index_kept_after(w.ix, ids.v.items[ids.v.n - 1], 3, &ids));
	ck_assert_uint_eq(ids.v.n, 5);
	for (int64_t i = 0; i < 5; i++)
		ck_assert_int_eq(ids.v.items[i], i + 1);
	ok(index_begin(w.ix));
	ok(index_kept_drop(w.ix, 5));
	ok(index_kept_drop(w.ix, 2));
	ok(index_commit(w.ix));
	content = world_name(1);
	ck_assert_int_eq(index_kept_find(w.ix, &content, &id), 0);
	VEC_RELEASE(&ids.v);
	world_end(&w);
}
END_TEST

/* A peer that knows of so many that no K may hold them. */
START_TEST(L35_what_is_learnt_has_an_end)
{
	struct world w;
	struct vector k = {0}, few = {0};

	world_begin(&w, 46);
	world_open(&w);
	ok(vector_raise(&few, (struct dot){7, 1}));
	ok(index_begin(w.ix));
	ok(index_learn(w.ix, &few));
	for (uint64_t i = 1; i <= LIMIT_KNOWLEDGE_ENTRIES; i++)
		ok(vector_raise(&k, (struct dot){i, 5}));
	ok(index_learn(w.ix, &k));
	/* What is known goes up, what is new is left out, for our own numbers
	 * need room too; and it can be written. */
	ck_assert_uint_eq(index_knowledge(w.ix)->v.n, 1);
	ck_assert_uint_eq(vector_get(index_knowledge(w.ix), 7), 5);
	ok(index_commit(w.ix));
	world_close(&w);
	world_open(&w);
	ck_assert_uint_eq(vector_get(index_knowledge(w.ix), 7), 5);
	vector_release(&k);
	vector_release(&few);
	world_end(&w);
}
END_TEST

START_TEST(a_counter_that_is_used_up_gives_no_dot)
{
	struct world w;
	struct dot dot;

	world_begin(&w, 47);
	world_open(&w);
	w.ix->state.counter = LIMIT_COUNTER - 1;
	ok(index_begin(w.ix));
	ok(index_next_dot(w.ix, &dot));
	ck_assert_uint_eq(dot.counter, LIMIT_COUNTER);
	ck_assert_int_eq(index_next_dot(w.ix, &dot), ERR_LIMIT);
	ok(index_commit(w.ix));
	world_end(&w);
}
END_TEST

static uint64_t chances[4];
static size_t n_chances;

static void
loaded_chance(void *self, void *p, size_t len)
{
	(void)self;
	ck_assert_uint_eq(len, sizeof *chances);
	memcpy(p, &chances[n_chances++], len);
}

START_TEST(a_new_replica_is_none_that_was_before)
{
	struct world w;
	struct vector k = {0};

	world_begin(&w, 48);
	world_open(&w);
	ok(vector_raise(&k, (struct dot){1234, 1}));
	ok(index_begin(w.ix));
	ok(index_learn(w.ix, &k));
	chances[0] = 0; /* nobody */
	chances[1] = index_replica(w.ix);
	chances[2] = 1234; /* somebody's */
	chances[3] = 4321;
	w.ops.random = loaded_chance;
	ok(index_new_replica(w.ix));
	ck_assert_uint_eq(n_chances, 4);
	ck_assert_uint_eq(index_replica(w.ix), 4321);
	ok(index_commit(w.ix));
	vector_release(&k);
	world_end(&w);
}
END_TEST

TCase *
index_facts_tcase(void)
{
	TCase *t = tcase_create("facts");

	tcase_add_test(t, a_new_index_has_a_replica_and_keeps_it);
	tcase_add_test(t, dots_go_up_and_are_never_given_twice);
	tcase_add_test(t, a_new_replica_counts_anew_and_forgets_nothing);
	tcase_add_test(t, what_is_learnt_is_joined);
	tcase_add_test(t, facts_are_replaced_and_found);
	tcase_add_test(t, kept_files_are_found_by_content_and_age);
	tcase_add_test(t, L35_what_is_learnt_has_an_end);
	tcase_add_test(t, a_counter_that_is_used_up_gives_no_dot);
	tcase_add_test(t, a_new_replica_is_none_that_was_before);
	return t;
}
