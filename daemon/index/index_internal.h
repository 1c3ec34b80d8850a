/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_internal - what the files of the index share.
 *
 * Layout of the database, see index_schema.c. Signed 64-bit columns hold
 * unsigned numbers with the top bit flipped, so that SQLite orders them as
 * we do.
 */
#ifndef DAEMON_INDEX_INDEX_INTERNAL_H
#define DAEMON_INDEX_INDEX_INTERNAL_H

#include <sqlite3.h>
#include <uthash.h>

#include "daemon/index/index.h"
#include "proto/base/path.h"

#define INDEX_FILE "index.db"
#define INDEX_NEW_FILE "index.db-new"
#define INDEX_BEFORE_FILE "index.db-before"
#define INDEX_LOCK_FILE "index.lock"

enum {
	INDEX_ROOT = 1, /* the root's directory id */
	INDEX_APPLICATION_ID = 0x54757474, /* "Tutt" */
	INDEX_MAX_ROW_BYTES = 64 << 20,
	INDEX_MAX_LIST_BYTES = 1 << 30, /* SQLite holds no longer blob */
};

/* ---- index_vfs.c --------------------------------------------------------- */

struct index_vfs {
	sqlite3_vfs vfs;
	char name[40];
	const struct host *host;
	int dir;
	int err; /* the last that the host gave, 0 when none */
};

/* Registers a VFS whose files lie in dir. Must be at its final address. */
int index_vfs_register(
    struct index_vfs *v, const struct host *h, int dir) MUST_USE;
void index_vfs_unregister(struct index_vfs *v);

/* ---- index_schema.c ------------------------------------------------------ */

/* One step from schema i to i + 1; the first makes an empty database ours. */
struct index_schema {
	const char *const *steps;
	int n;
};
extern const struct index_schema index_schema;

/*
 * Brings the database up to the schema: makes a new one in place, or
 * migrates a copy that then takes its place. *db is closed and opened anew
 * for it. -ENOENT when empty and create is false, ERR_NEWER, ERR_CORRUPT.
 */
int index_schema_bring(struct index_vfs *v, const struct index_schema *schema,
    bool create, sqlite3 **db) MUST_USE;

/* Opens a database file on the VFS with our settings. */
int index_db_open(
    struct index_vfs *v, const char *file, sqlite3 **out_db) MUST_USE;
void index_db_close(sqlite3 *db);

/* Translates what SQLite said. */
int index_db_error(const struct index_vfs *v, int sqlite_rc);

/* ---- index_sql.c --------------------------------------------------------- */

/* Every statement there is; the text is in index_sql.c. */
enum index_sql {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_STATE_GET,
	SQL_STATE_PUT,
	SQL_DIRS,
	SQL_DIR_NEW,
	SQL_DIR_ALIVE,
	SQL_ENTRY_GET,
	SQL_ENTRY_NEW,
	SQL_ENTRY_PUT,
	SQL_ENTRY_DROP,
	SQL_ENTRY_NEXT,
	SQL_CHILDREN,
	SQL_COPIES,
	SQL_OPEN_ADD,
	SQL_OPEN_DROP,
	SQL_OPEN_UP,
	SQL_OPEN_DOWN,
	SQL_VERSION_ADD,
	SQL_VERSION_DROP,
	SQL_VERSION_REPLICA,
	SQL_VERSION_AFTER,
	SQL_VERSION_ARRIVED,
	SQL_CONTENT_ADD,
	SQL_CONTENT_DROP,
	SQL_CONTENT_FIND,
	SQL_CONTENT_ANY,
	SQL_CHUNKS_ADD,
	SQL_CHUNKS_GET,
	SQL_CHUNKS_DROP,
	SQL_CHUNKS_WALK,
	SQL_SAMPLE_ADD,
	SQL_SAMPLE_DROP,
	SQL_SAMPLE_FIND,
	SQL_KEPT_PUT,
	SQL_KEPT_CLAMP,
	SQL_KEPT_EXPECTED,
	SQL_KEPT_GET,
	SQL_KEPT_DROP,
	SQL_KEPT_FIND,
	SQL_KEPT_FIND_FROM,
	SQL_KEPT_AFTER,
	SQL_PAST_PUT,
	SQL_PAST_COST,
	SQL_PAST_GET,
	SQL_PAST_DROP,
	SQL_PAST_FIND,
	SQL_PAST_BEFORE,
	SQL_PAST_FILES,
	SQL_PAST_EXPECTED,
	SQL_PAST_AT,
	SQL_PAST_TAKEN,
	SQL_PAST_BELOW,
	SQL_RESUME_GET,
	SQL_RESUME_PUT,
	SQL_RESUME_CLEAR,
	SQL_RESUME_DROP,
	SQL_FACT_GET,
	SQL_FACT_PUT,
	SQL_N
};

