/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log - events to stderr (or the journal), a bounded file, and sinks.
 *
 *	log_info(log, "folder_opened", LOG_STR("folder", id),
 *	    LOG_INT("files", n));
 *	2026-11-22T06:16:00.123Z info folder_opened folder=docs files=12
 *
 * An event is a name of lower case and '_' and typed fields; values from
 * outside are escaped (text_escape), and quoted where a blank or quote is in
 * them. Secrets have no field type. Whoever stops an error logs it, once.
 *
 * Each event name may come LOG_BURST times at once, then once in
 * LOG_INTERVAL_MS, saying how many were left out (suppressed=N). Audit events,
 * one for every remote change to a user's file, are never left out.
 *
 * Control thread only: a job gives what it has to say to its done. Nothing
 * here fails for the caller: what cannot be written is dropped, and said on
 * the other ways that are left. All memory is in the struct, passed around.
 */
#ifndef DAEMON_LOG_LOG_H
#define DAEMON_LOG_LOG_H

#include "daemon/host/host.h"

enum {
	LOG_BURST = 10,
	LOG_INTERVAL_MS = 10000,
	LOG_LINE_BYTES = 32 << 10, /* longer ones are cut */
	LOG_HELD_STDERR = 4096, /* gathered: a pipe takes so many as one */
	LOG_HELD_RING = 32 << 10,
};

