/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/apply/apply_world.h"
#include "tests/run.h"

int
main(void)
{
	run_tcase *const tcases[] = {
	    apply_open_tcase,
	    apply_stage_tcase,
	    apply_donor_tcase,
	    apply_pieces_tcase,
	    apply_sparse_tcase,
	    apply_place_tcase,
	    apply_source_tcase,
	    apply_touch_tcase,
	    apply_dir_tcase,
	    apply_remove_tcase,
	    apply_keep_tcase,
	    apply_judge_tcase,
	    apply_meta_tcase,
	    apply_race_tcase,
	    apply_sweep_tcase,
	    apply_sweep_keep_tcase,
	};

	return run_tests("apply", tcases, sizeof tcases / sizeof *tcases);
}
