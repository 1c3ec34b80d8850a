/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch - kernel events in, dirty paths out.
 *
 * Keeps one watch a directory and remembers which path each one has. When
 * events were lost, a directory moved or the system's limit is reached, it
 * says so, and the folder scans what that covers. On the control thread.
 */
#ifndef DAEMON_WATCH_WATCH_H
#define DAEMON_WATCH_WATCH_H

#include "daemon/host/host.h"

enum watch_what {
	WATCH_NAME, /* something about dir/name; empty name: dir itself, of the
		     * root also that its .tutti went */
	WATCH_CLOSED, /* dir/name was closed after writing: hash it */
	WATCH_WRITING, /* dir/name is being written and not closed yet */
	WATCH_DIR, /* dir/name is a directory that came; its inode may be
			* that of the one that was there before */
	WATCH_LOST, /* events were lost: look at everything */
};

struct watch_event {
	enum watch_what what;
	struct span dir; /* folder-relative; empty for the root */
	struct span name;
	bool is_dir;
};

typedef void watch_cb(void *arg, const struct watch_event *event);

struct watch;

/* *out_watch is given. -EMFILE, -ENOMEM. */
int watch_new(const struct host *h, watch_cb *cb, void *arg,
    struct watch **out_watch) MUST_USE;
void watch_free(struct watch *w);

/*
 * Watches an open directory known as path; again is no error. A directory
 * that moved in from elsewhere in the tree takes its new path. -ENOSPC at
 * the system's limit: watch_limited is true from then on.
 */
int watch_add(struct watch *w, int dir, struct span path) MUST_USE;

/* Ends the watches of path and of all below it. */
void watch_drop(struct watch *w, struct span path);

/* Is the directory that was last known as path watched? */
bool watch_has(const struct watch *w, struct span path);

bool watch_limited(const struct watch *w);
size_t watch_count(const struct watch *w);

#endif
