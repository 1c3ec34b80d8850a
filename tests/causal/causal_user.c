/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What users changed and saw, against what their machines said of it: one run
 * of changes a path, from what stood there at first until a version says what
 * is there now.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/causal/causal_internal.h"

/* ---- about to change ----------------------------------------------------- */

/* Has the machine said that it shows it? Between the exchange and that it may
 * take back what somebody saw for a moment. */
static bool
is_shown(
    const struct causal *c, unsigned machine, const struct causal_version *v)
{
	VEC_EACH (&c->machines[machine].shown.v, dot) {
		if (dot->replica == v->dot.replica &&
		    dot->counter == v->dot.counter)
			return true;
	}
	return v->maker == machine;
}

/* The versions that stand there, as far as the machine knows them. */
static void
note_versions(const struct causal *c, unsigned machine, struct causal_sight *s)
{
	const struct causal_machine *m = &c->machines[machine];
	bool shown = false;

	s->versions.v.n = 0;
	VEC_EACH (&m->known.v, x) {
		const struct causal_version *v = *x;

		if (strcmp(v->path, s->path) == 0 &&
		    v->state.kind != KIND_GONE &&
		    causal_state_same(&v->state, &s->state)) {
			CAUSAL_PUSH(&s->versions.v, v->dot);
			shown |= is_shown(c, machine, v);
		}
	}
	if (!shown)
		s->versions.v.n = 0;
}

static struct causal_sight *
find_sight(struct causal_machine *m, const char *path)
{
	VEC_EACH (&m->about, s) {
		if (strcmp(s->path, path) == 0)
			return s;
	}
	return NULL;
}

static void
release_sight(struct causal_sight *s)
{
	VEC_RELEASE(&s->versions.v);
	free(s->path);
}

void
causal_about(struct causal *c, unsigned machine, const char *path,
    const struct causal_state *seen)
{
	struct causal_machine *m = &c->machines[machine];
	struct causal_sight *s = find_sight(m, path);

	if (s == NULL) {
		CAUSAL_PUSH(&m->about, (struct causal_sight){0});
		s = &m->about.items[m->about.n - 1];
		s->path = causal_memory(strdup(path));
	}
	s->state = *seen;
	note_versions(c, machine, s);
}

void
causal_each_about(
    struct causal *c, unsigned machine, causal_path_cb *cb, void *arg)
{
	VEC_EACH (&c->machines[machine].about, a)
		cb(arg, a->path);
}

void
causal_forget_about(struct causal *c, unsigned machine)
{
	VEC_EACH (&c->machines[machine].about, s)
		release_sight(s);
	c->machines[machine].about.n = 0;
	c->steps++;
}

/* ---- changed ------------------------------------------------------------- */

static struct causal_run *
find_run(struct causal_machine *m, const char *path)
{
	VEC_EACH (&m->runs, run) {
		if (strcmp(run->path, path) == 0)
			return run;
	}
	return NULL;
}

static struct causal_run *
begin_run(struct causal_machine *m, const char *path,
    const struct causal_state *first)
{
	struct causal_run run = {
	    .path = causal_memory(strdup(path)), .first = *first};

	CAUSAL_PUSH(&m->runs, run);
	return &m->runs.items[m->runs.n - 1];
}

static void
release_run(struct causal_run *run)
{
	VEC_RELEASE(&run->saw.v);
	VEC_RELEASE(&run->left);
	free(run->path);
}

static void
end_run(struct causal_machine *m, struct causal_run *run)
{
	release_run(run);
	*run = m->runs.items[--m->runs.n];
}

void
user_release(struct causal_machine *m)
{
	VEC_EACH (&m->about, s)
		release_sight(s);
	VEC_RELEASE(&m->about);
	VEC_EACH (&m->runs, run)
		release_run(run);
	VEC_RELEASE(&m->runs);
	VEC_EACH (&m->returned, path)
		free(*path);
	VEC_RELEASE(&m->returned);
	VEC_RELEASE(&m->unasked);
}

static struct causal_content *
find_content(struct causal *c, const struct name *name)
{
	VEC_EACH (&c->contents, content) {
		if (name_equal(&content->name, name))
			return content;
	}
	return NULL;
}

/* One content went, another came; what moves goes before it comes. Who died may
 * take what comes again for what was there before. */
static void
note_contents(struct causal *c, const struct causal_state *was,
    const struct causal_state *now, bool died)
{
	struct causal_content *came = find_content(c, &now->content), *went;

	if (was->kind == now->kind && name_equal(&was->content, &now->content))
		return;
	if (now->kind == KIND_FILE && came == NULL) {
		CAUSAL_PUSH(&c->contents,
		    (struct causal_content){.name = now->content});
	} else if (now->kind == KIND_FILE) {
		came->again |= !came->taken || came->step != c->steps || died;
		came->taken = false;
	}
	went = find_content(c, &was->content);
	if (was->kind == KIND_FILE && went != NULL) {
		went->again |= went->taken;
		went->taken = true;
		went->step = c->steps;
	}
}

