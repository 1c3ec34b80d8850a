/* SPDX-License-Identifier: Apache-2.0 */
/* index_entry - loading and storing entries, and all that follows from it. */
#include <assert.h>
#include <string.h>

#include "daemon/index/index_internal.h"

/* Where a row is: the directory, NULL when it has no id, and the name. */
struct place {
	struct index_dir *dir;
	struct span name;
};

static struct place
place_of(struct index *ix, struct span path)
{
	return (struct place){
	    index_dir_at(ix, path_parent(path)), path_name(path)};
}

static bool
child_alive(struct index *ix, struct place at)
{
	struct index_dir *dir = index_dir_child(ix, at.dir, at.name);

	return dir != NULL && dir->alive > 0;
}

static int
query(struct index *ix, struct place at, sqlite3_stmt **stmt,
    struct index_row *out)
{
	int rc =
	    index_query(ix, SQL_ENTRY_GET, stmt, "ib", at.dir->id, at.name);

	memset(out, 0, sizeof *out);
	if (rc != 0)
		return rc;
	rc = index_step(ix, *stmt);
	if (rc != 1)
		return rc;
	out->id = sqlite3_column_int64(*stmt, 0);
	out->flags = sqlite3_column_int64(*stmt, 1);
	out->bytes = sqlite3_column_int64(*stmt, 2);
	out->disk = index_column(*stmt, 3);
	out->base = index_column(*stmt, 4);
	out->intent = index_column(*stmt, 5);
	out->known = index_column(*stmt, 6);
	return 1;
}

/*
 * Finds a row: 1 with *out borrowed until *stmt, which may be NULL, is reset
 * or the next row is found; 0 when there is none; or an error.
 */
static int
find(struct index *ix, struct place at, sqlite3_stmt **stmt,
    struct index_row *out)
{
	int rc;

	*stmt = NULL;
	if (index_recent_find(ix, at.dir->id, at.name, out))
		return out->id != 0;
	rc = query(ix, at, stmt, out);
	if (rc >= 0)
		index_recent_put(ix, at.dir->id, at.name, out);
	return rc;
}

/* Fills an entry that has nothing yet but its path. */
static int
load_at(struct index *ix, struct place at, struct entry *out)
{
	sqlite3_stmt *stmt;
	struct index_row row;
	int rc;

	if (at.dir == NULL)
		return index_unknown(ix);
	out->child_alive = child_alive(ix, at);
	rc = find(ix, at, &stmt, &row);
	if (rc == 1) {
		rc = index_row_decode(&row, out);
		index_reset(stmt);
	}
	return rc;
}

/* Empties an entry but for the memory of its path. */
static void
clear(struct entry *e)
{
	struct buf path = e->path;

	buf_init(&e->path, LIMIT_PATH_BYTES);
	entry_release(e);
	e->path = path;
	buf_clear(&e->path);
}

int
index_load(struct index *ix, struct span path, struct entry *out)
{
	int rc;

	clear(out);
	rc = buf_add(&out->path, path);
	return rc != 0 ? rc : load_at(ix, place_of(ix, path), out);
}

int
index_disk_kind(struct index *ix, struct span path)
{
	struct index_dir *dir = index_dir_at(ix, path);
	struct entry e;
	int rc;

	if (dir != NULL && dir->disk >= 0)
		return dir->disk;
	entry_init(&e);
	rc = index_load(ix, path, &e);
	if (rc == 0)
		rc = e.disk.kind;
	if (rc >= 0 && dir != NULL)
		dir->disk = (int8_t)rc;
	entry_release(&e);
	return rc;
}

int
index_known(void *arg, struct span path)
{
	struct index *ix = arg;
	struct place at = place_of(ix, path);
	sqlite3_stmt *stmt;
	struct index_row row;
	int rc;

	if (at.dir == NULL)
		return index_unknown(ix);
	rc = find(ix, at, &stmt, &row);
	if (rc == 1) {
		rc = row.known.len != 0;
		index_reset(stmt);
	}
	return rc;
}

/* ---- storing ------------------------------------------------------------- */

