/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_test - what the node's tests share: homes in temporary directories,
 * all on one loop, that talk over loopback.
 */
#ifndef TESTS_DAEMON_NODE_NODE_TEST_H
#define TESTS_DAEMON_NODE_NODE_TEST_H

#include "daemon/host/host_uv.h"
#include "daemon/node/node_internal.h"
#include "tests/run.h"

/* One device: its directories, and its node while it runs. */
struct home {
	char dir
	    [RUN_DIR_BYTES]; /* with conf, state, and folders' roots beside */
	const char *name;
	struct conf_home at;
	int conf;
	int state;
	struct log log;
	struct buf lines; /* what was logged */
	bool lines_lost; /* not all of it */
	struct node *node;
	bool stopped;
	unsigned changed;
	struct conf_identity identity;
	uint16_t port; /* that was free a moment ago */
};

extern struct host *test_host;

/* What it does: a test may have it do otherwise. And what it truly does. */
extern struct host_ops test_ops;
extern const struct host_ops *test_real;

/* Before and after each test. */
void node_test_setup(void);
void node_test_teardown(void);

void home_begin(struct home *h, const char *name);
void home_end(struct home *h);

/* The same, with an id less, or greater, than that of other. */
void home_begin_beside(
    struct home *h, const char *name, const struct home *other, bool lesser);

/* Writes a file below conf: tutti.conf, peers/NAME.conf, folders/ID.conf. */
void home_write(struct home *h, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void home_remove(struct home *h, const char *file);

/* Makes other a peer, with its address when it is to be dialled. */
void home_peer(struct home *h, const struct home *other, bool dial);

/* Makes DIR/ID a folder, shared with the peer of that name (or NULL). */
void home_folder(struct home *h, const char *id, const char *peer);

/* Makes "ada" and "bob", who are peers, and the first dials; starts such two and
 * waits until they are connected. */
void home_begin_pair(struct home *ada, struct home *bob);
void home_start_pair(struct home *ada, struct home *bob);

/* Puts a file into a folder; says whether one has these bytes. */
void home_put(struct home *h, const char *path, const char *text);
bool home_has(struct home *h, const char *path, const char *text);

void home_start(struct home *h);
void home_stop(struct home *h);
int home_reload(struct home *h);

/* Says whether an event was logged, with a text in its line. */
bool home_logged(const struct home *h, const char *text);

bool home_connected(struct home *h, const char *peer);
bool home_synced(struct home *h, const char *folder);
bool home_open(struct home *h, const char *folder);

/* What the status says is wrong with a folder or a peer, or "". */
const char *home_folder_error(struct home *h, const char *folder);

/* Lets the loop go on until the condition holds; fails after some time. */
#define UNTIL(...)                                                             \
	do {                                                                   \
		for (int turns_ = 0; !(__VA_ARGS__); turns_++) {               \
			ck_assert_msg(                                         \
			    turns_ < 3000, "never: %s", #__VA_ARGS__);         \
			host_uv_turn(test_host, 5);                            \
		}                                                              \
	} while (0)

TCase *node_tcase(void);
TCase *node_ask_tcase(void);
TCase *node_conf_tcase(void);
TCase *node_fail_tcase(void);
TCase *node_folder_tcase(void);
TCase *node_net_tcase(void);
TCase *node_peer_tcase(void);
TCase *node_port_tcase(void);
TCase *node_reload_tcase(void);
TCase *node_session_tcase(void);
TCase *node_status_tcase(void);

#endif
