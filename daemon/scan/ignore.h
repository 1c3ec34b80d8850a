/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ignore - which paths a folder leaves alone.
 *
 * Rules in gitignore's syntax, compiled with PCRE2: from .tuttiignore files
 * (they travel with the folder, each speaks of its own directory and below),
 * from a machine's own folder configuration (final) and a short built-in
 * list (editor swap and lock files, partial downloads, trash folders), which
 * a "!" pattern re-enables. Later rules win; the machine's own come last.
 * Immutable once built, so that jobs on several threads can ask.
 */
#ifndef DAEMON_SCAN_IGNORE_H
#define DAEMON_SCAN_IGNORE_H

#include "proto/base/buf.h"

struct ignore_rules;

/* One source of rules: text, and the directory it speaks of. */
struct ignore_source {
	struct span dir; /* folder-relative; empty for the root */
	struct span text; /* lines */
};

/*
 * Builds rules from the built-in list, then the travelling sources (in order
 * of depth), then the machine's own text. Lines that do not compile are left
 * out and counted in *out_bad. *out_rules has one reference. -ENOMEM.
 */
int ignore_new(const struct ignore_source *sources, size_t n, struct span own,
    size_t *out_bad, struct ignore_rules **out_rules) MUST_USE;

/* References are counted atomically. NULL is allowed. */
struct ignore_rules *ignore_ref(struct ignore_rules *rules);
void ignore_unref(struct ignore_rules *rules);

/*
 * Says whether the path, a directory's or not, is ignored, by a rule of its
 * own or because a directory above it is. NULL rules ignore nothing.
 */
bool ignore_match(const struct ignore_rules *rules, struct span path, bool dir);

/* As ignore_match, and appends the rule that decided ("pattern" from
 * "source") to out for tutti ignore test. */
int ignore_explain(const struct ignore_rules *rules, struct span path, bool dir,
    struct buf *out, bool *out_ignored) MUST_USE;

#endif
