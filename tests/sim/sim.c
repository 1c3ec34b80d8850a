/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void *
sim_alloc(size_t bytes)
{
	struct sim_boot *inside = sim_inside(NULL);
	void *p = calloc(1, bytes);

	if (p == NULL)
		abort();
	sim_inside(inside);
	return p;
}

void *
sim_realloc(void *p, size_t bytes)
{
	struct sim_boot *inside = sim_inside(NULL);

	p = realloc(p, bytes);
	if (p == NULL)
		abort();
	sim_inside(inside);
	return p;
}

char *
sim_strdup(const char *s)
{
	size_t len = strlen(s) + 1;

	return memcpy(sim_alloc(len), s, len);
}

/* ---- the seed ------------------------------------------------------------ */

/* splitmix64 makes a state of any seed; xoshiro256** goes on from there. */
static uint64_t
split_mix(uint64_t *x)
{
	uint64_t z = *x += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint64_t
rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static uint64_t
next_random(uint64_t state[static 4])
{
	uint64_t result = rotate(state[1] * 5, 7) * 9;
	uint64_t t = state[1] << 17;

	state[2] ^= state[0];
	state[3] ^= state[1];
	state[1] ^= state[2];
	state[0] ^= state[3];
	state[2] ^= t;
	state[3] = rotate(state[3], 45);
	return result;
}

uint64_t
sim_random(struct sim *s, uint64_t n)
{
	return next_random(s->random) % n;
}

void
sim_reseed(struct sim *s, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		s->random[i] = split_mix(&seed);
}

bool
sim_chance(struct sim *s, unsigned permille)
{
	return sim_random(s, 1000) < permille;
}

/* Kind worlds are among them, so that rare luck is found as well. */
static void
choose_knobs(struct sim *s)
{
	static const unsigned stops[] = {0, 10, 100, 300};
	static const unsigned queues[] = {4, 16, 16384, 16384, 16384, 16384};
	static const int64_t delays[] = {
	    SIM_MS / 20, SIM_MS, 10 * SIM_MS, 200 * SIM_MS};
	static const unsigned pieces[] = {7, 1500, 65536, 1 << 20};

	s->knobs = (struct sim_knobs){
	    .stop_permille = stops[sim_random(s, 4)],
	    .workers = 1 + (unsigned)sim_random(s, 4),
	    .watch_queue = queues[sim_random(s, 6)],
	    .watch_limit = 65536,
	    .watch_delay_ns = delays[sim_random(s, 3)],
	    .net_delay_ns = delays[sim_random(s, 4)],
	    .net_piece = pieces[1 + sim_random(s, 3)],
	    .net_window = 1u << (14 + sim_random(s, 6)),
	    .strict_names = sim_chance(s, 500),
	    .backward = sim_chance(s, 500),
	    .leases = sim_chance(s, 900),
	    .clones = sim_chance(s, 500),
	};
}

struct sim *
sim_new(uint64_t seed)
{
	struct sim *s = sim_alloc(sizeof *s);

	sim_reseed(s, seed);
	s->trace = seed;
	s->next_dev = 41;
	choose_knobs(s);
	return s;
}

struct sim_knobs *
sim_knobs(struct sim *s)
{
	return &s->knobs;
}

int64_t
sim_now(const struct sim *s)
{
	return s->now;
}

/* ---- the queue ----------------------------------------------------------- */

static bool
before(const struct sim_event *a, const struct sim_event *b)
{
	return a->at != b->at ? a->at < b->at : a->seq < b->seq;
}

static void
put(struct sim *s, size_t place, struct sim_event *e)
{
	s->queue.items[place - 1] = e;
	e->place = place;
}

static void
rise(struct sim *s, size_t place, struct sim_event *e)
{
	while (place > 1 && before(e, s->queue.items[place / 2 - 1])) {
		put(s, place, s->queue.items[place / 2 - 1]);
		place /= 2;
	}
	put(s, place, e);
}

static void
sink(struct sim *s, size_t place, struct sim_event *e)
{
	for (;;) {
		size_t child = 2 * place;

		if (child > s->queue.n)
			break;
		if (child < s->queue.n &&
		    before(s->queue.items[child], s->queue.items[child - 1]))
			child++;
		if (!before(s->queue.items[child - 1], e))
			break;
		put(s, place, s->queue.items[child - 1]);
		place = child;
	}
	put(s, place, e);
}

void
sim_event_stop(struct sim *s, struct sim_event *e)
{
	size_t place = e->place;
	struct sim_event *last;

	if (place == 0)
		return;
	e->place = 0;
	last = s->queue.items[--s->queue.n];
	if (last == e)
		return;
	sink(s, place, last);
	rise(s, last->place, last);
}

void
sim_event_start(struct sim *s, struct sim_event *e, int64_t ns)
{
	sim_event_stop(s, e);
	e->at = s->now + ns;
	e->seq = ++s->seq;
	SIM_PUSH(&s->queue, e);
	rise(s, s->queue.n, e);
}

struct later {
	struct sim_event event;
	host_cb *cb;
	void *arg;
};

static void
run_later(void *arg)
{
	struct later *later = arg;
	host_cb *cb = later->cb;

	arg = later->arg;
	free(later);
	cb(arg);
}

void
sim_after(struct sim *s, int64_t ns, host_cb *cb, void *arg)
{
	struct later *later = sim_alloc(sizeof *later);

	later->cb = cb;
	later->arg = arg;
	later->event = (struct sim_event){.cb = run_later, .arg = later};
	sim_event_start(s, &later->event, ns);
}

bool
sim_step(struct sim *s)
{
	struct sim_event *e;

	if (s->queue.n == 0)
		return false;
	e = s->queue.items[0];
	sim_event_stop(s, e);
	if (s->now < e->at)
		s->now = e->at;
	sim_mix(s, (uint64_t)s->now, e->seq);
	e->cb(e->arg);
	return true;
}

void
sim_run(struct sim *s, int64_t ns)
{
	int64_t end = s->now + ns;

	while (s->queue.n > 0 && s->queue.items[0]->at <= end)
		sim_step(s);
	if (s->now < end)
		s->now = end;
}

bool
sim_run_until(struct sim *s, int64_t ns, sim_done *done, void *arg)
{
	int64_t end = s->now + ns;

	while (!done(arg)) {
		if (s->queue.n == 0 || s->queue.items[0]->at > end)
			return false;
		sim_step(s);
	}
	return true;
}

/* ---- the trace ----------------------------------------------------------- */

void
sim_mix(struct sim *s, uint64_t a, uint64_t b)
{
	uint64_t h = s->trace;

	h = (h ^ a) * UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ h >> 29 ^ b) * UINT64_C(0xbf58476d1ce4e5b9);
	s->trace = h ^ h >> 32;
}

uint64_t
sim_hash(const char *s)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *s; s++)
		h = (h ^ (uint8_t)*s) * UINT64_C(1099511628211);
	return h;
}

uint64_t
sim_trace(const struct sim *s)
{
	return s->trace;
}

void
sim_trace_to(struct sim *s, FILE *f, bool calls)
{
	s->text = f;
	s->calls = calls ? f : NULL;
}

void
sim_note(struct sim *s, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	sim_mix(s, sim_hash(line), 0);
	if (s->text)
		fprintf(
		    s->text, "%12.6f  %s\n", (double)s->now / SIM_SECOND, line);
}
