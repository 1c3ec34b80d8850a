/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/model/fail_alloc.h"

#include <stddef.h>

static _Thread_local long left = -1; /* below 0: nothing fails */
static _Thread_local bool fail_all, failed;

void
fail_alloc_after(long n, bool all)
{
	left = n;
	fail_all = all;
	failed = false;
}

bool
fail_alloc_end(void)
{
	left = -1;
	return failed;
}

static bool
fails(void)
{
	if (left < 0 || (failed && !fail_all))
		return false;
	if (left > 0) {
		left--;
		return false;
	}
	failed = true;
	return true;
}

bool
fail_alloc_one(void)
{
	return fails();
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(p, n, size);
}
