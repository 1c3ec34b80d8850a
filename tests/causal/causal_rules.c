/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of DESIGN.md section 2, read once more: for every path the
 * versions that no other one supersedes, who wins, what a change covers, what
 * a loser's copy is called. What goes beyond that page is said in
 * ARCHITECTURE.md, "Where this differs", 13 and 21.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/base/text.h"
#include "tests/causal/causal_internal.h"

enum { NS_PER_S = 1000 * 1000 * 1000, EXTENSION_MAX = 17, TAG_CHARS = 6 };

/* ---- vectors ------------------------------------------------------------- */

bool
rules_covers(const struct causal_dots *vector, struct dot dot)
{
	VEC_EACH (&vector->v, d) {
		if (d->replica == dot.replica)
			return d->counter >= dot.counter;
	}
	return false;
}

void
rules_raise(struct causal_dots *vector, struct dot dot)
{
	VEC_EACH (&vector->v, d) {
		if (d->replica != dot.replica)
			continue;
		if (d->counter < dot.counter)
			d->counter = dot.counter;
		return;
	}
	CAUSAL_PUSH(&vector->v, dot);
}

void
rules_join(struct causal_dots *vector, const struct causal_dots *other)
{
	VEC_EACH (&other->v, d)
		rules_raise(vector, *d);
}

/* ---- sets ---------------------------------------------------------------- */

static bool
same_path(const struct causal_version *a, const struct causal_version *b)
{
	return strcmp(a->path, b->path) == 0;
}

void
rules_add(struct causal_set *set, const struct causal_version *v)
{
	size_t kept = 0;

	VEC_EACH (&set->v, x) {
		if (same_path(*x, v) && rules_covers(&(*x)->vector, v->dot))
			return;
	}
	VEC_EACH (&set->v, x) {
		if (!same_path(*x, v) || !rules_covers(&v->vector, (*x)->dot))
			set->v.items[kept++] = *x;
	}
	set->v.n = kept;
	CAUSAL_PUSH(&set->v, v);
}

bool
rules_deletes(const struct causal_version *v, const struct name *content)
{
	VEC_EACH (&v->deleted.v, name) {
		if (name_equal(name, content))
			return true;
	}
	return false;
}

bool
rules_living(const struct causal_set *set, const struct causal_version *v)
{
	if (v->state.kind == KIND_GONE)
		return false;
	VEC_EACH (&set->v, x) {
		if (same_path(*x, v) && rules_deletes(*x, &v->state.content))
			return false;
	}
	return true;
}

/* Directory, not an untouched copy, later mtime, greater dot. */
static bool
beats(const struct causal_version *a, const struct causal_version *b)
{
	bool a_dir = a->state.kind == KIND_DIR,
	     b_dir = b->state.kind == KIND_DIR;

	if (a_dir != b_dir)
		return a_dir;
	if (a->copy != b->copy)
		return b->copy;
	if (a->state.mtime_ns != b->state.mtime_ns)
		return a->state.mtime_ns > b->state.mtime_ns;
	if (a->dot.replica != b->dot.replica)
		return a->dot.replica > b->dot.replica;
	return a->dot.counter > b->dot.counter;
}

const struct causal_version *
rules_winner(const struct causal_set *set, const char *path)
{
	const struct causal_version *living = NULL, *gone = NULL;

	VEC_EACH (&set->v, x) {
		const struct causal_version *v = *x;

		if (strcmp(v->path, path) != 0)
			continue;
		if (v->state.kind == KIND_GONE)
			gone = gone == NULL || beats(v, gone) ? v : gone;
		else if (rules_living(set, v))
			living =
			    living == NULL || beats(v, living) ? v : living;
	}
	return living != NULL ? living : gone;
}

bool
rules_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && path[len] == '/';
}

bool
rules_derived(const struct causal_set *set, const char *path)
{
	const struct causal_version *w = rules_winner(set, path);

	if (w != NULL && w->state.kind == KIND_DIR)
		return false;
	VEC_EACH (&set->v, x) {
		if (rules_below((*x)->path, path) && rules_living(set, *x))
			return true;
	}
	return false;
}

bool
rules_loses(const struct causal_set *set, const struct causal_version *v)
{
	const struct causal_version *w = rules_winner(set, v->path);
	bool derived = rules_derived(set, v->path);

	if (!rules_living(set, v) || v->copy || v->state.kind == KIND_DIR)
		return false;
	if (derived)
		return true;
	return w->state.kind != KIND_GONE &&
	       !name_equal(&w->state.content, &v->state.content);
}

bool
rules_has_copy(const struct causal_set *set, const struct causal_version *v)
{
	VEC_EACH (&set->v, x) {
		const struct causal_version *same = *x;

		if (!same_path(same, v) || same->copy_path == NULL ||
		    !name_equal(&same->state.content, &v->state.content))
			continue;
		VEC_EACH (&set->v, y) {
			if (strcmp((*y)->path, same->copy_path) == 0)
				return true;
		}
	}
	return false;
}

