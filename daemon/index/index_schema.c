/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_schema - the tables, how they came to be, and how they are opened.
 *
 * state    one row: own numbers, figures, K
 * dir      ids of directories; a parent's id is less than its children's, so
 *          that (dir, name) orders parents before children. All in memory,
 *          so it needs no index. alive: how many of its children live
 * entry    one row a path (index_row.c says what is in it). An index of it has
 *          those on disk that are called as conflict copies are
 * open     the entries that are not settled, in the order of (dir, name)
 * version  one row a known version, numbered by arrival; found by dot too.
 *          A bad peer may use a dot on two paths: hence entry in that index
 * content  first bytes of content names -> entries; held = 1: on disk now,
 *          0: a version of a file large enough to have a chunk list
 * kept     files in quarantine; past: versions that were superseded here, and
 *          where in .tutti/versions those lie that were kept (index_past.c)
 * chunks   chunk lists by content; sample: some of their chunks' names
 */
#include <errno.h>
#include <stdio.h>

#include "daemon/index/index_internal.h"

static const char *const steps[] = {
    "CREATE TABLE state(id INTEGER PRIMARY KEY, replica INTEGER NOT NULL,"
    " counter INTEGER NOT NULL, arrival INTEGER NOT NULL,"
    " next_id INTEGER NOT NULL, files INTEGER NOT NULL,"
    " dirs INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " open INTEGER NOT NULL, disk_files INTEGER NOT NULL,"
    " knowledge BLOB NOT NULL);"
    "CREATE TABLE dir(id INTEGER PRIMARY KEY, parent INTEGER NOT NULL,"
    " name BLOB NOT NULL, alive INTEGER NOT NULL);"
    "CREATE TABLE entry(id INTEGER PRIMARY KEY, dir INTEGER NOT NULL,"
    " name BLOB NOT NULL, flags INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " disk BLOB, base BLOB, intent BLOB, known BLOB);"
    "CREATE UNIQUE INDEX entry_at ON entry(dir, name);"
    "CREATE TABLE open(dir INTEGER, name BLOB, PRIMARY KEY(dir, name))"
    " WITHOUT ROWID;"
    "CREATE TABLE version(arrival INTEGER PRIMARY KEY,"
    " replica INTEGER NOT NULL, counter INTEGER NOT NULL,"
    " entry INTEGER NOT NULL, source INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX version_at ON version(replica, counter, entry);"
    "CREATE TABLE content(prefix INTEGER, held INTEGER, entry INTEGER,"
    " PRIMARY KEY(prefix, held, entry)) WITHOUT ROWID;"
    "CREATE TABLE chunks(id INTEGER PRIMARY KEY,"
    " content BLOB NOT NULL UNIQUE, list BLOB NOT NULL);"
    "CREATE TABLE sample(prefix INTEGER, chunks INTEGER,"
    " PRIMARY KEY(prefix, chunks)) WITHOUT ROWID;"
    "CREATE TABLE kept(id INTEGER PRIMARY KEY, content BLOB NOT NULL,"
    " path BLOB NOT NULL, since_ns INTEGER NOT NULL);"
    "CREATE INDEX kept_content ON kept(content);"
    "CREATE INDEX kept_since ON kept(since_ns);"
    "CREATE TABLE resume(replica INTEGER PRIMARY KEY, noted BLOB NOT NULL,"
    " last_replica INTEGER NOT NULL, last_counter INTEGER NOT NULL);"
    "CREATE TABLE fact(key TEXT PRIMARY KEY, value BLOB NOT NULL)"
    " WITHOUT ROWID;"
    /* replica 0, with its top bit flipped: index_open takes a random one */
    "INSERT INTO state VALUES(1, 0x8000000000000000, 0, 0, 1, 0, 0, 0, 0, 0, "
    "x'00');"
    "INSERT INTO dir VALUES(1, 0, x'', 0);",
    /* flag 8 is ROW_DISK, the blob ".conflict-"; SQL_COPIES says the same */
    "CREATE INDEX entry_copy ON entry(dir, name)"
    " WHERE flags & 8 AND instr(name, x'2e636f6e666c6963742d');",
    /* 3: kept versions */
    "CREATE TABLE past(id INTEGER PRIMARY KEY, path BLOB NOT NULL,"
    " name BLOB NOT NULL, state INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " content BLOB NOT NULL, size INTEGER NOT NULL,"
    " mtime_ns INTEGER NOT NULL, bits INTEGER NOT NULL,"
    " until_ns INTEGER NOT NULL, age_ns INTEGER NOT NULL,"
    " who BLOB NOT NULL);"
    "CREATE INDEX past_path ON past(path, until_ns);"
    "CREATE INDEX past_content ON past(content);"
    "CREATE INDEX past_age ON past(age_ns);"
    "CREATE INDEX past_expected ON past(state) WHERE state = 2;"
    "ALTER TABLE kept ADD COLUMN who BLOB NOT NULL DEFAULT x'';"
    "ALTER TABLE state ADD COLUMN past INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE state ADD COLUMN past_bytes INTEGER NOT NULL DEFAULT 0;",
    /* 4: rows may tell of metadata, which an older program cannot read */
    "SELECT 4;",
};

const struct index_schema index_schema = {
    steps, (int)(sizeof steps / sizeof steps[0])};

/*
 * Exclusive before the first look at the WAL: its index is then kept in our
 * memory. The cache is bounded, for a million files must fit in 100 MB.
 */
