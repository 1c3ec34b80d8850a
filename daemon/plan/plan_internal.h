/* SPDX-License-Identifier: Apache-2.0 */
/* plan_internal - what the files of daemon/plan share. */
#ifndef DAEMON_PLAN_PLAN_INTERNAL_H
#define DAEMON_PLAN_PLAN_INTERNAL_H

#include "daemon/plan/plan.h"

/* Is the disk what base saw (nothing there, without base)? */
bool plan_unchanged(const struct entry *e, const struct observation *now);

#endif