/*
 * Gives the statement, prepared once and kept, with its parameters bound:
 * types has a letter each, 'i' int64_t, 'u' uint64_t in flipped form, 'b'
 * span (empty: an empty blob), 'n' span (empty: NULL), 's' text. Borrowed
 * until the reset.
 */
int index_query(struct index *ix, enum index_sql sql, sqlite3_stmt **out,
    const char *types, ...) MUST_USE;

/* 1: a row; 0: no more, or an error: reset. */
int index_step(struct index *ix, sqlite3_stmt *stmt) MUST_USE;

/* Ends a statement before its last row; its error was seen by index_step. */
void index_reset(sqlite3_stmt *stmt);

/* Binds and runs a statement that gives no rows. */
int index_run(
    struct index *ix, enum index_sql sql, const char *types, ...) MUST_USE;

/* A blob column, borrowed until the next step or reset. */
struct span index_column(sqlite3_stmt *stmt, int i);

/* Appends the ids that a query with its parameters bound gives. */
int index_take_ids(
    struct index *ix, sqlite3_stmt *stmt, struct id_list *out) MUST_USE;

/* The two forms of an unsigned number; they order alike. */
static inline int64_t
index_flip(uint64_t u)
{
	return (int64_t)(u ^ (UINT64_C(1) << 63));
}
static inline uint64_t
index_unflip(int64_t i)
{
	return (uint64_t)i ^ (UINT64_C(1) << 63);
}

/* ---- index_dir.c: directory ids, all of them in memory ------------------- */

struct index_dir {
	UT_hash_handle hh;
	int64_t id;
	struct index_dir *parent; /* NULL for the root */
	int64_t alive; /* children that are alive */
	bool dirty; /* alive is not what the table says */
	int8_t disk; /* KIND_… of what stands there, -1: load it */
	uint16_t key_len; /* of the parent's id and the name */
	uint8_t key[]; /* id of the parent, name */
};

struct index_dirs {
	VEC(struct index_dir *) by_id; /* item i has id i + INDEX_ROOT */
	struct index_dir *by_name; /* the hash */
	VEC(struct index_dir *) dirty;
	bool changed; /* in this transaction: a rollback reads all anew */
	struct buf last_path; /* a cache of one: the last one asked for */
	struct index_dir *last;
};

void index_dirs_init(struct index_dirs *dirs);
void index_dirs_release(struct index_dirs *dirs);

/* Reads all of them anew. */
int index_dirs_load(struct index *ix) MUST_USE;

/* Forgets what was cached of what stands there. */
void index_dirs_forget(struct index *ix);

/* Writes the counts that changed; called before a commit. */
int index_dirs_flush(struct index *ix) MUST_USE;

/* The directory at a path, or NULL when it has no id (yet), or the index is
 * broken. */
struct index_dir *index_dir_at(struct index *ix, struct span path);

/* The same below a directory, for one name. */
struct index_dir *index_dir_child(
    struct index *ix, const struct index_dir *dir, struct span name);

/* What is to be said of what lies in a directory that has no id: nothing is
 * stored there, 0; but of a broken index nobody knows, -EIO. */
int index_unknown(const struct index *ix) MUST_USE;

/* The directory at a path; it and its parents get ids if need be. */
int index_dir_intern(
    struct index *ix, struct span path, struct index_dir **out) MUST_USE;

/* Adds to the number of alive children. ERR_CORRUPT when that is below 0. */
int index_dir_live(struct index *ix, struct index_dir *dir, int delta) MUST_USE;

struct index_dir *index_dir_by_id(const struct index *ix, int64_t id);
struct span index_dir_name(const struct index_dir *dir);

/* Appends the path of a name in a directory. */
int index_dir_path(
    const struct index_dir *dir, struct span name, struct buf *out) MUST_USE;

/* ---- index_list.c -------------------------------------------------------- */

/* Appends the path of a name in a directory of that id. */
int index_path_add(struct index *ix, int64_t dir_id, struct span name,
    struct path_list *out) MUST_USE;

