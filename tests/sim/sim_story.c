/* SPDX-License-Identifier: Apache-2.0 */
/* One play of a history, with a blow in it. */
#include "tests/sim/sim_sweep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_ready.h"

enum {
	REST_S = 900,
	RESCAN_S = 3700,
	QUIET_S = 20,
	JUDGED_S = 120, /* with what lay in quarantine */
	UNDO_S = 30, /* that what was done lasts */
};

/* ---- faults -------------------------------------------------------------- */

/* By which calls Linux gives an error, as far as these are of the table; of
 * those that any call can give the call is not asked. */
static const struct {
	int err;
	const char *calls;
} givers[] = {
    {EIO, NULL},
    {ENOMEM, NULL},
    {ENOSPC,
	"write_at truncate open make_dir rename make_link copy_range clone "
	"sync sync_fs watcher_add"},
    {EDQUOT,
	"write_at truncate open make_dir rename make_link copy_range clone "
	"sync sync_fs"},
    {EMFILE, "open open_below open_root list watcher_new listen dial"},
    {EACCES, NULL},
    {EPERM,
	"open unlink remove_dir rename make_dir make_link set_bits set_mtime "
	"set_mtime_at truncate copy_range clone lease"},
    {EROFS,
	"open write_at truncate make_dir unlink remove_dir rename make_link "
	"set_bits set_mtime set_mtime_at clone"},
    {ENOENT, "open open_below unlink remove_dir rename make_dir make_link "
	     "read_link set_mtime_at"},
    {ESTALE, NULL},
    {EXDEV, "open_below rename copy_range clone"},
    {ENAMETOOLONG, "open stat_at make_dir rename make_link open_below"},
    {ELOOP, "open open_below"},
    {EBUSY, "rename remove_dir unlink open"},
    {ETXTBSY, "open truncate copy_range clone"},
    {EINTR, NULL},
    {EAGAIN, "lease lock open read_at"},
    {EINVAL, "rename lease clone copy_range sync set_bits set_mtime"},
    {EOPNOTSUPP, "clone copy_range lease data_at set_bits"},
    {EEXIST, "make_dir make_link rename open"},
    {ENOTEMPTY, "remove_dir rename"},
    {ENOTDIR, "open open_below rename"},
    {EFBIG, "write_at truncate copy_range"},
    {EMLINK, "make_dir rename"},
};

static const char *
givers_of(int err)
{
	for (size_t i = 0; i < sizeof givers / sizeof *givers; i++)
		if (givers[i].err == err)
			return givers[i].calls;
	ck_abort_msg("no call gives %s", strerror(err));
}

/* ---- rest ---------------------------------------------------------------- */

static bool
all_rest(void *arg)
{
	struct story *t = arg;

	return sim_nodes_rest(t->s.node, t->s.n, true);
}

static bool
all_up(const struct story *t)
{
	for (unsigned i = 0; i < t->s.n; i++)
		if (!sim_host_up(t->s.host[i]))
			return false;
	return true;
}

bool
story_rest(struct story *t)
{
	struct sim *sim = t->s.sim;
	int64_t end = sim_now(sim) + REST_S * SIM_SECOND;

	while (sim_now(sim) < end && all_up(t)) {
		int64_t since;

		if (!sim_run_until(sim, REST_S * SIM_SECOND, all_rest, t))
			return false;
		since = sim_now(sim);
		while (
		    all_rest(t) && sim_now(sim) < since + QUIET_S * SIM_SECOND)
			sim_run(sim, SIM_SECOND);
		if (all_rest(t))
			return true;
	}
	return false;
}

/* ---- blows --------------------------------------------------------------- */

/* Of the point that is played, one at a time. */
struct errand {
	const struct deed *deed;
	struct sim_host *host;
	char path[256];
};

static struct errand errand;

static void
try_again(void *arg)
{
	struct errand *e = arg;

	(void)!e->deed->act(e->host, e->path);
}

/* A user whom a lease keeps waiting does it as soon as he can. */
static void
do_deed(void *arg)
{
	struct errand *e = arg;
	int rc = e->deed->act(e->host, e->path);

	if (rc == -EAGAIN)
		sim_user(e->host, try_again, NULL, e);
}

static void
lift(struct sim_host *h, const struct blow *b)
{
	struct sim_fault fault = {
	    .n = b->n ? b->n : UINT64_MAX, .count = 1, .err = b->arg};

	switch (b->how) {
	case BLOW_KILL:
	case BLOW_CUT:
		sim_host_die_at(h, b->n, b->how == BLOW_CUT);
		return;
	case BLOW_FAULT:
		fault.call = givers_of(b->arg);
		sim_host_fault(h, &fault);
		return;
	case BLOW_DEED:
		sim_host_meddle(h, b->n, do_deed, &errand);
		return;
	case BLOW_MEMORY:
		sim_host_starve(h, b->n, b->arg * SIM_MS);
		return;
	case BLOW_HOWS:
		break;
	}
	abort();
}

void
story_lift(struct story *t)
{
	const struct blow *b = t->blow;
	struct sim_host *h = t->s.host[b->who];

	if (b->how == BLOW_DEED) {
		errand.deed = &deeds[b->arg];
		errand.host = h;
		snprintf(errand.path, sizeof errand.path, "%s/%s", SCRIPT_ROOT,
		    t->history->path);
	}
	t->calls_before =
	    b->how == BLOW_MEMORY ? sim_host_requests(h) : sim_host_calls(h);
	t->struck_before = sim_host_struck(h);
	lift(h, b);
	sim_host_seen(h, b->seen);
}

