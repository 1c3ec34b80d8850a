/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_agree - does with daemon/plan what plan_agree.py does with the
 * executable specification (LESSONS 82).
 *
 * Keeps some replicas in memory and brings about at once whatever is planned.
 * On stdin, words in lines; R is a replica's place, a path and a content are
 * the specification's words, a time is in seconds:
 *
 *	begin				forgets everything
 *	new R REPLICA FRESH		R has a new database
 *	disk R PATH KIND CONTENT MTIME BITS	KIND - : nothing is there
 *	reach R MASK			R is connected to these places
 *	open R 0|1			a stream to R is open
 *	store R REPLICA COUNTER		R receives a version made before
 *	end R N N*(REPLICA COUNTER)	a stream to R ended with this K
 *	scan R PATH
 *	copy R PATH
 *	apply R PATH CRASH
 *	path R PATH, all R		answers; without these nothing does
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/plan/plan.h"
#include "proto/base/path.h"

#define SECOND INT64_C(1000000000)

enum { REPLICAS = 4, WORD = 256 };

struct replica {
	uint64_t number, counter;
	bool fresh, stream_open;
	unsigned reach;
	struct vector knowledge;
	struct entries {
		VEC(struct entry *) v;
	} entries;
	struct names {
		VEC(struct name) v;
	} kept, staged;
};

/* A conflict copy has two names: the specification's, and ours. */
struct alias {
	char theirs[WORD];
	char ours[WORD];
};

static struct replica replicas[REPLICAS];
static struct {
	VEC(struct alias) v;
} aliases;
static struct version_list {
	VEC(struct version *) v;
} made;

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "plan_agree: %s\n", what);
	exit(2);
}

/* ---- words
 * ------------------------------------------------------------------------ */

static const char *
word(void)
{
	static char text[WORD];

	must(scanf("%255s", text) == 1, "a line ends early");
	return text;
}

static uint64_t
number(void)
{
	return strtoull(word(), NULL, 10);
}

static struct replica *
place(void)
{
	uint64_t n = number();

	must(n < REPLICAS, "no such place");
	return &replicas[n];
}

static struct dot
dot(void)
{
	struct dot d = {.replica = number()};

	d.counter = number();
	return d;
}

/* A content is its own name. */
static struct name
content_of(const char *text)
{
	struct name name = {0};

	if (strcmp(text, "DIR") == 0)
		name_dir(&name);
	else
		memcpy(name.b, text, strlen(text) + 1);
	return name;
}

static const char *
content_text(const struct name *name)
{
	struct name dir;

	name_dir(&dir);
	return name_equal(name, &dir) ? "DIR" : (const char *)name->b;
}

static const char *
ours_of(const char *theirs)
{
	if (strchr(theirs, '~') == NULL)
		return theirs;
	VEC_EACH (&aliases.v, it)
		if (strcmp(it->theirs, theirs) == 0)
			return it->ours;
	must(false, "a copy of nothing");
	return NULL;
}

static const char *
theirs_of(struct span ours)
{
	static char plain[WORD];

	VEC_EACH (&aliases.v, it)
		if (span_equal(span_str(it->ours), ours))
			return it->theirs;
	snprintf(
	    plain, sizeof plain, "%.*s", (int)ours.len, (const char *)ours.p);
	return plain;
}

/* Valid until the next path is read. */
static struct span
path(void)
{
	static char text[WORD];

	snprintf(text, sizeof text, "%s", ours_of(word()));
	return span_str(text);
}

/* Every file's version may once have a conflict copy. */
static void
learn_alias(const struct version *v)
{
	struct alias a;
	struct buf b;

	if (v->kind != KIND_FILE)
		return;
	snprintf(a.theirs, sizeof a.theirs, "%.120s~%d-%" PRIu64 ".%" PRIu64,
	    theirs_of(v->path), (int)(v->mtime_ns / SECOND), v->dot.replica,
	    v->dot.counter);
	buf_init(&b, WORD - 1);
	must(conflict_path(v, &b) == 0, "no conflict path");
	memcpy(a.ours, b.p, b.len);
	a.ours[b.len] = 0;
	buf_release(&b);
	VEC_EACH (&aliases.v, it)
		must(strcmp(it->ours, a.ours) != 0, "two copies, one name");
	must(VEC_PUSH(&aliases.v, a) == 0, "no memory");
}

