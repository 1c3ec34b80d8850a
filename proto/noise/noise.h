/* SPDX-License-Identifier: Apache-2.0 */
/*
 * noise - the secure channel: a handshake, then sealed records.
 *
 * The Noise Protocol Framework, revision 34, with the suite
 * 25519_ChaChaPoly_BLAKE2b on libsodium. Bytes in, bytes out: the caller
 * carries the messages, chooses the ephemeral key (so that randomness comes
 * from the host, and tests can set it) and keeps the time. daemon/net is the
 * only user.
 *
 *	dialling                          answering
 *	noise_init                        noise_init
 *	noise_write  -> e, es         ->  noise_read
 *	noise_read   <- e, ee         <-  noise_write
 *	noise_write  -> s, se, psk    ->  noise_read (asks for the psk)
 *	noise_split                       noise_split
 *	noise_seal   -> records       ->  noise_open
 *
 * Whatever fails ends it: the secrets are wiped, and every later call returns
 * ERR_CLOSED. The program calls sodium_init once at its start; without that
 * the results are the same, only slower.
 */
#ifndef PROTO_NOISE_NOISE_H
#define PROTO_NOISE_NOISE_H

#include <stdbool.h>

#include "proto/base/buf.h"
#include "proto/base/err.h"
#include "proto/base/limits.h"
#include "proto/base/span.h"

enum {
	NOISE_KEY_BYTES = 32,
	NOISE_HASH_BYTES = 64,
	NOISE_TAG_BYTES = 16,
	NOISE_MESSAGE_BYTES = 65535, /* the longest handshake message */
	/* What one record carries at most. */
	NOISE_RECORD_PLAIN = LIMIT_RECORD_WIRE_BYTES - NOISE_TAG_BYTES,
};

/* Section 7 of the specification: what a message does, in order. */
enum noise_token {
	NOISE_END = 0,
	NOISE_E,
	NOISE_S,
	NOISE_EE,
	NOISE_ES,
	NOISE_SE,
	NOISE_SS,
	NOISE_PSK,
};

enum {
	NOISE_MESSAGES = 4,
	NOISE_TOKENS = 6,
};

/* A handshake as a table: who knows whom before, then message by message. */
struct noise_pattern {
	const char *name; /* of section 7, with modifiers: "XKpsk3" */
	bool initiator_known; /* the initiator's static key, to the responder */
	bool responder_known; /* the responder's, to the initiator */
	/* Each ended by NOISE_END; an empty one ends the handshake. */
	uint8_t messages[NOISE_MESSAGES][NOISE_TOKENS];
};

/* Ours: the dialler knows whom it dials, and shows itself only to them. */
extern const struct noise_pattern noise_xkpsk3;

/*
 * Asked for the pre-shared key where the pattern mixes it in, with the
 * other end's static key as decrypted so far (NULL if there is none yet); its
 * owner is proved only when the message as a whole is accepted. Writes
 * out_psk and returns 0, or an error, which refuses the handshake.
 */
typedef int noise_psk_cb(
    void *arg, const uint8_t *remote, uint8_t out_psk[static NOISE_KEY_BYTES]);

/* All pointers are borrowed for noise_init only, but for pattern and arg. */
struct noise_options {
	const struct noise_pattern *pattern;
	bool initiator;
	struct span prologue; /* what both ends saw before, in clear */
	const uint8_t *secret; /* own static key, or NULL where none is used */
	const uint8_t *own; /* its public key; NULL: computed from secret */
	const uint8_t *ephemeral; /* random, used for this handshake only */
	const uint8_t *remote; /* the other's static key if known, or NULL */
	const uint8_t *psk; /* if known beforehand; else psk_cb is asked */
	noise_psk_cb *psk_cb; /* may be NULL */
	void *arg;
	uint64_t rekey_records; /* 0: LIMIT_REKEY_RECORDS */
	uint64_t rekey_bytes; /* 0: LIMIT_REKEY_BYTES */
};

/*
 * One direction of records. Both ends change the key after the record with
 * which rekey_records records, or rekey_bytes bytes of sealed records (tags
 * counted, length prefixes not), are reached since the last change; then
 * both counts begin anew. Nonces go on. Members are the module's own.
 */
struct noise_cipher {
	bool usable;
	uint8_t key[NOISE_KEY_BYTES];
	uint64_t nonce;
	uint64_t records, bytes; /* since the last change of key */
	uint64_t rekey_records, rekey_bytes;
};

