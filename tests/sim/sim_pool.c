/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for SQLite, which asks for a piece for every little thing. Pieces
 * are of a few sizes; who gives one back leaves it to the next of its size,
 * and in an instrumented build nobody may look at it meanwhile. All of it
 * stays the process's.
 */
#include "tests/sim/sim_pool.h"

#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define POOL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOL_ASAN 1
#endif
#endif
#ifdef POOL_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, len) ((void)(p), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(p, len) ((void)(p), (void)(len))
#endif

enum {
	STEP_BYTES = 32,
	SMALL_BYTES = 1024, /* up to here a size each step, then in halves */
	SMALLS = SMALL_BYTES / STEP_BYTES,
	LARGES = 2 * 10, /* up to 1 MiB; what is more is malloc's */
	SIZES = SMALLS + LARGES,
	NO_SIZE = SIZES,
	SLAB_BYTES = 1 << 18,
};

/* Before each piece; the piece itself begins with the next free one's. */
struct head {
	uint64_t size; /* which, or NO_SIZE */
	uint64_t bytes;
};

static struct head *free_ones[SIZES];

/* What all pieces lie in, so that none of it counts as lost. */
static struct slab {
	struct slab *next;
	uint64_t unused;
} * slabs;

static struct head **
next_of(struct head *h)
{
	return (struct head **)(h + 1);
}

/* The bytes of pieces of a size. */
static size_t
bytes_of(size_t size)
{
	size_t power;

	if (size < SMALLS)
		return (size + 1) * STEP_BYTES;
	power = (size_t)SMALL_BYTES << (size - SMALLS) / 2;
	return (size - SMALLS) % 2 ? 2 * power : power + power / 2;
}

static size_t
size_for(size_t bytes)
{
	size_t size = SMALLS;

	if (bytes <= SMALL_BYTES)
		return bytes == 0 ? 0 : (bytes - 1) / STEP_BYTES;
	while (size < SIZES && bytes_of(size) < bytes)
		size++;
	return size;
}

/* Cuts pieces of a size from one of memory. */
static void
refill(size_t size)
{
	size_t each = sizeof(struct head) + bytes_of(size);
	size_t n = SLAB_BYTES / each + 1;
	struct slab *slab = malloc(sizeof *slab + n * each);
	uint8_t *p;

	if (slab == NULL)
		return;
	slab->next = slabs;
	slabs = slab;
	for (p = (uint8_t *)(slab + 1); n > 0; n--, p += each) {
		struct head *h = (struct head *)p;

		h->size = size;
		h->bytes = bytes_of(size);
		*next_of(h) = free_ones[size];
		free_ones[size] = h;
		ASAN_POISON_MEMORY_REGION(h + 1, h->bytes);
	}
}

static void *
take(int wanted)
{
	size_t size = size_for((size_t)wanted);
	struct head *h;

	if (size == NO_SIZE) {
		h = malloc(sizeof *h + (size_t)wanted);
		if (h != NULL)
			*h = (struct head){NO_SIZE, (uint64_t)wanted};
		return h == NULL ? NULL : h + 1;
	}
	if (free_ones[size] == NULL)
		refill(size);
	h = free_ones[size];
	if (h == NULL)
		return NULL;
	ASAN_UNPOISON_MEMORY_REGION(h + 1, h->bytes);
	free_ones[size] = *next_of(h);
	return h + 1;
}

static void
give(void *p)
{
	struct head *h = (struct head *)p - 1;

	if (h->size == NO_SIZE) {
		free(h);
		return;
	}
	*next_of(h) = free_ones[h->size];
	free_ones[h->size] = h;
	ASAN_POISON_MEMORY_REGION(p, h->bytes);
}

static int
bytes_at(void *p)
{
	return p == NULL ? 0 : (int)((struct head *)p - 1)->bytes;
}

static int
rounded(int wanted)
{
	size_t size = size_for((size_t)wanted);

	return size == NO_SIZE ? (wanted + 7) & ~7 : (int)bytes_of(size);
}

static void *
resize(void *p, int wanted)
{
	size_t old = (size_t)bytes_at(p);
	void *other;

	if (old >= (size_t)wanted)
		return p;
	other = take(wanted);
	if (other == NULL)
		return NULL;
	memcpy(other, p, old);
	give(p);
	return other;
}

static int
begin(void *arg)
{
	(void)arg;
	return SQLITE_OK;
}

static void
end(void *arg)
{
	(void)arg;
}

void
sim_pool_use(void)
{
	static const struct sqlite3_mem_methods methods = {
	    take, give, resize, bytes_at, rounded, begin, end, NULL};

	/* Too late once SQLite runs; then it was said before. */
	(void)sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}
