/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder_place_internal - clones of what is on this disk already.
 */
#ifndef DAEMON_FOLDER_FOLDER_PLACE_INTERNAL_H
#define DAEMON_FOLDER_FOLDER_PLACE_INTERNAL_H

#include "daemon/folder/folder_internal.h"

/*
 * ---- folder_clone.c: copies of what is on this disk ------------------------
 *
 * Each begins to copy a file into the stage, as v's content for a path: a fetch
 * that a job fills. 0, also where there is no room for another file, which is
 * noted; else an error. In a batch.
 */

/* Copies the file at donor, of this folder. */
int folder_clone_file(struct folder *f, const struct version *v,
    struct span path, struct span donor) MUST_USE;

/* Copies a file in quarantine. */
int folder_clone_kept(struct folder *f, const struct version *v,
    struct span path, int64_t id) MUST_USE;

/* Copies a kept version. 1: there is one, also where there is no room for the
 * copy; 0: there is none; error. */
int folder_clone_past(
    struct folder *f, const struct version *v, struct span path) MUST_USE;

/* Makes an empty file, which needs no source. */
int folder_clone_nothing(
    struct folder *f, const struct plan_action *a) MUST_USE;

#endif
