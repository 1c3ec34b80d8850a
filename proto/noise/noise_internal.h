/* SPDX-License-Identifier: Apache-2.0 */
/*
 * noise_internal - between the files of proto/noise.
 *
 * noise.c walks the patterns; noise_symmetric.c is section 5.2; what both
 * it and the records need of ChaChaPoly is in noise_cipher.c.
 */
#ifndef PROTO_NOISE_NOISE_INTERNAL_H
#define PROTO_NOISE_NOISE_INTERNAL_H

#include "proto/noise/noise.h"

/* One ChaChaPoly operation: the text may be sealed or opened in place. */
struct noise_aead {
	const uint8_t *key;
	uint64_t nonce;
	struct span ad;
};

/* Writes text.len + NOISE_TAG_BYTES bytes to out. */
void noise_aead_seal(
    const struct noise_aead *a, struct span text, uint8_t *out);

/*
 * Writes text.len - NOISE_TAG_BYTES bytes to out; text is no shorter than a
 * tag. ERR_AUTH, with nothing of the text in out.
 */
int noise_aead_open(
    const struct noise_aead *a, struct span text, uint8_t *out) MUST_USE;

/* Makes a direction with its limits, from nonce 0. */
void noise_cipher_init(struct noise_cipher *c,
    const uint8_t key[static NOISE_KEY_BYTES], uint64_t rekey_records,
    uint64_t rekey_bytes);

/* Starts from the name of the protocol, of at most NOISE_HASH_BYTES. */
void noise_symmetric_init(struct noise_symmetric *s, struct span name);

/* Mixes public bytes into the hash. */
void noise_mix_hash(struct noise_symmetric *s, struct span data);

/* Mixes a secret (or what is said instead of one) into the key. */
void noise_mix_key(
    struct noise_symmetric *s, const uint8_t in[static NOISE_KEY_BYTES]);

/* Mixes a pre-shared key into both. */
void noise_mix_key_and_hash(
    struct noise_symmetric *s, const uint8_t in[static NOISE_KEY_BYTES]);

/* How many bytes sealing adds now: a tag once there is a key. */
size_t noise_overhead(const struct noise_symmetric *s);

/* Writes text, sealed once there is a key, to out, and mixes it in. */
void noise_encrypt_and_hash(
    struct noise_symmetric *s, struct span text, uint8_t *out);

/*
 * Writes the plain text to out and mixes the sealed one in. ERR_GRAMMAR when
 * shorter than the overhead; ERR_AUTH.
 */
int noise_decrypt_and_hash(
    struct noise_symmetric *s, struct span text, uint8_t *out) MUST_USE;

/* Derives the keys of both directions: the initiator's comes first. */
void noise_symmetric_split(const struct noise_symmetric *s,
    uint8_t out_first[static NOISE_KEY_BYTES],
    uint8_t out_second[static NOISE_KEY_BYTES]);

#endif
