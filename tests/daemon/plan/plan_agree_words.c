/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/plan/plan_agree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A conflict copy has two names: the specification's, and ours. */
struct alias {
	char theirs[WORD_BYTES];
	char ours[WORD_BYTES];
};

static struct {
	VEC(struct alias) v;
} aliases;

void
agree_must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "plan_agree: %s\n", what);
	exit(2);
}

const char *
agree_word(void)
{
	static char text[WORD_BYTES];

	agree_must(scanf("%255s", text) == 1, "a line ends early");
	return text;
}

uint64_t
agree_number(void)
{
	return strtoull(agree_word(), NULL, 10);
}

struct replica *
agree_place(void)
{
	uint64_t n = agree_number();

	agree_must(n < REPLICAS, "no such place");
	return &agree_replicas[n];
}

struct dot
agree_dot(void)
{
	struct dot d = {.replica = agree_number()};

	d.counter = agree_number();
	return d;
}

struct name
agree_content(const char *text)
{
	struct name name = {0};

	if (strcmp(text, "DIR") == 0)
		name_dir(&name);
	else
		memcpy(name.b, text, strlen(text) + 1);
	return name;
}

const char *
agree_content_text(const struct name *name)
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
	agree_must(false, "a copy of nothing");
	return NULL;
}

const char *
agree_theirs(struct span ours)
{
	static char plain[WORD_BYTES];

	VEC_EACH (&aliases.v, it)
		if (span_equal(span_str(it->ours), ours))
			return it->theirs;
	snprintf(
	    plain, sizeof plain, "%.*s", (int)ours.len, (const char *)ours.p);
	return plain;
}

struct span
agree_path(void)
{
	static char text[WORD_BYTES];

	snprintf(text, sizeof text, "%s", ours_of(agree_word()));
	return span_str(text);
}

void
agree_learn(const struct version *v)
{
	struct alias a;
	struct buf b;

	if (v->kind != KIND_FILE)
		return;
	snprintf(a.theirs, sizeof a.theirs, "%.120s~%d-%" PRIu64 ".%" PRIu64,
	    agree_theirs(v->path), (int)(v->mtime_ns / SECOND), v->dot.replica,
	    v->dot.counter);
	buf_init(&b, WORD_BYTES - 1);
	agree_must(conflict_path(v, &b) == 0, "no conflict path");
	memcpy(a.ours, b.p, b.len);
	a.ours[b.len] = 0;
	buf_release(&b);
	VEC_EACH (&aliases.v, it)
		agree_must(
		    strcmp(it->ours, a.ours) != 0, "two copies, one name");
	agree_must(VEC_PUSH(&aliases.v, a) == 0, "no memory");
}

void
agree_forget_words(void)
{
	VEC_RELEASE(&aliases.v);
}
