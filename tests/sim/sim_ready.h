/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_ready - a folder's memory as it is when its tables are made and nothing
 * is in them yet. It is made once a process: that takes longer than a short
 * history otherwise does, and is the same each time.
 */
#ifndef TESTS_SIM_SIM_READY_H
#define TESTS_SIM_SIM_READY_H

#include "tests/sim/sim.h"

/*
 * Puts one, of the folder of that id, below a machine's directory memory
 * (absolute), which is made where it is missing; on the disk too. What starts
 * there next takes its number and goes on as after a first start.
 */
void sim_ready_put(struct sim_host *h, const char *memory, const char *id);

#endif
