/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/client/client_run.h"

int
main(void)
{
	static run_tcase *const tcases[] = {
	    args_tcase, call_tcase, offline_tcase, time_tcase};

	return run_tests("client", tcases, sizeof tcases / sizeof *tcases);
}
