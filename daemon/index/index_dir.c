/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_dir - directory ids, and how many children of each are alive.
 *
 * All are in memory, for every store and load asks for one; a directory
 * costs about 120 bytes there. Ids are dense and never given back.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) (failed = true)
#include "daemon/index/index_internal.h"

enum { ID_BYTES = 8, KEY_BYTES = ID_BYTES + LIMIT_NAME_BYTES };

static size_t
make_key(int64_t parent, struct span name, uint8_t key[static KEY_BYTES])
{
	memcpy(key, &parent, ID_BYTES);
	if (name.len != 0)
		memcpy(key + ID_BYTES, name.p, name.len);
	return ID_BYTES + name.len;
}

void
index_dirs_init(struct index_dirs *dirs)
{
	memset(dirs, 0, sizeof *dirs);
	buf_init(&dirs->last_path, LIMIT_PATH_BYTES);
}

void
index_dirs_release(struct index_dirs *dirs)
{
	HASH_CLEAR(hh, dirs->by_name);
	VEC_EACH (&dirs->by_id, it)
		free(*it);
	VEC_RELEASE(&dirs->by_id);
	VEC_RELEASE(&dirs->dirty);
	buf_release(&dirs->last_path);
	index_dirs_init(dirs);
}

struct index_dir *
index_dir_by_id(const struct index *ix, int64_t id)
{
	const struct index_dirs *dirs = &ix->dirs;

	if (id < INDEX_ROOT || (uint64_t)(id - INDEX_ROOT) >= dirs->by_id.n)
		return NULL;
	return dirs->by_id.items[id - INDEX_ROOT];
}

struct span
index_dir_name(const struct index_dir *dir)
{
	return span_of(dir->key + ID_BYTES, dir->key_len - ID_BYTES);
}

struct index_dir *
index_dir_child(struct index *ix, const struct index_dir *dir, struct span name)
{
	uint8_t key[KEY_BYTES];
	struct index_dir *found = NULL;
	size_t len;

	if (name.len > LIMIT_NAME_BYTES)
		return NULL;
	len = make_key(dir->id, name, key);
	HASH_FIND(hh, ix->dirs.by_name, key, len, found);
	return found;
}

/* Takes a directory into memory; its id must be the next one. */
static int
add(struct index_dirs *dirs, struct index_dir *parent, struct span name,
    struct index_dir **out)
{
	uint8_t key[KEY_BYTES];
	size_t len = make_key(parent != NULL ? parent->id : 0, name, key);
	struct index_dir *dir = calloc(1, sizeof *dir + len);
	bool failed = false;

	if (dir == NULL)
		return -ENOMEM;
	dir->id = (int64_t)dirs->by_id.n + INDEX_ROOT;
	dir->parent = parent;
	dir->disk = -1;
	dir->key_len = (uint16_t)len;
	memcpy(dir->key, key, len);
	if (VEC_PUSH(&dirs->by_id, dir) != 0) {
		free(dir);
		return -ENOMEM;
	}
	HASH_ADD_KEYPTR(hh, dirs->by_name, dir->key, len, dir);
	if (failed) {
		dirs->by_id.n--;
		free(dir);
		return -ENOMEM;
	}
	*out = dir;
	return 0;
}

static int
load_row(struct index *ix, sqlite3_stmt *stmt)
{
	int64_t id = sqlite3_column_int64(stmt, 0);
	int64_t parent_id = sqlite3_column_int64(stmt, 1);
	struct index_dir *parent = index_dir_by_id(ix, parent_id);
	struct span name = index_column(stmt, 2);
	int64_t alive = sqlite3_column_int64(stmt, 3);
	struct index_dir *dir;
	int rc;

	if (id != (int64_t)ix->dirs.by_id.n + INDEX_ROOT || alive < 0 ||
	    name.len > LIMIT_NAME_BYTES ||
	    (id == INDEX_ROOT) != (parent == NULL))
		return ERR_CORRUPT;
	rc = add(&ix->dirs, parent, name, &dir);
	if (rc == 0)
		dir->alive = alive;
	return rc;
}

int
index_dirs_load(struct index *ix)
{
	sqlite3_stmt *stmt;
	int rc, end = 0;

	index_dirs_release(&ix->dirs);
	rc = index_query(ix, SQL_DIRS, &stmt, "");
	if (rc != 0)
		return rc;
	while (rc == 0 && (end = index_step(ix, stmt)) == 1)
		rc = load_row(ix, stmt);
	index_reset(stmt);
	if (rc == 0)
		rc = end;
	if (rc == 0 && ix->dirs.by_id.n == 0)
		rc = ERR_CORRUPT; /* not even a root */
	return rc;
}

