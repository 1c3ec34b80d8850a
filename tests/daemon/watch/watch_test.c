/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "tests/daemon/watch/watch_test_internal.h"
#include "tests/run.h"

void
note_event(void *arg, const struct watch_event *event)
{
	struct notes *notes = arg;
	size_t len = strlen(notes->text);

	ck_assert_uint_lt(
	    len + event->dir.len + event->name.len + 8, sizeof notes->text);
	sprintf(notes->text + len, "%c:%.*s|%.*s%s ", "NCWDL"[event->what],
	    (int)event -> dir.len, (const char *)event->dir.p,
	    (int)event->name.len, (const char *)event->name.p,
	    event->is_dir ? "/" : "");
}

int
main(void)
{
	run_tcase *const tcases[] = {
	    watch_event_tcase,
	    watch_fail_tcase,
	    watch_node_tcase,
	    watch_real_tcase,
	};

	return run_tests("watch", tcases, sizeof tcases / sizeof *tcases);
}
