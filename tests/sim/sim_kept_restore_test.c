/* SPDX-License-Identifier: Apache-2.0 */
/* What a user restores, all at once. */
#include "tests/sim/sim_couple.h"

#include "tests/run.h"
#include "tests/sim/sim_tree.h"

enum { SETTLE_S = 120, CALLS = 90 };

/* Bob brings back what ada replaced; another directory of hers was deleted. */
static void
restore_all(struct couple *c, int64_t at_ns, bool *out_done)
{
	OK(sim_node_restore(c->node[1], "", at_ns, out_done));
}

static bool
is_set(void *arg)
{
	return *(bool *)arg;
}

static struct couple
begin_changed(uint64_t seed, int64_t *out_at_ns)
{
	struct couple c = couple_begin(seed);

	OK(sim_user_mkdir(c.host[0], SCRIPT_ROOT "/d"));
	OK(sim_user_mkdir(c.host[0], SCRIPT_ROOT "/e"));
	couple_write(&c, 0, SCRIPT_ROOT "/d/n.txt", "one");
	couple_write(&c, 0, SCRIPT_ROOT "/e/m", "deep");
	OK(sim_user_symlink(c.host[0], "m", SCRIPT_ROOT "/e/l"));
	couple_settle(&c);
	*out_at_ns = sim_host_wall(c.host[1]);
	sim_run(c.sim, SIM_SECOND);
	couple_write(&c, 0, SCRIPT_ROOT "/d/n.txt", "two");
	OK(sim_user_remove_all(c.host[0], SCRIPT_ROOT "/e"));
	couple_write(&c, 0, SCRIPT_ROOT "/later", "sooner"); /* not so soon */
	couple_settle(&c);
	couple_write(&c, 0, SCRIPT_ROOT "/later", "later");
	couple_settle(&c);
	return c;
}

/* As it stood, at both; and nothing lost of what came since. */
static void
expect_restored(struct couple *c)
{
	struct tree t[2];
	char why[256];

	for (int i = 0; i < 2; i++)
		tree_read(c->host[i], SCRIPT_ROOT, &t[i]);
	ck_assert_msg(!tree_differs(&t[0], &t[1], why, sizeof why), "%s", why);
	ck_assert_uint_eq(t[0].v.n, 6); /* d, n.txt, e, m, l, later */
	ck_assert_ptr_nonnull(tree_find(&t[0], "e/l"));
	for (int i = 0; i < 2; i++)
		tree_release(&t[i]);
	ck_assert(couple_holds(c, SCRIPT_ROOT "/d", "one"));
	ck_assert(couple_holds(c, SCRIPT_ROOT "/e", "deep"));
	ck_assert(couple_holds(c, SCRIPT_ROOT, "later"));
	ck_assert(couple_holds(c, QUARANTINE, "two") ||
		  couple_holds(c, VERSIONS "/d", "two"));
}

START_TEST(what_stood_then_comes_back_everywhere)
{
	int64_t at_ns;
	struct couple c = begin_changed(20 + (uint64_t)_i, &at_ns);
	bool done;

	if (_i % 2 == 1) /* out of quarantine, or of the kept versions */
		sim_run(c.sim, JUDGED_S * SIM_SECOND);
	restore_all(&c, at_ns, &done);
	ck_assert(sim_run_until(c.sim, SETTLE_S * SIM_SECOND, is_set, &done));
	couple_settle(&c);
	expect_restored(&c);
	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	expect_restored(&c);
	couple_end(&c);
}
END_TEST

/* It need not have begun; what is there is old or new, and once more helps. */
static void
die_while_restoring(uint64_t call, bool power)
{
	int64_t at_ns;
	struct couple c = begin_changed(30 + call % 3, &at_ns);
	bool done;

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	sim_host_die_at(c.host[1], call, power);
	restore_all(&c, at_ns, &done);
	sim_run(c.sim, SIM_SECOND);
	sim_node_bury(c.node[1]);
	ck_assert(couple_holds(&c, SCRIPT_ROOT, "two") ||
		  couple_holds(&c, QUARANTINE, "two"));
	ck_assert(couple_holds(&c, SCRIPT_ROOT, "one") ||
		  couple_holds(&c, VERSIONS "/d", "one"));
	if (sim_host_up(c.host[1]))
		sim_host_die_at(c.host[1], 0, false);
	OK(sim_node_start(c.node[1]));
	couple_settle(&c);
	restore_all(&c, at_ns, &done);
	ck_assert(sim_run_until(c.sim, SETTLE_S * SIM_SECOND, is_set, &done));
	couple_settle(&c);
	expect_restored(&c);
	sim_run(c.sim, 2 * JUDGED_S * SIM_SECOND);
	ck_assert(
	    couple_holds(&c, VERSIONS "/d", "two")); /* known, not astray */
	couple_end(&c);
}

START_TEST(L20_killed_at_any_call_while_restoring)
{
	die_while_restoring((uint64_t)_i + 1, false);
}
END_TEST

START_TEST(L21_the_plug_at_any_call_while_restoring)
{
	die_while_restoring((uint64_t)_i + 1, true);
}
END_TEST

TCase *
kept_restore_tcase(void)
{
	TCase *t = tcase_create("restore");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, what_stood_then_comes_back_everywhere, 0, 6);
	tcase_add_loop_test(
	    t, L20_killed_at_any_call_while_restoring, 0, CALLS);
	tcase_add_loop_test(
	    t, L21_the_plug_at_any_call_while_restoring, 0, CALLS);
	return t;
}
