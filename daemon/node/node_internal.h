/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_internal - between the files of daemon/node.
 *
 * node.c is the node's life; node_ask.c is what people ask of one folder;
 * node_conf.c holds what runs against what is configured; node_folder.c
 * opens, closes and opens again; node_net.c is the listener and what it
 * calls; node_peer.c dials and decides which of two connections stays;
 * node_session.c brings a connection's messages and the folders together;
 * node_status.c tells.
 *
 * Nothing is freed from inside a callback of its own: what has to go is
 * marked, and the node's turn (a timer of 0 ms that node_wake arms) ends it.
 */
#ifndef DAEMON_NODE_NODE_INTERNAL_H
#define DAEMON_NODE_NODE_INTERNAL_H

#include "daemon/net/net.h"
#include "daemon/node/node.h"

#define NODE_NS_PER_MS INT64_C(1000000)

enum {
	NODE_TICK_MS = 5000,
	NODE_FAREWELL_MS = 1500, /* for connections to end when we stop */
	NODE_ERROR_BYTES = 512,
	NODE_REOPEN_FIRST_MS = 1000,
	NODE_REOPEN_LAST_MS = 60000,
	/* A session this young may lack a folder that the peer has yet to
	 * offer; the folder is not called synced until then. */
	NODE_OFFERS_MS = 5000,
};

/* One folder of one session. */
struct node_link {
	struct peer_link *link;
	struct folder *folder;
};

/* An authenticated connection that speaks for its peer. */
struct node_session {
	struct node_peer *peer;
	struct net_conn *conn;
	struct peer *p;
	bool dialled; /* by us */
	bool doubted; /* another connection was refused in its favour */
	bool blamed; /* a message of theirs ended it, or was to be refused */
	int doomed; /* the error that ends it in the next turn, or 0 */
	int64_t opened_ns; /* monotonic */
	int64_t ready_ns; /* HELLO was exchanged; 0: not yet */
	VEC(struct node_link) links;
};

/* One configured peer. */
struct node_peer {
	struct node_peer *next;
	struct node *node;
	const struct conf_peer *conf; /* of node->conf */
	struct node_session *session; /* or NULL */
	struct net_conn *dialling; /* on its way, or NULL */
	struct host_timer *timer; /* the next try */
	size_t address; /* of conf's, to be dialled next */
	unsigned rounds; /* of all addresses since one was good */
	char reached[128]; /* the address of the session or the last try */
	int64_t seen_ns; /* wall clock; 0: never */
	char error[NODE_ERROR_BYTES]; /* of the last try; empty: none */
};

enum node_folder_state {
	NODE_SHUT,
	NODE_WAITING, /* to be opened when the timer fires */
	NODE_OPEN,
	NODE_CLOSING, /* jobs still run */
	NODE_STATES,
};

/* One configured folder, or one that was and still closes. */
struct node_folder {
	struct node_folder *next;
	struct node *node;
	char id[LIMIT_FOLDER_ID_BYTES + 1];
	const struct conf_folder *conf; /* of node->conf; NULL: removed */
	enum node_folder_state state;
	struct folder *folder; /* NODE_OPEN */
	int dir; /* for its database, or -1 */
	struct host_timer *timer;
	uint64_t pause_ms; /* grows with each failure */
	uint64_t wait_ms; /* once shut, before it is opened again */
	int64_t opened_ns; /* monotonic */
	bool join; /* at the next opening: folder_options */
	int64_t retry_ns; /* opened halted: open anew then */
	char error[NODE_ERROR_BYTES]; /* why it is not open; empty: none */
};

struct node {
	const struct host *host;
	struct log *log;
	int conf_dir;
	int state;
	const struct conf_home *home; /* or NULL */
	host_cb *changed;
	void *changed_arg;
	struct conf conf;
	struct buf conf_error; /* sentences; empty: none */
	uint8_t id[DEVICE_BYTES];
	char name[LIMIT_PEER_NAME_BYTES + 1];
	struct net *net; /* NULL: could not be made anew */
	size_t conns; /* ours to name, not closed yet */
	struct node_peer *peers;
	struct node_folder *folders;
	struct host_timer *turn;
	struct host_timer *tick; /* when stopping, the end of patience */
	bool stopping;
	host_cb *stopped;
	void *stopped_arg;
};

/* ---- node.c -------------------------------------------------------------- */

