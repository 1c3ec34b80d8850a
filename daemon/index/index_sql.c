/* SPDX-License-Identifier: Apache-2.0 */
/* index_sql - every statement, prepared once, bound by position. */
#include <assert.h>
#include <stdarg.h>

#include "daemon/index/index_internal.h"

/* clang-format off */
static const char *const texts[SQL_N] = {
	[SQL_BEGIN] = "BEGIN",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_STATE_GET] =
	    "SELECT replica, counter, arrival, next_id, files, dirs, bytes,"
	    " open, disk_files, past, past_bytes, knowledge FROM state"
	    " WHERE id = 1",
	[SQL_STATE_PUT] =
	    "UPDATE state SET replica = ?, counter = ?, arrival = ?,"
	    " next_id = ?, files = ?, dirs = ?, bytes = ?, open = ?,"
	    " disk_files = ?, past = ?, past_bytes = ?, knowledge = ?"
	    " WHERE id = 1",
	[SQL_DIRS] = "SELECT id, parent, name, alive FROM dir ORDER BY id",
	[SQL_DIR_NEW] =
	    "INSERT INTO dir(id, parent, name, alive) VALUES(?, ?, ?, 0)",
	[SQL_DIR_ALIVE] = "UPDATE dir SET alive = ? WHERE id = ?",
	[SQL_ENTRY_GET] =
	    "SELECT id, flags, bytes, disk, base, intent, known FROM entry"
	    " WHERE dir = ? AND name = ?",
	[SQL_ENTRY_NEW] =
	    "INSERT INTO entry(dir, name, flags, bytes, disk, base, intent,"
	    " known) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_ENTRY_PUT] =
	    "UPDATE entry SET flags = ?, bytes = ?, disk = ?, base = ?,"
	    " intent = ?, known = ? WHERE id = ?",
	[SQL_ENTRY_DROP] = "DELETE FROM entry WHERE id = ?",
	[SQL_ENTRY_NEXT] =
	    "SELECT name, flags FROM entry WHERE dir = ? AND name > ?"
	    " ORDER BY name LIMIT ?",
	[SQL_CHILDREN] =
	    "SELECT name, disk FROM entry WHERE dir = ? AND disk NOT NULL"
	    " ORDER BY name",
	[SQL_COPIES] =
	    "SELECT dir, name FROM entry WHERE flags & 8"
	    " AND instr(name, x'2e636f6e666c6963742d')"
	    " ORDER BY dir, name LIMIT ?",
	[SQL_OPEN_ADD] = "INSERT INTO open(dir, name) VALUES(?, ?)",
	[SQL_OPEN_DROP] = "DELETE FROM open WHERE dir = ? AND name = ?",
	[SQL_OPEN_UP] =
	    "SELECT dir, name FROM open WHERE (dir, name) > (?, ?)"
	    " ORDER BY dir, name LIMIT ?",
	[SQL_OPEN_DOWN] =
	    "SELECT dir, name FROM open WHERE (dir, name) < (?, ?)"
	    " ORDER BY dir DESC, name DESC LIMIT ?",
	[SQL_VERSION_ADD] =
	    "INSERT INTO version(arrival, replica, counter, entry, source)"
	    " VALUES(?, ?, ?, ?, ?)",
	[SQL_VERSION_DROP] =
	    "DELETE FROM version WHERE replica = ? AND counter = ?"
	    " AND entry = ?",
	[SQL_VERSION_REPLICA] =
	    "SELECT replica FROM version WHERE replica >= ?"
	    " ORDER BY replica LIMIT 1",
	[SQL_VERSION_AFTER] =
	    "SELECT v.replica, v.counter, v.arrival, v.source, e.disk, e.known"
	    " FROM version v CROSS JOIN entry e ON e.id = v.entry"
	    " WHERE v.replica = ? AND v.counter > ?"
	    " ORDER BY v.counter LIMIT ?",
	[SQL_VERSION_ARRIVED] =
	    "SELECT v.replica, v.counter, v.arrival, v.source, e.disk, e.known"
	    " FROM version v CROSS JOIN entry e ON e.id = v.entry"
	    " WHERE v.arrival > ? ORDER BY v.arrival LIMIT ?",
	[SQL_CONTENT_ADD] =
	    "INSERT INTO content(prefix, held, entry) VALUES(?, ?, ?)",
	[SQL_CONTENT_DROP] =
	    "DELETE FROM content WHERE prefix = ? AND held = ? AND entry = ?",
	[SQL_CONTENT_FIND] =
	    "SELECT e.dir, e.name, e.disk FROM content c CROSS JOIN entry e"
	    " ON e.id = c.entry WHERE c.prefix = ? AND c.held = 1",
	[SQL_CONTENT_ANY] = "SELECT 1 FROM content WHERE prefix = ? LIMIT 1",
	[SQL_CHUNKS_ADD] =
	    "INSERT INTO chunks(content, list) VALUES(?, ?)"
	    " ON CONFLICT(content) DO NOTHING",
	[SQL_CHUNKS_GET] = "SELECT list FROM chunks WHERE content = ?",
	[SQL_CHUNKS_DROP] = "DELETE FROM chunks WHERE id = ?",
	[SQL_CHUNKS_WALK] =
	    "SELECT id, content FROM chunks WHERE id > ? ORDER BY id LIMIT ?",
	[SQL_SAMPLE_ADD] = "INSERT INTO sample(prefix, chunks) VALUES(?, ?)"
	    " ON CONFLICT DO NOTHING",
	[SQL_SAMPLE_DROP] =
	    "DELETE FROM sample WHERE prefix = ? AND chunks = ?",
	[SQL_SAMPLE_FIND] =
	    "SELECT c.content FROM sample s CROSS JOIN chunks c"
	    " ON c.id = s.chunks WHERE s.prefix = ?"
	    " ORDER BY s.chunks DESC LIMIT ?",
	[SQL_KEPT_PUT] =
	    "INSERT OR REPLACE INTO kept(id, content, path, since_ns, who)"
	    " VALUES(?, ?, ?, ?, ?)",
	[SQL_KEPT_CLAMP] =
	    "UPDATE kept SET since_ns = ?1 WHERE since_ns > ?1",
	[SQL_KEPT_EXPECTED] = "SELECT id FROM kept WHERE since_ns = 0 LIMIT ?",
	[SQL_KEPT_GET] = 
	    "SELECT content, path, since_ns, who FROM kept WHERE id = ?",
	[SQL_KEPT_DROP] = "DELETE FROM kept WHERE id = ?",
	[SQL_KEPT_FIND] = 
	    "SELECT id FROM kept WHERE content = ? AND since_ns > 0 LIMIT 1",
	[SQL_KEPT_FIND_FROM] =
	    "SELECT id FROM kept WHERE content = ? AND path = ?"
	    " AND since_ns > 0 ORDER BY since_ns DESC LIMIT 1",
	[SQL_KEPT_AFTER] = "SELECT id FROM kept WHERE id > ? AND since_ns > 0"
	    " ORDER BY id LIMIT ?",
	[SQL_PAST_PUT] =
	    "INSERT OR REPLACE INTO past(id, path, name, state, kind, content,"
	    " size, mtime_ns, bits, until_ns, age_ns, who)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_PAST_COST] = "SELECT state, size FROM past WHERE id = ?",
	[SQL_PAST_GET] =
	    "SELECT path, name, state, kind, content, size, mtime_ns, bits,"
	    " until_ns, age_ns, who FROM past WHERE id = ?",
	[SQL_PAST_DROP] = "DELETE FROM past WHERE id = ?",
	[SQL_PAST_FIND] =
	    "SELECT id FROM past WHERE content = ? AND state = 1 LIMIT 1",
	[SQL_PAST_BEFORE] =
	    "SELECT id FROM past WHERE age_ns < ? AND state <> 2"
	    " ORDER BY age_ns, id LIMIT ?",
	[SQL_PAST_FILES] =
	    "SELECT id FROM past WHERE age_ns < ? AND state = 1"
	    " ORDER BY age_ns, id LIMIT ?",
	[SQL_PAST_EXPECTED] = "SELECT id FROM past WHERE state = 2 LIMIT ?",
	[SQL_PAST_AT] =
	    "SELECT id, until_ns FROM past WHERE path = ?1 AND state <> 2"
	    " UNION ALL SELECT id, since_ns FROM kept WHERE path = ?1"
	    " AND since_ns > 0 ORDER BY 2, 1",
	[SQL_PAST_TAKEN] =
	    "SELECT 1 FROM past WHERE path = ? AND until_ns >= ?"
	    " AND until_ns < ? AND name <> x'' LIMIT 1",
	[SQL_PAST_BELOW] =
	    "SELECT id, path, until_ns FROM past WHERE path > ?1 AND path < ?2"
	    " AND until_ns > ?3 AND state <> 2"
	    " UNION ALL SELECT id, path, since_ns FROM kept WHERE path > ?1"
	    " AND path < ?2 AND since_ns > ?3 AND since_ns > 0"
	    " ORDER BY 2, 3, 1 LIMIT ?4",
	[SQL_RESUME_GET] =
	    "SELECT noted, last_replica, last_counter FROM resume"
	    " WHERE replica = ?",
	[SQL_RESUME_PUT] =
	    "INSERT OR REPLACE INTO resume(replica, noted, last_replica,"
	    " last_counter) VALUES(?, ?, ?, ?)",
	[SQL_RESUME_CLEAR] = "DELETE FROM resume",
	[SQL_RESUME_DROP] = "DELETE FROM resume WHERE replica = ?",
	[SQL_FACT_GET] = "SELECT value FROM fact WHERE key = ?",
	[SQL_FACT_PUT] =
	    "INSERT OR REPLACE INTO fact(key, value) VALUES(?, ?)",
};
/* clang-format on */