void
causal_left(struct causal *c, unsigned machine, const char *path,
    const struct causal_state *now)
{
	static const struct causal_sight nothing;
	struct causal_machine *m = &c->machines[machine];
	struct causal_run *run = find_run(m, path);
	const struct causal_sight *seen = find_sight(m, path);

	if (seen == NULL)
		seen = &nothing;
	if (causal_state_same(&seen->state, now))
		return;
	note_contents(c, &seen->state, now, m->died);
	if (run == NULL)
		run = begin_run(m, path, &seen->state);
	VEC_EACH (&seen->versions.v, dot)
		CAUSAL_PUSH(&run->saw.v, *dot);
	CAUSAL_PUSH(&run->left, *now);
}

/* ---- said ---------------------------------------------------------------- */

static struct causal_state
state_said(const struct causal_version *v)
{
	return v->state.kind == KIND_GONE ? (struct causal_state){0} : v->state;
}

/* Is what stands there said once more, though nobody changed it? So that the
 * loser that it once was, or what nobody has, does not rise over it. */
static bool
said_anew(const struct causal *c, unsigned machine,
    const struct causal_version *v, const struct causal_version *base)
{
	const struct causal_set *known = &c->machines[machine].known;
	const struct causal_version *w = rules_winner(known, v->path);

	if (base != NULL && !causal_state_same(&base->state, &v->state))
		return false;
	return w != NULL && rules_has_copy(known, w);
}

/* Came it back from where the machine keeps what it displaced, and a user
 * still had open? */
static bool
has_returned(const struct causal_machine *m, const char *path)
{
	VEC_EACH (&m->returned, returned) {
		if (strcmp(*returned, path) == 0)
			return true;
	}
	return false;
}

static bool
was_left(const struct causal_run *run, const struct causal_state *s)
{
	VEC_EACH (&run->left, left) {
		if (causal_state_same(left, s))
			return true;
	}
	return false;
}

static void
fail_said(struct causal *c, unsigned machine, const struct causal_version *v,
    const char *why)
{
	char text[120];

	causal_state_text(&v->state, text, sizeof text);
	causal_fail(c, "%s: machine %u, %s, %s", why, machine, v->path, text);
}

/* The run goes on from what was said. */
static void
go_on(struct causal_machine *m, struct causal_run *run,
    const struct causal_version *v, const struct causal_state *said)
{
	size_t i = run->left.n - 1;

	while (i > 0 && !causal_state_same(&run->left.items[i], said))
		i--;
	if (i + 1 == run->left.n) {
		end_run(m, run);
		return;
	}
	run->left.n -= i + 1;
	memmove(run->left.items, run->left.items + i + 1,
	    run->left.n * sizeof *run->left.items);
	run->first = *said;
	run->saw.v.n = 0;
	if (v->state.kind != KIND_GONE)
		CAUSAL_PUSH(&run->saw.v, v->dot);
}

/* Is it covered by the version, or was by another that is known here? */
static bool
is_covered(const struct causal_machine *m, const struct causal_version *v,
    struct dot dot)
{
	VEC_EACH (&m->known.v, x) {
		const struct causal_version *k = *x;

		if (strcmp(k->path, v->path) == 0 &&
		    (k->dot.replica != dot.replica ||
			k->dot.counter != dot.counter) &&
		    rules_covers(&k->vector, dot))
			return true;
	}
	return rules_covers(&v->vector, dot);
}

void
user_said(struct causal *c, unsigned machine, const struct causal_version *v,
    const struct causal_version *base)
{
	struct causal_machine *m = &c->machines[machine];
	struct causal_run *run = find_run(m, v->path);
	struct causal_state said = state_said(v);

	if (run == NULL) {
		if (!m->died && !said_anew(c, machine, v, base))
			CAUSAL_PUSH(&m->unasked, v->dot);
		return;
	}
	if (!was_left(run, &said)) {
		if (!m->died && !said_anew(c, machine, v, base))
			fail_said(c, machine, v, "t: nobody left that");
		return;
	}
	VEC_EACH (&run->saw.v, dot) {
		if (!m->died && !is_covered(m, v, *dot))
			fail_said(c, machine, v,
			    "c: does not cover what its user saw there");
	}
	go_on(m, run, v, &said);
}

/* Then some other path had it once: as a version says, or as a user left it. */
void
user_moved(struct causal *c, unsigned machine, const char *path,
    const struct name *content)
{
	struct causal_machine *m = &c->machines[machine];

	VEC_EACH (&c->all, x) {
		if (strcmp((*x)->path, path) != 0 &&
		    name_equal(&(*x)->state.content, content))
			return;
	}
	VEC_EACH (&m->runs, run) {
		if (strcmp(run->path, path) != 0 &&
		    name_equal(
			&run->left.items[run->left.n - 1].content, content))
			return;
	}
	causal_fail(c,
	    "m: machine %u says that %s moved, but nothing had its"
	    " content",
	    machine, path);
}

void
user_renewed(struct causal_machine *m, const struct causal_version *was,
    const struct causal_version *v)
{
	struct causal_run *run = find_run(m, v->path);

	for (size_t i = 0; run != NULL && i < run->saw.v.n; i++)
		if (run->saw.v.items[i].replica == was->dot.replica &&
		    run->saw.v.items[i].counter == was->dot.counter)
			run->saw.v.items[i] = v->dot;
}

