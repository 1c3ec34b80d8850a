/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/host/host_test_internal.h"
#include "tests/run.h"

int
main(void)
{
	static run_tcase *const tcases[] = {host_refuse_call_tcase,
	    host_refuse_file_tcase, host_refuse_machine_tcase,
	    host_refuse_rename_tcase, host_refuse_uv_tcase,
	    host_refuse_stream_tcase};

	return run_tests(
	    "host refused", tcases, sizeof tcases / sizeof *tcases);
}
