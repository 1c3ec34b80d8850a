/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_test - the test cases of daemon/plan, and what they share: one path
 * with its entry, and the answers to what planning asks about the rest.
 */
#ifndef TESTS_DAEMON_PLAN_PLAN_TEST_H
#define TESTS_DAEMON_PLAN_PLAN_TEST_H

#include "daemon/plan/plan.h"
#include "tests/run.h"

run_tcase plan_look_tcase, plan_make_tcase, plan_act_tcase, plan_home_tcase,
    plan_cut_tcase, plan_fail_tcase, plan_meta_tcase, plan_wait_tcase,
    plan_keep_tcase, plan_copy_tcase;

/* All zero but for what scene_begin sets. */
struct scene {
	struct entry e;
	struct plan_ask ask;
	struct plan_action a; /* of the last scene_plan */
	/* what is asked: */
	bool orphan, occupied, unheld, unreachable;
	const char *known; /* the only other path that has a version */
	char copy_path[256]; /* known, of scene_know_copy */
	struct observation elsewhere; /* on disk at any other path */
	struct name wanted; /* at any other path */
	struct span meta; /* what the versions that are added say, */
	uint16_t bits; /* and their bits; 0: 0644 */
	struct span read; /* with what is on the disk, of metadata */
	bool moved; /* what stood here stands elsewhere */
	int fails; /* an error, given by whatever is asked */
	unsigned fails_after; /* as many are answered before */
	unsigned asked; /* so far */
};

void scene_begin(struct scene *s, const char *path);
void scene_end(struct scene *s);

/* Adds a version (contents are any word) of the dot {replica, counter} whose
 * vector is that alone; gives the version in the set. */
const struct version *scene_know(struct scene *s, enum kind kind,
    const char *content, int64_t mtime_ns, struct dot dot);

/* The same, superseding what is known. */
const struct version *scene_follow(struct scene *s, enum kind kind,
    const char *content, int64_t mtime_ns, struct dot dot);

/* Says that this loser's copy has a version. */
void scene_know_copy(struct scene *s, const struct version *loser);

/* Puts on the disk just what a version says, or what the words say. */
void scene_show(struct scene *s, const struct version *v);
void scene_disk(
    struct scene *s, int kind, const char *content, int64_t mtime_ns);

/* Base is the version, seen as it says; NULL: derived. */
void scene_base(struct scene *s, const struct version *v);
void scene_intent(struct scene *s, const struct version *v);

/* On the disk and base: v. */
void scene_settle(struct scene *s, const struct version *v);

/* A loser, which is given, stands here, and a winner is known. */
const struct version *scene_conflict(struct scene *s);

/* What plan_look says of what is on the disk, and plan_act. */
struct plan_seen scene_look(struct scene *s);
enum plan_what scene_plan(struct scene *s);

/* The version of the change that is on the disk; to be freed. */
struct version *scene_make(struct scene *s, struct dot dot);

/* Plans, and says why it waits. */
enum plan_why scene_waits(struct scene *s);

/* The name of a word; DIR's is a directory's. */
struct name word_name(const char *word);

#define DOT(r, c) ((struct dot){(r), (c)})

#endif
