/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch_test_internal - what a watch tells, written down as text.
 */
#ifndef TESTS_DAEMON_WATCH_WATCH_TEST_INTERNAL_H
#define TESTS_DAEMON_WATCH_WATCH_TEST_INTERNAL_H

#include <check.h>

#include "daemon/watch/watch.h"

#define OK(call) ck_assert_int_eq((call), 0)

/* Events as "what:dir|name " in the order they came; "/" after the name of a
 * directory. what is N, C, W or L. */
struct notes {
	char text[8192];
};

/* A watch_cb whose arg is a struct notes. */
void note_event(void *arg, const struct watch_event *event);

TCase *watch_event_tcase(void);
TCase *watch_fail_tcase(void);
TCase *watch_node_tcase(void);
TCase *watch_real_tcase(void);

#endif