static int
prepared(struct index *ix, enum index_sql sql, sqlite3_stmt **out)
{
	if (ix->broken)
		return -EIO;
	/* Some errors end SQLite's transaction: nothing may go on alone. */
	if (ix->in_batch && sql != SQL_BEGIN &&
	    sqlite3_get_autocommit(ix->db) != 0)
		return -EIO;
	if (ix->stmts[sql] == NULL) {
		int rc = sqlite3_prepare_v3(ix->db, texts[sql], -1,
		    SQLITE_PREPARE_PERSISTENT, &ix->stmts[sql], NULL);
		if (rc != SQLITE_OK)
			return index_db_error(&ix->vfs, rc);
	}
	*out = ix->stmts[sql];
	return 0;
}

/* An empty span with a pointer, for a NULL one would bind NULL. */
static int
bind_span(sqlite3_stmt *stmt, int i, struct span s)
{
	return sqlite3_bind_blob64(
	    stmt, i, s.len != 0 ? (const void *)s.p : "", s.len, SQLITE_STATIC);
}

static int
bind(sqlite3_stmt *stmt, const char *types, va_list args)
{
	int rc = SQLITE_OK;

	for (int i = 1; rc == SQLITE_OK && types[i - 1] != '\0'; i++) {
		struct span s;
		switch (types[i - 1]) {
		case 'i':
			rc = sqlite3_bind_int64(stmt, i, va_arg(args, int64_t));
			break;
		case 'u':
			rc = sqlite3_bind_int64(
			    stmt, i, index_flip(va_arg(args, uint64_t)));
			break;
		case 's':
			rc = sqlite3_bind_text(stmt, i,
			    va_arg(args, const char *), -1, SQLITE_STATIC);
			break;
		case 'n':
		case 'b':
			s = va_arg(args, struct span);
			if (types[i - 1] == 'n' && s.len == 0)
				rc = sqlite3_bind_null(stmt, i);
			else
				rc = bind_span(stmt, i, s);
			break;
		default:
			assert(!"a type we do not bind");
		}
	}
	return rc;
}

