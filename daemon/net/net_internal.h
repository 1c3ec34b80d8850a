/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net_internal - between the files of daemon/net.
 *
 * net.c is the home's listener, dialler and list of connections; net_conn.c
 * one connection's states and its owner's calls; net_handshake.c how it gets
 * from the first byte to open; net_frame.c bytes to records to messages and
 * back, without a socket; net_address.c "HOST:PORT".
 */
#ifndef DAEMON_NET_NET_INTERNAL_H
#define DAEMON_NET_NET_INTERNAL_H

#include "daemon/net/net.h"

enum {
	NET_PREFACE_BYTES = 8,
	NET_LENGTH_BYTES = 2, /* before each handshake message and record */
	NET_HEAD_BYTES = 4, /* before each message */
	NET_HOST_CHARS = 256, /* of a host's name, with its NUL */
	NET_FLUSH_BYTES = 256 << 10, /* queued: do not wait for the turn */
	NET_KEEP_BYTES = 256 << 10, /* an empty buffer keeps no more */
	NET_LINGER_MS = 1000, /* for the last bytes of a closed one */
};

/* ---- net_address.c ------------------------------------------------------- */

/*
 * Parts "HOST:PORT", "[V6]:PORT", "HOST" or "V6" (then NET_PORT_FIRST).
 * ERR_CONFIG.
 */
int net_address_parse(const char *text, char out_host[static NET_HOST_CHARS],
    uint16_t *out_port) MUST_USE;

/* ---- net_frame.c --------------------------------------------------------- */

/* Writes value as len bytes, big end first. */
void net_put_be(uint8_t *p, size_t len, size_t value);

/*
 * Takes len bytes off the front of *bytes, gathering them in raw when they
 * come in pieces. 1 with *out borrowed until the next call; 0 when all was
 * taken and more is needed; -ENOMEM.
 */
struct net_gather {
	struct buf raw;
	bool spent; /* raw was handed out */
};
int net_gather(struct net_gather *g, struct span *bytes, size_t len,
    struct span *out) MUST_USE;

/*
 * The same for a u16 length and what it counts. ERR_GRAMMAR as soon as the
 * length is seen not to be min..max.
 */
int net_gather_frame(struct net_gather *g, struct span *bytes, size_t min,
    size_t max, struct span *out) MUST_USE;

/* Messages to sealed bytes. */
struct net_out {
	struct noise_cipher cipher;
	struct buf bytes; /* sealed records, then the plain open one */
	size_t record; /* where the open record's length will stand */
	bool open; /* there is one */
};
void net_out_init(struct net_out *o);
void net_out_release(struct net_out *o);

/* Adds a message of at most NET_MESSAGE_BYTES. -ENOMEM, ERR_LIMIT. */
int net_out_message(struct net_out *o, struct span message) MUST_USE;

/* Seals the open record, if there is one: bytes may be sent. ERR_LIMIT. */
int net_out_seal(struct net_out *o) MUST_USE;

/* Adds an empty record of its own; none may be open. -ENOMEM, ERR_LIMIT. */
int net_out_empty(struct net_out *o) MUST_USE;

/* Sealed bytes to messages. */
struct net_in {
	struct noise_cipher cipher;
	struct net_gather gather;
	struct buf plain; /* opened, from at on not yet handed out */
	size_t at;
	bool fresh; /* no record came yet */
};
void net_in_init(struct net_in *in);
void net_in_release(struct net_in *in);

/*
 * Opens the next record of *bytes. 1 when one was opened; 0 when all was
 * taken and more is needed. ERR_GRAMMAR, ERR_AUTH, ERR_LIMIT, -ENOMEM.
 */
int net_in_record(struct net_in *in, struct span *bytes) MUST_USE;

/*
 * The next whole message: 1 with *out borrowed until the next call of either;
 * 0 when more is needed. ERR_LIMIT as soon as its length is too great.
 */
int net_in_message(struct net_in *in, struct span *out) MUST_USE;

/* Says whether opened bytes are held that make no message yet, or do. */
bool net_in_holds(const struct net_in *in);

/* Gives back memory that a long message needed, when nothing is held. */
void net_in_tidy(struct net_in *in);

