/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_test.h"
#include "tests/sim/sim_tree.h"

#include <stdlib.h>
#include <string.h>

#define OK(call) ck_assert_int_eq(call, 0)

static void
expect(struct desk *d, const char *name, const char *text)
{
	char *have = desk_read(d, name);

	ck_assert_pstr_eq(have, text);
	free(have);
}

START_TEST(programs_write_save_append_and_patch)
{
	struct desk d = desk_open(1);
	struct sim_host *m = d.machine;

	OK(sim_user_write(m, "/r/a", SPAN_LIT("first")));
	OK(sim_user_append(m, "/r/a", SPAN_LIT(" more")));
	OK(sim_user_patch(m, "/r/a", 1, SPAN_LIT("IRS")));
	expect(&d, "a", "fIRSt more");
	OK(sim_user_save(m, "/r/a", SPAN_LIT("new")));
	expect(&d, "a", "new");
	expect(&d, "a~", NULL);
	OK(sim_user_mkdir(m, "/r/d"));
	OK(sim_user_symlink(m, "d", "/r/l"));
	OK(sim_user_write(m, "/r/l/x", SPAN_LIT("below")));
	OK(sim_user_remove_all(m, "/r/d"));
	ck_assert_int_eq(sim_user_rmdir(m, "/r/d"), -ENOENT);
	desk_close(&d);
}
END_TEST

START_TEST(a_store_changes_bytes_and_no_time)
{
	struct desk d = desk_open(2);
	struct host_stat a, b;

	OK(sim_user_write(d.machine, "/r/a", SPAN_LIT("abc")));
	OK(desk_stat(&d, "a", &a));
	sim_run(d.sim, SIM_SECOND);
	OK(sim_user_store(d.machine, "/r/a", 1, SPAN_LIT("X")));
	OK(desk_stat(&d, "a", &b));
	ck_assert_int_eq(a.mtime_ns, b.mtime_ns);
	ck_assert_int_eq(a.ctime_ns, b.ctime_ns);
	expect(&d, "a", "aXc");
	ck_assert_int_eq(
	    sim_user_store(d.machine, "/r/a", 3, SPAN_LIT("X")), -EFAULT);
	desk_close(&d);
}
END_TEST

START_TEST(a_directory_stays_open_to_its_owner)
{
	struct desk d = desk_open(3);
	struct host_stat st;

	OK(sim_user_mkdir(d.machine, "/r/d"));
	OK(sim_user_chmod(d.machine, "/r/d", 0444));
	OK(sim_user_write(d.machine, "/r/d/x", SPAN_LIT("in")));
	OK(sim_user_stat(d.machine, "/r/d", &st));
	ck_assert_int_eq(st.bits, 0744);
	desk_close(&d);
}
END_TEST

static uint64_t
hash_at(struct desk *d, const char *path)
{
	uint64_t hash;

	OK(sim_user_hash(d->machine, path, &hash));
	return hash;
}

/* Whatever pages were hashed before, and whoever shares them. */
START_TEST(a_files_hash_is_that_of_its_bytes)
{
	static uint8_t bytes[3 * 4096 + 5];
	struct desk d = desk_open(11);
	uint64_t before;
	int fd;

	OK(sim_user_write(d.machine, "/r/a", span_of(bytes, sizeof bytes)));
	before = hash_at(&d, "/r/a");
	ck_assert_uint_eq(before, tree_hash(span_of(bytes, sizeof bytes)));
	OK(host_sync_fs(d.host, d.root)); /* the disk has the same pages now */
	bytes[4096] = 1;
	OK(sim_user_patch(d.machine, "/r/a", 4096, SPAN_LIT("\1")));
	ck_assert_uint_eq(
	    hash_at(&d, "/r/a"), tree_hash(span_of(bytes, sizeof bytes)));
	bytes[4096] = 0;
	OK(sim_user_patch(d.machine, "/r/a", 4096, SPAN_LIT("\0")));
	ck_assert_uint_eq(hash_at(&d, "/r/a"), before);
	OK(sim_user_append(d.machine, "/r/a", SPAN_LIT("\0")));
	ck_assert_uint_ne(hash_at(&d, "/r/a"), before);
	OK(host_open(d.host, d.root, "holes", HOST_WRITE | HOST_CREATE, &fd));
	OK(host_truncate(d.host, fd, sizeof bytes));
	host_close(d.host, fd);
	ck_assert_uint_eq(hash_at(&d, "/r/holes"), before);
	desk_close(&d);
}
END_TEST

