/* SPDX-License-Identifier: Apache-2.0 */
/* index_past - what stood at paths and was superseded: kept versions. */
#include <assert.h>
#include <string.h>

#include "daemon/index/index_internal.h"

/* What a file takes at least, a directory's share included. */
#define BLOCK_BYTES 4096

#define NS_PER_S INT64_C(1000000000)

/* ---- who ----------------------------------------------------------------- */

static void
put_maker(struct wire_writer *w, const struct index_maker *m)
{
	wire_put_bytes(w, span_of(m->device, DEVICE_BYTES));
	wire_put_u64(w, m->dot.replica);
	wire_put_u64(w, m->dot.counter);
}

static void
get_maker(struct wire_reader *r, struct index_maker *out)
{
	wire_copy(r, out->device, DEVICE_BYTES);
	out->dot.replica = wire_u64(r);
	out->dot.counter = wire_u64(r);
}

int
index_who_encode(const struct index_who *who, struct buf *out)
{
	struct wire_writer w = wire_writer_of(out);

	put_maker(&w, &who->made);
	put_maker(&w, &who->by);
	wire_put_u8(&w, who->by_gone);
	return wire_writer_end(&w);
}

int
index_who_decode(struct span bytes, struct index_who *out)
{
	struct wire_reader r = wire_reader_of(bytes);

	*out = (struct index_who){0};
	if (bytes.len == 0) /* of before it was noted */
		return 0;
	get_maker(&r, &out->made);
	get_maker(&r, &out->by);
	out->by_gone = wire_u8(&r) != 0;
	return wire_end(&r) < 0 ? ERR_CORRUPT : 0;
}

/* ---- rows ---------------------------------------------------------------- */

static uint64_t
cost(enum index_past_state state, uint64_t size)
{
	if (state != PAST_FILE)
		return 0;
	return (size / BLOCK_BYTES + 1) * BLOCK_BYTES;
}

uint64_t
index_past_cost(const struct index_past *p)
{
	return cost(p->state, p->size);
}

/* Counts a row that goes out of what files take. */
static int
uncount(struct index *ix, int64_t id)
{
	struct index_figures *f = &ix->state.figures;
	enum index_past_state state;
	sqlite3_stmt *stmt;
	int rc = index_query(ix, SQL_PAST_COST, &stmt, "i", id);

	if (rc == 0)
		rc = index_step(ix, stmt);
	if (rc != 1)
		return rc;
	state = (enum index_past_state)sqlite3_column_int64(stmt, 0);
	f->past_bytes -= cost(state, (uint64_t)sqlite3_column_int64(stmt, 1));
	f->past--;
	ix->state_dirty = true;
	index_reset(stmt);
	return 0;
}

static int
put(struct index *ix, const struct index_past *p, struct buf *who)
{
	int rc = index_who_encode(&p->who, who);

	if (rc < 0)
		return rc;
	return index_run(ix, SQL_PAST_PUT, "ibbiibiiiiib", p->id,
	    buf_span(&p->path), buf_span(&p->name), (int64_t)p->state,
	    (int64_t)p->kind, span_of(p->content.b, NAME_BYTES),
	    (int64_t)p->size, p->mtime_ns, (int64_t)p->bits, p->until_ns,
	    p->age_ns, buf_span(who));
}

int
index_past_put(struct index *ix, const struct index_past *p)
{
	struct index_figures *f = &ix->state.figures;
	struct buf who;
	int rc = uncount(ix, p->id);

	assert(ix->in_batch);
	if (rc < 0)
		return rc;
	buf_init(&who, INDEX_MAX_ROW_BYTES);
	rc = put(ix, p, &who);
	buf_release(&who);
	if (rc < 0)
		return rc;
	f->past++;
	f->past_bytes += cost(p->state, p->size);
	ix->state_dirty = true;
	return 0;
}

int
index_past_drop(struct index *ix, int64_t id)
{
	int rc = uncount(ix, id);

	return rc < 0 ? rc : index_run(ix, SQL_PAST_DROP, "i", id);
}

static int
take(sqlite3_stmt *stmt, struct index_past *out)
{
	struct span content = index_column(stmt, 4);
	int rc;

	if (content.len != NAME_BYTES)
		return ERR_CORRUPT;
	memcpy(out->content.b, content.p, NAME_BYTES);
	out->state = (enum index_past_state)sqlite3_column_int64(stmt, 2);
	out->kind = (int)sqlite3_column_int64(stmt, 3);
	out->size = (uint64_t)sqlite3_column_int64(stmt, 5);
	out->mtime_ns = sqlite3_column_int64(stmt, 6);
	out->bits = (uint16_t)sqlite3_column_int64(stmt, 7);
	out->until_ns = sqlite3_column_int64(stmt, 8);
	out->age_ns = sqlite3_column_int64(stmt, 9);
	rc = index_who_decode(index_column(stmt, 10), &out->who);
	if (rc == 0)
		rc = buf_add(&out->path, index_column(stmt, 0));
	if (rc == 0)
		rc = buf_add(&out->name, index_column(stmt, 1));
	return rc == ERR_LIMIT ? ERR_CORRUPT : rc;
}

