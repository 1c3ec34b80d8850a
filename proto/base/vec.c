/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/base/vec.h"

#include <stdint.h>

int
vec_grow(vec_pointer *items, size_t *cap, size_t n, size_t size)
{
	size_t more = *cap < 8 ? 8 : *cap * 2;
	void *p;

	if (n < *cap)
		return 0;
	if (more > SIZE_MAX / 2 / size)
		return -ENOMEM;
	p = realloc(*items, more * size);
	if (p == NULL)
		return -ENOMEM;
	*items = p;
	*cap = more;
	return 0;
}
