/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that no index wrote: a disk's rot, or somebody's hands. */
#include <errno.h>
#include <string.h>

#include "daemon/index/index_internal.h"
#include "tests/daemon/index/index_scene.h"

static struct world w;
static struct buf got;

static void
begin(void)
{
	world_begin(&w, 97);
	scene_open(&w);
	buf_init(&got, SCENE_ANSWER_BYTES);
}

static void
end(void)
{
	buf_release(&got);
	world_end(&w);
}

static void
meddle(const char *sql)
{
	ck_assert_msg(
	    sqlite3_exec(w.ix->db, sql, NULL, NULL, NULL) == SQLITE_OK,
	    "%s: %s", sql, sqlite3_errmsg(w.ix->db));
}

/* As the next start finds it: it is said at once, or when it is read. */
static int
reopened(void)
{
	int rc;

	world_close(&w);
	rc = index_open(&w.host, w.dir, 0, &w.ix);
	return rc == 0 ? scene_ask_all(w.ix, &got) : rc;
}

static const char *const rots[] = {
    "DELETE FROM state",
    "UPDATE state SET knowledge = x'ff'",
    "UPDATE state SET knowledge = x'0000'",
    "DELETE FROM dir",
    "UPDATE dir SET id = 1000 WHERE id = 2",
    "UPDATE dir SET parent = 1000 WHERE id = 2",
    "UPDATE dir SET name = zeroblob(256) WHERE id = 2",
    "UPDATE dir SET alive = -1 WHERE id = 2",
    "UPDATE entry SET disk = x'ff' WHERE disk NOT NULL",
    "UPDATE entry SET disk = x'0700000000000000' WHERE disk NOT NULL",
    "UPDATE entry SET base = x'09' WHERE base NOT NULL",
    "UPDATE entry SET base = x'01' WHERE base NOT NULL",
    "UPDATE entry SET base = base || x'00' WHERE base NOT NULL",
    "UPDATE entry SET known = known || known WHERE known NOT NULL",
    "UPDATE entry SET known = x'00' WHERE known NOT NULL",
    "UPDATE entry SET name = zeroblob(5000) WHERE length(name) > 5",
    "UPDATE open SET dir = 1000",
    ("UPDATE open SET name = zeroblob(300)"
     " WHERE (dir, name) = (SELECT dir, max(name) FROM open WHERE dir = 1)"),
    "UPDATE version SET counter = counter + 1000000",
    "UPDATE chunks SET content = x'00' WHERE id = 1",
    "UPDATE chunks SET list = x'ff'",
    "UPDATE kept SET content = x''",
    "UPDATE kept SET who = x'01'",
    "UPDATE kept SET path = zeroblob(5000)",
    "UPDATE past SET content = x''",
    "UPDATE past SET who = x'01'",
    "UPDATE past SET path = zeroblob(5000)",
    "UPDATE past SET name = zeroblob(9000)",
    "UPDATE resume SET noted = x'ff'",
};
enum { ROTS = sizeof rots / sizeof *rots };

START_TEST(a_row_that_cannot_be_is_corrupt)
{
	meddle(rots[_i]);
	ck_assert_msg(reopened() == ERR_CORRUPT, "%s", rots[_i]);
}
END_TEST

/* What tables tell of each other does not hold. */
static const struct {
	const char *sql;
	const char *deed;
} rifts[] = {
    /* a place that is not given yet: new/dir/of/file */
    {"INSERT INTO open SELECT max(id) + 3, x'66696c65' FROM dir", "store"},
    {"UPDATE state SET arrival = (SELECT min(arrival) - 1 FROM version)",
	"know"},
    {"UPDATE chunks SET list = x'ff'", "tidy"},
    {"UPDATE chunks SET content = x'' WHERE id = 1", "tidy"},
};
enum { RIFTS = sizeof rifts / sizeof *rifts };

static int
act(const char *name)
{
	for (int i = 0; i < n_scene_deeds; i++)
		if (strcmp(scene_deeds[i].name, name) == 0)
			return scene_deeds[i].act(w.ix);
	ck_abort_msg("there is no %s", name);
}

START_TEST(tables_that_contradict_each_other_are_corrupt)
{
	meddle(rifts[_i].sql);
	world_close(&w);
	world_open(&w);
	ok(index_begin(w.ix));
	ck_assert_msg(act(rifts[_i].deed) == ERR_CORRUPT, "%s", rifts[_i].sql);
	index_rollback(w.ix);
}
END_TEST

