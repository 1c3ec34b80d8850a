/* SPDX-License-Identifier: Apache-2.0 */
/*
 * noise_test - two ends in one process, shared by the tests of proto/noise.
 */
#ifndef TESTS_PROTO_NOISE_NOISE_TEST_H
#define TESTS_PROTO_NOISE_NOISE_TEST_H

#include <check.h>

#include "proto/noise/noise.h"

/* 32 bytes that count up from first. */
struct test_key {
	uint8_t bytes[NOISE_KEY_BYTES];
};
struct test_key test_key(uint8_t first);

/* The options of both ends of our pattern, with fixed keys and one psk. */
struct test_pair {
	struct test_key secret[2], ephemeral[2], public[2], psk;
	struct noise_options options[2]; /* dialling, answering */
};

/* Fills p; the options point into it. */
void test_pair(struct test_pair *p);

/* Hands a message with payload from one to the other: the reader's result. */
int test_pass(struct noise *from, struct noise *to, struct span payload);

/* A whole handshake: 0, or the first error. */
int test_handshake(struct noise *dialling, struct noise *answering,
    const struct test_pair *pair);

/* Turns hex into bytes; fails the test if it is not len or fewer of them. */
size_t test_hex(const char *hex, uint8_t *out, size_t len);

TCase *noise_tcase(void);
TCase *noise_cipher_tcase(void);
TCase *noise_vectors_tcase(void);

#endif
