/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder_root_internal - what was found at a root, and what is remembered of
 * it.
 *
 * .tutti/folder holds the folder's id and a token; the database holds the
 * same token, and the root's file system and inode. The token is renewed at
 * start and stop: when the two differ, one of them was restored from a
 * backup (LESSONS 11). A backup of the tree that was made while we ran has the
 * token that we left when we did not stop well, but its marker was written by
 * another: so the database holds when the marker's inode changed, too.
 */
#ifndef DAEMON_FOLDER_FOLDER_ROOT_INTERNAL_H
#define DAEMON_FOLDER_FOLDER_ROOT_INTERNAL_H

#include "daemon/folder/folder_internal.h"

#define ROOT_MARKER_DIR ".tutti"

/* Random bytes. */
enum { ROOT_TOKEN_BYTES = 16 };

/* What was found at the root, and what is remembered of it. */
struct root {
	bool marked; /* the marker is there */
	struct buf id; /* and says this */
	uint8_t token[ROOT_TOKEN_BYTES];
	int64_t changed_ns; /* its ctime */
	bool known; /* the database has seen a root */
	uint8_t fs[16]; /* its file system then */
	uint64_t ino;
	uint8_t tokens[2 * ROOT_TOKEN_BYTES]; /* the last two we wrote */
	int64_t noted_ns; /* the ctime of the first's marker; 0: not noted */
	bool emptied; /* and found it empty since, without the marker */
	struct host_fs now_fs;
	struct host_stat now;
	bool empty; /* nothing of the user's is in it */
};

/* ---- folder_marker.c ----------------------------------------------------- */

/* Looks at the open root and recalls it; r->id is ready, and stays the
 * caller's. Sets f->dev. */
int root_look(struct folder *f, struct root *r) MUST_USE;

/* Says in r->empty whether nothing in the root is anybody's. */
int root_look_for_names(struct folder *f, struct root *r) MUST_USE;

/* Notes whether an emptied root is to be accepted: also one that fills again,
 * for how much of it is back cannot be told. */
int root_note_emptied(struct folder *f, bool emptied) MUST_USE;

/* Gives marker and database a new token. */
int root_renew_token(struct folder *f, struct root *r) MUST_USE;

#endif
