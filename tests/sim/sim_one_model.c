/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_one.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_internal.h"
#include "tests/sim/sim_tree.h"

#define ONE_PATH SCRIPT_ROOT "/" ONE_NAME

enum { NOTHING = SIZE_MAX };

struct one_value {
	uint64_t hash;
	uint64_t size;
	const char *maker; /* the machine's name */
	const char *observer; /* NULL: nothing has observed it */
	VEC(size_t) from; /* values before it: what its maker saw, and theirs */
	unsigned shown; /* on these machines, a bit each, at the path */
	bool copied; /* beside what does not come from it */
};

/* What a machine shows. */
struct one_place {
	struct sim_host *host;
	size_t last; /* the value that stood at the path last, or NOTHING */
	/* when it was looked at last: */
	const struct sim_inode *at;
	unsigned names;
};

struct one_model {
	struct sim *sim;
	struct one_place places[SCRIPT_NODES_MAX];
	unsigned n;
	size_t deletes; /* by users */
	bool died; /* some daemon, by kill -9 */
	VEC(struct one_value) values;
};

static struct one_value *
value(struct one_model *m, size_t i)
{
	return &m->values.items[i];
}

static size_t
find(const struct one_model *m, uint64_t hash, uint64_t size)
{
	for (size_t i = 0; i < m->values.n; i++)
		if (m->values.items[i].hash == hash &&
		    m->values.items[i].size == size)
			return i;
	return NOTHING;
}

/* Was a seen, directly or not, when b was written? */
static bool
is_from(const struct one_model *m, size_t b, size_t a)
{
	VEC_EACH (&m->values.items[b].from, from) {
		if (*from == a)
			return true;
	}
	return false;
}

/* ---- what users do ------------------------------------------------------- */

static size_t
make(struct one_model *m, const struct sim_content *c, size_t seen)
{
	struct one_value v = {
	    .hash = c->hash,
	    .size = c->size,
	    .maker = c->host->name,
	};

	if (seen != NOTHING) {
		VEC_EACH (&value(m, seen)->from, from)
			SIM_PUSH(&v.from, *from);
		SIM_PUSH(&v.from, seen);
	}
	SIM_PUSH(&m->values, v);
	return m->values.n - 1;
}

static void
on_content(void *arg, const struct sim_content *c)
{
	struct one_model *m = arg;
	struct one_place *place = m->places;
	size_t v = find(m, c->hash, c->size);

	/* What an editor writes beside it is not there yet. */
	if (strcmp(c->path, ONE_PATH) != 0)
		return;
	while (place->host != c->host)
		place++;
	if (!c->made && v != NOTHING)
		value(m, v)->observer = c->host->name;
	else if (c->made && v == NOTHING)
		v = make(m, c, place->last);
	if (v == NOTHING)
		return;
	place->last = v;
	value(m, v)->shown |= 1u << (place - m->places);
	sim_note(m->sim, "  value %zu %s at %s", v,
	    c->made ? "made" : "observed", c->host->name);
}

void
one_model_deleted(struct one_model *m)
{
	m->deletes++;
}

void
one_model_died(struct one_model *m)
{
	m->died = true;
}

/* ---- what machines show -------------------------------------------------- */

static size_t
value_in(const struct one_model *m, const struct sim_inode *i)
{
	return find(m, sim_data_hash(&i->data), i->data.size);
}

/* Has the machine shown anything that came from it? */
static bool
outgrown(const struct one_model *m, unsigned place, size_t v)
{
	for (size_t i = 0; i < m->values.n; i++)
		if (m->values.items[i].shown & 1u << place && is_from(m, i, v))
			return true;
	return false;
}

static void
look(struct one_model *m, unsigned i, const struct sim_inode *dir)
{
	struct one_place *place = &m->places[i];
	struct sim_entry *e, *next;
	size_t v;

	if (place->at != NULL) {
		v = value_in(m, place->at);
		if (v != NOTHING) {
			value(m, v)->shown |= 1u << i;
			place->last = v;
		}
	}
	HASH_ITER (hh, dir->entries, e, next) {
		if (strstr(e->name, ".conflict-") == NULL)
			continue;
		v = value_in(m, e->inode);
		if (v != NOTHING && !outgrown(m, i, v))
			value(m, v)->copied = true;
	}
}