/* Lets the turn come: something is to be ended or freed. */
void node_wake(struct node *n);

/* Something that status tells has changed. */
void node_tell(struct node *n);

/* Appends a sentence about a key that could not be had. rc, or -ENOMEM. */
int node_say_no_key(
    int rc, const struct conf_error *error, struct buf *out_why) MUST_USE;

/* ---- node_conf.c --------------------------------------------------------- */

/*
 * Reads all files into *out, given; where one is wrong what n has stays, and
 * a sentence is appended to *errors, the caller's in any case. -ENOMEM,
 * -errno of the directories, with nothing given.
 */
int node_conf_read(
    struct node *n, struct conf *out, struct conf_errors *errors) MUST_USE;

/*
 * Logs what was wrong and keeps it for status. ERR_CONFIG when anything was,
 * the first sentence then appended to out_why.
 */
int node_conf_note(struct node *n, const struct conf_errors *errors,
    struct buf *out_why) MUST_USE;

/* Makes what runs be what *fresh, which is taken, says. */
void node_conf_apply(struct node *n, struct conf *fresh);

/* ---- node_net.c ---------------------------------------------------------- */

/* Listens as n->conf says. *out_why gets a sentence on error. */
int node_net_start(
    struct node *n, const uint8_t *secret, struct buf *out_why) MUST_USE;

/* Listens anew, as n->conf says now, or, when that fails, as before said.
 * All connections end. */
int node_net_renew(struct node *n, const struct conf_address *before,
    struct buf *out_why) MUST_USE;

/* ---- node_peer.c --------------------------------------------------------- */

int node_peer_add(struct node *n, const struct conf_peer *conf) MUST_USE;

/* Says goodbye if there is anybody to say it to, and frees. */
void node_peer_drop(struct node_peer *peer, enum msg_reason why);

struct node_peer *node_peer_find(struct node *n, const uint8_t *device);
struct node_peer *node_peer_named(struct node *n, const char *name);

/* Dials at once and begins to count anew, unless a session stands. */
void node_peer_dial_now(struct node_peer *peer);

/* Ends its session, if any, saying why, and what is being dialled. */
void node_peer_hang_up(struct node_peer *peer, enum msg_reason why);

/* The connection that is being dialled for a peer, or NULL. */
struct node_peer *node_peer_dialling(struct node *n, struct net_conn *conn);

/* A try failed. */
void node_peer_failed(struct node_peer *peer, int err, const char *reason);

/* A session ended; good: it was worth its connection. */
void node_peer_left(struct node_peer *peer, bool good);

/* Somebody proved to be a configured, welcome peer. */
void node_peer_opened(
    struct node_peer *peer, struct net_conn *conn, bool dialled);

/* ---- node_session.c ------------------------------------------------------ */

/* Makes the peer's session of a connection, or closes that. */
void node_session_new(
    struct node_peer *peer, struct net_conn *conn, bool dialled);

void node_session_message(struct node_session *s, struct span bytes);
void node_session_writable(struct node_session *s);

/* Frees it and closes its connection; why is static. */
void node_session_end(struct node_session *s, int err, const char *why);

/* The same, telling the peer first. */
void node_session_bye(
    struct node_session *s, enum msg_reason reason, const char *why);

/* Says CLOSE on a connection that is one too many, and closes it. */
void node_session_refuse(struct node *n, struct net_conn *conn);

/* Offers an open folder if it is shared with this peer, once it is ready. */
void node_session_offer(struct node_session *s, struct node_folder *f);

/* Whether the peer may still be about to offer its folders. */
bool node_session_young(const struct node_session *s);

/* Pings, or ends it when silent or doomed. */
void node_session_tick(struct node_session *s);

/* ---- node_folder.c ------------------------------------------------------- */

int node_folder_add(struct node *n, const struct conf_folder *conf) MUST_USE;
struct node_folder *node_folder_find(struct node *n, const char *id);

/* One step to what is wanted: opened soon, closed, or, removed, freed. */
void node_folder_settle(struct node_folder *f);

/* Closes it; it opens again when it is still wanted. */
void node_folder_reopen(struct node_folder *f);

/* Opens it now if it waits to be opened. */
void node_folder_hurry(struct node_folder *f);

/* Looks whether it failed. */
void node_folder_look(struct node_folder *f);

/* Frees one that is shut. */
void node_folder_free(struct node_folder *f);

#endif
