/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/noise/noise_internal.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum { BLOCK_BYTES = 128 }; /* BLAKE2b's, for HMAC */

typedef crypto_generichash_state hash_state;

static void
hash_start(hash_state *st)
{
	int rc = crypto_generichash_init(st, NULL, 0, NOISE_HASH_BYTES);

	assert(rc == 0);
	(void)rc;
}

static void
hash_add(hash_state *st, struct span data)
{
	if (data.len > 0)
		crypto_generichash_update(st, data.p, data.len);
}

static void
hash_end(hash_state *st, uint8_t out[static NOISE_HASH_BYTES])
{
	crypto_generichash_final(st, out, NOISE_HASH_BYTES);
}

/* RFC 2104 over a then b, keyed by a hash's length. */
static void
hmac(const uint8_t key[static NOISE_HASH_BYTES], struct span a, struct span b,
    uint8_t out[static NOISE_HASH_BYTES])
{
	uint8_t pad[BLOCK_BYTES], inner[NOISE_HASH_BYTES];
	hash_state st;

	memset(pad, 0x36, sizeof pad);
	for (size_t i = 0; i < NOISE_HASH_BYTES; i++)
		pad[i] ^= key[i];
	hash_start(&st);
	hash_add(&st, span_of(pad, sizeof pad));
	hash_add(&st, a);
	hash_add(&st, b);
	hash_end(&st, inner);
	for (size_t i = 0; i < sizeof pad; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	hash_start(&st);
	hash_add(&st, span_of(pad, sizeof pad));
	hash_add(&st, span_of(inner, sizeof inner));
	hash_end(&st, out);
	sodium_memzero(pad, sizeof pad);
	sodium_memzero(inner, sizeof inner);
	sodium_memzero(&st, sizeof st);
}

/* Section 4.3: n outputs, n at most 3, of a hash's length each. */
static void
hkdf(const struct noise_symmetric *s, struct span in, int n,
    uint8_t out[][NOISE_HASH_BYTES])
{
	uint8_t temp[NOISE_HASH_BYTES];
	struct span before = {NULL, 0};

	hmac(s->chain, in, before, temp);
	for (uint8_t i = 1; i <= n; i++) {
		hmac(temp, before, span_of(&i, 1), out[i - 1]);
		before = span_of(out[i - 1], NOISE_HASH_BYTES);
	}
	sodium_memzero(temp, sizeof temp);
}

static void
set_key(struct noise_symmetric *s, const uint8_t key[static NOISE_KEY_BYTES])
{
	memcpy(s->key, key, NOISE_KEY_BYTES);
	s->nonce = 0;
	s->keyed = true;
}

void
noise_symmetric_init(struct noise_symmetric *s, struct span name)
{
	assert(name.len <= NOISE_HASH_BYTES);
	memset(s, 0, sizeof *s);
	memcpy(s->hash, name.p, name.len);
	memcpy(s->chain, s->hash, sizeof s->chain);
}

void
noise_mix_hash(struct noise_symmetric *s, struct span data)
{
	hash_state st;

	hash_start(&st);
	hash_add(&st, span_of(s->hash, sizeof s->hash));
	hash_add(&st, data);
	hash_end(&st, s->hash);
}

void
noise_mix_key(
    struct noise_symmetric *s, const uint8_t in[static NOISE_KEY_BYTES])
{
	uint8_t out[2][NOISE_HASH_BYTES];

	hkdf(s, span_of(in, NOISE_KEY_BYTES), 2, out);
	memcpy(s->chain, out[0], sizeof s->chain);
	set_key(s, out[1]);
	sodium_memzero(out, sizeof out);
}

void
noise_mix_key_and_hash(
    struct noise_symmetric *s, const uint8_t in[static NOISE_KEY_BYTES])
{
	uint8_t out[3][NOISE_HASH_BYTES];

	hkdf(s, span_of(in, NOISE_KEY_BYTES), 3, out);
	memcpy(s->chain, out[0], sizeof s->chain);
	noise_mix_hash(s, span_of(out[1], sizeof out[1]));
	set_key(s, out[2]);
	sodium_memzero(out, sizeof out);
}

size_t
noise_overhead(const struct noise_symmetric *s)
{
	return s->keyed ? NOISE_TAG_BYTES : 0;
}

/* A handshake is too short for its nonces to run out. */
static struct noise_aead
next_aead(struct noise_symmetric *s)
{
	return (struct noise_aead){
	    .key = s->key,
	    .nonce = s->nonce++,
	    .ad = span_of(s->hash, sizeof s->hash),
	};
}

void
noise_encrypt_and_hash(
    struct noise_symmetric *s, struct span text, uint8_t *out)
{
	if (s->keyed) {
		struct noise_aead a = next_aead(s);

		noise_aead_seal(&a, text, out);
		text.len += NOISE_TAG_BYTES;
	} else if (text.len > 0) {
		memcpy(out, text.p, text.len);
	}
	noise_mix_hash(s, span_of(out, text.len));
}

int
noise_decrypt_and_hash(
    struct noise_symmetric *s, struct span text, uint8_t *out)
{
	if (text.len < noise_overhead(s))
		return ERR_GRAMMAR;
	if (s->keyed) {
		struct noise_aead a = next_aead(s);
		int rc = noise_aead_open(&a, text, out);

		if (rc < 0)
			return rc;
	} else if (text.len > 0) {
		memcpy(out, text.p, text.len);
	}
	noise_mix_hash(s, text);
	return 0;
}

void
noise_symmetric_split(const struct noise_symmetric *s,
    uint8_t out_first[static NOISE_KEY_BYTES],
    uint8_t out_second[static NOISE_KEY_BYTES])
{
	uint8_t out[2][NOISE_HASH_BYTES];

	hkdf(s, (struct span){NULL, 0}, 2, out);
	memcpy(out_first, out[0], NOISE_KEY_BYTES);
	memcpy(out_second, out[1], NOISE_KEY_BYTES);
	sodium_memzero(out, sizeof out);
}
