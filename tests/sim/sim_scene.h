/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_scene - a history told step by step: who does what on which machine,
 * when they can reach each other, what is to be seen in the end.
 *
 * The tests of LESSONS.md are scenes. Whatever is not as it must be fails the
 * test that is running (check). Texts are the whole content of a file; paths
 * are below the folder. TUTTI_SIM_SHOW=1 prints what happens; with
 * CK_RUN_CASE, CK_FORK=no and TUTTI_SIM_DEBUG=1 a failure is soon seen.
 */
#ifndef TESTS_SIM_SIM_SCENE_H
#define TESTS_SIM_SIM_SCENE_H

#include "tests/run.h"
#include "tests/sim/sim_node.h"
#include "tests/sim/sim_script.h"

enum { ADA, BOB, CY, DEE }; /* the machines, in their order */

struct scene {
	struct sim *sim;
	unsigned n;
	struct sim_node *node[SCRIPT_NODES_MAX];
	struct sim_host *host[SCRIPT_NODES_MAX];
};

/* A world of n machines of one seed, that reach each other and are down. */
struct scene scene_set(unsigned n, int seed);

/* Stops all that are up, and sees that they left nothing open. */
void scene_end(struct scene *s);

/* Starts one, or all that are down. */
void scene_up(struct scene *s, unsigned who);
void scene_all_up(struct scene *s);
void scene_down(struct scene *s, unsigned who);

/* ---- users --------------------------------------------------------------- */

void scene_write(struct scene *s, unsigned who, const char *path, const char *);
void scene_put(struct scene *s, unsigned who, const char *path, struct span);
void scene_save(struct scene *s, unsigned who, const char *path, const char *);
void scene_append(struct scene *s, unsigned who, const char *path, struct span);
void scene_mkdir(struct scene *s, unsigned who, const char *path);
void scene_symlink(
    struct scene *s, unsigned who, const char *target, const char *path);
void scene_rename(
    struct scene *s, unsigned who, const char *from, const char *to);
void scene_exchange(
    struct scene *s, unsigned who, const char *a, const char *b);
void scene_remove(struct scene *s, unsigned who, const char *path);
void scene_chmod(struct scene *s, unsigned who, const char *path, int bits);

/* An attribute of users: NULL removes it. */
void scene_attr(struct scene *s, unsigned who, const char *path,
    const char *name, const char *value);

/* Sets its mtime to so many seconds after the world began. */
void scene_touch(
    struct scene *s, unsigned who, const char *path, int64_t seconds);

/* Len bytes that do not compress, made of a number; owned by the caller. */
struct buf scene_noise(size_t len, uint64_t number);

/* ---- the world ----------------------------------------------------------- */

/* Nobody reaches anybody, or all do again. */
void scene_part(struct scene *s);
void scene_meet(struct scene *s);

/* Two reach each other, or not. */
void scene_link(struct scene *s, unsigned a, unsigned b, bool on);

/* Lets so much of their time pass. */
void scene_wait(struct scene *s, int64_t seconds);

/* Each alone: long enough to see and note what its user did. */
void scene_note(struct scene *s);

/* Until all rest, connected, for good; then all trees are equal. */
void scene_rest(struct scene *s);

/* ---- what is to be seen -------------------------------------------------- */

/* On one machine or on all: a file of that text, or nothing for NULL. */
void scene_sees(
    struct scene *s, unsigned who, const char *path, const char *text);
void scene_shows(struct scene *s, const char *path, const char *text);
bool scene_has(struct scene *s, unsigned who, const char *path);

/* Has a path there just these attributes: "user.a=1 user.b=2 "? */
bool scene_attrs_are(
    struct scene *s, unsigned who, const char *path, const char *text);

/* Names in a machine's tree, directories included. */
size_t scene_names(struct scene *s, unsigned who);
/* Names among its kept versions, of the root's. */
size_t scene_kept(struct scene *s, unsigned who);

/* Its conflict copies. */
size_t scene_copies(struct scene *s, unsigned who);

/* The only conflict copy of that text; its path is the caller's to free. */
char *scene_copy(struct scene *s, unsigned who, const char *text);

/* What status says of the folder, to be released; a machine that is up. */
struct node_status scene_status(struct scene *s, unsigned who);

#endif
