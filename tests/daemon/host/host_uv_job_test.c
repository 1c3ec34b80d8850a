/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tests/daemon/host/host_test_internal.h"

enum { JOBS = 2000 };

struct task {
	int number;
	int result; /* plain: the host passes it between the threads */
	bool worked_elsewhere;
	pthread_t control;
	int *n_done;
	bool *all;
	int children; /* jobs it starts when done */
};

static void
work(void *arg)
{
	struct task *t = arg;

	t->worked_elsewhere = !pthread_equal(pthread_self(), t->control);
	t->result = t->number * 3;
}

static void
done(void *arg)
{
	struct task *t = arg;

	ck_assert(pthread_equal(pthread_self(), t->control));
	ck_assert(t->worked_elsewhere);
	ck_assert_int_eq(t->result, t->number * 3);
	if (t->children-- > 0) {
		t->result = 0;
		OK(host_job(b.h, work, done, t));
		return;
	}
	*t->all = ++*t->n_done == JOBS;
}

START_TEST(jobs_work_elsewhere_and_end_here)
{
	struct task *tasks = calloc(JOBS, sizeof *tasks);
	bool all = false;
	int n_done = 0;

	for (int i = 0; i < JOBS; i++) {
		tasks[i] = (struct task){.number = i,
		    .control = pthread_self(),
		    .n_done = &n_done,
		    .all = &all,
		    .children = i % 3};
		OK(host_job(b.h, work, done, &tasks[i]));
		ck_assert_int_eq(n_done, 0);
	}
	bench_wait(&all);
	host_uv_run(b.h); /* no job pending: nothing to wait for */
	free(tasks);
}
END_TEST

/* ---- order and width ----------------------------------------------------- */

struct gate {
	pthread_mutex_t mutex;
	pthread_cond_t moved;
	int inside;
	bool open;
	int n_done;
	bool both;
};

/* Ends only when two are in it: needs two workers at once. */
static void
meet(void *arg)
{
	struct gate *g = arg;

	pthread_mutex_lock(&g->mutex);
	g->inside++;
	pthread_cond_broadcast(&g->moved);
	while (g->inside < 2)
		pthread_cond_wait(&g->moved, &g->mutex);
	pthread_mutex_unlock(&g->mutex);
}

static void
met(void *arg)
{
	struct gate *g = arg;

	g->both = ++g->n_done == 2;
}

START_TEST(two_jobs_at_least_run_at_once)
{
	struct gate g = {.mutex = PTHREAD_MUTEX_INITIALIZER,
	    .moved = PTHREAD_COND_INITIALIZER};

	OK(host_job(b.h, meet, met, &g));
	OK(host_job(b.h, meet, met, &g));
	bench_wait(&g.both);
}
END_TEST

struct begun {
	atomic_int *next;
	int number;
	int place; /* in the order of beginnings */
	int *n_done;
};

static void
begin(void *arg)
{
	struct begun *j = arg;

	j->place = atomic_fetch_add(j->next, 1);
}

static void
count(void *arg)
{
	struct begun *j = arg;

	++*j->n_done;
}

/* Each worker takes the oldest; with w of them none is overtaken by more. */
START_TEST(jobs_begin_about_in_the_order_they_came)
{
	static struct begun jobs[JOBS];
	atomic_int next = 0;
	int n_done = 0;

	for (int i = 0; i < JOBS; i++) {
		jobs[i] = (struct begun){
		    .next = &next, .number = i, .n_done = &n_done};
		OK(host_job(b.h, begin, count, &jobs[i]));
	}
	host_uv_run(b.h);
	ck_assert_int_eq(n_done, JOBS);
	for (int i = 0; i < JOBS; i++)
		ck_assert_int_lt(jobs[i].number - jobs[i].place, 64);
}
END_TEST

/* host_uv_free lets what was begun come to its end. */
START_TEST(freeing_the_host_ends_all_jobs)
{
	static struct begun jobs[100];
	struct host *own;
	atomic_int next = 0;
	int n_done = 0;

	OK(host_uv_new(&own));
	for (int i = 0; i < 100; i++) {
		jobs[i] = (struct begun){.next = &next, .n_done = &n_done};
		OK(host_job(own, begin, count, &jobs[i]));
	}
	host_uv_free(own);
	ck_assert_int_eq(n_done, 100);
	host_uv_free(NULL);
}
END_TEST

/* Jobs that list through one descriptor each see every name. */
struct lister {
	size_t n;
	int rc;
	int *left;
	bool *all;
};

static void
list_it(void *arg)
{
	struct lister *l = arg;
	struct host_list list;

	host_list_init(&list);
	l->rc = host_list(b.h, b.dir, &list);
	l->n = list.v.n;
	host_list_release(&list);
}

static void
listed(void *arg)
{
	struct lister *l = arg;

	OK(l->rc);
	ck_assert_uint_eq(l->n, 300);
	*l->all = --*l->left == 0;
}

START_TEST(jobs_may_share_a_directory)
{
	struct lister listers[100];
	int left = 100;
	bool all = false;
	char name[] = "000";

	for (int i = 0; i < 300; i++) {
		name[0] = (char)('0' + i / 100);
		name[1] = (char)('0' + i / 10 % 10);
		name[2] = (char)('0' + i % 10);
		bench_file(b.dir, name, "");
	}
	for (int i = 0; i < 100; i++) {
		listers[i] = (struct lister){.left = &left, .all = &all};
		OK(host_job(b.h, list_it, listed, &listers[i]));
	}
	bench_wait(&all);
}
END_TEST

TCase *
host_uv_job_tcase(void)
{
	TCase *tcase = bench_tcase("job");

	tcase_add_test(tcase, jobs_work_elsewhere_and_end_here);
	tcase_add_test(tcase, two_jobs_at_least_run_at_once);
	tcase_add_test(tcase, jobs_begin_about_in_the_order_they_came);
	tcase_add_test(tcase, freeing_the_host_ends_all_jobs);
	tcase_add_test(tcase, jobs_may_share_a_directory);
	return tcase;
}
