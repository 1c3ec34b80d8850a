/* SPDX-License-Identifier: Apache-2.0 */
/* index_starve - SQLite's memory runs out where fail_alloc.h says so. */
#ifndef TESTS_DAEMON_INDEX_INDEX_STARVE_H
#define TESTS_DAEMON_INDEX_INDEX_STARVE_H

#include <stdbool.h>

/* Before SQLite is used by the process. */
void index_starve_begin(void);

/* Does SQLite's memory run out as well as ours? At first it does not. */
void index_starve(bool on);

#endif
