/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/hash/hash_internal.h"

/* Runs everywhere: 128 bits are SSE2, NEON, or plain words. */
#define LANES 4
#define LANES_TARGET
#define LANES_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define LANES_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#include "proto/hash/hash_lanes_internal.h"

#ifdef __x86_64__

#define LANES 8
#define LANES_TARGET __attribute__((target("avx2")))
#define LANES_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define LANES_HIGH(a, b)                                                       \
	__builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#include "proto/hash/hash_lanes_internal.h"

#define LANES 16
#define LANES_TARGET __attribute__((target("avx512f")))
#define LANES_LOW(a, b)                                                        \
	__builtin_shufflevector(                                               \
	    a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define LANES_HIGH(a, b)                                                       \
	__builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28,    \
	    13, 29, 14, 30, 15, 31)
#include "proto/hash/hash_lanes_internal.h"

#endif

size_t
hash_ways(struct hash_way out[static HASH_WAYS])
{
	size_t n = 0;

	out[n++] = (struct hash_way){"portable", true, 4, run_4};
#ifdef __x86_64__
	/*
	 * Asked on every call: it is a load and a test, and needs neither a
	 * global of ours nor an ifunc, which sanitizers do not get along with.
	 */
	out[n++] =
	    (struct hash_way){"avx2", __builtin_cpu_supports("avx2"), 8, run_8};
	out[n++] = (struct hash_way){
	    "avx512", __builtin_cpu_supports("avx512f"), 16, run_16};
#endif
	return n;
}

/*
 * The widest way that this machine runs, however few there are: wide vectors
 * take hardly longer than narrow ones, so idle lanes cost nothing.
 */
static struct hash_way
widest(void)
{
	struct hash_way ways[HASH_WAYS];
	size_t best = 0;

	for (size_t i = hash_ways(ways) - 1; i > best; i--)
		if (ways[i].usable)
			best = i;
	return ways[best];
}

void
hash_many(const struct hash_many *m, uint8_t *out)
{
	const struct hash_way way = widest();

	for (size_t first = 0, n; first < m->n; first += n) {
		n = m->n - first;
		if (n > way.lanes)
			n = way.lanes;
		way.run(m, first, n, out);
	}
}
