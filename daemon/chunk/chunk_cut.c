/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/chunk/chunk_internal.h"

#include "proto/base/limits.h"

enum {
	STREAMS = 4,
	RUN = 512, /* places that each stream judges in one go */
	NORMAL_LEVEL = 2,
};

/* A mask of the n highest bits, which hang on all bytes of the window. */
static uint64_t
high_bits(unsigned n)
{
	return ~UINT64_C(0) << (64 - n);
}

static struct chunk_params
params_of(unsigned bits)
{
	const uint32_t avg = UINT32_C(1) << bits;

	return (struct chunk_params){
	    .min = avg / 4,
	    .avg = avg,
	    .max = avg * 4,
	    .mask_small = high_bits(bits + NORMAL_LEVEL),
	    .mask_large = high_bits(bits - NORMAL_LEVEL),
	};
}

struct chunk_params
chunk_params_for(uint64_t size)
{
	if (size <= LIMIT_SMALL_FILE_BYTES)
		return (struct chunk_params){
		    .min = LIMIT_SMALL_FILE_BYTES,
		    .avg = LIMIT_SMALL_FILE_BYTES,
		    .max = LIMIT_SMALL_FILE_BYTES,
		};
	if (size <= UINT64_C(16) << 20)
		return params_of(14);
	if (size <= UINT64_C(4) << 30)
		return params_of(16);
	if (size <= UINT64_C(64) << 30)
		return params_of(18);
	return params_of(20);
}

uint64_t
chunk_count_max(uint64_t size)
{
	uint32_t min = chunk_params_for(size).min;

	return size / min + (size % min > 0);
}

bool
chunk_same_band(uint64_t a, uint64_t b)
{
	struct chunk_params x = chunk_params_for(a);
	struct chunk_params y = chunk_params_for(b);

	return x.min == y.min && x.max == y.max;
}

/* The gear hash of the window that ends before p. */
static uint64_t
window(const uint8_t *p)
{
	uint64_t fp = 0;

	for (int i = -CHUNK_WINDOW; i < 0; i++)
		fp = (fp << 1) + chunk_gear[p[i]];
	return fp;
}

/*
 * Gives the first place from p on, before end, where the hash has no bit of
 * the mask; end if there is none. fp is the hash at p, which is before end.
 * The byte at the last place is not read: it may be the end of all.
 */
static const uint8_t *
find_one(const uint8_t *p, const uint8_t *end, uint64_t fp, uint64_t mask)
{
	while ((fp & mask) != 0) {
		if (++p == end)
			return end;
		fp = (fp << 1) + chunk_gear[p[-1]];
	}
	return p;
}

/*
 * The same for STREAMS * RUN places from p on, at which one hash waits for
 * the last: four that do not wait for each other are twice as fast. The byte
 * at the last place is read.
 */
static const uint8_t *
find_run(const uint8_t *p, uint64_t mask)
{
	const uint8_t *const end = p + STREAMS * RUN;
	uint64_t a = window(p), b = window(p + RUN);
	uint64_t c = window(p + 2 * RUN), d = window(p + 3 * RUN);
	int i = 0;

	while (
	    i < RUN && (a & mask) && (b & mask) && (c & mask) && (d & mask)) {
		a = (a << 1) + chunk_gear[p[i]];
		b = (b << 1) + chunk_gear[p[i + RUN]];
		c = (c << 1) + chunk_gear[p[i + 2 * RUN]];
		d = (d << 1) + chunk_gear[p[i + 3 * RUN]];
		i++;
	}
	if (i == RUN)
		return end;
	/* One has found a place; those before it in the file may yet. */
	const uint64_t fp[STREAMS] = {a, b, c, d};

	for (int s = 0; s < STREAMS; s++) {
		const uint8_t *stop = p + (s + 1) * RUN;
		const uint8_t *at =
		    find_one(p + s * RUN + i, stop, fp[s], mask);

		if (at < stop)
			return at;
	}
	return end;
}

/* The first cut at from or after, before to; to if there is none. */
static size_t
find(const uint8_t *bytes, size_t from, size_t to, uint64_t mask)
{
	const uint8_t *p = bytes + from, *const end = bytes + to;

	while (end - p > STREAMS * RUN) {
		const uint8_t *at = find_run(p, mask);

		p += STREAMS * RUN;
		if (at < p)
			return (size_t)(at - bytes);
	}
	if (p < end)
		p = find_one(p, end, window(p), mask);
	return (size_t)(p - bytes);
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t
chunk_cut_from(const struct chunk_params *params, struct span bytes,
    size_t seen, bool last)
{
	/* One place more than there are bytes: right after the last. */
	const size_t places = least(bytes.len + 1, params->max);
	const size_t middle = least(places, params->avg);
	size_t at = seen < params->min ? params->min : seen + 1;

	if (at < middle) {
		at = find(bytes.p, at, middle, params->mask_small);
		if (at < middle)
			return at;
	}
	if (at < places) {
		at = find(bytes.p, at, places, params->mask_large);
		if (at < places)
			return at;
	}
	if (bytes.len >= params->max)
		return params->max;
	return last ? bytes.len : 0;
}

size_t
chunk_cut(const struct chunk_params *params, struct span bytes, bool last)
{
	return chunk_cut_from(params, bytes, 0, last);
}
