/* SPDX-License-Identifier: Apache-2.0 */
/* The answers, in the words of the specification. */
#include "tests/daemon/plan/plan_agree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
		    agree_content_text(&o->content),
		    (int)(o->mtime_ns / SECOND), o->bits);
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

	agree_must(v->n_deleted < 64, "too many deleted");
	for (size_t i = 0; i < v->n_deleted; i++)
		texts[i] = agree_content_text(&v->deleted[i]);
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
		printf(",%s,%d,%d", agree_content_text(&v->content),
		    (int)(v->mtime_ns / SECOND), v->bits);
	printf("%s:", v->copy ? ",copy" : "");
	say_vector(&v->vector);
	printf(":");
	say_deleted(v);
}

void
agree_say_path(struct replica *r, struct span at)
{
	const struct entry *e = agree_load(r, at);
	bool derived;
	const struct version *want = entry_wanted(e, &derived);

	printf("%s disk ", agree_theirs(at));
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
void
agree_say_all(struct replica *r)
{
	printf("K ");
	say_vector(&r->knowledge);
	printf("\n");
	for (size_t i = 0; i < r->entries.v.n; i++)
		if (!is_empty(r->entries.v.items[i]))
			agree_say_path(r, entry_path(r->entries.v.items[i]));
	printf("end\n");
	fflush(stdout);
}
