/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/causal/causal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/causal/causal_internal.h"

/* ---- life ---------------------------------------------------------------- */

void *
causal_memory(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

struct causal *
causal_new(unsigned machines)
{
	struct causal *c = causal_memory(calloc(1, sizeof *c));

	c->n = machines;
	return c;
}

static void
release_version(struct causal_version *v)
{
	VEC_RELEASE(&v->vector.v);
	VEC_RELEASE(&v->deleted.v);
	free(v->path);
	free(v->copy_path);
	free(v);
}

void
causal_free(struct causal *c)
{
	for (unsigned i = 0; i < c->n; i++) {
		user_release(&c->machines[i]);
		VEC_RELEASE(&c->machines[i].known.v);
		VEC_RELEASE(&c->machines[i].shown.v);
	}
	VEC_EACH (&c->all, v)
		release_version(*v);
	VEC_RELEASE(&c->all);
	VEC_RELEASE(&c->contents);
	free(c);
}

void
causal_fail(struct causal *c, const char *format, ...)
{
	va_list args;

	if (c->wrong[0] != '\0')
		return;
	va_start(args, format);
	vsnprintf(c->wrong, sizeof c->wrong, format, args);
	va_end(args);
}

void
causal_forgive(struct causal *c)
{
	c->wrong[0] = '\0';
	for (unsigned i = 0; i < c->n; i++)
		c->machines[i].known.v.n = 0;
}

const char *
causal_wrong(const struct causal *c)
{
	return c->wrong[0] == '\0' ? NULL : c->wrong;
}

size_t
causal_versions(const struct causal *c)
{
	return c->all.n;
}

size_t
causal_copies(const struct causal *c)
{
	size_t n = 0;

	VEC_EACH (&c->machines[0].known.v, v)
		n += (*v)->copy;
	return n;
}

/* ---- versions ------------------------------------------------------------ */

struct causal_version *
causal_find(struct causal *c, struct dot dot)
{
	VEC_EACH (&c->all, v) {
		if ((*v)->dot.replica == dot.replica &&
		    (*v)->dot.counter == dot.counter)
			return *v;
	}
	return NULL;
}

static struct causal_version *
new_version(struct causal *c, unsigned machine, const char *path,
    const struct causal_state *state)
{
	struct causal_version *v = causal_memory(calloc(1, sizeof *v));

	v->path = causal_memory(strdup(path));
	v->state = *state;
	v->maker = machine;
	CAUSAL_PUSH(&c->all, v);
	return v;
}

/* What an engine says of a version that it made. */
struct made {
	char path[LIMIT_PATH_BYTES + 1];
	struct causal_state state;
	bool copy, based, moved;
	struct dot dot, base;
};

/* The loser that a version is the conflict copy of, with all that is in it; its
 * mtime as well, which no user's file at that name has. */
static const struct causal_version *
copied(const struct causal *c, unsigned machine, const struct made *m)
{
	const struct causal_set *known = &c->machines[machine].known;

	VEC_EACH (&known->v, x) {
		const struct causal_version *v = *x;

		if (!m->based && v->copy_path &&
		    strcmp(v->copy_path, m->path) == 0 &&
		    rules_loses(known, v) && !rules_has_copy(known, v) &&
		    causal_state_same(&v->state, &m->state))
			return v;
	}
	return NULL;
}

static void
made(struct causal *c, unsigned machine, const struct made *m)
{
	struct causal_machine *at = &c->machines[machine];
	struct causal_version *base = causal_find(c, m->base), *v;
	const struct causal_version *loser = copied(c, machine, m);

	if (causal_find(c, m->dot) != NULL)
		causal_fail(
		    c, "d: %u uses a counter again, at %s", machine, m->path);
	if (m->base.counter > 0 && base == NULL)
		causal_fail(c, "d: %u bases a change of %s on nothing known",
		    machine, m->path);
	v = new_version(c, machine, m->path, &m->state);
	v->dot = m->dot;
	v->copy = m->copy;
	v->copy_path = rules_copy_path(v);
	if (m->copy && loser == NULL)
		causal_fail(c,
		    "k: %u makes a conflict copy of what did not"
		    " lose: %s",
		    machine, m->path);
	if (loser != NULL) {
		user_copied(c, machine, loser);
		rules_raise(&v->vector, v->dot);
	} else {
		if (m->moved && base != NULL)
			user_moved(c, machine, m->path, &base->state.content);
		rules_make(v, &at->known, m->based, base, m->moved);
		user_said(c, machine, v, base);
	}
	rules_add(&at->known, v);
}

static void
came(struct causal *c, unsigned machine, struct dot dot)
{
	const struct causal_version *v = causal_find(c, dot);

	if (v == NULL)
		causal_fail(c, "d: what nobody made comes to %u", machine);
	else
		rules_add(&c->machines[machine].known, v);
}

static bool
same_vector(const struct causal_version *v, const struct version *has)
{
	bool same = v->vector.v.n == has->vector.v.n;

	VEC_EACH (&v->vector.v, dot)
		same = same &&
		       vector_get(&has->vector, dot->replica) == dot->counter;
	return same;
}

/* The same contents, however often and in whatever order. */
static bool
same_deleted(const struct causal_version *v, const struct version *has)
{
	for (size_t i = 0; i < has->n_deleted; i++)
		if (!rules_deletes(v, &has->deleted[i]))
			return false;
	VEC_EACH (&v->deleted.v, name) {
		size_t i = 0;

		while (
		    i < has->n_deleted && !name_equal(name, &has->deleted[i]))
			i++;
		if (i == has->n_deleted)
			return false;
	}
	return true;
}

void
causal_compare(struct causal *c, const struct version *has)
{
	const struct causal_version *v = causal_find(c, has->dot);

	if (v != NULL && !same_vector(v, has))
		causal_fail(c, "x: of %s there is a version of another vector",
		    v->path);
	if (v != NULL && !same_deleted(v, has))
		causal_fail(
		    c, "x: a delete of %s deletes other contents", v->path);
}

void
causal_knows(struct causal *c, unsigned machine, const struct version *known)
{
	struct causal_version *v = causal_find(c, known->dot);
	struct causal_state state = {.kind = (int)known->kind,
	    .bits = known->bits,
	    .mtime_ns = known->mtime_ns,
	    .content = known->content};
	char path[LIMIT_PATH_BYTES + 1];

	if (v == NULL) {
		snprintf(path, sizeof path, "%.*s", (int)known->path.len,
		    (const char *)known->path.p);
		v = new_version(c, machine, path, &state);
		v->dot = known->dot;
		v->copy = known->copy;
		v->copy_path = rules_copy_path(v);
		VEC_EACH (&known->vector.v, dot)
			rules_raise(&v->vector, *dot);
		for (size_t i = 0; i < known->n_deleted; i++)
			CAUSAL_PUSH(&v->deleted.v, known->deleted[i]);
	}
	rules_add(&c->machines[machine].known, v);
}

static void
drop(struct causal_set *set, const struct causal_version *v)
{
	size_t kept = 0;

	VEC_EACH (&set->v, x) {
		if (*x != v)
			set->v.items[kept++] = *x;
	}
	set->v.n = kept;
}

/* Nobody had it: it gets another dot, and of its old number covers only what
 * is known. */
static void
renewed(struct causal *c, unsigned machine, struct dot old, struct dot dot,
    struct dot known)
{
	struct causal_set *set = &c->machines[machine].known;
	struct causal_version *was = causal_find(c, old), *v;

	if (was == NULL) {
		causal_fail(c, "d: %u renews what is not known", machine);
		return;
	}
	v = new_version(c, machine, was->path, &was->state);
	v->copy = was->copy;
	v->renewed = true;
	v->dot = dot;
	v->copy_path = rules_copy_path(v);
	VEC_EACH (&was->vector.v, d) {
		if (d->replica != known.replica)
			CAUSAL_PUSH(&v->vector.v, *d);
		else if (known.counter > 0)
			CAUSAL_PUSH(&v->vector.v,
			    (struct dot){d->replica, d->counter < known.counter
							 ? d->counter
							 : known.counter});
	}
	rules_raise(&v->vector, dot);
	VEC_EACH (&was->deleted.v, name)
		CAUSAL_PUSH(&v->deleted.v, *name);
	drop(set, was);
	rules_add(set, v);
	user_renewed(&c->machines[machine], was, v);
}

/* ---- hearing ------------------------------------------------------------- */

static const struct log_field *
field(const struct log_record *record, const char *key)
{
	const struct log_field *f = record->fields;

	while (f->type != LOG_TYPE_NONE && strcmp(f->key, key) != 0)
		f++;
	return f;
}

static void
hear_made(struct causal *c, unsigned machine, const struct log_record *r)
{
	const struct span path = field(r, "path")->as.span;
	struct made m = {
	    .copy = field(r, "copy")->as.flag,
	    .based = field(r, "based")->as.flag,
	    .moved = field(r, "moved")->as.flag,
	    .dot = field(r, "dot")->as.dot,
	    .base = field(r, "base")->as.dot,
	    .state.kind = (int)field(r, "kind")->as.num,
	    .state.bits = (uint16_t)field(r, "bits")->as.count,
	    .state.mtime_ns = field(r, "mtime_ns")->as.num,
	};

	memcpy(m.state.content.b, field(r, "content")->as.id, NAME_BYTES);
	memcpy(m.path, path.p, path.len);
	made(c, machine, &m);
}

static void
hear_returned(struct causal_machine *m, const struct log_record *r)
{
	const struct span path = field(r, "path")->as.span;

	CAUSAL_PUSH(&m->returned,
	    causal_memory(strndup((const char *)path.p, path.len)));
}

void
causal_hear(struct causal *c, unsigned machine, const struct log_record *r)
{
	const char *event = r->fields[0].as.str;

	if (strcmp(event, "version_made") == 0)
		hear_made(c, machine, r);
	else if (strcmp(event, "version_came") == 0)
		came(c, machine, field(r, "dot")->as.dot);
	else if (strcmp(event, "applied") == 0)
		CAUSAL_PUSH(
		    &c->machines[machine].shown.v, field(r, "dot")->as.dot);
	else if (strcmp(event, "late_edit_returned") == 0)
		hear_returned(&c->machines[machine], r);
	else if (strcmp(event, "version_renewed") == 0)
		renewed(c, machine, field(r, "old")->as.dot,
		    field(r, "dot")->as.dot, field(r, "known")->as.dot);
}

/* ---- what is left after a death ------------------------------------------ */

static bool
is_known(const struct causal_set *set, const struct causal_version *v)
{
	VEC_EACH (&set->v, x) {
		if (*x == v)
			return true;
	}
	return false;
}

/* A version that was never stored was never sent either. */
static void
forget_unstored(
    struct causal *c, unsigned machine, const struct causal_dots *knowledge)
{
	size_t kept = 0;

	VEC_EACH (&c->all, it) {
		struct causal_version *v = *it;

		if (v->maker != machine || rules_covers(knowledge, v->dot)) {
			c->all.items[kept++] = v;
			continue;
		}
		for (unsigned i = 0; i < c->n; i++)
			if (is_known(&c->machines[i].known, v))
				causal_fail(c,
				    "n: %u told of a version that it"
				    " had not stored, at %s",
				    machine, v->path);
		release_version(v);
	}
	c->all.n = kept;
}

void
causal_remembers(struct causal *c, unsigned machine,
    const struct causal_dots *dots, const struct causal_dots *knowledge)
{
	struct causal_set *known = &c->machines[machine].known;

	known->v.n = 0;
	VEC_EACH (&c->machines[machine].runs, run)
		run->earlier = true;
	forget_unstored(c, machine, knowledge);
	VEC_EACH (&dots->v, dot)
		came(c, machine, *dot);
	if (known->v.n != dots->v.n)
		causal_fail(c, "s: %u remembers what it superseded", machine);
}

void
causal_died(struct causal *c, unsigned machine)
{
	c->machines[machine].died = true;
}
