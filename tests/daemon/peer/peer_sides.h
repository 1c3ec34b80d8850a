/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer_sides - the two ends of a session, a and b, whose messages lie in
 * queues until they are passed on, and a fake clock.
 */
#ifndef TESTS_DAEMON_PEER_PEER_SIDES_H
#define TESTS_DAEMON_PEER_PEER_SIDES_H

#include "daemon/peer/peer_internal.h"

#define SIDE_MS INT64_C(1000000)

/* One end. */
struct side {
	struct peer *p;
	struct message {
		struct buf bytes;
	} queue[600]; /* said, not yet passed on */
	size_t n, passed;
	int refuse; /* the channel's next answers */
	size_t queued;
	/* what the session told */
	int ready, ups, downs, messages, offers, answer;
	struct peer_link *link;
	uint16_t their_channel;
	char offered[LIMIT_FOLDER_ID_BYTES + 1];
	bool offer_at_once;
};

extern struct side a, b;
extern int64_t side_clock_ns;

/* Before and after each test. */
void sides_begin(void);
void sides_end(void);

/* One end alone; the log is of sides_begin. */
void side_begin(struct side *s, const char *name);
void side_end(struct side *s);

/* Both are ready. */
void sides_greet(void);

/* The same, and both offer "f". */
void sides_link_up(void);

/* Passes on all that one said: what the other answers to the last of it. */
int side_pass(struct side *from, struct side *to);

int side_offer(struct side *s, const char *id);

/* Says something of a folder. */
int side_have(struct peer_link *l);

/* Gives a message to a session, as the other end would send it. */
int side_hear(struct side *to, const struct msg *m);
int side_hear_folder(
    struct side *to, const char *id, uint16_t channel, uint32_t format);

/* The reason of the CLOSE that was said last, or -1. */
int side_close_reason(const struct side *s);

#endif
