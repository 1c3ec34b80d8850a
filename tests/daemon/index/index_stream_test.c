/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tests/daemon/index/index_world.h"

static const uint64_t replicas[] = {
    0, 3, 5, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX};
enum { N_REPLICAS = 6, COUNTERS = 40 };

/* Everything known, in order of arrival, as told by walking all of it. */
static void
fill(struct world *w, int n)
{
	struct entry e;

	entry_init(&e);
	ok(index_begin(w->ix));
	for (int i = 0; i < n; i++) {
		const char *path = world_path(w);
		struct dot dot = {replicas[world_random(w, N_REPLICAS)],
		    world_random(w, COUNTERS) + 1};
		int kind = KIND_FILE + (int)world_random(w, 4);
		bool is_new;
		ok(index_load(w->ix, span_str(path), &e));
		ok(version_set_add(&e.known, world_version(w, path, kind, dot),
		    NULL, &is_new));
		if (world_random(w, 3) == 0)
			e.disk =
			    world_observation(w, version_set_winner(&e.known));
		ok(index_store(w->ix, &e, (unsigned)(dot.replica & 7)));
	}
	ok(index_commit(w->ix));
	entry_release(&e);
}

/* Is the content of v on a file or link of this disk? By looking at all. */
static bool
brute_held(struct world *w, const struct version *v)
{
	bool held = v->kind != KIND_FILE;
	struct entry e;

	entry_init(&e);
	for (size_t i = 0; i < world_n_paths(); i++) {
		ok(index_load(w->ix, span_str(world_path_at(i)), &e));
		if (e.disk.kind == KIND_FILE &&
		    name_equal(&e.disk.content, &v->content))
			held = true;
	}
	entry_release(&e);
	return held;
}

static size_t
brute_count(struct world *w, struct dot after, const struct vector *skip)
{
	size_t n = 0;
	struct entry e;

	entry_init(&e);
	for (size_t i = 0; i < world_n_paths(); i++) {
		ok(index_load(w->ix, span_str(world_path_at(i)), &e));
		VEC_EACH (&e.known.v, it)
			n += dot_compare((*it)->dot, after) > 0 &&
			     !vector_covers(skip, (*it)->dot);
	}
	entry_release(&e);
	return n;
}

static bool
is_known(struct world *w, const struct version *v)
{
	const struct version *same;
	struct entry e;
	bool known;

	entry_init(&e);
	ok(index_load(w->ix, v->path, &e));
	same = version_set_find(&e.known, v->dot);
	known = same != NULL && span_equal(same->record, v->record);
	entry_release(&e);
	return known;
}

static struct dot
random_dot(struct world *w)
{
	return (struct dot){
	    replicas[world_random(w, N_REPLICAS)], world_random(w, COUNTERS)};
}

START_TEST(versions_after_are_what_brute_force_finds)
{
	struct world w;

	world_begin(&w, (uint64_t)_i + 10);
	world_open(&w);
	fill(&w, 150);
	for (int round = 0; round < 60; round++) {
		struct dot after = random_dot(&w);
		struct vector skip = {0};
		struct index_versions got = {0};
		for (uint64_t i = world_random(&w, 4); i > 0; i--) {
			struct dot dot = random_dot(&w);
			dot.counter++;
			ok(vector_raise(&skip, dot));
		}
		ok(index_versions_after(w.ix, after, &skip, 1000, &got));
		ck_assert_uint_eq(got.v.n, brute_count(&w, after, &skip));
		for (size_t i = 0; i < got.v.n; i++) {
			const struct version *v = got.v.items[i].version;
			ck_assert_int_gt(dot_compare(v->dot, after), 0);
			ck_assert(!vector_covers(&skip, v->dot));
			ck_assert(is_known(&w, v));
			ck_assert_int_eq(
			    got.v.items[i].held, brute_held(&w, v));
			ck_assert_uint_eq(
			    got.v.items[i].source, v->dot.replica & 7);
			if (i > 0) /* one dot on two paths: as a liar has */
				ck_assert_int_ge(
				    dot_compare(v->dot,
					got.v.items[i - 1].version->dot),
				    0);
		}
		index_versions_release(&got);
		vector_release(&skip);
	}
	world_end(&w);
}
END_TEST

