/* SPDX-License-Identifier: Apache-2.0 */
/* index_facts - own numbers, K, kept files, small facts, figures. */
#include <assert.h>
#include <string.h>

#include "daemon/index/index_internal.h"

/* Entries learnt from others: the rest is room for numbers of our own. */
#define KNOWLEDGE_LEARNT (LIMIT_KNOWLEDGE_ENTRIES - 64)

/* ---- replica, knowledge, dots -------------------------------------------- */

uint64_t
index_replica(const struct index *ix)
{
	return ix->state.replica;
}

int
index_new_replica(struct index *ix)
{
	uint64_t replica;

	assert(ix->in_batch);
	do {
		host_random(ix->host, &replica, sizeof replica);
	} while (replica == 0 || replica == ix->state.replica ||
		 vector_get(&ix->state.knowledge, replica) != 0);
	ix->state.replica = replica;
	ix->state.counter = 0;
	ix->state_dirty = true;
	return 0;
}

const struct vector *
index_knowledge(const struct index *ix)
{
	return &ix->state.knowledge;
}

/* Raises only what there is an entry for. */
static int
learn_known(struct index *ix, const struct vector *knowledge)
{
	struct vector *ours = &ix->state.knowledge;
	int rc = 0;

	VEC_EACH (&knowledge->v, dot)
		if (rc == 0 && vector_get(ours, dot->replica) != 0)
			rc = vector_raise(ours, *dot);
	return rc;
}

int
index_learn(struct index *ix, const struct vector *knowledge)
{
	struct vector sum = {0};
	int rc;

	assert(ix->in_batch);
	if (vector_includes(&ix->state.knowledge, knowledge))
		return 0;
	ix->state_dirty = true;
	rc = vector_copy(&ix->state.knowledge, &sum);
	if (rc == 0)
		rc = vector_join(&sum, knowledge);
	if (rc == 0 && sum.v.n > KNOWLEDGE_LEARNT) {
		vector_release(&sum);
		return learn_known(ix, knowledge);
	}
	if (rc == 0) {
		vector_release(&ix->state.knowledge);
		ix->state.knowledge = sum;
		return 0;
	}
	vector_release(&sum);
	return rc;
}

int
index_unlearn(struct index *ix, struct dot last)
{
	assert(ix->in_batch);
	vector_lower(&ix->state.knowledge, last);
	ix->state_dirty = true;
	return index_run(ix, SQL_RESUME_CLEAR, "");
}

int
index_next_dot(struct index *ix, struct dot *out_dot)
{
	struct dot dot = {ix->state.replica, ix->state.counter + 1};
	int rc;

	assert(ix->in_batch);
	if (dot.counter > LIMIT_COUNTER)
		return ERR_LIMIT;
	rc = vector_raise(&ix->state.knowledge, dot);
	if (rc != 0)
		return rc;
	ix->state.counter = dot.counter;
	ix->state_dirty = true;
	*out_dot = dot;
	return 0;
}

/* ---- kept files ---------------------------------------------------------- */

int
index_next_id(struct index *ix, int64_t *out_id)
{
	assert(ix->in_batch);
	*out_id = ix->state.next_id++;
	ix->state_dirty = true;
	return 0;
}

int
index_skip_ids(struct index *ix, int64_t id)
{
	assert(ix->in_batch);
	if (id >= ix->state.next_id) {
		ix->state.next_id = id + 1;
		ix->state_dirty = true;
	}
	return 0;
}

int
index_kept_put(struct index *ix, const struct index_kept *kept)
{
	struct buf who;
	int rc;

	buf_init(&who, INDEX_MAX_ROW_BYTES);
	rc = index_who_encode(&kept->who, &who);
	if (rc == 0)
		rc = index_run(ix, SQL_KEPT_PUT, "ibbib", kept->id,
		    span_of(kept->content.b, NAME_BYTES), buf_span(&kept->path),
		    kept->since_ns, buf_span(&who));
	buf_release(&who);
	return rc;
}

