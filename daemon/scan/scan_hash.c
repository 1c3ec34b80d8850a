/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/scan/scan_internal.h"

#include "daemon/chunk/chunk.h"

enum { READ_BYTES = 1 << 20 };

/* A file of one chunk; one byte more is asked for, to see it grow. */
static int
hash_small(const struct host *h, int fd, size_t size, struct name *out_name)
{
	uint8_t *bytes = malloc(size + 1);
	struct name_file file;
	struct name chunk;
	int64_t n;

	if (bytes == NULL)
		return -ENOMEM;
	n = host_read_at(h, fd, bytes, size + 1, 0);
	if (n == (int64_t)size) {
		name_file_init(&file, size);
		if (size > 0) {
			name_chunk(span_of(bytes, size), &chunk);
			name_file_add(&file, &chunk);
		}
		name_file_end(&file, out_name);
	}
	free(bytes);
	if (n < 0)
		return (int)n;
	return n == (int64_t)size ? 0 : ERR_CHANGED;
}

/* Feeds the file to the chunker; reads beyond size to see it grow. */
static int
feed(const struct host *h, int fd, struct chunker *c, uint8_t *bytes)
{
	uint64_t at = 0;

	for (;;) {
		int64_t n = host_read_at(h, fd, bytes, READ_BYTES, at);
		int rc;

		if (n <= 0)
			return (int)n;
		rc = chunker_add(c, span_of(bytes, (size_t)n));
		if (rc < 0)
			return rc;
		at += (uint64_t)n;
	}
}

static int
hash_large(const struct host *h, int fd, uint64_t size, struct chunk_list *list,
    struct name *out_name)
{
	uint8_t *bytes = malloc(READ_BYTES);
	struct chunker c;
	int rc;

	if (bytes == NULL)
		return -ENOMEM;
	chunker_init(&c, size, list);
	rc = feed(h, fd, &c, bytes);
	if (rc == 0)
		rc = chunker_end(&c, out_name);
	chunker_release(&c);
	free(bytes);
	return rc;
}

int
scan_hash(const struct host *h, int fd, uint64_t size,
    struct chunk_list *out_list, struct name *out_name)
{
	int rc;

	chunks_init(out_list);
	if (size > (uint64_t)LIMIT_FILE_BYTES)
		return ERR_LIMIT;
	if (size <= LIMIT_SMALL_FILE_BYTES)
		return hash_small(h, fd, (size_t)size, out_name);
	rc = hash_large(h, fd, size, out_list, out_name);
	if (rc < 0)
		chunks_release(out_list);
	return rc;
}