int
index_past_get(struct index *ix, int64_t id, struct index_past *out)
{
	sqlite3_stmt *stmt;
	int rc = index_query(ix, SQL_PAST_GET, &stmt, "i", id);

	if (rc == 0)
		rc = index_step(ix, stmt);
	if (rc != 1)
		return rc == 0 ? ERR_NOTFOUND : rc;
	out->id = id;
	buf_clear(&out->path);
	buf_clear(&out->name);
	rc = take(stmt, out);
	index_reset(stmt);
	return rc;
}

int
index_past_lost(struct index *ix, int64_t id)
{
	struct index_past p;
	int rc;

	index_past_init(&p);
	rc = index_past_get(ix, id, &p);
	p.state = PAST_NOTED;
	buf_clear(&p.name);
	if (rc == 0)
		rc = index_past_put(ix, &p);
	index_past_release(&p);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

void
index_past_init(struct index_past *p)
{
	*p = (struct index_past){0};
	buf_init(&p->path, LIMIT_PATH_BYTES);
	buf_init(&p->name, INDEX_PAST_NAME_BYTES);
}

void
index_past_release(struct index_past *p)
{
	buf_release(&p->path);
	buf_release(&p->name);
}

/* ---- finding ------------------------------------------------------------- */

int
index_past_find(struct index *ix, const struct name *content, int64_t *out_id)
{
	sqlite3_stmt *stmt;
	int rc;

	/* Planning asks this of every file that it wants. */
	if (ix->state.figures.past == 0 && !ix->broken)
		return 0;
	rc = index_query(
	    ix, SQL_PAST_FIND, &stmt, "b", span_of(content->b, NAME_BYTES));
	if (rc == 0)
		rc = index_step(ix, stmt);
	if (rc == 1) {
		*out_id = sqlite3_column_int64(stmt, 0);
		index_reset(stmt);
	}
	return rc;
}

int
index_past_before(
    struct index *ix, int64_t age_ns, size_t n, bool files, struct id_list *out)
{
	enum index_sql sql = files ? SQL_PAST_FILES : SQL_PAST_BEFORE;
	sqlite3_stmt *stmt;
	int rc = index_query(ix, sql, &stmt, "ii", age_ns, (int64_t)n);

	return rc != 0 ? rc : index_take_ids(ix, stmt, out);
}

int
index_past_expected(struct index *ix, size_t n, struct id_list *out)
{
	sqlite3_stmt *stmt;
	int rc = index_query(ix, SQL_PAST_EXPECTED, &stmt, "i", (int64_t)n);

	return rc != 0 ? rc : index_take_ids(ix, stmt, out);
}

int
index_past_at(struct index *ix, struct span path, struct id_list *out)
{
	sqlite3_stmt *stmt;
	int rc = index_query(ix, SQL_PAST_AT, &stmt, "b", path);

	return rc != 0 ? rc : index_take_ids(ix, stmt, out);
}

int
index_past_taken(struct index *ix, struct span path, int64_t until_ns)
{
	int64_t second = until_ns - until_ns % NS_PER_S;
	sqlite3_stmt *stmt;
	int rc;

	if (until_ns % NS_PER_S < 0)
		second -= NS_PER_S;
	rc = index_query(
	    ix, SQL_PAST_TAKEN, &stmt, "bii", path, second, second + NS_PER_S);
	if (rc == 0)
		rc = index_step(ix, stmt);
	if (rc == 1)
		index_reset(stmt);
	return rc;
}

/* The bounds, both outside, of the paths below a directory. */
static int
bounds(struct span dir, struct buf *above, struct buf *below)
{
	uint8_t last[LIMIT_NAME_BYTES + 1];
	int rc = buf_add(above, dir);

	/* No path begins with so many: a component is shorter. */
	memset(last, 0xff, sizeof last);
	if (dir.len == 0)
		return buf_add(below, span_of(last, sizeof last));
	if (rc == 0)
		rc = buf_add(above, SPAN_LIT("/"));
	if (rc == 0)
		rc = buf_add(below, dir);
	return rc < 0 ? rc : buf_add(below, SPAN_LIT("0")); /* behind '/' */
}

int
index_past_below(
    struct index *ix, const struct index_past_range *range, struct id_list *out)
{
	struct span from = range->after;
	struct buf above, below;
	sqlite3_stmt *stmt;
	int rc;

	buf_init(&above, LIMIT_PATH_BYTES + 1);
	buf_init(&below, LIMIT_PATH_BYTES + 1);
	rc = bounds(range->dir, &above, &below);
	if (from.len == 0)
		from = buf_span(&above);
	if (rc == 0)
		rc = index_query(ix, SQL_PAST_BELOW, &stmt, "bbii", from,
		    buf_span(&below), range->at_ns, (int64_t)range->n);
	if (rc == 0)
		rc = index_take_ids(ix, stmt, out);
	buf_release(&above);
	buf_release(&below);
	return rc;
}
