/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "tests/daemon/index/index_world.h"

START_TEST(without_create_there_has_to_be_one)
{
	struct world w;
	struct host_stat st;

	world_begin(&w, 1);
	ck_assert_int_eq(index_open(&w.host, w.dir, 0, &w.ix), -ENOENT);
	ck_assert_int_eq(
	    host_stat_at(w.real, w.dir, "index.lock", &st), -ENOENT);
	world_open(&w);
	world_close(&w);
	ok(index_open(&w.host, w.dir, 0, &w.ix));
	world_end(&w);
}
END_TEST

START_TEST(a_second_opening_is_busy)
{
	struct world w;
	struct index *other = NULL;

	world_begin(&w, 2);
	world_open(&w);
	ck_assert_int_eq(
	    index_open(&w.host, w.dir, INDEX_CREATE, &other), ERR_BUSY);
	ck_assert_ptr_null(other);
	world_close(&w);
	world_open(&w);
	world_end(&w);
}
END_TEST

START_TEST(several_indexes_live_beside_each_other)
{
	struct world w[3];
	struct span value;
	struct buf got;

	buf_init(&got, 100);
	for (int i = 0; i < 3; i++) {
		world_begin(&w[i], (uint64_t)i);
		world_open(&w[i]);
		ok(index_begin(w[i].ix));
	}
	for (int i = 0; i < 3; i++) {
		value = span_of(&i, sizeof i);
		ok(index_fact_put(w[i].ix, "which", value));
	}
	world_close(&w[0]);
	for (int i = 1; i < 3; i++) {
		ok(index_commit(w[i].ix));
		buf_clear(&got);
		ok(index_fact_get(w[i].ix, "which", &got));
		value = span_of(&i, sizeof i);
		ck_assert(span_equal(buf_span(&got), value));
	}
	buf_release(&got);
	for (int i = 0; i < 3; i++)
		world_end(&w[i]);
}
END_TEST

/* Overwrites a stretch of the database. */
static void
scribble(struct world *w, uint64_t at, size_t len)
{
	uint8_t junk[8192];
	int fd;

	memset(junk, 0xa5, sizeof junk);
	ok(host_open(w->real, w->dir, "index.db",
	    HOST_READ | HOST_WRITE | HOST_CREATE, &fd));
	ok(host_write_at(w->real, fd, junk, len, at));
	host_close(w->real, fd);
}

START_TEST(a_file_that_is_no_database_is_corrupt)
{
	static const struct {
		uint64_t at;
		size_t len;
	} where[] = {{0, 100}, {100, 3000}};

	for (size_t i = 0; i < 2; i++) {
		struct world w;
		world_begin(&w, 3);
		world_open(&w);
		world_close(&w);
		scribble(&w, where[i].at, where[i].len);
		ck_assert_int_eq(
		    index_open(&w.host, w.dir, INDEX_CREATE, &w.ix),
		    ERR_CORRUPT);
		world_end(&w);
	}
}
END_TEST

START_TEST(a_broken_table_is_corrupt_when_it_is_read)
{
	struct world w;
	struct entry e;
	int rc = 0;

	world_begin(&w, 4);
	world_open(&w);
	ok(index_begin(w.ix));
	entry_init(&e);
	for (int i = 0; i < 200; i++)
		world_mutate(&w, world_path(&w), &e);
	ok(index_commit(w.ix));
	world_close(&w);
	for (uint64_t page = 2; page < 12; page++)
		scribble(&w, page * 4096, 4096);
	rc = index_open(&w.host, w.dir, 0, &w.ix);
	for (size_t i = 0; rc == 0 && i < world_n_paths(); i++)
		rc = index_load(w.ix, span_str(world_path_at(i)), &e);
	ck_assert_int_eq(rc, ERR_CORRUPT);
	entry_release(&e);
	world_end(&w);
}
END_TEST

/* Runs SQL on the closed database with SQLite's own files. */
static void
meddle(struct world *w, const char *sql)
{
	char path[128];
	sqlite3 *db;

	snprintf(path, sizeof path, "%s/index.db", w->path);
	ok(sqlite3_open(path, &db));
	ok(sqlite3_exec(db, sql, NULL, NULL, NULL));
	sqlite3_close(db);
}

START_TEST(a_newer_schema_and_a_foreign_database_are_refused)
{
	struct world w;

	world_begin(&w, 5);
	world_open(&w);
	world_close(&w);
	meddle(&w, "PRAGMA user_version = 1000");
	ck_assert_int_eq(
	    index_open(&w.host, w.dir, INDEX_CREATE, &w.ix), ERR_NEWER);
	meddle(&w, "PRAGMA user_version = 1; PRAGMA application_id = 7");
	ck_assert_int_eq(
	    index_open(&w.host, w.dir, INDEX_CREATE, &w.ix), ERR_CORRUPT);
	world_end(&w);
}
END_TEST

START_TEST(the_wal_is_bounded_and_gone_after_close)
{
	struct world w;
	struct host_stat st;
	uint8_t junk[10000] = {0};
	uint64_t most = 0;

	world_begin(&w, 6);
	world_open(&w);
	for (int i = 0; i < 3000; i++) {
		char key[16];
		snprintf(key, sizeof key, "%d", i);
		ok(index_begin(w.ix));
		ok(index_fact_put(w.ix, key, span_of(junk, sizeof junk)));
		ok(index_commit(w.ix));
		ok(host_stat_at(w.real, w.dir, "index.db-wal", &st));
		most = st.size > most ? st.size : most;
	}
	ck_assert_uint_gt(most, 1 << 20);
	ck_assert_uint_lt(most, 20 << 20);
	world_close(&w);
	ck_assert_int_eq(
	    host_stat_at(w.real, w.dir, "index.db-wal", &st), -ENOENT);
	world_end(&w);
}
END_TEST

START_TEST(a_commit_of_nothing_writes_nothing)
{
	struct world w;
	struct entry e;

	world_begin(&w, 7);
	world_open(&w);
	entry_init(&e);
	ok(index_begin(w.ix));
	world_mutate(&w, "a/b", &e);
	world_mutate(&w, "a/b", &e);
	ok(index_commit(w.ix));
	w.armed = true;
	w.until = 0;
	w.forever = true;
	w.err = -EIO;
	ok(index_begin(w.ix));
	ok(index_load(w.ix, span_str("a/b"), &e));
	ok(index_store(w.ix, &e, 0));
	ok(index_commit(w.ix));
	w.armed = false;
	entry_release(&e);
	world_end(&w);
}
END_TEST

TCase *
index_open_tcase(void)
{
	TCase *t = tcase_create("open");

	tcase_set_timeout(t, 30);
	tcase_add_test(t, without_create_there_has_to_be_one);
	tcase_add_test(t, a_second_opening_is_busy);
	tcase_add_test(t, several_indexes_live_beside_each_other);
	tcase_add_test(t, a_file_that_is_no_database_is_corrupt);
	tcase_add_test(t, a_broken_table_is_corrupt_when_it_is_read);
	tcase_add_test(t, a_newer_schema_and_a_foreign_database_are_refused);
	tcase_add_test(t, the_wal_is_bounded_and_gone_after_close);
	tcase_add_test(t, a_commit_of_nothing_writes_nothing);
	return t;
}
