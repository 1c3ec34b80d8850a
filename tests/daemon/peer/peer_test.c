/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/peer/peer_test.h"

int
main(void)
{
	run_tcase *const tcases[] = {peer_session_tcase, peer_link_tcase,
	    peer_stream_tcase, peer_random_tcase};

	return run_tests("peer", tcases, sizeof tcases / sizeof tcases[0]);
}
