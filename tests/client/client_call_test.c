/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/client/client_run.h"

#include <string.h>

#define FOLDER(state, synced)                                                  \
	"{\"folders\": [{\"id\": \"f\", \"open\": true, \"paused\": false,"    \
	" \"state\": \"" state "\", \"synced\": " synced ","                   \
	" \"sentence\": \"f: a sentence\"}], \"peers\": [{\"sentence\":"       \
	" \"nas: connected\"}], \"port\": 1}"

START_TEST(no_daemon_is_exit_3)
{
	expect("status", CLIENT_NO_DAEMON, "start it with: tutti up");
	expect("status --json", CLIENT_NO_DAEMON, "\"exit\": 3");
	expect("down", CLIENT_OK, "was not running");
}
END_TEST

START_TEST(status_prints_sentences)
{
	serve(2, 200, FOLDER("running", "true"));
	expect("status", CLIENT_OK, "f: a sentence\nnas: connected\n");
	expect("status --check", CLIENT_OK, NULL);
}
END_TEST

START_TEST(status_check_says_how_it_is_by_exit_codes)
{
	serve(2, 200, FOLDER("running", "false"));
	expect("status", CLIENT_OK, NULL);
	ck_assert_int_eq(run("status --check"), CLIENT_NOT_IN_SYNC);
}
END_TEST

START_TEST(a_halt_is_exit_8_and_not_waited_for)
{
	serve(1, 200, FOLDER("halted", "false"));
	ck_assert_int_eq(run("status --check --wait --json"), CLIENT_HALTED);
	ck_assert_ptr_nonnull(strstr(run_out, "\"schema\": 1"));
}
END_TEST

START_TEST(waiting_has_an_end)
{
	serve(12, 200, FOLDER("running", "false"));
	ck_assert_int_eq(
	    run("status --check --wait --timeout 1"), CLIENT_NOT_IN_SYNC);
	/* Whatever it left unasked. */
	while (run("status") == CLIENT_OK)
		;
}
END_TEST

START_TEST(errors_of_the_daemon_keep_their_words)
{
	serve(1, 404, "{\"error\": \"there is no folder f\"}");
	expect("status", CLIENT_NOT_FOUND, "there is no folder f");
}
END_TEST

START_TEST(an_answer_without_sense_is_said)
{
	serve(1, 200, "<html>");
	expect("status", CLIENT_ERROR, "makes no sense");
}
END_TEST

START_TEST(scan_asks_for_its_folder)
{
	expect("scan f", CLIENT_NOT_FOUND, "is no folder");
	expect("folder add % --id f", CLIENT_ERROR, "contains Tutti's own");
	run_mkdir("d");
	expect("folder add %/d --id f", CLIENT_OK, NULL);
	serve(1, 200, "{\"done\": true}");
	expect("scan %/d --wait", CLIENT_OK, NULL);
}
END_TEST

START_TEST(accept_asks_for_its_folder)
{
	run_mkdir("d");
	expect("folder add %/d --id f", CLIENT_OK, NULL);
	serve(2, 200, "{\"accepted\": true}");
	expect("folder accept f", CLIENT_OK, "f goes on");
	expect("folder accept", CLIENT_OK, "f goes on");
	expect("folder accept g", CLIENT_NOT_FOUND, "is no folder");
}
END_TEST

#define CONFLICTS                                                              \
	"{\"conflicts\": [{\"path\": \"a.conflict-1\", \"url\":"               \
	" \"a.conflict-1\", \"kind\": \"file\", \"size\": 1200,"               \
	" \"mtime_ns\": 5000000000, \"content\": \"01\", \"device\": \"nas\"," \
	" \"edited\": true, \"home\": {\"path\": \"a\", \"url\": \"a\","       \
	" \"kind\": \"file\", \"size\": 7, \"mtime_ns\": 4000000000,"          \
	" \"content\": \"02\", \"device\": null}}], \"done\": true}"

START_TEST(L54_conflicts_are_printed_with_their_homes)
{
	run_mkdir("d");
	expect("folder add %/d --id f", CLIENT_OK, NULL);
	serve(5, 200, CONFLICTS);
	expect("conflicts", CLIENT_OK, "f:\n  a  (7 bytes, 19");
	ck_assert_ptr_nonnull(strstr(run_out, "    a.conflict-1  (1.2 kB, 19"));
	ck_assert_ptr_nonnull(strstr(run_out, ", from nas, edited since)"));
	expect("conflicts list f --json", CLIENT_OK, "\"copies\"");
	expect("conflicts show %/d/a --json", CLIENT_OK, "\"copies\"");
	expect("conflicts show %/d/b", CLIENT_NOT_FOUND, "no conflict waits");
	expect("conflicts keep %/d/b", CLIENT_NOT_FOUND, "is not there");
}
END_TEST

