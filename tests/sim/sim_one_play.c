/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_one.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_node.h"

#define ONE_PATH SCRIPT_ROOT "/" ONE_NAME

enum {
	PROGRAM_S = 120, /* no program takes longer, leases included */
	REST_S = 900,
	QUIET_S = 90, /* quarantine is judged after a minute */
	GLANCE_S = 5,
	DIE_CALLS = 300,
	YEAR_S = 365 * 24 * 3600,
	TEXT_MAX = 70000,
};

/* ---- users --------------------------------------------------------------- */

struct player {
	const struct one_script *script;
	struct sim *sim;
	struct sim_node *nodes[SCRIPT_NODES_MAX];
	struct sim_host *hosts[SCRIPT_NODES_MAX];
	bool busy[SCRIPT_NODES_MAX]; /* its user's program is under way */
	struct one_model *model;
	struct one_result *result;
};

struct errand {
	struct player *player;
	size_t number;
	const struct one_op *op;
};

/* A text that no other operation writes; mostly short. */
static size_t
make_text(const struct errand *e, uint8_t out[static TEXT_MAX])
{
	struct sim *s = e->player->sim;
	size_t len = sim_chance(s, 900) ? 30 + sim_random(s, 5000)
					: 64000 + sim_random(s, 5000);
	int n = snprintf((char *)out, TEXT_MAX, "%zu %016llx\n", e->number,
	    (unsigned long long)e->op->luck);

	for (size_t i = (size_t)n; i < len; i++)
		out[i] = (uint8_t)('a' + i % 26);
	return len;
}

static int
write_text(const struct errand *e, struct sim_host *h)
{
	uint8_t *text = malloc(TEXT_MAX);
	struct host_stat st;
	struct span bytes;
	int rc;

	if (text == NULL)
		abort();
	bytes = span_of(text, make_text(e, text));
	if (e->op->what == ONE_SAVE)
		rc = sim_user_save(h, ONE_PATH, bytes);
	else if (e->op->what == ONE_WRITE)
		rc = sim_user_write(h, ONE_PATH, bytes);
	else if (sim_user_stat(h, ONE_PATH, &st) != 0 || st.size > TEXT_MAX)
		rc = -ENOENT;
	else
		rc = sim_user_append(h, ONE_PATH, bytes);
	free(text);
	return rc;
}

static void
run_errand(void *arg)
{
	const struct errand *e = arg;
	struct sim_host *h = e->player->hosts[e->op->node];
	int rc = e->op->what == ONE_REMOVE ? sim_user_unlink(h, ONE_PATH)
					   : write_text(e, h);

	if (rc == 0 && e->op->what == ONE_REMOVE)
		one_model_deleted(e->player->model);
	sim_note(e->player->sim, "  %zu ends: %s", e->number,
	    rc ? strerror(-rc) : "done");
}

static void
errand_ends(void *arg)
{
	struct errand *e = arg;

	e->player->busy[e->op->node] = false;
	free(e);
}

/* ---- failing ------------------------------------------------------------- */

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

/* ---- the world ----------------------------------------------------------- */

/* Asked between all events. */
static bool
looks_on(void *arg)
{
	one_model_look(((struct player *)arg)->model);
	return false;
}

/* Lets so much time pass, looking at every step. */
static void
pass(struct player *p, int64_t ns)
{
	int64_t end = sim_now(p->sim) + ns;

	(void)sim_run_until(p->sim, ns, looks_on, p);
	if (sim_now(p->sim) < end)
		sim_run(p->sim, end - sim_now(p->sim));
}

static void
wait_for_user(struct player *p, unsigned who)
{
	int64_t end = sim_now(p->sim) + PROGRAM_S * SIM_SECOND;

	while (p->busy[who] && sim_now(p->sim) < end)
		pass(p, SIM_MS);
	if (p->busy[who])
		fail(p, "p: a program waits for ever");
}

static void
send_user(struct player *p, size_t number, const struct one_op *op)
{
	struct errand *e = malloc(sizeof *e);

	if (e == NULL)
		abort();
	wait_for_user(p, op->node);
	*e = (struct errand){p, number, op};
	p->busy[op->node] = true;
	sim_user(p->hosts[op->node], run_errand, errand_ends, e);
}

static void
start_node(struct player *p, unsigned i)
{
	int rc = sim_node_start(p->nodes[i]);

	if (rc && sim_host_up(p->hosts[i]))
		fail(p, "p: %s does not start: %s", sim_host_name(p->hosts[i]),
		    err_text(rc));
}

static void
jump_clock(struct player *p, unsigned i)
{
	int64_t far = sim_chance(p->sim, 300) ? 10 * (int64_t)YEAR_S : 60;
	int64_t by = (int64_t)sim_random(p->sim, (uint64_t)(2 * far)) - far;

	sim_host_jump(p->hosts[i], by * SIM_SECOND);
}

