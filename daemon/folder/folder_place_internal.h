/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder_place_internal - clones of what is on this disk already.
 */
#ifndef DAEMON_FOLDER_FOLDER_PLACE_INTERNAL_H
#define DAEMON_FOLDER_FOLDER_PLACE_INTERNAL_H

#include "daemon/folder/folder_internal.h"

/*
 * Each begins a fetch of v's content for a path, which a job makes in the stage
 * of what stays where it is; none when there is no room for another file.
 */

/* ---- folder_clone.c ------------------------------------------------------ */

/* Of the file at donor, of this folder. */
int folder_clone_file(struct folder *f, const struct version *v,
    struct span path, struct span donor) MUST_USE;

/* Of a file in quarantine. */
int folder_clone_kept(struct folder *f, const struct version *v,
    struct span path, int64_t id) MUST_USE;

/* Of a kept version: 1 when there is one. */
int folder_clone_past(
    struct folder *f, const struct version *v, struct span path) MUST_USE;

/* An empty file needs none to be of. */
int folder_clone_nothing(
    struct folder *f, const struct plan_action *a) MUST_USE;

#endif
