/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text - bytes from outside made fit to be seen, and binary made typable.
 *
 * Names from peers and disks never reach a log, a terminal or a page raw
 * (LESSONS 40).
 */
#ifndef PROTO_BASE_TEXT_H
#define PROTO_BASE_TEXT_H

#include "proto/base/buf.h"

/*
 * Appends s with everything unfit to be shown as \xHH, \n, \t or \\:
 * control bytes, bytes that are not UTF-8, and the code points that reorder
 * or hide text (bidi marks, zero-width, line separators). -ENOMEM, ERR_LIMIT.
 */
int text_escape(struct buf *out, struct span s) MUST_USE;

/*
 * Appends s as it stands in a URL's argument (RFC 3986): what is no letter,
 * digit or one of "-._~/" as %HH. -ENOMEM, ERR_LIMIT.
 */
int text_url(struct buf *out, struct span s) MUST_USE;

/* Appends what such a text was made of. ERR_GRAMMAR, -ENOMEM, ERR_LIMIT. */
int text_url_parse(struct buf *out, struct span s) MUST_USE;

/*
 * Appends s in RFC 4648 base32, upper case, unpadded. -ENOMEM, ERR_LIMIT.
 */
int text_base32(struct buf *out, struct span s) MUST_USE;

/*
 * Reads base32 of either case, ignoring '-', into out[0..len). ERR_GRAMMAR
 * unless it is exactly len bytes with zero padding bits.
 */
int text_base32_parse(struct span s, uint8_t *out, size_t len) MUST_USE;

enum {
	TEXT_ID_BYTES = 32,
	TEXT_ID_CHARS = 62, /* 56 characters in eights, parted by '-' */
};

/*
 * Writes a device id, NUL-terminated: base32 of the 32 bytes followed by a
 * 24-bit check, in seven groups of eight: 256 + 24 bits are 56 characters.
 * The check is the CRC-24 of RFC 9580 over the 32 bytes, high byte first.
 */
void text_id(
    const uint8_t id[static TEXT_ID_BYTES], char out[static TEXT_ID_CHARS + 1]);

/*
 * Reads what text_id wrote, in either case and with any grouping.
 * ERR_GRAMMAR when malformed or when the check does not fit (a typing
 * error); out is then untouched.
 */
int text_id_parse(struct span s, uint8_t out[static TEXT_ID_BYTES]) MUST_USE;

/*
 * Says how alike two words are: edits (Levenshtein) from a to b. A b of over
 * 64 bytes is no word, and as far away as the longer of the two is long.
 */
size_t text_distance(const char *a, const char *b);

#endif
