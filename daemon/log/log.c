/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/log/log_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STDERR_FD = 2 };

static const char *const level_names[] = {
    [LOG_LEVEL_ERR] = "err",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_DEBUG] = "debug",
};

/* syslog(3)'s numbers, which the journal reads at the start of a line. */
static const int journal_levels[] = {
    [LOG_LEVEL_ERR] = 3,
    [LOG_LEVEL_WARN] = 4,
    [LOG_LEVEL_INFO] = 6,
    [LOG_LEVEL_DEBUG] = 7,
};

int
log_init(
    struct log *log, const struct host *host, const struct log_options *options)
{
	*log = (struct log){
	    .host = host,
	    .level = options->level,
	    .to_stderr = options->to_stderr,
	    .write = options->write,
	    .write_arg = options->write_arg,
	    .ring_dir = options->ring_dir,
	    .ring_fd = -1,
	    .ring_half = options->ring_bytes / 2,
	};
	buf_init(&log->held_stderr, LOG_HELD_STDERR);
	buf_init(&log->held_ring, LOG_HELD_RING + LOG_LINE_BYTES + 1);
	if (log->ring_dir < 0)
		return 0;
	/* Leaves room for ".1". */
	if (strlen(options->ring_name) + 2 >= sizeof log->ring_name)
		return ERR_LIMIT;
	snprintf(
	    log->ring_name, sizeof log->ring_name, "%s", options->ring_name);
	log_ring_open(log);
	return 0;
}

void
log_add_sink(struct log *log, struct log_sink *sink)
{
	sink->next = log->sinks;
	log->sinks = sink;
}

void
log_remove_sink(struct log *log, struct log_sink *sink)
{
	struct log_sink **at = &log->sinks;

	while (*at != NULL && *at != sink)
		at = &(*at)->next;
	if (*at != NULL)
		*at = sink->next;
}

enum log_stderr
log_stderr_kind(const struct host *host)
{
	const char *journal = getenv("JOURNAL_STREAM");
	unsigned long long dev;
	unsigned long long ino;
	struct host_stat st;

	if (host_stat_fd(host, STDERR_FD, &st) < 0)
		return LOG_STDERR_NONE;
	/* The variable is inherited also by what was redirected since. */
	if (journal != NULL && sscanf(journal, "%llu:%llu", &dev, &ino) == 2 &&
	    dev == st.dev && ino == st.ino)
		return LOG_STDERR_JOURNAL;
	return LOG_STDERR_PLAIN;
}

const char *
log_level_name(enum log_level level)
{
	return level_names[level];
}

int
log_level_parse(const char *name, enum log_level *out)
{
	for (int i = LOG_LEVEL_ERR; i <= LOG_LEVEL_DEBUG; i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*out = (enum log_level)i;
			return 0;
		}
	}
	return ERR_CONFIG;
}

/* Gathers a line, newline included. False: there is no room for it. */
static bool
gather_stderr(struct log *log, struct span line)
{
	struct buf *held = &log->held_stderr;

	if (held->len > 0 && held->len + line.len > LOG_HELD_STDERR) {
		log->write(log->write_arg, buf_span(held));
		buf_clear(held);
	}
	return buf_add(held, line) == 0;
}

/* One line, one write: others may be writing there too. */
void
log_stderr_line(struct log *log, enum log_level level, struct span line)
{
	struct buf whole;
	int rc = 0;

	if (log->to_stderr == LOG_STDERR_NONE)
		return;
	buf_init(&whole, LOG_LINE_BYTES + 8);
	if (log->to_stderr == LOG_STDERR_JOURNAL)
		rc = buf_addf(&whole, "<%d>", journal_levels[level]);
	if (rc == 0)
		rc = buf_add(&whole, line);
	if (rc == 0)
		rc = buf_add(&whole, SPAN_LIT("\n"));
	if (rc == 0 && !(log->held && gather_stderr(log, buf_span(&whole))))
		log->write(log->write_arg, buf_span(&whole));
	buf_release(&whole);
}

