/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/noise/noise.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "proto/noise/noise_internal.h"

const struct noise_pattern noise_xkpsk3 = {
    .name = "XKpsk3",
    .responder_known = true,
    .messages =
	{
	    {NOISE_E, NOISE_ES},
	    {NOISE_E, NOISE_EE},
	    {NOISE_S, NOISE_SE, NOISE_PSK},
	},
};

void
noise_public(const uint8_t secret[static NOISE_KEY_BYTES],
    uint8_t out_public[static NOISE_KEY_BYTES])
{
	int rc = crypto_scalarmult_base(out_public, secret);

	assert(rc == 0); /* no clamped multiple of the base point is zero */
	(void)rc;
}

/* Whose turn it is: messages alternate, the initiator's come first. */
static enum noise_state
turn(const struct noise *n)
{
	if (n->next == NOISE_MESSAGES ||
	    n->pattern->messages[n->next][0] == NOISE_END)
		return NOISE_DONE;
	return (n->next % 2 == 0) == n->initiator ? NOISE_WRITING
						  : NOISE_READING;
}

static bool
uses(const struct noise_pattern *p, enum noise_token token)
{
	for (size_t i = 0; i < NOISE_MESSAGES; i++)
		for (size_t k = 0; k < NOISE_TOKENS; k++)
			if (p->messages[i][k] == token)
				return true;
	return false;
}

/* Says whether our side of the pattern, or the other, has a static key. */
static bool
has_static(const struct noise_pattern *p, bool initiator)
{
	if (initiator ? p->initiator_known : p->responder_known)
		return true;
	for (size_t i = initiator ? 0 : 1; i < NOISE_MESSAGES; i += 2)
		for (size_t k = 0; k < NOISE_TOKENS; k++)
			if (p->messages[i][k] == NOISE_S)
				return true;
	return false;
}

static bool
options_fit(const struct noise_options *o)
{
	const struct noise_pattern *p = o->pattern;
	bool known = o->initiator ? p->responder_known : p->initiator_known;

	return o->ephemeral != NULL &&
	       (o->secret != NULL || !has_static(p, o->initiator)) &&
	       known == (o->remote != NULL) &&
	       (o->psk != NULL || o->psk_cb != NULL || !uses(p, NOISE_PSK));
}

static void
take_keys(struct noise *n, const struct noise_options *o)
{
	memcpy(n->e, o->ephemeral, sizeof n->e);
	if (o->secret != NULL) {
		memcpy(n->s, o->secret, sizeof n->s);
		if (o->own != NULL)
			memcpy(n->s_public, o->own, sizeof n->s_public);
		else
			noise_public(n->s, n->s_public);
	}
	if (o->remote != NULL) {
		memcpy(n->rs, o->remote, sizeof n->rs);
		n->have_rs = true;
	}
	if (o->psk != NULL) {
		memcpy(n->psk, o->psk, sizeof n->psk);
		n->has_psk = true;
	}
}

/* Section 5.3: the name, the prologue, then what was known beforehand. */
static void
start_hash(struct noise *n, struct span prologue)
{
	const struct noise_pattern *p = n->pattern;
	const uint8_t *ours = n->s_public, *theirs = n->rs;
	char name[NOISE_HASH_BYTES + 1];

	snprintf(
	    name, sizeof name, "Noise_%s_25519_ChaChaPoly_BLAKE2b", p->name);
	noise_symmetric_init(&n->sym, span_str(name));
	noise_mix_hash(&n->sym, prologue);
	if (p->initiator_known)
		noise_mix_hash(&n->sym,
		    span_of(n->initiator ? ours : theirs, NOISE_KEY_BYTES));
	if (p->responder_known)
		noise_mix_hash(&n->sym,
		    span_of(n->initiator ? theirs : ours, NOISE_KEY_BYTES));
}

