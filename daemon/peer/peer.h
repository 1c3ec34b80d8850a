/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer - one session with a peer: messages in, messages out. No sockets.
 *
 * In come whole messages from an authenticated channel; each is parsed, held
 * against the table of what is legal when, and handed to the folder that it
 * speaks of. Out go messages through struct peer_channel. Also the sending
 * half of streams (peer_stream.h). Used by daemon/node, which brings
 * sessions, channels and folders together; on the control thread.
 */
#ifndef DAEMON_PEER_PEER_H
#define DAEMON_PEER_PEER_H

#include "daemon/host/host.h"
#include "daemon/log/log.h"
#include "proto/msg/msg.h"

/* The format of a folder's records, names and chunking. */
enum { PEER_FORMAT = 1 };

struct peer;
struct peer_link; /* one folder of one session, offered by both sides */

/* What carries a session's messages. */
struct peer_channel {
	void *arg;
	/* Queues one message, copied. ERR_LIMIT: too much is queued. */
	int (*send)(void *arg, struct span message);
	/* Bytes queued and not yet out. */
	size_t (*queued)(void *arg);
};

/* What a session tells its owner. None is called from inside a call of the
 * owner's but link_up, by peer_offer. */
struct peer_cbs {
	/* HELLO was exchanged: folders may be offered. */
	void (*ready)(void *arg, struct peer *p);
	/* Both sides offered the folder (theirs is borrowed, read it now); or
	 * they offered it anew: the link is then the same. */
	void (*link_up)(
	    void *arg, struct peer_link *l, const struct msg_folder *theirs);
	/* A message about the folder; an error ends the session. */
	int (*link_message)(void *arg, struct peer_link *l, struct msg *m);
	/* They, or we, no longer offer it, or the session ends: l is freed
	 * afterwards. */
	void (*link_down)(void *arg, struct peer_link *l);
	/* They offer a folder that we do not. */
	void (*offered)(void *arg, struct peer *p, struct span id);
};

struct peer_options {
	const struct host *host;
	struct log *log;
	const char *name; /* the peer's here, for the log; copied */
	struct span device; /* our own name, for HELLO */
	struct peer_channel channel;
	const struct peer_cbs *cbs;
	void *arg;
};

/* Makes a session over a channel that stands, and says HELLO. */
int peer_new(
    const struct peer_options *options, struct peer **out_peer) MUST_USE;

/* Takes the links down and frees; sends nothing. NULL is allowed. */
void peer_free(struct peer *p);

/* One whole message came. On an error the channel has to be closed; the
 * reason was sent as CLOSE and logged. ERR_CLOSED: they said CLOSE. */
int peer_message(struct peer *p, struct span bytes) MUST_USE;

/* Says CLOSE; the caller closes the channel. */
void peer_bye(struct peer *p, enum msg_reason reason, const char *text);

/* To be called every few seconds: pings when silent; ERR_CLOSED when the
 * other end has been silent for LIMIT_IDLE_MS. */
int peer_tick(struct peer *p) MUST_USE;

bool peer_ready(const struct peer *p);
const char *peer_name(const struct peer *p);
void *peer_arg(const struct peer *p);

/*
 * Offers a folder, or offers it anew with other knowledge: mine's channel is
 * chosen here, the rest copied into the message. owner is what link_owner
 * gives. -ENOMEM, ERR_LIMIT.
 */
int peer_offer(struct peer *p, struct msg_folder *mine, void *owner) MUST_USE;

/* Takes an offer back. */
void peer_unoffer(struct peer *p, struct span id);

void *link_owner(const struct peer_link *l);
struct peer *link_peer(const struct peer_link *l);

/* The channel number that messages about this folder carry. */
uint16_t link_channel(const struct peer_link *l);

/* Writes and sends a message. ERR_LIMIT, -ENOMEM. */
int link_send(struct peer_link *l, const struct msg *m) MUST_USE;

/* Sends a message that msg_write made already, on a worker say. */
int link_send_bytes(struct peer_link *l, struct span message) MUST_USE;

/* May HALT be sent? */
bool link_halts(const struct peer_link *l);

/* May versions be sent that have metadata? */
bool link_takes_metadata(const struct peer_link *l);

/* Says whether more should be produced for this session now. */
bool link_has_room(const struct peer_link *l);

#endif
