/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder_serve_internal - an answering job, as the control thread makes it and
 * a worker runs it.
 */
#ifndef DAEMON_FOLDER_FOLDER_SERVE_INTERNAL_H
#define DAEMON_FOLDER_FOLDER_SERVE_INTERNAL_H

#include "daemon/folder/folder_internal.h"

/* One answer in the making. */
struct answer {
	uint32_t id;
	bool verify;
	bool made; /* bytes are there without reading: a list */
	struct buf path; /* of the file that holds the content; or, */
	int64_t past; /* if not 0: its name as that kept version */
	struct observation expect;
	struct name content;
	uint64_t at;
	uint32_t len;
	struct chunk *chunks; /* to verify them by, or NULL */
	uint32_t n_chunks;
	size_t bytes_at; /* where the bytes begin in the job's */
	int rc; /* 0, or it is not found; ERR_CHANGED: look */
};

/* A job under way: answers for one link. */
struct serve {
	struct folder *folder;
	struct folder_link *link;
	const struct host *host;
	int root, versions;
	uint16_t channel; /* theirs: a job must not ask the link */
	VEC(struct answer) answers;
	size_t len; /* of what is to be read */
	struct buf bytes;
	struct buf message;
	int base; /* below which is open: */
	struct span parent; /* the directory of an answer */
	int dir; /* it, or -1 */
	int rc;
};

/* The job: reads what is not made yet, and puts the message together. */
void folder_serve_run(void *serve);

#endif
