/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the nodes of a world ask libsodium for most, in its place and without
 * any secrecy: all ends live in one process and nobody listens in. Two who
 * agree get the same key, and what was not sealed with that key, as that
 * record, by these bytes, does not open; more is not asked of it here. The
 * true ones are tested where lessons_test, node_test and noise_test link them.
 */
#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "tests/sim/sim_mix.h"

enum {
	KEY_BYTES = crypto_scalarmult_BYTES,
	TAG_BYTES = crypto_aead_chacha20poly1305_ietf_ABYTES,
	NONCE_BYTES = crypto_aead_chacha20poly1305_ietf_NPUBBYTES,
	WORD_BYTES = sizeof(uint64_t),
	LANES = 4, /* a multiplication waits for the one before it */
};

static uint64_t
mixed_bytes(uint64_t h, const uint8_t *p, size_t len)
{
	for (; len >= WORD_BYTES; p += WORD_BYTES, len -= WORD_BYTES)
		h = sim_mixed(h, sim_word_at(p));
	for (; len > 0; p++, len--)
		h = sim_mixed(h, *p);
	return h;
}

/* ---- agreeing ------------------------------------------------------------ */

static void
put_key(uint64_t h, uint8_t out[static KEY_BYTES])
{
	for (size_t i = 0; i < KEY_BYTES; i += WORD_BYTES) {
		h = sim_mixed(h, i + 1);
		memcpy(out + i, &h, sizeof h);
	}
}

int
crypto_scalarmult_base(uint8_t *out_public, const uint8_t *secret)
{
	put_key(mixed_bytes(1, secret, KEY_BYTES), out_public);
	return 0;
}

/* Both ends know both public keys: that is the agreement. */
int
crypto_scalarmult(
    uint8_t *out_shared, const uint8_t *secret, const uint8_t *remote)
{
	uint8_t own[KEY_BYTES];
	const uint8_t *low = own, *high = remote;

	(void)crypto_scalarmult_base(own, secret);
	if (memcmp(low, high, KEY_BYTES) > 0)
		low = remote, high = own;
	put_key(mixed_bytes(mixed_bytes(2, low, KEY_BYTES), high, KEY_BYTES),
	    out_shared);
	return 0;
}

/* ---- sealing ------------------------------------------------------------- */

/* What a record's key, number and further data come to. */
static uint64_t
start(const uint8_t *key, const uint8_t *nonce, const uint8_t *ad,
    unsigned long long ad_len)
{
	uint64_t h = mixed_bytes(3, key, KEY_BYTES);

	h = mixed_bytes(h, nonce, NONCE_BYTES);
	return ad_len > 0 ? mixed_bytes(h, ad, (size_t)ad_len) : h;
}

/* Sealed is not plain, for who takes the one for the other is to fail. */
static void
turn(uint64_t h, const uint8_t *from, uint8_t *to, size_t len)
{
	size_t i = 0;

	for (; i + WORD_BYTES <= len; i += WORD_BYTES) {
		uint64_t word = sim_word_at(from + i) ^ h;

		memcpy(to + i, &word, sizeof word);
	}
	for (; i < len; i++)
		to[i] = (uint8_t)(from[i] ^ h);
}

static void
put_tag(uint64_t h, const uint8_t *sealed, size_t len,
    uint8_t out[static TAG_BYTES])
{
	uint64_t lane[LANES] = {h, h + 1, h + 2, h + 3};
	size_t i = 0;

	for (; i + sizeof lane <= len; i += sizeof lane)
		for (size_t k = 0; k < LANES; k++)
			lane[k] = sim_mixed(
			    lane[k], sim_word_at(sealed + i + k * WORD_BYTES));
	for (size_t k = 0; k < LANES; k++)
		h = sim_mixed(h, lane[k]);
	h = mixed_bytes(sim_mixed(h, len), sealed + i, len - i);
	memcpy(out, &h, sizeof h);
	h = sim_mixed(h, 4);
	memcpy(out + sizeof h, &h, sizeof h);
}

int
crypto_aead_chacha20poly1305_ietf_encrypt(unsigned char *out,
    unsigned long long *out_len, const unsigned char *text,
    unsigned long long len, const unsigned char *ad, unsigned long long ad_len,
    const unsigned char *no_secret, const unsigned char *nonce,
    const unsigned char *key)
{
	uint64_t h = start(key, nonce, ad, ad_len);

	(void)no_secret;
	turn(h, text, out, (size_t)len);
	put_tag(h, out, (size_t)len, out + len);
	if (out_len != NULL)
		*out_len = len + TAG_BYTES;
	return 0;
}

int
crypto_aead_chacha20poly1305_ietf_decrypt(unsigned char *out,
    unsigned long long *out_len, unsigned char *no_secret,
    const unsigned char *sealed, unsigned long long sealed_len,
    const unsigned char *ad, unsigned long long ad_len,
    const unsigned char *nonce, const unsigned char *key)
{
	uint64_t h = start(key, nonce, ad, ad_len);
	size_t len = (size_t)sealed_len - TAG_BYTES;
	uint8_t tag[TAG_BYTES];

	(void)no_secret;
	if (sealed_len < TAG_BYTES)
		return -1;
	put_tag(h, sealed, len, tag);
	if (memcmp(tag, sealed + len, sizeof tag) != 0)
		return -1;
	turn(h, sealed, out, len);
	if (out_len != NULL)
		*out_len = len;
	return 0;
}