/* Did it stand there when the user changed that? */
static bool
was_seen(const struct causal_run *run, const struct causal_version *v)
{
	VEC_EACH (&run->saw.v, dot) {
		if (dot->replica == v->dot.replica &&
		    dot->counter == v->dot.counter)
			return true;
	}
	return false;
}

/* Who removes a conflict copy just when it was made may get it back: for the
 * machine it may have been its own doing, after a stop. */
static bool
is_doubted(const char *path)
{
	return strstr(path, ".conflict-") != NULL;
}

/* Has the user removed it, and nothing was said of that yet? Not for another
 * reason than that a delete rests, which a process that starts does not know
 * to be sure by what took its place. */
static bool
is_removed(struct causal_machine *m, const struct causal_version *v)
{
	const struct causal_run *run = find_run(m, v->path);

	return run != NULL && !run->earlier && !is_doubted(v->path) &&
	       run->left.items[run->left.n - 1].kind == KIND_NONE &&
	       was_seen(run, v);
}

/* A file loses to a directory by what lives in that; but not by what the user
 * removed first, who put the file in the directory's place. Another's file may,
 * that comes while a delete rests. */
void
user_copied(
    struct causal *c, unsigned machine, const struct causal_version *loser)
{
	struct causal_machine *m = &c->machines[machine];

	if (loser->maker != machine || !rules_derived(&m->known, loser->path))
		return;
	VEC_EACH (&m->known.v, x) {
		if (rules_below((*x)->path, loser->path) &&
		    rules_living(&m->known, *x) && !is_removed(m, *x))
			return;
	}
	causal_fail(c, "k: machine %u copies %s for what its user removed",
	    machine, loser->path);
}

/* ---- rest ---------------------------------------------------------------- */

/* Another's delete of just what the user saw. */
static bool
supersedes_all(const struct causal_version *v, const struct causal_dots *saw)
{
	bool all = saw->v.n > 0;

	VEC_EACH (&saw->v, dot)
		all = all && rules_covers(&v->vector, *dot);
	return all;
}

/*
 * Does this version say what the user left? Without anything there before,
 * equal content is the same file, whatever its bits and times; and so is what
 * another made alike and told first, when the machine had not looked yet.
 */
static bool
says(const struct causal_version *v, const struct causal_run *run,
    unsigned machine)
{
	const struct causal_state *now = &run->left.items[run->left.n - 1];

	if (strcmp(v->path, run->path) != 0)
		return false;
	if (now->kind == KIND_NONE && is_doubted(run->path))
		return true;
	if (now->kind == KIND_NONE)
		return v->state.kind == KIND_GONE &&
		       (rules_deletes(v, &run->first.content) ||
			   supersedes_all(v, &run->saw));
	if (run->first.kind == KIND_NONE ||
	    (v->maker != machine && !was_seen(run, v)))
		return v->state.kind == now->kind &&
		       name_equal(&v->state.content, &now->content);
	return causal_state_same(&v->state, now);
}

/* Need nothing be said of a delete? It loses to what lives and the user had
 * not seen; and what he removed another had replaced or removed before. */
static bool
says_nothing_new(const struct causal_machine *m, const struct causal_run *run)
{
	VEC_EACH (&m->known.v, x) {
		if (strcmp((*x)->path, run->path) == 0 && !was_seen(run, *x) &&
		    (rules_living(&m->known, *x) || run->saw.v.n == 0))
			return true;
	}
	return false;
}

/* Who dies between a change and its commit cannot tell any more what a user
 * did there since, and keeps what there is; but every content lives. */
static bool
lives(const struct causal_version *v, const struct causal_run *run)
{
	const struct causal_state *now = &run->left.items[run->left.n - 1];

	return now->kind != KIND_FILE ||
	       name_equal(&v->state.content, &now->content);
}

/* That something comes back is said later than what a look makes of it. */
static void
judge_unasked(struct causal *c, unsigned machine)
{
	const struct causal_machine *m = &c->machines[machine];

	VEC_EACH (&m->unasked, dot) {
		const struct causal_version *v = causal_find(c, *dot);

		if (v != NULL && !has_returned(m, v->path))
			fail_said(c, machine, v, "e: nobody changed it");
	}
}

void
user_rest(struct causal *c, unsigned machine)
{
	bool died = c->machines[machine].died;

	judge_unasked(c, machine);
	VEC_EACH (&c->machines[machine].runs, run) {
		const struct causal_state *now =
		    &run->left.items[run->left.n - 1];
		bool said = causal_state_same(&run->first, now) ||
			    (now->kind == KIND_NONE &&
				says_nothing_new(&c->machines[machine], run));
		char text[120];

		VEC_EACH (&c->all, v)
			said |= died ? lives(*v, run) : says(*v, run, machine);
		causal_state_text(now, text, sizeof text);
		if (!said)
			causal_fail(c,
			    "u: machine %u says nothing of %s, left"
			    " as %s",
			    machine, run->path, text);
	}
}
