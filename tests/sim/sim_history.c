/* SPDX-License-Identifier: Apache-2.0 */
/* Short histories, so that every part of the engine is passed. */
#include "tests/sim/sim_history.h"

#include <stdlib.h>
#include <string.h>

enum { N_ASKED = 10 }; /* the last ones */

/* ---- what there is before ------------------------------------------------ */

static void
nothing(struct story *t)
{
	(void)t;
}

void
history_one_file(struct story *t)
{
	history_writes(t, ADA, "a", "one");
}

void
history_tree(struct story *t)
{
	history_makes(t, ADA, "d");
	history_makes(t, ADA, "d/e");
	history_writes(t, ADA, "d/x", "x");
	history_writes(t, ADA, "d/e/y", "y");
	scene_symlink(&t->s, ADA, "e/y", "d/l");
	history_synced(t, ADA, "d");
}

void
history_large(struct story *t)
{
	history_writes_noise(t, ADA, "big", HISTORY_LARGE, 7);
}

static void
file_and_large(struct story *t)
{
	history_one_file(t);
	history_large(t);
}

static void
two_files(struct story *t)
{
	history_writes(t, ADA, "a", "one");
	history_writes(t, ADA, "b", "another one");
}

/* ---- what happens -------------------------------------------------------- */

static void
sizes(struct story *t)
{
	history_writes(t, ADA, "a", "");
	history_writes_noise(t, ADA, "b", 60000, 2);
	history_writes_noise(t, ADA, "x", 65537, 3);
	history_writes_noise(t, ADA, "y", 200000, 4);
}

static void
sparse(struct story *t)
{
	struct buf b = scene_noise(10000, 5);

	history_writes(t, ADA, "big", "its front");
	ck_assert_int_eq(sim_user_patch(t->s.host[ADA], SCRIPT_ROOT "/big",
			     1 << 20, buf_span(&b)),
	    0);
	history_synced(t, ADA, "big");
	buf_release(&b);
}

void
history_replaced(struct story *t)
{
	history_writes(t, ADA, "a", "two");
}

static void
deleted(struct story *t)
{
	scene_remove(&t->s, ADA, "a");
}

static void
renamed(struct story *t)
{
	scene_rename(&t->s, ADA, "a", "b");
}

static void
renamed_over(struct story *t)
{
	scene_rename(&t->s, ADA, "b", "a");
}

static void
exchanged(struct story *t)
{
	scene_exchange(&t->s, ADA, "a", "b");
	history_synced(t, ADA, "a");
}

static void
copied(struct story *t)
{
	history_writes_noise(t, ADA, "b", HISTORY_LARGE, 7);
	history_writes(t, ADA, "y", "one");
}

static void
touched(struct story *t)
{
	scene_touch(&t->s, ADA, "a", 1000);
	scene_chmod(&t->s, ADA, "a", 0600);
	history_synced(t, ADA, "a");
}

void
history_tree_moved(struct story *t)
{
	scene_rename(&t->s, ADA, "d", "f");
	history_writes(t, ADA, "f/x", "x again");
}

void
history_tree_deleted(struct story *t)
{
	history_removes(t, ADA, "d");
}

static void
link_changed(struct story *t)
{
	history_removes(t, ADA, "d/l");
	scene_symlink(&t->s, ADA, "x", "d/l");
	history_synced(t, ADA, "d");
}

static void
large_changed(struct story *t)
{
	scene_append(&t->s, ADA, "big", SPAN_LIT("a little more"));
	history_synced(t, ADA, "big");
}

static void
large_patched(struct story *t)
{
	struct buf b = scene_noise(4000, 8);

	ck_assert_int_eq(sim_user_patch(t->s.host[ADA], SCRIPT_ROOT "/big",
			     100000, buf_span(&b)),
	    0);
	history_synced(t, ADA, "big");
	buf_release(&b);
}

static void
becomes_dir(struct story *t)
{
	scene_remove(&t->s, ADA, "a");
	history_makes(t, ADA, "a");
	history_writes(t, ADA, "a/x", "inside");
}

static void
becomes_file(struct story *t)
{
	scene_remove(&t->s, ADA, "d");
	history_writes(t, ADA, "d", "a file now");
}

void
history_conflict(struct story *t)
{
	scene_part(&t->s);
	history_writes(t, ADA, "a", "hers");
	history_writes(t, BOB, "a", "his");
	sim_run(t->s.sim, SIM_SECOND);
	scene_meet(&t->s);
}

static void
edit_and_delete(struct story *t)
{
	scene_part(&t->s);
	history_writes(t, ADA, "d/e/y", "y again");
	history_removes(t, BOB, "d");
	sim_run(t->s.sim, 3 * SIM_SECOND);
	scene_meet(&t->s);
}

