/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/plan/plan_test.h"

#include <string.h>

/* Whatever is asked asks this first: 0, or the error to give. */
static int
answer(struct scene *s)
{
	return s->asked++ < s->fails_after ? 0 : s->fails;
}

static int
known(void *arg, struct span path)
{
	struct scene *s = arg;
	int rc = answer(s);

	if (rc < 0)
		return rc;
	return s->known != NULL && span_equal(path, span_str(s->known));
}

static int
disk(void *arg, struct span path, struct observation *out)
{
	struct scene *s = arg;
	int rc = answer(s);

	if (rc < 0)
		return rc;
	*out = span_equal(path, entry_path(&s->e)) ? s->e.disk : s->elsewhere;
	return 1;
}

static int
wanted(void *arg, struct span path, struct name *out)
{
	struct scene *s = arg;
	int rc = answer(s);

	(void)path;
	if (rc < 0)
		return rc;
	*out = s->wanted;
	return 1;
}

static int
parent(void *arg, struct span path)
{
	struct scene *s = arg;
	int rc = answer(s);

	(void)path;
	return rc < 0 ? rc : !s->orphan;
}

static int
occupied(void *arg, struct span path)
{
	struct scene *s = arg;
	int rc = answer(s);

	(void)path;
	return rc < 0 ? rc : s->occupied;
}

static int
held(void *arg, const struct name *content)
{
	struct scene *s = arg;
	int rc = answer(s);

	(void)content;
	return rc < 0 ? rc : !s->unheld;
}

static int
reachable(void *arg, const struct name *content)
{
	struct scene *s = arg;
	int rc = answer(s);

	(void)content;
	return rc < 0 ? rc : !s->unreachable;
}

void
scene_begin(struct scene *s, const char *path)
{
	memset(s, 0, sizeof *s);
	entry_init(&s->e);
	ck_assert_int_eq(buf_add(&s->e.path, span_str(path)), 0);
	plan_action_init(&s->a);
	s->ask = (struct plan_ask){.arg = s,
	    .known = known,
	    .disk = disk,
	    .wanted = wanted,
	    .parent = parent,
	    .occupied = occupied,
	    .held = held,
	    .reachable = reachable};
}

void
scene_end(struct scene *s)
{
	plan_action_release(&s->a);
	entry_release(&s->e);
}

struct name
word_name(const char *word)
{
	struct name name;

	if (strcmp(word, "DIR") == 0)
		name_dir(&name);
	else
		name_chunk(span_str(word), &name);
	return name;
}

static const struct version *
know(struct scene *s, struct version *d, const char *content)
{
	struct name name = word_name(content);
	struct version *v;
	bool is_new;

	d->path = entry_path(&s->e);
	d->bits = s->bits != 0 ? s->bits : 0644;
	d->meta = s->meta;
	if (d->kind == KIND_FILE) {
		d->size = strlen(content);
		d->content = name;
	}
	if (d->kind == KIND_SYMLINK)
		d->target = span_str(content);
	if (d->kind == KIND_GONE) {
		d->deleted = &name;
		d->n_deleted = 1;
	}
	ck_assert_int_eq(vector_raise(&d->vector, d->dot), 0);
	ck_assert_int_eq(version_new(d, &v), 0);
	vector_release(&d->vector);
	ck_assert_int_eq(version_set_add(&s->e.known, v, NULL, &is_new), 0);
	ck_assert(is_new);
	return version_set_find(&s->e.known, d->dot);
}

const struct version *
scene_know(struct scene *s, enum kind kind, const char *content,
    int64_t mtime_ns, struct dot dot)
{
	struct version d = {.kind = kind, .mtime_ns = mtime_ns, .dot = dot};

	return know(s, &d, content);
}

void
scene_know_copy(struct scene *s, const struct version *loser)
{
	struct buf path;

	buf_init(&path, sizeof s->copy_path - 1);
	ck_assert_int_eq(conflict_path(loser, &path), 0);
	memcpy(s->copy_path, path.p, path.len);
	s->copy_path[path.len] = 0;
	buf_release(&path);
	s->known = s->copy_path;
}

