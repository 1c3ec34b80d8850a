/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_fake.h"

int
main(void)
{
	static run_tcase *const tcases[] = {
	    http_tcase, sentence_tcase, words_tcase};

	return run_tests("api", tcases, sizeof tcases / sizeof *tcases);
}