static void
conflict_of_kinds(struct story *t)
{
	scene_part(&t->s);
	becomes_dir(t);
	history_writes(t, BOB, "a", "his");
	sim_run(t->s.sim, SIM_SECOND);
	scene_meet(&t->s);
}

/* A stream that breaks, and goes on. */
static void
cut_off(struct story *t)
{
	static const char names[] = "abdefxyz"; /* that script_knows */
	char path[64];

	scene_part(&t->s);
	for (int i = 0; names[i]; i++) {
		snprintf(path, sizeof path, "%c", names[i]);
		history_makes(t, ADA, path);
		for (int k = 0; names[k]; k++) {
			snprintf(
			    path, sizeof path, "%c/%c", names[i], names[k]);
			history_writes_noise(t, ADA, path, 2000,
			    100 * (uint64_t)i + (uint64_t)k);
		}
	}
	sim_run(t->s.sim, 3 * SIM_SECOND);
	scene_meet(&t->s);
	for (int i = 0; i < 3; i++) {
		sim_run(t->s.sim, SIM_SECOND);
		sim_net_cut(t->s.sim, NULL, NULL);
	}
}

/* ---- all ----------------------------------------------------------------- */

const struct history histories[] = {
    {"a new file", "a", nothing, history_one_file, false, NULL},
    {"a new tree", "d/x", nothing, history_tree, false, NULL},
    {"a new large file", "big", nothing, history_large, false, NULL},
    {"new files of several sizes", "y", nothing, sizes, false, NULL},
    {"a new sparse file", "big", nothing, sparse, false, NULL},
    {"a file replaced", "a", history_one_file, history_replaced, false, NULL},
    {"a file deleted", "a", history_one_file, deleted, false, NULL},
    {"a file renamed", "a", history_one_file, renamed, false, NULL},
    {"a file renamed over another", "a", two_files, renamed_over, false, NULL},
    {"two files exchanged", "a", two_files, exchanged, false, NULL},
    {"files copied", "b", file_and_large, copied, false, NULL},
    {"a file touched", "a", history_one_file, touched, false, NULL},
    {"a tree moved and edited", "f/x", history_tree, history_tree_moved, false,
	NULL},
    {"a tree deleted", "d/x", history_tree, history_tree_deleted, false, NULL},
    {"a link changed", "d/l", history_tree, link_changed, false, NULL},
    {"a large file appended to", "big", history_large, large_changed, false,
	NULL},
    {"a large file patched", "big", history_large, large_patched, false, NULL},
    {"a directory for a file", "a", history_one_file, becomes_dir, false, NULL},
    {"a file for a directory", "d", history_tree, becomes_file, false, NULL},
    {"a conflict", "a", history_one_file, history_conflict, false, NULL},
    {"an edit and a delete", "d/e/y", history_tree, edit_and_delete, false,
	NULL},
    {"a conflict of kinds", "a", history_one_file, conflict_of_kinds, false,
	NULL},
    {"a stream cut off", "d/y", nothing, cut_off, false, NULL},
    {"a version kept", "a", history_one_file, history_kept, false, NULL},
    {"a tree kept", "d/x", history_tree, history_tree_kept, false, NULL},
    {"a version restored", "a", history_one_then_two, history_brings_back,
	false, history_is_back},
    {"rot healed", "a", history_known_for_long, history_rots, false,
	history_is_healed},
    {"a start", "d/x", history_tree, history_begins, true, NULL},
    {"a start after a kill", "f/x", history_tree, history_killed_before, true,
	NULL},
    {"a start after a cut", "f/x", history_tree, history_cut_before, true,
	NULL},
    {"a machine put back", "d/x", history_tree, history_rolled_back, true,
	NULL},
    {"a database lost", "d/x", history_tree, history_forgotten, true, NULL},
    {"what was is asked for", "a", history_with_a_past, history_asks, false,
	NULL},
    {"a conflict settled", "a", history_in_conflict, history_settles, false,
	history_is_settled},
    {"versions too old", "d/x", history_keeps_shortly, history_expires, false,
	NULL},
    {"too many versions", "d/x", history_keeps_little, history_expires, false,
	NULL},
    {"odd files", "a", history_one_file, history_odd, false, NULL},
    {"rules", "d/x", history_tree, history_rules, false, NULL},
    {"many deletes", "n1", history_many, history_many_go, false, NULL},
    {"a stop", "d/x", history_tree, history_stops, true, NULL},
    {"a start after a kill apart", "d/x", history_tree, history_killed_apart,
	true, NULL},
    {"a database lost with versions", "a", history_with_a_past,
	history_forgets_versions, true, NULL},
};

const int n_histories = sizeof histories / sizeof *histories - N_ASKED;
const int n_all_histories = sizeof histories / sizeof *histories;
