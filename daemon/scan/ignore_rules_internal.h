/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ignore_rules - what lines are made into.
 *
 * Rules of one source that follow each other with the same sign are a run:
 * in whatever order they are tried, they say the same. A run's globs are
 * put together into few regular expressions, so that a name is tried
 * against all of them at once. The last run that matches decides.
 */
#ifndef DAEMON_SCAN_IGNORE_RULES_INTERNAL_H
#define DAEMON_SCAN_IGNORE_RULES_INTERNAL_H

#include <stdatomic.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "daemon/scan/ignore_internal.h"
#include "proto/base/vec.h"

/* One glob's expression, at most. */
enum { IGNORE_GLOB_BYTES = 256 << 10 };

struct ignore_from {
	uint32_t dir_at, dir_len; /* of texts: the directory it speaks of */
	const char *label; /* NULL: that directory's .tuttiignore */
};

struct ignore_rule {
	uint32_t at, len; /* of texts: the line, for people */
};

struct ignore_code {
	pcre2_code *re;
	bool dir_only;
	bool base_only;
};

struct ignore_run {
	size_t source;
	bool negate;
	size_t rule_from, rule_to;
	size_t code_from, code_to;
};

struct ignore_rules {
	atomic_uint refs;
	pcre2_match_context *limits; /* shared, never changed */
	struct buf texts;
	VEC(struct ignore_from) sources;
	VEC(struct ignore_rule) rules;
	VEC(struct ignore_code) codes;
	VEC(struct ignore_run) runs;
};

/* Compiles an expression; *out_re is NULL when it does not. -ENOMEM. */
int ignore_compile(struct span text, pcre2_code **out_re) MUST_USE;

/* Does an expression match all of subject? What cannot be told does not. */
bool ignore_code_matches(const struct ignore_rules *rules, const pcre2_code *re,
    struct span subject, pcre2_match_data *data);

/* The directory that a source speaks of. */
struct span ignore_source_dir(
    const struct ignore_rules *rules, const struct ignore_from *source);

/* The path as a source sees it; false: it does not. */
bool ignore_seen_from(const struct ignore_rules *rules, size_t source,
    struct span path, struct span *out);

/*
 * The run that decides, or NULL, and of which part of path: of itself, or of
 * a directory above it that is ignored.
 */
const struct ignore_run *ignore_decide(const struct ignore_rules *rules,
    struct span path, bool dir, struct span *out_part);

#endif
