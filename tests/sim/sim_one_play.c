/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_one.h"

#include <stdlib.h>
#include <string.h>

#define ONE_PATH SCRIPT_ROOT "/" ONE_NAME

enum { TEXT_MAX = 70000 };

struct player {
	struct world world;
	struct one_model *model;
};

struct errand {
	struct player *player;
	size_t number;
	const struct one_op *op;
};

/* ---- users --------------------------------------------------------------- */

/* A text that no other operation writes; mostly short. */
static size_t
make_text(const struct errand *e, uint8_t out[static TEXT_MAX])
{
	struct sim *s = e->player->world.sim;
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
	struct sim_host *h = e->player->world.hosts[e->op->node];
	int rc = e->op->what == ONE_REMOVE ? sim_user_unlink(h, ONE_PATH)
					   : write_text(e, h);

	if (rc == 0 && e->op->what == ONE_REMOVE)
		one_model_deleted(e->player->model);
	sim_note(e->player->world.sim, "  %zu ends: %s", e->number,
	    rc ? strerror(-rc) : "done");
}

static void
send_user(struct player *p, size_t number, const struct one_op *op)
{
	struct errand *e = malloc(sizeof *e);

	if (e == NULL)
		abort();
	*e = (struct errand){p, number, op};
	world_user(&p->world, op->node, run_errand, e);
}

/* ---- the whole ----------------------------------------------------------- */

static void
look(void *arg)
{
	one_model_look(((struct player *)arg)->model);
}

static void
dies(void *arg, unsigned who)
{
	(void)who;
	one_model_died(((struct player *)arg)->model);
}

static void
play_op(struct player *p, size_t number, const struct one_op *op)
{
	struct world *w = &p->world;

	sim_reseed(w->sim, op->luck);
	sim_note(w->sim, "%zu %s: %s (%s)", number,
	    sim_host_name(w->hosts[op->node]), one_op_name(op),
	    sim_host_name(w->hosts[op->other]));
	if (op->what == ONE_WORLD)
		world_happens(w, op->world, op->node, op->other);
	else
		send_user(p, number, op);
	world_pass(w, op->pause_ns);
}

static void
player_open(struct player *p, const struct one_script *script, FILE *text)
{
	struct world *w = &p->world;

	world_open(w, script->seed, script->nodes, text);
	p->model = one_model_new(w->sim, w->hosts, script->nodes);
	w->arg = p;
	w->look = look;
	w->dies = dies;
	for (unsigned i = 0; i < script->nodes; i++)
		world_start(w, i);
}

void
one_play(const struct one_script *script, FILE *text, struct game_result *out)
{
	struct player p;
	struct world *w = &p.world;
	size_t standing;

	player_open(&p, script, text);
	for (size_t i = 0; w->well && i < script->ops.n; i++)
		if (!script->ops.items[i].skip)
			play_op(&p, i, &script->ops.items[i]);
	world_rest(w);
	if (w->well) {
		char why[900];

		if (!one_model_judge(p.model, why, sizeof why))
			world_fail(w, "%s", why);
	}
	world_end(w);
	standing = one_model_standing(p.model);
	*out = (struct game_result){.well = w->well,
	    .figures = {
		one_model_values(p.model), standing > 0 ? standing - 1 : 0}};
	snprintf(out->why, sizeof out->why, "%s", w->why);
	one_model_free(p.model);
	world_close(w);
}
