/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lessons_test - the cases of LESSONS.md as scenes; one file a letter.
 *
 * Each test is played in several worlds, kind and unkind ones, by the seed
 * that check's loop gives it as _i.
 */
#ifndef TESTS_SIM_LESSONS_TEST_H
#define TESTS_SIM_LESSONS_TEST_H

#include <string.h>

#include "tests/sim/sim_scene.h"

enum { LESSONS_SEEDS = 8, LESSONS_TIMEOUT_S = 120 };

/* Adds a test to be played in all worlds. */
#define lessons_add(tc, test) tcase_add_loop_test(tc, test, 0, LESSONS_SEEDS)

TCase *lessons_a_tcase(void);
TCase *lessons_a_ignore_tcase(void);
TCase *lessons_a_late_tcase(void);
TCase *lessons_a_move_tcase(void);
TCase *lessons_b_tcase(void);
TCase *lessons_clone_tcase(void);
TCase *lessons_cut_tcase(void);
TCase *lessons_d_tcase(void);
TCase *lessons_e_tcase(void);
TCase *lessons_g_tcase(void);
TCase *lessons_same_tcase(void);
TCase *lessons_stop_tcase(void);

#endif
