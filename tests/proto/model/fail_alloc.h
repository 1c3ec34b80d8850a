/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fail_alloc - memory that runs out when a test says so (LESSONS 24).
 *
 * For programs linked with -Wl,--wrap for malloc, calloc, realloc and
 * reallocarray. Counts what our code asks for in the thread that calls these,
 * not what libraries do.
 */
#ifndef TESTS_PROTO_MODEL_FAIL_ALLOC_H
#define TESTS_PROTO_MODEL_FAIL_ALLOC_H

#include <stdbool.h>

/* Lets n more allocations succeed; then one fails, or with all, all do. */
void fail_alloc_after(long n, bool all);

/* Ends it, and says whether an allocation failed. */
bool fail_alloc_end(void);

/* Counts an allocation that is not seen here, a library's say: has it to fail? */
bool fail_alloc_one(void);

#endif
