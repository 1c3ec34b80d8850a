/* SPDX-License-Identifier: Apache-2.0 */
/* Machines and processes: their life, clocks, timers, jobs. */
#include "tests/sim/sim_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The fake clock begins in November 2026. */
static const int64_t wall_base = INT64_C(1795330000) * SIM_SECOND;

enum { CALL_NS = 16384, JOB_NS = 1 << 18 };

/* ---- machines ------------------------------------------------------------ */

struct sim_host *
sim_host_new(struct sim *s, const char *name)
{
	struct sim_host *h = sim_alloc(sizeof *h);

	h->sim = s;
	h->name = sim_strdup(name);
	h->boot_id[0] = sim_random(s, UINT64_MAX);
	h->boot_id[1] = sim_random(s, UINT64_MAX);
	h->root = sim_fs_new(h, NULL)->root;
	SIM_PUSH(&s->hosts, h);
	return h;
}

static void
host_free(struct sim_host *h)
{
	if (h->boot) {
		sim_host_kill(h);
		(void)sim_host_unwind(h, NULL);
		sim_host_end(h);
	}
	sim_fs_end(h);
	free(h->name);
	free(h);
}

void
sim_free(struct sim *s)
{
	s->ending = true;
	sim_user_release(s);
	for (size_t k = 0; k < s->hosts.n; k++)
		host_free(s->hosts.items[k]);
	sim_net_release(s);
	VEC_RELEASE(&s->hosts);
	VEC_RELEASE(&s->cuts);
	VEC_RELEASE(&s->queue);
	free(s);
}

const char *
sim_host_name(const struct sim_host *h)
{
	return h->name;
}

void
sim_host_jump(struct sim_host *h, int64_t ns)
{
	h->offset += ns;
}

int64_t
sim_host_wall(const struct sim_host *h)
{
	return wall_base + h->sim->now + h->offset;
}

void
sim_host_capacity(struct sim_host *h, const char *path, uint64_t bytes)
{
	struct sim_inode *i;

	if (sim_fs_walk(h, path, true, &i) != 0)
		abort();
	i->fs->capacity = bytes / SIM_PAGE_BYTES;
}

uint64_t
sim_host_sent(const struct sim_host *h)
{
	return h->sent;
}

uint64_t
sim_host_read(const struct sim_host *h)
{
	return h->read;
}

/* ---- calls --------------------------------------------------------------- */

static void
die(struct sim_boot *b)
{
	b->machine->struck++;
	if (b->blows.die_cut)
		sim_host_power_cut(b->machine);
	else
		sim_host_kill(b->machine);
}

/* Is a word one of those in a list? */
static bool
is_among(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list != '\0') {
		size_t n = strcspn(list, " ");

		if (n == len && memcmp(list, word, n) == 0)
			return true;
		list += n + (list[n] == ' ');
	}
	return false;
}

/* Is this the call that the fault is about? */
static bool
fault_hits(struct sim_blows *b, const char *call)
{
	struct sim_fault *fault = &b->fault;

	if (fault->count == 0)
		return false;
	if (fault->call && !is_among(fault->call, call))
		return false;
	b->fault_calls++;
	if (b->seen)
		b->seen(b->fault_calls);
	if (fault->n > 1) {
		fault->n--;
		return false;
	}
	fault->count--;
	return true;
}

static void
meddle(struct sim_boot *b)
{
	b->blows.meddle_at = 0;
	b->machine->struck++;
	b->blows.meddle(b->blows.meddle_arg);
}

int
sim_call_begin(struct sim_boot *b, const char *call, uint64_t about)
{
	struct sim *s = b->machine->sim;
	uint64_t luck = sim_random(s, UINT64_C(1000) * CALL_NS);

	if (b->dead)
		return -EIO;
	if (s->running && luck / CALL_NS < s->knobs.stop_permille) {
		sim_fiber_wait(s, (int64_t)sim_random(s, JOB_NS));
		if (b->dead)
			return -EIO;
	}
	s->now += 1000 + (int64_t)(luck % CALL_NS);
	b->calls++;
	sim_mix(s, sim_hash(call), about);
	if (s->calls)
		fprintf(s->calls, "%12.6f      %s%s %s",
		    (double)s->now / SIM_SECOND, b->machine->name,
		    s->running ? "'s job" : "", call);
	if (b->blows.meddle_at && b->calls >= b->blows.meddle_at)
		meddle(b);
	if (b->blows.die_at && b->calls >= b->blows.die_at) {
		if (sim_chance(s, 500)) {
			die(b);
			return -EIO;
		}
		b->die_after = true;
	}
	if (!fault_hits(&b->blows, call))
		return 0;
	b->machine->struck++;
	return -b->blows.fault.err;
}

