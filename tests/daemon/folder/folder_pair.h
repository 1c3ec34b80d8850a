/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder_pair - two folders on one real host, joined by sessions whose
 * messages cross in memory: the whole engine without sockets.
 */
#ifndef TESTS_DAEMON_FOLDER_FOLDER_PAIR_H
#define TESTS_DAEMON_FOLDER_FOLDER_PAIR_H

#include "daemon/folder/folder.h"
#include "daemon/host/host_uv.h"

/* Messages under way to one side. */
struct folder_wire {
	VEC(struct buf) messages;
	size_t from;
	struct host_timer *timer;
	uint64_t bytes; /* that have crossed, in all */
};

struct folder_side {
	struct folder_pair *pair;
	uint8_t device[DEVICE_BYTES];
	char root[512];
	char state[512];
	int state_fd;
	struct folder *folder;
	struct peer *peer;
	struct folder_wire in;
	bool closed;
	enum msg_mode mode;
	bool join; /* what stands at its root is accepted */
	host_cb *greet; /* of another session of the folder's; may be NULL */
	void *greet_arg;
};

struct folder_pair {
	struct host *host;
	struct log log;
	char dir[256];
	struct folder_side side[2];
};

/* Makes temporary directories a and b, and nothing else. */
void pair_init(struct folder_pair *p);
/* Closes everything and removes the directories. */
void pair_release(struct folder_pair *p);

/* Opens a side's folder: 0, or why it cannot. */
int pair_try_open(struct folder_pair *p, int side);
void pair_open(struct folder_pair *p, int side);
void pair_close(struct folder_pair *p, int side);
void pair_connect(struct folder_pair *p);
void pair_cut(struct folder_pair *p);

/* Runs until both are in sync and agree; fails the test after 20 s. */
void pair_settle(struct folder_pair *p);

/* Opens and connects both, and runs until they agree. */
void pair_up(struct folder_pair *p);

/* Runs until is(arg); fails the test after 20 s. */
void pair_wait(struct folder_pair *p, bool (*is)(void *arg), void *arg);

/* Runs until a side's folder, alone, has looked at all and nothing is open. */
void pair_looked(struct folder_pair *p, int side);

/* Runs for about ms: to see that something does not come. */
void pair_run(struct folder_pair *p, uint64_t ms);

/* Fails unless both trees are equal but for .tutti: kinds, bytes, bits,
 * mtimes of files, link texts. */
void pair_expect_equal(struct folder_pair *p);

/* Lets them be apart for ms, then connects them until they agree and are
 * equal. */
void pair_join(struct folder_pair *p, uint64_t ms);

/* Of what stat_at found at a name: a marker that a test puts back is the one
 * that was there, for all that its ctime says. */
void pair_same_marker(const char *name, struct host_stat *out);

/* A user's acts at one side, by shell, in its root, which is made when it is
 * missing; fails the test when they fail. */
void pair_sh(struct folder_pair *p, int side, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What a command prints at one side, its last newline cut; static. */
const char *pair_out(struct folder_pair *p, int side, const char *command);

#endif
