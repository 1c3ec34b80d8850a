/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "tests/race/race.h"

/* splitmix64. */
static uint64_t
next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t
race_random(struct race_random *r, uint64_t below)
{
	return below == 0 ? 0 : next(&r->state) % below;
}

void
race_fill(uint64_t seed, uint32_t number, uint8_t *bytes, size_t size)
{
	uint64_t state = seed ^ (uint64_t)number << 20;
	char head[RACE_LEAST];
	size_t n;

	n = (size_t)snprintf(head, sizeof head, "edit %u of %llx\n", number,
	    (unsigned long long)seed);
	memcpy(bytes, head, n);
	for (; n < size; n += sizeof state) {
		uint64_t word = next(&state);

		memcpy(bytes + n, &word,
		    size - n < sizeof word ? size - n : sizeof word);
	}
}
