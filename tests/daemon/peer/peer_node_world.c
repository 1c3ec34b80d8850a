/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/daemon/peer/peer_test.h"

void
node_begin(struct node *n, unsigned number)
{
	world_begin(&n->w, number * 7919);
	n->number = number;
	world_open(&n->w);
}

void
node_end(struct node *n)
{
	world_end(&n->w);
}

void
node_lose(struct node *n)
{
	uint64_t seed = n->w.seed;

	world_end(&n->w);
	world_begin(&n->w, seed + 1);
	world_open(&n->w);
}

/* The vector of a new version: its dot alone covers all earlier ones of its
 * replica at this path, so what those had covered is covered as well. */
static void
supersede(
    struct vector *vv, const struct entry *e, unsigned mask, uint64_t replica)
{
	for (size_t i = 0; i < e->known.v.n; i++) {
		const struct version *v = e->known.v.items[i];

		if ((mask >> (i % 32) & 1) || v->dot.replica == replica)
			ok(vector_join(vv, &v->vector));
	}
}

struct dot
node_make(struct node *n, const char *path, unsigned mask)
{
	struct version d = {.path = span_str(path), .kind = KIND_FILE}, *v;
	struct entry e;
	bool is_new;

	entry_init(&e);
	ok(index_begin(n->w.ix));
	ok(index_load(n->w.ix, span_str(path), &e));
	ok(index_next_dot(n->w.ix, &d.dot));
	supersede(&d.vector, &e, mask, d.dot.replica);
	ok(vector_raise(&d.vector, d.dot));
	d.content = world_name((unsigned)d.dot.counter);
	ok(version_new(&d, &v));
	vector_release(&d.vector);
	ok(version_set_add(&e.known, v, NULL, &is_new));
	ck_assert(is_new);
	ok(index_store(n->w.ix, &e, 0));
	ok(index_commit(n->w.ix));
	entry_release(&e);
	return d.dot;
}

static void
add(struct node *n, struct version *v, unsigned source)
{
	struct entry e;
	bool is_new;

	entry_init(&e);
	ok(index_load(n->w.ix, v->path, &e));
	ok(version_set_add(&e.known, v, NULL, &is_new));
	if (is_new)
		ok(index_store(n->w.ix, &e, source));
	entry_release(&e);
}

void
node_store(struct node *n, const struct version *v, unsigned source)
{
	struct version *copy;

	ok(version_copy(v, &copy));
	ok(index_begin(n->w.ix));
	add(n, copy, source);
	ok(index_commit(n->w.ix));
}

bool
node_covers(struct node *n, const char *path, struct dot dot)
{
	struct entry e;
	bool covered = false;

	entry_init(&e);
	ok(index_load(n->w.ix, span_str(path), &e));
	VEC_EACH (&e.known.v, it)
		covered |= vector_covers(&(*it)->vector, dot);
	entry_release(&e);
	return covered;
}

bool
node_claims(struct node *n, struct dot dot)
{
	return vector_covers(index_knowledge(n->w.ix), dot);
}

static bool
sets_equal(const struct version_set *a, const struct version_set *b)
{
	if (a->v.n != b->v.n)
		return false;
	for (size_t i = 0; i < a->v.n; i++)
		if (!span_equal(a->v.items[i]->record, b->v.items[i]->record))
			return false;
	return true;
}

bool
nodes_equal(struct node *a, struct node *b, const char *const *paths, size_t n)
{
	struct entry x, y;
	bool equal = true;

	entry_init(&x);
	entry_init(&y);
	for (size_t i = 0; i < n; i++) {
		ok(index_load(a->w.ix, span_str(paths[i]), &x));
		ok(index_load(b->w.ix, span_str(paths[i]), &y));
		equal &= sets_equal(&x.known, &y.known);
	}
	entry_release(&x);
	entry_release(&y);
	return equal;
}

/* ---- a stream
 * ------------------------------------------------------------------- */

void
way_begin(struct way *x, struct node *from, struct node *to)
{
	struct msg_folder offer = {.id = SPAN_LIT("f")};
	struct index_resume point;

	memset(x, 0, sizeof *x);
	x->from = from;
	x->to = to;
	x->sender = index_replica(from->w.ix);
	ok(index_resume_get(to->w.ix, x->sender, &point));
	ok(vector_copy(index_knowledge(to->w.ix), &offer.knowledge));
	offer.has_resume = point.present;
	offer.resume =
	    (struct msg_resume){point.replica, point.noted, point.last};
	ok(peer_stream_start(&x->stream, from->w.ix, &offer, to->number));
	vector_release(&offer.knowledge);
	vector_release(&point.noted);
}

void
way_end(struct way *x)
{
	peer_stream_release(&x->stream);
	vector_release(&x->noted);
}

/* What the receiver stores with a batch. */
static void
note(struct way *x, const struct msg_versions *m)
{
	struct index *ix = x->to->w.ix;
	struct index_resume point = {true, x->sender, x->noted, m->cursor};

	if (m->last)
		ok(index_resume_drop(ix, x->sender));
	else if (m->cursor.counter > 0)
		ok(index_resume_put(ix, &point));
	if (m->last)
		ok(index_learn(ix, &m->end));
	x->ended |= m->last;
}

static void
receive(struct way *x, const struct msg_versions *m)
{
	struct version *v;

	ok(index_begin(x->to->w.ix));
	if (m->first) {
		vector_release(&x->noted);
		ok(vector_copy(&m->noted, &x->noted));
		x->resumed = m->resumed;
	}
	for (size_t i = 0; i < m->n_records; i++) {
		ok(version_parse(m->records[i].bytes, &v));
		if (m->cursor.counter > 0 && !m->last &&
		    x->stream.phase == STREAM_SENDING) {
			x->disordered |= dot_compare(v->dot, x->last_dot) <= 0;
			x->last_dot = v->dot;
		}
		add(x->to, v, x->from->number);
	}
	note(x, m);
	ok(index_commit(x->to->w.ix));
	x->batches++;
	x->records += m->n_records;
}

bool
way_step(struct way *x, size_t n)
{
	struct peer_batch batch;
	struct msg m = {.type = MSG_VERSIONS}, got;
	struct msg_zstd z;
	struct buf bytes;
	int rc = peer_stream_step(&x->stream, x->from->w.ix, n, &batch);

	ck_assert_int_ge(rc, 0);
	if (rc > 0) {
		m.versions = batch.m;
		msg_zstd_init(&z);
		buf_init(&bytes, MSG_BYTES_MAX);
		ok(msg_write(&z, &m, &bytes));
		ok(msg_parse(&z, buf_span(&bytes), &got));
		if (x->cut == 0 || x->batches < x->cut)
			receive(x, &got.versions);
		msg_release(&got);
		buf_release(&bytes);
		msg_zstd_release(&z);
	}
	peer_batch_release(&batch);
	return rc > 0;
}

void
way_run(struct way *x, size_t n)
{
	for (int i = 0; way_step(x, n); i++)
		ck_assert_int_lt(i, 10000);
	ck_assert(peer_stream_idle(&x->stream, x->from->w.ix));
}
