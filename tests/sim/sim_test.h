/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_test - what the simulator's own tests share: a world of one machine
 * with one process, and a root to work in.
 */
#ifndef TESTS_SIM_SIM_TEST_H
#define TESTS_SIM_SIM_TEST_H

#include "tests/run.h"
#include "tests/sim/sim.h"

struct desk {
	struct sim *sim;
	struct sim_host *machine;
	const struct host *host;
	int root; /* "/r", made */
};

/* Opens and closes a desk; closing checks that nothing was left behind. */
struct desk desk_open(uint64_t seed);
void desk_close(struct desk *d);

/* The process dies (by the plug, when cut) and another one starts. */
void desk_again(struct desk *d, bool cut);

/* Writes a whole file below the root by the table; sync when asked. */
void desk_write(struct desk *d, const char *name, const char *text, bool sync);

/* Reads one; NULL when it is not there. Freed by the caller. */
char *desk_read(struct desk *d, const char *name);

/* The last error of a look at a name below the root. */
int desk_stat(struct desk *d, const char *name, struct host_stat *out);

TCase *sim_host_tcase(void);
TCase *sim_fs_tcase(void);
TCase *sim_disk_tcase(void);
TCase *sim_watch_tcase(void);
TCase *sim_net_tcase(void);
TCase *sim_user_tcase(void);
TCase *sim_oracle_tcase(void);
TCase *sim_conformance_tcase(void);
TCase *sim_stand_tcase(void);

#endif
