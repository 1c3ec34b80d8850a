/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path - names of things below a folder's root, as peers exchange them.
 *
 * A path is relative, of one to LIMIT_PATH_BYTES bytes, components parted by
 * one '/', kept byte for byte in whatever encoding the user chose. The root
 * itself has no path. Nothing here touches a file system.
 */
#ifndef PROTO_BASE_PATH_H
#define PROTO_BASE_PATH_H

#include "proto/base/buf.h"

/*
 * Says whether bytes are a path that may be stored and acted on: no empty
 * component, no "." or "..", no NUL, no component over LIMIT_NAME_BYTES, and
 * no component that is ".tutti" in any case, which is ours (LESSONS 29).
 */
bool path_valid(struct span path);

/* Says whether bytes are one component that path_valid would allow. */
bool path_name_valid(struct span name);

/* The directory part, empty for a path of one component. Borrows. */
struct span path_parent(struct span path);

/* The last component. Borrows. */
struct span path_name(struct span path);

/* Says whether path lies below dir; everything lies below the empty one. */
bool path_below(struct span path, struct span dir);

/* Appends dir, a '/' unless either is empty, and name to out. Errors of
 * buf_add. */
int path_join(struct buf *out, struct span dir, struct span name) MUST_USE;

/* The end of a name from its last dot on, as ".txt"; empty when there is none:
 * the dots that a name begins with part nothing, nor does what is longer than
 * 17 bytes. Borrows. */
struct span path_extension(struct span name);

/* The first bytes of a name, max at most, not ending inside a UTF-8 sequence.
 * Borrows. */
struct span path_cut(struct span name, size_t max);

#endif