int
noise_init(struct noise *n, const struct noise_options *options)
{
	const struct noise_options *o = options;

	memset(n, 0, sizeof *n);
	if (!options_fit(o))
		return -EINVAL;
	n->pattern = o->pattern;
	n->initiator = o->initiator;
	n->psk_cb = o->psk_cb;
	n->arg = o->arg;
	n->rekey_records =
	    o->rekey_records ? o->rekey_records : LIMIT_REKEY_RECORDS;
	n->rekey_bytes = o->rekey_bytes ? o->rekey_bytes : LIMIT_REKEY_BYTES;
	take_keys(n, o);
	start_hash(n, o->prologue);
	n->state = turn(n);
	return 0;
}

void
noise_release(struct noise *n)
{
	sodium_memzero(n, sizeof *n);
}

static int
mix_dh(struct noise *n, const uint8_t secret[static NOISE_KEY_BYTES],
    const uint8_t remote[static NOISE_KEY_BYTES])
{
	uint8_t shared[NOISE_KEY_BYTES];

	/* Fails where the result is all zeros: a point of low order. */
	if (crypto_scalarmult(shared, secret, remote) != 0)
		return ERR_AUTH;
	noise_mix_key(&n->sym, shared);
	sodium_memzero(shared, sizeof shared);
	return 0;
}

static int
mix_psk(struct noise *n)
{
	int rc;

	if (!n->has_psk) {
		rc = n->psk_cb(n->arg, noise_remote_key(n), n->psk);
		if (rc < 0)
			return rc;
		n->has_psk = true;
	}
	noise_mix_key_and_hash(&n->sym, n->psk);
	return 0;
}

/* The tokens that do the same on both sides: all but e and s. */
static int
mix_token(struct noise *n, enum noise_token token)
{
	switch (token) {
	case NOISE_EE:
		return mix_dh(n, n->e, n->re);
	case NOISE_ES:
		return n->initiator ? mix_dh(n, n->e, n->rs)
				    : mix_dh(n, n->s, n->re);
	case NOISE_SE:
		return n->initiator ? mix_dh(n, n->s, n->re)
				    : mix_dh(n, n->e, n->rs);
	case NOISE_SS:
		return mix_dh(n, n->s, n->rs);
	case NOISE_PSK:
		return mix_psk(n);
	case NOISE_E:
	case NOISE_S:
	case NOISE_END:
		break;
	}
	return -EINVAL;
}

/* Section 9.2: with a psk, ephemeral keys are mixed into the key too. */
static void
mix_ephemeral(struct noise *n, const uint8_t key[static NOISE_KEY_BYTES])
{
	noise_mix_hash(&n->sym, span_of(key, NOISE_KEY_BYTES));
	if (uses(n->pattern, NOISE_PSK))
		noise_mix_key(&n->sym, key);
}

static int
write_token(struct noise *n, enum noise_token token, uint8_t **p)
{
	if (token == NOISE_E) {
		noise_public(n->e, *p);
		mix_ephemeral(n, *p);
		*p += NOISE_KEY_BYTES;
		return 0;
	}
	if (token == NOISE_S) {
		size_t len = NOISE_KEY_BYTES + noise_overhead(&n->sym);

		noise_encrypt_and_hash(
		    &n->sym, span_of(n->s_public, NOISE_KEY_BYTES), *p);
		*p += len;
		return 0;
	}
	return mix_token(n, token);
}

static int
read_token(struct noise *n, enum noise_token token, struct span *left)
{
	size_t len = NOISE_KEY_BYTES;
	int rc = 0;

	if (token != NOISE_E && token != NOISE_S)
		return mix_token(n, token);
	if (token == NOISE_S)
		len += noise_overhead(&n->sym);
	if (left->len < len)
		return ERR_GRAMMAR;
	if (token == NOISE_E) {
		memcpy(n->re, left->p, len);
		mix_ephemeral(n, n->re);
	} else {
		rc = noise_decrypt_and_hash(
		    &n->sym, span_of(left->p, len), n->rs);
		n->have_rs = rc == 0;
	}
	left->p += len;
	left->len -= len;
	return rc;
}

static int
write_message(
    struct noise *n, struct span payload, uint8_t *start, size_t *out_len)
{
	const uint8_t *tokens = n->pattern->messages[n->next];
	uint8_t *p = start;
	int rc = 0;