/* Section 5.2: what both ends have agreed to so far. */
struct noise_symmetric {
	uint8_t hash[NOISE_HASH_BYTES];
	uint8_t chain[NOISE_HASH_BYTES];
	uint8_t key[NOISE_KEY_BYTES];
	uint64_t nonce;
	bool keyed;
};

enum noise_state {
	NOISE_FAILED = 0, /* zeroed memory is unusable */
	NOISE_WRITING, /* noise_write is next */
	NOISE_READING, /* noise_read is next */
	NOISE_DONE, /* noise_split is next */
	NOISE_SPLIT, /* only the other's key and the hash are left */
};

/* One handshake. Members are the module's own. */
struct noise {
	enum noise_state state;
	const struct noise_pattern *pattern;
	bool initiator, has_psk;
	unsigned next; /* index of the message to come */
	struct noise_symmetric sym;
	bool have_rs;
	uint8_t s[NOISE_KEY_BYTES], s_public[NOISE_KEY_BYTES];
	uint8_t e[NOISE_KEY_BYTES];
	uint8_t rs[NOISE_KEY_BYTES], re[NOISE_KEY_BYTES];
	uint8_t psk[NOISE_KEY_BYTES];
	noise_psk_cb *psk_cb;
	void *arg;
	uint64_t rekey_records, rekey_bytes;
};

/*
 * Computes the public key of a static or ephemeral secret (32 random bytes).
 */
void noise_public(const uint8_t secret[static NOISE_KEY_BYTES],
    uint8_t out_public[static NOISE_KEY_BYTES]);

/*
 * Starts a handshake; copies what it needs. -EINVAL when a key that the
 * pattern needs is missing. Released by noise_release in any case.
 */
int noise_init(struct noise *n, const struct noise_options *options) MUST_USE;

/* Wipes all of it; idempotent. */
void noise_release(struct noise *n);

/*
 * Appends our next handshake message, which carries payload, to out.
 * -EINVAL out of turn; ERR_AUTH when the other's key is of low order, or what
 * psk_cb said; ERR_LIMIT when it would be too long; -ENOMEM. After an error
 * out is as before.
 */
int noise_write(struct noise *n, struct span payload, struct buf *out) MUST_USE;

/*
 * Takes the other's next handshake message, whole, and appends its payload
 * to out. -EINVAL out of turn; ERR_GRAMMAR when too short; ERR_AUTH when it
 * is not genuine or a key is of low order, or what psk_cb said; ERR_LIMIT;
 * -ENOMEM. After an error out is as before.
 */
int noise_read(struct noise *n, struct span message, struct buf *out) MUST_USE;

/* Says whether all handshake messages are through, and nothing failed. */
bool noise_done(const struct noise *n);

/*
 * The other end's static key, 32 bytes borrowed from n, or NULL while it is
 * not known. Proved only once noise_done.
 */
const uint8_t *noise_remote_key(const struct noise *n);

/*
 * The hash over the whole handshake, the same on both ends: 64 bytes
 * borrowed from n, or NULL before noise_done.
 */
const uint8_t *noise_handshake_hash(const struct noise *n);

/*
 * Ends a handshake that is done, once: gives the two directions, each to be
 * wiped by noise_cipher_release. -EINVAL before it is done, or again.
 */
int noise_split(struct noise *n, struct noise_cipher *out_send,
    struct noise_cipher *out_receive) MUST_USE;

/* Wipes a direction; idempotent. */
void noise_cipher_release(struct noise_cipher *c);

/*
 * Seals plain, of 0 to NOISE_RECORD_PLAIN bytes, as the next record: writes
 * plain.len + NOISE_TAG_BYTES bytes to out, which may be plain.p itself.
 * ERR_LIMIT when too long or when the nonces are used up; then, as after any
 * error, the direction is wiped and refuses everything: ERR_CLOSED.
 */
int noise_seal(
    struct noise_cipher *c, struct span plain, uint8_t *out) MUST_USE;

/*
 * Opens the next record, whole: writes record.len - NOISE_TAG_BYTES bytes to
 * out, which may be record.p itself. ERR_GRAMMAR when shorter than a tag;
 * ERR_LIMIT when too long or when the nonces are used up; ERR_AUTH when it
 * is not the next genuine record. After any error the direction is wiped and
 * refuses everything: ERR_CLOSED.
 */
int noise_open(
    struct noise_cipher *c, struct span record, uint8_t *out) MUST_USE;

#endif