/* Calls at which the blow could have come, since it was lifted. */
static uint64_t
calls_since(const struct story *t)
{
	const struct sim_host *h = t->s.host[t->blow->who];

	if (t->blow->how == BLOW_FAULT)
		return sim_host_fault_calls(h);
	return (t->blow->how == BLOW_MEMORY ? sim_host_requests(h)
					    : sim_host_calls(h)) -
	       t->calls_before;
}

/* Nothing befalls anybody any more, and who is down comes up. */
static void
rise_again(struct story *t)
{
	static const struct sim_fault none;

	for (unsigned i = 0; i < t->s.n; i++) {
		struct sim_host *h = t->s.host[i];

		sim_node_bury(t->s.node[i]);
		ck_assert_uint_eq(sim_node_left(t->s.node[i]), 0);
		sim_host_fault(h, &none);
		sim_host_die_at(h, 0, false);
		sim_host_meddle(h, 0, NULL, NULL);
		sim_host_starve(h, 0, 0);
		sim_host_seen(h, NULL);
		scene_up(&t->s, i);
	}
}

/* ---- judging ------------------------------------------------------------- */

static void
say_why(struct story *t, const char *why)
{
	const struct blow *b = t->blow;
	struct buf text;

	buf_init(&text, 8192);
	sim_nodes_why(t->s.node, t->s.n, &text);
	ck_abort_msg("%s, TUTTI_SIM_POINT='%d %d %d %u %llu %llu': %s\n%.*s",
	    t->history->name, (int)(t->history - histories), (int)b->how,
	    b->arg, b->who, (unsigned long long)b->n,
	    (unsigned long long)b->seed, why, (int)text.len,
	    (const char *)text.p);
}

/* What was done is undone, where the daemon holds it without that. Nothing
 * tells of it: that is seen when all is looked at. */
static void
undo(struct story *t)
{
	unsigned who = t->blow->who;
	int rc;

	sim_run(t->s.sim, UNDO_S * SIM_SECOND);
	rc = errand.deed->undo(errand.host, errand.path);
	if (rc == -EBUSY) {
		scene_down(&t->s, who);
		rc = errand.deed->undo(errand.host, errand.path);
		scene_up(&t->s, who);
	}
	if (rc == -EBUSY)
		say_why(t, "it cannot be undone");
}

/*
 * A machine that was told an error at its start may run without a peer or a
 * folder, whose configuration it could not read, and says so; one that was
 * told that .tutti is not there halts. Both until a person helps.
 */
static void
help(struct story *t)
{
	unsigned who = t->blow->who;

	if (t->history->lifts)
		scene_down(&t->s, who);
	scene_up(&t->s, who);
	sim_run(t->s.sim, SIM_SECOND);
	sim_node_go_on(t->s.node[who]);
}

static void
judge(struct story *t)
{
	char why[512];

	if (!story_rest(t))
		say_why(t, "no rest");
	sim_run(t->s.sim, JUDGED_S * SIM_SECOND);
	if (!story_rest(t))
		say_why(t, "no rest later");
	if (t->history->after)
		t->history->after(t);
	if (!story_rest(t))
		say_why(t, "no rest at last");
	if (!oracle_judge(t->oracle, t->s.host, t->s.n, false, why, sizeof why))
		say_why(t, why);
}

/* ---- the whole ----------------------------------------------------------- */

static bool
is_struck(const struct story *t)
{
	return sim_host_struck(t->s.host[t->blow->who]) > t->struck_before;
}

static void
begin(struct story *t)
{
	t->s = scene_set(2, (int)(t->blow->seed % 4096));
	t->oracle = oracle_new(t->s.sim);
	sim_power_watch(t->s.sim, NULL, NULL); /* all is synced: no excuses */
	for (unsigned i = 0; i < t->s.n; i++)
		sim_ready_put(t->s.host[i], SIM_NODE_MEMORY, SIM_NODE_FOLDER);
	scene_all_up(&t->s);
	ck_assert(story_rest(t));
	t->history->before(t);
	if (!story_rest(t))
		say_why(t, "no rest before");
}

uint64_t
story_play(const struct history *h, const struct blow *b, bool *out_struck)
{
	struct story t = {.history = h, .blow = b};
	uint64_t calls;

	begin(&t);
	if (!h->lifts)
		story_lift(&t);
	h->happens(&t);
	(void)story_rest(&t);
	calls = calls_since(&t);
	*out_struck = is_struck(&t);
	if (*out_struck && b->how == BLOW_DEED && errand.deed->undo)
		undo(&t);
	rise_again(&t);
	scene_meet(&t.s);
	if (b->how == BLOW_FAULT || b->how == BLOW_MEMORY)
		help(&t);
	/* What may not be read is looked at again with everything else. */
	if (b->how == BLOW_FAULT || b->how == BLOW_DEED)
		sim_run(t.s.sim, RESCAN_S * SIM_SECOND);
	judge(&t);
	oracle_free(t.oracle);
	scene_end(&t.s);
	return calls;
}
