/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/plan/plan_agree.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/path.h"

struct replica agree_replicas[REPLICAS];
struct agree_versions agree_made;

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

struct entry *
agree_load(struct replica *r, struct span at)
{
	struct entry *e = find(r, at);

	if (e == NULL) {
		e = malloc(sizeof *e);
		agree_must(e != NULL, "no memory");
		entry_init(e);
		agree_must(buf_add(&e->path, at) == 0, "no memory");
		agree_must(VEC_PUSH(&r->entries.v, e) == 0, "no memory");
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

void
agree_add(struct names *names, const struct name *content)
{
	if (!has(names, content))
		agree_must(VEC_PUSH(&names->v, *content) == 0, "no memory");
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

void
agree_on(struct agreement *a, const struct version *v,
    const struct observation *seen)
{
	struct version *copy = NULL;

	if (v != NULL)
		agree_must(version_copy(v, &copy) == 0, "no memory");
	version_free(a->version);
	*a = (struct agreement){.present = true, .version = copy};
	if (seen != NULL)
		a->seen = *seen;
}

void
agree_forget(struct agreement *a)
{
	version_free(a->version);
	*a = (struct agreement){0};
}

struct dot
agree_next_dot(struct replica *r)
{
	struct dot d = {r->number, ++r->counter};

	agree_must(vector_raise(&r->knowledge, d) == 0, "no memory");
	return d;
}

void
agree_store_made(struct replica *r, struct version *v)
{
	struct version *copy;
	bool is_new;

	agree_must(version_copy(v, &copy) == 0, "no memory");
	agree_must(VEC_PUSH(&agree_made.v, copy) == 0, "no memory");
	agree_learn(v);
	agree_must(version_set_add(
		       &agree_load(r, v->path)->known, v, NULL, &is_new) == 0 &&
		       is_new,
	    "made, but not new");
}

/* ---- what planning asks -------------------------------------------------- */

static int
ask_known(void *arg, struct span at)
{
	return agree_load(arg, at)->known.v.n > 0;
}

static int
ask_disk(void *arg, struct span at, struct observation *out)
{
	*out = agree_load(arg, at)->disk;
	return 1;
}

static int
ask_wanted(void *arg, struct span at, struct name *out)
{
	const struct entry *e = agree_load(arg, at);
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

	return dir.len == 0 || agree_load(arg, dir)->disk.kind == KIND_DIR;
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
		if ((r->reach >> i & 1) && holds(&agree_replicas[i], content))
			return 1;
	return 0;
}

static int
ask_room(void *arg, struct span at, const struct version *v)
{
	return plan_room(agree_load(arg, at), v);
}

struct plan_ask
agree_ask(struct replica *r, bool stream_open)
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
