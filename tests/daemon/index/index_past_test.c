/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/index/index_world.h"

#include <check.h>
#include <string.h>

#define S INT64_C(1000000000)

static struct index_past
row(int64_t id, const char *path, unsigned content, int64_t age_ns)
{
	struct index_past p;

	index_past_init(&p);
	p.id = id;
	p.state = PAST_FILE;
	p.kind = KIND_FILE;
	p.content = world_name(content);
	p.size = 5000;
	p.mtime_ns = -3;
	p.bits = 0640;
	p.until_ns = id * S + 7;
	p.age_ns = age_ns;
	p.who.made.dot = (struct dot){1, 2};
	p.who.by.dot = (struct dot){UINT64_MAX, 3};
	p.who.by.device[31] = 9;
	p.who.by_gone = true;
	ok(buf_add(&p.path, span_str(path)));
	ok(buf_addf(&p.name, "%s~%d", path, (int)id));
	return p;
}

static void
put(struct world *w, int64_t id, const char *path, unsigned content,
    int64_t age_ns)
{
	struct index_past p = row(id, path, content, age_ns);

	ok(index_past_put(w->ix, &p));
	index_past_release(&p);
}

static uint64_t
bytes(struct world *w)
{
	struct index_figures f;

	index_figures(w->ix, &f);
	return f.past_bytes;
}

START_TEST(a_kept_version_comes_back_as_it_was)
{
	struct index_past p = row(4, "a/b", 1, -5), q;
	struct world w;

	world_begin(&w, 46);
	world_open(&w);
	ok(index_begin(w.ix));
	ok(index_past_put(w.ix, &p));
	ok(index_commit(w.ix));
	world_close(&w);
	world_open(&w);
	index_past_init(&q);
	ok(index_past_get(w.ix, 4, &q));
	ck_assert_int_eq(q.id, 4);
	ck_assert(span_equal(buf_span(&q.path), buf_span(&p.path)));
	ck_assert(span_equal(buf_span(&q.name), buf_span(&p.name)));
	ck_assert(q.state == p.state && q.kind == p.kind && q.size == p.size);
	ck_assert(q.mtime_ns == -3 && q.bits == 0640 && q.age_ns == -5);
	ck_assert(name_equal(&q.content, &p.content));
	ck_assert(dot_equal(q.who.made.dot, p.who.made.dot));
	ck_assert(dot_equal(q.who.by.dot, p.who.by.dot));
	ck_assert(q.who.by.device[31] == 9 && q.who.by_gone);
	ck_assert_int_eq(index_past_get(w.ix, 5, &q), ERR_NOTFOUND);
	index_past_release(&p);
	index_past_release(&q);
	world_end(&w);
}
END_TEST

START_TEST(only_those_with_a_file_are_found_by_content)
{
	struct index_past p = row(1, "a", 1, 0);
	struct name content = world_name(1);
	struct world w;
	int64_t id = 0;

	world_begin(&w, 47);
	world_open(&w);
	ck_assert_int_eq(index_past_find(w.ix, &content, &id), 0);
	ok(index_begin(w.ix));
	p.state = PAST_EXPECTED;
	ok(index_past_put(w.ix, &p));
	ck_assert_int_eq(index_past_find(w.ix, &content, &id), 0);
	put(&w, 2, "b", 1, 0);
	ck_assert_int_eq(index_past_find(w.ix, &content, &id), 1);
	ck_assert_int_eq(id, 2);
	ok(index_past_lost(w.ix, 2));
	ok(index_past_lost(w.ix, 77));
	ck_assert_int_eq(index_past_find(w.ix, &content, &id), 0);
	ok(index_past_get(w.ix, 2, &p));
	ck_assert(p.state == PAST_NOTED && p.name.len == 0);
	ok(index_commit(w.ix));
	index_past_release(&p);
	world_end(&w);
}
END_TEST

START_TEST(what_files_take_is_counted_as_it_changes)
{
	struct index_figures f;
	struct world w;

	world_begin(&w, 48);
	world_open(&w);
	ok(index_begin(w.ix));
	put(&w, 1, "a", 1, 0);
	put(&w, 2, "b", 2, 0);
	put(&w, 2, "b", 2, 0); /* in place of itself */
	ck_assert_uint_eq(bytes(&w), 4 * 4096);
	ok(index_commit(w.ix));
	ok(index_begin(w.ix));
	ok(index_past_lost(w.ix, 1));
	ck_assert_uint_eq(bytes(&w), 2 * 4096);
	ok(index_past_drop(w.ix, 2));
	ok(index_past_drop(w.ix, 3)); /* was never there */
	ck_assert_uint_eq(bytes(&w), 0);
	index_rollback(w.ix);
	ck_assert_uint_eq(bytes(&w), 4 * 4096);
	world_close(&w);
	world_open(&w);
	index_figures(w.ix, &f);
	ck_assert_uint_eq(f.past, 2);
	ck_assert_uint_eq(f.past_bytes, 4 * 4096);
	world_end(&w);
}
END_TEST

