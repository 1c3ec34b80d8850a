/* SPDX-License-Identifier: Apache-2.0 */
/* The world, processes, jobs and timers; and what all tests here share. */
#include "tests/sim/sim_test.h"

#include <stdlib.h>
#include <string.h>

static void
desk_root(struct desk *d)
{
	ck_assert_int_eq(
	    host_open_root(d->host, "/r", HOST_CREATE, &d->root), 0);
}

struct desk
desk_open(uint64_t seed)
{
	struct desk d = {.sim = sim_new(seed)};

	d.machine = sim_host_new(d.sim, "desk");
	d.host = sim_host_start(d.machine);
	desk_root(&d);
	return d;
}

void
desk_close(struct desk *d)
{
	host_close(d->host, d->root);
	ck_assert_uint_eq(sim_host_end(d->machine), 0);
	sim_free(d->sim);
}

void
desk_again(struct desk *d, bool cut)
{
	if (cut)
		sim_host_power_cut(d->machine);
	else
		sim_host_kill(d->machine);
	(void)sim_host_unwind(d->machine, NULL);
	host_close(d->host, d->root);
	ck_assert_uint_eq(sim_host_end(d->machine), 0);
	d->host = sim_host_start(d->machine);
	desk_root(d);
}

void
desk_write(struct desk *d, const char *name, const char *text, bool sync)
{
	int fd;

	ck_assert_int_eq(host_open(d->host, d->root, name,
			     HOST_WRITE | HOST_CREATE | HOST_TRUNCATE, &fd),
	    0);
	ck_assert_int_eq(host_write_at(d->host, fd, text, strlen(text), 0), 0);
	if (sync)
		ck_assert_int_eq(host_sync(d->host, fd), 0);
	host_close(d->host, fd);
}

char *
desk_read(struct desk *d, const char *name)
{
	char *text;
	int64_t n;
	int fd, rc = host_open(d->host, d->root, name, HOST_READ, &fd);

	if (rc == -ENOENT)
		return NULL;
	ck_assert_int_eq(rc, 0);
	text = calloc(1, 65536);
	n = host_read_at(d->host, fd, text, 65535, 0);
	ck_assert_int_ge(n, 0);
	host_close(d->host, fd);
	return text;
}

int
desk_stat(struct desk *d, const char *name, struct host_stat *out)
{
	return host_stat_at(d->host, d->root, name, out);
}

/* ---- the world ----------------------------------------------------------- */

static void
add_one(void *arg)
{
	++*(int *)arg;
}

START_TEST(events_come_in_the_order_of_their_times)
{
	struct sim *s = sim_new(1);
	int first = 0, second = 0;

	sim_after(s, 2 * SIM_SECOND, add_one, &second);
	sim_after(s, SIM_SECOND, add_one, &first);
	ck_assert(sim_step(s));
	ck_assert_int_eq(first, 1);
	ck_assert_int_eq(second, 0);
	ck_assert_int_eq(sim_now(s), SIM_SECOND);
	ck_assert(sim_step(s));
	ck_assert_int_eq(second, 1);
	ck_assert(!sim_step(s));
	sim_free(s);
}
END_TEST

START_TEST(many_events_keep_their_order)
{
	struct sim *s = sim_new(2);
	int n = 0;
	int64_t last = 0;

	for (int i = 0; i < 500; i++)
		sim_after(s, (int64_t)sim_random(s, 1000), add_one, &n);
	for (int i = 0; i < 500; i++) {
		ck_assert(sim_step(s));
		ck_assert_int_ge(sim_now(s), last);
		last = sim_now(s);
	}
	ck_assert_int_eq(n, 500);
	sim_free(s);
}
END_TEST

struct busy {
	struct desk *desk;
	int turn; /* counts up at each call that a job made */
	int last; /* who made the last */
	int mixed; /* how often it was not the same as before */
	int done;
};

struct busy_job {
	struct busy *busy;
	int number;
};

static void
busy_work(void *arg)
{
	struct busy_job *j = arg;
	struct host_stat st;
	int64_t before = host_mono_ns(j->busy->desk->host);

	for (int i = 0; i < 50; i++) {
		(void)desk_stat(j->busy->desk, "x", &st);
		j->busy->mixed += j->busy->last != j->number;
		j->busy->last = j->number;
		j->busy->turn++;
	}
	ck_assert_int_gt(host_mono_ns(j->busy->desk->host), before);
}

static void
busy_done(void *arg)
{
	struct busy_job *j = arg;

	j->busy->done++;
}

