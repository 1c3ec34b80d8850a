/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_pool - memory for SQLite without asking malloc each time, for a
 * process that plays many histories in one thread.
 */
#ifndef TESTS_SIM_SIM_POOL_H
#define TESTS_SIM_SIM_POOL_H

/* To be called before the first index is opened. */
void sim_pool_use(void);

#endif
