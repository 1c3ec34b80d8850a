/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_place.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __x86_64__

enum { KEPT_REGISTERS = 6 };

__attribute__((naked, noinline)) static void
swap_stacks(
    __attribute__((unused)) void **from, __attribute__((unused)) void *to)
{
	__asm__("pushq %rbp\n\t"
		"pushq %rbx\n\t"
		"pushq %r12\n\t"
		"pushq %r13\n\t"
		"pushq %r14\n\t"
		"pushq %r15\n\t"
		"movq %rsp, (%rdi)\n\t"
		"movq %rsi, %rsp\n\t"
		"popq %r15\n\t"
		"popq %r14\n\t"
		"popq %r13\n\t"
		"popq %r12\n\t"
		"popq %rbx\n\t"
		"popq %rbp\n\t"
		"ret");
}

/* The registers, where to return to, and where begin would: nowhere. That is
 * also what the ABI's alignment at a function's beginning asks for. */
void
sim_place_make(
    struct sim_place *at, void *stack, size_t len, void (*begin)(void))
{
	void **top = (void **)((uint8_t *)stack + len);

	*--top = NULL;
	memcpy(--top, &begin, sizeof begin);
	top -= KEPT_REGISTERS;
	memset(top, 0, KEPT_REGISTERS * sizeof *top);
	at->stack = top;
}

void
sim_place_swap(struct sim_place *from, struct sim_place *to)
{
	swap_stacks(&from->stack, to->stack);
}

#else

void
sim_place_make(
    struct sim_place *at, void *stack, size_t len, void (*begin)(void))
{
	if (getcontext(&at->context) != 0)
		abort();
	at->context.uc_stack.ss_sp = stack;
	at->context.uc_stack.ss_size = len;
	at->context.uc_link = NULL;
	makecontext(&at->context, begin, 0);
}

void
sim_place_swap(struct sim_place *from, struct sim_place *to)
{
	if (swapcontext(&from->context, &to->context) != 0)
		abort();
}

#endif
