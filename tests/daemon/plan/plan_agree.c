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
#include "tests/daemon/plan/plan_agree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
forget_database(struct replica *r)
{
	VEC_EACH (&r->entries.v, it) {
		agree_forget(&(*it)->base);
		agree_forget(&(*it)->intent);
		version_set_release(&(*it)->known);
	}
	vector_release(&r->knowledge);
	r->counter = 0;
}

static void
begin(void)
{
	for (size_t i = 0; i < REPLICAS; i++) {
		struct replica *r = &agree_replicas[i];

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
	VEC_EACH (&agree_made.v, it)
		version_free(*it);
	VEC_RELEASE(&agree_made.v);
	agree_forget_words();
}

static void
step_new(struct replica *r)
{
	forget_database(r);
	r->number = agree_number();
	r->fresh = agree_number() != 0;
}

static void
step_disk(struct replica *r)
{
	struct entry *e = agree_load(r, agree_path());
	const char *kind = agree_word();

	e->disk = (struct observation){0};
	if (strcmp(kind, "-") == 0)
		return;
	e->disk.kind = strcmp(kind, "dir") == 0 ? KIND_DIR : KIND_FILE;
	e->disk.content = agree_content(agree_word());
	e->disk.mtime_ns = (int64_t)agree_number() * SECOND;
	e->disk.bits = (uint16_t)agree_number();
	e->disk.size = e->disk.kind == KIND_FILE;
}

static void
step_store(struct replica *r)
{
	struct dot d = agree_dot();
	struct version *v = NULL;
	bool is_new;

	VEC_EACH (&agree_made.v, it)
		if (dot_equal((*it)->dot, d))
			agree_must(version_copy(*it, &v) == 0, "no memory");
	agree_must(v != NULL, "no such version");
	agree_must(version_set_add(
		       &agree_load(r, v->path)->known, v, NULL, &is_new) == 0,
	    "not stored");
}

static void
step_end(struct replica *r)
{
	for (uint64_t n = agree_number(); n > 0; n--)
		agree_must(
		    vector_raise(&r->knowledge, agree_dot()) == 0, "no memory");
	r->fresh = false;
}

static void
step_scan(struct replica *r)
{
	agree_scan(r, agree_path());
}

static void
step_copy(struct replica *r)
{
	agree_copy(r, agree_path());
}

static void
step_apply(struct replica *r)
{
	struct span at = agree_path();

	agree_apply(r, at, agree_number() != 0);
}

static void
step_reach(struct replica *r)
{
	r->reach = (unsigned)agree_number();
}

static void
step_open(struct replica *r)
{
	r->stream_open = agree_number() != 0;
}

static void
step_path(struct replica *r)
{
	agree_say_path(r, agree_path());
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
    {"all", agree_say_all},
};

static void
step(const char *verb)
{
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (strcmp(verb, steps[i].verb) == 0) {
			steps[i].step(agree_place());
			return;
		}
	agree_must(false, "no such step");
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