/* Tells the sinks; the next is noted first, for one may remove itself. */
static void
tell_sinks(struct log *log, const struct log_record *record)
{
	struct log_sink *sink = log->sinks;

	if (log->in_sink)
		return;
	log->in_sink = true;
	while (sink != NULL) {
		struct log_sink *next = sink->next;

		if (record->level <= sink->level &&
		    (sink->all || !record->left_out))
			sink->cb(sink->arg, record);
		sink = next;
	}
	log->in_sink = false;
}

/* Makes the line; *out_body is where the event begins in it. */
static int
make_line(const struct log_record *record, struct buf *line, size_t *out_body)
{
	int rc = log_format_time(record->time_ns, line);

	if (rc == 0)
		rc = buf_addf(line, " %s ", level_names[record->level]);
	if (rc < 0)
		return rc;
	*out_body = line->len;
	rc = log_format_fields(record->fields, line);
	if (rc == 0 && record->suppressed > 0)
		rc = buf_addf(line, " suppressed=%llu",
		    (unsigned long long)record->suppressed);
	return rc == ERR_LIMIT ? 0 : rc; /* cut, but said */
}

static void
write_record(struct log *log, struct log_record *record)
{
	struct buf line;
	size_t body;

	buf_init(&line, LOG_LINE_BYTES);
	if (make_line(record, &line, &body) < 0)
		goto out;
	record->line = buf_span(&line);
	if (!record->left_out &&
	    (record->level <= log->level || record->audit)) {
		bool journal = log->to_stderr == LOG_STDERR_JOURNAL;
		size_t from = journal ? body : 0;

		log_stderr_line(log, record->level,
		    span_of(line.p + from, line.len - from));
		log_ring_add(log, record->line);
	}
	tell_sinks(log, record);
out:
	buf_release(&line);
}

/* Is there anybody who wants it? */
static bool
wanted(const struct log *log, enum log_level level, bool audit)
{
	if (audit || level <= log->level)
		return true;
	for (const struct log_sink *s = log->sinks; s != NULL; s = s->next)
		if (level <= s->level)
			return true;
	return false;
}

/* Is there a sink that is told even of what is left out? */
static bool
heard_anyway(const struct log *log, enum log_level level)
{
	for (const struct log_sink *s = log->sinks; s != NULL; s = s->next)
		if (s->all && level <= s->level)
			return true;
	return false;
}

/* Says what was left out of events that have not come again since. */
static void
write_overdue(struct log *log, bool all)
{
	uint64_t n;
	const char *event;

	while ((event = log_limit_overdue(log, all, &n)) != NULL) {
		const struct log_field fields[] = {
		    LOG_FIELD("event", LOG_TYPE_EVENT, str, "log_suppressed"),
		    LOG_STR("name", event),
		    LOG_UINT("times", n),
		    {.type = LOG_TYPE_NONE},
		};
		struct log_record record = {
		    .time_ns = host_now_ns(log->host),
		    .level = LOG_LEVEL_INFO,
		    .fields = fields,
		};

		write_record(log, &record);
	}
}

void
log_event(struct log *log, enum log_level level, bool audit,
    const struct log_field *fields)
{
	struct log_record record = {
	    .level = level, .audit = audit, .fields = fields};

	if (!wanted(log, level, audit))
		return;
	record.left_out = !audit && !log_limit_pass(log, fields[0].as.str,
					&record.suppressed);
	if (record.left_out && !heard_anyway(log, level))
		return;
	record.time_ns = host_now_ns(log->host);
	write_record(log, &record);
	if (log->n_silenced > 0)
		write_overdue(log, false);
}

void
log_hold(struct log *log)
{
	log->held = true;
}

void
log_flush(struct log *log)
{
	log->held = false;
	if (log->held_stderr.len > 0)
		log->write(log->write_arg, buf_span(&log->held_stderr));
	buf_clear(&log->held_stderr);
	log_ring_flush(log);
}

void
log_release(struct log *log)
{
	write_overdue(log, true);
	log_flush(log);
	buf_release(&log->held_stderr);
	buf_release(&log->held_ring);
	if (log->ring_fd >= 0)
		host_close(log->host, log->ring_fd);
	log->ring_fd = -1;
	VEC_RELEASE(&log->limits);
}