	for (size_t i = 0; i < NOISE_TOKENS && tokens[i] && rc == 0; i++)
		rc = write_token(n, tokens[i], &p);
	if (rc < 0)
		return rc;
	noise_encrypt_and_hash(&n->sym, payload, p);
	*out_len = (size_t)(p - start) + payload.len + noise_overhead(&n->sym);
	return 0;
}

/* How long our next message will be at most, but for its payload. */
static size_t
message_room(const struct noise *n)
{
	const uint8_t *tokens = n->pattern->messages[n->next];
	size_t len = NOISE_TAG_BYTES;

	for (size_t i = 0; i < NOISE_TOKENS && tokens[i]; i++) {
		if (tokens[i] == NOISE_E || tokens[i] == NOISE_S)
			len += NOISE_KEY_BYTES;
		if (tokens[i] == NOISE_S)
			len += NOISE_TAG_BYTES;
	}
	return len;
}

/* Any error is the end: nothing is left to be tried again, or to be seen. */
static int
finish(struct noise *n, int rc)
{
	if (rc < 0) {
		noise_release(n);
		return rc;
	}
	n->next++;
	n->state = turn(n);
	return 0;
}

int
noise_write(struct noise *n, struct span payload, struct buf *out)
{
	size_t room, len = 0;
	uint8_t *p;
	int rc;

	if (n->state == NOISE_FAILED)
		return ERR_CLOSED;
	if (n->state != NOISE_WRITING)
		return finish(n, -EINVAL);
	room = message_room(n);
	if (payload.len > NOISE_MESSAGE_BYTES - room)
		return finish(n, ERR_LIMIT);
	rc = buf_reserve(out, room + payload.len, &p);
	if (rc == 0)
		rc = write_message(n, payload, p, &len);
	if (rc == 0)
		buf_commit(out, len);
	return finish(n, rc);
}

int
noise_read(struct noise *n, struct span message, struct buf *out)
{
	const uint8_t *tokens;
	struct span left = message;
	uint8_t *p;
	int rc;

	if (n->state == NOISE_FAILED)
		return ERR_CLOSED;
	if (n->state != NOISE_READING)
		return finish(n, -EINVAL);
	if (message.len > NOISE_MESSAGE_BYTES)
		return finish(n, ERR_LIMIT);
	tokens = n->pattern->messages[n->next];
	rc = buf_reserve(out, message.len, &p);
	for (size_t i = 0; i < NOISE_TOKENS && tokens[i] && rc == 0; i++)
		rc = read_token(n, tokens[i], &left);
	if (rc == 0)
		rc = noise_decrypt_and_hash(&n->sym, left, p);
	if (rc == 0)
		buf_commit(out, left.len - noise_overhead(&n->sym));
	return finish(n, rc);
}

bool
noise_done(const struct noise *n)
{
	return n->state == NOISE_DONE || n->state == NOISE_SPLIT;
}

const uint8_t *
noise_remote_key(const struct noise *n)
{
	return n->have_rs ? n->rs : NULL;
}

const uint8_t *
noise_handshake_hash(const struct noise *n)
{
	return noise_done(n) ? n->sym.hash : NULL;
}

int
noise_split(struct noise *n, struct noise_cipher *out_send,
    struct noise_cipher *out_receive)
{
	uint8_t first[NOISE_KEY_BYTES], second[NOISE_KEY_BYTES];

	if (n->state == NOISE_FAILED)
		return ERR_CLOSED;
	if (n->state != NOISE_DONE)
		return finish(n, -EINVAL);
	noise_symmetric_split(&n->sym, first, second);
	noise_cipher_init(out_send, n->initiator ? first : second,
	    n->rekey_records, n->rekey_bytes);
	noise_cipher_init(out_receive, n->initiator ? second : first,
	    n->rekey_records, n->rekey_bytes);
	sodium_memzero(first, sizeof first);
	sodium_memzero(second, sizeof second);
	sodium_memzero(n->sym.chain, sizeof n->sym.chain);
	sodium_memzero(n->sym.key, sizeof n->sym.key);
	sodium_memzero(n->s, sizeof n->s);
	sodium_memzero(n->e, sizeof n->e);
	sodium_memzero(n->psk, sizeof n->psk);
	n->state = NOISE_SPLIT;
	return 0;
}
