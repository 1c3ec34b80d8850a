/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/lessons_test.h"

int
main(void)
{
	static run_tcase *const all[] = {
	    lessons_a_tcase,
	    lessons_a_ignore_tcase,
	    lessons_a_late_tcase,
	    lessons_a_move_tcase,
	    lessons_b_tcase,
	    lessons_clone_tcase,
	    lessons_cut_tcase,
	    lessons_d_tcase,
	    lessons_e_tcase,
	    lessons_g_tcase,
	    lessons_same_tcase,
	    lessons_stop_tcase,
	};

	return run_tests("lessons", all, sizeof all / sizeof *all);
}
