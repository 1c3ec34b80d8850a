/* SPDX-License-Identifier: Apache-2.0 */
/* index_list - entries by need, by directory, and all of them. */
#include <string.h>

#include "daemon/index/index_internal.h"

enum { LIST_MAX_BYTES = 1 << 30 };

void
path_list_init(struct path_list *list)
{
	memset(list, 0, sizeof *list);
	buf_init(&list->bytes, LIST_MAX_BYTES);
}

void
path_list_release(struct path_list *list)
{
	buf_release(&list->bytes);
	VEC_RELEASE(&list->v);
}

void
path_list_clear(struct path_list *list)
{
	buf_clear(&list->bytes);
	list->v.n = 0;
}

/* Ends the path that was appended to bytes at an offset. */
static int
path_list_end(struct path_list *list, size_t at, int rc)
{
	if (rc == 0)
		rc = buf_add(&list->bytes, span_of("", 1));
	if (rc == 0)
		rc = VEC_PUSH(&list->v, (uint32_t)at);
	if (rc != 0)
		list->bytes.len = at;
	return rc;
}

int
path_list_add(struct path_list *list, struct span path)
{
	size_t at = list->bytes.len;

	return path_list_end(list, at, buf_add(&list->bytes, path));
}

struct span
path_list_get(const struct path_list *list, size_t i)
{
	return span_str((const char *)list->bytes.p + list->v.items[i]);
}

int
index_path_add(
    struct index *ix, int64_t dir_id, struct span name, struct path_list *out)
{
	const struct index_dir *dir = index_dir_by_id(ix, dir_id);
	size_t at = out->bytes.len;

	if (dir == NULL || !path_name_valid(name))
		return ERR_CORRUPT;
	return path_list_end(out, at, index_dir_path(dir, name, &out->bytes));
}

/* ---- open entries -------------------------------------------------------- */

void
index_cursor_init(struct index_cursor *c, bool descending)
{
	memset(c, 0, sizeof *c);
	buf_init(&c->name, LIMIT_NAME_BYTES);
	c->descending = descending;
	c->dir = descending ? INT64_MAX : 0;
}

void
index_cursor_release(struct index_cursor *c)
{
	buf_release(&c->name);
}

static int
path_rows(struct index *ix, sqlite3_stmt *stmt, size_t *got, int64_t *out_dir,
    struct path_list *out)
{
	int rc = 0, more = 1;

	while (rc == 0 && (more = index_step(ix, stmt)) == 1) {
		*out_dir = sqlite3_column_int64(stmt, 0);
		rc = index_path_add(ix, *out_dir, index_column(stmt, 1), out);
		(*got)++;
	}
	index_reset(stmt);
	return rc != 0 ? rc : more;
}

int
index_open_next(
    struct index *ix, struct index_cursor *c, size_t n, struct path_list *out)
{
	sqlite3_stmt *stmt;
	size_t got = 0;
	int rc;

	if (c->end)
		return 0;
	rc = index_query(ix, c->descending ? SQL_OPEN_DOWN : SQL_OPEN_UP, &stmt,
	    "ibi", c->dir, buf_span(&c->name), (int64_t)n);
	if (rc == 0)
		rc = path_rows(ix, stmt, &got, &c->dir, out);
	if (rc != 0)
		return rc;
	c->end = got < n;
	if (got == 0)
		return 0;
	buf_clear(&c->name);
	return buf_add(&c->name, path_name(path_list_get(out, out->v.n - 1)));
}

int
index_copies(struct index *ix, size_t n, struct path_list *out)
{
	sqlite3_stmt *stmt;
	size_t got = 0;
	int64_t dir;
	int rc = index_query(ix, SQL_COPIES, &stmt, "i", (int64_t)n);

	return rc != 0 ? rc : path_rows(ix, stmt, &got, &dir, out);
}

/* ---- one directory ------------------------------------------------------- */

void
index_children_init(struct index_children *c)
{
	memset(c, 0, sizeof *c);
	buf_init(&c->names, LIST_MAX_BYTES);
}

void
index_children_release(struct index_children *c)
{
	buf_release(&c->names);
	VEC_RELEASE(&c->v);
}

static int
child_row(sqlite3_stmt *stmt, struct index_children *out)
{
	struct span name = index_column(stmt, 0);
	struct index_child child = {
	    .at = (uint32_t)out->names.len, .len = (uint16_t)name.len};
	int64_t absent_since_ns;
	int rc = index_row_disk(
	    index_column(stmt, 1), &child.disk, &absent_since_ns);

	if (rc == 0 && !path_name_valid(name))
		rc = ERR_CORRUPT;
	if (rc != 0 || child.disk.kind == KIND_NONE)
		return rc;
	rc = buf_add(&out->names, name);
	if (rc == 0)
		rc = buf_add(&out->names, span_of("", 1));
	if (rc == 0)
		rc = VEC_PUSH(&out->v, child);
	return rc;
}

int
index_children(struct index *ix, struct span path, struct index_children *out)
{
	const struct index_dir *dir = index_dir_at(ix, path);
	sqlite3_stmt *stmt;
	int rc, more = 1;

	if (dir == NULL)
		return index_unknown(ix);
	rc = index_query(ix, SQL_CHILDREN, &stmt, "i", dir->id);
	if (rc != 0)
		return rc;
	while (rc == 0 && (more = index_step(ix, stmt)) == 1)
		rc = child_row(stmt, out);
	index_reset(stmt);
	return rc != 0 ? rc : more;
}

/* ---- all below a directory ----------------------------------------------- */

static bool
dir_below(const struct index_dir *dir, const struct index_dir *top)
{
	/* a parent's id is less than its children's */
	while (dir->id > top->id)
		dir = dir->parent;
	return dir == top;
}

/* Appends a directory's own entries after a name until out has n. */
static int
below_dir(struct index *ix, const struct index_dir *dir, struct span after,
    size_t n, struct path_list *out)
{
	sqlite3_stmt *stmt;
	int rc, more = 1;

	rc = index_query(
	    ix, SQL_ENTRY_NEXT, &stmt, "ibi", dir->id, after, (int64_t)-1);
	if (rc != 0)
		return rc;
	while (rc == 0 && out->v.n < n && (more = index_step(ix, stmt)) == 1) {
		if ((sqlite3_column_int64(stmt, 1) & ROW_BARE) == 0)
			rc = index_path_add(
			    ix, dir->id, index_column(stmt, 0), out);
	}
	index_reset(stmt);
	return rc != 0 || more == 1 ? rc : more;
}

int
index_paths_below(struct index *ix, struct span dir, struct span after,
    size_t n, struct path_list *out)
{
	const struct index_dir *top = index_dir_at(ix, dir);
	const struct index_dir *at = top;
	struct span name = {NULL, 0};
	size_t end = out->v.n + n;
	int rc = 0;

	if (top == NULL)
		return index_unknown(ix);
	if (after.len != 0) {
		at = index_dir_at(ix, path_parent(after));
		name = path_name(after);
	}
	if (at == NULL)
		return ERR_NOTFOUND;
	while (rc == 0 && at != NULL && out->v.n < end) {
		if (dir_below(at, top))
			rc = below_dir(ix, at, name, end, out);
		name = span_of(NULL, 0);
		at = index_dir_by_id(ix, at->id + 1);
	}
	return rc;
}