/* ---- net_conn.c ---------------------------------------------------------- */

enum net_state {
	NET_DIALLING, /* no connection yet */
	NET_PREFACE, /* waiting for the other's first eight bytes */
	NET_FIRST, /* answering: for e es */
	NET_SECOND, /* dialling: for e ee */
	NET_THIRD, /* answering: for s se psk */
	NET_CONFIRM, /* dialling: for the first record */
	NET_OPEN,
	NET_CLOSING, /* we ended it: the last bytes go out */
	NET_CLOSED, /* only closed or refused is left to be called */
	NET_STATES,
};

struct net_conn {
	struct net *net;
	struct net_conn *next;
	enum net_state state;
	bool dialled;
	bool stranger; /* counted as one */
	bool opened; /* the owner was told */
	bool paused;
	struct host_stream *stream; /* NULL once closed */
	struct host_timer *timer; /* the deadline; once open, for tidying */
	struct noise noise;
	struct net_gather gather; /* for the handshake */
	struct net_out out;
	struct net_in in;
	struct buf pending; /* read while paused, not looked at */
	uint8_t remote[NOISE_KEY_BYTES];
	bool remote_known;
	int err; /* of the end */
	const char *reason;
	void *user;
	char address[NET_ADDRESS_CHARS];
};

struct net {
	struct net_options options;
	const struct host *host;
	uint8_t secret[NOISE_KEY_BYTES], own[NOISE_KEY_BYTES];
	struct host_listener *listener;
	struct host_timer *turn; /* runs when some connection has work */
	struct net_conn *conns; /* newest first */
	unsigned strangers; /* accepted and not yet open */
};

/*
 * Makes a connection of a stream (taken only on success) that does nothing
 * yet but count down its deadline. -ENOMEM.
 */
int net_conn_new(struct net *net, struct host_stream *stream, bool dialled,
    struct net_conn **out) MUST_USE;

/* Frees it, with no callback. */
void net_conn_free(struct net_conn *conn);

/* Goes on to a state that may follow the one it is in. */
void net_conn_move(struct net_conn *conn, enum net_state state);

/*
 * Ends it at once; its owner hears of it in the next turn. reason may be NULL
 * where the connection has one already, or its state says enough.
 */
void net_conn_fail(struct net_conn *conn, int err, const char *reason);

/*
 * Ends it with that err and reason once all that was handed to the host is
 * out, within NET_LINGER_MS.
 */
void net_conn_linger(struct net_conn *conn, int err, const char *reason);

/* Both ends are proved: tells the owner. */
void net_conn_opened(struct net_conn *conn);

/* Seals and hands to the host what is queued; fails the connection. */
int net_conn_flush(struct net_conn *conn);

/* Handles what was held while paused, and sends what is queued. */
void net_conn_turn(struct net_conn *conn);

/* Calls closed or refused, for one that is NET_CLOSED. */
void net_conn_report(struct net_conn *conn);

/* ---- net_handshake.c: one step a state ----------------------------------- */

/*
 * Each looks at *bytes and takes off what it used: 1 when it went on to the
 * next state, 0 when more bytes are needed, or the error that ends it all,
 * with conn->reason set where the state does not say enough.
 */
int net_step_preface(struct net_conn *conn, struct span *bytes) MUST_USE;
int net_step_first(struct net_conn *conn, struct span *bytes) MUST_USE;
int net_step_second(struct net_conn *conn, struct span *bytes) MUST_USE;
int net_step_third(struct net_conn *conn, struct span *bytes) MUST_USE;
int net_step_confirm(struct net_conn *conn, struct span *bytes) MUST_USE;

/* Makes ready to dial a key with a psk. -EINVAL, ERR_AUTH. */
int net_handshake_init(
    struct net_conn *conn, const uint8_t *remote, const uint8_t *psk) MUST_USE;

/* The connection stands: the dialling end speaks first. */
int net_handshake_begin(struct net_conn *conn) MUST_USE;

/* ---- net.c --------------------------------------------------------------- */

/* Has net_conn_turn called for all in the next turn of the loop. */
void net_wake(struct net *net);

#endif
