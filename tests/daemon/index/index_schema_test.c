/* SPDX-License-Identifier: Apache-2.0 */
/* Migration, seen with a schema of this test's own. */
#include <errno.h>
#include <string.h>

#include "daemon/index/index_internal.h"
#include "tests/daemon/index/index_world.h"

static const char *const steps[] = {
    "CREATE TABLE t(a INTEGER); INSERT INTO t VALUES(1), (2);",
    "ALTER TABLE t ADD COLUMN b INTEGER DEFAULT 7;",
    "INSERT INTO t SELECT a + 2, b FROM t;",
};
static const char *const broken_steps[] = {
    "", "DELETE FROM t;", "SELECT * FROM no_such_table;"};

/* Opens at a schema of n steps. */
static int
bring(struct world *w, const char *const *with, int n, sqlite3 **db,
    struct index_vfs *v)
{
	struct index_schema schema = {with, n};
	int rc;

	ok(index_vfs_register(v, &w->host, w->dir));
	*db = NULL;
	rc = index_db_open(v, INDEX_FILE, db);
	if (rc == 0)
		rc = index_schema_bring(v, &schema, true, db);
	return rc;
}

static void
leave(sqlite3 *db, struct index_vfs *v)
{
	index_db_close(db);
	index_vfs_unregister(v);
}

static void
make_v1(struct world *w)
{
	struct index_vfs v;
	sqlite3 *db;

	ok(bring(w, steps, 1, &db, &v));
	leave(db, &v);
}

static int
sum(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;
	int got;

	ok(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL));
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	got = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	return got;
}

START_TEST(an_older_schema_is_brought_forward)
{
	struct world w;
	struct index_vfs v;
	struct host_stat st;
	sqlite3 *db;

	world_begin(&w, 60);
	make_v1(&w);
	for (int i = 0; i < 2; i++) { /* and is then what it is */
		ok(bring(&w, steps, 3, &db, &v));
		ck_assert_int_eq(sum(db, "SELECT sum(a) FROM t"), 10);
		ck_assert_int_eq(sum(db, "SELECT sum(b) FROM t"), 28);
		leave(db, &v);
	}
	ck_assert_int_eq(
	    host_stat_at(w.real, w.dir, INDEX_NEW_FILE, &st), -ENOENT);
	ck_assert_int_eq(bring(&w, steps, 2, &db, &v), ERR_NEWER);
	leave(db, &v);
	world_end(&w);
}
END_TEST

START_TEST(a_migration_that_fails_leaves_the_old_one)
{
	struct world w;
	struct index_vfs v;
	sqlite3 *db;

	world_begin(&w, 61);
	make_v1(&w);
	ck_assert_int_lt(bring(&w, broken_steps, 3, &db, &v), 0);
	leave(db, &v);
	ok(bring(&w, steps, 1, &db, &v));
	ck_assert_int_eq(sum(db, "SELECT sum(a) FROM t"), 3);
	leave(db, &v);
	world_end(&w);
}
END_TEST

START_TEST(a_crash_in_a_migration_loses_nothing)
{
	bool done = false;

	for (long at = 1; !done; at++) {
		struct world w;
		struct index_vfs v;
		sqlite3 *db;
		ck_assert_int_lt(at, 500);
		world_begin(&w, 62);
		make_v1(&w);
		w.armed = w.forever = true;
		w.until = at;
		w.err = -EIO;
		done = bring(&w, steps, 3, &db, &v) == 0;
		leave(db, &v);
		w.armed = false;
		ok(bring(&w, steps, 3, &db, &v));
		ck_assert_int_eq(sum(db, "SELECT sum(a) FROM t"), 10);
		leave(db, &v);
		world_end(&w);
	}
}
END_TEST

TCase *
index_schema_tcase(void)
{
	TCase *t = tcase_create("schema");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, an_older_schema_is_brought_forward);
	tcase_add_test(t, a_migration_that_fails_leaves_the_old_one);
	tcase_add_test(t, a_crash_in_a_migration_loses_nothing);
	return t;
}
