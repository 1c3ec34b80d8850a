/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_fake.h"

int
main(void)
{
	static run_tcase *const tcases[] = {http_tcase, hostile_tcase,
	    away_tcase, conflict_tcase, json_tcase, memory_tcase, past_tcase,
	    route_tcase, sentence_tcase, start_tcase, stream_tcase,
	    verify_tcase, wait_tcase, words_tcase};

	return run_tests("api", tcases, sizeof tcases / sizeof *tcases);
}