const struct version *
scene_follow(struct scene *s, enum kind kind, const char *content,
    int64_t mtime_ns, struct dot dot)
{
	struct version d = {.kind = kind, .mtime_ns = mtime_ns, .dot = dot};

	VEC_EACH (&s->e.known.v, it)
		ck_assert_int_eq(vector_join(&d.vector, &(*it)->vector), 0);
	return know(s, &d, content);
}

static struct observation
observed(const struct version *v)
{
	struct observation o = {.kind = KIND_NONE};

	if (v != NULL && v->kind == KIND_GONE)
		return o;
	o.kind = v == NULL ? KIND_DIR : (int)v->kind;
	name_dir(&o.content);
	if (v == NULL)
		return o;
	o.content = v->content;
	o.bits = v->kind == KIND_SYMLINK ? 0777 : v->bits;
	o.size = v->size;
	o.mtime_ns = v->mtime_ns;
	return o;
}

void
scene_show(struct scene *s, const struct version *v)
{
	s->e.disk = observed(v);
}

void
scene_disk(struct scene *s, int kind, const char *content, int64_t mtime_ns)
{
	s->e.disk = (struct observation){.kind = kind};
	if (kind == KIND_NONE || kind == KIND_OPAQUE)
		return;
	s->e.disk.content = word_name(content);
	s->e.disk.bits = 0644;
	s->e.disk.mtime_ns = mtime_ns;
	s->e.disk.size = strlen(content);
}

static void
agree(struct agreement *a, const struct version *v)
{
	struct version *copy = NULL;

	if (v != NULL)
		ck_assert_int_eq(version_copy(v, &copy), 0);
	version_free(a->version);
	*a = (struct agreement){
	    .present = true, .version = copy, .seen = observed(v)};
}

void
scene_base(struct scene *s, const struct version *v)
{
	agree(&s->e.base, v);
}

void
scene_intent(struct scene *s, const struct version *v)
{
	agree(&s->e.intent, v);
}

void
scene_settle(struct scene *s, const struct version *v)
{
	scene_base(s, v);
	scene_show(s, v);
}

const struct version *
scene_conflict(struct scene *s)
{
	const struct version *loser =
	    scene_know(s, KIND_FILE, "x", 5, DOT(1, 1));

	scene_settle(s, loser);
	scene_know(s, KIND_FILE, "y", 6, DOT(2, 1));
	return loser;
}

struct plan_seen
scene_look(struct scene *s)
{
	struct plan_seen seen;

	ck_assert_int_eq(plan_look(&s->e, &s->e.disk, &s->ask, &seen), 0);
	return seen;
}

enum plan_what
scene_plan(struct scene *s)
{
	ck_assert_int_eq(plan_act(&s->e, &s->ask, &s->a), 0);
	return s->a.what;
}

enum plan_why
scene_waits(struct scene *s)
{
	ck_assert_int_eq(scene_plan(s), PLAN_WAIT);
	return s->a.why;
}

struct version *
scene_make(struct scene *s, struct dot dot)
{
	static const uint8_t device[DEVICE_BYTES] = {7};
	struct plan_maker maker = {.dot = dot,
	    .device = device,
	    .target = SPAN_LIT("there"),
	    .meta = s->read,
	    .moved = s->moved};
	struct version *v;

	ck_assert_int_eq(plan_make(&s->e, &s->e.disk, &s->ask, &maker, &v), 0);
	return v;
}

int
main(void)
{
	run_tcase *const tcases[] = {plan_look_tcase, plan_make_tcase,
	    plan_act_tcase, plan_wait_tcase, plan_keep_tcase, plan_copy_tcase,
	    plan_home_tcase, plan_cut_tcase, plan_fail_tcase, plan_meta_tcase};

	return run_tests("plan", tcases, sizeof tcases / sizeof tcases[0]);
}
