/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz - the one function that each fuzz target is. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/*
 * Feeds len bytes to the code under test and aborts if it breaks a promise.
 * The name is libFuzzer's. Returns 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len);

#endif
