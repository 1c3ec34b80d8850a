/* SPDX-License-Identifier: Apache-2.0 */
/* index_content - who has a content, its chunk list, and near relatives. */
#include <string.h>

#include "daemon/index/index_internal.h"

/*
 * The sample of a list's chunks: all whose name's first byte is below a
 * bound, one in 64, and the few least, so that a short list has some too.
 * Lists that share much are likely to share their least as well.
 */
enum {
	SAMPLE_BELOW = 4,
	SAMPLE_LEAST = 4,
	DONOR_SAMPLES = 256, /* looked up for one list */
	DONOR_CANDIDATES = 16, /* lists looked at for one sample */
	TIDY_STEP = 256, /* chunk lists looked at in one call */
};

/* ---- files by content ---------------------------------------------------- */

/* Does the row, whose disk column is in SQL_CONTENT_FIND, hold it? */
static int
holds(sqlite3_stmt *stmt, const struct name *content)
{
	struct observation disk;
	int64_t absent_since_ns;
	int rc = index_row_disk(index_column(stmt, 2), &disk, &absent_since_ns);

	return rc != 0 ? rc : name_equal(&disk.content, content);
}

/* Appends up to n paths when out is not NULL; *out_found is how many. */
static int
find(struct index *ix, const struct name *content, size_t n,
    struct path_list *out, size_t *out_found)
{
	sqlite3_stmt *stmt;
	size_t found = 0;
	int rc, more = 1;

	rc = index_query(
	    ix, SQL_CONTENT_FIND, &stmt, "u", index_prefix(content));
	if (rc != 0)
		return rc;
	while (found < n && (more = index_step(ix, stmt)) == 1) {
		rc = holds(stmt, content);
		if (rc == 1) {
			found++;
			rc = out == NULL ? 0
					 : index_path_add(ix,
					       sqlite3_column_int64(stmt, 0),
					       index_column(stmt, 1), out);
		}
		if (rc != 0)
			break;
	}
	index_reset(stmt);
	if (rc == 0 && more < 0)
		rc = more;
	*out_found = found;
	return rc;
}

int
index_find_content(struct index *ix, const struct name *content, size_t n,
    struct path_list *out)
{
	size_t found;

	return find(ix, content, n, out, &found);
}

int
index_content_held(struct index *ix, const struct name *content)
{
	size_t found = 0;
	int rc = find(ix, content, 1, NULL, &found);

	return rc != 0 ? rc : (int)found;
}

/* ---- chunk lists --------------------------------------------------------- */

struct sample {
	VEC(uint64_t) v; /* prefixes */
};

/* First byte first: the sample's bound is on it. */
static uint64_t
chunk_prefix(const struct chunk *chunk)
{
	uint64_t p = 0;

	for (int i = 0; i < 8; i++)
		p = p << 8 | chunk->name.b[i];
	return p;
}

/* Keeps the least seen so far, in order; equal ones once. */
static void
keep_least(uint64_t least[SAMPLE_LEAST], size_t *n, uint64_t prefix)
{
	size_t i = *n;

	for (size_t j = 0; j < *n; j++) {
		if (least[j] == prefix)
			return;
	}
	if (i == SAMPLE_LEAST) {
		if (prefix >= least[SAMPLE_LEAST - 1])
			return;
		i--;
	} else {
		++*n;
	}
	for (; i > 0 && least[i - 1] > prefix; i--)
		least[i] = least[i - 1];
	least[i] = prefix;
}

