/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_fuzz - any bytes escape to what can be shown, and what parses as
 * base32 or as an id is written back alike.
 */
#include "proto/base/text.h"

#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
escaped_is_printable(struct span s, struct buf *out)
{
	check(text_escape(out, s) == 0);
	for (size_t i = 0; i < out->len; i++)
		check(out->p[i] >= ' ' && out->p[i] != 0x7f);
}

static void
base32_comes_back(struct span s, struct buf *out)
{
	uint8_t bytes[256];
	size_t chars = 0, len;

	for (size_t i = 0; i < s.len; i++)
		chars += s.p[i] != '-';
	len = chars * 5 / 8;
	if (len > sizeof bytes || text_base32_parse(s, bytes, len) < 0)
		return;
	check(text_base32(out, span_of(bytes, len)) == 0);
	check(out->len == chars);
}

static void
id_comes_back(struct span s)
{
	uint8_t id[TEXT_ID_BYTES], again[TEXT_ID_BYTES];
	char text[TEXT_ID_CHARS + 1];

	if (text_id_parse(s, id) < 0)
		return;
	text_id(id, text);
	check(text_id_parse(span_str(text), again) == 0);
	check(span_equal(span_of(id, sizeof id), span_of(again, sizeof again)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct span s = span_of(p, len);
	struct buf out;

	buf_init(&out, 4 * len + 8);
	escaped_is_printable(s, &out);
	buf_clear(&out);
	base32_comes_back(s, &out);
	id_comes_back(s);
	buf_release(&out);
	return 0;
}