START_TEST(versions_come_in_pieces_of_n)
{
	struct world w;
	struct vector none = {0};
	struct dot after = {0, 0};
	struct index_versions all = {0};
	size_t n = 0;

	world_begin(&w, 20);
	world_open(&w);
	/* each dot once: one path a dot */
	ok(index_begin(w.ix));
	for (unsigned i = 0; i < 60; i++) {
		struct entry e;
		char path[16] = {
		    'f', (char)('A' + i % 30), (char)('A' + i / 30)};
		bool is_new;
		entry_init(&e);
		ok(index_load(w.ix, span_str(path), &e));
		ok(version_set_add(&e.known,
		    world_version(&w, path, KIND_DIR,
			(struct dot){replicas[i % N_REPLICAS], i + 1}),
		    NULL, &is_new));
		ok(index_store(w.ix, &e, 0));
		entry_release(&e);
	}
	ok(index_commit(w.ix));
	ok(index_versions_after(w.ix, after, &none, 1000, &all));
	ck_assert_uint_eq(all.v.n, 60);
	while (n < 60) {
		struct index_versions got = {0};
		ok(index_versions_after(w.ix, after, &none, 7, &got));
		ck_assert_uint_eq(got.v.n, 60 - n < 7 ? 60 - n : 7);
		for (size_t i = 0; i < got.v.n; i++, n++)
			ck_assert(span_equal(got.v.items[i].version->record,
			    all.v.items[n].version->record));
		after = all.v.items[n - 1].version->dot;
		index_versions_release(&got);
	}
	index_versions_release(&all);
	world_end(&w);
}
END_TEST

START_TEST(arrivals_come_in_order_and_go_on_after_reopening)
{
	struct world w;
	int64_t after = 0;

	world_begin(&w, 30);
	world_open(&w);
	ck_assert_int_eq(index_last_arrival(w.ix), 0);
	for (int round = 0; round < 20; round++) {
		int64_t last = index_last_arrival(w.ix);
		struct index_versions got = {0};
		fill(&w, 10);
		ok(index_versions_arrived(w.ix, last, 1000, &got));
		for (size_t i = 0; i < got.v.n; i++) {
			ck_assert_int_gt(got.v.items[i].arrival,
			    i == 0 ? last : got.v.items[i - 1].arrival);
			ck_assert(is_known(&w, got.v.items[i].version));
		}
		ck_assert_int_ge(index_last_arrival(w.ix), last);
		index_versions_release(&got);
		world_close(&w);
		world_open(&w);
	}
	for (;;) { /* all, in pieces */
		struct index_versions got = {0};
		ok(index_versions_arrived(w.ix, after, 3, &got));
		ck_assert_uint_le(got.v.n, 3);
		if (got.v.n == 0)
			break;
		after = got.v.items[got.v.n - 1].arrival;
		index_versions_release(&got);
	}
	world_end(&w);
}
END_TEST

START_TEST(a_superseded_version_is_not_sent)
{
	struct world w;
	struct vector none = {0};
	struct index_versions got = {0};
	struct entry e;
	bool is_new;

	world_begin(&w, 31);
	world_open(&w);
	entry_init(&e);
	for (uint64_t i = 1; i <= 3; i++) {
		ok(index_begin(w.ix));
		ok(index_load(w.ix, span_str("a/b"), &e));
		ok(version_set_add(&e.known,
		    world_version(&w, "a/b", KIND_FILE, (struct dot){1, i}),
		    NULL, &is_new));
		ok(index_store(w.ix, &e, 0));
		ok(index_commit(w.ix));
	}
	ok(index_versions_after(w.ix, (struct dot){0}, &none, 9, &got));
	ck_assert_uint_eq(got.v.n, 1);
	ck_assert_uint_eq(got.v.items[0].version->dot.counter, 3);
	ck_assert_int_eq(got.v.items[0].arrival, 3);
	index_versions_release(&got);
	entry_release(&e);
	world_end(&w);
}
END_TEST

START_TEST(resume_points_are_kept_until_dropped)
{
	struct world w;
	struct index_resume point = {
	    .replica = UINT64_MAX, .last = {UINT64_MAX - 1, 17}};
	struct index_resume got = {0};

	world_begin(&w, 32);
	world_open(&w);
	ok(vector_raise(&point.noted, (struct dot){4, 2}));
	ok(index_begin(w.ix));
	ok(index_resume_put(w.ix, &point));
	point.last.counter = 18;
	ok(index_resume_put(w.ix, &point));
	ok(index_commit(w.ix));
	ok(index_resume_get(w.ix, UINT64_MAX, &got));
	ck_assert(got.present);
	ck_assert_uint_eq(got.replica, UINT64_MAX);
	ck_assert(dot_equal(got.last, point.last));
	ck_assert(vector_equal(&got.noted, &point.noted));
	vector_release(&got.noted);
	ok(index_resume_get(w.ix, 3, &got));
	ck_assert(!got.present);
	ok(index_begin(w.ix));
	ok(index_resume_drop(w.ix, UINT64_MAX));
	ok(index_commit(w.ix));
	ok(index_resume_get(w.ix, UINT64_MAX, &got));
	ck_assert(!got.present);
	vector_release(&point.noted);
	world_end(&w);
}
END_TEST

TCase *
index_stream_tcase(void)
{
	TCase *t = tcase_create("stream");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, versions_after_are_what_brute_force_finds, 0, 3);
	tcase_add_test(t, versions_come_in_pieces_of_n);
	tcase_add_test(t, arrivals_come_in_order_and_go_on_after_reopening);
	tcase_add_test(t, a_superseded_version_is_not_sent);
	tcase_add_test(t, resume_points_are_kept_until_dropped);
	return t;
}
