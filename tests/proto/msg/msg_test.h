/* SPDX-License-Identifier: Apache-2.0 */
/* msg_test - the test cases of proto/msg, and what they share. */
#ifndef TESTS_PROTO_MSG_MSG_TEST_H
#define TESTS_PROTO_MSG_MSG_TEST_H

#include "proto/msg/msg.h"
#include "tests/run.h"

run_tcase msg_tcase, msg_session_tcase, msg_versions_tcase, msg_content_tcase,
    msg_pack_tcase;

enum { MSG_TYPES = MSG_HALT };

/* ck_assert that costs nothing when it holds, for loops of millions. */
#define HOLDS(condition)                                                       \
	do {                                                                   \
		if (!(condition))                                              \
			ck_abort_msg("%s", #condition);                        \
	} while (0)

/* The next number below n of a stream that its seed determines. */
uint64_t test_random(uint64_t *seed, uint64_t n);

/* A number up to max whose every length is about as likely. */
uint64_t test_random_number(uint64_t *seed, uint64_t max);

/* A random message of a type, within all limits, and what it borrows. */
struct test_message {
	struct msg msg;
	struct vector vectors[2];
	void *items;
	uint8_t bytes[4096];
};
void test_message(struct test_message *t, enum msg_type type, uint64_t *seed);
void test_message_release(struct test_message *t);

/* Says whether two messages are the same in every field. */
bool test_same(const struct msg *a, const struct msg *b);

/* msg_write at a level of compression, into out, which is emptied first. */
int test_write(const struct msg *m, int level, struct buf *out);

/*
 * Holds bytes, from a copy of exactly their size, to: refused, or a message
 * that is written the same again, or, compressed, to the same message.
 * Returns what msg_parse did.
 */
int test_refused_or_canonical(struct span bytes);

#endif
