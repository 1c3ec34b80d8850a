/* SPDX-License-Identifier: Apache-2.0 */
/* A database that is put aside, for one to be made anew. */
#include <errno.h>
#include <string.h>

#include "tests/daemon/index/index_world.h"

/* Leaves a database whose last commit is in its log alone; its replica. */
static uint64_t
leave(struct world *w)
{
	struct dot dot;
	uint64_t replica;

	world_open(w);
	replica = index_replica(w->ix);
	ok(index_begin(w->ix));
	ok(index_fact_put(w->ix, "first", SPAN_LIT("1")));
	ok(index_commit(w->ix));
	world_close(w);
	world_open(w);
	ok(index_begin(w->ix));
	ok(index_next_dot(w->ix, &dot));
	ok(index_commit(w->ix));
	ck_assert_uint_eq(dot.counter, 1);
	world_crash(w);
	return replica;
}

static void
copy(struct world *w, const char *from, const char *to)
{
	struct buf bytes;

	buf_init(&bytes, 1 << 24);
	ok(host_read_file(w->real, w->dir, from, &bytes));
	ok(host_write_file(w->real, w->dir, to, buf_span(&bytes)));
	buf_release(&bytes);
}

START_TEST(what_is_put_aside_is_whole_and_the_next_is_new)
{
	struct world w;
	struct buf fact;
	uint64_t replica;

	world_begin(&w, 110);
	ok(index_set_aside(&w.host, w.dir)); /* there is none */
	replica = leave(&w);
	ok(index_set_aside(&w.host, w.dir));
	ck_assert_int_eq(index_open(&w.host, w.dir, 0, &w.ix), -ENOENT);
	world_open(&w);
	ck_assert_uint_ne(index_replica(w.ix), replica);
	buf_init(&fact, 10);
	ck_assert_int_eq(index_fact_get(w.ix, "first", &fact), ERR_NOTFOUND);
	world_close(&w);
	/* Somebody looks into it, its log and all. */
	copy(&w, "index.db-before", "index.db");
	copy(&w, "index.db-before-wal", "index.db-wal");
	world_open(&w);
	ck_assert_uint_eq(index_replica(w.ix), replica);
	ck_assert_uint_eq(vector_get(index_knowledge(w.ix), replica), 1);
	ok(index_fact_get(w.ix, "first", &fact));
	buf_release(&fact);
	world_end(&w);
}
END_TEST

START_TEST(the_log_of_an_earlier_one_is_not_taken_for_its_own)
{
	struct world w;
	struct host_stat st;

	world_begin(&w, 111);
	(void)leave(&w);
	ok(index_set_aside(&w.host, w.dir));
	world_open(&w);
	world_close(&w); /* in order: it has no log */
	ok(index_set_aside(&w.host, w.dir));
	ok(host_stat_at(w.real, w.dir, "index.db-before", &st));
	ck_assert_int_eq(
	    host_stat_at(w.real, w.dir, "index.db-before-wal", &st), -ENOENT);
	world_end(&w);
}
END_TEST

/* The counter would be used twice by a database that lost its log. */
START_TEST(L11_a_stop_while_it_is_put_aside_sets_no_counter_back)
{
	bool failed = true;

	for (long at = 1; failed; at++) {
		struct world w;
		uint64_t replica;
		int rc;

		world_begin(&w, 112);
		replica = leave(&w);
		w.armed = w.forever = true;
		w.until = at;
		w.err = -EIO;
		rc = index_set_aside(&w.host, w.dir);
		failed = w.until <= 0;
		w.armed = false;
		ck_assert_int_eq(rc, failed ? -EIO : 0);
		world_open(&w);
		ck_assert(index_replica(w.ix) != replica ||
			  vector_get(index_knowledge(w.ix), replica) == 1);
		world_close(&w);
		ok(index_set_aside(&w.host, w.dir));
		world_open(&w);
		ck_assert_uint_ne(index_replica(w.ix), replica);
		world_end(&w);
	}
}
END_TEST

TCase *
index_aside_tcase(void)
{
	TCase *t = tcase_create("aside");

	tcase_add_test(t, what_is_put_aside_is_whole_and_the_next_is_new);
	tcase_add_test(t, the_log_of_an_earlier_one_is_not_taken_for_its_own);
	tcase_add_test(
	    t, L11_a_stop_while_it_is_put_aside_sets_no_counter_back);
	return t;
}