/* ---- a replica
 * ---------------------------------------------------------------------- */

static struct entry *
find(struct replica *r, struct span at)
{
	VEC_EACH (&r->entries.v, it)
		if (span_equal(entry_path(*it), at))
			return *it;
	return NULL;
}

static bool
is_below(struct span inner, struct span dir)
{
	return inner.len > dir.len && inner.p[dir.len] == '/' &&
	       memcmp(inner.p, dir.p, dir.len) == 0;
}

/* The entry, made when it is not there, with child_alive as of now. */
static struct entry *
load(struct replica *r, struct span at)
{
	struct entry *e = find(r, at);

	if (e == NULL) {
		e = malloc(sizeof *e);
		must(e != NULL, "no memory");
		entry_init(e);
		must(buf_add(&e->path, at) == 0, "no memory");
		must(VEC_PUSH(&r->entries.v, e) == 0, "no memory");
	}
	e->child_alive = false;
	VEC_EACH (&r->entries.v, it) {
		const struct version *w = version_set_winner(&(*it)->known);

		if (w != NULL && w->kind != KIND_GONE &&
		    is_below(entry_path(*it), entry_path(e)))
			e->child_alive = true;
	}
	return e;
}

static bool
has(const struct names *names, const struct name *content)
{
	VEC_EACH (&names->v, it)
		if (name_equal(it, content))
			return true;
	return false;
}

static void
add(struct names *names, const struct name *content)
{
	if (!has(names, content))
		must(VEC_PUSH(&names->v, *content) == 0, "no memory");
}

static bool
holds(struct replica *r, const struct name *content)
{
	if (has(&r->kept, content) || has(&r->staged, content))
		return true;
	VEC_EACH (&r->entries.v, it)
		if ((*it)->disk.kind != KIND_NONE &&
		    name_equal(&(*it)->disk.content, content))
			return true;
	return false;
}

static void
agree(struct agreement *a, const struct version *v,
    const struct observation *seen)
{
	struct version *copy = NULL;

	if (v != NULL)
		must(version_copy(v, &copy) == 0, "no memory");
	version_free(a->version);
	*a = (struct agreement){.present = true, .version = copy};
	if (seen != NULL)
		a->seen = *seen;
}

static void
forget(struct agreement *a)
{
	version_free(a->version);
	*a = (struct agreement){0};
}

static struct dot
next_dot(struct replica *r)
{
	struct dot d = {r->number, ++r->counter};

	must(vector_raise(&r->knowledge, d) == 0, "no memory");
	return d;
}

/* Stores a version made here, which is taken. */
static void
store_made(struct replica *r, struct version *v)
{
	struct version *copy;
	bool is_new;

	must(version_copy(v, &copy) == 0, "no memory");
	must(VEC_PUSH(&made.v, copy) == 0, "no memory");
	learn_alias(v);
	must(version_set_add(&load(r, v->path)->known, v, NULL, &is_new) == 0 &&
		 is_new,
	    "made, but not new");
}

/* ---- what planning asks
 * ------------------------------------------------------ */

static int
ask_known(void *arg, struct span at)
{
	return load(arg, at)->known.v.n > 0;
}

static int
ask_disk(void *arg, struct span at, struct observation *out)
{
	*out = load(arg, at)->disk;
	return 1;
}

static int
ask_wanted(void *arg, struct span at, struct name *out)
{
	const struct entry *e = load(arg, at);
	const struct version *want;
	bool derived;

	memset(out, 0, sizeof *out);
	want = entry_wanted(e, &derived);
	if (derived)
		name_dir(out);
	else if (want != NULL && want->kind != KIND_GONE)
		*out = want->content;
	return 1;
}

