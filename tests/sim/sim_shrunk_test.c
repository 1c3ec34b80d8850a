/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histories that ended wrongly once, as `sim shrink` printed them then; what
 * was mended by each is said above its test. They are made for the world as
 * it is: when the simulator takes its luck otherwise, they may play something
 * else, and the mutants that name them tell so.
 */
#include <check.h>

#include "tests/run.h"
#include "tests/sim/sim_play.h"
#include "tests/sim/sim_pool.h"

/* clang-format off */
#define OPS(ops) {ops, sizeof ops / sizeof *ops, 0}
/* clang-format on */

static void
ends_well(const struct script *script)
{
	struct play_result result;

	play(script, NULL, false, &result);
	ck_assert_msg(result.well, "%s", result.why);
}

/* A delete rested for ever beside a home that a power cut had left: what was
 * to come there never came. It ended with f. */
START_TEST(seed_980001712_ends_well)
{
	static struct script_op ops[] = {
	    {SCRIPT_JOIN, 1, "a", "b", UINT64_C(0xab1ec92f314df8c3),
		.pause_ns = 95186895, .size = 0, .number = 35},
	    {SCRIPT_STOP, 0, "l", "d/y", UINT64_C(0xfb8018cefdfeffe3),
		.pause_ns = 1243803713, .size = 128, .number = 87},
	    {SCRIPT_WRITE, 1, "a", "b", UINT64_C(0xabe44b1b6eff389b),
		.pause_ns = 15960036, .size = 120, .number = 94},
	    {SCRIPT_WRITE, 0, "d/x", "d/f", UINT64_C(0x32df99981e26b006),
		.pause_ns = 200951471, .size = 167, .number = 95},
	    {SCRIPT_WRITE, 0, "a", "l", UINT64_C(0x431a86d3865f24bf),
		.pause_ns = 20424744, .size = 214, .number = 98},
	    {SCRIPT_START, 0, "e/z", "d/f/x", UINT64_C(0x711df5608f4b430c),
		.pause_ns = 0, .size = 158, .number = 118},
	    {SCRIPT_PATCH, 0, "big", "d/y", UINT64_C(0xfe83d343413d09f0),
		.pause_ns = 14366232, .size = 80587, .number = 132},
	    {SCRIPT_KILL, 1, "d/y", "d/f/x", UINT64_C(0x7d2902eb1ff35237),
		.pause_ns = 34530452, .size = 157, .number = 133},
	    {SCRIPT_POWER, 0, "e", "d/f/x", UINT64_C(0x5fcd0ab01264d553),
		.pause_ns = 7308862, .size = 165, .number = 142},
	    {SCRIPT_CLOCK, 1, "b", "big", UINT64_C(0xe9ad66aea355d17),
		.pause_ns = 17526455, .size = 187, .number = 155},
	    {SCRIPT_POWER, 1, "e/z", "d/f", UINT64_C(0xf2b5ce3a6cc0cbaf),
		.pause_ns = 0, .size = 118, .number = 158},
	    {SCRIPT_SAVE, 0, "b", "big", UINT64_C(0xe9c9b8d6cf76505e),
		.pause_ns = 0, .size = 127, .number = 161},
	    {SCRIPT_CUT, 0, "e/z", "e", UINT64_C(0x61bcc074d500c2c5),
		.pause_ns = 23479931, .size = 151, .number = 192},
	    {SCRIPT_SAVE, 0, "a", "a", UINT64_C(0x72d4d31e816a216c),
		.pause_ns = 12971010, .size = 60622, .number = 194},
	    {SCRIPT_COPY_BACK, 1, "a", "l", UINT64_C(0x24f7230635592c85),
		.pause_ns = 38820495, .size = 78, .number = 198},
	};

	ends_well(&(struct script){
	    .seed = UINT64_C(980001712),
	    .nodes = 2,
	    .power = 1,
	    .alike = 0,
	    .shape = SCRIPT_MESH,
	    .late = 0x2,
	    .ops = OPS(ops),
	});
}
END_TEST

/* A directory that was seen just before a stop, while the memory was fresh,
 * was not told after it. It ended with a. */
START_TEST(seed_965009519_ends_well)
{
	static struct script_op ops[] = {
	    {SCRIPT_JOIN, 1, "a", "b", UINT64_C(0xb4eef62663317213),
		.pause_ns = 29072597, .size = 0, .number = 7},
	    {SCRIPT_SNAPSHOT, 0, "a", "b", UINT64_C(0x74af6fec5dfafb60),
		.pause_ns = 29522315, .size = 0, .number = 48},
	    {SCRIPT_RETREE, 0, "a", "b", UINT64_C(0x9f19b4dff6cbaf69),
		.pause_ns = 90949017, .size = 0, .number = 64},
	    {SCRIPT_SAVE, 0, "e/z", "d/f/x", UINT64_C(0x4ce26fc060c537a9),
		.pause_ns = 25051652, .size = 67221, .number = 73},
	    {SCRIPT_CHMOD, 0, "e", "d", UINT64_C(0x307c397f6cc9c3f2),
		.pause_ns = 21904347, .size = 69093, .number = 102},
	    {SCRIPT_RENAME, 0, "e", "d", UINT64_C(0xad602ba21350f01e),
		.pause_ns = 217789841, .size = 139, .number = 111},
	    {SCRIPT_WRITE, 0, "e/z", "big", UINT64_C(0xe0cde0da84b1bfef),
		.pause_ns = 0, .size = 215, .number = 132},
	    {SCRIPT_START, 0, "e/z", "d/x", UINT64_C(0x49070eaa439ee28d),
		.pause_ns = 0, .size = 194, .number = 133},
	    {SCRIPT_WRITE, 1, "e", "b", UINT64_C(0x31c4f4ceb5330fa0),
		.pause_ns = 0, .size = 37, .number = 134},
	    {SCRIPT_UNLINK, 0, "e", "e", UINT64_C(0x15277c5a152e3b2),
		.pause_ns = 0, .size = 63, .number = 135},
	    {SCRIPT_REMOVE, 1, "e", "e", UINT64_C(0x21b590a1bff6cabb),
		.pause_ns = 22745125, .size = 190, .number = 136},
	    {SCRIPT_POWER, 0, "e/z", "d/y", UINT64_C(0x5452b1bfe13d8168),
		.pause_ns = 2901384768, .size = 96, .number = 138},
	    {SCRIPT_RENAME, 0, "e/z", "b", UINT64_C(0xb4c7ad1f4619d454),
		.pause_ns = 3185317595, .size = 23, .number = 140},
	    {SCRIPT_SAVE, 0, "e", "d/x", UINT64_C(0x7933b8b444a559d1),
		.pause_ns = 1351232830, .size = 112, .number = 173},
	};

	ends_well(&(struct script){
	    .seed = UINT64_C(965009519),
	    .nodes = 2,
	    .power = 1,
	    .alike = 0,
	    .shape = SCRIPT_MESH,
	    .late = 0x2,
	    .ops = OPS(ops),
	});
}
END_TEST

static TCase *
shrunk_tcase(void)
{
	TCase *t = tcase_create("shrunk");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, seed_980001712_ends_well);
	tcase_add_test(t, seed_965009519_ends_well);
	return t;
}

int
main(void)
{
	static run_tcase *const tcases[] = {shrunk_tcase};

	sim_pool_use();
	return run_tests("sim shrunk", tcases, sizeof tcases / sizeof *tcases);
}
