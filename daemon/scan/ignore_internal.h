/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ignore_internal - gitignore's lines, one at a time.
 */
#ifndef DAEMON_SCAN_IGNORE_INTERNAL_H
#define DAEMON_SCAN_IGNORE_INTERNAL_H

#include "daemon/scan/ignore.h"

/* A pattern longer than this is a mistake, or somebody's trick. */
enum { IGNORE_LINE_BYTES = 4096 };

/* What a line says. */
struct ignore_line {
	struct span whole; /* as written, without trailing blanks */
	struct span glob; /* without "!" and the slashes at its ends */
	bool negate; /* "!": not ignored after all */
	bool dir_only; /* it ended in a slash */
	bool base_only; /* no other slash: of names at any depth */
};

/*
 * Takes the next line off *text that holds a pattern. Borrows. false: there
 * is none.
 */
bool ignore_line(struct span *text, struct ignore_line *out);

/*
 * Appends the regular expression of a glob (git's wildmatch with slashes
 * apart), for a whole subject of bytes with DOTALL. What it makes takes time
 * linear in the subject for each byte of the glob. ERR_GRAMMAR when the glob
 * can match nothing (an open bracket, a class nobody knows, a lone backslash
 * at the end); -ENOMEM, ERR_LIMIT.
 */
int ignore_glob(struct span glob, struct buf *out) MUST_USE;

/* The lines that hold for every folder. Static. */
struct span ignore_builtin(void);

/*
 * As ignore_match for a path whose directories are known not to be ignored:
 * one look a name, for walks that come from above.
 */
bool ignore_match_child(
    const struct ignore_rules *rules, struct span path, bool dir);

#endif
