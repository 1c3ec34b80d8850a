/* SPDX-License-Identifier: Apache-2.0 */
/* The loop, timers and signals. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/daemon/host/host_test_internal.h"

struct ticker {
	struct host_timer *t;
	int fired;
	int again; /* restart so often, with */
	uint64_t ms;
	bool done;
	char *log; /* or NULL */
	char letter;
};

static void
ticked(void *arg)
{
	struct ticker *k = arg;

	k->fired++;
	if (k->log != NULL)
		strncat(k->log, &k->letter, 1);
	if (k->again-- > 0)
		host_timer_start(b.h, k->t, k->ms);
	else
		k->done = true;
}

static struct ticker
ticker(void)
{
	return (struct ticker){0};
}

START_TEST(timers_fire_once_and_not_early)
{
	struct ticker k = ticker();
	int64_t begin;

	OK(host_timer_new(b.h, ticked, &k, &k.t));
	/* The loop's own clock stands still while we are busy. */
	begin = host_mono_ns(b.h);
	while (host_mono_ns(b.h) - begin < 20 * 1000000)
		;
	begin = host_mono_ns(b.h);
	host_timer_start(b.h, k.t, 30);
	ck_assert_int_eq(k.fired, 0);
	bench_wait(&k.done);
	ck_assert_int_ge(host_mono_ns(b.h) - begin, 29 * 1000000);
	host_uv_run(b.h); /* returns: nothing is left to wait for */
	ck_assert_int_eq(k.fired, 1);
	host_timer_free(b.h, k.t);
	host_timer_free(b.h, NULL);
}
END_TEST

START_TEST(stopped_timers_do_not_fire)
{
	struct ticker k[2] = {ticker(), ticker()};

	for (int i = 0; i < 2; i++)
		OK(host_timer_new(b.h, ticked, &k[i], &k[i].t));
	host_timer_start(b.h, k[0].t, 1);
	host_timer_start(b.h, k[1].t, 0);
	host_timer_stop(b.h, k[0].t);
	host_timer_stop(b.h, k[1].t);
	host_timer_stop(b.h, k[1].t);
	host_uv_run(b.h);
	ck_assert_int_eq(k[0].fired + k[1].fired, 0);
	/* Freed while it runs: nothing is called either. */
	host_timer_start(b.h, k[0].t, 1);
	host_timer_start(b.h, k[1].t, 0);
	host_timer_free(b.h, k[0].t);
	host_timer_free(b.h, k[1].t);
	host_uv_run(b.h);
	ck_assert_int_eq(k[0].fired + k[1].fired, 0);
}
END_TEST

START_TEST(timers_of_nought_run_in_turns)
{
	char log[32] = "";
	struct ticker k[2] = {ticker(), ticker()};

	for (int i = 0; i < 2; i++) {
		OK(host_timer_new(b.h, ticked, &k[i], &k[i].t));
		k[i].again = 2;
		k[i].log = log;
		k[i].letter = (char)('a' + i);
		host_timer_start(b.h, k[i].t, 0);
	}
	host_uv_turn(b.h, 1000);
	ck_assert_str_eq(log, "ab");
	host_uv_turn(b.h, 1000);
	ck_assert_str_eq(log, "abab");
	host_uv_run(b.h);
	ck_assert_str_eq(log, "ababab");
	for (int i = 0; i < 2; i++)
		host_timer_free(b.h, k[i].t);
}
END_TEST

/* Steps that follow each other at once leave longer timers their turn, and go
 * on after it. */
START_TEST(an_endless_chain_of_steps_starves_nobody)
{
	struct ticker chain = ticker();
	struct ticker slow = ticker();

	chain.again = 1 << 30;
	OK(host_timer_new(b.h, ticked, &chain, &chain.t));
	OK(host_timer_new(b.h, ticked, &slow, &slow.t));
	host_timer_start(b.h, chain.t, 0);
	host_timer_start(b.h, slow.t, 5);
	bench_wait(&slow.done);
	chain.done = false;
	chain.again = 100;
	bench_wait(&chain.done);
	host_timer_free(b.h, chain.t);
	host_timer_free(b.h, slow.t);
}
END_TEST

static void
free_both(void *arg)
{
	struct ticker *k = arg;

	k[0].fired++;
	host_timer_free(b.h, k[0].t);
	host_timer_free(b.h, k[1].t);
}

START_TEST(a_timer_may_free_itself_and_others)
{
	for (int ms = 0; ms < 2; ms++) {
		struct ticker k[2] = {ticker(), ticker()};

		OK(host_timer_new(b.h, free_both, k, &k[0].t));
		OK(host_timer_new(b.h, ticked, &k[1], &k[1].t));
		host_timer_start(b.h, k[0].t, (uint64_t)ms);
		host_timer_start(b.h, k[1].t, (uint64_t)ms);
		host_uv_run(b.h);
		ck_assert_int_eq(k[0].fired, 1);
		ck_assert_int_eq(k[1].fired, 0);
	}
}
END_TEST

static void
stop(void *arg)
{
	*(bool *)arg = true;
	host_uv_stop(b.h);
}

START_TEST(signals_reach_the_loop)
{
	bool came = false;
	struct ticker k = ticker();

	OK(host_uv_on_signal(b.h, SIGUSR1, stop, &came));
	host_uv_run(b.h); /* a signal alone is nothing to wait for */
	OK(host_timer_new(b.h, ticked, &k, &k.t));
	host_timer_start(b.h, k.t, 60000);
	OK(kill(getpid(), SIGUSR1));
	host_uv_run(b.h);
	ck_assert(came);
	ck_assert_int_eq(k.fired, 0);
	host_timer_free(b.h, k.t);
	ck_assert_int_lt(host_uv_on_signal(b.h, -1, stop, &came), 0);
}
END_TEST

START_TEST(an_idle_turn_ends_in_time)
{
	int64_t begin = host_mono_ns(b.h);

	host_uv_turn(b.h, 0);
	host_uv_turn(b.h, 20);
	ck_assert_int_ge(host_mono_ns(b.h) - begin, 19 * 1000000);
	ck_assert_int_lt(host_mono_ns(b.h) - begin, 5000 * INT64_C(1000000));
}
END_TEST

TCase *
host_uv_timer_tcase(void)
{
	TCase *tcase = bench_tcase("timer");

	tcase_add_test(tcase, timers_fire_once_and_not_early);
	tcase_add_test(tcase, stopped_timers_do_not_fire);
	tcase_add_test(tcase, timers_of_nought_run_in_turns);
	tcase_add_test(tcase, an_endless_chain_of_steps_starves_nobody);
	tcase_add_test(tcase, a_timer_may_free_itself_and_others);
	tcase_add_test(tcase, signals_reach_the_loop);
	tcase_add_test(tcase, an_idle_turn_ends_in_time);
	return tcase;
}
