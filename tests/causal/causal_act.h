/* SPDX-License-Identifier: Apache-2.0 */
/*
 * causal_act - a user's act on a folder, whatever file system it is on, step
 * by step; each step is told to the model with what stood there before.
 */
#ifndef TESTS_CAUSAL_CAUSAL_ACT_H
#define TESTS_CAUSAL_CAUSAL_ACT_H

#include "tests/causal/causal.h"

/* A machine's folder; paths are below it. All return 0 or -errno. */
struct causal_files {
	void *arg;
	/* What stands at a path; nothing for what cannot be. */
	void (*state)(void *arg, const char *path, struct causal_state *out);
	/* Calls cb with each name in a directory, "" for the root. */
	int (*list)(
	    void *arg, const char *dir, causal_path_cb *cb, void *cb_arg);
	int (*write)(void *arg, const char *path, struct span, bool append);
	int (*mkdir)(void *arg, const char *path);
	int (*rmdir)(void *arg, const char *path);
	int (*unlink)(void *arg, const char *path);
	int (*rename)(void *arg, const char *from, const char *to);
	int (*symlink)(void *arg, const char *target, const char *path);
	int (*chmod)(void *arg, const char *path, int bits);
	int (*touch)(void *arg, const char *path, int64_t mtime_ns);
	int64_t (*now)(void *arg); /* the machine's clock, ns since 1970 */
	bool tells; /* it calls causal_see by itself, at the very moment */
};

enum causal_what {
	CAUSAL_WRITE,
	CAUSAL_SAVE,
	CAUSAL_APPEND,
	CAUSAL_MKDIR,
	CAUSAL_REMOVE, /* with all that is below */
	CAUSAL_RENAME,
	CAUSAL_SYMLINK,
	CAUSAL_CHMOD,
	CAUSAL_TOUCH,
	CAUSAL_COPY_REMOVE, /* some conflict copy that is shown */
	CAUSAL_COPY_EDIT,
	CAUSAL_COPY_BACK,
	CAUSAL_WHATS
};

struct causal_act {
	struct causal *model;
	unsigned machine;
	const struct causal_files *files;
	enum causal_what what;
	const char *path, *to;
	size_t number; /* of the act; its content is made of it and its luck */
	uint64_t luck;
	bool astray; /* set by files: what is written went somewhere else */
};

const char *causal_what_name(enum causal_what what);

/* An act at random: of those that happen often more, on one of n paths. */
enum causal_what causal_choose(uint64_t luck);
const char *causal_path(uint64_t luck);

/* Does it: 0, or -errno of the step that did not succeed. */
int causal_act_run(struct causal_act *a);

/* Tells the model what stands at a path and below, before a change. */
void causal_see(struct causal *c, unsigned machine,
    const struct causal_files *files, const char *path);

enum { CAUSAL_PATH_BYTES = 2048 };

/* Puts a path together; dir is "" for the root. */
void causal_join(
    char out[static CAUSAL_PATH_BYTES], const char *dir, const char *name);

/* Calls cb with each path below a directory, parents first; of what is at the
 * top, ".tutti" is left out. */
void causal_each_below(const struct causal_files *files, const char *dir,
    causal_path_cb *cb, void *arg);

/* Reads all of a folder so. */
void causal_tree_read(const struct causal_files *files, struct causal_tree *);

#endif
