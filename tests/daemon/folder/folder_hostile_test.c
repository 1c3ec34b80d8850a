/* SPDX-License-Identifier: Apache-2.0 */
/* folder_hostile_test - peers that lie. */
#include "tests/daemon/folder/folder_test.h"

int
main(void)
{
	static run_tcase *const tcases[] = {folder_hostile_version_tcase,
	    folder_hostile_content_tcase, folder_hostile_flood_tcase};

	return run_tests(
	    "folder_hostile", tcases, sizeof tcases / sizeof *tcases);
}
