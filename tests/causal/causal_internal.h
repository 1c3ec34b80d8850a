/* SPDX-License-Identifier: Apache-2.0 */
/* causal_internal - what the files of tests/causal share. */
#ifndef TESTS_CAUSAL_CAUSAL_INTERNAL_H
#define TESTS_CAUSAL_CAUSAL_INTERNAL_H

#include "tests/causal/causal.h"

struct causal_names {
	VEC(struct name) v;
};

struct causal_version {
	char *path; /* owned, as all */
	char *copy_path; /* where it goes to when it loses; NULL: nowhere */
	struct causal_state state; /* KIND_GONE for a delete */
	bool copy; /* an untouched conflict copy */
	bool renewed; /* it had another dot before, and its copy that name */
	struct dot dot;
	struct causal_dots vector; /* each replica once */
	struct causal_names deleted; /* by a gone and those it covers */
	unsigned maker;
};

/* Versions that no other one of them supersedes, of all paths. */
struct causal_set {
	VEC(const struct causal_version *) v;
};

/* What a user did to a path and no version says yet. */
struct causal_run {
	char *path;
	struct causal_state first; /* what stood there before it */
	struct causal_dots saw; /* versions that stood there */
	VEC(struct causal_state) left; /* the last is what is there now */
	bool earlier; /* begun before the machine's process */
};

/* What a user sees where he is about to change something. */
struct causal_sight {
	char *path;
	struct causal_state state;
	struct causal_dots versions; /* known ones that state just that */
};

struct causal_machine {
	struct causal_set known;
	VEC(struct causal_run) runs;
	VEC(struct causal_sight) about;
	VEC(struct dot) unasked; /* versions of what no user changed */
	VEC(char *) returned; /* paths that late edits came back to */
	struct causal_dots shown; /* versions that it said it applied */
	bool died; /* once: of what its users saw it may not know */
};

/* A content that users left in files. */
struct causal_content {
	struct name name;
	bool taken; /* by who replaced or removed what had it, wherever */
	uint64_t step; /* of a user's, in which it was */
	bool again; /* left or taken more than once: it may be gone */
};

struct causal {
	unsigned n;
	VEC(struct causal_content) contents;
	uint64_t steps; /* of users */
	struct causal_machine machines[CAUSAL_MACHINES];
	VEC(struct causal_version *) all;
	char wrong[700]; /* empty: nothing */
};

/* Notes what is wrong, unless something was. */
void causal_fail(struct causal *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void *causal_memory(void *p); /* or the end of the program */
#define CAUSAL_PUSH(v, ...)                                                    \
	((void)(VEC_PUSH(v, __VA_ARGS__) ? causal_memory(NULL) : NULL))

struct causal_version *causal_find(struct causal *c, struct dot dot);

/* ---- the rules (causal_rules.c) ------------------------------------------ */

bool rules_covers(const struct causal_dots *vector, struct dot dot);
void rules_join(struct causal_dots *vector, const struct causal_dots *other);
void rules_raise(struct causal_dots *vector, struct dot dot);

/* Takes v in, drops what it supersedes; nothing if it is superseded. */
void rules_add(struct causal_set *set, const struct causal_version *v);

/* The winner of a path, NULL if there is no version. */
const struct causal_version *rules_winner(
    const struct causal_set *set, const char *path);
bool rules_living(const struct causal_set *set, const struct causal_version *v);

bool rules_below(const char *path, const char *dir);

/* Is the path a directory by what lives below it alone? */
bool rules_derived(const struct causal_set *set, const char *path);

/* Is it a version that loses to what is wanted at its path? */
bool rules_loses(const struct causal_set *set, const struct causal_version *v);

/* Is it a gone that deletes this content? */
bool rules_deletes(const struct causal_version *v, const struct name *content);

/* Has a conflict copy of its content a version, living or gone? */
bool rules_has_copy(
    const struct causal_set *set, const struct causal_version *v);

/* Fills in the vector, and what it deleted, of a version made where set was
 * known, on a disk that agreed with base (NULL: with no version, though based
 * says that it did agree). Of what was moved the content is not deleted. */
void rules_make(struct causal_version *v, const struct causal_set *set,
    bool based, const struct causal_version *base, bool moved);

/* Where the conflict copy of a version goes, given; NULL: none can be made. */
char *rules_copy_path(const struct causal_version *v);

/* ---- users (causal_user.c) ----------------------------------------------- */

/* A machine made a version; based on that one, if any. */
void user_said(struct causal *c, unsigned machine,
    const struct causal_version *v, const struct causal_version *base);
/* It says that what was there, that content, only moved. */
void user_moved(struct causal *c, unsigned machine, const char *path,
    const struct name *content);
/* A machine makes a conflict copy of a loser. */
void user_copied(
    struct causal *c, unsigned machine, const struct causal_version *loser);
/* One that it made has another dot. */
void user_renewed(struct causal_machine *m, const struct causal_version *was,
    const struct causal_version *v);
void user_rest(struct causal *c, unsigned machine);
void user_release(struct causal_machine *m);

#endif