/* Takes the row's bytes out of the statement, which is then reset. */
static int
keep(struct index *ix, sqlite3_stmt *stmt, struct index_row *row)
{
	struct span *spans[] = {
	    &row->disk, &row->base, &row->intent, &row->known};
	size_t at = 0;
	int rc = 0;

	buf_clear(&ix->old);
	for (size_t i = 0; rc == 0 && i < 4; i++)
		rc = buf_add(&ix->old, *spans[i]);
	for (size_t i = 0; rc == 0 && i < 4; i++) {
		spans[i]->p = ix->old.p + at;
		at += spans[i]->len;
	}
	index_reset(stmt);
	return rc;
}

static bool
same(const struct index_row *a, const struct index_row *b)
{
	return a->flags == b->flags && a->bytes == b->bytes &&
	       span_equal(a->disk, b->disk) && span_equal(a->base, b->base) &&
	       span_equal(a->intent, b->intent) &&
	       span_equal(a->known, b->known);
}

/* Is an item, with that very record, in a known column? */
static bool
has_item(struct span known, const struct index_item *item)
{
	struct wire_reader r = wire_reader_of(known);
	struct index_item it;

	while (index_item_next(&r, &it)) {
		if (dot_equal(it.dot, item->dot))
			return span_equal(it.record, item->record);
	}
	return false;
}

static int
put_versions(struct index *ix, const struct index_row *old,
    const struct index_row *row, unsigned source)
{
	struct wire_reader was = wire_reader_of(old->known);
	struct wire_reader is = wire_reader_of(row->known);
	struct index_item it;
	int rc = 0;

	if (span_equal(old->known, row->known))
		return 0;
	while (rc == 0 && index_item_next(&was, &it)) {
		if (!has_item(row->known, &it))
			rc = index_run(ix, SQL_VERSION_DROP, "uii",
			    it.dot.replica, (int64_t)it.dot.counter, row->id);
	}
	while (rc == 0 && index_item_next(&is, &it)) {
		if (has_item(old->known, &it))
			continue;
		ix->state.arrival++;
		rc = index_run(ix, SQL_VERSION_ADD, "iuiii", ix->state.arrival,
		    it.dot.replica, (int64_t)it.dot.counter, row->id,
		    (int64_t)source);
	}
	return rc;
}

static bool
has_mention(
    const struct index_mentions *in, const struct index_mention *mention)
{
	VEC_EACH (&in->v, it) {
		if (it->prefix == mention->prefix && it->held == mention->held)
			return true;
	}
	return false;
}

static int
put_contents(
    struct index *ix, const struct index_row *old, const struct index_row *row)
{
	struct index_mentions *was = &ix->old_mentions;
	struct index_mentions *is = &ix->new_mentions;
	int rc = index_row_mentions(old, was);

	if (rc == 0)
		rc = index_row_mentions(row, is);
	VEC_EACH (&was->v, it) {
		if (rc == 0 && !has_mention(is, it))
			rc = index_run(ix, SQL_CONTENT_DROP, "uii", it->prefix,
			    (int64_t)it->held, row->id);
	}
	VEC_EACH (&is->v, it) {
		if (rc == 0 && !has_mention(was, it))
			rc = index_run(ix, SQL_CONTENT_ADD, "uii", it->prefix,
			    (int64_t)it->held, row->id);
	}
	return rc;
}

static int
put_row(struct index *ix, struct place at, struct index_row *row, bool empty)
{
	int rc;

	if (empty)
		return index_run(ix, SQL_ENTRY_DROP, "i", row->id);
	if (row->id != 0)
		return index_run(ix, SQL_ENTRY_PUT, "iinnnni", row->flags,
		    row->bytes, row->disk, row->base, row->intent, row->known,
		    row->id);
	rc = index_run(ix, SQL_ENTRY_NEW, "ibiinnnn", at.dir->id, at.name,
	    row->flags, row->bytes, row->disk, row->base, row->intent,
	    row->known);
	if (rc == 0)
		row->id = sqlite3_last_insert_rowid(ix->db);
	return rc;
}