START_TEST(L54_conflicts_are_settled)
{
	run_mkdir("d");
	expect("folder add %/d --id f", CLIENT_OK, NULL);
	expect("conflicts keep", CLIENT_USAGE, "name the file");
	expect("conflicts keep --all", CLIENT_USAGE, "--all --newest");
	expect("conflicts keep %/x", CLIENT_NOT_FOUND, "lies in no folder");
	expect("conflicts keep %/d/", CLIENT_USAGE, "name a file");
	expect("conflicts keep %/d/a", CLIENT_NO_DAEMON, NULL);
	/* The list, choosing, removing. */
	serve(8, 200, CONFLICTS);
	expect("conflicts keep %/d/a.conflict-1", CLIENT_OK,
	    "1 file settled, 1 conflict copy removed");
	expect("conflicts keep %/d/a", CLIENT_OK, "1 conflict copy removed");
	expect("conflicts keep --all --newest", CLIENT_OK, "1 file settled");
}
END_TEST

#define VERIFIED(state, healed)                                                \
	"{\"state\": \"" state "\", \"files\": 3, \"bytes\": 1200,"            \
	" \"healed\": " healed ", \"unsure\": 1, \"rotten\":"                  \
	" [{\"path\": \"a\", \"healed\": true},"                               \
	" {\"path\": \"b\", \"healed\": false}]}"

START_TEST(verify_says_what_it_found)
{
	run_mkdir("d");
	expect("folder add %/d --id f", CLIENT_OK, NULL);
	expect("verify g", CLIENT_NOT_FOUND, "is no folder");
	serve(2, 200, VERIFIED("done", "1"));
	expect("verify f", CLIENT_ERROR,
	    "a: rotten, healed\nb: rotten, and not healed");
	expect("verify --json", CLIENT_ERROR, "\"schema\": 1");
}
END_TEST

START_TEST(verify_that_healed_all_is_well)
{
	run_mkdir("d");
	expect("folder add %/d --id f", CLIENT_OK, NULL);
	serve(1, 200, VERIFIED("done", "2"));
	expect("verify f", CLIENT_OK,
	    "f: 3 files read again (1.2 kB), all that rotted is healed");
}
END_TEST

START_TEST(verify_that_is_stopped_is_to_be_tried_again)
{
	run_mkdir("d");
	expect("folder add %/d --id f", CLIENT_OK, NULL);
	serve(1, 200, VERIFIED("none", "0"));
	expect("verify f", CLIENT_AGAIN, "was stopped before all was read");
}
END_TEST

START_TEST(conflicts_that_wait_are_exit_6)
{
	serve(2, 200,
	    "{\"folders\": [{\"id\": \"f\", \"state\": \"running\","
	    " \"conflicts\": 1, \"synced\": true}, {\"id\": \"g\","
	    " \"state\": \"running\", \"synced\": false}]}");
	expect("status --check", CLIENT_CONFLICTS, NULL);
	expect("status", CLIENT_OK, NULL);
}
END_TEST

START_TEST(sync_says_when_it_is_not_reached)
{
	run_mkdir("d");
	expect("folder add %/d --id f", CLIENT_OK, NULL);
	serve(1, 200,
	    "{\"synced\": false, \"sentence\": \"f: waiting for nas\"}");
	expect("sync f --timeout 1", CLIENT_AGAIN, "f: waiting for nas");
}
END_TEST

START_TEST(sync_asks_for_what_the_daemon_has)
{
	/* No file says so, but the daemon has it; the answer serves for both
	 * questions. */
	serve(2, 200,
	    "{\"synced\": false, \"sentence\": \"f: a sentence\","
	    " \"folders\": [{\"id\": \"f\"}]}");
	expect("sync --timeout 1", CLIENT_AGAIN, "f: a sentence");
}
END_TEST

START_TEST(without_folders_sync_says_so)
{
	serve(1, 200, "{\"folders\": []}");
	expect("sync", CLIENT_OK, "no folders yet");
}
END_TEST

TCase *
call_tcase(void)
{
	TCase *tc = tcase_create("call");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, run_begin, run_end);
	tcase_add_test(tc, no_daemon_is_exit_3);
	tcase_add_test(tc, status_prints_sentences);
	tcase_add_test(tc, status_check_says_how_it_is_by_exit_codes);
	tcase_add_test(tc, a_halt_is_exit_8_and_not_waited_for);
	tcase_add_test(tc, waiting_has_an_end);
	tcase_add_test(tc, errors_of_the_daemon_keep_their_words);
	tcase_add_test(tc, an_answer_without_sense_is_said);
	tcase_add_test(tc, scan_asks_for_its_folder);
	tcase_add_test(tc, accept_asks_for_its_folder);
	tcase_add_test(tc, L54_conflicts_are_printed_with_their_homes);
	tcase_add_test(tc, L54_conflicts_are_settled);
	tcase_add_test(tc, verify_says_what_it_found);
	tcase_add_test(tc, verify_that_healed_all_is_well);
	tcase_add_test(tc, verify_that_is_stopped_is_to_be_tried_again);
	tcase_add_test(tc, conflicts_that_wait_are_exit_6);
	tcase_add_test(tc, sync_says_when_it_is_not_reached);
	tcase_add_test(tc, sync_asks_for_what_the_daemon_has);
	tcase_add_test(tc, without_folders_sync_says_so);
	return tc;
}
