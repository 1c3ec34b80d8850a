/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_world.h"

#include <stdarg.h>
#include <stdlib.h>

#include "tests/sim/sim_ready.h"

enum {
	PROGRAM_S = 120, /* no program takes longer, leases included */
	REST_S = 900,
	QUIET_S = 90, /* quarantine is judged after a minute */
	GLANCE_S = 5,
	DIE_CALLS = 300,
	YEAR_S = 365 * 24 * 3600,
};

/* How often each thing happens, of 16. */
static const struct {
	const char *name;
	unsigned weight;
} whats[WORLD_WHATS] = {
    [WORLD_PART] = {"part", 8},
    [WORLD_JOIN] = {"join", 9},
    [WORLD_CUT] = {"cut connections", 5},
    [WORLD_STOP] = {"stop", 2},
    [WORLD_KILL] = {"kill", 4},
    [WORLD_START] = {"start", 6},
    [WORLD_CLOCK] = {"set the clock", 1},
};

const char *
world_what_name(enum world_what what)
{
	return whats[what].name;
}

enum world_what
world_choose(struct sim *dice, bool calm)
{
	for (;;) {
		enum world_what what =
		    (enum world_what)sim_random(dice, WORLD_WHATS);

		if (whats[what].weight > sim_random(dice, 16) &&
		    (!calm || what != WORLD_KILL))
			return what;
	}
}

void
world_fail(struct world *w, const char *format, ...)
{
	va_list args;

	if (!w->well)
		return;
	w->well = false;
	va_start(args, format);
	vsnprintf(w->why, sizeof w->why, format, args);
	va_end(args);
	sim_note(w->sim, "%s", w->why);
}

/* ---- time ---------------------------------------------------------------- */

/* Asked between all events. */
static bool
looks_on(void *arg)
{
	struct world *w = arg;

	if (w->look)
		w->look(w->arg);
	return false;
}

static void
run(struct world *w, int64_t ns)
{
	int64_t end = sim_now(w->sim) + ns;

	(void)sim_run_until(w->sim, ns, looks_on, w);
	if (sim_now(w->sim) < end)
		sim_run(w->sim, end - sim_now(w->sim));
}

void
world_pass(struct world *w, int64_t ns)
{
	run(w, ns);
	for (unsigned i = 0; i < w->n; i++)
		sim_node_bury(w->nodes[i]);
}

/* ---- users --------------------------------------------------------------- */

struct errand {
	struct world *world;
	unsigned who;
	host_cb *program;
	void *arg;
};

static void
run_errand(void *arg)
{
	const struct errand *e = arg;

	e->program(e->arg);
}

static void
errand_ends(void *arg)
{
	struct errand *e = arg;

	e->world->busy[e->who] = false;
	free(e->arg);
	free(e);
}

static void
wait_for_user(struct world *w, unsigned who)
{
	int64_t end = sim_now(w->sim) + PROGRAM_S * SIM_SECOND;

	while (w->busy[who] && sim_now(w->sim) < end)
		run(w, SIM_MS);
	if (w->busy[who])
		world_fail(w, "p: a program waits for ever");
}

void
world_user(struct world *w, unsigned who, host_cb *program, void *arg)
{
	struct errand *e = malloc(sizeof *e);

	if (e == NULL)
		abort();
	wait_for_user(w, who);
	*e = (struct errand){w, who, program, arg};
	w->busy[who] = true;
	sim_user(w->hosts[who], run_errand, errand_ends, e);
}

/* ---- machines ------------------------------------------------------------ */

void
world_start(struct world *w, unsigned who)
{
	int rc;

	if (sim_node_of(w->nodes[who]) != NULL)
		return;
	if (w->starts)
		w->starts(w->arg, who);
	rc = sim_node_start(w->nodes[who]);
	if (rc && sim_host_up(w->hosts[who]))
		world_fail(w, "p: %s does not start: %s",
		    sim_host_name(w->hosts[who]), err_text(rc));
}

