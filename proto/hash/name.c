/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/hash/name.h"

#include <string.h>

bool
name_equal(const struct name *a, const struct name *b)
{
	return memcmp(a->b, b->b, NAME_BYTES) == 0;
}

int
name_compare(const struct name *a, const struct name *b)
{
	return memcmp(a->b, b->b, NAME_BYTES);
}

void
name_chunk(struct span bytes, struct name *out)
{
	hash_bytes(bytes, out->b);
}

void
name_file_init(struct name_file *f, uint64_t size)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(size >> 8 * i);
	hash_init_derive(&f->h, NAME_CONTEXT_FILE);
	hash_add(&f->h, span_of(bytes, sizeof bytes));
}

void
name_file_add(struct name_file *f, const struct name *chunk)
{
	hash_add(&f->h, span_of(chunk->b, NAME_BYTES));
}

void
name_file_end(const struct name_file *f, struct name *out)
{
	hash_end(&f->h, out->b, NAME_BYTES);
}

void
name_symlink(struct span target, struct name *out)
{
	struct hash h;

	hash_init_derive(&h, NAME_CONTEXT_SYMLINK);
	hash_add(&h, target);
	hash_end(&h, out->b, NAME_BYTES);
}

/* The hash of nothing under NAME_CONTEXT_DIR, for it is asked for often. */
/* clang-format off */
static const struct name dir_name = {{
	0xac, 0x77, 0x3b, 0x93, 0x34, 0xdb, 0xd3, 0x01,
	0x60, 0x21, 0xaa, 0x6d, 0x9e, 0x6f, 0xe1, 0x19,
	0xdc, 0xd3, 0xed, 0x77, 0xa8, 0xfc, 0xa4, 0x97,
	0x9c, 0x7d, 0x0d, 0xf3, 0xc6, 0x0f, 0xed, 0xc4,
}};
/* clang-format on */

void
name_dir(struct name *out)
{
	*out = dir_name;
}
