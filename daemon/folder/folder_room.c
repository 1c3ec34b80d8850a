/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room on the disk. What cannot fit is not begun: it waits, said in status
 * with its size, is tried again after growing pauses, and the rest goes on.
 * Some room is left to the user and to what is remembered.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>

enum {
	LEFT_PERCENT = 1, /* of the file system, that is left */
	LEFT_MAX = 64 << 20, /* but no more than this */
	FRESH_MS = 1000, /* for so long what was seen is believed, */
	PLENTY = 1 << 30, /* if so much more is free */
};

/* What a fetch has yet to write. */
static uint64_t
to_come(const struct fetch *x)
{
	size_t n = x->list.v.n;

	if (x->state == FETCH_STAGED)
		return 0;
	if (x->state != FETCH_PIECES || n == 0)
		return x->room;
	return x->room / n * (n - x->n_have);
}

static uint64_t
all_to_come(const struct folder *f)
{
	uint64_t bytes = 0;

	for (struct fetch *x = f->fetches; x != NULL; x = x->hh.next)
		bytes += to_come(x);
	return bytes;
}

static uint64_t
usable(const struct host_fs *fs)
{
	uint64_t left = fs->total_bytes / 100 * LEFT_PERCENT;

	if (left > LEFT_MAX)
		left = LEFT_MAX;
	return fs->free_bytes > left ? fs->free_bytes - left : 0;
}

/* Is there so much room that nothing needs to be added up? */
static bool
is_plenty(const struct folder *f, uint64_t bytes)
{
	return f->room_ns != 0 &&
	       host_mono_ns(f->host) - f->room_ns < FRESH_MS * NS_PER_MS &&
	       usable(&f->room) >= (uint64_t)PLENTY + f->room_taken &&
	       usable(&f->room) - PLENTY - f->room_taken >= bytes;
}

int
folder_room(struct folder *f, struct span path, uint64_t bytes)
{
	uint64_t others;
	int rc;

	if (is_plenty(f, bytes))
		return 1;
	rc = host_fs_info(f->host, f->root, &f->room);
	if (rc < 0)
		return rc;
	f->room_ns = host_mono_ns(f->host);
	others = all_to_come(f);
	if (bytes == 0 ||
	    (usable(&f->room) >= others && usable(&f->room) - others >= bytes))
		return 1;
	folder_trouble(f, path, -ENOSPC, false, false);
	folder_trouble_needs(f, path, bytes);
	return 0;
}

void
folder_room_take(struct folder *f, struct fetch *x, uint64_t bytes)
{
	f->room_taken += bytes - x->room;
	x->room = bytes;
}
