/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/noise/noise_internal.h"

#include <sodium.h>
#include <string.h>

/* The last nonce is kept for the change of key (section 5.1). */
#define NONCE_REKEY UINT64_MAX

enum { AEAD_NONCE_BYTES = 12 };

/* Section 12.3: 32 bits of zeros, then the nonce, little end first. */
static void
put_nonce(uint64_t nonce, uint8_t out[static AEAD_NONCE_BYTES])
{
	memset(out, 0, 4);
	for (int i = 0; i < 8; i++)
		out[4 + i] = (uint8_t)(nonce >> (8 * i));
}

void
noise_aead_seal(const struct noise_aead *a, struct span text, uint8_t *out)
{
	uint8_t nonce[AEAD_NONCE_BYTES];

	put_nonce(a->nonce, nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, text.p, text.len,
	    a->ad.p, a->ad.len, NULL, nonce, a->key);
}

int
noise_aead_open(const struct noise_aead *a, struct span text, uint8_t *out)
{
	uint8_t nonce[AEAD_NONCE_BYTES];

	put_nonce(a->nonce, nonce);
	if (crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, text.p,
		text.len, a->ad.p, a->ad.len, nonce, a->key) != 0)
		return ERR_AUTH;
	return 0;
}

void
noise_cipher_init(struct noise_cipher *c,
    const uint8_t key[static NOISE_KEY_BYTES], uint64_t rekey_records,
    uint64_t rekey_bytes)
{
	*c = (struct noise_cipher){
	    .usable = true,
	    .rekey_records = rekey_records,
	    .rekey_bytes = rekey_bytes,
	};
	memcpy(c->key, key, sizeof c->key);
}

void
noise_cipher_release(struct noise_cipher *c)
{
	sodium_memzero(c, sizeof *c);
}

/* Sections 4.2 and 11.3. */
static void
rekey(struct noise_cipher *c)
{
	static const uint8_t zeros[NOISE_KEY_BYTES];
	uint8_t out[NOISE_KEY_BYTES + NOISE_TAG_BYTES];
	struct noise_aead a = {.key = c->key, .nonce = NONCE_REKEY};

	noise_aead_seal(&a, span_of(zeros, sizeof zeros), out);
	memcpy(c->key, out, sizeof c->key);
	sodium_memzero(out, sizeof out);
	c->records = 0;
	c->bytes = 0;
}

/* What both ends do after a record of len sealed bytes. */
static void
count(struct noise_cipher *c, size_t len)
{
	c->nonce++;
	c->records++;
	c->bytes += len;
	if (c->records >= c->rekey_records || c->bytes >= c->rekey_bytes)
		rekey(c);
}

static int
fail(struct noise_cipher *c, int rc)
{
	noise_cipher_release(c);
	return rc;
}

int
noise_seal(struct noise_cipher *c, struct span plain, uint8_t *out)
{
	struct noise_aead a = {.key = c->key, .nonce = c->nonce};

	if (!c->usable)
		return ERR_CLOSED;
	if (plain.len > NOISE_RECORD_PLAIN || c->nonce == NONCE_REKEY)
		return fail(c, ERR_LIMIT);
	noise_aead_seal(&a, plain, out);
	count(c, plain.len + NOISE_TAG_BYTES);
	return 0;
}

int
noise_open(struct noise_cipher *c, struct span record, uint8_t *out)
{
	struct noise_aead a = {.key = c->key, .nonce = c->nonce};
	int rc;

	if (!c->usable)
		return ERR_CLOSED;
	if (record.len < NOISE_TAG_BYTES)
		return fail(c, ERR_GRAMMAR);
	if (record.len > LIMIT_RECORD_WIRE_BYTES || c->nonce == NONCE_REKEY)
		return fail(c, ERR_LIMIT);
	rc = noise_aead_open(&a, record, out);
	if (rc < 0)
		return fail(c, rc);
	count(c, record.len);
	return 0;
}