static int
make_sample(const struct chunk_list *list, struct sample *out)
{
	uint64_t least[SAMPLE_LEAST];
	size_t n = 0;

	VEC_EACH (&list->v, it) {
		uint64_t prefix = chunk_prefix(it);
		keep_least(least, &n, prefix);
		if (it->name.b[0] < SAMPLE_BELOW &&
		    VEC_PUSH(&out->v, prefix) != 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		if (VEC_PUSH(&out->v, least[i]) != 0)
			return -ENOMEM;
	}
	return 0;
}

static int
put_sample(struct index *ix, const struct chunk_list *list, int64_t id)
{
	struct sample sample = {0};
	int rc = make_sample(list, &sample);

	VEC_EACH (&sample.v, it) {
		if (rc == 0)
			rc = index_run(ix, SQL_SAMPLE_ADD, "ui", *it, id);
	}
	VEC_RELEASE(&sample.v);
	return rc;
}

int
index_chunks_put(
    struct index *ix, const struct name *content, const struct chunk_list *list)
{
	struct buf blob;
	int rc;

	buf_init(&blob, INDEX_MAX_LIST_BYTES);
	rc = chunks_encode(list, &blob);
	if (rc == 0)
		rc = index_run(ix, SQL_CHUNKS_ADD, "bb",
		    span_of(content->b, NAME_BYTES), buf_span(&blob));
	buf_release(&blob);
	/* the list of a content never changes: there already is no change */
	if (rc != 0 || sqlite3_changes(ix->db) == 0)
		return rc;
	return put_sample(ix, list, sqlite3_last_insert_rowid(ix->db));
}

int
index_chunks_get(
    struct index *ix, const struct name *content, struct chunk_list *out)
{
	sqlite3_stmt *stmt;
	int rc = index_query(
	    ix, SQL_CHUNKS_GET, &stmt, "b", span_of(content->b, NAME_BYTES));

	if (rc != 0)
		return rc;
	rc = index_step(ix, stmt);
	if (rc != 1)
		return rc == 0 ? ERR_NOTFOUND : rc;
	rc = chunks_decode(index_column(stmt, 0), out);
	index_reset(stmt);
	return rc == ERR_GRAMMAR ? ERR_CORRUPT : rc;
}

/* ---- donors -------------------------------------------------------------- */

struct candidate {
	struct name content;
	size_t hits;
};
struct candidates {
	VEC(struct candidate) v;
};

static int
hit(struct candidates *all, const struct name *content)
{
	VEC_EACH (&all->v, it) {
		if (name_equal(&it->content, content)) {
			it->hits++;
			return 0;
		}
	}
	return VEC_PUSH(&all->v, (struct candidate){*content, 1});
}

static int
find_lists(struct index *ix, uint64_t prefix, struct candidates *all)
{
	sqlite3_stmt *stmt;
	int rc, more = 1;

	rc = index_query(ix, SQL_SAMPLE_FIND, &stmt, "ui", prefix,
	    (int64_t)DONOR_CANDIDATES);
	if (rc != 0)
		return rc;
	while (rc == 0 && (more = index_step(ix, stmt)) == 1) {
		struct span s = index_column(stmt, 0);
		struct name content;
		if (s.len != NAME_BYTES) {
			rc = ERR_CORRUPT;
			break;
		}
		memcpy(content.b, s.p, NAME_BYTES);
		rc = hit(all, &content);
	}
	index_reset(stmt);
	return rc != 0 ? rc : more;
}

static int
by_hits(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return (x->hits < y->hits) - (x->hits > y->hits);
}

/* The candidate with the most hits whose content is on this disk. */
static int
choose(struct index *ix, struct candidates *all, struct name *out)
{
	if (all->v.n > 1)
		qsort(all->v.items, all->v.n, sizeof *all->v.items, by_hits);
	VEC_EACH (&all->v, it) {
		int64_t id;
		int rc = index_content_held(ix, &it->content);
		if (rc == 0)
			rc = index_past_find(ix, &it->content, &id);
		if (rc < 0)
			return rc;
		if (rc == 1) {
			*out = it->content;
			return 0;
		}
	}
	return ERR_NOTFOUND;
}

int
index_find_donor(
    struct index *ix, const struct chunk_list *list, struct name *out_content)
{
	struct sample sample = {0};
	struct candidates all = {0};
	size_t step;
	int rc = make_sample(list, &sample);

	/* the least come last; of the rest some from all over the file */
	step = sample.v.n / DONOR_SAMPLES + 1;
	for (size_t i = sample.v.n; rc == 0 && i > 0; i -= i < step ? i : step)
		rc = find_lists(ix, sample.v.items[i - 1], &all);
	if (rc == 0)
		rc = choose(ix, &all, out_content);
	VEC_RELEASE(&sample.v);
	VEC_RELEASE(&all.v);
	return rc;
}

/* ---- tidying ------------------------------------------------------------- */

/* Has anything that prefix? 1, 0 or an error; a chance match does no harm. */
static int
is_mentioned(struct index *ix, const struct name *content)
{
	sqlite3_stmt *stmt;
	int64_t id;
	int rc =
	    index_query(ix, SQL_CONTENT_ANY, &stmt, "u", index_prefix(content));

	if (rc != 0)
		return rc;
	rc = index_step(ix, stmt);
	if (rc == 1)
		index_reset(stmt);
	if (rc == 0)
		rc = index_kept_find(ix, content, &id);
	return rc != 0 ? rc : index_past_find(ix, content, &id);
}

static int
drop_list(struct index *ix, int64_t id, const struct name *content)
{
	struct chunk_list list;
	struct sample sample = {0};
	int rc;

	chunks_init(&list);
	rc = index_chunks_get(ix, content, &list);
	if (rc == 0)
		rc = make_sample(&list, &sample);
	VEC_EACH (&sample.v, it) {
		if (rc == 0)
			rc = index_run(ix, SQL_SAMPLE_DROP, "ui", *it, id);
	}
	if (rc == 0)
		rc = index_run(ix, SQL_CHUNKS_DROP, "i", id);
	VEC_RELEASE(&sample.v);
	chunks_release(&list);
	return rc;
}

struct listed {
	int64_t id;
	struct name content;
};

/* The next few chunk lists: how many, or an error. */
static int
walk(struct index *ix, struct listed out[TIDY_STEP])
{
	sqlite3_stmt *stmt;
	int n = 0, more;
	int rc = index_query(
	    ix, SQL_CHUNKS_WALK, &stmt, "ii", ix->tidy_at, (int64_t)TIDY_STEP);

	if (rc != 0)
		return rc;
	while ((more = index_step(ix, stmt)) == 1) {
		struct span s = index_column(stmt, 1);
		if (s.len != NAME_BYTES) {
			more = ERR_CORRUPT;
			break;
		}
		out[n].id = sqlite3_column_int64(stmt, 0);
		memcpy(out[n].content.b, s.p, NAME_BYTES);
		n++;
	}
	index_reset(stmt);
	return more < 0 ? more : n;
}

int
index_tidy(struct index *ix)
{
	struct listed some[TIDY_STEP];
	int n = walk(ix, some);

	for (int i = 0; i < n; i++) {
		int rc = is_mentioned(ix, &some[i].content);
		if (rc == 0)
			rc = drop_list(ix, some[i].id, &some[i].content);
		if (rc < 0)
			return rc;
		ix->tidy_at = some[i].id;
	}
	if (n < 0)
		return n;
	if (n < TIDY_STEP)
		ix->tidy_at = 0;
	return n == TIDY_STEP;
}