int
index_kept_get(struct index *ix, int64_t id, struct index_kept *out)
{
	struct span content;
	sqlite3_stmt *stmt;
	int rc = index_query(ix, SQL_KEPT_GET, &stmt, "i", id);

	if (rc == 0)
		rc = index_step(ix, stmt);
	if (rc != 1)
		return rc == 0 ? ERR_NOTFOUND : rc;
	content = index_column(stmt, 0);
	rc = content.len == NAME_BYTES ? 0 : ERR_CORRUPT;
	if (rc == 0) {
		memcpy(out->content.b, content.p, NAME_BYTES);
		out->id = id;
		out->since_ns = sqlite3_column_int64(stmt, 2);
		rc = index_who_decode(index_column(stmt, 3), &out->who);
	}
	if (rc == 0)
		rc = buf_add(&out->path, index_column(stmt, 1));
	index_reset(stmt);
	return rc == ERR_LIMIT ? ERR_CORRUPT : rc;
}

int
index_kept_drop(struct index *ix, int64_t id)
{
	return index_run(ix, SQL_KEPT_DROP, "i", id);
}

/* The one id that a query with its parameters bound gives, if any. */
static int
take_id(struct index *ix, sqlite3_stmt *stmt, int64_t *out_id)
{
	int rc = index_step(ix, stmt);

	if (rc == 1) {
		*out_id = sqlite3_column_int64(stmt, 0);
		index_reset(stmt);
	}
	return rc;
}

int
index_kept_find(struct index *ix, const struct name *content, int64_t *out_id)
{
	sqlite3_stmt *stmt;
	int rc = index_query(
	    ix, SQL_KEPT_FIND, &stmt, "b", span_of(content->b, NAME_BYTES));

	return rc != 0 ? rc : take_id(ix, stmt, out_id);
}

int
index_kept_find_from(struct index *ix, const struct name *content,
    struct span path, int64_t *out_id)
{
	sqlite3_stmt *stmt;
	int rc = index_query(ix, SQL_KEPT_FIND_FROM, &stmt, "bb",
	    span_of(content->b, NAME_BYTES), path);

	return rc != 0 ? rc : take_id(ix, stmt, out_id);
}

int
index_take_ids(struct index *ix, sqlite3_stmt *stmt, struct id_list *out)
{
	int rc = 0, more = 1;

	while (rc == 0 && (more = index_step(ix, stmt)) == 1)
		rc = VEC_PUSH(&out->v, sqlite3_column_int64(stmt, 0));
	index_reset(stmt);
	return rc != 0 ? rc : more;
}

int
index_kept_after(struct index *ix, int64_t after, size_t n, struct id_list *out)
{
	sqlite3_stmt *stmt;
	int rc =
	    index_query(ix, SQL_KEPT_AFTER, &stmt, "ii", after, (int64_t)n);

	return rc != 0 ? rc : index_take_ids(ix, stmt, out);
}

int
index_kept_clamp(struct index *ix, int64_t now_ns)
{
	return index_run(ix, SQL_KEPT_CLAMP, "i", now_ns);
}

int
index_kept_expected(struct index *ix, size_t n, struct id_list *out)
{
	sqlite3_stmt *stmt;
	int rc = index_query(ix, SQL_KEPT_EXPECTED, &stmt, "i", (int64_t)n);

	return rc != 0 ? rc : index_take_ids(ix, stmt, out);
}

/* ---- facts and figures --------------------------------------------------- */

int
index_fact_get(struct index *ix, const char *key, struct buf *out)
{
	sqlite3_stmt *stmt;
	int rc = index_query(ix, SQL_FACT_GET, &stmt, "s", key);

	if (rc != 0)
		return rc;
	rc = index_step(ix, stmt);
	if (rc != 1)
		return rc == 0 ? ERR_NOTFOUND : rc;
	rc = buf_add(out, index_column(stmt, 0));
	index_reset(stmt);
	return rc;
}

int
index_fact_put(struct index *ix, const char *key, struct span value)
{
	return index_run(ix, SQL_FACT_PUT, "sb", key, value);
}

void
index_figures(const struct index *ix, struct index_figures *out)
{
	*out = ix->state.figures;
}
