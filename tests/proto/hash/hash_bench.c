/* SPDX-License-Identifier: Apache-2.0 */
/* Prints how fast BLAKE3 is, by size of input; not a test. */
#include "proto/hash/hash_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Hashes the same bytes for a fifth of a second. */
static void
bench(struct span bytes)
{
	uint8_t name[HASH_BYTES];
	double start = now(), took;
	size_t rounds = 0;

	do {
		for (size_t i = 0; i <= (1 << 20) / bytes.len; i++, rounds++)
			hash_bytes(bytes, name);
		took = now() - start;
	} while (took < 0.2);
	printf("%10zu bytes %8.3f GB/s %10.2f us\n", bytes.len,
	    (double)bytes.len * (double)rounds / took / 1e9,
	    took / (double)rounds * 1e6);
}

/* One batch of chunks in one way, all its lanes busy. */
static void
bench_way(const struct hash_way *way, const uint8_t *bytes)
{
	static const uint32_t key[8] = HASH_IV;
	const struct hash_many many = {bytes, way->lanes, HASH_CHUNK_BLOCKS,
	    key, 0, 0, FLAG_CHUNK_START, FLAG_CHUNK_END};
	uint8_t out[64 * HASH_BYTES];
	double start = now(), took;
	size_t rounds = 0;

	if (!way->usable) {
		printf("%s: not on this machine\n", way->name);
		return;
	}
	do {
		way->run(&many, 0, way->lanes, out);
		rounds++;
		took = now() - start;
	} while (took < 0.1);
	took /= (double)rounds;
	printf("%s: %zu chunks in %.2f us, %.3f GB/s\n", way->name, way->lanes,
	    took * 1e6, (double)(way->lanes << 10) / took / 1e9);
}

int
main(void)
{
	static const size_t sizes[] = {64, 1 << 10, 3000, 5000, 1 << 13, 10000,
	    1 << 14, 40000, 1 << 16, 1 << 20, 1 << 26};
	struct hash_way ways[HASH_WAYS];
	size_t n = hash_ways(ways);
	uint8_t *bytes = malloc(1 << 26);

	if (bytes == NULL)
		return EXIT_FAILURE;
	memset(bytes, 0x5a, 1 << 26);
	for (size_t i = 0; i < n; i++)
		bench_way(&ways[i], bytes);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		bench(span_of(bytes, sizes[i]));
	free(bytes);
	return EXIT_SUCCESS;
}
