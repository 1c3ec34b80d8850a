/* SPDX-License-Identifier: Apache-2.0 */
/* folder_test - the test cases of daemon/folder. */
#ifndef TESTS_DAEMON_FOLDER_FOLDER_TEST_H
#define TESTS_DAEMON_FOLDER_FOLDER_TEST_H

#include "tests/run.h"

run_tcase folder_conflict_tcase;
run_tcase folder_cut_tcase;
run_tcase folder_hostile_tcase;
run_tcase folder_kept_tcase;
run_tcase folder_mode_tcase;
run_tcase folder_order_tcase;
run_tcase folder_rollback_tcase;
run_tcase folder_room_tcase;
run_tcase folder_table_tcase;
run_tcase folder_verify_tcase;

#endif
