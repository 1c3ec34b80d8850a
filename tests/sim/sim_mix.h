/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_mix - a quick hash of words, for sums and stand-ins that nobody attacks:
 * a step of splitmix64's finalizer (Steele, Lea, Flood 2014).
 */
#ifndef TESTS_SIM_SIM_MIX_H
#define TESTS_SIM_SIM_MIX_H

#include <stdint.h>
#include <string.h>

static inline uint64_t
sim_mixed(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
	return h ^ h >> 29;
}

/* The eight bytes at p, in this machine's order. */
static inline uint64_t
sim_word_at(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
	return word;
}

#endif
