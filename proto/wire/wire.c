/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/wire/wire.h"

#include <string.h>

struct wire_reader
wire_reader_of(struct span bytes)
{
	return (struct wire_reader){bytes.p, bytes.len, false};
}

void
wire_fail(struct wire_reader *r)
{
	r->failed = true;
	r->len = 0;
}

/* The only place that moves the cursor: NULL when len bytes are not there. */
static const uint8_t *
take(struct wire_reader *r, size_t len)
{
	const uint8_t *p = r->p;

	if (r->failed || len > r->len) {
		wire_fail(r);
		return NULL;
	}
	r->len -= len;
	if (len > 0)
		r->p += len;
	return p;
}

static uint64_t
fixed(struct wire_reader *r, size_t len)
{
	const uint8_t *p = take(r, len);
	uint64_t value = 0;

	for (size_t i = 0; p != NULL && i < len; i++)
		value |= (uint64_t)p[i] << 8 * i;
	return value;
}

uint8_t
wire_u8(struct wire_reader *r)
{
	return (uint8_t)fixed(r, 1);
}

uint16_t
wire_u16(struct wire_reader *r)
{
	return (uint16_t)fixed(r, 2);
}

uint32_t
wire_u32(struct wire_reader *r)
{
	return (uint32_t)fixed(r, 4);
}

uint64_t
wire_u64(struct wire_reader *r)
{
	return fixed(r, 8);
}

uint64_t
wire_varint(struct wire_reader *r, uint64_t max)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = wire_u8(r);

		/* A last byte of 0 adds nothing: not the shortest form. */
		if (r->failed || (shift > 0 && byte == 0))
			break;
		/* The tenth byte holds the 64th bit alone. */
		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		if (value > max)
			break;
		return value;
	}
	wire_fail(r);
	return 0;
}

int64_t
wire_signed(struct wire_reader *r)
{
	uint64_t value = wire_varint(r, UINT64_MAX);

	return (int64_t)(value >> 1 ^ (~(value & 1) + 1));
}

bool
wire_bool(struct wire_reader *r)
{
	uint8_t byte = wire_u8(r);

	if (byte > 1)
		wire_fail(r);
	return byte == 1;
}

struct span
wire_bytes(struct wire_reader *r, size_t len)
{
	const uint8_t *p = take(r, len);

	return span_of(p, p == NULL ? 0 : len);
}

void
wire_copy(struct wire_reader *r, uint8_t *out, size_t len)
{
	const uint8_t *p = take(r, len);

	if (len == 0)
		return;
	if (p != NULL)
		memcpy(out, p, len);
	else
		memset(out, 0, len);
}

struct span
wire_string(struct wire_reader *r, size_t max)
{
	return wire_bytes(r, (size_t)wire_varint(r, max));
}

struct span
wire_rest(struct wire_reader *r)
{
	return wire_bytes(r, r->len);
}

bool
wire_fits(struct wire_reader *r, uint64_t n, size_t item_bytes)
{
	if (!r->failed && (item_bytes == 0 || n <= r->len / item_bytes))
		return true;
	wire_fail(r);
	return false;
}

int
wire_end(const struct wire_reader *r)
{
	return r->failed || r->len > 0 ? ERR_GRAMMAR : 0;
}
