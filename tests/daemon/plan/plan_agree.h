/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_agree - what its parts share: words that are read, replicas, and what
 * they do and say. All of them end the program where something is wrong.
 */
#ifndef TESTS_DAEMON_PLAN_PLAN_AGREE_H
#define TESTS_DAEMON_PLAN_PLAN_AGREE_H

#include "daemon/plan/plan.h"

#define SECOND INT64_C(1000000000)

enum { REPLICAS = 4, WORD_BYTES = 256 };

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

extern struct replica agree_replicas[REPLICAS];

/* Every version that was made. */
struct agree_versions {
	VEC(struct version *) v;
};
extern struct agree_versions agree_made;

/* Ends the program unless that is so. */
void agree_must(bool ok, const char *what);

/* ---- words: each reads the next of stdin --------------------------------- */

const char *agree_word(void); /* valid until the next is read */
uint64_t agree_number(void);
struct replica *agree_place(void);
struct dot agree_dot(void);
struct span agree_path(void); /* valid until the next path is read */

/* A content is its own name; and back. */
struct name agree_content(const char *text);
const char *agree_content_text(const struct name *name);

/* What the specification calls a path of ours; valid until the next call. */
const char *agree_theirs(struct span ours);

/* Learns both names of the conflict copy that a version may once have. */
void agree_learn(const struct version *v);
void agree_forget_words(void);

/* ---- a replica ----------------------------------------------------------- */

/* The entry, made when it is not there, with child_alive as of now. */
struct entry *agree_load(struct replica *r, struct span at);

void agree_add(struct names *names, const struct name *content);

/* Base or intent is that version, or derived (NULL), seen so (or NULL). */
void agree_on(struct agreement *a, const struct version *v,
    const struct observation *seen);
void agree_forget(struct agreement *a);

/* The dot of what is made here next; and stores that, which is taken. */
struct dot agree_next_dot(struct replica *r);
void agree_store_made(struct replica *r, struct version *v);

struct plan_ask agree_ask(struct replica *r, bool stream_open);

/* ---- what it does, and says ---------------------------------------------- */

void agree_scan(struct replica *r, struct span at);
void agree_copy(struct replica *r, struct span at);

/* Does what is planned for one path, fetching at once; with crash base hears
 * nothing of it. */
void agree_apply(struct replica *r, struct span at, bool crash);

void agree_say_path(struct replica *r, struct span at);
void agree_say_all(struct replica *r);

#endif
