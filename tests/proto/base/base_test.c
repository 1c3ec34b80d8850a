/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/base/base_test.h"

int
main(void)
{
	static run_tcase *const tcases[] = {err_tcase, span_tcase, buf_tcase,
	    vec_tcase, path_tcase, date_tcase, text_tcase};

	return run_tests("proto/base", tcases, sizeof tcases / sizeof *tcases);
}