static int
query(struct index *ix, enum index_sql sql, sqlite3_stmt **out,
    const char *types, va_list args)
{
	sqlite3_stmt *stmt = NULL;
	int rc = prepared(ix, sql, &stmt);

	if (rc != 0)
		return rc;
	rc = bind(stmt, types, args);
	if (rc != SQLITE_OK)
		return index_db_error(&ix->vfs, rc);
	*out = stmt;
	return 0;
}

int
index_query(struct index *ix, enum index_sql sql, sqlite3_stmt **out,
    const char *types, ...)
{
	va_list args;
	int rc;

	va_start(args, types);
	rc = query(ix, sql, out, types, args);
	va_end(args);
	return rc;
}

int
index_step(struct index *ix, sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_ROW)
		return 1;
	sqlite3_reset(stmt);
	return index_db_error(&ix->vfs, rc);
}

void
index_reset(sqlite3_stmt *stmt)
{
	sqlite3_reset(stmt);
}

int
index_run(struct index *ix, enum index_sql sql, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list args;
	int rc;

	va_start(args, types);
	rc = query(ix, sql, &stmt, types, args);
	va_end(args);
	return rc != 0 ? rc : index_step(ix, stmt);
}

struct span
index_column(sqlite3_stmt *stmt, int i)
{
	const void *p = sqlite3_column_blob(stmt, i);

	return span_of(p, (size_t)sqlite3_column_bytes(stmt, i));
}
