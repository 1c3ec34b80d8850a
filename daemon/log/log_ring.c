/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file in two halves: NAME, which is added to, and NAME.1, the one before.
 * It is never synced: after a power cut the journal knows more.
 */
#include "daemon/log/log_internal.h"

#include <errno.h>
#include <stdio.h>

/* Says once, on stderr, that the file is done without. */
static void
ring_failed(struct log *log, int rc)
{
	char text[128];
	int n;

	if (log->ring_fd >= 0)
		host_close(log->host, log->ring_fd);
	log->ring_fd = -1;
	if (log->ring_failed)
		return;
	log->ring_failed = true;
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

void
log_ring_add(struct log *log, struct span line)
{
	int rc;

	if (log->ring_fd >= 0 && log->ring_at > 0 &&
	    log->ring_at + line.len + 1 > log->ring_half)
		ring_turn(log);
	if (log->ring_fd < 0)
		return;
	rc = host_write_at(
	    log->host, log->ring_fd, line.p, line.len, log->ring_at);
	if (rc == 0)
		rc = host_write_at(
		    log->host, log->ring_fd, "\n", 1, log->ring_at + line.len);
	/* A full disk passes; the line's place is written over then. */
	if (rc == -ENOSPC || rc == -EDQUOT)
		return;
	if (rc < 0)
		ring_failed(log, rc);
	else
		log->ring_at += line.len + 1;
}
