/* SPDX-License-Identifier: Apache-2.0 */
/* The judge himself: what he must let pass and what he must not. */
#include "tests/sim/sim_oracle.h"
#include "tests/sim/sim_script.h"
#include "tests/sim/sim_test.h"
#include "tests/sim/sim_tree.h"

#include <stdlib.h>
#include <string.h>

#define OK(call) ck_assert_int_eq(call, 0)

/* Two machines with a folder each, and nobody to keep them equal. */
struct court {
	struct sim *sim;
	struct sim_host *host[2];
	struct oracle *oracle;
	char why[512];
};

static struct court
court_open(void)
{
	struct court c = {.sim = sim_new(1)};

	c.host[0] = sim_host_new(c.sim, "a");
	c.host[1] = sim_host_new(c.sim, "b");
	c.oracle = oracle_new(c.sim);
	for (int i = 0; i < 2; i++) {
		OK(sim_user_mkdir(c.host[i], "/tree"));
		OK(sim_user_sync(c.host[i], "/"));
	}
	return c;
}

static void
court_close(struct court *c)
{
	oracle_free(c->oracle);
	sim_free(c->sim);
}

/* The first letter of the verdict, or '-' for none. */
static char
verdict(struct court *c)
{
	if (oracle_judge(c->oracle, c->host, 2, false, c->why, sizeof c->why))
		return '-';
	return c->why[0];
}

/* Does the same on both, with the same times. */
static void
put_both(struct court *c, const char *path, struct span bytes)
{
	for (int i = 0; i < 2; i++) {
		OK(sim_user_write(c->host[i], path, bytes));
		OK(sim_user_touch(c->host[i], path, 0));
	}
}

START_TEST(equal_trees_with_all_values_pass)
{
	struct court c = court_open();

	ck_assert_int_eq(verdict(&c), '-');
	put_both(&c, "/tree/a", SPAN_LIT("one"));
	ck_assert_int_eq(verdict(&c), '-');
	ck_assert_uint_eq(oracle_values(c.oracle), 1);
	court_close(&c);
}
END_TEST

START_TEST(any_difference_is_found)
{
	struct court c = court_open();

	put_both(&c, "/tree/a", SPAN_LIT("one"));
	OK(sim_user_chmod(c.host[1], "/tree/a", 0600));
	ck_assert_int_eq(verdict(&c), 'a');
	OK(sim_user_chmod(c.host[1], "/tree/a", 0644));
	OK(sim_user_touch(c.host[1], "/tree/a", 1));
	ck_assert_int_eq(verdict(&c), 'a');
	OK(sim_user_touch(c.host[1], "/tree/a", 0));
	OK(sim_user_store(c.host[1], "/tree/a", 0, SPAN_LIT("x")));
	ck_assert_int_eq(verdict(&c), 'a');
	OK(sim_user_store(c.host[1], "/tree/a", 0, SPAN_LIT("o")));
	ck_assert_int_eq(verdict(&c), '-');
	OK(sim_user_symlink(c.host[0], "x", "/tree/l"));
	ck_assert_int_eq(verdict(&c), 'a');
	OK(sim_user_symlink(c.host[1], "y", "/tree/l"));
	ck_assert_int_eq(verdict(&c), 'a');
	court_close(&c);
}
END_TEST

START_TEST(a_value_nobody_took_must_be_shown)
{
	struct court c = court_open();

	put_both(&c, "/tree/a", SPAN_LIT("one"));
	/* Both lose it behind the judge's back. */
	sim_user_watch(c.sim, NULL, NULL);
	for (int i = 0; i < 2; i++)
		OK(sim_user_unlink(c.host[i], "/tree/a"));
	ck_assert_int_eq(verdict(&c), 'b');
	for (int i = 0; i < 2; i++) {
		const char *copy = "/tree/a.conflict-20261122T061600Z-K7QX4T";

		OK(sim_user_write(c.host[i], copy, SPAN_LIT("one")));
		OK(sim_user_touch(c.host[i], copy, 0));
	}
	ck_assert_int_eq(verdict(&c), '-');
	court_close(&c);
}
END_TEST

START_TEST(what_a_user_took_is_excused)
{
	struct court c = court_open();

	put_both(&c, "/tree/a", SPAN_LIT("one"));
	OK(sim_user_save(c.host[0], "/tree/a", SPAN_LIT("two")));
	OK(sim_user_unlink(c.host[0], "/tree/a"));
	sim_user_watch(c.sim, NULL, NULL);
	OK(sim_user_unlink(c.host[1], "/tree/a"));
	ck_assert_int_eq(verdict(&c), '-');
	court_close(&c);
}
END_TEST

static uint8_t much[50000];

static void
write_much(void *arg)
{
	OK(sim_user_write(arg, "/tree/a", span_of(much, sizeof much)));
}

/* A machine is shown a file half written, and its user moves it; then the
 * writer writes on, in what has the other name there too by now. */
START_TEST(what_is_written_on_takes_what_was_shown_before)
{
	struct court c = court_open();
	struct host_stat st = {0};
	struct buf half;

	buf_init(&half, sizeof much);
	for (size_t i = 0; i < sizeof much; i++)
		much[i] = (uint8_t)(i % 251);
	sim_user(c.host[0], write_much, NULL, c.host[0]);
	while (st.size == 0 && sim_step(c.sim))
		(void)!sim_user_stat(c.host[0], "/tree/a", &st);
	ck_assert_uint_lt(st.size, sizeof much);
	OK(sim_user_read(c.host[0], "/tree/a", &half));
	OK(sim_user_write(c.host[1], "/tree/b", buf_span(&half)));
	while (sim_user_programs(c.sim) > 0)
		ck_assert(sim_step(c.sim));
	sim_user_watch(c.sim, NULL, NULL);
	OK(sim_user_unlink(c.host[0], "/tree/a"));
	put_both(&c, "/tree/b", span_of(much, sizeof much));
	ck_assert_int_eq(verdict(&c), '-');
	buf_release(&half);
	court_close(&c);
}
END_TEST

