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

void
name_dir(struct name *out)
{
	struct hash h;

	hash_init_derive(&h, NAME_CONTEXT_DIR);
	hash_end(&h, out->b, NAME_BYTES);
}