START_TEST(the_oldest_come_first)
{
	struct id_list ids = {0};
	struct world w;

	world_begin(&w, 49);
	world_open(&w);
	ok(index_begin(w.ix));
	put(&w, 1, "a", 1, 30);
	put(&w, 2, "b", 2, 10);
	put(&w, 3, "c", 3, 20);
	ok(index_past_lost(w.ix, 2));
	ok(index_past_before(w.ix, 30, 9, false, &ids));
	ck_assert_uint_eq(ids.v.n, 2);
	ck_assert(ids.v.items[0] == 2 && ids.v.items[1] == 3);
	ids.v.n = 0;
	ok(index_past_before(w.ix, INT64_MAX, 1, true, &ids));
	ck_assert_uint_eq(ids.v.n, 1);
	ck_assert_int_eq(ids.v.items[0], 3);
	ok(index_commit(w.ix));
	VEC_RELEASE(&ids.v);
	world_end(&w);
}
END_TEST

START_TEST(a_second_of_a_path_is_taken_once)
{
	struct id_list ids = {0};
	struct world w;

	world_begin(&w, 50);
	world_open(&w);
	ok(index_begin(w.ix));
	put(&w, 5, "a", 1, 0);
	put(&w, 3, "a", 1, 0);
	put(&w, 4, "a/b", 1, 0);
	ck_assert_int_eq(index_past_taken(w.ix, SPAN_LIT("a"), 5 * S), 1);
	ck_assert_int_eq(index_past_taken(w.ix, SPAN_LIT("a"), 6 * S - 1), 1);
	ck_assert_int_eq(index_past_taken(w.ix, SPAN_LIT("a"), 6 * S), 0);
	ck_assert_int_eq(index_past_taken(w.ix, SPAN_LIT("b"), 5 * S), 0);
	ok(index_past_at(w.ix, SPAN_LIT("a"), &ids));
	ck_assert_uint_eq(ids.v.n, 2);
	ck_assert(ids.v.items[0] == 3 && ids.v.items[1] == 5);
	ok(index_commit(w.ix));
	VEC_RELEASE(&ids.v);
	world_end(&w);
}
END_TEST

static void
rest_at(struct world *w, int64_t id, const char *path, int64_t since_ns)
{
	struct index_kept k = {.id = id, .since_ns = since_ns};

	buf_init(&k.path, LIMIT_PATH_BYTES);
	ok(buf_add(&k.path, span_str(path)));
	ok(index_kept_put(w->ix, &k));
	buf_release(&k.path);
}

static void
expect_below(
    struct world *w, const struct index_past_range *range, const char *digits)
{
	struct id_list ids = {0};

	ok(index_past_below(w->ix, range, &ids));
	ck_assert_uint_eq(ids.v.n, strlen(digits));
	for (size_t i = 0; i < ids.v.n; i++)
		ck_assert_int_eq(ids.v.items[i], digits[i] - '0');
	VEC_RELEASE(&ids.v);
}

START_TEST(what_stood_below_comes_by_path_and_time_resting_or_kept)
{
	struct world w;

	world_begin(&w, 52);
	world_open(&w);
	ok(index_begin(w.ix));
	put(&w, 5, "a/b", 1, 0);
	put(&w, 2, "a/b", 1, 0);
	put(&w, 3, "a", 1, 0);
	put(&w, 4, "a-b/c", 1, 0);
	put(&w, 6, "\xff\xff/z", 1, 0);
	rest_at(&w, 7, "a/b", 4 * S);
	rest_at(&w, 8, "a/a", 4 * S);
	rest_at(&w, 9, "a/a", 0); /* only about to be */
	expect_below(&w,
	    &(struct index_past_range){
		.dir = SPAN_LIT("a"), .at_ns = INT64_MIN, .n = 9},
	    "8275");
	expect_below(&w,
	    &(struct index_past_range){
		.dir = SPAN_LIT("a"), .at_ns = 4 * S, .n = 9},
	    "5");
	expect_below(&w,
	    &(struct index_past_range){.dir = SPAN_LIT("a"),
		.after = SPAN_LIT("a/a"),
		.at_ns = INT64_MIN,
		.n = 2},
	    "27");
	expect_below(&w, &(struct index_past_range){.at_ns = INT64_MIN, .n = 9},
	    "3482756");
	ok(index_commit(w.ix));
	world_end(&w);
}
END_TEST

START_TEST(numbers_in_use_are_skipped)
{
	struct world w;
	int64_t id;

	world_begin(&w, 51);
	world_open(&w);
	ok(index_begin(w.ix));
	ok(index_skip_ids(w.ix, 41));
	ok(index_next_id(w.ix, &id));
	ck_assert_int_eq(id, 42);
	ok(index_skip_ids(w.ix, 7));
	ok(index_next_id(w.ix, &id));
	ck_assert_int_eq(id, 43);
	ok(index_commit(w.ix));
	world_end(&w);
}
END_TEST

TCase *
index_past_tcase(void)
{
	TCase *t = tcase_create("past");

	tcase_add_test(t, a_kept_version_comes_back_as_it_was);
	tcase_add_test(t, only_those_with_a_file_are_found_by_content);
	tcase_add_test(t, what_files_take_is_counted_as_it_changes);
	tcase_add_test(t, the_oldest_come_first);
	tcase_add_test(t, a_second_of_a_path_is_taken_once);
	tcase_add_test(
	    t, what_stood_below_comes_by_path_and_time_resting_or_kept);
	tcase_add_test(t, numbers_in_use_are_skipped);
	return t;
}
