/* SPDX-License-Identifier: Apache-2.0 */
/* index_open - opening and closing, transactions, the state in memory. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "daemon/index/index_internal.h"

/* ---- state --------------------------------------------------------------- */

static int
read_state(sqlite3_stmt *stmt, struct index_state *out)
{
	struct wire_reader r = wire_reader_of(index_column(stmt, 11));
	int rc = vector_get_wire(&r, LIMIT_KNOWLEDGE_ENTRIES, &out->knowledge);

	if (rc == 0)
		rc = wire_end(&r);
	out->replica = index_unflip(sqlite3_column_int64(stmt, 0));
	out->counter = (uint64_t)sqlite3_column_int64(stmt, 1);
	out->arrival = sqlite3_column_int64(stmt, 2);
	out->next_id = sqlite3_column_int64(stmt, 3);
	out->figures.files = (uint64_t)sqlite3_column_int64(stmt, 4);
	out->figures.dirs = (uint64_t)sqlite3_column_int64(stmt, 5);
	out->figures.bytes = (uint64_t)sqlite3_column_int64(stmt, 6);
	out->figures.open = (uint64_t)sqlite3_column_int64(stmt, 7);
	out->figures.disk_files = (uint64_t)sqlite3_column_int64(stmt, 8);
	out->figures.past = (uint64_t)sqlite3_column_int64(stmt, 9);
	out->figures.past_bytes = (uint64_t)sqlite3_column_int64(stmt, 10);
	return rc == ERR_GRAMMAR ? ERR_CORRUPT : rc;
}

static int
load_state(struct index *ix)
{
	sqlite3_stmt *stmt;
	struct index_state state = {0};
	int rc = index_query(ix, SQL_STATE_GET, &stmt, "");

	if (rc != 0)
		return rc;
	rc = index_step(ix, stmt);
	if (rc != 1)
		return rc == 0 ? ERR_CORRUPT : rc;
	rc = read_state(stmt, &state);
	index_reset(stmt);
	if (rc != 0) {
		vector_release(&state.knowledge);
		return rc;
	}
	vector_release(&ix->state.knowledge);
	ix->state = state;
	ix->state_dirty = false;
	return 0;
}

static int
store_state(struct index *ix)
{
	const struct index_state *s = &ix->state;
	const struct index_figures *f = &s->figures;
	struct buf knowledge;
	struct wire_writer w;
	int rc;

	buf_init(&knowledge, INDEX_MAX_ROW_BYTES);
	w = wire_writer_of(&knowledge);
	vector_put(&w, &s->knowledge);
	rc = wire_writer_end(&w);
	if (rc == 0)
		rc = index_run(ix, SQL_STATE_PUT, "uiiiiiiiiiib", s->replica,
		    (int64_t)s->counter, s->arrival, s->next_id,
		    (int64_t)f->files, (int64_t)f->dirs, (int64_t)f->bytes,
		    (int64_t)f->open, (int64_t)f->disk_files, (int64_t)f->past,
		    (int64_t)f->past_bytes, buf_span(&knowledge));
	buf_release(&knowledge);
	return rc;
}

/* ---- transactions -------------------------------------------------------- */

int
index_begin(struct index *ix)
{
	int rc;

	assert(!ix->in_batch);
	rc = index_run(ix, SQL_BEGIN, "");
	ix->in_batch = rc == 0;
	return rc;
}

int
index_commit(struct index *ix)
{
	int rc = 0;

	assert(ix->in_batch);
	if (ix->dirs.dirty.n != 0)
		rc = index_dirs_flush(ix);
	if (rc == 0 && ix->state_dirty)
		rc = store_state(ix);
	if (rc == 0)
		rc = index_run(ix, SQL_COMMIT, "");
	if (rc != 0)
		return rc;
	ix->in_batch = false;
	ix->state_dirty = false;
	ix->dirs.changed = false;
	return 0;
}

void
index_rollback(struct index *ix)
{
	int rc = 0;

	if (!ix->in_batch)
		return;
	if (sqlite3_get_autocommit(ix->db) == 0)
		rc = index_run(ix, SQL_ROLLBACK, "");
	ix->in_batch = false;
	index_recent_forget(ix);
	if (rc == 0 && ix->state_dirty)
		rc = load_state(ix);
	if (rc == 0 && ix->dirs.changed)
		rc = index_dirs_load(ix);
	else
		index_dirs_forget(ix);
	if (rc != 0)
		ix->broken = true;
}

