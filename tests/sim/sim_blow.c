/* SPDX-License-Identifier: Apache-2.0 */
/* What befalls a process at its calls: time, a stop, an error, a user, death. */
#include "tests/sim/sim_internal.h"

#include <errno.h>
#include <string.h>

enum { CALL_NS = 16384 };

/* ---- at each call -------------------------------------------------------- */

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
		sim_fiber_wait(s, (int64_t)sim_random(s, SIM_JOB_NS));
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

/* ---- what is to come ------------------------------------------------------ */

struct sim_blows *
sim_blows(struct sim_host *h)
{
	return h->boot ? &h->boot->blows : &h->next;
}

void
sim_host_die_at(struct sim_host *h, uint64_t n, bool cut)
{
	sim_blows(h)->die_at = n ? sim_host_calls(h) + n : 0;
	sim_blows(h)->die_cut = cut;
}

void
sim_host_meddle(struct sim_host *h, uint64_t n, host_cb *cb, void *arg)
{
	sim_blows(h)->meddle_at = n ? sim_host_calls(h) + n : 0;
	sim_blows(h)->meddle = cb;
	sim_blows(h)->meddle_arg = arg;
}

void
sim_host_fault(struct sim_host *h, const struct sim_fault *fault)
{
	sim_blows(h)->fault = *fault;
	sim_blows(h)->fault_calls = 0;
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
