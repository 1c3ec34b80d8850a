/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_place - where a thread of control was left, and the way there.
 *
 * As swapcontext does it, which asks the kernel for the mask of signals each
 * time, and below the address sanitizer has the shadow of the whole stack
 * mapped anew: a scenario goes to and fro some hundred times. So what a call
 * keeps (the System V ABI's) is put on the stack by hand where we know how.
 */
#ifndef TESTS_SIM_SIM_PLACE_H
#define TESTS_SIM_SIM_PLACE_H

#include <stddef.h>

#ifdef __x86_64__
struct sim_place {
	void *stack; /* its top, with the registers on it */
};
#else
#include <ucontext.h>
struct sim_place {
	ucontext_t context;
};
#endif

/*
 * Makes at the beginning of begin, on a stack of len bytes, 16-byte aligned.
 * begin is not to return.
 */
void sim_place_make(
    struct sim_place *at, void *stack, size_t len, void (*begin)(void));

/* Notes where we are in *from and goes on at to. */
void sim_place_swap(struct sim_place *from, struct sim_place *to);

#endif
