/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/watch/watch_fake.h"

#include <string.h>

struct fake t;

static int
fake_new(void *self, host_event_cb *cb, void *arg, struct host_watcher **out)
{
	(void)self;
	if (t.new_rc < 0)
		return t.new_rc;
	t.cb = cb;
	t.arg = arg;
	*out = (struct host_watcher *)&t;
	return 0;
}

/* Judged at the end: an assertion asks for memory, which may fail here. */
static void
look(struct host_watcher *w)
{
	t.strange |= w != (struct host_watcher *)&t || t.freed;
}

static int
fake_add(void *self, struct host_watcher *w, int dir, int *out_watch)
{
	(void)self;
	look(w);
	if (t.add_rc < 0)
		return t.add_rc;
	if (t.number[dir] == 0)
		t.number[dir] = ++t.last;
	*out_watch = t.number[dir];
	return 0;
}

static void
fake_remove(void *self, struct host_watcher *w, int watch)
{
	(void)self;
	look(w);
	for (int i = 0; i < FAKE_DIRS; i++)
		if (t.number[i] == watch)
			t.number[i] = 0;
}

static void
fake_free(void *self, struct host_watcher *w)
{
	(void)self;
	look(w);
	t.freed = true;
}

void
fake_begin(void)
{
	memset(&t, 0, sizeof t);
	t.ops = (struct host_ops){
	    .watcher_new = fake_new,
	    .watcher_add = fake_add,
	    .watcher_remove = fake_remove,
	    .watcher_free = fake_free,
	};
	t.host.ops = &t.ops;
	OK(watch_new(&t.host, note_event, &t.notes, &t.w));
}

void
fake_end(void)
{
	watch_free(t.w);
	ck_assert(t.freed);
	ck_assert(!t.strange);
}