/* Everything goes: of each directory more than was counted. */
START_TEST(fewer_children_than_none_are_corrupt)
{
	struct entry e;
	int rc = 0;

	meddle("UPDATE dir SET alive = 0");
	world_close(&w);
	world_open(&w);
	entry_init(&e);
	ok(index_begin(w.ix));
	for (size_t i = 0; rc == 0 && i < world_n_paths(); i++) {
		ok(index_load(w.ix, span_str(world_path_at(i)), &e));
		entry_release(&e);
		ok(buf_add(&e.path, span_str(world_path_at(i))));
		rc = index_store(w.ix, &e, 0);
	}
	ck_assert_int_eq(rc, ERR_CORRUPT);
	index_rollback(w.ix);
	entry_release(&e);
}
END_TEST

/* ---- every byte ---------------------------------------------------------- */

static const char *const columns[] = {"disk", "base", "intent", "known"};
enum { COLUMNS = 4, STEP = 3 };

/* The column of one path's row: read, and written. */
static sqlite3_stmt *
column_stmt(const char *format, const char *column)
{
	sqlite3_stmt *stmt;
	char *sql = sqlite3_mprintf(format, column);

	ok(sqlite3_prepare_v2(w.ix->db, sql, -1, &stmt, NULL));
	sqlite3_free(sql);
	return stmt;
}

static void
put_column(sqlite3_stmt *put, int64_t id, struct span bytes)
{
	ok(sqlite3_bind_blob64(put, 1, bytes.p, bytes.len, SQLITE_STATIC));
	ok(sqlite3_bind_int64(put, 2, id));
	ck_assert_int_eq(sqlite3_step(put), SQLITE_DONE);
	ok(sqlite3_reset(put));
	index_recent_forget(w.ix);
}

/* Whatever stands there is read or refused, and written over or not. */
static void
try_column(struct span path)
{
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(w.ix, path, &e);
	ck_assert_msg(rc == 0 || rc == ERR_CORRUPT, "%d", rc);
	if (rc == 0) {
		entry_release(&e);
		ok(buf_add(&e.path, path));
		rc = index_store(w.ix, &e, 0);
		ck_assert_msg(rc == 0 || rc == ERR_CORRUPT, "%d", rc);
	}
	entry_release(&e);
}

/* The bytes of a path's column, with its row's id. */
static int64_t
take_column(const char *column, const char *path, struct buf *out)
{
	sqlite3_stmt *get = column_stmt(
	    "SELECT id, %s FROM entry WHERE dir = ? AND name = ?", column);
	struct span whole = span_str(path), name = path_name(whole);
	const struct index_dir *dir = index_dir_at(w.ix, path_parent(whole));
	int64_t id = 0;

	buf_clear(out);
	ok(sqlite3_bind_int64(get, 1, dir != NULL ? dir->id : 0));
	ok(sqlite3_bind_blob64(get, 2, name.p, name.len, SQLITE_STATIC));
	if (sqlite3_step(get) == SQLITE_ROW) {
		id = sqlite3_column_int64(get, 0);
		ok(buf_add(out, index_column(get, 1)));
	}
	sqlite3_finalize(get);
	return id;
}

/* Each byte is another, and the end is cut off there; all is taken back. */
static void
rot_column(sqlite3_stmt *put, const char *column, const char *path)
{
	struct buf bytes;
	int64_t id;

	buf_init(&bytes, 1 << 20);
	id = take_column(column, path, &bytes);
	for (size_t i = 0; i < bytes.len; i += STEP)
		for (int how = 0; how < 4; how++) {
			static const uint8_t flips[] = {1, 0x80, 0xff};

			ok(index_begin(w.ix));
			bytes.p[i] ^= how < 3 ? flips[how] : 0;
			put_column(
			    put, id, span_of(bytes.p, how < 3 ? bytes.len : i));
			bytes.p[i] ^= how < 3 ? flips[how] : 0;
			try_column(span_str(path));
			index_rollback(w.ix);
		}
	buf_release(&bytes);
}

START_TEST(every_byte_of_a_row_may_be_another)
{
	const char *column = columns[_i];
	sqlite3_stmt *put =
	    column_stmt("UPDATE entry SET %s = ? WHERE id = ?", column);

	ok(scene_ask_all(w.ix, &got));
	for (size_t i = 0; i < world_n_paths(); i++)
		rot_column(put, column, world_path_at(i));
	sqlite3_finalize(put);
	buf_clear(&got);
	ok(scene_ask_all(w.ix, &got));
}
END_TEST

TCase *
index_rotten_tcase(void)
{
	TCase *t = tcase_create("rotten");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_loop_test(t, a_row_that_cannot_be_is_corrupt, 0, ROTS);
	tcase_add_loop_test(
	    t, tables_that_contradict_each_other_are_corrupt, 0, RIFTS);
	tcase_add_test(t, fewer_children_than_none_are_corrupt);
	tcase_add_loop_test(t, every_byte_of_a_row_may_be_another, 0, COLUMNS);
	return t;
}
