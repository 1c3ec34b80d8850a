/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model_agree - asks proto/model what model_agree.py asks the executable
 * specification (LESSONS 82).
 *
 * On stdin, words in lines; a number is decimal, a content any word:
 *
 *	v PATH KIND CONTENT MTIME COPY REPLICA COUNTER N N*(REPLICA COUNTER)
 *	  M M*CONTENT		adds a version to the set
 *	k REPLICA COUNTER	that version's conflict copy has a version
 *	ask DERIVED		answers in one line, and begins anew
 *
 * The answer: dots of the set; the winner's; those that live; the losers,
 * each with its conflict copy's path; those that have a copy; parted by '|'.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/model/model.h"

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "model_agree: %s\n", what);
	exit(2);
}

static const char *
word(void)
{
	static char text[256];

	must(scanf("%255s", text) == 1, "a line ends early");
	return text;
}

static uint64_t
number(void)
{
	return strtoull(word(), NULL, 10);
}

static struct dot
dot(void)
{
	struct dot d = {.replica = number()};

	d.counter = number();
	return d;
}

static struct name
content(void)
{
	const char *text = word();
	struct name name;

	if (strcmp(text, "DIR") == 0)
		name_dir(&name);
	else
		name_chunk(span_str(text), &name);
	return name;
}

static enum kind
kind(void)
{
	const char *text = word();

	if (strcmp(text, "dir") == 0)
		return KIND_DIR;
	return strcmp(text, "gone") == 0 ? KIND_GONE : KIND_FILE;
}

static int
by_name(const void *a, const void *b)
{
	return name_compare(a, b);
}

static void
add(struct version_set *set)
{
	char path[256];
	struct name deleted[256];
	struct version d = {.deleted = deleted}, *v;
	bool new;

	snprintf(path, sizeof path, "%s", word());
	d.path = span_str(path);
	d.kind = kind();
	d.content = content();
	d.mtime_ns = (int64_t)number() * 1000000000;
	d.copy = number() != 0;
	d.dot = dot();
	for (uint64_t n = number(); n > 0; n--)
		must(vector_raise(&d.vector, dot()) == 0, "no memory");
	d.n_deleted = number();
	must(d.n_deleted < 256, "too many deleted");
	for (size_t i = 0; i < d.n_deleted; i++)
		deleted[i] = content();
	qsort(deleted, d.n_deleted, sizeof *deleted, by_name);
	must(version_new(&d, &v) == 0, "not a version");
	must(version_set_add(set, v, NULL, &new) == 0, "not added");
	vector_release(&d.vector);
}

/* The versions whose copies are known. */
struct known {
	VEC(struct dot) v;
	const struct version_set *set;
};

static int
known(void *arg, struct span path)
{
	const struct known *k = arg;
	struct buf b;
	bool found = false;

	buf_init(&b, LIMIT_PATH_BYTES);
	VEC_EACH (&k->v, it) {
		const struct version *v = version_set_find(k->set, *it);

		buf_clear(&b);
		must(v != NULL && conflict_path(v, &b) == 0, "no such copy");
		found |= span_equal(path, buf_span(&b));
	}
	buf_release(&b);
	return found;
}

static void
put_dot(const struct version *v)
{
	printf(" %" PRIu64 ".%" PRIu64, v->dot.replica, v->dot.counter);
}

static void
put_losers(const struct version_set *set, bool derived)
{
	struct loser_list losers = {0};
	struct buf b;

	buf_init(&b, LIMIT_PATH_BYTES);
	must(version_set_losers(set, derived, &losers) == 0, "losers");
	VEC_EACH (&losers.v, it) {
		put_dot(*it);
		buf_clear(&b);
		must(conflict_path(*it, &b) == 0, "no path");
		printf(" %.*s", (int)b.len, (const char *)b.p);
	}
	VEC_RELEASE(&losers.v);
	buf_release(&b);
}

static void
answer(const struct version_set *set, struct known *k, bool derived)
{
	const struct version *winner = version_set_winner(set);
	bool has;

	k->set = set;
	VEC_EACH (&set->v, it)
		put_dot(*it);
	printf(" |");
	if (winner != NULL)
		put_dot(winner);
	printf(" |");
	VEC_EACH (&set->v, it)
		if (version_set_living(set, *it))
			put_dot(*it);
	printf(" |");
	put_losers(set, derived);
	printf(" |");
	VEC_EACH (&set->v, it) {
		must(conflict_has_copy(set, *it, known, k, &has) == 0, "copy");
		if ((*it)->kind != KIND_GONE && has)
			put_dot(*it);
	}
	printf("\n");
	fflush(stdout);
}

int
main(void)
{
	struct version_set set = {0};
	struct known k = {.set = NULL};
	char verb[8];

	while (scanf("%7s", verb) == 1) {
		if (verb[0] == 'v') {
			add(&set);
		} else if (verb[0] == 'k') {
			must(VEC_PUSH(&k.v, dot()) == 0, "no memory");
		} else {
			answer(&set, &k, number() != 0);
			version_set_release(&set);
			k.v.n = 0;
		}
	}
	VEC_RELEASE(&k.v);
	version_set_release(&set);
	return 0;
}
