/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/index/index_starve.h"
#include "tests/daemon/index/index_world.h"

int
main(void)
{
	static run_tcase *const tcases[] = {index_rules_tcase,
	    index_entry_tcase, index_list_tcase, index_stream_tcase,
	    index_content_tcase, index_facts_tcase, index_open_tcase,
	    index_past_tcase, index_schema_tcase, index_vfs_tcase,
	    index_memory_tcase, index_recent_tcase, index_sweep_tcase,
	    index_rotten_tcase, index_aside_tcase, index_old_tcase};

	index_starve_begin();
	return run_tests(
	    "daemon/index", tcases, sizeof tcases / sizeof tcases[0]);
}
