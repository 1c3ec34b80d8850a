/* SPDX-License-Identifier: Apache-2.0 */
/* peer_internal - what the files of daemon/peer share. */
#ifndef DAEMON_PEER_PEER_INTERNAL_H
#define DAEMON_PEER_PEER_INTERNAL_H

#include "daemon/peer/peer.h"

enum peer_state {
	PEER_GREETING, /* our HELLO is out, theirs is awaited */
	PEER_READY,
	PEER_CLOSED,
	PEER_STATES
};

/* One folder of the session; offered by us, by them, or both. */
struct peer_link {
	struct peer_link *next;
	struct peer *peer;
	void *owner;
	char id[LIMIT_FOLDER_ID_BYTES + 1];
	bool ours, theirs; /* who offered */
	bool up; /* the owner knows of it */
	uint16_t our_channel; /* messages to us carry it */
	uint16_t their_channel; /* messages to them carry it */
	struct buf offer; /* their FOLDER, kept until we offer too */
};

struct peer {
	enum peer_state state;
	const struct host *host;
	struct log *log;
	struct peer_channel channel;
	const struct peer_cbs *cbs;
	void *arg;
	char name[LIMIT_PEER_NAME_BYTES + 1];
	struct peer_link *links;
	size_t n_links;
	uint16_t next_channel;
	struct msg_zstd zstd;
	bool halts, metadata; /* they named the feature */
	int64_t heard_ns, said_ns; /* monotonic */
};

/* Theirs is used when they name it, too: PROTOCOL.md, "A session". */
#define PEER_FEATURE_HALT SPAN_LIT("halt")
#define PEER_FEATURE_METADATA SPAN_LIT("metadata")

/* Sends any message, written or not yet. Once one could not be sent, the
 * session says nothing more. */
int peer_send(struct peer *p, const struct msg *m) MUST_USE;
int peer_send_bytes(struct peer *p, struct span message) MUST_USE;

/* Their FOLDER or UNFOLDER. */
int peer_take_folder(struct peer *p, struct msg *m, struct span raw) MUST_USE;
int peer_take_unfolder(struct peer *p, struct msg *m) MUST_USE;

/* The link whose messages to us carry this channel, or NULL. */
struct peer_link *peer_find_channel(struct peer *p, uint16_t channel);

/* Takes all links down and frees them. */
void peer_drop_links(struct peer *p);

#endif
