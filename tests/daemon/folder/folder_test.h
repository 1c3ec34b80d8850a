/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder_test - the test cases of daemon/folder. Most wait for something, so
 * they are several programs, which run side by side.
 */
#ifndef TESTS_DAEMON_FOLDER_FOLDER_TEST_H
#define TESTS_DAEMON_FOLDER_FOLDER_TEST_H

#include "tests/run.h"

run_tcase folder_conflict_tcase;
run_tcase folder_cut_tcase;
run_tcase folder_find_tcase;
run_tcase folder_hostile_content_tcase;
run_tcase folder_hostile_flood_tcase;
run_tcase folder_hostile_version_tcase;
run_tcase folder_mode_tcase;
run_tcase folder_refuse_tcase;
run_tcase folder_rollback_tcase;
run_tcase folder_room_tcase;
run_tcase folder_root_tcase;
run_tcase folder_table_tcase;
run_tcase folder_verify_tcase;

#endif
