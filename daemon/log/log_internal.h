/* SPDX-License-Identifier: Apache-2.0 */
/* log_internal - what the log's source files share. */
#ifndef DAEMON_LOG_LOG_INTERNAL_H
#define DAEMON_LOG_LOG_INTERNAL_H

#include "daemon/log/log.h"

/* A bucket that holds LOG_BURST and gains one in each LOG_INTERVAL_MS. */
struct log_limit {
	const char *event; /* a literal */
	int64_t
	    filled_ns; /* when it last gained, on the clock that never jumps */
	unsigned left;
	uint64_t suppressed;
};

/* Appends "event key=value ...", cut when too long. -ENOMEM, ERR_LIMIT. */
int log_format_fields(const struct log_field *fields, struct buf *out) MUST_USE;

/* Appends a time in RFC 3339, UTC, with milliseconds. -ENOMEM, ERR_LIMIT. */
int log_format_time(int64_t time_ns, struct buf *out) MUST_USE;

/*
 * Asks whether an event may be written now. If so *out_suppressed is how many
 * were left out since the last one, and is forgotten.
 */
bool log_limit_pass(
    struct log *log, const char *event, uint64_t *out_suppressed);

/*
 * Finds an event with some left out that may be told (all: at once), and
 * forgets them. NULL when there is none.
 */
const char *log_limit_overdue(
    struct log *log, bool all, uint64_t *out_suppressed);

/* Opens the file, or does without. */
void log_ring_open(struct log *log);

/* Adds a line and its newline, beginning a new half when it is time. */
void log_ring_add(struct log *log, struct span line);

/* Writes what was gathered there. */
void log_ring_flush(struct log *log);

/* Writes a line to stderr as it likes it. */
void log_stderr_line(struct log *log, enum log_level level, struct span line);

#endif
