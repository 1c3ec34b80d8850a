/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chunks_test_internal - the cases of this program, and what they share.
 */
#ifndef TESTS_PROTO_MODEL_CHUNKS_TEST_INTERNAL_H
#define TESTS_PROTO_MODEL_CHUNKS_TEST_INTERNAL_H

#include "proto/model/chunks_internal.h"
#include "tests/run.h"

TCase *chunks_tcase(void);
TCase *chunks_diff_tcase(void);

/* The next of a sequence of numbers that look random; *x is the seed. */
uint64_t chunks_test_random(uint64_t *x);

/* A chunk of 70000 + which bytes, whose name is made of which. */
struct chunk chunks_test_chunk(uint32_t which);

/* Appends that chunk. */
void chunks_test_add(struct chunk_list *list, uint32_t which);

#endif
