/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder_work_internal - what the files of works share: the table of them, what
 * is noted before their job, and what is taken after it.
 */
#ifndef DAEMON_FOLDER_FOLDER_WORK_INTERNAL_H
#define DAEMON_FOLDER_FOLDER_WORK_INTERNAL_H

#include "daemon/folder/folder_internal.h"

/*
 * Ends guarding a path, if it is guarded: the job is over, or there will be
 * none. Was the path to be hashed, then so is where its file went, if to has a
 * name: a store through a mapping changes no times, and what tells of it names
 * the path of that moment.
 */
void folder_work_unguard(struct folder *f, struct span path, struct span to);

/* May something come out of its path with it, to its kept_id? */
bool folder_work_displaces(const struct apply_item *it);

/* What was to be placed at a free name was not: forgets that it was to be. */
int folder_work_unintend(struct folder *f, const struct work *w) MUST_USE;

/* ---- folder_redo.c ------------------------------------------------------- */

/* Open paths that are gone through for another that a file may have served;
 * where there are more, nothing is concluded. */
enum { WORK_OPEN_MAX = 1000 };

/* Is it noted that v was about to be applied? */
bool folder_work_intends(const struct entry *e, const struct version *v);

/*
 * Was the file that was not found placed before a stop? Of what came to
 * quarantine before the machine started this is not said: a power cut may have
 * taken it; nor where it may have served another name. 1, 0, error.
 */
int folder_work_was_placed(struct folder *f, const struct work *w,
    const struct apply_item *it) MUST_USE;

/* Stores that it was placed, as was lost, and looks whether it is there: a user
 * may have taken it away since. */
int folder_work_redo(struct folder *f, const struct work *w) MUST_USE;

/*
 * Stores quarantine's row for what the work takes from the path; fills in the
 * rest of *k, whose id, content, time and maker are the caller's. In a batch.
 */
int folder_work_note_kept(struct folder *f, const struct work *w,
    struct index_kept *k, const struct buf *path) MUST_USE;

/* Takes the result of one path, and drops its work. In a batch. */
int folder_work_take(struct folder *f, struct apply_item *it) MUST_USE;

#endif