/* At some call to come. */
static void
kill_node(struct player *p, struct sim_host *h)
{
	one_model_died(p->model);
	sim_host_die_at(h, 1 + sim_random(p->sim, DIE_CALLS), false);
}

static void
world_op(struct player *p, const struct one_op *op)
{
	struct sim_host *h = p->hosts[op->node], *other = p->hosts[op->other];

	if (op->what == ONE_PART || op->what == ONE_JOIN)
		sim_net_link(p->sim, h, other, op->what == ONE_JOIN);
	else if (op->what == ONE_CUT)
		sim_net_cut(p->sim, h, other);
	else if (op->what == ONE_START)
		start_node(p, op->node);
	else if (op->what == ONE_CLOCK)
		jump_clock(p, op->node);
	else if (op->what == ONE_KILL && sim_host_up(h))
		kill_node(p, h);
	else if (op->what == ONE_STOP && !sim_node_stop(p->nodes[op->node]))
		fail(p, "p: %s does not stop", sim_host_name(h));
}

static void
play_op(struct player *p, size_t number)
{
	const struct one_op *op = &p->script->ops.items[number];

	sim_reseed(p->sim, op->luck);
	sim_note(p->sim, "%zu %s: %s %s", number,
	    sim_host_name(p->hosts[op->node]), one_what_name(op->what),
	    op->what == ONE_PART || op->what == ONE_JOIN
		? sim_host_name(p->hosts[op->other])
		: "");
	if (op->what <= ONE_REMOVE)
		send_user(p, number, op);
	else
		world_op(p, op);
	pass(p, op->pause_ns);
	for (unsigned i = 0; i < p->script->nodes; i++)
		sim_node_bury(p->nodes[i]);
}

static void
no_rest(struct player *p)
{
	struct buf why;

	buf_init(&why, sizeof p->result->why - 32);
	sim_nodes_why(p->nodes, p->script->nodes, &why);
	fail(p, "r: no rest: %.*s", (int)why.len, (const char *)why.p);
	buf_release(&why);
}

static void
come_to_rest(struct player *p)
{
	int64_t end = sim_now(p->sim) + (PROGRAM_S + REST_S) * SIM_SECOND;

	sim_note(p->sim, "rest");
	for (unsigned i = 0; i < p->script->nodes; i++) {
		wait_for_user(p, i);
		for (unsigned k = 0; k < i; k++)
			sim_net_link(p->sim, p->hosts[i], p->hosts[k], true);
		if (sim_host_up(p->hosts[i]))
			sim_host_die_at(p->hosts[i], 0, false);
		sim_node_bury(p->nodes[i]);
		start_node(p, i);
	}
	for (unsigned quiet = 0; p->result->well && quiet < QUIET_S;) {
		pass(p, GLANCE_S * SIM_SECOND);
		quiet = sim_nodes_rest(p->nodes, p->script->nodes, false)
			    ? quiet + GLANCE_S
			    : 0;
		if (sim_now(p->sim) > end)
			no_rest(p);
	}
}

/* ---- the whole ----------------------------------------------------------- */

static void
player_open(struct player *p, FILE *text)
{
	p->sim = sim_new(p->script->seed);
	sim_trace_to(p->sim, text, false);
	/* Without them nobody can tell a file that is half written from one
	 * that is whole, and the model knows whole ones only. */
	sim_knobs(p->sim)->leases = true;
	sim_nodes_new(p->sim, p->script->nodes, SCRIPT_MESH, p->nodes);
	for (unsigned i = 0; i < p->script->nodes; i++)
		p->hosts[i] = sim_node_machine(p->nodes[i]);
	p->model = one_model_new(p->sim, p->hosts, p->script->nodes);
	for (unsigned i = 0; i < p->script->nodes; i++) {
		jump_clock(p, i);
		start_node(p, i);
	}
}

static void
player_close(struct player *p)
{
	for (unsigned i = 0; i < p->script->nodes; i++) {
		if (p->result->well && (!sim_node_stop(p->nodes[i]) ||
					   sim_node_left(p->nodes[i]) > 0))
			fail(p, "p: %s does not end well",
			    sim_host_name(p->hosts[i]));
		sim_node_free(p->nodes[i]);
	}
	one_model_free(p->model);
	sim_free(p->sim);
}

void
one_play(const struct one_script *script, FILE *text, struct one_result *out)
{
	struct player p = {.script = script, .result = out};
	char why[900];
	size_t standing;

	*out = (struct one_result){.well = true};
	player_open(&p, text);
	for (size_t i = 0; out->well && i < script->ops.n; i++)
		if (!script->ops.items[i].skip)
			play_op(&p, i);
	come_to_rest(&p);
	if (out->well && !one_model_judge(p.model, why, sizeof why))
		fail(&p, "%s", why);
	standing = one_model_standing(p.model);
	out->values = one_model_values(p.model);
	out->conflicts = standing > 0 ? standing - 1 : 0;
	player_close(&p);
}
