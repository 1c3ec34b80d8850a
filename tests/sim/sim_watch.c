/* SPDX-License-Identifier: Apache-2.0 */
/* Watches, with inotify's habits: merging, overflow, arriving late. */
#include "tests/sim/sim_internal.h"

#include <stdlib.h>
#include <string.h>

struct told {
	int watch;
	unsigned flags;
	char *name;
};

struct host_watcher {
	struct host_watcher *next; /* of the process */
	struct sim_boot *boot;
	host_event_cb *cb;
	void *arg;
	struct sim_event event;
	VEC(struct told) queue;
	VEC(struct sim_watch *) watches; /* by number - 1; NULL: ended */
	bool *freed; /* set when that happens during delivery */
};

/* ---- telling ------------------------------------------------------------- */

static void
queue_add(struct host_watcher *w, int watch, const char *name, unsigned flags)
{
	struct sim *s = w->boot->machine->sim;
	struct told *last = w->queue.n ? &w->queue.items[w->queue.n - 1] : NULL;
	struct told told = {watch, flags, NULL};

	if (w->boot->dead)
		return;
	if (last && last->watch == watch && last->flags == flags &&
	    strcmp(last->name, name ? name : "") == 0)
		return; /* the same twice running is told once */
	if (w->queue.n >= s->knobs.watch_queue) {
		if (last && last->flags == HOST_EVENT_OVERFLOW)
			return;
		told = (struct told){0, HOST_EVENT_OVERFLOW, NULL};
		name = NULL;
	}
	told.name = sim_strdup(name ? name : "");
	SIM_PUSH(&w->queue, told);
	if (w->event.place == 0)
		sim_event_start(s, &w->event,
		    1 + (int64_t)sim_random(
			    s, (uint64_t)s->knobs.watch_delay_ns));
}

void
sim_watch_tell(struct sim_inode *dir, const char *name, unsigned flags)
{
	for (struct sim_watch *at = dir->watches; at; at = at->next)
		queue_add(at->watcher, at->number, name, flags);
}

void
sim_watch_inode(struct sim_inode *i, unsigned flags)
{
	if (i->kind == KIND_DIR) {
		flags |= HOST_EVENT_IS_DIR;
		sim_watch_tell(i, NULL, flags);
	}
	if (i->parent && i->name)
		sim_watch_tell(i->parent, i->name, flags);
}

static void
deliver(void *arg)
{
	struct host_watcher *w = arg;
	VEC(struct told) queue = {w->queue.items, w->queue.n, w->queue.cap};
	bool freed = false;

	w->queue.items = NULL;
	w->queue.n = w->queue.cap = 0;
	w->freed = &freed;
	for (size_t k = 0; k < queue.n; k++) {
		struct told *told = &queue.items[k];
		struct host_event event = {
		    told->watch, told->flags, span_str(told->name)};

		if (!freed && !w->boot->dead) {
			sim_inside(w->boot);
			w->cb(w->arg, &event);
			sim_inside(NULL);
		}
		free(told->name);
	}
	VEC_RELEASE(&queue);
	if (!freed)
		w->freed = NULL;
}

/* ---- watching ------------------------------------------------------------ */

static void
watch_end(struct sim_watch *watch)
{
	struct sim_watch **at = &watch->inode->watches;
	struct host_watcher *w = watch->watcher;

	while (*at != watch)
		at = &(*at)->next;
	*at = watch->next;
	w->watches.items[watch->number - 1] = NULL;
	w->boot->watches--;
	free(watch);
}

void
sim_watch_gone(struct sim_inode *dir)
{
	while (dir->watches) {
		queue_add(dir->watches->watcher, dir->watches->number, NULL,
		    HOST_EVENT_SELF);
		watch_end(dir->watches);
	}
}

static void
watcher_free(void *self, struct host_watcher *w)
{
	struct sim_boot *b = self;
	struct host_watcher **at = &b->watcher_list;

	if (w == NULL)
		return;
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	sim_event_stop(b->machine->sim, &w->event);
	for (size_t k = 0; k < w->watches.n; k++)
		if (w->watches.items[k])
			watch_end(w->watches.items[k]);
	for (size_t k = 0; k < w->queue.n; k++)
		free(w->queue.items[k].name);
	if (w->freed)
		*w->freed = true;
	VEC_RELEASE(&w->watches);
	VEC_RELEASE(&w->queue);
	free(w);
}

static int
watcher_new(void *self, host_event_cb *cb, void *arg, struct host_watcher **out)
{
	struct sim_boot *b = self;
	struct host_watcher *w;
	int rc = sim_call_begin(b, "watcher_new", 0);

	if (rc)
		return sim_call_end(b, rc);
	w = sim_alloc(sizeof *w);
	w->boot = b;
	w->cb = cb;
	w->arg = arg;
	w->event = (struct sim_event){.cb = deliver, .arg = w};
	w->next = b->watcher_list;
	b->watcher_list = w;
	rc = sim_call_end(b, 0);
	if (rc)
		watcher_free(b, w);
	else
		*out = w;
	return rc;
}

static int
watch_new(struct host_watcher *w, struct sim_inode *dir, int *out_watch)
{
	struct sim_watch *watch;

	for (watch = dir->watches; watch; watch = watch->next)
		if (watch->watcher == w) {
			*out_watch = watch->number;
			return 0;
		}
	if (dir->kind != KIND_DIR)
		return -ENOTDIR;
	if (w->boot->watches >= w->boot->machine->sim->knobs.watch_limit)
		return -ENOSPC;
	watch = sim_alloc(sizeof *watch);
	watch->watcher = w;
	watch->inode = dir;
	SIM_PUSH(&w->watches, watch);
	watch->number = (int)w->watches.n;
	watch->next = dir->watches;
	dir->watches = watch;
	w->boot->watches++;
	*out_watch = watch->number;
	return 0;
}

static int
watcher_add(void *self, struct host_watcher *w, int dir, int *out_watch)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = sim_call_begin(b, "watcher_add", (uint64_t)dir);

	if (rc == 0)
		rc = sim_call_file(b, dir, &f);
	if (rc == 0)
		rc = watch_new(w, f->inode, out_watch);
	return sim_call_end(b, rc);
}

static void
watcher_remove(void *self, struct host_watcher *w, int watch)
{
	(void)self;
	if (watch > 0 && (size_t)watch <= w->watches.n &&
	    w->watches.items[watch - 1])
		watch_end(w->watches.items[watch - 1]);
}

size_t
sim_watch_end(struct sim_boot *b)
{
	size_t n = 0;

	for (; b->watcher_list; n++)
		watcher_free(b, b->watcher_list);
	return n;
}

void
sim_watch_fill(struct host_ops *ops)
{
	ops->watcher_new = watcher_new;
	ops->watcher_add = watcher_add;
	ops->watcher_remove = watcher_remove;
	ops->watcher_free = watcher_free;
}
