/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "daemon/index/index_internal.h"
#include "tests/daemon/index/index_world.h"

/* More than there are places, so that every place was taken several times. */
enum { MANY = 10000, LONG_BYTES = 2000 };

static struct index_row
row_of(int64_t id, const char *disk)
{
	return (struct index_row){
	    .id = id, .flags = ROW_ALIVE, .disk = span_str(disk)};
}

static bool
remembered(struct world *w, const char *name, struct index_row *out)
{
	return index_recent_find(w->ix, INDEX_ROOT, span_str(name), out);
}

START_TEST(a_row_is_remembered_as_it_was_put)
{
	struct index_row put = row_of(7, "disk"), got;
	struct world w;

	world_begin(&w, 120);
	world_open(&w);
	put.bytes = 5;
	put.known = span_str("versions");
	ck_assert(!remembered(&w, "a", &got));
	index_recent_put(w.ix, INDEX_ROOT, span_str("a"), &put);
	ck_assert(remembered(&w, "a", &got));
	ck_assert_int_eq(got.id, 7);
	ck_assert_int_eq(got.flags, ROW_ALIVE);
	ck_assert_int_eq(got.bytes, 5);
	ck_assert(span_equal(got.disk, put.disk));
	ck_assert(span_equal(got.known, put.known));
	ck_assert_uint_eq(got.base.len + got.intent.len, 0);
	ck_assert(
	    !index_recent_find(w.ix, INDEX_ROOT + 1, span_str("a"), &got));
	index_recent_drop(w.ix, INDEX_ROOT, span_str("a"));
	ck_assert(!remembered(&w, "a", &got));
	world_end(&w);
}
END_TEST

START_TEST(of_two_in_one_place_the_later_is_remembered_and_none_is_mistaken)
{
	struct index_row put, got;
	struct world w;
	char name[16];
	unsigned found = 0;

	world_begin(&w, 121);
	world_open(&w);
	for (int i = 1; i <= MANY; i++) {
		snprintf(name, sizeof name, "f%d", i);
		put = row_of(i, name);
		index_recent_put(w.ix, INDEX_ROOT, span_str(name), &put);
		ck_assert(remembered(&w, name, &got));
	}
	for (int i = 1; i <= MANY; i++) {
		snprintf(name, sizeof name, "f%d", i);
		if (!remembered(&w, name, &got))
			continue;
		found++;
		ck_assert_int_eq(got.id, i);
		ck_assert(span_equal(got.disk, span_str(name)));
	}
	ck_assert_uint_gt(found, MANY / 10);
	ck_assert_uint_lt(found, MANY);
	world_end(&w);
}
END_TEST

START_TEST(a_large_row_is_not_remembered_nor_what_was_before_it)
{
	char large[LONG_BYTES + 1];
	struct index_row put = row_of(1, "small"), got;
	struct world w;

	memset(large, 'x', LONG_BYTES);
	large[LONG_BYTES] = '\0';
	world_begin(&w, 122);
	world_open(&w);
	index_recent_put(w.ix, INDEX_ROOT, span_str("a"), &put);
	put = row_of(1, large);
	index_recent_put(w.ix, INDEX_ROOT, span_str("a"), &put);
	ck_assert(!remembered(&w, "a", &got));
	world_end(&w);
}
END_TEST

START_TEST(what_is_loaded_and_stored_is_remembered_until_a_rollback)
{
	struct index_row got;
	struct entry e, again;
	struct world w;

	world_begin(&w, 123);
	world_open(&w);
	entry_init(&e);
	entry_init(&again);
	ok(index_load(w.ix, span_str("b"), &e));
	ck_assert(remembered(&w, "b", &got));
	ck_assert_int_eq(got.id, 0); /* that there is none */
	ok(index_begin(w.ix));
	for (int i = 0; i < 100 && got.id == 0; i++) { /* some store nothing */
		world_mutate(&w, "b", &e);
		ck_assert(remembered(&w, "b", &got));
	}
	ck_assert_int_ne(got.id, 0);
	ok(index_load(w.ix, span_str("b"), &again));
	assert_entry_equal(&e, &again);
	index_rollback(w.ix);
	ck_assert(!remembered(&w, "b", &got));
	ok(index_load(w.ix, span_str("b"), &again));
	ck_assert_uint_eq(again.known.v.n, 0);
	entry_release(&e);
	entry_release(&again);
	world_end(&w);
}
END_TEST

START_TEST(nothing_is_remembered_of_a_batch_that_sqlite_ended)
{
	struct index_row put = row_of(1, "disk"), got;
	struct world w;

	world_begin(&w, 124);
	world_open(&w);
	ok(index_begin(w.ix));
	index_recent_put(w.ix, INDEX_ROOT, span_str("a"), &put);
	ck_assert(remembered(&w, "a", &got));
	ok(sqlite3_exec(w.ix->db, "ROLLBACK", NULL, NULL, NULL));
	ck_assert(!remembered(&w, "a", &got));
	index_rollback(w.ix);
	world_end(&w);
}
END_TEST

TCase *
index_recent_tcase(void)
{
	TCase *t = tcase_create("recent");

	tcase_add_test(t, a_row_is_remembered_as_it_was_put);
	tcase_add_test(t,
	    of_two_in_one_place_the_later_is_remembered_and_none_is_mistaken);
	tcase_add_test(t, a_large_row_is_not_remembered_nor_what_was_before_it);
	tcase_add_test(
	    t, what_is_loaded_and_stored_is_remembered_until_a_rollback);
	tcase_add_test(t, nothing_is_remembered_of_a_batch_that_sqlite_ended);
	return t;
}