static uint64_t
run_busy(uint64_t seed, struct busy *b)
{
	struct desk d = desk_open(seed);
	struct busy_job jobs[3];
	uint64_t trace;

	sim_knobs(d.sim)->stop_permille = 300;
	sim_knobs(d.sim)->workers = 3;
	*b = (struct busy){.desk = &d};
	for (int i = 0; i < 3; i++) {
		jobs[i] = (struct busy_job){b, i};
		ck_assert_int_eq(
		    host_job(d.host, busy_work, busy_done, &jobs[i]), 0);
	}
	ck_assert_int_eq(b->turn, 0); /* never from inside a call */
	sim_run(d.sim, SIM_SECOND);
	trace = sim_trace(d.sim);
	desk_close(&d);
	return trace;
}

START_TEST(jobs_take_turns_at_their_calls)
{
	struct busy b;

	run_busy(3, &b);
	ck_assert_int_eq(b.turn, 150);
	ck_assert_int_eq(b.done, 3);
	ck_assert_int_gt(b.mixed, 20);
}
END_TEST

START_TEST(one_seed_gives_one_trace)
{
	struct busy b;
	uint64_t trace = run_busy(4, &b);

	ck_assert_uint_eq(run_busy(4, &b), trace);
	ck_assert_uint_ne(run_busy(5, &b), trace);
}
END_TEST

START_TEST(a_timer_calls_once_and_not_when_stopped)
{
	struct desk d = desk_open(6);
	struct host_timer *a, *b;
	int n = 0, stopped = 0;

	ck_assert_int_eq(host_timer_new(d.host, add_one, &n, &a), 0);
	ck_assert_int_eq(host_timer_new(d.host, add_one, &stopped, &b), 0);
	host_timer_start(d.host, a, 10);
	host_timer_start(d.host, b, 10);
	sim_run(d.sim, 9 * SIM_MS);
	ck_assert_int_eq(n, 0);
	host_timer_stop(d.host, b);
	sim_run(d.sim, SIM_SECOND);
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(stopped, 0);
	host_timer_free(d.host, a);
	host_timer_free(d.host, b);
	desk_close(&d);
}
END_TEST

START_TEST(the_wall_clock_jumps_alone)
{
	struct desk d = desk_open(7);
	int64_t wall = host_now_ns(d.host), mono = host_mono_ns(d.host);

	sim_host_jump(d.machine, -3600 * SIM_SECOND);
	ck_assert_int_lt(host_now_ns(d.host), wall - 3599 * SIM_SECOND);
	ck_assert_int_ge(host_mono_ns(d.host), mono);
	desk_close(&d);
}
END_TEST

/* ---- dying --------------------------------------------------------------- */

START_TEST(the_dead_change_nothing)
{
	struct desk d = desk_open(8);
	struct host_timer *t;
	struct host_stat st;
	int fd, n = 0;

	desk_write(&d, "a", "one", false);
	ck_assert_int_eq(host_open(d.host, d.root, "a", HOST_WRITE, &fd), 0);
	ck_assert_int_eq(host_timer_new(d.host, add_one, &n, &t), 0);
	host_timer_start(d.host, t, 1);
	sim_host_kill(d.machine);
	ck_assert(!sim_host_up(d.machine));
	ck_assert_int_eq(host_write_at(d.host, fd, "two", 3, 0), -EIO);
	ck_assert_int_eq(host_unlink(d.host, d.root, "a"), -EIO);
	ck_assert_int_eq(desk_stat(&d, "a", &st), -EIO);
	sim_run(d.sim, SIM_SECOND);
	ck_assert_int_eq(n, 0);
	host_timer_free(d.host, t);
	host_close(d.host, fd);
	desk_again(&d, false);
	ck_assert_int_eq(desk_stat(&d, "a", &st), 0);
	ck_assert_uint_eq(st.size, 3);
	desk_close(&d);
}
END_TEST

START_TEST(unwinding_ends_the_jobs_of_the_dead)
{
	struct desk d = desk_open(9);
	struct busy b = {.desk = &d};
	struct busy_job jobs[2] = {{&b, 0}, {&b, 1}};

	sim_knobs(d.sim)->stop_permille = 1000;
	sim_knobs(d.sim)->workers = 1;
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
		    host_job(d.host, busy_work, busy_done, &jobs[i]), 0);
	while (b.turn < 5)
		ck_assert(sim_step(d.sim));
	sim_host_kill(d.machine);
	sim_run(d.sim, SIM_SECOND);
	ck_assert_int_eq(b.done, 0);
	ck_assert_uint_eq(sim_host_jobs(d.machine), 2);
	ck_assert(sim_host_unwind(d.machine, NULL));
	ck_assert_int_eq(b.done, 2);
	desk_again(&d, false);
	desk_close(&d);
}
END_TEST

