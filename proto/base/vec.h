/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vec - an array that grows: {items, n, cap} of any type.
 *
 *	struct names { VEC(struct span) v; };
 *	rc = VEC_PUSH(&names.v, span);
 *
 * A pointer to an item is valid until the next push. Zeroed memory is an
 * empty vector; VEC_RELEASE frees the array, not what the items own.
 */
#ifndef PROTO_BASE_VEC_H
#define PROTO_BASE_VEC_H

#include <errno.h>
#include <stdlib.h>

#include "proto/base/err.h"

/* Any array's pointer, read and written as one of void: may_alias, for the
 * compiler must not think that the array's own pointer stayed as it was. */
typedef void *__attribute__((may_alias)) vec_pointer;

#define VEC(T)                                                                 \
	struct {                                                               \
		T *items;                                                      \
		size_t n;                                                      \
		size_t cap;                                                    \
	}

/* Makes room for one more item: 0, or -ENOMEM with nothing changed. */
#define VEC_GROW(v)                                                            \
	vec_grow((vec_pointer *)&(v)->items, &(v)->cap, (v)->n, sizeof *(v)->items)

/* Appends an item: 0, or -ENOMEM with nothing changed. */
#define VEC_PUSH(v, ...)                                                       \
	(VEC_GROW(v) ? -ENOMEM : ((v)->items[(v)->n++] = (__VA_ARGS__), 0))

/* Frees the array and leaves an empty vector. */
#define VEC_RELEASE(v)                                                         \
	(free((v)->items), (v)->items = NULL, (v)->n = (v)->cap = 0, (void)0)

/* Walks the items: VEC_EACH(&v, it) { use it, a pointer }. */
#define VEC_EACH(v, it)                                                        \
	for (__typeof__(*(v)->items) *it = (v)->items;                         \
	     it != NULL && it < (v)->items + (v)->n; it++)

/*
 * Lets an array of *cap items of the given size hold one more than n,
 * doubling. 0, or -ENOMEM with nothing changed.
 */
int vec_grow(vec_pointer *items, size_t *cap, size_t n, size_t size) MUST_USE;

#endif
