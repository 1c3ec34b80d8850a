/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_play.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_act.h"
#include "tests/sim/sim_mishap.h"
#include "tests/sim/sim_node.h"
#include "tests/sim/sim_oracle.h"
#include "tests/sim/sim_ready.h"

enum {
	PROGRAM_S = 120, /* no program takes longer, leases included */
	REST_S = 900, /* back-off and all */
	QUIET_S = 150, /* so long it must rest: quarantine waits a minute, */
	QUIET_UNLEASED_S = 700, /* or ten without leases */
	GLANCE_S = 10,
	DIE_CALLS = 300,
	ACCEPTS = 8, /* one may show what another hid */
	YEAR_S = 365 * 24 * 3600,
	FIRST_PERMILLE = 60, /* begin without a database */
};

struct player {
	const struct script *script;
	struct sim *sim;
	struct sim_node *nodes[SCRIPT_NODES_MAX];
	struct sim_host *hosts[SCRIPT_NODES_MAX];
	struct oracle *oracle;
	struct play_result *result;
	bool busy[SCRIPT_NODES_MAX]; /* with a user's program */
	unsigned late; /* a bit for each that has not begun */
	bool forgot; /* somebody's memory was lost or put back */
	struct mishap_backup backups[SCRIPT_NODES_MAX];
};

/* The first failure is the one that counts. */
__attribute__((format(printf, 2, 3))) static void
fail(struct player *p, const char *format, ...)
{
	va_list args;

	if (!p->result->well)
		return;
	p->result->well = false;
	va_start(args, format);
	vsnprintf(p->result->why, sizeof p->result->why, format, args);
	va_end(args);
	sim_note(p->sim, "%s", p->result->why);
}

/* ---- nodes --------------------------------------------------------------- */

static bool
not_busy(void *arg)
{
	return !*(bool *)arg;
}

static void
check_left(struct player *p, unsigned i)
{
	if (sim_node_left(p->nodes[i]) > 0)
		fail(p, "d: %s left %zu things open",
		    sim_host_name(p->hosts[i]), sim_node_left(p->nodes[i]));
}

static void
start_node(struct player *p, unsigned i)
{
	int rc = p->late & 1U << i ? 0 : sim_node_start(p->nodes[i]);

	if (rc && sim_host_up(p->hosts[i]))
		fail(p, "d: %s does not start: %s", sim_host_name(p->hosts[i]),
		    err_text(rc));
}

static void
stop_node(struct player *p, unsigned i)
{
	if (!sim_node_stop(p->nodes[i]))
		fail(p, "d: %s does not stop", sim_host_name(p->hosts[i]));
	check_left(p, i);
}

/* Now, or at some call to come. */
static void
kill_node(struct player *p, unsigned i, bool power)
{
	if (sim_host_up(p->hosts[i]) && sim_chance(p->sim, 700))
		sim_host_die_at(
		    p->hosts[i], 1 + sim_random(p->sim, DIE_CALLS), power);
	else
		sim_node_kill(p->nodes[i], power);
}

static void
bury_nodes(struct player *p)
{
	for (unsigned i = 0; i < p->script->nodes; i++) {
		sim_node_bury(p->nodes[i]);
		check_left(p, i);
	}
}

static void
jump_clock(struct player *p, unsigned i)
{
	int64_t far = sim_chance(p->sim, 300) ? 10 * (int64_t)YEAR_S : 60;
	int64_t by = (int64_t)sim_random(p->sim, (uint64_t)(2 * far)) - far;

	sim_host_jump(p->hosts[i], by * SIM_SECOND);
}

static void
link_all(struct player *p, bool on)
{
	for (unsigned i = 0; i < p->script->nodes; i++)
		for (unsigned j = 0; j < i; j++)
			sim_net_link(p->sim, p->hosts[i], p->hosts[j], on);
}

/* Two parties: each reaches its own. */
static void
part(struct player *p)
{
	uint64_t side = sim_random(p->sim, UINT64_C(1) << p->script->nodes);

	for (unsigned i = 0; i < p->script->nodes; i++)
		for (unsigned j = 0; j < i; j++)
			sim_net_link(p->sim, p->hosts[i], p->hosts[j],
			    (side >> i & 1) == (side >> j & 1));
}

static void
join(struct player *p, unsigned i)
{
	unsigned from = (unsigned)sim_random(p->sim, p->script->nodes);

	if (!(p->late & 1U << i))
		return;
	oracle_brought(p->oracle, true);
	if (from != i)
		mishap_bring(p->sim, p->hosts[i], p->hosts[from]);
	oracle_brought(p->oracle, false);
	p->late &= ~(1U << i);
	start_node(p, i);
}