void
index_dirs_forget(struct index *ix)
{
	VEC_EACH (&ix->dirs.by_id, it)
		(*it)->disk = -1;
}

int
index_dirs_flush(struct index *ix)
{
	struct index_dirs *dirs = &ix->dirs;

	VEC_EACH (&dirs->dirty, it) {
		int rc =
		    index_run(ix, SQL_DIR_ALIVE, "ii", (*it)->alive, (*it)->id);
		if (rc != 0)
			return rc;
		(*it)->dirty = false;
	}
	dirs->dirty.n = 0;
	return 0;
}

int
index_dir_live(struct index *ix, struct index_dir *dir, int delta)
{
	if (dir->alive + delta < 0)
		return ERR_CORRUPT;
	if (!dir->dirty && VEC_PUSH(&ix->dirs.dirty, dir) != 0)
		return -ENOMEM;
	dir->dirty = true;
	ix->dirs.changed = true;
	dir->alive += delta;
	return 0;
}

static int
make(struct index *ix, struct index_dir *parent, struct span name,
    struct index_dir **out)
{
	int64_t id = (int64_t)ix->dirs.by_id.n + INDEX_ROOT;
	int rc = index_run(ix, SQL_DIR_NEW, "iib", id, parent->id, name);

	if (rc == 0)
		ix->dirs.changed = true;
	if (rc == 0)
		rc = add(&ix->dirs, parent, name, out);
	return rc;
}

/* Takes the first component off a path. */
static struct span
first(struct span *path)
{
	const uint8_t *slash = memchr(path->p, '/', path->len);
	struct span name = *path;

	if (slash != NULL)
		name.len = (size_t)(slash - path->p);
	path->p += name.len;
	path->len -= name.len;
	if (slash != NULL) {
		path->p++;
		path->len--;
	}
	return name;
}

/* Walks down; makes what is missing, or gives *out NULL. */
static int
walk(struct index *ix, struct span path, bool intern, struct index_dir **out)
{
	struct index_dirs *dirs = &ix->dirs;
	struct index_dir *dir;
	struct span rest = path;
	int rc = 0;

	if (ix->broken) /* not even the root may be in memory */
		return -EIO;
	dir = dirs->by_id.items[0];
	if (dirs->last != NULL &&
	    span_equal(path, buf_span(&dirs->last_path))) {
		dir = dirs->last;
		rest.len = 0;
	}
	while (rc == 0 && rest.len != 0 && dir != NULL) {
		struct span name = first(&rest);
		struct index_dir *child = index_dir_child(ix, dir, name);
		if (child == NULL && intern)
			rc = make(ix, dir, name, &child);
		dir = child;
	}
	if (rc != 0)
		return rc;
	*out = dir;
	if (dir == NULL || dir == dirs->last)
		return 0;
	dirs->last = NULL; /* a cache: without memory, there is none */
	buf_clear(&dirs->last_path);
	if (buf_add(&dirs->last_path, path) == 0)
		dirs->last = dir;
	return 0;
}

struct index_dir *
index_dir_at(struct index *ix, struct span path)
{
	struct index_dir *dir = NULL;

	return walk(ix, path, false, &dir) == 0 ? dir : NULL;
}

int
index_unknown(const struct index *ix)
{
	return ix->broken ? -EIO : 0;
}

int
index_dir_intern(struct index *ix, struct span path, struct index_dir **out)
{
	return walk(ix, path, true, out);
}

int
index_dir_path(const struct index_dir *dir, struct span name, struct buf *out)
{
	const struct index_dir *at = dir;
	size_t len = name.len;
	uint8_t *p;

	for (; at->parent != NULL; at = at->parent)
		len += index_dir_name(at).len + 1;
	if (buf_reserve(out, len, &p) != 0)
		return len > LIMIT_PATH_BYTES ? ERR_CORRUPT : -ENOMEM;
	buf_commit(out, len);
	p += len - name.len;
	memcpy(p, name.p, name.len);
	for (at = dir; at->parent != NULL; at = at->parent) {
		struct span s = index_dir_name(at);
		*--p = '/';
		p -= s.len;
		memcpy(p, s.p, s.len);
	}
	return 0;
}