enum log_level {
	LOG_LEVEL_ERR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

enum log_stderr {
	LOG_STDERR_NONE,
	LOG_STDERR_PLAIN, /* time, level, event, fields */
	LOG_STDERR_JOURNAL, /* <N>event, fields: the journal has the rest */
};

enum log_type {
	LOG_TYPE_NONE, /* ends a list of fields */
	LOG_TYPE_EVENT, /* begins one: the event's name */
	LOG_TYPE_STR,
	LOG_TYPE_SPAN,
	LOG_TYPE_INT,
	LOG_TYPE_UINT,
	LOG_TYPE_BOOL,
	LOG_TYPE_ERR,
	LOG_TYPE_ID,
	LOG_TYPE_DOT,
};

/* One key=value; what it points to is borrowed for the call. */
struct log_field {
	const char *key; /* ours, never from outside */
	enum log_type type;
	union {
		const char *str;
		struct span span;
		int64_t num;
		uint64_t count;
		bool flag;
		int err;
		const uint8_t *id;
		struct dot dot;
	} as;
};

#define LOG_FIELD(k, t, member, v)                                             \
	((struct log_field){.key = (k), .type = (t), .as.member = (v)})

/* A string; NULL is shown as "-". */
#define LOG_STR(key, v) LOG_FIELD(key, LOG_TYPE_STR, str, v)
/* Any bytes; paths are bytes. */
#define LOG_SPAN(key, v) LOG_FIELD(key, LOG_TYPE_SPAN, span, v)
#define LOG_PATH(key, v) LOG_FIELD(key, LOG_TYPE_SPAN, span, v)
#define LOG_INT(key, v) LOG_FIELD(key, LOG_TYPE_INT, num, v)
#define LOG_UINT(key, v) LOG_FIELD(key, LOG_TYPE_UINT, count, v)
#define LOG_BOOL(key, v) LOG_FIELD(key, LOG_TYPE_BOOL, flag, v)
/* An error in words, err_text. */
#define LOG_ERR(key, v) LOG_FIELD(key, LOG_TYPE_ERR, err, v)
/* A device's 32 bytes, text_id. */
#define LOG_ID(key, v) LOG_FIELD(key, LOG_TYPE_ID, id, v)
/* A dot: the replica in 16 hex digits, '.', the counter. */
#define LOG_DOT(key, v) LOG_FIELD(key, LOG_TYPE_DOT, dot, v)

/* What a sink is told; all of it borrowed for the call. */
struct log_record {
	int64_t time_ns; /* since 1970 */
	enum log_level level;
	bool audit;
	bool left_out; /* only sinks that hear all are told */
	const struct log_field *fields; /* the event first, NONE last */
	uint64_t suppressed; /* of this name, left out before this one */
	struct span line; /* time, level, event, fields; no newline */
};

/*
 * Hears events, whatever ways they take otherwise. Embedded in its owner's
 * struct; may be removed from inside cb. What cb itself logs goes to no sink.
 */
struct log_sink {
	void (*cb)(void *arg, const struct log_record *record);
	void *arg;
	enum log_level level; /* and graver ones */
	bool all; /* also what is left out everywhere else */
	struct log_sink *next; /* ours */
};

/* Writes a whole line, its newline included, to stderr: host_uv_stderr. */
typedef void log_write(void *arg, struct span line);

struct log_options {
	enum log_level level; /* of stderr and the file, and graver ones */
	enum log_stderr to_stderr;
	log_write *write; /* NULL with LOG_STDERR_NONE */
	void *write_arg;
	int ring_dir; /* borrowed until log_release, or -1 for no file */
	const char *ring_name; /* the older half is ring_name.1; copied */
	uint64_t ring_bytes; /* both halves together at most */
};

struct log_limit; /* what is known of one event's rate */

struct log {
	const struct host *host;
	enum log_level level;
	enum log_stderr to_stderr;
	log_write *write;
	void *write_arg;
	int ring_dir;
	int ring_fd; /* or -1 */
	uint64_t ring_at; /* bytes in it */
	uint64_t ring_half; /* where the next one begins */
	char ring_name[LIMIT_NAME_BYTES + 1];
	bool held; /* lines are gathered: log_hold */
	struct buf held_stderr, held_ring;
	struct log_sink *sinks;
	bool in_sink;
	VEC(struct log_limit) limits;
	size_t n_silenced; /* limits with something left out */
};

/*
 * Makes a log; host is borrowed until log_release. A file that cannot be
 * opened is said on stderr and done without. ERR_LIMIT: ring_name too long.
 */
int log_init(struct log *log, const struct host *host,
    const struct log_options *options) MUST_USE;

/* Says what is still left out, closes the file. */
void log_release(struct log *log);

/*
 * From log_hold to log_flush lines are gathered, and written many at once:
 * for whoever has thousands to say. Sinks are told at once.
 */
void log_hold(struct log *log);
void log_flush(struct log *log);

/* Begins, and ends, telling a sink; sink is borrowed in between. */
void log_add_sink(struct log *log, struct log_sink *sink);
void log_remove_sink(struct log *log, struct log_sink *sink);

/* How stderr is best written: JOURNAL when it leads there ($JOURNAL_STREAM). */
enum log_stderr log_stderr_kind(const struct host *host);

/* "err", "warn", "info", "debug"; static. */
const char *log_level_name(enum log_level level);

/* Reads a level's name. ERR_CONFIG when it is none. */
int log_level_parse(const char *name, enum log_level *out) MUST_USE;

/*
 * Appends a field's value as escaped text, without key or quotes. -ENOMEM,
 * ERR_LIMIT.
 */
int log_field_text(const struct log_field *field, struct buf *out) MUST_USE;

/* Writes an event; through the macros below. */
void log_event(struct log *log, enum log_level level, bool audit,
    const struct log_field *fields);

#define LOG_EVENT(level, audit, log, event, ...)                               \
	log_event(log, level, audit,                                           \
	    (const struct log_field[]){                                        \
		LOG_FIELD("event", LOG_TYPE_EVENT, str, event), ##__VA_ARGS__, \
		{.type = LOG_TYPE_NONE}})

/* log_info(log, "event", fields ...): see the top. */
#define log_err(...) LOG_EVENT(LOG_LEVEL_ERR, false, __VA_ARGS__)
#define log_warn(...) LOG_EVENT(LOG_LEVEL_WARN, false, __VA_ARGS__)
#define log_info(...) LOG_EVENT(LOG_LEVEL_INFO, false, __VA_ARGS__)
#define log_debug(...) LOG_EVENT(LOG_LEVEL_DEBUG, false, __VA_ARGS__)
#define log_audit(...) LOG_EVENT(LOG_LEVEL_INFO, true, __VA_ARGS__)

#endif
