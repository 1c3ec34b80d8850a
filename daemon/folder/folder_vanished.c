/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories that went: what the index still shows below them went as well,
 * though no look can see it go. Below what became opaque, a mount or what is
 * ignored, nothing is known any more, and so nothing concluded (LESSONS 66).
 */
#include "daemon/folder/folder_internal.h"

#include "proto/base/path.h"

/*
 * Is something else where the directory, or one above it, was? Then what was
 * in it is surely gone, and waits for no rest: it must not keep alive the
 * directory that the user replaced.
 */
static int
is_replaced(struct folder *f, struct span dir)
{
	struct entry e;
	int rc = 0, kind = KIND_NONE;

	for (; rc == 0 && kind == KIND_NONE && dir.len > 0;
	     dir = path_parent(dir)) {
		entry_init(&e);
		rc = index_load(f->index, dir, &e);
		kind = e.disk.kind;
		entry_release(&e);
	}
	return rc < 0 ? rc : kind != KIND_NONE && kind != KIND_DIR;
}

/* The directory that went, as far as it says something of what was in it. */
struct gone_dir {
	struct observation seen; /* opaque: nobody looks into it */
	bool uncovered; /* as it was, and went before anybody did again */
	bool sure; /* it was replaced: what was in it needs no rest */
	bool doubted; /* a power cut may have taken it, of this era */
	uint64_t era;
};

static int
judge_dir(struct folder *f, struct span dir, struct gone_dir *out)
{
	struct entry e;
	int rc = is_replaced(f, dir);

	*out = (struct gone_dir){.sure = rc > 0};
	if (rc < 0)
		return rc;
	entry_init(&e);
	rc = index_load(f->index, dir, &e);
	out->seen = e.disk;
	out->uncovered = e.disk.kind == KIND_NONE && !e.base.present;
	out->doubted = e.disk.kind == KIND_NONE && folder_cut_doubts(f, &e);
	out->era = e.base.era;
	entry_release(&e);
	return rc;
}

/* What a cut took with its directory was perhaps synced itself: that the disk
 * has it for good was said of a place that is no more. */
static int
doubt_child(struct folder *f, struct span path, uint64_t era)
{
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	if (rc == 0 && e.base.present && !folder_cut_doubts(f, &e)) {
		e.base.era = era;
		rc = index_store(f->index, &e, 0);
	}
	entry_release(&e);
	return rc;
}

/* What nobody looked at went with a directory that its user removed: until
 * then it was as it had been seen. */
static int
recall(struct folder *f, struct span path)
{
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	e.disk = e.base.seen;
	if (rc == 0)
		rc = index_store(f->index, &e, 0);
	entry_release(&e);
	return rc;
}

/* Nobody looks at what is at the path any more: it is as its directory is. */
static int
hide(struct folder *f, struct span path, const struct observation *was,
    const struct observation *dir)
{
	if (was->kind == KIND_NONE || was->kind == KIND_OPAQUE)
		return 0;
	return folder_observe(f, path, dir, NULL);
}

/* What was at the path went with its directory. */
static int
take_child(struct folder *f, struct span path, const struct observation *was,
    const struct gone_dir *dir)
{
	static const struct observation absent = {.kind = KIND_NONE};
	struct work *w = folder_work(f, path);
	int rc = 0;

	if (dir->seen.kind == KIND_OPAQUE)
		return hide(f, path, was, &dir->seen);
	if (!dir->uncovered && observation_unseen(was))
		rc = recall(f, path);
	if (rc == 0 && dir->doubted)
		rc = doubt_child(f, path, dir->era);
	if (rc < 0)
		return rc;
	if (w != NULL)
		w->again = true;
	else
		rc = folder_observe(f, path, &absent, NULL);
	if (rc == 0)
		rc = folder_touched(f, path);
	return rc == 0 && dir->sure ? folder_rest_believe(f, path) : rc;
}

static int
take_vanished(struct folder *f)
{
	struct span dir = path_list_get(&f->vanished, f->vanished_from);
	struct index_children children;
	struct gone_dir gone;
	struct buf path;
	int rc;

	index_children_init(&children);
	buf_init(&path, LIMIT_PATH_BYTES);
	rc = judge_dir(f, dir, &gone);
	if (rc == 0)
		rc = buf_add(&path, dir); /* the list may move */
	if (rc == 0)
		rc = index_children(f->index, dir, &children);
	for (size_t i = 0; rc == 0 && i < children.v.n; i++) {
		const struct index_child *c = &children.v.items[i];
		size_t len = path.len;

		rc = buf_add(&path, SPAN_LIT("/"));
		if (rc == 0)
			rc = buf_add(
			    &path, span_of(children.names.p + c->at, c->len));
		if (rc == 0)
			rc = take_child(f, buf_span(&path), &c->disk, &gone);
		path.len = len;
	}
	buf_release(&path);
	index_children_release(&children);
	f->vanished_from++;
	return rc;
}

int
folder_vanished_step(struct folder *f)
{
	int rc = 0;

	for (int i = 0;
	     rc == 0 && i < TURN_VANISHED && f->vanished_from < f->vanished.v.n;
	     i++) {
		rc = folder_batch(f);
		if (rc == 0)
			rc = take_vanished(f);
	}
	if (f->vanished_from == f->vanished.v.n) {
		path_list_clear(&f->vanished);
		f->vanished_from = 0;
	} else {
		folder_arm(f);
	}
	return rc;
}