void
one_model_look(struct one_model *m)
{
	for (unsigned i = 0; i < m->n; i++) {
		struct one_place *place = &m->places[i];
		const struct sim_inode *at;
		struct sim_inode *dir;

		if (sim_fs_walk(place->host, SCRIPT_ROOT, false, &dir) != 0)
			continue;
		at = sim_entry_find(dir->entries, ONE_NAME);
		if (at == place->at && HASH_COUNT(dir->entries) == place->names)
			continue;
		place->at = at;
		place->names = HASH_COUNT(dir->entries);
		look(m, i, dir);
	}
}

/* ---- life ---------------------------------------------------------------- */

struct one_model *
one_model_new(struct sim *s, struct sim_host *const *hosts, unsigned n)
{
	struct one_model *m = sim_alloc(sizeof *m);

	m->sim = s;
	m->n = n;
	for (unsigned i = 0; i < n; i++)
		m->places[i] =
		    (struct one_place){.host = hosts[i], .last = NOTHING};
	sim_user_watch(s, on_content, m);
	return m;
}

void
one_model_free(struct one_model *m)
{
	sim_user_watch(m->sim, NULL, NULL);
	VEC_EACH (&m->values, v)
		VEC_RELEASE(&v->from);
	VEC_RELEASE(&m->values);
	free(m);
}

size_t
one_model_values(const struct one_model *m)
{
	return m->values.n;
}

size_t
one_model_standing(const struct one_model *m)
{
	size_t n = 0;

	VEC_EACH (&m->values, v)
		n += v->observer == NULL;
	return n;
}

/* ---- judging ------------------------------------------------------------- */

/* How often a tree shows a value: at the path, and as a copy. */
struct shown {
	size_t at_path;
	size_t copies;
};

static struct shown
shown_in(const struct tree *t, const struct one_value *v)
{
	struct shown shown = {0};

	VEC_EACH (&t->v, item) {
		if (item->kind != KIND_FILE || item->hash != v->hash ||
		    item->size != v->size)
			continue;
		if (strcmp(item->path, ONE_NAME) == 0)
			shown.at_path++;
		else
			shown.copies++;
	}
	return shown;
}

static const char *
wrong(const struct one_model *m, const struct one_value *v, struct shown s)
{
	/* Who dies between a change and its commit cannot tell any more
	 * whether a user saw it, and keeps what there is. */
	if (v->observer != NULL && m->died)
		return NULL;
	if (v->observer != NULL && s.at_path > 0)
		return "c: was observed and stands at the path";
	if (v->observer != NULL && s.copies > 0 && !v->copied)
		return "d: was observed before a copy of it was made";
	if (v->observer == NULL && s.at_path + s.copies == 0)
		return "b: is lost";
	if (s.copies > 1)
		return "e: has two copies";
	/* Who deleted the winner had not heard of the copy. */
	if (s.at_path + s.copies > 1 && m->deletes == 0)
		return "e: stands at the path and beside it";
	return NULL;
}

static bool
judge_values(struct one_model *m, const struct tree *t, char *out, size_t len)
{
	for (size_t i = 0; i < m->values.n; i++) {
		const struct one_value *v = value(m, i);
		const char *what = wrong(m, v, shown_in(t, v));

		if (what == NULL)
			continue;
		snprintf(out, len, "%s: value %zu, made at %s, observed at %s",
		    what, i, v->maker, v->observer ? v->observer : "-");
		return false;
	}
	return true;
}

static bool
judge_names(struct one_model *m, const struct tree *t, char *out, size_t len)
{
	VEC_EACH (&t->v, item) {
		if (find(m, item->hash, item->size) != NOTHING)
			continue;
		snprintf(out, len, "f: nobody wrote %s", item->path);
		return false;
	}
	if (m->deletes > 0 || m->values.n == 0 || tree_find(t, ONE_NAME))
		return true;
	snprintf(out, len, "g: nothing stands at the path, nobody deleted it");
	return false;
}

bool
one_model_judge(struct one_model *m, char *out, size_t len)
{
	struct tree first, other;
	char where[512];
	bool well = true;

	tree_read(m->places[0].host, SCRIPT_ROOT, &first);
	for (unsigned i = 1; well && i < m->n; i++) {
		tree_read(m->places[i].host, SCRIPT_ROOT, &other);
		well = !tree_differs(&first, &other, where, sizeof where);
		tree_release(&other);
		if (!well)
			snprintf(out, len, "a: %s and %s differ: %s",
			    m->places[0].host->name, m->places[i].host->name,
			    where);
	}
	well = well && judge_values(m, &first, out, len) &&
	       judge_names(m, &first, out, len);
	tree_release(&first);
	return well;
}