/* ---- index_row.c: an entry as bytes -------------------------------------- */

enum index_row_flags {
	ROW_OPEN = 1, /* not entry_settled */
	ROW_ALIVE = 2, /* entry_alive */
	ROW_DIR = 4, /* alive as a directory */
	ROW_DISK = 8, /* on disk, and no directory */
	ROW_BARE = 16, /* nothing but derived */
};

/* A row; spans borrowed from a statement or from struct index_row_bufs. */
struct index_row {
	int64_t id; /* 0: there is none */
	int64_t flags;
	int64_t bytes; /* of the wanted file */
	struct span disk, base, intent, known;
};
struct index_row_bufs {
	struct buf disk, base, intent, known;
};
void index_row_bufs_init(struct index_row_bufs *b);
void index_row_bufs_release(struct index_row_bufs *b);

/* Encodes an entry; child_alive is taken from the entry. */
int index_row_encode(const struct entry *e, struct index_row_bufs *bufs,
    struct index_row *out) MUST_USE;

/* Decodes into an entry, initialised and empty but for its path. */
int index_row_decode(const struct index_row *row, struct entry *out) MUST_USE;

/* Decodes the disk column; an empty one is an absent file. */
int index_row_disk(struct span bytes, struct observation *out,
    int64_t *out_absent_since_ns) MUST_USE;

/* One of the known versions, not parsed. */
struct index_item {
	struct dot dot;
	uint64_t large; /* index_prefix of content with a chunk list, else 0 */
	struct span record;
};

/* Takes the next item of a known column; false at its end or when broken. */
bool index_item_next(struct wire_reader *r, struct index_item *out);

/* The first 8 bytes of a content's name, as which it is indexed. */
uint64_t index_prefix(const struct name *content);

/*
 * The contents that a row mentions, each once, into *out, which is emptied:
 * what is on disk, and what has a chunk list.
 */
struct index_mention {
	uint64_t prefix;
	bool held; /* on this disk */
};
struct index_mentions {
	VEC(struct index_mention) v;
};
int index_row_mentions(
    const struct index_row *row, struct index_mentions *out) MUST_USE;

/* ---- index_past.c -------------------------------------------------------- */

/* The who column, and back. An empty one is of nobody. */
int index_who_encode(const struct index_who *who, struct buf *out) MUST_USE;
int index_who_decode(struct span bytes, struct index_who *out) MUST_USE;

/* ---- index_recent.c: rows read or written of late ------------------------ */

struct index_recent_row;
struct index_recent {
	struct index_recent_row **rows; /* a table, or NULL: none yet */
};

/*
 * Finds what the row of a name in a directory is, or that there is none
 * (out->id 0), without a query; false when that is not remembered. Spans are
 * borrowed until index_recent_put, _drop or _forget.
 */
bool index_recent_find(const struct index *ix, int64_t dir, struct span name,
    struct index_row *out);

/* Remembers a copy of a row; without memory, or too large, it is not. row
 * may not be what index_recent_find gave. */
void index_recent_put(struct index *ix, int64_t dir, struct span name,
    const struct index_row *row);

/* Forgets one of which it is uncertain what was written; all, after a
 * rollback. */
void index_recent_drop(struct index *ix, int64_t dir, struct span name);
void index_recent_forget(struct index *ix);

/* ---- the index itself ---------------------------------------------------- */

/* What is kept in memory and written with each commit that changed it. */
struct index_state {
	uint64_t replica;
	uint64_t counter;
	int64_t arrival;
	int64_t next_id;
	struct index_figures figures;
	struct vector knowledge;
};

struct index {
	const struct host *host;
	struct index_vfs vfs;
	int lock_fd;
	sqlite3 *db;
	sqlite3_stmt *stmts[SQL_N];
	bool in_batch;
	bool state_dirty;
	bool broken; /* memory and file may differ: every call fails */
	struct index_state state;
	struct index_dirs dirs;
	struct index_row_bufs bufs; /* the row being stored */
	struct buf old; /* the row that was stored */
	struct index_recent recent;
	struct index_mentions old_mentions, new_mentions;
	int64_t tidy_at; /* chunk lists up to this id were looked at */
};

/* Does a file on this disk, or a link, have that content? 1, 0 or an error. */
int index_content_held(struct index *ix, const struct name *content) MUST_USE;

#endif