static int
ask_parent(void *arg, struct span at)
{
	struct span dir = path_parent(at);

	return dir.len == 0 || load(arg, dir)->disk.kind == KIND_DIR;
}

static int
ask_occupied(void *arg, struct span at)
{
	struct replica *r = arg;

	VEC_EACH (&r->entries.v, it)
		if ((*it)->disk.kind != KIND_NONE &&
		    is_below(entry_path(*it), at))
			return 1;
	return 0;
}

static int
ask_held(void *arg, const struct name *content)
{
	return holds(arg, content);
}

static int
ask_reachable(void *arg, const struct name *content)
{
	struct replica *r = arg;

	for (unsigned i = 0; i < REPLICAS; i++)
		if ((r->reach >> i & 1) && holds(&replicas[i], content))
			return 1;
	return 0;
}

static int
ask_room(void *arg, struct span at, const struct version *v)
{
	return plan_room(load(arg, at), v);
}

static struct plan_ask
ask_of(struct replica *r, bool stream_open)
{
	return (struct plan_ask){.arg = r,
	    .known = ask_known,
	    .disk = ask_disk,
	    .wanted = ask_wanted,
	    .parent = ask_parent,
	    .occupied = ask_occupied,
	    .held = ask_held,
	    .reachable = ask_reachable,
	    .room = ask_room,
	    .stream_open = stream_open,
	    .fresh = r->fresh};
}

/* ---- looking
 * -------------------------------------------------------------------------- */

static const uint8_t device[DEVICE_BYTES] = {1};

static void
change(struct replica *r, struct entry *e, const struct plan_ask *ask)
{
	struct plan_maker maker = {.dot = next_dot(r), .device = device};
	struct version *v;

	must(plan_make(e, &e->disk, ask, &maker, &v) == 0, "not made");
	agree(&e->base, v, &e->disk);
	forget(&e->intent);
	store_made(r, v);
}

static void
scan(struct replica *r, struct span at)
{
	struct entry *e = load(r, at);
	struct plan_ask ask = ask_of(r, r->stream_open);
	struct plan_seen seen;

	must(plan_look(e, &e->disk, &ask, &seen) == 0, "look");
	switch (seen.look) {
	case PLAN_LOOK_ADOPT:
		agree(&e->base, seen.version, &e->disk);
		forget(&e->intent);
		if (seen.version != NULL &&
		    !plan_shows(&e->disk, e->base.version))
			agree(&e->intent, e->base.version, NULL);
		break;
	case PLAN_LOOK_CHANGE:
		change(r, e, &ask);
		break;
	case PLAN_LOOK_SAME:
	case PLAN_LOOK_LATER:
		break;
	}
}

/* ---- doing
 * ---------------------------------------------------------------------------- */

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

	agree(&e->intent, want, NULL);
	if (e->disk.kind != KIND_NONE && e->disk.kind != KIND_DIR)
		add(&r->kept, &e->disk.content);
	e->disk = *now;
	if (crash)
		return;
	agree(&e->base, want, now);
	forget(&e->intent);
}

static void
carry_out(
    struct replica *r, struct entry *e, const struct plan_action *a, bool crash)
{
	struct observation now = shape(a), old = e->disk;

	put(r, e, &now, crash);
	if (a->copy.len > 0)
		put(r, load(r, buf_span(&a->copy)), &old, crash);
}

/* Does what is planned for one path, fetching at once. */
static void
apply(struct replica *r, struct span at, bool crash)
{
	struct entry *e = load(r, at);
	/* That keeps from making copies, which is another's step. */
	struct plan_ask ask = ask_of(r, true);
	struct plan_action a;

	plan_action_init(&a);
	must(plan_act(e, &ask, &a) == 0, "plan");
	if (a.what == PLAN_FETCH) {
		add(&r->staged, &a.version->content);
		must(plan_act(e, &ask, &a) == 0, "plan");
		must(a.what == PLAN_PLACE, "fetched, but not placed");
	}
	switch (a.what) {
	case PLAN_SETTLE:
		agree(&e->base, a.version, &e->disk);
		forget(&e->intent);
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
		must(false, "not now");
	}
	r->staged.v.n = 0;
	plan_action_release(&a);
}