struct writing {
	struct sim_host *machine;
	int rc;
	bool ended;
};

static void
write_much(void *arg)
{
	struct writing *w = arg;
	static const uint8_t much[100000] = {1};

	w->rc = sim_user_write(w->machine, "/r/a", span_of(much, sizeof much));
}

static void
written(void *arg)
{
	((struct writing *)arg)->ended = true;
}

START_TEST(a_program_takes_its_time)
{
	struct desk d = desk_open(3);
	struct writing w = {.machine = d.machine, .rc = 1};
	struct host_stat st;
	bool partly = false;

	sim_user(d.machine, write_much, written, &w);
	while (!w.ended) {
		ck_assert(sim_step(d.sim));
		if (desk_stat(&d, "a", &st) == 0)
			partly |= st.size < 100000;
	}
	OK(w.rc);
	ck_assert(partly);
	desk_close(&d);
}
END_TEST

START_TEST(the_plug_ends_programs)
{
	struct desk d = desk_open(4);
	struct writing w = {.machine = d.machine};
	struct host_stat st;

	sim_user(d.machine, write_much, written, &w);
	while (desk_stat(&d, "a", &st) != 0 || st.size == 0)
		ck_assert(sim_step(d.sim));
	ck_assert(!w.ended);
	desk_again(&d, true);
	sim_run(d.sim, 60 * SIM_SECOND);
	ck_assert(w.ended);
	ck_assert_int_eq(w.rc, -EIO);
	desk_close(&d);
}
END_TEST

START_TEST(a_program_waits_for_a_lease)
{
	struct desk d = desk_open(5);
	struct writing w = {.machine = d.machine};
	bool held = true;
	int fd;

	sim_knobs(d.sim)->leases = true;
	desk_write(&d, "a", "", false);
	OK(host_open(d.host, d.root, "a", HOST_READ, &fd));
	OK(host_lease(d.host, fd, HOST_LEASE_READ));
	sim_user(d.machine, write_much, written, &w);
	sim_run(d.sim, 10 * SIM_SECOND);
	ck_assert(!w.ended);
	expect(&d, "a", "");
	OK(host_lease_held(d.host, fd, &held));
	ck_assert(!held);
	OK(host_lease(d.host, fd, HOST_LEASE_NONE));
	sim_run(d.sim, 10 * SIM_SECOND);
	ck_assert(w.ended);
	OK(w.rc);
	host_close(d.host, fd);
	desk_close(&d);
}
END_TEST

START_TEST(a_program_breaks_a_lease_at_last)
{
	struct desk d = desk_open(6);
	struct writing w = {.machine = d.machine};
	int fd;

	sim_knobs(d.sim)->leases = true;
	desk_write(&d, "a", "", false);
	OK(host_open(d.host, d.root, "a", HOST_READ, &fd));
	OK(host_lease(d.host, fd, HOST_LEASE_READ));
	sim_user(d.machine, write_much, written, &w);
	sim_run(d.sim, 60 * SIM_SECOND);
	ck_assert(w.ended);
	OK(w.rc);
	host_close(d.host, fd);
	desk_close(&d);
}
END_TEST

START_TEST(a_world_ends_with_programs_under_way)
{
	struct desk d = desk_open(7);
	struct writing w = {.machine = d.machine};

	sim_user(d.machine, write_much, written, &w);
	(void)sim_step(d.sim);
	desk_close(&d);
	ck_assert(w.ended);
}
END_TEST

TCase *
sim_user_tcase(void)
{
	TCase *tc = tcase_create("user");

	tcase_add_test(tc, programs_write_save_append_and_patch);
	tcase_add_test(tc, a_store_changes_bytes_and_no_time);
	tcase_add_test(tc, a_directory_stays_open_to_its_owner);
	tcase_add_test(tc, a_files_hash_is_that_of_its_bytes);
	tcase_add_test(tc, a_program_takes_its_time);
	tcase_add_test(tc, the_plug_ends_programs);
	tcase_add_test(tc, a_program_waits_for_a_lease);
	tcase_add_test(tc, a_program_breaks_a_lease_at_last);
	tcase_add_test(tc, a_world_ends_with_programs_under_way);
	return tc;
}
