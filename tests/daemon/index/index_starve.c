/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/index/index_starve.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "tests/proto/model/fail_alloc.h"

static sqlite3_mem_methods own;
static bool starved;

void
index_starve(bool on)
{
	starved = on;
}

static void *
starve_malloc(int n)
{
	return starved && fail_alloc_one() ? NULL : own.xMalloc(n);
}

static void *
starve_realloc(void *p, int n)
{
	return starved && fail_alloc_one() ? NULL : own.xRealloc(p, n);
}

void
index_starve_begin(void)
{
	sqlite3_mem_methods m;

	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &own) != SQLITE_OK)
		abort();
	m = own;
	m.xMalloc = starve_malloc;
	m.xRealloc = starve_realloc;
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &m) != SQLITE_OK)
		abort();
}