/* Gives the loser's copy a version; the path it is at. */
static struct span
make_copy(struct replica *r, const struct plan_action *a)
{
	struct plan_maker maker = {.dot = next_dot(r), .device = device};
	struct version *v;

	must(plan_make_copy(a->loser, &maker, &v) == 0, "copy not made");
	must(span_equal(v->path, buf_span(&a->copy)), "copy somewhere else");
	store_made(r, v);
	return entry_path(load(r, v->path));
}

static void
copy(struct replica *r, struct span at)
{
	struct plan_ask ask = ask_of(r, r->stream_open);
	struct plan_action a;
	struct span copies[16];
	size_t n = 0;

	plan_action_init(&a);
	for (;;) {
		must(plan_act(load(r, at), &ask, &a) == 0, "plan");
		if (a.what == PLAN_COPY && n < 16)
			copies[n++] = make_copy(r, &a);
		else if (a.what == PLAN_FETCH)
			add(&r->staged, &a.version->content);
		else
			break;
	}
	must(a.what != PLAN_COPY, "copies without end");
	plan_action_release(&a);
	r->staged.v.n = 0;
	if (n > 0)
		apply(r, at, false);
	for (size_t i = 0; i < n; i++)
		apply(r, copies[i], false);
}

/* ---- answers
 * -------------------------------------------------------------------------- */

static void
say_dot(const struct version *v)
{
	printf("%" PRIu64 ".%" PRIu64, v->dot.replica, v->dot.counter);
}

static void
say_disk(const struct observation *o)
{
	if (o->kind == KIND_NONE)
		printf("-");
	else
		printf("%s,%s,%d,%d", o->kind == KIND_DIR ? "dir" : "file",
		    content_text(&o->content), (int)(o->mtime_ns / SECOND),
		    o->bits);
}

