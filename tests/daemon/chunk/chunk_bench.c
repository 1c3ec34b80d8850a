/* SPDX-License-Identifier: Apache-2.0 */
/* Prints how fast files are cut, and cut and named; not a test. */
#include "daemon/chunk/chunk.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BYTES = 64 << 20 };

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Cuts bytes as if they were part of a file of size bytes. */
static void
bench_cut(struct span bytes, uint64_t size)
{
	const struct chunk_params params = chunk_params_for(size);
	double start = now(), took;
	size_t len = bytes.len, n = 0;

	for (size_t cut; bytes.len > 0; n++) {
		cut = chunk_cut(&params, bytes, true);
		bytes = span_of(bytes.p + cut, bytes.len - cut);
	}
	took = now() - start;
	printf("avg %7u: %6.3f GB/s cut, %zu bytes a chunk\n", params.avg,
	    (double)len / took / 1e9, len / n);
}

static void
bench_all(struct span bytes)
{
	struct chunk_list list = {0};
	struct name name;
	double start = now();
	int rc = chunk_all(bytes, &list, &name);

	printf("%10zu bytes: %6.3f GB/s cut and named%s\n", bytes.len,
	    (double)bytes.len / (now() - start) / 1e9, rc < 0 ? " FAILED" : "");
	chunks_release(&list);
}

int
main(void)
{
	uint8_t *bytes = malloc(BYTES);
	uint64_t x = 1;

	if (bytes == NULL)
		return EXIT_FAILURE;
	for (size_t i = 0; i < BYTES; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		bytes[i] = (uint8_t)(x >> 24);
	}
	for (int bits = 20; bits <= 38; bits += 6)
		bench_cut(span_of(bytes, BYTES), UINT64_C(1) << bits);
	bench_all(span_of(bytes, 1 << 20));
	bench_all(span_of(bytes, BYTES));
	free(bytes);
	return EXIT_SUCCESS;
}
