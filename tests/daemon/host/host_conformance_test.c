/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of host_conformance.c on the real host. */
#include "tests/daemon/host/host_conformance.h"

#include "tests/daemon/host/host_test_internal.h"

/* The kernel stamps files by a coarse clock: touch one until it moves on. */
static void
tick(const struct host_conformance *c)
{
	struct host_stat first;
	struct host_stat now;

	bench_file(b.dir, "clock", "1");
	OK(host_stat_at(c->h, b.dir, "clock", &first));
	do {
		bench_file(b.dir, "clock", "2");
		OK(host_stat_at(c->h, b.dir, "clock", &now));
	} while (now.ctime_ns <= first.ctime_ns);
}

static void
run_check(int i)
{
	struct host_conformance c = {.h = b.h, .leases = true, .tick = tick};

	OK(host_make_dir(b.h, b.dir, "empty", 0755));
	OK(host_open(b.h, b.dir, "empty", HOST_READ, &c.dir));
	host_conformance_checks[i].check(&c);
	host_close(b.h, c.dir);
}

START_TEST(real_files_conform)
{
	run_check(_i);
}
END_TEST

/* Without openat2, what is below a root is found step by step. */
START_TEST(real_files_conform_without_openat2)
{
	host_uv_forgo_openat2(b.h);
	ck_assert(!host_uv_has_openat2(b.h));
	run_check(_i);
}
END_TEST

TCase *
host_conformance_tcase(void)
{
	TCase *tcase = bench_tcase("conformance");
	int n = (int)n_host_conformance_checks;

	tcase_add_loop_test(tcase, real_files_conform, 0, n);
	tcase_add_loop_test(tcase, real_files_conform_without_openat2, 0, n);
	return tcase;
}
