/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a look saw, judged. Looks are numbered, for one that began before
 * something was changed by us may have seen what stood there before.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/path.h"

/* ---- looks that are older than what we did ------------------------------- */

static struct touched *
find_touched(struct folder *f, struct span path)
{
	return folder_table_find(f->touched, path.p, path.len);
}

int
folder_touched(struct folder *f, struct span path)
{
	struct touched *t;

	if (f->looks == 0 || path.len == 0)
		return 0;
	t = find_touched(f, path);
	if (t == NULL) {
		t = calloc(1, sizeof *t + path.len + 1);
		if (t == NULL)
			return -ENOMEM;
		t->len = path.len;
		memcpy(t->path, path.p, path.len);
		if (!folder_table_add(&f->touched, t, t->path, t->len)) {
			free(t);
			return -ENOMEM;
		}
	}
	t->seq = f->look_seq + 1;
	return 0;
}

void
folder_touched_forget(struct folder *f)
{
	struct touched *t, *next;

	HASH_ITER (hh, f->touched, t, next) {
		folder_table_drop(&f->touched, t);
		free(t);
	}
}

/* ---- results ------------------------------------------------------------- */

/*
 * Was the directory of this path heard of? A child that comes first would make
 * it one that is alive by its children alone, of whose bits nobody has a
 * version: then both are looked at again, it first. 1, 0, error.
 */
static int
parent_is_known(struct folder *f, struct span path)
{
	struct span dir = path_parent(path);
	struct entry e;
	int rc, known;

	if (dir.len == 0)
		return 1;
	entry_init(&e);
	rc = index_load(f->index, dir, &e);
	known = e.disk.kind == KIND_DIR;
	entry_release(&e);
	if (rc < 0 || known)
		return rc < 0 ? rc : 1;
	rc = folder_dirty(f, dir, false, false);
	return rc < 0 ? rc : folder_dirty(f, path, false, true);
}

static int
take_result(struct folder *f, struct scan_result *r, uint64_t seq)
{
	struct span path = buf_span(&r->path);
	struct touched *t = find_touched(f, path);
	struct work *w = folder_work(f, path);
	struct folder_read read = {
	    buf_span(&r->target), buf_span(&r->meta), r->meta_whole};
	int rc;

	if (w != NULL && (w->applying || w->guard)) {
		w->again = true;
		/* That the source of a move is gone is our own doing. */
		w->again_force |= w->applying || r->now.kind != KIND_NONE;
		return 0;
	}
	if (t != NULL && t->seq > seq)
		return folder_dirty(f, path, false, true);
	if (r->rc < 0) {
		folder_trouble(f, path, r->rc, true, r->rc == ERR_BUSY);
		return 0;
	}
	rc = r->now.kind == KIND_NONE ? 1 : parent_is_known(f, path);
	if (rc <= 0)
		return rc;
	if (r->chunks.v.n > 0) {
		rc = index_chunks_put(f->index, &r->now.content, &r->chunks);
		if (rc < 0)
			return rc;
	}
	folder_trouble_over(f, path);
	rc = r->now.kind == KIND_FILE
		 ? folder_notes_changed(f, path, r->now.ino)
		 : 0;
	return rc < 0 ? rc : folder_observe(f, path, &r->now, &read);
}

/* A directory that is not there: its parent's look says what is. If that was
 * heard already, then what the index still shows below it went as well. Of the
 * root its path tells. */
static int
take_gone_dir(struct folder *f, struct span dir)
{
	struct entry e;
	int rc;

	if (dir.len == 0) {
		folder_judge_root(f);
		return 0;
	}
	entry_init(&e);
	rc = index_load(f->index, dir, &e);
	if (rc == 0 && e.disk.kind != KIND_DIR && e.disk.kind != KIND_OPAQUE)
		rc = path_list_add(&f->vanished, dir);
	entry_release(&e);
	return rc;
}

static int
take_dir(struct folder *f, const struct scan_dir *dir)
{
	if (dir->rc == 0) {
		/* A look at some names is none at those that failed before. */
		if (dir->whole)
			folder_trouble_dir_over(f, buf_span(&dir->path));
		return 0;
	}
	if (dir->rc == -ENOENT || dir->rc == -ENOTDIR || dir->rc == -ELOOP)
		return take_gone_dir(f, buf_span(&dir->path));
	folder_trouble_dir(f, buf_span(&dir->path), dir->rc);
	return 0;
}

/* A directory that was found in one that was looked at. */
static int
take_subdir(struct folder *f, struct span path, bool same)
{
	const struct dirty *parent =
	    folder_dirty_find(f->looking, path_parent(path));

	if (parent != NULL && parent->deep)
		return folder_dirty(f, path, true, false);
	return same && watch_has(f->watch, path) ? 0
						 : folder_look_into(f, path);
}

int
folder_look_take(struct folder *f, const struct scan_job *job, uint64_t seq)
{
	const struct path_list *same = &job->same_subdirs;
	int rc = job->rc < 0 ? job->rc : folder_batch(f);

	if (rc == 0)
		rc = folder_notes_take(f, job);
	for (size_t i = 0; rc == 0 && i < job->results.n; i++)
		rc = take_result(f, &job->results.items[i], seq);
	for (size_t i = 0; rc == 0 && i < job->subdirs.v.n; i++)
		rc = take_subdir(f, path_list_get(&job->subdirs, i), false);
	for (size_t i = 0; rc == 0 && i < same->v.n; i++)
		rc = take_subdir(f, path_list_get(same, i), true);
	for (size_t i = 0; rc == 0 && i < job->dirs.n; i++)
		rc = take_dir(f, &job->dirs.items[i]);
	return rc;
}
