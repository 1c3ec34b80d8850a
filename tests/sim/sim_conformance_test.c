/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated host under the checks that the real one is held to. */
#include "tests/daemon/host/host_conformance.h"
#include "tests/sim/sim_test.h"

/* One world at a time: the checks know only the table. */
static struct desk desk;

static void
tick(const struct host_conformance *c)
{
	(void)c;
	sim_run(desk.sim, 10 * SIM_MS);
}

START_TEST(it_conforms)
{
	for (uint64_t seed = 0; seed < 4; seed++) {
		struct host_conformance c = {.leases = true, .tick = tick};

		desk = desk_open(seed);
		sim_knobs(desk.sim)->leases = true;
		c.h = desk.host;
		c.dir = desk.root;
		host_conformance_checks[_i].check(&c);
		host_close(desk.host, desk.root);
		ck_assert_msg(sim_host_end(desk.machine) == 0, "%s: left open",
		    host_conformance_checks[_i].name);
		sim_free(desk.sim);
	}
}
END_TEST

TCase *
sim_conformance_tcase(void)
{
	TCase *tc = tcase_create("conformance");

	tcase_add_loop_test(tc, it_conforms, 0, (int)n_host_conformance_checks);
	return tc;
}
