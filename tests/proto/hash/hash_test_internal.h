/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_test_internal - the cases of this program, and what they share.
 */
#ifndef TESTS_PROTO_HASH_HASH_TEST_INTERNAL_H
#define TESTS_PROTO_HASH_HASH_TEST_INTERNAL_H

#include "proto/hash/hash.h"
#include "tests/run.h"

TCase *hash_tcase(void);
TCase *hash_compress_tcase(void);
TCase *hash_many_tcase(void);
TCase *name_tcase(void);

/* Fills bytes with 0 .. 250, over and over, as the official vectors do. */
void hash_test_fill(uint8_t *bytes, size_t len);

/* Fails the test unless the bytes are what hex says. */
void hash_test_is(const uint8_t *bytes, size_t len, const char *hex);

/* The next of a sequence of numbers that look random; *x is the seed. */
uint64_t hash_test_random(uint64_t *x);

#endif
