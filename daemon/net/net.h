/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net - listening, dialling, and whole messages over the secure channel.
 *
 * One struct net is the listener and dialler of one home. It knows keys, not
 * peers: whom to let in is asked of its owner, and so is when to dial again.
 * Everything happens on the control thread, over the host's sockets only.
 *
 * On the wire (PROTOCOL.md, "Channel"; integers big end first):
 *
 *	dialling                              answering
 *	"TUTTI" 0 0 1                     ->  eight bytes: magic, major version
 *	u16, e es                         ->
 *	                                  <-  "TUTTI" 0 0 1
 *	                                  <-  u16, e ee
 *	u16, s se psk                     ->  asks its owner for the psk
 *	                                  <-  u16, an empty record: you are in
 *	u16, record, u16, record, ...    <->
 *
 * The eight bytes are the prologue of Noise_XKpsk3_25519_ChaChaPoly_BLAKE2b.
 * The plain text of one direction's records, put together, is a row of
 * messages, each a u32 length and that many bytes; where records end means
 * nothing. No record but the answerer's first is empty.
 *
 * A connection is given to the owner by opened (an accepted one) or by
 * net_dial, and is the owner's to name until closed returns: that comes
 * exactly once, from the loop, never from inside a call. What the
 * callbacks are given is borrowed for the call. From callbacks every function
 * but net_free may be called.
 */
#ifndef DAEMON_NET_NET_H
#define DAEMON_NET_NET_H

#include "daemon/host/host.h"
#include "proto/base/err.h"
#include "proto/base/limits.h"
#include "proto/base/span.h"
#include "proto/noise/noise.h"

enum {
	NET_PORT_FIRST = 22100,
	NET_PORT_LAST = 22109,
	NET_VERSION = 1, /* major version of the protocol */
	/* One message as encoded: a body of the longest kind and its head. */
	NET_MESSAGE_BYTES = LIMIT_MESSAGE_BYTES + (64 << 10),
	NET_ADDRESS_CHARS = 80, /* of stream_peer's text, with its NUL */
};

struct net;
struct net_conn;

struct net_callbacks {
	/*
	 * Somebody calls: writes the psk for that key and returns 0, or
	 * ERR_AUTH. The caller's hold on the key is proved only after this.
	 */
	int (*authorise)(void *arg, const uint8_t remote[NOISE_KEY_BYTES],
	    uint8_t out_psk[NOISE_KEY_BYTES]);
	/* Both ends are proved; messages may go from now on. */
	void (*opened)(void *arg, struct net_conn *conn,
	    const uint8_t remote[NOISE_KEY_BYTES], bool dialled);
	/* One whole message of 0 to NET_MESSAGE_BYTES bytes. */
	void (*message)(void *arg, struct net_conn *conn, struct span bytes);
	/* All that was queued has gone to the kernel. */
	void (*writable)(void *arg, struct net_conn *conn);
	/*
	 * It is over, opened or not; err is 0 after net_close. reason is a
	 * static text for people, or the one net_close was given.
	 */
	void (*closed)(
	    void *arg, struct net_conn *conn, int err, const char *reason);
	/*
	 * An accepted connection did not get as far as opened. remote is
	 * NULL, or the key that was claimed. May be NULL itself.
	 */
	void (*refused)(void *arg, const char *address, const uint8_t *remote,
	    int err, const char *reason);
};

/* Everything but host, callbacks' arg and listen's use is copied. */
struct net_options {
	const struct host *host;
	const uint8_t *secret; /* this device's X25519 secret, 32 bytes */
	const char *listen; /* a numeric address, or NULL: only dial */
	uint16_t port; /* the one wanted; 0: any free one */
	bool port_fixed; /* else the next up to NET_PORT_LAST is as good */
	const struct net_callbacks *callbacks; /* borrowed for good */
	void *arg;
	/* For tests; 0: what limits.h says. */
	uint64_t handshake_ms;
	uint64_t linger_ms; /* a second */
	unsigned strangers;
	uint64_t rekey_records, rekey_bytes;
};

/*
 * Makes *out, given, freed by net_free, and listens. -EADDRINUSE when no port
 * is free; what host_listen says; -ENOMEM.
 */
int net_new(struct net **out, const struct net_options *options) MUST_USE;

/* Ends and frees all, with no callback. NULL is allowed. */
void net_free(struct net *net);

/* The port it listens on, or 0. */
uint16_t net_port(const struct net *net);

/* This device's public key: 32 bytes borrowed from net. */
const uint8_t *net_own_key(const struct net *net);

/*
 * Begins to connect to the device of key remote at "HOST:PORT", "HOST",
 * "[V6]:PORT" or "V6" with the pair's psk (32 bytes each, borrowed for the
 * call). *out is the connection, on which opened or closed follows; until
 * opened it can only be closed. ERR_CONFIG: not an address; ERR_AUTH: it is
 * our own key; what host_dial says; -ENOMEM.
 */
int net_dial(struct net *net, const char *address, const uint8_t *remote,
    const uint8_t *psk, struct net_conn **out) MUST_USE;

/*
 * Queues a copy of one message. ERR_CLOSED unless open; ERR_LIMIT when longer
 * than NET_MESSAGE_BYTES, or while more than twice LIMIT_SEND_QUEUE_BYTES
 * would be queued: nothing was queued then. Any other error ends the
 * connection: closed follows. What is sent within one turn of the loop goes
 * out together.
 */
int net_send(struct net_conn *conn, struct span message) MUST_USE;

/* Bytes queued and not yet with the kernel, as sealed. */
size_t net_queued(const struct net_conn *conn);

/*
 * Stops, or goes on, handing out messages and reading from the wire. At most
 * one read of the wire is held meanwhile.
 */
void net_pause(struct net_conn *conn, bool pause);

/*
 * Ends a connection once what is queued is out, within a second; no message
 * comes any more. reason is borrowed until closed has returned. Again: no
 * effect.
 */
void net_close(struct net_conn *conn, const char *reason);

/* One pointer of the owner's, NULL at first. */
void net_conn_set_user(struct net_conn *conn, void *user);
void *net_conn_user(const struct net_conn *conn);

/* The other end's key, 32 bytes borrowed from conn, once opened or dialled. */
const uint8_t *net_conn_remote(const struct net_conn *conn);

/* The other end's address as text, borrowed from conn. */
const char *net_conn_address(const struct net_conn *conn);

#endif
