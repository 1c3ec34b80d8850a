/* SPDX-License-Identifier: Apache-2.0 */
/* index_stream - known versions in the orders that streams need. */
#include <string.h>

#include "daemon/index/index_internal.h"

void
index_versions_release(struct index_versions *list)
{
	VEC_EACH (&list->v, it)
		version_free(it->version);
	VEC_RELEASE(&list->v);
}

/* The record of a dot in a known column, parsed. */
static int
parse(struct span known, struct dot dot, struct version **out)
{
	struct wire_reader r = wire_reader_of(known);
	struct index_item item;

	while (index_item_next(&r, &item)) {
		if (dot_equal(item.dot, dot)) {
			int rc = version_parse(item.record, out);
			return rc == ERR_GRAMMAR ? ERR_CORRUPT : rc;
		}
	}
	return ERR_CORRUPT;
}

/* Takes a row of SQL_VERSION_AFTER or _ARRIVED. */
static int
take(sqlite3_stmt *stmt, struct index_versions *out)
{
	struct index_version got = {
	    .arrival = sqlite3_column_int64(stmt, 2),
	    .source = (unsigned)sqlite3_column_int64(stmt, 3),
	};
	struct dot dot = {
	    .replica = index_unflip(sqlite3_column_int64(stmt, 0)),
	    .counter = (uint64_t)sqlite3_column_int64(stmt, 1),
	};
	struct observation disk;
	int64_t absent_since_ns;
	int rc = index_row_disk(index_column(stmt, 4), &disk, &absent_since_ns);

	if (rc == 0)
		rc = parse(index_column(stmt, 5), dot, &got.version);
	if (rc != 0)
		return rc;
	got.held = got.version->kind != KIND_FILE ||
		   (disk.kind == KIND_FILE &&
		       name_equal(&disk.content, &got.version->content));
	if (VEC_PUSH(&out->v, got) != 0) {
		version_free(got.version);
		return -ENOMEM;
	}
	return 0;
}

static int
take_all(struct index *ix, sqlite3_stmt *stmt, struct index_versions *out)
{
	int rc = 0, more = 1;

	while (rc == 0 && (more = index_step(ix, stmt)) == 1)
		rc = take(stmt, out);
	index_reset(stmt);
	return rc != 0 ? rc : more;
}

/* Looks elsewhere for contents that are not at the version's own path. */
static int
look_elsewhere(struct index *ix, struct index_versions *out, size_t from)
{
	for (size_t i = from; i < out->v.n; i++) {
		struct index_version *v = &out->v.items[i];
		int rc;
		if (v->held)
			continue;
		rc = index_content_held(ix, &v->version->content);
		if (rc < 0)
			return rc;
		v->held = rc == 1;
	}
	return 0;
}

/* The least replica from one on that has versions: 1, 0 or an error. */
static int
next_replica(struct index *ix, uint64_t from, uint64_t *out)
{
	sqlite3_stmt *stmt;
	int rc = index_query(ix, SQL_VERSION_REPLICA, &stmt, "u", from);

	if (rc != 0)
		return rc;
	rc = index_step(ix, stmt);
	if (rc == 1) {
		*out = index_unflip(sqlite3_column_int64(stmt, 0));
		index_reset(stmt);
	}
	return rc;
}

/*
 * Replica by replica, so that what skip covers costs nothing. A dot that a
 * bad peer gave to two paths may be parted by n; only that peer's is lost.
 */
int
index_versions_after(struct index *ix, struct dot after,
    const struct vector *skip, size_t n, struct index_versions *out)
{
	size_t from = out->v.n, end = from + n;
	uint64_t replica = after.replica;
	int rc = 0;

	while (out->v.n < end) {
		sqlite3_stmt *stmt;
		uint64_t counter;
		rc = next_replica(ix, replica, &replica);
		if (rc != 1)
			break;
		counter = vector_get(skip, replica);
		if (replica == after.replica && counter < after.counter)
			counter = after.counter;
		if (counter > LIMIT_COUNTER)
			counter = LIMIT_COUNTER;
		rc = index_query(ix, SQL_VERSION_AFTER, &stmt, "uii", replica,
		    (int64_t)counter, (int64_t)(end - out->v.n));
		if (rc == 0)
			rc = take_all(ix, stmt, out);
		if (rc != 0 || replica == UINT64_MAX)
			break;
		replica++;
	}
	return rc != 0 ? rc : look_elsewhere(ix, out, from);
}

int64_t
index_last_arrival(const struct index *ix)
{
	return ix->state.arrival;
}

int
index_versions_arrived(
    struct index *ix, int64_t after, size_t n, struct index_versions *out)
{
	size_t from = out->v.n;
	sqlite3_stmt *stmt;
	int rc = index_query(
	    ix, SQL_VERSION_ARRIVED, &stmt, "ii", after, (int64_t)n);

	if (rc == 0)
		rc = take_all(ix, stmt, out);
	return rc != 0 ? rc : look_elsewhere(ix, out, from);
}

/* ---- resume points ------------------------------------------------------- */

int
index_resume_get(struct index *ix, uint64_t replica, struct index_resume *out)
{
	sqlite3_stmt *stmt;
	struct index_resume got = {.present = true, .replica = replica};
	struct wire_reader r;
	int rc = index_query(ix, SQL_RESUME_GET, &stmt, "u", replica);

	if (rc != 0)
		return rc;
	rc = index_step(ix, stmt);
	if (rc == 0)
		*out = (struct index_resume){.replica = replica};
	if (rc != 1)
		return rc;
	r = wire_reader_of(index_column(stmt, 0));
	rc = vector_get_wire(&r, LIMIT_KNOWLEDGE_ENTRIES, &got.noted);
	got.last.replica = index_unflip(sqlite3_column_int64(stmt, 1));
	got.last.counter = (uint64_t)sqlite3_column_int64(stmt, 2);
	index_reset(stmt);
	if (rc == 0)
		*out = got;
	else
		vector_release(&got.noted);
	return rc == ERR_GRAMMAR ? ERR_CORRUPT : rc;
}

int
index_resume_put(struct index *ix, const struct index_resume *point)
{
	struct buf noted;
	struct wire_writer w;
	int rc;

	buf_init(&noted, INDEX_MAX_ROW_BYTES);
	w = wire_writer_of(&noted);
	vector_put(&w, &point->noted);
	rc = wire_writer_end(&w);
	if (rc == 0)
		rc = index_run(ix, SQL_RESUME_PUT, "ubui", point->replica,
		    buf_span(&noted), point->last.replica,
		    (int64_t)point->last.counter);
	buf_release(&noted);
	return rc;
}

int
index_resume_drop(struct index *ix, uint64_t replica)
{
	return index_run(ix, SQL_RESUME_DROP, "u", replica);
}
