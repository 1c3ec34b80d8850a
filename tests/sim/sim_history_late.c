/* SPDX-License-Identifier: Apache-2.0 */
/* Histories of what comes later: quarantine judged, rot, starts. */
#include "tests/sim/sim_history.h"

#include <string.h>

#include "tests/sim/sim_mishap.h"

enum {
	JUDGED_S = 90, /* quarantine's grace, and a look at it */
	RESCAN_S = 3700,
	VERIFY_S = 20,
	MIDDLE = 60, /* a call in the midst of receiving */
};

/* ---- users who sync ------------------------------------------------------ */

void
history_synced(struct story *t, unsigned who, const char *path)
{
	char at[256];

	snprintf(at, sizeof at, "%s/%s", SCRIPT_ROOT, path);
	ck_assert_int_eq(sim_user_sync(t->s.host[who], at), 0);
	*strrchr(at, '/') = '\0';
	ck_assert_int_eq(sim_user_sync(t->s.host[who], at), 0);
}

void
history_writes(
    struct story *t, unsigned who, const char *path, const char *text)
{
	scene_write(&t->s, who, path, text);
	history_synced(t, who, path);
}

void
history_makes(struct story *t, unsigned who, const char *path)
{
	scene_mkdir(&t->s, who, path);
	history_synced(t, who, path);
}

void
history_writes_noise(
    struct story *t, unsigned who, const char *path, size_t len, uint64_t seed)
{
	struct buf b = scene_noise(len, seed);

	scene_put(&t->s, who, path, buf_span(&b));
	history_synced(t, who, path);
	buf_release(&b);
}

void
history_removes(struct story *t, unsigned who, const char *path)
{
	char at[256];

	scene_remove(&t->s, who, path);
	snprintf(at, sizeof at, "%s/%s", SCRIPT_ROOT, path);
	*strrchr(at, '/') = '\0';
	ck_assert_int_eq(sim_user_sync(t->s.host[who], at), 0);
}

/* ---- kept versions ------------------------------------------------------- */

void
history_kept(struct story *t)
{
	history_replaced(t);
	sim_run(t->s.sim, JUDGED_S * SIM_SECOND);
}

void
history_tree_kept(struct story *t)
{
	history_tree_deleted(t);
	sim_run(t->s.sim, JUDGED_S * SIM_SECOND);
}

/* What a user brings back displaces what he did not see: that is his wish. */
void
history_one_then_two(struct story *t)
{
	history_one_file(t);
	ck_assert(story_rest(t));
	t->then_ns = sim_host_wall(t->s.host[BOB]);
	sim_run(t->s.sim, SIM_SECOND);
	history_replaced(t);
	ck_assert(story_rest(t));
	sim_run(t->s.sim, JUDGED_S * SIM_SECOND);
}

void
history_brings_back(struct story *t)
{
	static bool done;

	oracle_mishap(t->oracle, t->s.host[BOB], true, false);
	(void)!sim_node_restore(t->s.node[BOB], "", t->then_ns, &done);
}

void
history_is_back(struct story *t)
{
	static bool done;

	ck_assert_int_eq(
	    sim_node_restore(t->s.node[BOB], "", t->then_ns, &done), 0);
	ck_assert(story_rest(t));
	ck_assert(done);
	oracle_mishap(t->oracle, t->s.host[BOB], true, true);
}

/* ---- healing ------------------------------------------------------------- */

/* Looked at again long after, so that times tell of every edit. */
void
history_known_for_long(struct story *t)
{
	history_one_file(t);
	history_large(t);
	ck_assert(story_rest(t));
	sim_run(t->s.sim, RESCAN_S * SIM_SECOND);
}

/* Without leases nobody can tell rot from a mapping that is written to. */
void
history_rots(struct story *t)
{
	sim_knobs(t->s.sim)->leases = true;
	sim_user_rot(t->s.host[BOB], SCRIPT_ROOT "/big", HISTORY_LARGE / 2);
	(void)!sim_node_verify(t->s.node[BOB]);
	sim_run(t->s.sim, VERIFY_S * SIM_SECOND);
}

void
history_is_healed(struct story *t)
{
	ck_assert_int_eq(sim_node_verify(t->s.node[BOB]), 0);
	sim_run(t->s.sim, VERIFY_S * SIM_SECOND);
}

/* ---- starts -------------------------------------------------------------- */

/* Bob's, with the blow lifted; it may fail by that. */
static void
starts(struct story *t)
{
	story_lift(t);
	(void)!sim_node_start(t->s.node[BOB]);
}

static void
both_edit_apart(struct story *t)
{
	history_tree_moved(t);
	history_writes(t, BOB, "d/e/y", "y there");
	history_writes(t, BOB, "b", "new there");
}

void
history_begins(struct story *t)
{
	scene_down(&t->s, BOB);
	both_edit_apart(t);
	sim_run(t->s.sim, 3 * SIM_SECOND);
	starts(t);
}

static void
dies_while_receiving(struct story *t, bool cut)
{
	sim_host_die_at(t->s.host[BOB], MIDDLE, cut);
	history_tree_moved(t);
	history_large(t);
	history_conflict(t);
	(void)story_rest(t);
	sim_node_bury(t->s.node[BOB]);
	ck_assert(!sim_host_up(t->s.host[BOB]));
	starts(t);
}

void
history_killed_before(struct story *t)
{
	dies_while_receiving(t, false);
}

void
history_cut_before(struct story *t)
{
	dies_while_receiving(t, true);
}

/* The whole machine becomes what it was. */
void
history_rolled_back(struct story *t)
{
	struct mishap_backup backup = {0};

	mishap_backup(&backup, t->s.host[BOB]);
	history_writes(t, BOB, "d/x", "later there");
	history_writes(t, ADA, "a", "later here");
	ck_assert(story_rest(t));
	scene_down(&t->s, BOB);
	oracle_mishap(t->oracle, t->s.host[BOB], false, false);
	mishap_restore(&backup, t->s.host[BOB], true, true);
	oracle_mishap(t->oracle, t->s.host[BOB], false, true);
	mishap_backup_release(&backup);
	history_writes(t, BOB, "d/e/y", "y after it");
	starts(t);
}

void
history_forgotten(struct story *t)
{
	scene_down(&t->s, BOB);
	mishap_forget(t->s.host[BOB]);
	both_edit_apart(t);
	starts(t);
}