/* ---- a change ------------------------------------------------------------ */

/* What stood at the path before a change. */
static struct name
stood_here(bool based, const struct causal_version *base)
{
	struct name content = {0};

	if (based && base == NULL)
		name_dir(&content);
	else if (base != NULL && base->state.kind != KIND_GONE)
		content = base->state.content;
	return content;
}

/* What a delete takes away: what stood here; or, where nothing did, what was
 * wanted and nobody has. */
static struct name
taken_away(const struct causal_version *v, const struct causal_set *set,
    bool based, const struct causal_version *base)
{
	const struct causal_version *w = rules_winner(set, v->path);

	if ((based && base == NULL) ||
	    (base != NULL && base->state.kind != KIND_GONE) || w == NULL)
		return stood_here(based, base);
	return w->state.content;
}

/* Does a change cover s as well, a sibling of what it is based on? It must
 * not cover what could be lost by that. */
static bool
joins(const struct causal_version *v, const struct causal_set *set,
    const struct causal_version *s, const struct name *stood, bool gone_too)
{
	if (s->dot.replica == v->dot.replica)
		return true;
	if (s->state.kind == KIND_GONE)
		return gone_too;
	return name_equal(&s->state.content, &v->state.content) ||
	       name_equal(&s->state.content, stood) ||
	       (gone_too && !rules_living(set, s)) || rules_has_copy(set, s);
}

void
rules_make(struct causal_version *v, const struct causal_set *set, bool based,
    const struct causal_version *base, bool moved)
{
	bool gone = v->state.kind == KIND_GONE;
	struct name stood = stood_here(based, base);
	bool touch = !gone && base != NULL &&
		     base->state.kind == v->state.kind &&
		     name_equal(&stood, &v->state.content);

	if (base != NULL)
		rules_join(&v->vector, &base->vector);
	VEC_EACH (&set->v, s) {
		if (same_path(*s, v) &&
		    joins(v, set, *s, &stood, based && !touch))
			rules_join(&v->vector, &(*s)->vector);
	}
	rules_raise(&v->vector, v->dot);
	if (!gone)
		return;
	if (!moved)
		CAUSAL_PUSH(&v->deleted.v, taken_away(v, set, based, base));
	VEC_EACH (&set->v, s) {
		if (!same_path(*s, v) || !rules_covers(&v->vector, (*s)->dot))
			continue;
		VEC_EACH (&(*s)->deleted.v, name)
			CAUSAL_PUSH(&v->deleted.v, *name);
	}
}

/* ---- conflict copies ----------------------------------------------------- */

/* Where the extension of a name begins, its end if it has none. */
static size_t
extension_at(const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t leading = strspn(name, "."), len = strlen(name);

	if (dot == NULL || dot[1] == '\0' || (size_t)(dot - name) < leading ||
	    strlen(dot) > EXTENSION_MAX)
		return len;
	return (size_t)(dot - name);
}

/* The first digits of a hash of the whole dot. */
static void
tag_of(struct dot dot, char out[static TAG_CHARS + 1])
{
	uint8_t bytes[16], hash[HASH_BYTES];
	struct buf digits;

	for (int i = 0; i < 8; i++) {
		bytes[i] = (uint8_t)(dot.replica >> 8 * i);
		bytes[8 + i] = (uint8_t)(dot.counter >> 8 * i);
	}
	hash_bytes(span_of(bytes, sizeof bytes), hash);
	buf_init(&digits, 64);
	if (text_base32(&digits, span_of(hash, sizeof hash)) < 0)
		causal_memory(NULL);
	snprintf(out, TAG_CHARS + 1, "%.*s", TAG_CHARS, (char *)digits.p);
	buf_release(&digits);
}

char *
rules_copy_path(const struct causal_version *v)
{
	const char *slash = strrchr(v->path, '/');
	const char *name = slash ? slash + 1 : v->path;
	int64_t ns = v->state.mtime_ns;
	time_t second = ns / NS_PER_S - (ns % NS_PER_S < 0);
	size_t stem = extension_at(name), ext = strlen(name + stem), room;
	char stamp[32], tag[TAG_CHARS + 1], mark[64], *path;
	struct tm tm;
	int n;

	if (v->state.kind != KIND_FILE && v->state.kind != KIND_SYMLINK)
		return NULL;
	gmtime_r(&second, &tm);
	strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &tm);
	tag_of(v->dot, tag);
	n = snprintf(mark, sizeof mark, ".conflict-%s-%s", stamp, tag);
	room = LIMIT_NAME_BYTES - (size_t)n - ext;
	if (asprintf(&path, "%.*s%.*s%s%s", (int)(name - v->path), v->path,
		(int)(stem < room ? stem : room), name, mark, name + stem) < 0)
		causal_memory(NULL);
	return path;
}
