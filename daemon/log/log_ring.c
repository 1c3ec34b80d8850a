/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file in two halves: NAME, which is added to, and NAME.1, the one before.
 * It is never synced: after a power cut the journal knows more.
 */
#include "daemon/log/log_internal.h"

#include <errno.h>
#include <stdio.h>

/* Says on stderr that the file is done without: it is not opened again. */
static void
ring_failed(struct log *log, int rc)
{
	char text[128];
	int n;

	if (log->ring_fd >= 0)
		host_close(log->host, log->ring_fd);
	log->ring_fd = -1;
	n = snprintf(
	    text, sizeof text, "log_file_failed error=\"%s\"", err_text(rc));
	log_stderr_line(log, LOG_LEVEL_WARN, span_of(text, (size_t)n));
}

void
log_ring_open(struct log *log)
{
	struct host_stat st;
	int rc;

	rc = host_open(log->host, log->ring_dir, log->ring_name,
	    HOST_WRITE | HOST_CREATE, &log->ring_fd);
	if (rc == 0)
		rc = host_stat_fd(log->host, log->ring_fd, &st);
	if (rc < 0) {
		ring_failed(log, rc);
		return;
	}
	log->ring_at = st.size;
}

static void
ring_turn(struct log *log)
{
	char older[sizeof log->ring_name + 2];
	int rc;

	host_close(log->host, log->ring_fd);
	log->ring_fd = -1;
	snprintf(older, sizeof older, "%s.1", log->ring_name);
	rc = host_rename(log->host, log->ring_dir, log->ring_name,
	    log->ring_dir, older, HOST_REPLACE);
	if (rc < 0)
		ring_failed(log, rc);
	else
		log_ring_open(log);
}

/* Writes whole lines. */
static void
ring_write(struct log *log, struct span lines)
{
	int rc;

	if (log->ring_fd >= 0 && log->ring_at > 0 &&
	    log->ring_at + lines.len > log->ring_half)
		ring_turn(log);
	if (log->ring_fd < 0)
		return;
	rc = host_write_at(
	    log->host, log->ring_fd, lines.p, lines.len, log->ring_at);
	/* A full disk passes; the lines' place is written over then. */
	if (rc == -ENOSPC || rc == -EDQUOT)
		return;
	if (rc < 0)
		ring_failed(log, rc);
	else
		log->ring_at += lines.len;
}

void
log_ring_flush(struct log *log)
{
	if (log->held_ring.len > 0)
		ring_write(log, buf_span(&log->held_ring));
	buf_clear(&log->held_ring);
}

void
log_ring_add(struct log *log, struct span line)
{
	struct buf *held = &log->held_ring;
	size_t at;

	if (log->ring_fd < 0)
		return;
	if (held->len + line.len + 1 > log->ring_half)
		log_ring_flush(log);
	at = held->len;
	if (buf_add(held, line) < 0 || buf_add(held, SPAN_LIT("\n")) < 0)
		held->len = at; /* without memory it is not written */
	if (!log->held || held->len >= LOG_HELD_RING)
		log_ring_flush(log);
}
