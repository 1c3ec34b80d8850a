/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/base/text.h"

#include <string.h>
#include <utf8proc.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

enum {
	CHECK_BYTES = 3,
	GROUP_CHARS = 8,
	WORD_CHARS = 64, /* longer than any word that text_distance is for */
};

/* Says whether a code point takes no place, moves others, or is no letter. */
static bool
unfit(utf8proc_int32_t c)
{
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return true;
	default:
		return utf8proc_get_property(c)->ignorable;
	}
}

static int
escape_byte(struct buf *out, uint8_t byte)
{
	switch (byte) {
	case '\n':
		return buf_add(out, SPAN_LIT("\\n"));
	case '\t':
		return buf_add(out, SPAN_LIT("\\t"));
	case '\\':
		return buf_add(out, SPAN_LIT("\\\\"));
	default:
		return buf_addf(out, "\\x%02x", byte);
	}
}

int
text_escape(struct buf *out, struct span s)
{
	int rc = 0;

	for (size_t i = 0; i < s.len && rc == 0;) {
		/* Four bytes are enough, and the length's type is signed. */
		size_t left = s.len - i < 4 ? s.len - i : 4;
		utf8proc_int32_t c;
		utf8proc_ssize_t n =
		    utf8proc_iterate(s.p + i, (utf8proc_ssize_t)left, &c);
		size_t len = n > 0 ? (size_t)n : 1;

		if (n > 0 && c != '\\' && !unfit(c))
			rc = buf_add(out, span_of(s.p + i, len));
		else
			for (size_t k = 0; k < len && rc == 0; k++)
				rc = escape_byte(out, s.p[i + k]);
		i += len;
	}
	return rc;
}

static size_t
encoded_chars(size_t len)
{
	return len / 5 * 8 + (len % 5 * 8 + 4) / 5;
}

static void
encode(struct span s, uint8_t *p)
{
	unsigned bits = 0, n_bits = 0;

	for (size_t i = 0; i < s.len; i++) {
		bits = (bits << 8 | s.p[i]) & 0xfff;
		for (n_bits += 8; n_bits >= 5; n_bits -= 5)
			*p++ = (uint8_t)digits[bits >> (n_bits - 5) & 31];
	}
	if (n_bits > 0)
		*p = (uint8_t)digits[bits << (5 - n_bits) & 31];
}

int
text_url(struct buf *out, struct span s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~/";
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s.len; i++) {
		if (s.p[i] != '\0' && strchr(plain, s.p[i]) != NULL)
			rc = buf_add(out, span_of(s.p + i, 1));
		else
			rc = buf_addf(out, "%%%02X", s.p[i]);
	}
	return rc;
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
text_url_parse(struct buf *out, struct span s)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s.len; i++) {
		uint8_t byte = s.p[i];

		if (byte == '%') {
			int high = s.len - i > 2 ? hex_digit(s.p[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(s.p[i + 2]) : -1;

			if (low < 0)
				return ERR_GRAMMAR;
			byte = (uint8_t)(high << 4 | low);
			i += 2;
		}
		rc = buf_add(out, span_of(&byte, 1));
	}
	return rc;
}

int
text_base32(struct buf *out, struct span s)
{
	size_t chars = encoded_chars(s.len);
	uint8_t *p;
	int rc = buf_reserve(out, chars, &p);

	if (rc < 0)
		return rc;
	encode(s, p);
	buf_commit(out, chars);
	return 0;
}

static int
digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= '2' && c <= '7')
		return c - '2' + 26;
	return -1;
}

int
text_base32_parse(struct span s, uint8_t *out, size_t len)
{
	unsigned bits = 0, n_bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		int d = digit(s.p[i]);

		if (s.p[i] == '-')
			continue;
		if (d < 0)
			return ERR_GRAMMAR;
		bits = bits << 5 | (unsigned)d;
		n_bits += 5;
		if (n_bits < 8)
			continue;
		if (n == len)
			return ERR_GRAMMAR;
		n_bits -= 8;
		out[n++] = (uint8_t)(bits >> n_bits);
		bits &= (1U << n_bits) - 1;
	}
	/* A whole digit left over would be a second spelling of the same. */
	return n == len && n_bits < 5 && bits == 0 ? 0 : ERR_GRAMMAR;
}

/* CRC-24 of RFC 9580: finds any error within 24 bits, four digits' worth. */
static uint32_t
crc24(const uint8_t *p, size_t len)
{
	uint32_t crc = 0xb704ce;

	for (size_t i = 0; i < len; i++) {
		crc ^= (uint32_t)p[i] << 16;
		for (int bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc & 0x800000 ? 0x1864cfb : 0);
	}
	return crc & 0xffffff;
}

static void
id_check(const uint8_t *id, uint8_t *out)
{
	uint32_t crc = crc24(id, TEXT_ID_BYTES);

	out[0] = (uint8_t)(crc >> 16);
	out[1] = (uint8_t)(crc >> 8);
	out[2] = (uint8_t)crc;
}

void
text_id(
    const uint8_t id[static TEXT_ID_BYTES], char out[static TEXT_ID_CHARS + 1])
{
	uint8_t all[TEXT_ID_BYTES + CHECK_BYTES];
	uint8_t chars[sizeof all / 5 * 8];
	size_t n = 0;

	memcpy(all, id, TEXT_ID_BYTES);
	id_check(id, all + TEXT_ID_BYTES);
	encode(span_of(all, sizeof all), chars);
	for (size_t i = 0; i < sizeof chars; i++) {
		if (i > 0 && i % GROUP_CHARS == 0)
			out[n++] = '-';
		out[n++] = (char)chars[i];
	}
	out[n] = '\0';
}

int
text_id_parse(struct span s, uint8_t out[static TEXT_ID_BYTES])
{
	uint8_t all[TEXT_ID_BYTES + CHECK_BYTES], check[CHECK_BYTES];
	int rc = text_base32_parse(s, all, sizeof all);

	if (rc < 0)
		return rc;
	id_check(all, check);
	if (memcmp(check, all + TEXT_ID_BYTES, CHECK_BYTES) != 0)
		return ERR_GRAMMAR;
	memcpy(out, all, TEXT_ID_BYTES);
	return 0;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t
text_distance(const char *a, const char *b)
{
	size_t row[WORD_CHARS + 1]; /* from a's first i bytes to b's first k */
	size_t a_len = strlen(a), b_len = strlen(b);

	if (b_len > WORD_CHARS)
		return a_len > b_len ? a_len : b_len;
	for (size_t k = 0; k <= b_len; k++)
		row[k] = k;
	for (size_t i = 1; i <= a_len; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t k = 1; k <= b_len; k++) {
			size_t swap = corner + (a[i - 1] != b[k - 1]);

			corner = row[k];
			row[k] = least(swap, least(row[k - 1], row[k]) + 1);
		}
	}
	return row[b_len];
}