static const char *const settings =
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA page_size = 4096;"
    "PRAGMA cache_size = -16384;" /* KiB */
    "PRAGMA mmap_size = 0;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA foreign_keys = OFF;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA wal_autocheckpoint = 4096;" /* pages */
    "PRAGMA journal_size_limit = 16777216;";

/* What the host said last is why SQLite's file failed. */
static int
file_error(const struct index_vfs *v)
{
	switch (v->err) {
	case -ENOSPC:
	case -EDQUOT:
		return -ENOSPC;
	case -ENOMEM:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

int
index_db_error(const struct index_vfs *v, int sqlite_rc)
{
	switch (sqlite_rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_CONSTRAINT: /* tables that contradict each other */
		return ERR_CORRUPT;
	case SQLITE_TOOBIG:
		return ERR_LIMIT;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_IOERR:
		return sqlite_rc == SQLITE_IOERR_NOMEM ? -ENOMEM
						       : file_error(v);
	case SQLITE_CANTOPEN:
		return file_error(v);
	default:
		return -EIO;
	}
}

static int
run(const struct index_vfs *v, sqlite3 *db, const char *sql)
{
	return index_db_error(v, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

int
index_db_open(struct index_vfs *v, const char *file, sqlite3 **out_db)
{
	sqlite3 *db = NULL;
	int rc;

	rc = sqlite3_open_v2(file, &db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	    v->name);
	if (rc != SQLITE_OK) {
		rc = index_db_error(v, rc);
		goto out;
	}
	sqlite3_extended_result_codes(db, 1);
	rc = run(v, db, settings);
out:
	if (rc == 0)
		*out_db = db;
	else
		index_db_close(db);
	return rc;
}

void
index_db_close(sqlite3 *db)
{
	sqlite3_close_v2(db);
}

static int
number(const struct index_vfs *v, sqlite3 *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	if (rc == SQLITE_DONE)
		return ERR_CORRUPT;
	return index_db_error(v, rc);
}

/* Takes steps from..n in one transaction. */
static int
take_steps(struct index_vfs *v, sqlite3 *db, const struct index_schema *schema,
    int from)
{
	char end[96];
	int rc = run(v, db, "BEGIN");

	for (int i = from; rc == 0 && i < schema->n; i++)
		rc = run(v, db, schema->steps[i]);
	snprintf(end, sizeof end,
	    "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
	    INDEX_APPLICATION_ID, schema->n);
	if (rc == 0)
		rc = run(v, db, end);
	return rc;
}

static int
drop_file(const struct index_vfs *v, const char *name)
{
	int rc = host_unlink(v->host, v->dir, name);

	return rc == -ENOENT ? 0 : rc;
}

static int
sync_file(const struct index_vfs *v, const char *name)
{
	int fd;
	int rc = host_open(v->host, v->dir, name, HOST_READ | HOST_WRITE, &fd);

	if (rc != 0)
		return rc;
	rc = host_sync(v->host, fd);
	host_close(v->host, fd);
	return rc;
}

/* Makes index.db-new out of what is open, and migrates that. */
static int
migrate_copy(struct index_vfs *v, sqlite3 *db,
    const struct index_schema *schema, int from)
{
	sqlite3 *copy = NULL;
	int rc = drop_file(v, INDEX_NEW_FILE);

	if (rc == 0)
		rc = drop_file(v, INDEX_NEW_FILE "-wal");
	if (rc == 0)
		rc = drop_file(v, INDEX_NEW_FILE "-journal");
	if (rc == 0) /* nothing of the old may stay in its WAL */
		rc = run(v, db, "PRAGMA wal_checkpoint(TRUNCATE)");
	if (rc == 0)
		rc = run(v, db, "VACUUM INTO '" INDEX_NEW_FILE "'");
	if (rc == 0)
		rc = index_db_open(v, INDEX_NEW_FILE, &copy);
	if (rc == 0)
		rc = take_steps(v, copy, schema, from);
	if (rc == 0)
		rc = run(v, copy, "PRAGMA wal_checkpoint(TRUNCATE)");
	index_db_close(copy);
	if (rc == 0)
		rc = sync_file(v, INDEX_NEW_FILE);
	return rc;
}

static int
migrate(struct index_vfs *v, const struct index_schema *schema, int from,
    sqlite3 **db)
{
	int rc = migrate_copy(v, *db, schema, from);

	index_db_close(*db);
	*db = NULL;
	if (rc == 0) /* empty since the checkpoint, and not the new one's */
		rc = drop_file(v, INDEX_FILE "-wal");
	if (rc == 0)
		rc = host_rename(v->host, v->dir, INDEX_NEW_FILE, v->dir,
		    INDEX_FILE, HOST_REPLACE);
	if (rc == 0)
		rc = host_sync(v->host, v->dir);
	if (rc == 0)
		rc = index_db_open(v, INDEX_FILE, db);
	return rc;
}

int
index_schema_bring(struct index_vfs *v, const struct index_schema *schema,
    bool create, sqlite3 **db)
{
	int64_t version = 0, application = 0, tables = 0;
	int rc = number(v, *db, "PRAGMA user_version", &version);

	if (rc == 0)
		rc = number(v, *db, "PRAGMA application_id", &application);
	if (rc == 0)
		rc = number(
		    v, *db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (rc != 0)
		return rc;
	if (version == 0 && application == 0 && tables == 0)
		return create ? take_steps(v, *db, schema, 0) : -ENOENT;
	if (application != INDEX_APPLICATION_ID || version < 1)
		return ERR_CORRUPT;
	if (version > schema->n)
		return ERR_NEWER;
	if (version < schema->n)
		return migrate(v, schema, (int)version, db);
	return 0;
}
