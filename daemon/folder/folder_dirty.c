/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/path.h"

struct dirty *
folder_dirty_find(struct dirty *table, struct span path)
{
	return folder_table_find(table, path.p, path.len);
}

struct dirty *
folder_dirty_add(struct dirty **table, struct span path)
{
	struct dirty *d = calloc(1, sizeof *d + path.len + 1);

	if (d == NULL)
		return NULL;
	d->len = path.len;
	if (path.len > 0)
		memcpy(d->path, path.p, path.len);
	if (!folder_table_add(table, d, d->path, d->len)) {
		free(d);
		return NULL;
	}
	return d;
}

void
folder_dirty_drop(struct dirty **table, struct dirty *d)
{
	folder_table_drop(table, d);
	free(d);
}

/* Finds or adds what is noted of a path; NULL without memory. */
static struct dirty *
note(struct folder *f, struct span path)
{
	struct dirty *d = folder_dirty_find(f->dirty, path);

	folder_arm(f);
	return d != NULL ? d : folder_dirty_add(&f->dirty, path);
}

int
folder_dirty(struct folder *f, struct span path, bool whole, bool force)
{
	struct dirty *d = note(f, path);

	if (d == NULL)
		return -ENOMEM;
	d->whole |= whole;
	d->deep |= whole;
	d->self |= !whole;
	d->force |= force;
	return 0;
}

int
folder_look_into(struct folder *f, struct span path)
{
	struct dirty *d = note(f, path);

	if (d == NULL)
		return -ENOMEM;
	d->whole = true;
	return 0;
}

void
folder_look_at(struct folder *f, struct span path, bool whole, bool force)
{
	int rc = folder_dirty(f, path, whole, force);

	if (rc < 0)
		folder_fail(f, rc, "look");
}

bool
folder_will_hash(const struct folder *f, struct span path)
{
	const struct dirty *d = folder_dirty_find(f->dirty, path);

	return d != NULL && d->force;
}

static void
look_at_event(
    struct folder *f, struct span path, const struct watch_event *event)
{
	struct work *w = folder_work(f, path);

	if (w != NULL && (w->applying || w->guard)) {
		w->again = true;
		w->again_force |=
		    event->what == WATCH_CLOSED || event->what == WATCH_WRITING;
	} else if (event->what == WATCH_WRITING) {
		folder_trouble(f, path, ERR_BUSY, true, true);
	} else {
		folder_look_at(f, path, false, event->what == WATCH_CLOSED);
		/* A directory that came, or lost its watch. */
		if ((event->name.len == 0 || event->what == WATCH_DIR) &&
		    folder_look_into(f, path) < 0)
			folder_fail(f, -ENOMEM, "look");
	}
}

void
folder_watched(void *folder, const struct watch_event *event)
{
	struct folder *f = folder;
	struct buf path;
	int rc;

	if (!folder_live(f))
		return;
	if (event->what == WATCH_LOST) {
		folder_look_at(f, span_of(NULL, 0), true, false);
		return;
	}
	buf_init(&path, LIMIT_PATH_BYTES);
	rc = path_join(&path, event->dir, event->name);
	if (rc == 0 && (path.len == 0 || path_valid(buf_span(&path))))
		look_at_event(f, buf_span(&path), event);
	else if (rc == -ENOMEM)
		folder_fail(f, rc, "note what was told of");
	buf_release(&path);
}
