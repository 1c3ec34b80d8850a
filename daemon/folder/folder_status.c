/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/folder/folder_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"

void
folder_tell(struct folder *f)
{
	f->told_changed = true;
	folder_arm(f);
}

bool
folder_quiet(const struct folder *f)
{
	return !folder_looking(f) && !f->planning && !f->again &&
	       f->works == NULL && f->fetches == NULL && f->rests == NULL &&
	       !index_in_batch(f->index);
}

bool
folder_in_sync(const struct folder *f)
{
	if (f->state != FOLDER_RUNNING || f->fresh || !folder_quiet(f) ||
	    f->open_paths > 0)
		return false;
	for (struct trouble *t = f->troubles; t != NULL; t = t->hh.next)
		if (t->due_ns != INT64_MAX)
			return false;
	return true;
}

static void
tell_link(
    struct folder *f, struct folder_link *l, struct folder_peer_status *out)
{
	bool idle = peer_stream_idle(&l->stream, f->index);

	*out = (struct folder_peer_status){.sending = !idle,
	    .receiving = l->open,
	    .open_paths = l->open_paths,
	    .open_bytes = l->open_bytes};
	snprintf(
	    out->name, sizeof out->name, "%s", peer_name(link_peer(l->link)));
	memcpy(out->device, l->device, DEVICE_BYTES);
	out->halted = l->halted;
	out->agrees = idle && !l->open && l->halted == MSG_HALT_OVER &&
		      l->reported && l->open_paths == 0 &&
		      vector_includes(&l->told, index_knowledge(f->index));
}

static void
tell_peers(struct folder *f, struct folder_status *out)
{
	size_t n = 0;

	for (struct folder_link *l = f->links; l != NULL; l = l->next)
		n += l->link != NULL;
	free(f->status_peers);
	f->status_peers = calloc(n + 1, sizeof *f->status_peers);
	if (f->status_peers == NULL || f->state == FOLDER_FAILED)
		return;
	for (struct folder_link *l = f->links; l != NULL; l = l->next)
		if (l->link != NULL)
			tell_link(f, l, &f->status_peers[out->n_peers++]);
	out->peers = f->status_peers;
}

static void
tell_trouble(
    const struct folder *f, const struct trouble *t, struct folder_status *out)
{
	struct buf text;

	out->trouble = err_text(t->rc);
	out->room_needed = t->needs;
	out->room_free = t->needs > 0 ? f->room.free_bytes : 0;
	memset(out->trouble_path, 0, sizeof out->trouble_path);
	buf_init(&text, sizeof out->trouble_path - 1);
	/* The root's is empty. */
	if (text_escape(&text, span_of(t->path, t->len)) == 0 && text.len > 0)
		memcpy(out->trouble_path, text.p, text.len);
	buf_release(&text);
}

/* One that a person can do something about, with figures, is told first. */
static void
tell_troubles(const struct folder *f, struct folder_status *out)
{
	for (struct trouble *t = f->troubles; t != NULL; t = t->hh.next) {
		if (t->rc == ERR_BUSY || t->rc == ERR_CHANGED)
			continue;
		out->troubles++;
		if (out->trouble == NULL || t->needs > out->room_needed)
			tell_trouble(f, t, out);
	}
}

void
folder_status(struct folder *f, struct folder_status *out)
{
	struct index_figures figures;

	*out = (struct folder_status){.state = f->state,
	    .halt = f->halt,
	    .halt_why = f->halt_why,
	    .scanning = folder_looking(f),
	    .deletes_resting = HASH_COUNT(f->rests)};
	tell_peers(f, out);
	tell_troubles(f, out);
	folder_notes_tell(f, out);
	if (f->state == FOLDER_FAILED)
		return;
	index_figures(f->index, &figures);
	out->in_sync = folder_in_sync(f);
	out->files = figures.files;
	out->dirs = figures.dirs;
	out->bytes = figures.bytes;
	out->open_paths = f->open_paths;
	out->open_bytes = f->open_bytes;
	memcpy(out->waiting, f->waiting, sizeof out->waiting);
	memcpy(out->waiting_path, f->waiting_path, sizeof out->waiting_path);
	if (f->mode == MSG_MODE_RECEIVE)
		out->local_changes = f->waiting[PLAN_WHY_LOOK];
	out->watch_limited = watch_limited(f->watch);
}
