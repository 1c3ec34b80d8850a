/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/scan/scan_internal.h"

#include "daemon/chunk/chunk.h"

enum {
	READ_BYTES = 1 << 20,
	/* A shorter hole is read: that costs little, and a file system that
	 * errs about data of a moment ago errs about short ones. */
	HOLE_BYTES = 1 << 20,
};

/* Are these, the end of a file of size bytes, all zeros in its last page? */
static bool
ends_in_zeros(struct span end, uint64_t size)
{
	size_t page = (size_t)((size - 1) % SCAN_PAGE_BYTES) + 1;

	if (size == 0 || end.len < page)
		return false;
	for (size_t i = end.len - page; i < end.len; i++)
		if (end.p[i] != 0)
			return false;
	return true;
}

/* A file of one chunk; one byte more is asked for, to see it grow. */
static int
hash_small(const struct host *h, int fd, size_t size, struct name *out_name,
    bool *out_zeros)
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
		*out_zeros = ends_in_zeros(span_of(bytes, size), size);
	}
	free(bytes);
	if (n < 0)
		return (int)n;
	return n == (int64_t)size ? 0 : ERR_CHANGED;
}

/* A file being fed to a chunker. */
struct feeder {
	const struct host *h;
	int fd;
	struct chunker *c;
	uint8_t *bytes;
	size_t len; /* of them */
	uint64_t at; /* before it all is fed */
	uint64_t to; /* up to there it is data */
};

/* Goes over the hole that begins where the file is fed to, if it is one. */
static int
feed_hole(struct feeder *f)
{
	uint64_t from;
	int rc = host_data_at(f->h, f->fd, f->at, &from, &f->to);

	if (rc < 0 || from < f->at + HOLE_BYTES)
		return rc;
	rc = chunker_add_zeros(f->c, from - f->at);
	f->at = from;
	return rc;
}

/* Feeds what is read at once; 0 at the end. */
static int64_t
feed_data(struct feeder *f)
{
	int64_t n = host_read_at(f->h, f->fd, f->bytes, f->len, f->at);
	int rc;

	if (n <= 0)
		return n;
	rc = chunker_add(f->c, span_of(f->bytes, (size_t)n));
	f->at += (uint64_t)n;
	return rc < 0 ? rc : n;
}

/* Feeds the file to the chunker; reads beyond size to see it grow. */
static int
feed(struct feeder *f)
{
	int64_t n;

	do {
		n = f->at >= f->to ? feed_hole(f) : 0;
		if (n == 0)
			n = feed_data(f);
	} while (n > 0);
	return (int)n;
}

/* Reads the last page again, which is in the cache. */
static int
look_at_end(const struct host *h, int fd, uint64_t size, uint8_t *bytes,
    bool *out_zeros)
{
	uint64_t at = size > 0 ? (size - 1) / SCAN_PAGE_BYTES : 0;
	int64_t n;

	at *= SCAN_PAGE_BYTES;
	n = host_read_at(h, fd, bytes, (size_t)(size - at), at);
	if (n < 0)
		return (int)n;
	*out_zeros = ends_in_zeros(span_of(bytes, (size_t)n), size);
	return 0;
}

/* Cuts it as a file of size as is cut. */
static int
hash_large(const struct host *h, int fd, uint64_t size, uint64_t as,
    struct chunk_list *list, struct name *out_name, bool *out_zeros)
{
	size_t len = size < READ_BYTES ? (size_t)size + 1 : READ_BYTES;
	struct chunker c;
	struct feeder f = {
	    .h = h, .fd = fd, .c = &c, .bytes = malloc(len), .len = len};
	int rc;

	if (f.bytes == NULL)
		return -ENOMEM;
	chunker_init_as(&c, size, as, list);
	rc = feed(&f);
	if (rc == 0)
		rc = chunker_end(&c, out_name);
	if (rc == 0)
		rc = look_at_end(h, fd, size, f.bytes, out_zeros);
	chunker_release(&c);
	free(f.bytes);
	return rc;
}

int
scan_hash_page(const struct host *h, int fd, uint64_t size,
    struct chunk_list *out_list, struct name *out_name, bool *out_zeros)
{
	int rc;

	chunks_init(out_list);
	if (size > (uint64_t)LIMIT_FILE_BYTES)
		return ERR_LIMIT;
	if (size <= LIMIT_SMALL_FILE_BYTES)
		return hash_small(h, fd, (size_t)size, out_name, out_zeros);
	rc = hash_large(h, fd, size, size, out_list, out_name, out_zeros);
	if (rc < 0)
		chunks_release(out_list);
	return rc;
}

int
scan_cut(const struct host *h, int fd, uint64_t size, uint64_t as,
    struct chunk_list *out_list)
{
	struct name name;
	bool zeros;
	int rc;

	chunks_init(out_list);
	rc = hash_large(h, fd, size, as, out_list, &name, &zeros);
	if (rc < 0)
		chunks_release(out_list);
	return rc;
}

int
scan_hash(const struct host *h, int fd, uint64_t size,
    struct chunk_list *out_list, struct name *out_name)
{
	bool zeros;

	return scan_hash_page(h, fd, size, out_list, out_name, &zeros);
}
