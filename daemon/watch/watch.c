/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/watch/watch_internal.h"

#include <errno.h>
#include <string.h>

#include "proto/base/path.h"

/* What an event's callback is told; its path outlives a drop of the node. */
struct told {
	char path[LIMIT_PATH_BYTES + 1 + LIMIT_NAME_BYTES];
	size_t len;
};

static void
tell(struct watch *w, enum watch_what what, const struct told *dir,
    const struct host_event *event)
{
	struct watch_event out = {
	    .what = what,
	    .dir = span_of(dir->path, dir->len),
	    .name = event->name,
	    .is_dir = event->flags & HOST_EVENT_IS_DIR,
	};

	w->cb(w->arg, &out);
}

static struct told
path_of(const struct watch_node *node)
{
	struct told out;

	out.len = node->len;
	memcpy(out.path, node->path, node->len);
	return out;
}

/* The path of a child; false: it is too long for anybody. */
static bool
go_down(struct told *dir, struct span name)
{
	if (dir->len + 1 + name.len > LIMIT_PATH_BYTES)
		return false;
	if (dir->len > 0)
		dir->path[dir->len++] = '/';
	memcpy(dir->path + dir->len, name.p, name.len);
	dir->len += name.len;
	return true;
}

/*
 * The directory itself went, and with it the sense of all paths below. Not
 * so when it was added anew under another path before this was read: then
 * this is of the move that it was found by.
 */
static void
self_went(struct watch *w, struct watch_node *node)
{
	const struct host_event event = {.flags = HOST_EVENT_IS_DIR};
	struct told dir = path_of(node);

	if (node->moved) {
		node->moved = false;
		return;
	}
	watch_node_drop(w, node);
	tell(w, WATCH_NAME, &dir, &event);
}

static enum watch_what
what_of(unsigned flags)
{
	if ((flags & HOST_EVENT_APPEARED) && (flags & HOST_EVENT_IS_DIR))
		return WATCH_DIR;
	if (flags & HOST_EVENT_CLOSED)
		return WATCH_CLOSED;
	if (flags & HOST_EVENT_MODIFIED)
		return WATCH_WRITING;
	return WATCH_NAME;
}

/* Something about a name in a watched directory. */
static void
name_changed(struct watch *w, const struct watch_node *node,
    const struct host_event *event)
{
	struct told dir = path_of(node), below = dir;

	if (dir.len == 0 && (event->flags & HOST_EVENT_VANISHED) &&
	    span_equal(event->name, SPAN_LIT(".tutti"))) {
		tell(w, WATCH_NAME, &dir,
		    &(struct host_event){.flags = HOST_EVENT_IS_DIR});
		return; /* the root is not marked any more */
	}
	if (!path_name_valid(event->name) || !go_down(&below, event->name))
		return; /* ours, or what no peer can be told of */
	if ((event->flags & HOST_EVENT_VANISHED) &&
	    (event->flags & HOST_EVENT_IS_DIR))
		watch_drop(w, span_of(below.path, below.len));
	tell(w, what_of(event->flags), &dir, event);
}

static void
host_told(void *arg, const struct host_event *event)
{
	struct watch *w = arg;
	struct watch_node *node;
	struct told nowhere = {.len = 0};

	if (event->flags & HOST_EVENT_OVERFLOW) {
		tell(w, WATCH_LOST, &nowhere, &(struct host_event){0});
		return;
	}
	node = watch_node_numbered(w, event->watch);
	if (node == NULL)
		return; /* on its way when the watch was dropped */
	if (event->flags & HOST_EVENT_SELF) {
		self_went(w, node);
	} else if (event->name.len > 0) {
		name_changed(w, node, event);
	} else {
		struct told dir = path_of(node);

		tell(w, WATCH_NAME, &dir, event);
	}
}

int
watch_new(
    const struct host *h, watch_cb *cb, void *arg, struct watch **out_watch)
{
	struct watch *w = calloc(1, sizeof *w);
	int rc;

	if (w == NULL)
		return -ENOMEM;
	w->host = h;
	w->cb = cb;
	w->arg = arg;
	rc = host_watcher_new(h, host_told, w, &w->watcher);
	if (rc < 0) {
		free(w);
		return rc;
	}
	*out_watch = w;
	return 0;
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	host_watcher_free(w->host, w->watcher);
	w->watcher = NULL;
	watch_drop(w, span_of(NULL, 0));
	free(w);
}

/* Lets the number be the path's, whatever it was before. */
static int
number_path(struct watch *w, struct span path, int number)
{
	struct watch_node *node = watch_node_numbered(w, number);
	bool moved = false;
	int rc;

	if (node != NULL) {
		if (span_equal(span_of(node->path, node->len), path))
			return 0;
		watch_node_move(w, node);
		moved = true;
	}
	rc = watch_node_make(w, path, &node);
	if (rc == 0)
		rc = watch_node_number(w, node, number);
	if (rc == 0)
		node->moved = moved;
	return rc;
}

int
watch_add(struct watch *w, int dir, struct span path)
{
	int number, rc;

	if (path.len > LIMIT_PATH_BYTES)
		return -ENAMETOOLONG;
	rc = host_watcher_add(w->host, w->watcher, dir, &number);
	if (rc == -ENOSPC)
		w->limited = true;
	if (rc < 0)
		return rc;
	rc = number_path(w, path, number);
	if (rc < 0)
		host_watcher_remove(w->host, w->watcher, number);
	return rc;
}

void
watch_drop(struct watch *w, struct span path)
{
	struct watch_node *node = watch_node_find(w, path);

	if (node != NULL)
		watch_node_drop(w, node);
}

bool
watch_has(const struct watch *w, struct span path)
{
	const struct watch_node *node = watch_node_find(w, path);

	return node != NULL && node->watched;
}

bool
watch_limited(const struct watch *w)
{
	return w->limited;
}

size_t
watch_count(const struct watch *w)
{
	return HASH_CNT(by_number, w->numbers);
}