START_TEST(it_dies_at_the_call_that_was_named)
{
	for (uint64_t seed = 0; seed < 16; seed++) {
		struct desk d = desk_open(seed);
		struct host_stat st;
		int i = 0;

		sim_host_die_at(d.machine, 5, seed % 2);
		while (desk_stat(&d, "a", &st) == -ENOENT)
			i++;
		ck_assert_int_eq(i, 4);
		ck_assert(!sim_host_up(d.machine));
		desk_again(&d, false);
		desk_close(&d);
	}
}
END_TEST

static void
check_crashes(const struct desk *d, uint64_t kills, uint64_t cuts)
{
	ck_assert_uint_eq(sim_crashes(d->sim).kills, kills);
	ck_assert_uint_eq(sim_crashes(d->sim).cuts, cuts);
}

START_TEST(each_crash_of_what_ran_is_counted)
{
	struct desk d = desk_open(10);
	struct host_stat st;

	check_crashes(&d, 0, 0);
	desk_again(&d, false);
	check_crashes(&d, 1, 0);
	desk_again(&d, true);
	check_crashes(&d, 1, 1);
	sim_host_die_at(d.machine, 1, false);
	ck_assert_int_ne(desk_stat(&d, "a", &st), 0);
	check_crashes(&d, 2, 1);
	sim_host_power_cut(d.machine); /* of one that does not run */
	check_crashes(&d, 2, 1);
	desk_again(&d, false);
	check_crashes(&d, 2, 1);
	desk_close(&d);
}
END_TEST

START_TEST(who_dies_while_opening_leaves_nothing_open)
{
	for (uint64_t seed = 0; seed < 8; seed++) {
		struct desk d = desk_open(seed);
		int fd;

		desk_write(&d, "a", "", false);
		sim_host_die_at(d.machine, 1, false);
		ck_assert_int_eq(
		    host_open(d.host, d.root, "a", HOST_READ, &fd), -EIO);
		host_close(d.host, d.root);
		ck_assert_uint_eq(sim_host_end(d.machine), 0);
		sim_free(d.sim);
	}
}
END_TEST

START_TEST(a_fault_hits_the_call_that_was_named)
{
	struct desk d = desk_open(10);
	struct sim_fault fault = {"unlink", 2, 1, ENOSPC};

	desk_write(&d, "a", "", false);
	desk_write(&d, "b", "", false);
	sim_host_fault(d.machine, &fault);
	ck_assert_int_eq(host_unlink(d.host, d.root, "a"), 0);
	desk_write(&d, "c", "", false);
	ck_assert_int_eq(host_unlink(d.host, d.root, "b"), -ENOSPC);
	ck_assert_int_eq(host_unlink(d.host, d.root, "b"), 0);
	desk_close(&d);
}
END_TEST

START_TEST(what_is_left_behind_is_counted)
{
	struct desk d = desk_open(11);
	struct host_timer *t;
	int fd, n = 0;

	desk_write(&d, "a", "", false);
	ck_assert_int_eq(host_open(d.host, d.root, "a", HOST_READ, &fd), 0);
	ck_assert_int_eq(host_timer_new(d.host, add_one, &n, &t), 0);
	ck_assert_uint_eq(sim_host_end(d.machine), 3);
	sim_free(d.sim);
}
END_TEST

TCase *
sim_host_tcase(void)
{
	TCase *tc = tcase_create("host");

	tcase_add_test(tc, events_come_in_the_order_of_their_times);
	tcase_add_test(tc, many_events_keep_their_order);
	tcase_add_test(tc, jobs_take_turns_at_their_calls);
	tcase_add_test(tc, one_seed_gives_one_trace);
	tcase_add_test(tc, a_timer_calls_once_and_not_when_stopped);
	tcase_add_test(tc, the_wall_clock_jumps_alone);
	tcase_add_test(tc, the_dead_change_nothing);
	tcase_add_test(tc, unwinding_ends_the_jobs_of_the_dead);
	tcase_add_test(tc, it_dies_at_the_call_that_was_named);
	tcase_add_test(tc, each_crash_of_what_ran_is_counted);
	tcase_add_test(tc, who_dies_while_opening_leaves_nothing_open);
	tcase_add_test(tc, a_fault_hits_the_call_that_was_named);
	tcase_add_test(tc, what_is_left_behind_is_counted);
	return tc;
}

int
main(void)
{
	static run_tcase *const all[] = {
	    sim_host_tcase,
	    sim_fs_tcase,
	    sim_disk_tcase,
	    sim_watch_tcase,
	    sim_net_tcase,
	    sim_user_tcase,
	    sim_conformance_tcase,
	    sim_stand_tcase,
	    sim_oracle_tcase,
	};

	return run_tests("sim", all, sizeof all / sizeof *all);
}