START_TEST(what_is_left_aside_counts_only_below_something_newer)
{
	struct court c = court_open();

	OK(sim_user_mkdir(c.host[0], "/tree/.tutti"));
	OK(sim_user_mkdir(c.host[0], "/tree/.tutti/quarantine"));
	OK(sim_user_write(c.host[0], "/tree/a", SPAN_LIT("one")));
	sim_user_watch(c.sim, NULL, NULL);
	OK(sim_user_rename(c.host[0], "/tree/a", "/tree/.tutti/quarantine/1"));
	ck_assert_int_eq(verdict(&c), 'b');
	court_close(&c);
}
END_TEST

START_TEST(litter_is_found)
{
	struct court c = court_open();

	put_both(&c, "/tree/d", SPAN_LIT("one"));
	ck_assert_int_eq(verdict(&c), '-');
	put_both(&c, "/tree/tmp123", SPAN_LIT("two"));
	ck_assert_int_eq(verdict(&c), 'c');
	court_close(&c);
}
END_TEST

START_TEST(what_only_the_lost_disk_had_is_excused)
{
	bool lost = false;

	for (uint64_t seed = 0; seed < 40; seed++) {
		struct court c = court_open();
		struct tree t;

		sim_reseed(c.sim, seed);
		OK(sim_user_write(c.host[0], "/tree/a", SPAN_LIT("one")));
		sim_host_power_cut(c.host[0]);
		tree_read(c.host[0], "/tree", &t);
		if (t.v.n == 0) {
			lost = true;
			ck_assert_int_eq(verdict(&c), '-');
		}
		tree_release(&t);
		court_close(&c);
	}
	ck_assert(lost);
}
END_TEST

/* Each removes one of two equal files, and sees the other. What they had is
 * left to the machine a, aside. */
START_TEST(what_two_removed_together_may_be_kept_aside)
{
	for (int both = 0; both < 2; both++) {
		struct court c = court_open();

		OK(sim_user_write(c.host[0], "/tree/a", SPAN_LIT("one")));
		/* What is brought to the others is nobody's doing. */
		oracle_mishap(c.oracle, c.host[0], false, false);
		put_both(&c, "/tree/a", SPAN_LIT("one"));
		put_both(&c, "/tree/b", SPAN_LIT("one"));
		oracle_mishap(c.oracle, c.host[0], false, true);
		OK(sim_user_unlink(c.host[0], "/tree/a"));
		if (both)
			OK(sim_user_unlink(c.host[1], "/tree/b"));
		sim_user_watch(c.sim, NULL, NULL);
		OK(sim_user_mkdir(c.host[0], "/tree/.tutti"));
		OK(sim_user_mkdir(c.host[0], "/tree/.tutti/versions"));
		OK(sim_user_rename(
		    c.host[0], "/tree/b", "/tree/.tutti/versions/b"));
		OK(sim_user_unlink(c.host[1], "/tree/a"));
		if (!both)
			OK(sim_user_unlink(c.host[1], "/tree/b"));
		ck_assert_int_eq(verdict(&c), both ? '-' : 'b');
		OK(sim_user_remove_all(c.host[0], "/tree/.tutti"));
		ck_assert_int_eq(verdict(&c), 'b');
		court_close(&c);
	}
}
END_TEST

START_TEST(a_directory_removed_once_may_have_any_bits)
{
	struct court c = court_open();

	for (int i = 0; i < 2; i++)
		OK(sim_user_mkdir(c.host[i], "/tree/d"));
	OK(sim_user_chmod(c.host[0], "/tree/d", 0700));
	ck_assert_int_eq(verdict(&c), 'a');
	OK(sim_user_rmdir(c.host[1], "/tree/d"));
	ck_assert_int_eq(verdict(&c), 'a');
	OK(sim_user_mkdir(c.host[1], "/tree/d"));
	ck_assert_int_eq(verdict(&c), '-');
	court_close(&c);
}
END_TEST

START_TEST(a_script_is_its_seeds)
{
	struct script a, b;

	script_make(7, 2, false, &a);
	script_make(7, 2, false, &b);
	ck_assert_uint_eq(a.ops.n, b.ops.n);
	for (size_t i = 0; i < a.ops.n; i++) {
		ck_assert_uint_eq(a.ops.items[i].luck, b.ops.items[i].luck);
		ck_assert_int_ne(a.ops.items[i].what, SCRIPT_POWER);
		ck_assert(script_knows(a.ops.items[i].path));
	}
	script_release(&a);
	script_release(&b);
}
END_TEST

TCase *
sim_oracle_tcase(void)
{
	TCase *tc = tcase_create("oracle");

	tcase_add_test(tc, equal_trees_with_all_values_pass);
	tcase_add_test(tc, any_difference_is_found);
	tcase_add_test(tc, a_value_nobody_took_must_be_shown);
	tcase_add_test(tc, what_a_user_took_is_excused);
	tcase_add_test(tc, what_is_written_on_takes_what_was_shown_before);
	tcase_add_test(
	    tc, what_is_left_aside_counts_only_below_something_newer);
	tcase_add_test(tc, litter_is_found);
	tcase_add_test(tc, what_only_the_lost_disk_had_is_excused);
	tcase_add_test(tc, what_two_removed_together_may_be_kept_aside);
	tcase_add_test(tc, a_directory_removed_once_may_have_any_bits);
	tcase_add_test(tc, a_script_is_its_seeds);
	return tc;
}