/* What befalls the machine's disk; its user sits by. */
static void
mishap(struct player *p, const struct script_op *op)
{
	unsigned i = op->node;
	bool meant;

	if (!sim_run_until(
		p->sim, PROGRAM_S * SIM_SECOND, not_busy, &p->busy[i]))
		fail(p, "d: a program waits for ever");
	if (sim_host_up(p->hosts[i]) && sim_chance(p->sim, 300))
		stop_node(p, i);
	else
		kill_node(p, i, false);
	if (sim_host_up(p->hosts[i])) /* it was to die at some call */
		sim_node_kill(p->nodes[i], false);
	/* A tree that was put back and shows it not, by its token or by what
	 * a stop found that was not clean, is its user's doing. */
	meant = op->what == SCRIPT_RETREE && sim_node_well(p->nodes[i]) &&
		!mishap_shows(&p->backups[i], p->hosts[i]);
	p->forgot = true;
	oracle_mishap(p->oracle, p->hosts[i], meant, false);
	if (op->what == SCRIPT_FORGET)
		mishap_forget(p->hosts[i]);
	else
		mishap_restore(&p->backups[i], p->hosts[i],
		    op->what != SCRIPT_RETREE, op->what != SCRIPT_ROLLBACK);
	oracle_mishap(p->oracle, p->hosts[i], meant, true);
	if (sim_chance(p->sim, 700))
		start_node(p, i);
}

static void
world_op(struct player *p, const struct script_op *op)
{
	switch (op->what) {
	case SCRIPT_CUT:
		sim_net_cut(p->sim, NULL, NULL);
		break;
	case SCRIPT_UNLINK:
	case SCRIPT_LINK:
		link_all(p, op->what == SCRIPT_LINK);
		break;
	case SCRIPT_STOP:
		stop_node(p, op->node);
		break;
	case SCRIPT_KILL:
	case SCRIPT_POWER:
		kill_node(p, op->node, op->what == SCRIPT_POWER);
		break;
	case SCRIPT_START:
		start_node(p, op->node);
		break;
	case SCRIPT_CLOCK:
		jump_clock(p, op->node);
		break;
	case SCRIPT_PART:
		part(p);
		break;
	case SCRIPT_JOIN:
		join(p, op->node);
		break;
	case SCRIPT_SNAPSHOT:
		mishap_backup(&p->backups[op->node], p->hosts[op->node]);
		break;
	case SCRIPT_FORGET:
	case SCRIPT_ROLLBACK:
	case SCRIPT_RETREE:
	case SCRIPT_RESTORE:
		mishap(p, op);
		break;
	case SCRIPT_WRITE:
	case SCRIPT_SAVE:
	case SCRIPT_APPEND:
	case SCRIPT_PATCH:
	case SCRIPT_STORE:
	case SCRIPT_MKDIR:
	case SCRIPT_REMOVE:
	case SCRIPT_RENAME:
	case SCRIPT_EXCHANGE:
	case SCRIPT_CHMOD:
	case SCRIPT_TOUCH:
	case SCRIPT_SYMLINK:
	case SCRIPT_COPY_REMOVE:
	case SCRIPT_COPY_EDIT:
	case SCRIPT_COPY_BACK:
	case SCRIPT_WHATS:
		abort();
	}
}

/* ---- users --------------------------------------------------------------- */

/* One program a machine at a time: they are one person. */
struct errand {
	struct sim_act act;
	struct player *player;
	bool *busy;
};

static void
errand_ends(void *arg)
{
	struct errand *e = arg;

	*e->busy = false;
	free(e);
}

static void
user_op(struct player *p, const struct script_op *op, bool *busy)
{
	struct errand *e;

	if (!sim_run_until(p->sim, PROGRAM_S * SIM_SECOND, not_busy, busy)) {
		fail(p, "d: a program at %s waits for ever",
		    sim_host_name(p->hosts[op->node]));
		return;
	}
	e = calloc(1, sizeof *e);
	if (e == NULL)
		abort();
	e->act =
	    (struct sim_act){p->sim, p->hosts[op->node], op, p->script->alike};
	e->busy = busy;
	*busy = true;
	sim_user(p->hosts[op->node], sim_act_run, errand_ends, e);
}

static void
note_op(struct player *p, const struct script_op *op)
{
	sim_note(p->sim, "%zu %s: %s %s%s%s", op->number,
	    sim_host_name(p->hosts[op->node]), script_what_name(op->what),
	    op->path, op->what == SCRIPT_RENAME ? " to " : "",
	    op->what == SCRIPT_RENAME ? op->to : "");
}

/* ---- the whole ----------------------------------------------------------- */

static bool
all_rest(struct player *p, bool waiting)
{
	return sim_nodes_rest(p->nodes, p->script->nodes, waiting);
}

static void
why_no_rest(struct player *p)
{
	struct buf why;

	buf_init(&why, sizeof p->result->why - 32);
	sim_nodes_why(p->nodes, p->script->nodes, &why);
	fail(p, "f: no rest: %.*s", (int)why.len, (const char *)why.p);
	buf_release(&why);
}

