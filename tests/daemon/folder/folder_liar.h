/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder_liar - a scripted peer of one folder: it says whatever messages a
 * test makes, hears what the folder answers, and keeps no rule itself.
 */
#ifndef TESTS_DAEMON_FOLDER_FOLDER_LIAR_H
#define TESTS_DAEMON_FOLDER_FOLDER_LIAR_H

#include "tests/daemon/folder/folder_pair.h"

struct liar {
	struct folder_side *side; /* whom it lies to */
	uint8_t device[DEVICE_BYTES];
	struct peer *peer; /* the honest end of the session */
	int rc; /* of the last message: what the honest end made of it */
	struct msg_zstd zstd;
	/* heard */
	uint16_t channel; /* of the folder, at the honest end */
	uint64_t replica; /* of the folder */
	uint64_t own_counter; /* of that replica, in the last knowledge */
	size_t n_versions, n_notfound, n_data, n_have;
	size_t n_early; /* VERSIONS and HAVE while a batch was open */
	uint64_t data_bytes;
	bool closed; /* it was told to go */
	VEC(struct msg_want_item) wants;
};

/* Connects and greets; offers nothing yet. number tells liars apart. */
void liar_init(struct liar *l, struct folder_side *side, uint8_t number);
void liar_release(struct liar *l);

/* Says a message; l->rc says what became of it. After an error the session
 * is over and nothing more is said. */
void liar_say(struct liar *l, const struct msg *m);

/* FOLDER, with a replica's number and a knowledge, which may be NULL. */
void liar_offer(struct liar *l, uint64_t replica, const struct vector *k);

/*
 * A batch of one record of a described version: its dot is put into its
 * vector. end, which may be NULL, is told with it.
 */
void liar_version(
    struct liar *l, const struct version *described, const struct vector *end);

/* A file's version at path, with the content's name as it says. */
struct version liar_file(const char *path, uint64_t replica, uint64_t counter);

/* Answers the first want heard with bytes; takes it off. */
void liar_answer(struct liar *l, struct span bytes);

#endif
