/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer_stream - the sending half of a stream of versions, one link's.
 *
 * Sends every version whose dot the other end's knowledge does not cover, in
 * order of dots, then what arrived meanwhile, then the knowledge noted at
 * the start; from then on follows what arrives. Reads only what the index
 * committed. DESIGN.md section 2, "Streams"; model.py, class Session.
 */
#ifndef DAEMON_PEER_PEER_STREAM_H
#define DAEMON_PEER_PEER_STREAM_H

#include "daemon/index/index.h"
#include "proto/msg/msg.h"

struct peer_stream {
	enum { STREAM_SENDING, STREAM_BEHIND, STREAM_FOLLOWING } phase;
	unsigned source; /* the receiver's number: what it sent is not
			  * sent back */
	struct vector skip; /* the receiver's knowledge */
	struct vector noted; /* ours, at the start */
	struct vector told; /* ours, as last sent */
	struct dot cursor; /* the last dot sent in order */
	struct dot behind; /* BEHIND a resume point: the last dot sent */
	struct dot behind_end;
	int64_t arrival; /* what arrived up to here was sent, or is sent in
			  * order of dots */
	bool first; /* the next message begins the stream */
	bool resumed; /* at the point that they named */
};

/* Begins, from a FOLDER message of the other end. -ENOMEM. */
int peer_stream_start(struct peer_stream *s, struct index *ix,
    const struct msg_folder *theirs, unsigned source) MUST_USE;
void peer_stream_release(struct peer_stream *s);

/* A batch and what its message borrows from. */
struct peer_batch {
	struct msg_versions m;
	VEC(struct msg_record) records;
	struct index_versions list;
	size_t bytes; /* of the records, as they are sent */
	bool full; /* no more records fit into its message */
};
void peer_batch_release(struct peer_batch *batch);

/*
 * Puts together the next batch of at most n versions, 1 to
 * LIMIT_BATCH_RECORDS, or as many as fit into a message, in *out, which is
 * released by the caller in any case; m's channel is the caller's to set. 1
 * when there is a batch, 0 when there is nothing to send now, or an error.
 */
int peer_stream_step(struct peer_stream *s, struct index *ix, size_t n,
    struct peer_batch *out) MUST_USE;

/* Says whether everything up to now was sent. */
bool peer_stream_idle(const struct peer_stream *s, const struct index *ix);

#endif
