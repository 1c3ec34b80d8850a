/* SPDX-License-Identifier: Apache-2.0 */
/* Looking, and bringing about what is planned. */
#include "tests/daemon/plan/plan_agree.h"

static const uint8_t device[DEVICE_BYTES] = {1};

static void
change(struct replica *r, struct entry *e, const struct plan_ask *ask)
{
	struct plan_maker maker = {.dot = agree_next_dot(r), .device = device};
	struct version *v;

	agree_must(plan_make(e, &e->disk, ask, &maker, &v) == 0, "not made");
	agree_on(&e->base, v, &e->disk);
	agree_forget(&e->intent);
	agree_store_made(r, v);
}

void
agree_scan(struct replica *r, struct span at)
{
	struct entry *e = agree_load(r, at);
	struct plan_ask ask = agree_ask(r, r->stream_open);
	struct plan_seen seen;

	agree_must(plan_look(e, &e->disk, &ask, &seen) == 0, "look");
	switch (seen.look) {
	case PLAN_LOOK_ADOPT:
		agree_on(&e->base, seen.version, &e->disk);
		agree_forget(&e->intent);
		if (seen.version != NULL &&
		    !plan_shows(&e->disk, e->base.version))
			agree_on(&e->intent, e->base.version, NULL);
		break;
	case PLAN_LOOK_CHANGE:
		change(r, e, &ask);
		break;
	case PLAN_LOOK_SAME:
	case PLAN_LOOK_LATER:
		break;
	}
}

/* ---- doing --------------------------------------------------------------- */

static struct observation
shape(const struct plan_action *a)
{
	const struct version *v = a->version;
	struct observation o = {.kind = KIND_DIR};

	if (a->derived) {
		name_dir(&o.content);
		return o;
	}
	if (v->kind == KIND_GONE)
		return (struct observation){0};
	o.kind = (int)v->kind;
	o.bits = v->bits;
	o.size = v->size;
	o.mtime_ns = v->mtime_ns;
	o.content = v->content;
	return o;
}

/* The disk changes at a path; with crash base hears nothing of it. */
static void
put(struct replica *r, struct entry *e, const struct observation *now,
    bool crash)
{
	bool derived;
	const struct version *want = entry_wanted(e, &derived);

	agree_on(&e->intent, want, NULL);
	if (e->disk.kind != KIND_NONE && e->disk.kind != KIND_DIR)
		agree_add(&r->kept, &e->disk.content);
	e->disk = *now;
	if (crash)
		return;
	agree_on(&e->base, want, now);
	agree_forget(&e->intent);
}

static void
carry_out(
    struct replica *r, struct entry *e, const struct plan_action *a, bool crash)
{
	struct observation now = shape(a), old = e->disk;

	put(r, e, &now, crash);
	if (a->copy.len > 0)
		put(r, agree_load(r, buf_span(&a->copy)), &old, crash);
}

void
agree_apply(struct replica *r, struct span at, bool crash)
{
	struct entry *e = agree_load(r, at);
	/* That keeps from making copies, which is another's step. */
	struct plan_ask ask = agree_ask(r, true);
	struct plan_action a;

	plan_action_init(&a);
	agree_must(plan_act(e, &ask, &a) == 0, "plan");
	if (a.what == PLAN_FETCH) {
		agree_add(&r->staged, &a.version->content);
		agree_must(plan_act(e, &ask, &a) == 0, "plan");
		agree_must(a.what == PLAN_PLACE, "fetched, but not placed");
	}
	switch (a.what) {
	case PLAN_SETTLE:
		agree_on(&e->base, a.version, &e->disk);
		agree_forget(&e->intent);
		break;
	case PLAN_MAKE_DIR:
	case PLAN_PLACE:
	case PLAN_TOUCH:
	case PLAN_REMOVE:
	case PLAN_REMOVE_DIR:
		carry_out(r, e, &a, crash);
		break;
	case PLAN_NOTHING:
	case PLAN_KEEP: /* the model waits here as well */
	case PLAN_WAIT:
		break;
	case PLAN_COPY:
	case PLAN_FETCH:
		agree_must(false, "not now");
	}
	r->staged.v.n = 0;
	plan_action_release(&a);
}

/* Gives the loser's copy a version; the path it is at. */
static struct span
make_copy(struct replica *r, const struct plan_action *a)
{
	struct plan_maker maker = {.dot = agree_next_dot(r), .device = device};
	struct version *v;

	agree_must(plan_make_copy(a->loser, &maker, &v) == 0, "copy not made");
	agree_must(
	    span_equal(v->path, buf_span(&a->copy)), "copy somewhere else");
	agree_store_made(r, v);
	return entry_path(agree_load(r, v->path));
}

void
agree_copy(struct replica *r, struct span at)
{
	struct plan_ask ask = agree_ask(r, r->stream_open);
	struct plan_action a;
	struct span copies[16];
	size_t n = 0;

	plan_action_init(&a);
	for (;;) {
		agree_must(plan_act(agree_load(r, at), &ask, &a) == 0, "plan");
		if (a.what == PLAN_COPY && n < 16)
			copies[n++] = make_copy(r, &a);
		else if (a.what == PLAN_FETCH)
			agree_add(&r->staged, &a.version->content);
		else
			break;
	}
	agree_must(a.what != PLAN_COPY, "copies without end");
	plan_action_release(&a);
	r->staged.v.n = 0;
	if (n > 0)
		agree_apply(r, at, false);
	for (size_t i = 0; i < n; i++)
		agree_apply(r, copies[i], false);
}
