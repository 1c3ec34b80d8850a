/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_site - where in a module the code stands: to let something fail once
 * for each place that asks for it, not for each time.
 */
#ifndef TESTS_SIM_SIM_SITE_H
#define TESTS_SIM_SIM_SITE_H

#include <stdint.h>

/*
 * Learns from this program's own symbols which code is of source files whose
 * names begin so: as a module's do. Ends the program when it cannot.
 */
void sim_site_init(const char *prefix);

/*
 * The place in the module that has called, through whatever lies below it,
 * whoever asks, and the places there that called that, depth in all: one
 * number for the same ones, in one process. 0: it has not.
 */
uint64_t sim_site(int depth);

#endif