/* Adds what a row counts for, or takes it away. */
static void
count(struct index_figures *f, const struct index_row *row, int sign)
{
	uint64_t one = (uint64_t)(int64_t)sign; /* wraps on purpose */
	bool dir = (row->flags & ROW_DIR) != 0;

	if ((row->flags & ROW_ALIVE) != 0 && dir)
		f->dirs += one;
	if ((row->flags & ROW_ALIVE) != 0 && !dir)
		f->files += one;
	if ((row->flags & ROW_OPEN) != 0)
		f->open += one;
	if ((row->flags & ROW_DISK) != 0)
		f->disk_files += one;
	f->bytes += one * (uint64_t)row->bytes;
}

static int
put_open(struct index *ix, struct place at, const struct index_row *old,
    const struct index_row *row)
{
	bool was = (old->flags & ROW_OPEN) != 0;
	bool is = (row->flags & ROW_OPEN) != 0;

	if (was == is)
		return 0;
	return index_run(
	    ix, is ? SQL_OPEN_ADD : SQL_OPEN_DROP, "ib", at.dir->id, at.name);
}

/* Writes what differs between the old row and the new one. */
static int
change(struct index *ix, struct place at, const struct index_row *old,
    struct index_row *row, unsigned source)
{
	bool empty = (row->flags & (ROW_BARE | ROW_ALIVE)) == ROW_BARE &&
		     row->intent.len == 0;
	int rc = 0;

	if (empty && old->id == 0)
		return 0;
	ix->state_dirty = true;
	row->id = old->id;
	rc = put_row(ix, at, row, empty);
	if (rc == 0)
		rc = put_versions(ix, old, row, source);
	if (rc == 0)
		rc = put_contents(ix, old, row);
	if (rc == 0)
		rc = put_open(ix, at, old, row);
	if (rc != 0) {
		index_recent_drop(ix, at.dir->id, at.name);
		return rc;
	}
	count(&ix->state.figures, old, -1);
	count(&ix->state.figures, row, 1);
	index_recent_put(
	    ix, at.dir->id, at.name, empty ? &(struct index_row){0} : row);
	return 0;
}

/* Stores one entry; *out_delta is how many more live now: -1, 0 or 1. */
static int
put(struct index *ix, struct place at, const struct entry *e, unsigned source,
    int *out_delta)
{
	struct entry now = *e; /* borrows */
	struct index_dir *dir = index_dir_child(ix, at.dir, at.name);
	struct index_row row, old;
	sqlite3_stmt *stmt;
	int rc;

	now.child_alive = dir != NULL && dir->alive > 0;
	if (dir != NULL)
		dir->disk = (int8_t)e->disk.kind;
	rc = index_row_encode(&now, &ix->bufs, &row);
	if (rc != 0)
		return rc;
	rc = find(ix, at, &stmt, &old);
	if (rc == 1)
		rc = stmt != NULL ? keep(ix, stmt, &old) : 0;
	if (rc != 0)
		return rc;
	if (old.id == 0 || !same(&old, &row))
		rc = change(ix, at, &old, &row, source);
	*out_delta = (int)((row.flags & ROW_ALIVE) != 0) -
		     (int)((old.flags & ROW_ALIVE) != 0);
	return rc;
}

/* A directory's own row, after its first child came alive or the last died. */
static int
refresh(struct index *ix, const struct index_dir *dir, int *out_delta)
{
	struct place at = {dir->parent, index_dir_name(dir)};
	struct entry e;
	int rc;

	entry_init(&e);
	rc = load_at(ix, at, &e);
	if (rc == 0)
		rc = put(ix, at, &e, 0, out_delta);
	entry_release(&e);
	return rc;
}

int
index_store(struct index *ix, const struct entry *e, unsigned source)
{
	struct place at;
	struct index_dir *dir;
	int delta = 0;
	int rc;

	assert(ix->in_batch);
	if (!path_valid(entry_path(e)))
		return ERR_GRAMMAR;
	rc = index_dir_intern(ix, path_parent(entry_path(e)), &dir);
	if (rc != 0)
		return rc;
	at = (struct place){dir, path_name(entry_path(e))};
	rc = put(ix, at, e, source, &delta);
	for (; rc == 0 && delta != 0; dir = dir->parent) {
		bool was = dir->alive > 0;
		rc = index_dir_live(ix, dir, delta);
		if (rc != 0 || was == (dir->alive > 0) || dir->parent == NULL)
			break;
		rc = refresh(ix, dir, &delta);
	}
	return rc;
}