bool
index_in_batch(const struct index *ix)
{
	return ix->in_batch;
}

/* ---- opening ------------------------------------------------------------- */

/* Keeps every other process, and every other index here, out. */
static int
lock(struct index *ix, int dir)
{
	int rc = host_open(ix->host, dir, INDEX_LOCK_FILE,
	    HOST_READ | HOST_WRITE | HOST_CREATE, &ix->lock_fd);

	if (rc != 0) {
		ix->lock_fd = -1;
		return rc;
	}
	rc = host_lock(ix->host, ix->lock_fd);
	return rc == -EWOULDBLOCK ? ERR_BUSY : rc;
}

static int
load(struct index *ix)
{
	int rc = load_state(ix);

	if (rc == 0)
		rc = index_dirs_load(ix);
	if (rc != 0 || ix->state.replica != 0)
		return rc;
	rc = index_begin(ix);
	if (rc == 0)
		rc = index_new_replica(ix);
	if (rc == 0)
		rc = index_commit(ix);
	return rc;
}

static int
open_files(struct index *ix, int dir, bool create)
{
	struct host_stat st;
	int rc = 0;

	if (!create)
		rc = host_stat_at(ix->host, dir, INDEX_FILE, &st);
	if (rc == 0)
		rc = lock(ix, dir);
	if (rc == 0)
		rc = index_db_open(&ix->vfs, INDEX_FILE, &ix->db);
	if (rc == 0)
		rc = index_schema_bring(
		    &ix->vfs, &index_schema, create, &ix->db);
	return rc;
}

int
index_open(const struct host *h, int dir, int flags, struct index **out_index)
{
	struct index *ix = calloc(1, sizeof *ix);
	int rc;

	if (ix == NULL)
		return -ENOMEM;
	ix->host = h;
	ix->lock_fd = -1;
	index_dirs_init(&ix->dirs);
	index_row_bufs_init(&ix->bufs);
	buf_init(&ix->old, 4 * (size_t)INDEX_MAX_ROW_BYTES);
	rc = index_vfs_register(&ix->vfs, h, dir);
	if (rc != 0) {
		free(ix);
		return rc;
	}
	rc = open_files(ix, dir, (flags & INDEX_CREATE) != 0);
	if (rc == 0)
		rc = load(ix);
	if (rc == 0)
		*out_index = ix;
	else
		index_close(ix);
	return rc;
}

void
index_close(struct index *ix)
{
	if (ix == NULL)
		return;
	for (int i = 0; i < SQL_N; i++)
		sqlite3_finalize(ix->stmts[i]);
	index_db_close(ix->db); /* rolls back; fails only to be tidy */
	index_vfs_unregister(&ix->vfs);
	if (ix->lock_fd >= 0)
		host_close(ix->host, ix->lock_fd);
	vector_release(&ix->state.knowledge);
	index_dirs_release(&ix->dirs);
	index_row_bufs_release(&ix->bufs);
	buf_release(&ix->old);
	index_recent_forget(ix);
	VEC_RELEASE(&ix->old_mentions.v);
	VEC_RELEASE(&ix->new_mentions.v);
	free(ix);
}

/* A name that need not be there goes, or moves. */
static int
drop(const struct host *h, int dir, const char *name)
{
	int rc = host_unlink(h, dir, name);

	return rc == -ENOENT ? 0 : rc;
}

static int
move(const struct host *h, int dir, const char *from, const char *to)
{
	int rc = host_rename(h, dir, from, dir, to, HOST_REPLACE);

	return rc == -ENOENT ? 0 : rc;
}

/*
 * The log last: a database without what is only in its log would be an older
 * one, and use its counters again. Of a log without a database SQLite takes
 * no notice.
 */
int
index_set_aside(const struct host *h, int dir)
{
	int rc = drop(h, dir, INDEX_BEFORE_FILE "-wal");

	if (rc == 0)
		rc = move(h, dir, INDEX_FILE, INDEX_BEFORE_FILE);
	if (rc == 0)
		rc = host_sync(h, dir);
	if (rc == 0)
		rc = move(h, dir, INDEX_FILE "-wal", INDEX_BEFORE_FILE "-wal");
	return rc == 0 ? host_sync(h, dir) : rc;
}
