/* SPDX-License-Identifier: Apache-2.0 */
/* Holes: what is zeros takes no room in a file that is new. */
#include "daemon/apply/apply_internal.h"

#include <string.h>

enum { BLOCK = 4096 }; /* as good as all file systems have */

/* Of at least one byte. */
static bool
all_zeros(const uint8_t *p, size_t len)
{
	/* Each byte is as the one before it, and the first is zero. */
	return p[0] == 0 && memcmp(p, p + 1, len - 1) == 0;
}

/* How far the block goes that a place in the file is in. */
static size_t
in_block(uint64_t at, size_t len)
{
	size_t n = BLOCK - (size_t)(at % BLOCK);

	return n < len ? n : len;
}

/* How many bytes from p on, which are at a place in the file, are of whole
 * blocks that are all zeros, or that are all not. */
static size_t
alike(const uint8_t *p, size_t len, uint64_t at, bool *out_zeros)
{
	size_t n = in_block(at, len);

	*out_zeros = all_zeros(p, n);
	while (n < len) {
		size_t more = in_block(at + n, len - n);

		if (all_zeros(p + n, more) != *out_zeros)
			break;
		n += more;
	}
	return n;
}

int
apply_write_sparse(
    const struct host *h, int fd, struct span bytes, uint64_t at, uint64_t size)
{
	bool zeros = false;
	int rc = 0;

	for (size_t n; rc == 0 && bytes.len > 0; at += n) {
		n = alike(bytes.p, bytes.len, at, &zeros);
		if (!zeros)
			rc = host_write_at(h, fd, bytes.p, n, at);
		bytes = span_of(bytes.p + n, bytes.len - n);
	}
	/* All that is written lies within the size, by whomever it is. */
	return rc == 0 && zeros && at == size ? host_truncate(h, fd, size) : rc;
}
