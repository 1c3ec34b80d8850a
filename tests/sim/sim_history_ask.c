/* SPDX-License-Identifier: Apache-2.0 */
/* Histories in which a user asks the daemon for something, and of what it does
 * seldom. */
#include "tests/sim/sim_history.h"

#include <stdio.h>

#include "daemon/node/node.h"
#include "tests/sim/sim_mishap.h"

enum {
	JUDGED_S = 90, /* quarantine's grace, and a look at it */
	KEPT_S = 60,
	KEPT_BYTES = 1024,
	EXPIRED_S = 3700, /* they are looked at once an hour */
	TRIES = 30, /* seconds until what was asked for is done */
	MANY = 110, /* files that may not all go without a question */
};

/* ---- what was, and what there is ----------------------------------------- */

/* Versions told when nothing fails: an error is told, or all of them. */
static size_t told, told_well;

static int
count(void *arg, const struct folder_version *v)
{
	(void)arg;
	(void)v;
	told++;
	return 0;
}

static int
ask_history(struct node *n, const char *path)
{
	const struct folder_range range = {.path = span_str(path)};
	struct buf after;
	int rc;

	buf_init(&after, LIMIT_PATH_BYTES);
	rc = node_history(n, SIM_NODE_FOLDER, &range, count, NULL, &after);
	buf_release(&after);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static int
ask_conflicts(struct node *n)
{
	struct folder_conflicts list = {0};
	int rc = node_conflicts(n, SIM_NODE_FOLDER, &list);

	folder_conflicts_release(&list);
	return rc;
}

static void
would_restore(void *arg, const struct folder_changes *changes)
{
	(void)arg;
	told += changes->v.n;
}

static int
ask_restore(struct node *n, const char *path, int64_t at_ns)
{
	const struct folder_restore_options o = {
	    .range.path = span_str(path), .at_ns = at_ns, .dry = true};
	int rc = node_restore(n, SIM_NODE_FOLDER, &o, would_restore, NULL);

	return rc == ERR_NOTFOUND ? 0 : rc;
}

static int
ask_all(struct node *n, void *arg)
{
	static const char *const paths[] = {
	    "", "a", "d", "d/x", "none", "none/x"};
	const struct story *t = arg;
	int rc = ask_conflicts(n);

	for (size_t i = 0; rc == 0 && i < sizeof paths / sizeof *paths; i++) {
		rc = ask_history(n, paths[i]);
		if (rc == 0)
			rc = ask_restore(n, paths[i], t->then_ns);
	}
	return rc;
}

/* Of a tree of which some is not as it was: replaced, deleted, a file where a
 * directory was. */
void
history_with_a_past(struct story *t)
{
	history_tree(t);
	history_one_then_two(t);
	history_removes(t, ADA, "d/e");
	history_writes(t, ADA, "d/e", "no directory now");
	history_writes(t, ADA, "d/x", "");
	history_conflict(t);
	ck_assert(story_rest(t));
	sim_run(t->s.sim, JUDGED_S * SIM_SECOND);
	history_writes(t, ADA, "d/x", "in quarantine is what was empty");
}

void
history_asks(struct story *t)
{
	int rc;

	ck_assert(story_rest(t));
	told = 0;
	rc = sim_node_ask(t->s.node[t->blow->who], ask_all, t);
	if (t->blow->n == 0)
		told_well = told;
	ck_assert(rc < 0 || told == told_well);
	ck_assert(rc == 0 || t->blow->n > 0);
}

/* ---- conflicts ----------------------------------------------------------- */

/* What a user settles: its home gets what the copy holds, and it goes. */
struct settle {
	struct folder_conflicts list;
	bool chosen;
};

static int
ask_settle(struct node *n, void *arg)
{
	struct settle *s = arg;
	const struct folder_conflict *c;
	int rc;

	folder_conflicts_release(&s->list);
	s->list = (struct folder_conflicts){0};
	rc = node_conflicts(n, SIM_NODE_FOLDER, &s->list);
	if (rc < 0 || s->list.v.n == 0)
		return rc < 0 ? rc : 1;
	c = &s->list.v.items[0];
	if (!s->chosen) {
		rc = node_conflict_choose(n, SIM_NODE_FOLDER,
		    span_str(c->copy.path), &c->copy.content, &c->home.content);
		s->chosen = rc == 1;
		return rc < 0 ? rc : 0;
	}
	rc = node_conflict_remove(
	    n, SIM_NODE_FOLDER, span_str(c->copy.path), &c->copy.content);
	return rc < 0 ? rc : 0;
}

/* Asks again until there is no conflict any more. What is replaced by that his
 * user gave up. */
static bool
settles(struct story *t)
{
	struct settle s = {0};
	int rc = 0;

	for (int i = 0; i < TRIES && rc != 1; i++) {
		rc = sim_node_ask(t->s.node[BOB], ask_settle, &s);
		sim_run(t->s.sim, SIM_SECOND);
	}
	folder_conflicts_release(&s.list);
	return rc == 1;
}

void
history_in_conflict(struct story *t)
{
	history_one_file(t);
	ck_assert(story_rest(t));
	history_conflict(t);
}

void
history_settles(struct story *t)
{
	oracle_mishap(t->oracle, t->s.host[BOB], true, false);
	(void)settles(t);
}

void
history_is_settled(struct story *t)
{
	ck_assert(settles(t));
	ck_assert(story_rest(t));
	oracle_mishap(t->oracle, t->s.host[BOB], true, true);
}

/* ---- kept versions ------------------------------------------------------- */

static void
keeps(struct story *t, int64_t seconds, uint64_t bytes)
{
	scene_down(&t->s, BOB);
	sim_node_keep(t->s.node[BOB], seconds, bytes);
	scene_up(&t->s, BOB);
	history_tree(t);
	history_one_then_two(t);
}

void
history_keeps_shortly(struct story *t)
{
	keeps(t, KEPT_S, 0);
}

void
history_keeps_little(struct story *t)
{
	keeps(t, 0, KEPT_BYTES);
}

void
history_expires(struct story *t)
{
	history_removes(t, ADA, "d");
	sim_run(t->s.sim, EXPIRED_S * SIM_SECOND);
}

/* ---- odd files ----------------------------------------------------------- */

static void
at(const char *name, char out[static 64])
{
	snprintf(out, 64, "%s/%s", SCRIPT_ROOT, name);
}

/* A file with two names, and what is no file; then neither any more. */
void
history_odd(struct story *t)
{
	struct sim_host *h = t->s.host[BOB];
	char a[64], b[64], x[64];

	at("a", a);
	at("b", b);
	at("x", x);
	(void)sim_user_link(h, a, b);
	(void)sim_user_fifo(h, x);
	sim_run(t->s.sim, 3 * SIM_SECOND);
	scene_append(&t->s, BOB, "a", SPAN_LIT(" through one"));
	history_synced(t, BOB, "a");
	sim_run(t->s.sim, 3 * SIM_SECOND);
	scene_append(&t->s, BOB, "b", SPAN_LIT(" and the other"));
	history_synced(t, BOB, "b");
	sim_run(t->s.sim, 3 * SIM_SECOND);
	(void)sim_user_unlink(h, x);
	(void)sim_user_unlink(h, b);
	history_synced(t, BOB, "a");
}

void
history_rules(struct story *t)
{
	history_writes(t, ADA, ".tuttiignore", "x\n");
	history_writes(t, ADA, "d/.tuttiignore", "e\n");
	history_writes(t, BOB, "x", "ignored for a while");
	sim_run(t->s.sim, 3 * SIM_SECOND);
	history_writes(t, ADA, ".tuttiignore", "nothing\n");
	history_removes(t, ADA, "d/.tuttiignore");
	sim_run(t->s.sim, 3 * SIM_SECOND);
	history_removes(t, ADA, ".tuttiignore");
}

/* ---- many ---------------------------------------------------------------- */

void
history_many(struct story *t)
{
	char path[16];

	for (int i = 0; i < MANY; i++) {
		snprintf(path, sizeof path, "n%d", i);
		scene_write(&t->s, BOB, path, path);
	}
}

static int
ask_accept(struct node *n, void *arg)
{
	(void)arg;
	return node_accept(n, SIM_NODE_FOLDER);
}

void
history_many_go(struct story *t)
{
	char path[16];

	for (int i = 0; i < MANY; i++) {
		snprintf(path, sizeof path, "n%d", i);
		scene_remove(&t->s, BOB, path);
	}
	sim_run(t->s.sim, 5 * SIM_SECOND);
	(void)!sim_node_ask(t->s.node[BOB], ask_accept, NULL);
}

/* ---- stops and starts ---------------------------------------------------- */

/* Of either, in the midst of things. */
void
history_stops(struct story *t)
{
	unsigned who = t->blow->who;

	history_large(t);
	history_tree_deleted(t);
	history_writes(t, BOB, "b", "new there");
	sim_run(t->s.sim, SIM_SECOND / 2);
	story_lift(t);
	(void)sim_node_stop(t->s.node[who]);
	if (sim_node_of(t->s.node[who]) == NULL)
		(void)!sim_node_start(t->s.node[who]);
}

/* Killed with changes that nobody has: they get a number of their own. */
void
history_killed_apart(struct story *t)
{
	scene_part(&t->s);
	history_writes(t, BOB, "d/x", "nobody has this");
	history_writes(t, BOB, "b", "nor this");
	history_removes(t, BOB, "d/e");
	sim_run(t->s.sim, 3 * SIM_SECOND);
	sim_node_kill(t->s.node[BOB], false);
	story_lift(t);
	(void)!sim_node_start(t->s.node[BOB]);
	scene_meet(&t->s);
}

void
history_forgets_versions(struct story *t)
{
	history_removes(t, ADA, "d/x");
	history_writes(t, ADA, "a", "three");
	ck_assert(story_rest(t));
	scene_down(&t->s, BOB);
	mishap_forget(t->s.host[BOB]);
	story_lift(t);
	(void)!sim_node_start(t->s.node[BOB]);
}
