/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chunk_test_internal - the cases of this program, and what they share.
 */
#ifndef TESTS_DAEMON_CHUNK_CHUNK_TEST_INTERNAL_H
#define TESTS_DAEMON_CHUNK_CHUNK_TEST_INTERNAL_H

#include "daemon/chunk/chunk_internal.h"
#include "tests/run.h"

TCase *chunk_tcase(void);
TCase *chunk_cut_tcase(void);
TCase *chunk_gear_tcase(void);
TCase *chunk_zeros_tcase(void);

/* The next of a sequence of numbers that look random; *x is the seed. */
uint64_t chunk_test_random(uint64_t *x);

/* Random bytes that nothing follows in memory, to be freed. */
uint8_t *chunk_test_bytes(size_t len, uint64_t seed);

#endif