/* Until nothing moves any more; with waiting, content that nobody has may be
 * waited for. */
static void
wait_for_rest(struct player *p, bool waiting)
{
	unsigned enough =
	    sim_knobs(p->sim)->leases ? QUIET_S : QUIET_UNLEASED_S;
	int64_t end = sim_now(p->sim) + (REST_S + enough) * SIM_SECOND;
	unsigned quiet = 0, restless = 0;

	while (p->result->well && quiet < enough) {
		sim_run(p->sim, GLANCE_S * SIM_SECOND);
		/* Who waits for what nobody has asks for it now and then,
		 * each at a time of his own. */
		restless = all_rest(p, waiting) ? 0 : restless + 1;
		if (restless == 0)
			quiet += GLANCE_S;
		else if (!waiting || restless >= p->script->nodes)
			quiet = 0;
		if (sim_now(p->sim) > end)
			why_no_rest(p);
	}
}

/* Does somebody wait for what is lost? It is taken as it is then. */
static bool
accept_all(struct player *p)
{
	bool accepted = false;

	for (unsigned i = 0; p->result->well && i < p->script->nodes; i++)
		accepted |= sim_node_accept(p->nodes[i]);
	return accepted;
}

/* No more edits, all connected. What power cuts left and nobody has better is
 * then taken as it is. */
static void
come_to_rest(struct player *p)
{
	bool may_wait = p->script->power || p->forgot;
	bool accepted = true;

	sim_note(p->sim, "rest");
	sim_run(p->sim, PROGRAM_S * SIM_SECOND);
	bury_nodes(p);
	link_all(p, true);
	p->late = 0;
	for (unsigned i = 0; i < p->script->nodes; i++) {
		if (sim_host_up(p->hosts[i]))
			sim_host_die_at(p->hosts[i], 0, false);
		start_node(p, i);
	}
	for (int round = 0; accepted && round < ACCEPTS; round++) {
		wait_for_rest(p, may_wait);
		accepted = may_wait && accept_all(p);
	}
	if (!all_rest(p, p->forgot))
		wait_for_rest(p, p->forgot);
}

static void
play_ops(struct player *p)
{
	for (size_t i = 0; p->result->well && i < p->script->ops.n; i++) {
		const struct script_op *op = &p->script->ops.items[i];

		if (op->skip)
			continue;
		sim_reseed(p->sim, op->luck);
		note_op(p, op);
		if (sim_act_is(op->what))
			user_op(p, op, &p->busy[op->node]);
		else
			world_op(p, op);
		sim_run(p->sim, op->pause_ns);
		bury_nodes(p);
	}
	/* Programs point to busy: they end before it does. */
	for (unsigned i = 0; i < p->script->nodes; i++)
		if (!sim_run_until(
			p->sim, PROGRAM_S * SIM_SECOND, not_busy, &p->busy[i]))
			fail(p, "d: a program waits for ever");
	come_to_rest(p);
}

static void
player_open(struct player *p, FILE *text, bool calls)
{
	p->sim = sim_new(p->script->seed);
	sim_trace_to(p->sim, text, calls);
	sim_nodes_new(p->sim, p->script->nodes, p->script->shape, p->nodes);
	p->late = p->script->late;
	p->oracle = oracle_new(p->sim);
	for (unsigned i = 0; i < p->script->nodes; i++) {
		p->hosts[i] = sim_node_machine(p->nodes[i]);
		/* Only some see the very first start through. */
		if (!sim_chance(p->sim, FIRST_PERMILLE))
			sim_ready_put(
			    p->hosts[i], SIM_NODE_MEMORY, SIM_NODE_FOLDER);
		jump_clock(p, i);
	}
	for (unsigned i = 0; i < p->script->nodes; i++)
		start_node(p, i);
}

static void
player_close(struct player *p)
{
	p->result->trace = sim_trace(p->sim);
	p->result->values = oracle_values(p->oracle);
	p->result->crashes = sim_crashes(p->sim);
	p->result->lasted_ns = sim_now(p->sim);
	for (unsigned i = 0; i < p->script->nodes; i++) {
		sim_node_free(p->nodes[i]);
		mishap_backup_release(&p->backups[i]);
	}
	oracle_free(p->oracle);
	sim_free(p->sim);
}

void
play(const struct script *script, FILE *text, bool calls,
    struct play_result *out)
{
	struct player p = {.script = script, .result = out};

	*out = (struct play_result){.well = true};
	player_open(&p, text, calls);
	play_ops(&p);
	if (out->well) {
		char why[900];

		if (!oracle_judge(p.oracle, p.hosts, script->nodes,
			!all_rest(&p, false), why, sizeof why))
			fail(&p, "%s", why);
	}
	for (unsigned i = 0; out->well && i < script->nodes; i++)
		stop_node(&p, i);
	player_close(&p);
}
