/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is skipped, said once a path and counted where a person can help; and
 * which files have several names: the kernel tells of a change by one of
 * them, so that the others have to be looked at as well. Of more than
 * NOTES_MAX only the next look at everything knows.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"

static const char *const words[] = {
    [SCAN_SPECIAL] = "a pipe, a socket or a device",
    [SCAN_ELSEWHERE] = "on another file system",
    [SCAN_UNREADABLE] = "not readable for this user",
    [SCAN_META] = ("its metadata, or some of it: too much, or of somebody who "
		   "has no name here"),
};

static struct note *
find(const struct folder *f, struct span path)
{
	return folder_table_find(f->notes, path.p, path.len);
}

static void
drop(struct folder *f, struct note *n)
{
	f->unreadable -= n->why == SCAN_UNREADABLE;
	f->meta_left -= n->why == SCAN_META;
	folder_table_drop(&f->notes, n);
	free(n);
}

static void
say(struct folder *f, struct span path, enum scan_why why)
{
	if (why != SCAN_LINKED) {
		log_info(f->log, "skipped", LOG_STR("folder", f->id),
		    LOG_SPAN("path", path), LOG_STR("why", words[why]));
		return;
	}
	if (!f->said_linked)
		log_info(f->log, "hard_links", LOG_STR("folder", f->id),
		    LOG_SPAN("path", path),
		    LOG_STR("why",
			"a file with several names; each is a file of its own"
			" elsewhere"));
	f->said_linked = true;
}

/* Notes a path of which nothing is noted; of too many nothing is. */
static int
put(struct folder *f, struct span path, enum scan_why why, uint64_t ino)
{
	struct note *n;

	if (HASH_COUNT(f->notes) >= NOTES_MAX)
		return 0;
	n = calloc(1, sizeof *n + path.len + 1);
	if (n == NULL)
		return -ENOMEM;
	n->why = why;
	n->ino = ino;
	n->len = path.len;
	memcpy(n->path, path.p, path.len);
	if (!folder_table_add(&f->notes, n, n->path, n->len)) {
		free(n);
		return -ENOMEM;
	}
	f->unreadable += why == SCAN_UNREADABLE;
	f->meta_left += why == SCAN_META;
	return 0;
}

static int
add(struct folder *f, const struct scan_note *seen)
{
	struct span path = buf_span(&seen->path);
	struct note *n = find(f, path);

	if (n != NULL && n->why == seen->why && n->ino == seen->ino)
		return 0;
	if (n != NULL)
		drop(f, n);
	say(f, path, seen->why);
	return put(f, path, seen->why, seen->ino);
}

int
folder_notes_meta(struct folder *f, struct span path, bool left)
{
	struct note *n = f->notes == NULL ? NULL : find(f, path);

	if (n == NULL)
		return left ? put(f, path, SCAN_META, 0) : 0;
	if (!left && n->why == SCAN_META)
		drop(f, n);
	return 0;
}

/* Is it noted of what is there now as well? A look does not tell what could
 * not be set, which has no inode. */
static bool
stays(const struct note *n, int now_kind)
{
	if (n->why == SCAN_META && n->ino == 0)
		return now_kind != KIND_NONE;
	return n->why == SCAN_LINKED && now_kind == KIND_FILE;
}

int
folder_notes_take(struct folder *f, const struct scan_job *job)
{
	int rc = 0;

	/* What is as it was said to be has no result, or is noted again. */
	VEC_EACH (&job->results, r) {
		struct note *n = r->rc < 0 || f->notes == NULL
				     ? NULL
				     : find(f, buf_span(&r->path));

		if (n != NULL && r->now.kind != KIND_OPAQUE &&
		    !stays(n, r->now.kind))
			drop(f, n);
	}
	VEC_EACH (&job->notes, seen)
		if (rc == 0)
			rc = add(f, seen);
	return rc;
}

int
folder_notes_changed(struct folder *f, struct span path, uint64_t ino)
{
	struct note *changed = f->notes == NULL ? NULL : find(f, path);
	int rc = 0;

	if (changed == NULL || changed->why != SCAN_LINKED)
		return 0;
	for (struct note *n = f->notes; rc == 0 && n != NULL; n = n->hh.next)
		if (n != changed && n->why == SCAN_LINKED && n->ino == ino)
			rc = folder_dirty(
			    f, span_of(n->path, n->len), false, false);
	return rc;
}

/* One path that is noted for that reason, escaped. */
static void
tell_one(const struct folder *f, enum scan_why why, char *out, size_t len)
{
	struct note *n = f->notes;
	struct buf text;

	while (n != NULL && n->why != why)
		n = n->hh.next;
	if (n == NULL)
		return;
	buf_init(&text, len - 1);
	if (text_escape(&text, span_of(n->path, n->len)) == 0)
		memcpy(out, text.p, text.len);
	buf_release(&text);
}

void
folder_notes_tell(const struct folder *f, struct folder_status *out)
{
	out->unreadable = f->unreadable;
	if (f->unreadable > 0)
		tell_one(f, SCAN_UNREADABLE, out->unreadable_path,
		    sizeof out->unreadable_path);
	out->metadata_left = f->meta_left;
	if (f->meta_left > 0)
		tell_one(f, SCAN_META, out->metadata_left_path,
		    sizeof out->metadata_left_path);
}

void
folder_notes_release(struct folder *f)
{
	struct note *n, *next;

	HASH_ITER (hh, f->notes, n, next)
		drop(f, n);
}
