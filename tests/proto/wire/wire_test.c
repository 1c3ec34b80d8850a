/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/wire/wire_test.h"

int
main(void)
{
	static run_tcase *const tcases[] = {
	    wire_reader_tcase, wire_writer_tcase};

	return run_tests("proto/wire", tcases, sizeof tcases / sizeof *tcases);
}
