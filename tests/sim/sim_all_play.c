/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_all.h"

struct player;

/* Hears a machine's log. */
struct ear {
	struct log_sink sink;
	struct player *player;
	unsigned machine;
};

struct player {
	struct world world;
	struct causal *model;
	struct all_files files[SCRIPT_NODES_MAX];
	struct ear ears[SCRIPT_NODES_MAX];
	unsigned begun; /* a bit for each that was up once */
};

struct errand {
	struct player *player;
	size_t number;
	const struct all_op *op;
};

/* ---- hearing and seeing -------------------------------------------------- */

/* What a dead process goes on saying while it unwinds is not so. */
static void
hear(void *arg, const struct log_record *record)
{
	const struct ear *ear = arg;

	if (sim_host_up(ear->player->world.hosts[ear->machine]))
		causal_hear(ear->player->model, ear->machine, record);
}

static struct all_files *
files_of(struct player *p, const struct sim_host *h)
{
	struct all_files *f = p->files;

	while (f->host != h)
		f++;
	return f;
}

static void
about(void *arg, struct sim_host *h, const char *path)
{
	all_files_about(files_of(arg, h), path);
}

static void
content(void *arg, const struct sim_content *content)
{
	all_files_content(files_of(arg, content->host), content);
}

static void
dies(void *arg, unsigned who)
{
	causal_died(((struct player *)arg)->model, who);
}

struct memory {
	struct causal *model;
	struct causal_dots known, knowledge;
};

static void
recall(void *arg, struct dot dot, const struct version *version)
{
	struct memory *m = arg;
	struct causal_dots *to = version ? &m->known : &m->knowledge;

	if (VEC_PUSH(&to->v, dot) != 0)
		abort();
	if (version != NULL)
		causal_compare(m->model, version);
}

static void
read_memory(struct player *p, unsigned who)
{
	struct memory m = {.model = p->model};

	sim_node_recall(p->world.nodes[who], recall, &m);
	causal_remembers(p->model, who, &m.known, &m.knowledge);
	VEC_RELEASE(&m.known.v);
	VEC_RELEASE(&m.knowledge.v);
}

/* What its memory has, its next process goes on from. */
static void
starts(void *arg, unsigned who)
{
	struct player *p = arg;

	if (p->begun & 1U << who)
		read_memory(p, who);
	p->begun |= 1U << who;
}

/* ---- users --------------------------------------------------------------- */

static void
run_errand(void *arg)
{
	const struct errand *e = arg;
	struct player *p = e->player;
	struct causal_act act = {.model = p->model,
	    .machine = e->op->node,
	    .files = &p->files[e->op->node].files,
	    .what = e->op->what,
	    .path = e->op->path,
	    .to = e->op->to,
	    .number = e->number,
	    .luck = e->op->luck};
	int rc;

	p->files[e->op->node].act = &act;
	rc = causal_act_run(&act);
	p->files[e->op->node].act = NULL;
	sim_note(p->world.sim, "  %zu ends: %s%s", e->number,
	    rc ? strerror(-rc) : "done", act.astray ? ", astray" : "");
}

static void
send_user(struct player *p, size_t number, const struct all_op *op)
{
	struct errand *e = malloc(sizeof *e);

	if (e == NULL)
		abort();
	*e = (struct errand){p, number, op};
	world_user(&p->world, op->node, run_errand, e);
}

/* ---- judging ------------------------------------------------------------- */

static void
judge(struct player *p)
{
	struct causal_tree expected, shown;

	causal_judge(p->model);
	causal_judge_users(p->model);
	causal_expect(p->model, &expected);
	causal_judge_contents(p->model, &expected);
	for (unsigned i = 0; i < p->world.n; i++) {
		causal_tree_read(&p->files[i].files, &shown);
		causal_judge_tree(p->model, i, &expected, &shown);
		causal_tree_release(&shown);
	}
	causal_tree_release(&expected);
}

static void
look_for_wrong(struct player *p)
{
	const char *wrong = causal_wrong(p->model);

	if (wrong != NULL)
		world_fail(&p->world, "%s", wrong);
}

/* ---- the whole ----------------------------------------------------------- */

static void
play_op(struct player *p, size_t number, const struct all_op *op)
{
	struct world *w = &p->world;

	sim_reseed(w->sim, op->luck);
	sim_note(w->sim, "%zu %s: %s (%s, %s, %s)", number,
	    sim_host_name(w->hosts[op->node]),
	    op->user ? causal_what_name(op->what) : world_what_name(op->world),
	    op->path, op->to, sim_host_name(w->hosts[op->other]));
	if (op->user)
		send_user(p, number, op);
	else
		world_happens(w, op->world, op->node, op->other);
	world_pass(w, op->pause_ns);
	look_for_wrong(p);
}

static void
player_open(struct player *p, const struct all_script *script, FILE *text)
{
	struct world *w = &p->world;

	*p = (struct player){.model = causal_new(script->nodes)};
	world_open(w, script->seed, script->nodes, text);
	w->arg = p;
	w->dies = dies;
	w->starts = starts;
	for (unsigned i = 0; i < script->nodes; i++) {
		all_files_init(&p->files[i], p->model, w->hosts[i], i);
		p->ears[i] = (struct ear){.player = p, .machine = i};
		p->ears[i].sink = (struct log_sink){.cb = hear,
		    .arg = &p->ears[i],
		    .level = LOG_LEVEL_DEBUG,
		    .all = true};
		sim_node_hear(w->nodes[i], &p->ears[i].sink);
	}
	sim_user_about(w->sim, about, p);
	sim_user_watch(w->sim, content, p);
	for (unsigned i = 0; i < script->nodes; i++)
		world_start(w, i);
}

static void
player_close(struct player *p)
{
	sim_user_about(p->world.sim, NULL, NULL);
	sim_user_watch(p->world.sim, NULL, NULL);
	world_close(&p->world);
	causal_free(p->model);
}

void
all_play(const struct all_script *script, FILE *text, struct game_result *out)
{
	struct player p;
	struct world *w = &p.world;

	player_open(&p, script, text);
	for (size_t i = 0; w->well && i < script->ops.n; i++)
		if (!script->ops.items[i].skip)
			play_op(&p, i, &script->ops.items[i]);
	world_rest(w);
	if (w->well)
		judge(&p);
	look_for_wrong(&p);
	world_end(w);
	for (unsigned i = 0; w->well && i < w->n; i++)
		read_memory(&p, i);
	look_for_wrong(&p);
	*out = (struct game_result){.well = w->well,
	    .figures = {causal_versions(p.model), causal_copies(p.model)}};
	snprintf(out->why, sizeof out->why, "%s", w->why);
	player_close(&p);
}