static void
say_agreement(const struct agreement *a)
{
	if (!a->present)
		printf("none");
	else if (a->version == NULL)
		printf("derived");
	else
		say_dot(a->version);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The contents a gone deletes, in the order of their words. */
static void
say_deleted(const struct version *v)
{
	const char *texts[64];

	must(v->n_deleted < 64, "too many deleted");
	for (size_t i = 0; i < v->n_deleted; i++)
		texts[i] = content_text(&v->deleted[i]);
	qsort(texts, v->n_deleted, sizeof *texts, by_text);
	for (size_t i = 0; i < v->n_deleted; i++)
		printf(",%s", texts[i]);
}

static void
say_vector(const struct vector *vv)
{
	VEC_EACH (&vv->v, it)
		printf(",%" PRIu64 ".%" PRIu64, it->replica, it->counter);
}

static void
say_version(const struct version *v)
{
	static const char *const kinds[] = {
	    [KIND_FILE] = "file", [KIND_DIR] = "dir", [KIND_GONE] = "gone"};

	printf(" ");
	say_dot(v);
	printf(":%s", kinds[v->kind]);
	if (v->kind != KIND_GONE)
		printf(",%s,%d,%d", content_text(&v->content),
		    (int)(v->mtime_ns / SECOND), v->bits);
	printf("%s:", v->copy ? ",copy" : "");
	say_vector(&v->vector);
	printf(":");
	say_deleted(v);
}

static void
say_path(struct replica *r, struct span at)
{
	const struct entry *e = load(r, at);
	bool derived;
	const struct version *want = entry_wanted(e, &derived);

	printf("%s disk ", theirs_of(at));
	say_disk(&e->disk);
	printf(" base ");
	say_agreement(&e->base);
	printf(" ");
	say_disk(&e->base.seen);
	printf(" intent ");
	say_agreement(&e->intent);
	printf(" want ");
	if (want == NULL)
		printf(derived ? "DIR" : "-");
	else
		say_dot(want);
	VEC_EACH (&e->known.v, it)
		say_version(*it);
	printf("\n");
}

static bool
is_empty(const struct entry *e)
{
	return e->disk.kind == KIND_NONE && !e->base.present &&
	       !e->intent.present && e->known.v.n == 0;
}

/* K, and every path in no particular order, ended by a line "end". */
static void
say_all(struct replica *r)
{
	printf("K ");
	say_vector(&r->knowledge);
	printf("\n");
	for (size_t i = 0; i < r->entries.v.n; i++)
		if (!is_empty(r->entries.v.items[i]))
			say_path(r, entry_path(r->entries.v.items[i]));
	printf("end\n");
	fflush(stdout);
}

/* ---- steps
 * ---------------------------------------------------------------------------- */

static void
forget_database(struct replica *r)
{
	VEC_EACH (&r->entries.v, it) {
		forget(&(*it)->base);
		forget(&(*it)->intent);
		version_set_release(&(*it)->known);
	}
	vector_release(&r->knowledge);
	r->counter = 0;
}

static void
begin(void)
{
	for (size_t i = 0; i < REPLICAS; i++) {
		struct replica *r = &replicas[i];

		VEC_EACH (&r->entries.v, it) {
			entry_release(*it);
			free(*it);
		}
		VEC_RELEASE(&r->entries.v);
		VEC_RELEASE(&r->kept.v);
		VEC_RELEASE(&r->staged.v);
		vector_release(&r->knowledge);
		*r = (struct replica){0};
	}
	VEC_EACH (&made.v, it)
		version_free(*it);
	VEC_RELEASE(&made.v);
	VEC_RELEASE(&aliases.v);
}

static void
step_new(struct replica *r)
{
	forget_database(r);
	r->number = number();
	r->fresh = number() != 0;
}

static void
step_disk(struct replica *r)
{
	struct entry *e = load(r, path());
	const char *kind = word();

	e->disk = (struct observation){0};
	if (strcmp(kind, "-") == 0)
		return;
	e->disk.kind = strcmp(kind, "dir") == 0 ? KIND_DIR : KIND_FILE;
	e->disk.content = content_of(word());
	e->disk.mtime_ns = (int64_t)number() * SECOND;
	e->disk.bits = (uint16_t)number();
	e->disk.size = e->disk.kind == KIND_FILE;
}

static void
step_store(struct replica *r)
{
	struct dot d = dot();
	struct version *v = NULL;
	bool is_new;

	VEC_EACH (&made.v, it)
		if (dot_equal((*it)->dot, d))
			must(version_copy(*it, &v) == 0, "no memory");
	must(v != NULL, "no such version");
	must(version_set_add(&load(r, v->path)->known, v, NULL, &is_new) == 0,
	    "not stored");
}

static void
step_end(struct replica *r)
{
	for (uint64_t n = number(); n > 0; n--)
		must(vector_raise(&r->knowledge, dot()) == 0, "no memory");
	r->fresh = false;
}

static void
step_scan(struct replica *r)
{
	scan(r, path());
}

static void
step_copy(struct replica *r)
{
	copy(r, path());
}

static void
step_apply(struct replica *r)
{
	struct span at = path();

	apply(r, at, number() != 0);
}

static void
step_reach(struct replica *r)
{
	r->reach = (unsigned)number();
}

static void
step_open(struct replica *r)
{
	r->stream_open = number() != 0;
}

static void
step_path(struct replica *r)
{
	say_path(r, path());
}

static const struct {
	const char *verb;
	void (*step)(struct replica *r);
} steps[] = {
    {"new", step_new},
    {"disk", step_disk},
    {"store", step_store},
    {"end", step_end},
    {"scan", step_scan},
    {"copy", step_copy},
    {"apply", step_apply},
    {"reach", step_reach},
    {"open", step_open},
    {"path", step_path},
    {"all", say_all},
};

static void
step(const char *verb)
{
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (strcmp(verb, steps[i].verb) == 0) {
			steps[i].step(place());
			return;
		}
	must(false, "no such step");
}

int
main(void)
{
	char verb[8];

	while (scanf("%7s", verb) == 1) {
		if (strcmp(verb, "begin") == 0)
			begin();
		else
			step(verb);
	}
	begin();
	return 0;
}