int
sim_call_end(struct sim_boot *b, int rc)
{
	if (!b->dead && b->die_after)
		die(b);
	if (b->dead)
		rc = -EIO;
	sim_mix(b->machine->sim, (uint64_t)rc, 0);
	if (b->machine->sim->calls)
		fprintf(b->machine->sim->calls, "%s%s\n", rc ? ": " : "",
		    rc ? strerror(-rc) : "");
	return rc;
}

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
		sim_event_start(s, &j->event, (int64_t)sim_random(s, JOB_NS));
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
		sim_event_start(s, &j->event, (int64_t)sim_random(s, JOB_NS));
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

/* ---- processes ----------------------------------------------------------- */

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

const struct host *
sim_host_start(struct sim_host *h)
{
	struct sim_boot *b = sim_alloc(sizeof *b);

	if (h->boot)
		abort();
	b->machine = h;
	b->blows = h->next;
	h->next = (struct sim_blows){0};
	sim_process_fill(&b->ops);
	sim_calls_fill(&b->ops);
	sim_meta_fill(&b->ops);
	sim_watch_fill(&b->ops);
	sim_net_fill(&b->ops);
	b->host = (struct host){&b->ops, b};
	h->boot = b;
	sim_note(h->sim, "%s starts", h->name);
	return &b->host;
}

bool
sim_host_up(const struct sim_host *h)
{
	return h->boot && !h->boot->dead;
}

static void
kill_process(struct sim_host *h, bool cut)
{
	struct sim_boot *b = h->boot;

	if (b == NULL || b->dead)
		return;
	b->dead = true;
	sim_net_died(b, cut);
	for (size_t k = 0; k < b->files.n; k++)
		if (b->files.items[k])
			sim_fs_abandon(b->files.items[k]);
}

void
sim_host_kill(struct sim_host *h)
{
	sim_note(h->sim, "%s is killed", h->name);
	h->sim->crashes.kills += sim_host_up(h);
	kill_process(h, false);
}

struct sim_crashes
sim_crashes(const struct sim *s)
{
	return s->crashes;
}

void
sim_power_watch(struct sim *s, sim_power_cb *cb, void *arg)
{
	s->power = cb;
	s->power_arg = arg;
}

void
sim_host_power_cut(struct sim_host *h)
{
	struct sim_fs *next;

	sim_note(h->sim, "%s loses power", h->name);
	h->sim->crashes.cuts += sim_host_up(h);
	if (h->sim->power)
		h->sim->power(h->sim->power_arg, h, false);
	kill_process(h, true);
	h->power++;
	sim_user_cut(h);
	h->boot_id[0] = sim_random(h->sim, UINT64_MAX);
	for (struct sim_fs *fs = h->fs; fs; fs = fs->next)
		sim_disk_cut(fs);
	for (struct sim_fs *fs = h->fs; fs; fs = next) {
		next = fs->next;
		if (fs->covers && !fs->covers->marked)
			sim_fs_free(fs); /* its place is gone */
	}
	if (h->sim->power)
		h->sim->power(h->sim->power_arg, h, true);
}

/* Of the process that there is, or of the next. */
static struct sim_blows *
blows(struct sim_host *h)
{
	return h->boot ? &h->boot->blows : &h->next;
}

void
sim_host_die_at(struct sim_host *h, uint64_t n, bool cut)
{
	blows(h)->die_at = n ? sim_host_calls(h) + n : 0;
	blows(h)->die_cut = cut;
}

void
sim_host_meddle(struct sim_host *h, uint64_t n, host_cb *cb, void *arg)
{
	blows(h)->meddle_at = n ? sim_host_calls(h) + n : 0;
	blows(h)->meddle = cb;
	blows(h)->meddle_arg = arg;
}

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

size_t
sim_host_end(struct sim_host *h)
{
	struct sim_boot *b = h->boot;
	size_t left;

	if (b == NULL)
		return 0;
	left = b->n_jobs;
	kill_process(h, false);
	(void)sim_host_unwind(h, NULL);
	for (; b->timers; left++)
		timer_free(b, b->timers);
	left += sim_watch_end(b) + sim_net_end(b);
	for (size_t k = 0; k < b->files.n; k++)
		if (b->files.items[k]) {
			sim_note(h->sim, "%s left descriptor %zu open", h->name,
			    k + FD_FIRST);
			sim_fs_close(b->files.items[k]);
			left++;
		}
	VEC_RELEASE(&b->files);
	free(b);
	h->boot = NULL;
	return left;
}

uint64_t
sim_host_calls(const struct sim_host *h)
{
	return h->boot ? h->boot->calls : 0;
}

size_t
sim_host_jobs(const struct sim_host *h)
{
	return h->boot ? h->boot->n_jobs : 0;
}

void
sim_host_fault(struct sim_host *h, const struct sim_fault *fault)
{
	blows(h)->fault = *fault;
	blows(h)->fault_calls = 0;
}

uint64_t
sim_host_fault_calls(const struct sim_host *h)
{
	return h->boot ? h->boot->blows.fault_calls : 0;
}

uint64_t
sim_host_struck(const struct sim_host *h)
{
	return h->struck;
}
