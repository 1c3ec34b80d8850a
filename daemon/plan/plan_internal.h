/* SPDX-License-Identifier: Apache-2.0 */
/* plan_internal - what the files of daemon/plan share. */
#ifndef DAEMON_PLAN_PLAN_INTERNAL_H
#define DAEMON_PLAN_PLAN_INTERNAL_H

#include "daemon/plan/plan.h"

/* Is the disk what base saw (nothing there, without base)? */
bool plan_unchanged(const struct entry *e, const struct observation *now);

/* Does a look show what the version says of these classes, as far as it looked
 * and the version speaks? */
bool plan_meta_shows(
    const struct meta_seen *now, const struct version *v, unsigned classes);

/* Is that no change that a look has yet to judge? */
static inline bool
plan_judged(const struct entry *e)
{
	return e->suspect || plan_unchanged(e, &e->disk);
}

/* What plan_act works with, put together once. */
struct planner {
	const struct entry *e;
	const struct plan_ask *ask;
	const struct version *want; /* NULL: derived directory */
	bool derived;
	struct plan_action *out;
};

/* Waits, which never fails: gives 0. */
int plan_wait(struct planner *p, enum plan_why why);

/* Is nothing wanted at the path? */
bool plan_wants_nothing(const struct planner *p);

/* Is the wanted content on this disk, if it takes any? 1, 0, error. */
int plan_holds_wanted(const struct planner *p) MUST_USE;

/* Can the wanted content be had, here or from a peer? 1, 0, error. */
int plan_can_get_wanted(const struct planner *p) MUST_USE;

/* Losers come first: their copies have versions before the winner takes
 * their place. 1 when that decided, 0 to go on, or an error. */
int plan_losers(struct planner *p) MUST_USE;

/* Names where the file that is displaced goes: the free name of its own
 * conflict copy, if that is wanted with just this content; else quarantine. */
int plan_name_displaced(struct planner *p) MUST_USE;

#endif
