/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_act - the users of a script: one operation as a program's doings.
 */
#ifndef TESTS_SIM_SIM_ACT_H
#define TESTS_SIM_SIM_ACT_H

#include "tests/sim/sim_script.h"

struct sim_act {
	struct sim *sim;
	struct sim_host *host;
	const struct script_op *op;
	bool alike; /* but mostly one of a few */
};

/* Is it a user's operation at all? */
bool sim_act_is(enum script_what what);

/* Does it: a host_cb for sim_user; arg is a struct sim_act. */
void sim_act_run(void *arg);

#endif
