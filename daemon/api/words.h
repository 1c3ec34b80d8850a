/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words - sizes, counts and times as people read them.
 *
 * Used by the API's sentences and by the command. Pure.
 */
#ifndef DAEMON_API_WORDS_H
#define DAEMON_API_WORDS_H

#include <stddef.h>
#include <stdint.h>

enum { WORDS_BYTES = 64 };

/* "512 bytes", "1.2 GB"; powers of ten. Returns out. */
const char *words_size(uint64_t bytes, char out[static WORDS_BYTES]);

/* "12,304 files"; one and many are at most 20 bytes. Returns out. */
const char *words_count(uint64_t n, const char *one, const char *many,
    char out[static WORDS_BYTES]);

/* "3 hours ago", "just now" below a second. Returns out. */
const char *words_ago(int64_t seconds, char out[static WORDS_BYTES]);

#endif