static void
jump_clock(struct world *w, unsigned who)
{
	int64_t far = sim_chance(w->sim, 300) ? 10 * (int64_t)YEAR_S : 60;
	int64_t by = (int64_t)sim_random(w->sim, (uint64_t)(2 * far)) - far;

	sim_host_jump(w->hosts[who], by * SIM_SECOND);
}

static void
kill_at_some_call(struct world *w, unsigned who)
{
	if (w->dies)
		w->dies(w->arg, who);
	sim_host_die_at(
	    w->hosts[who], 1 + sim_random(w->sim, DIE_CALLS), false);
}

void
world_happens(
    struct world *w, enum world_what what, unsigned who, unsigned other)
{
	struct sim_host *h = w->hosts[who];

	if (what == WORLD_PART || what == WORLD_JOIN)
		sim_net_link(w->sim, h, w->hosts[other], what == WORLD_JOIN);
	else if (what == WORLD_CUT)
		sim_net_cut(w->sim, h, w->hosts[other]);
	else if (what == WORLD_START)
		world_start(w, who);
	else if (what == WORLD_CLOCK)
		jump_clock(w, who);
	else if (what == WORLD_KILL && sim_host_up(h))
		kill_at_some_call(w, who);
	else if (what == WORLD_STOP && !sim_node_stop(w->nodes[who]))
		world_fail(w, "p: %s does not stop", sim_host_name(h));
}

/* ---- rest ---------------------------------------------------------------- */

static void
no_rest(struct world *w)
{
	struct buf why;

	buf_init(&why, sizeof w->why - 32);
	sim_nodes_why(w->nodes, w->n, &why);
	world_fail(w, "r: no rest: %.*s", (int)why.len, (const char *)why.p);
	buf_release(&why);
}

/* Nobody dies any more. */
static void
meet(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		wait_for_user(w, i);
		for (unsigned k = 0; k < i; k++)
			sim_net_link(w->sim, w->hosts[i], w->hosts[k], true);
		if (sim_host_up(w->hosts[i]))
			sim_host_die_at(w->hosts[i], 0, false);
		sim_node_bury(w->nodes[i]);
		world_start(w, i);
	}
}

void
world_rest(struct world *w)
{
	int64_t end = sim_now(w->sim) + (PROGRAM_S + REST_S) * SIM_SECOND;

	sim_note(w->sim, "rest");
	meet(w);
	for (unsigned quiet = 0; w->well && quiet < QUIET_S;) {
		run(w, GLANCE_S * SIM_SECOND);
		quiet = sim_nodes_rest(w->nodes, w->n, false) ? quiet + GLANCE_S
							      : 0;
		if (sim_now(w->sim) > end)
			no_rest(w);
	}
}

/* ---- life ---------------------------------------------------------------- */

void
world_open(struct world *w, uint64_t seed, unsigned n, FILE *text)
{
	*w = (struct world){.n = n, .well = true, .sim = sim_new(seed)};
	sim_trace_to(w->sim, text, false);
	/* Without them nobody can tell a file that is half written from one
	 * that is whole, and the models know whole ones only. */
	sim_knobs(w->sim)->leases = true;
	sim_nodes_new(w->sim, n, SCRIPT_MESH, w->nodes);
	for (unsigned i = 0; i < n; i++) {
		w->hosts[i] = sim_node_machine(w->nodes[i]);
		sim_ready_put(w->hosts[i], SIM_NODE_MEMORY, SIM_NODE_FOLDER);
	}
	for (unsigned i = 0; i < n; i++)
		jump_clock(w, i);
}

void
world_end(struct world *w)
{
	for (unsigned i = 0; w->well && i < w->n; i++)
		if (!sim_node_stop(w->nodes[i]) || sim_node_left(w->nodes[i]))
			world_fail(w, "p: %s does not end well",
			    sim_host_name(w->hosts[i]));
}

void
world_close(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++)
		sim_node_free(w->nodes[i]);
	sim_free(w->sim);
}
