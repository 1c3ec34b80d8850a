/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_memory_wrap - lets our code and the libraries below it ask the
 * simulator before they get memory; for programs linked with its --wrap.
 */
#ifndef TESTS_SIM_SIM_MEMORY_WRAP_H
#define TESTS_SIM_SIM_MEMORY_WRAP_H

#include "tests/sim/sim.h"

/* Lets SQLite ask as well; before it is used. 0, or its error. */
int sim_memory_wrap(void);

#endif
