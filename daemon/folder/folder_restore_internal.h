/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder_restore_internal - one restore, from what is asked to what was done:
 * what has to be done is found, prepared, and done by a job.
 */
#ifndef DAEMON_FOLDER_FOLDER_RESTORE_INTERNAL_H
#define DAEMON_FOLDER_FOLDER_RESTORE_INTERNAL_H

#include "daemon/folder/folder_internal.h"

/* Where kept versions are, and what may become one, from the folder's root. */
#define RESTORE_VERSIONS ".tutti/versions/"
#define RESTORE_QUARANTINE ".tutti/quarantine/"

struct folder_restoring {
	struct folder *folder;
	folder_changed_cb *done;
	void *arg;
	struct folder_changes changes;
	/* of each item of apply */
	VEC(size_t) change; /* which one it is of; SIZE_MAX: a directory */
	VEC(struct index_maker) was; /* who made what is displaced */
	struct stage_job stage;
	struct apply_job apply;
};

/* ---- folder_restore_find.c ----------------------------------------------- */

/* Fills in the changes. ERR_NOTFOUND: nothing was ever known of the path. */
int folder_restore_find(struct folder_restoring *r,
    const struct folder_restore_options *o) MUST_USE;

/* ---- folder_restore_prepare.c -------------------------------------------- */

/* Makes items of the changes; a batch notes what they will displace. */
int folder_restore_prepare(struct folder_restoring *r) MUST_USE;
/* Is it one that is to be done? */
bool folder_restore_doable(const struct folder_change *c);
/* Stores quarantine's row for what the item displaces: is about to, if
 * since_ns is 0; else has displaced, then. In a batch. */
int folder_restore_put_kept(struct folder *f, const struct apply_item *it,
    const struct index_maker *was, int64_t since_ns) MUST_USE;

#endif
