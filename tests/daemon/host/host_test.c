/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/host/host_test_internal.h"
#include "tests/run.h"

int
main(void)
{
	run_tcase *const tcases[] = {
	    host_conformance_tcase,
	    host_file_tcase,
	    host_dir_tcase,
	    host_open_tcase,
	    host_lease_tcase,
	    host_machine_tcase,
	    host_uv_timer_tcase,
	    host_uv_job_tcase,
	    host_uv_watch_tcase,
	    host_uv_poll_tcase,
	    host_uv_stream_tcase,

	};

	return run_tests("host", tcases, sizeof tcases / sizeof *tcases);
}
