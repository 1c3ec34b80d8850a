/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that runs out for one process of a world. */
#include "tests/sim/sim_internal.h"

static struct sim_boot *inside;

struct sim_boot *
sim_inside(struct sim_boot *b)
{
	struct sim_boot *before = inside;

	inside = b;
	return before;
}

void
sim_host_starve(struct sim_host *h, uint64_t n, int64_t ns)
{
	sim_blows(h)->starve_at = n ? sim_host_requests(h) + n : 0;
	sim_blows(h)->starve_ns = ns;
	sim_blows(h)->starve_from = sim_host_requests(h);
}

void
sim_host_seen(struct sim_host *h, sim_seen_cb *seen)
{
	sim_blows(h)->seen = seen;
}

uint64_t
sim_host_requests(const struct sim_host *h)
{
	return h->boot ? h->boot->requests : 0;
}

bool
sim_memory_fails(void)
{
	struct sim_boot *b = inside;
	int64_t now;

	if (b == NULL || b->dead)
		return false;
	now = b->machine->sim->now;
	b->requests++;
	if (b->blows.seen && b->blows.fault.count == 0)
		b->blows.seen(b->requests - b->blows.starve_from);
	if (b->blows.starve_at == 0 || b->requests < b->blows.starve_at)
		return false;
	if (b->requests == b->blows.starve_at) {
		b->machine->struck++;
		b->blows.starve_until = now + b->blows.starve_ns;
		return true;
	}
	return now < b->blows.starve_until;
}
