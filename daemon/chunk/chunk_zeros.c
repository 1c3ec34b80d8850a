/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holes. The gear hash of a window of zeros has none of the bits that end a
 * chunk, so that a run of zeros is cut into chunks of the greatest length,
 * which have one name (a test holds both).
 */
#include "daemon/chunk/chunk_internal.h"

/* clang-format off */
static const struct chunk longest[] = {
	{.len = 64 << 10, .name = {{
		0x3b, 0xde, 0xaf, 0x8f, 0x8e, 0x98, 0x78, 0x0b,
		0x31, 0x81, 0x06, 0xaa, 0xfd, 0xc3, 0xca, 0x25,
		0x7f, 0x73, 0xdf, 0x12, 0x3d, 0x97, 0xb6, 0x91,
		0x12, 0xb2, 0x60, 0x44, 0xc9, 0x1a, 0x7d, 0x56}}},
	{.len = 256 << 10, .name = {{
		0x86, 0xbb, 0x2b, 0x52, 0x1a, 0x10, 0x61, 0x2d,
		0x5a, 0x1d, 0x38, 0x20, 0x4f, 0xac, 0x4f, 0xa6,
		0x32, 0x46, 0x6d, 0x18, 0x66, 0x14, 0x4d, 0x8a,
		0x6a, 0x7e, 0x3a, 0xfc, 0x05, 0x0c, 0xe7, 0xae}}},
	{.len = 1 << 20, .name = {{
		0x48, 0x8d, 0xe2, 0x02, 0xf7, 0x3b, 0xd9, 0x76,
		0xde, 0x4e, 0x70, 0x48, 0xf4, 0xe1, 0xf3, 0x9a,
		0x77, 0x6d, 0x86, 0xd5, 0x82, 0xb7, 0x34, 0x8f,
		0xf5, 0x3b, 0xf4, 0x32, 0xb9, 0x87, 0xfc, 0xa8}}},
	{.len = 4 << 20, .name = {{
		0x04, 0xe5, 0x2c, 0xd2, 0xda, 0x6a, 0x0e, 0x1f,
		0x33, 0x8b, 0x00, 0x78, 0x36, 0x91, 0x30, 0xd9,
		0x65, 0x85, 0xc1, 0xde, 0x65, 0x05, 0x7d, 0xa5,
		0xdd, 0x12, 0x83, 0xb1, 0x2f, 0xb8, 0x53, 0xe1}}},
};
/* clang-format on */

static const uint8_t zeros[64 << 10];

static const struct name *
known_name(uint32_t len)
{
	for (size_t i = 0; i < sizeof longest / sizeof *longest; i++)
		if (longest[i].len == len)
			return &longest[i].name;
	return NULL;
}

void
chunk_zeros_name(uint32_t len, struct name *out)
{
	const struct name *known = known_name(len);
	struct hash h;

	if (known != NULL) {
		*out = *known;
		return;
	}
	hash_init(&h);
	for (uint32_t n; len > 0; len -= n) {
		n = len < sizeof zeros ? len : sizeof zeros;
		hash_add(&h, span_of(zeros, n));
	}
	hash_end(&h, out->b, NAME_BYTES);
}

/* Adds zeros that complete what is held, or begin what will be held. */
static int
add_some(struct chunker *c, uint64_t n, uint64_t *out_added)
{
	uint64_t room = c->params.max - c->held.len;

	if (n > room)
		n = room;
	if (n > sizeof zeros)
		n = sizeof zeros;
	*out_added = n;
	return chunker_add(c, span_of(zeros, (size_t)n));
}

int
chunker_add_zeros(struct chunker *c, uint64_t n)
{
	struct chunk chunk = {.len = c->params.max};
	int rc = 0;

	if (c->size > (uint64_t)LIMIT_FILE_BYTES)
		return ERR_LIMIT;
	if (n > c->size - c->fed)
		return ERR_CHANGED;
	chunk_zeros_name(chunk.len, &chunk.name);
	for (uint64_t added; rc == 0 && n > 0; n -= added) {
		if (c->held.len > 0 || n < chunk.len) {
			rc = add_some(c, n, &added);
			continue;
		}
		rc = chunks_add(c->list, &chunk);
		added = chunk.len;
		c->fed += added;
	}
	return rc;
}
