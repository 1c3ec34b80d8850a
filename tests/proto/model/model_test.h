/* SPDX-License-Identifier: Apache-2.0 */
/* model_test - the test cases of proto/model, and what they share. */
#ifndef TESTS_PROTO_MODEL_MODEL_TEST_H
#define TESTS_PROTO_MODEL_MODEL_TEST_H

#include "proto/model/model.h"
#include "tests/run.h"

run_tcase model_vector_tcase, model_version_tcase, model_set_tcase,
    model_conflict_tcase, meta_tcase;

/* ck_assert that costs nothing when it holds, for loops of millions. */
#define HOLDS(condition)                                                       \
	do {                                                                   \
		if (!(condition))                                              \
			ck_abort_msg("%s", #condition);                        \
	} while (0)

/* The next number below n of a stream that its seed determines. */
uint64_t test_random(uint64_t *seed, uint64_t n);

/* A file at path "a" made by a replica; the vector is its dot alone. */
struct version *test_file(struct dot dot, const char *content, int64_t mtime);

/* A name that differs for different text. */
struct name test_name(const char *text);

/* version_new of a description, which must be in order. */
struct version *test_version(const struct version *described);

/* A random version in order, of any kind. */
struct version *test_random_version(uint64_t *seed);

/* Versions of one path as honest replicas make them. */
enum { HISTORY_MAX = 40 };
struct history {
	struct version *v[HISTORY_MAX];
	size_t n;
};

/* Makes n of them, by a few replicas that hear of each other at random. */
void test_history(struct history *h, uint64_t *seed, size_t n);
void test_history_release(struct history *h);

/* Adds a copy, and says whether it was new. */
bool test_add(struct version_set *set, const struct version *v);

/* Says whether two sets hold the same records, in the same order. */
bool test_sets_equal(const struct version_set *a, const struct version_set *b);

#endif
