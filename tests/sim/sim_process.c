/* SPDX-License-Identifier: Apache-2.0 */
/* A process's clock, timers and jobs. */
#include "tests/sim/sim_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- clock, random, machine ---------------------------------------------- */

static int64_t
clock_now(void *self)
{
	struct sim_boot *b = self;

	b->machine->sim->now += 50;
	return sim_host_wall(b->machine);
}

static int64_t
clock_mono(void *self)
{
	struct sim_boot *b = self;

	b->machine->sim->now += 50;
	return b->machine->sim->now;
}

static void
fill_random(void *self, void *p, size_t len)
{
	struct sim_boot *b = self;
	uint8_t *at = p;

	while (len-- > 0)
		*at++ = (uint8_t)sim_random(b->machine->sim, 256);
}

static int
boot_id(void *self, uint8_t *out)
{
	struct sim_boot *b = self;
	int rc = sim_call_begin(b, "boot_id", 0);

	if (rc == 0)
		memcpy(out, b->machine->boot_id, sizeof b->machine->boot_id);
	return sim_call_end(b, rc);
}

/* ---- timers -------------------------------------------------------------- */

static void
timer_fire(void *arg)
{
	struct host_timer *t = arg;

	if (t->boot->dead)
		return;
	sim_inside(t->boot);
	t->cb(t->arg);
	sim_inside(NULL);
}

static int
timer_new(void *self, host_cb *cb, void *arg, struct host_timer **out)
{
	struct sim_boot *b = self;
	struct host_timer *t;

	if (sim_memory_fails())
		return -ENOMEM;
	t = sim_alloc(sizeof *t);
	t->boot = b;
	t->cb = cb;
	t->arg = arg;
	t->event = (struct sim_event){.cb = timer_fire, .arg = t};
	t->next = b->timers;
	b->timers = t;
	*out = t;
	return 0;
}

/* Real timers are a little late. */
static void
timer_start(void *self, struct host_timer *t, uint64_t ms)
{
	struct sim_boot *b = self;
	struct sim *s = b->machine->sim;

	sim_event_start(s, &t->event,
	    (int64_t)ms * SIM_MS + (int64_t)sim_random(s, SIM_MS));
}

static void
timer_stop(void *self, struct host_timer *t)
{
	struct sim_boot *b = self;

	sim_event_stop(b->machine->sim, &t->event);
}

static void
timer_free(void *self, struct host_timer *t)
{
	struct sim_boot *b = self;
	struct host_timer **at = &b->timers;

	if (t == NULL)
		return;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	sim_event_stop(b->machine->sim, &t->event);
	free(t);
}

/* ---- jobs ---------------------------------------------------------------- */

static void job_event(void *arg);

/* Gives waiting jobs the workers that are free, in their order. */
static void
jobs_begin(struct sim_boot *b)
{
	struct sim *s = b->machine->sim;

	for (struct sim_job *j = b->jobs; j; j = j->next) {
		if (b->running >= s->knobs.workers)
			return;
		if (j->fiber.began || j->event.place)
			continue;
		b->running++;
		sim_event_start(
		    s, &j->event, (int64_t)sim_random(s, SIM_JOB_NS));
	}
}

static void
job_finish(struct sim_job *j)
{
	struct sim_boot *b = j->boot;
	struct sim_job **at = &b->jobs;
	host_cb *done = j->done;
	void *arg = j->fiber.arg;

	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	b->n_jobs--;
	sim_event_stop(b->machine->sim, &j->event);
	free(j);
	sim_inside(b);
	done(arg);
	sim_inside(NULL);
}

/* The dead are left to sim_host_unwind. */
static void
job_event(void *arg)
{
	struct sim_job *j = arg;
	struct sim_boot *b = j->boot;
	struct sim *s = b->machine->sim;

	if (b->dead)
		return;
	if (j->fiber.ended) {
		job_finish(j);
		return;
	}
	sim_inside(b);
	sim_fiber_resume(s, &j->fiber);
	sim_inside(NULL);
	if (j->fiber.ended && !b->dead) {
		b->running--;
		sim_event_start(
		    s, &j->event, (int64_t)sim_random(s, SIM_JOB_NS));
		jobs_begin(b);
	}
}

static int
job(void *self, host_cb *work, host_cb *done, void *arg)
{
	struct sim_boot *b = self;
	struct sim_job **at = &b->jobs;
	struct sim_job *j;

	if (b->dead)
		return -EIO;
	if (sim_memory_fails())
		return -ENOMEM;
	j = sim_alloc(sizeof *j);
	j->boot = b;
	j->done = done;
	j->event = (struct sim_event){.cb = job_event, .arg = j};
	j->fiber.wake = &j->event;
	j->fiber.work = work;
	j->fiber.arg = arg;
	while (*at)
		at = &(*at)->next;
	*at = j;
	b->n_jobs++;
	jobs_begin(b);
	return 0;
}

/* ---- the dead ------------------------------------------------------------ */

/* The timer that would be the next; NULL when none runs. */
static struct host_timer *
timer_next(struct sim_boot *b)
{
	struct host_timer *next = NULL;

	for (struct host_timer *t = b->timers; t; t = t->next)
		if (t->event.place && (!next || t->event.at < next->event.at ||
					  (t->event.at == next->event.at &&
					      t->event.seq < next->event.seq)))
			next = t;
	return next;
}

bool
sim_host_unwind(struct sim_host *h, const bool *until)
{
	struct sim_boot *b = h->boot;
	int patience = 1000;

	while (b && b->dead && patience-- > 0) {
		struct sim_job *j = b->jobs;
		struct host_timer *t = timer_next(b);

		if (j) {
			while (!j->fiber.ended)
				sim_fiber_resume(h->sim, &j->fiber);
			job_finish(j);
		} else if (until && !*until && t) {
			sim_event_stop(h->sim, &t->event);
			t->cb(t->arg);
		} else {
			break;
		}
	}
	return until == NULL || *until;
}

void
sim_process_fill(struct host_ops *ops)
{
	ops->now_ns = clock_now;
	ops->mono_ns = clock_mono;
	ops->random = fill_random;
	ops->boot_id = boot_id;
	ops->timer_new = timer_new;
	ops->timer_start = timer_start;
	ops->timer_stop = timer_stop;
	ops->timer_free = timer_free;
	ops->job = job;
}
