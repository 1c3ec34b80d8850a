/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/wire/wire.h"

struct wire_writer
wire_writer_of(struct buf *out)
{
	return (struct wire_writer){out, 0};
}

void
wire_put_bytes(struct wire_writer *w, struct span bytes)
{
	if (w->rc == 0)
		w->rc = buf_add(w->out, bytes);
}

static void
put_fixed(struct wire_writer *w, uint64_t value, size_t len)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
	wire_put_bytes(w, span_of(bytes, len));
}

void
wire_put_u8(struct wire_writer *w, uint8_t value)
{
	put_fixed(w, value, 1);
}

void
wire_put_u16(struct wire_writer *w, uint16_t value)
{
	put_fixed(w, value, 2);
}

void
wire_put_u32(struct wire_writer *w, uint32_t value)
{
	put_fixed(w, value, 4);
}

void
wire_put_u64(struct wire_writer *w, uint64_t value)
{
	put_fixed(w, value, 8);
}

void
wire_put_varint(struct wire_writer *w, uint64_t value)
{
	uint8_t bytes[10];
	size_t len = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[len++] = (uint8_t)(value | 0x80);
	bytes[len++] = (uint8_t)value;
	wire_put_bytes(w, span_of(bytes, len));
}

void
wire_put_signed(struct wire_writer *w, int64_t value)
{
	uint64_t sign = value < 0 ? UINT64_MAX : 0;

	wire_put_varint(w, (uint64_t)value << 1 ^ sign);
}

void
wire_put_bool(struct wire_writer *w, bool value)
{
	wire_put_u8(w, value ? 1 : 0);
}

void
wire_put_string(struct wire_writer *w, struct span bytes)
{
	wire_put_varint(w, bytes.len);
	wire_put_bytes(w, bytes);
}

int
wire_writer_end(const struct wire_writer *w)
{
	return w->rc;
}
