/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coroutines: one runs at a time, resumed only from the main context. Their
 * stacks are kept for the next ones, for a scenario makes many.
 */
#include "tests/sim/sim_internal.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#endif
#ifdef FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

enum {
	STACK_BYTES = 1 << 19,
	FIRST_BYTES = 1 << 12, /* fiber_main's frame takes less */
	GUARD_BYTES = 1 << 16,
	STACKS_KEPT = 64
};

static void *kept[STACKS_KEPT];
static size_t n_kept;

static void *
stack_take(void)
{
	uint8_t *p;

	if (n_kept > 0)
		return kept[--n_kept];
	p = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED || mprotect(p, GUARD_BYTES, PROT_NONE) != 0)
		abort();
	return p + GUARD_BYTES;
}

static void
stack_give(void *stack)
{
#ifdef FIBER_ASAN
	/* All have returned and cleared their frames, but for the first. */
	__asan_unpoison_memory_region(
	    (uint8_t *)stack + STACK_BYTES - FIRST_BYTES, FIRST_BYTES);
#endif
	if (n_kept < STACKS_KEPT)
		kept[n_kept++] = stack;
	else
		munmap(
		    (uint8_t *)stack - GUARD_BYTES, GUARD_BYTES + STACK_BYTES);
}

/* The sanitizer is told of each switch: before it, and on the other side. */
static void
leave(void **fake_stack, const void *stack, size_t len)
{
#ifdef FIBER_ASAN
	__sanitizer_start_switch_fiber(fake_stack, stack, len);
#else
	(void)fake_stack;
	(void)stack;
	(void)len;
#endif
}

static void
arrive(void *fake_stack, const void **from, size_t *from_len)
{
#ifdef FIBER_ASAN
	__sanitizer_finish_switch_fiber(fake_stack, from, from_len);
#else
	(void)fake_stack;
	(void)from;
	(void)from_len;
#endif
}

/* Its own: a place begins without a word of what for. */
static struct sim_fiber *beginning;

static void
fiber_main(void)
{
	struct sim_fiber *f = beginning;
	struct sim *s = f->sim;

	arrive(NULL, &s->main_stack, &s->main_stack_len);
	f->work(f->arg);
	f->ended = true;
	leave(NULL, s->main_stack, s->main_stack_len);
	sim_place_swap(&f->place, &s->main);
}

static void
begin(struct sim *s, struct sim_fiber *f)
{
	f->sim = s;
	f->began = true;
	f->stack = stack_take();
	sim_place_make(&f->place, f->stack, STACK_BYTES, fiber_main);
	beginning = f;
}

void
sim_fiber_resume(struct sim *s, struct sim_fiber *f)
{
	if (s->running)
		abort();
	if (!f->began)
		begin(s, f);
	s->running = f;
	leave(&s->main_fake_stack, f->stack, STACK_BYTES);
	sim_place_swap(&s->main, &f->place);
	arrive(s->main_fake_stack, NULL, NULL);
	s->running = NULL;
	if (f->ended)
		stack_give(f->stack);
}

void
sim_fiber_wait(struct sim *s, int64_t ns)
{
	struct sim_fiber *f = s->running;

	sim_event_start(s, f->wake, ns);
	leave(&f->fake_stack, s->main_stack, s->main_stack_len);
	sim_place_swap(&f->place, &s->main);
	arrive(f->fake_stack, &s->main_stack, &s->main_stack_len);
}
