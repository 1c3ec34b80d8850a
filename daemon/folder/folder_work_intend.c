/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has to be noted before an apply job changes the first name: which
 * version each path is to show, and what will lie in quarantine.
 */
#include "daemon/folder/folder_work_internal.h"

#include <string.h>

/* Notes beside base what is about to be applied. */
static int
note(struct folder *f, struct entry *e, const struct version *want)
{
	struct version *copy = NULL;
	int rc = want == NULL ? 0 : version_copy(want, &copy);

	if (rc < 0)
		return rc;
	version_free(e->intent.version);
	e->intent = (struct agreement){.present = true, .version = copy};
	return index_store(f->index, e, 0);
}

static int
note_copy(struct folder *f, struct span path)
{
	const struct version *want;
	struct entry e;
	bool derived;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	want = rc == 0 ? entry_wanted(&e, &derived) : NULL;
	/* What a power cut left goes to a name that nobody has heard of. */
	if (want != NULL)
		rc = note(f, &e, want);
	entry_release(&e);
	return rc;
}

bool
folder_work_displaces(const struct apply_item *it)
{
	return it->expect.kind == KIND_FILE || it->expect.kind == KIND_SYMLINK;
}

int
folder_work_note_kept(struct folder *f, const struct work *w,
    struct index_kept *k, const struct buf *path)
{
	const struct version *by = w->version;
	int rc;

	if (by != NULL) {
		memcpy(k->who.by.device, by->device, DEVICE_BYTES);
		k->who.by.dot = by->dot;
		k->who.by_gone = by->kind == KIND_GONE;
	}
	buf_init(&k->path, LIMIT_PATH_BYTES);
	rc = buf_add(&k->path, buf_span(path));
	if (rc == 0)
		rc = index_kept_put(f->index, k);
	if (k->since_ns > 0 && f->kept_ns == INT64_MAX)
		folder_kept_later(f);
	buf_release(&k->path);
	return rc;
}

/* Before the job, so that a file that it moves to quarantine is known to be
 * there and where it came from, whenever we are stopped. */
static int
expect_kept(struct folder *f, const struct work *w)
{
	const struct apply_item *it = &w->item;
	struct index_kept over = {.id = it->kept_id, .who.made = w->was};
	struct index_kept moved = {
	    .id = it->from_id, .content = it->from_expect.content};
	int rc = 0;

	/* What a power cut left has no version: as of unknown content, judging
	 * gives it back, under another name. */
	if (!w->suspect)
		over.content = it->expect.content;
	if (folder_work_displaces(it))
		rc = folder_work_note_kept(f, w, &over, &it->path);
	if (rc == 0 && it->source == APPLY_MOVED)
		rc = folder_work_note_kept(f, w, &moved, &it->from);
	return rc;
}

/* Whose version stands here, as far as the disk is at base. */
static void
note_maker(const struct entry *e, struct index_maker *out)
{
	const struct version *v = e->base.version;

	if (v == NULL || !name_equal(&v->content, &e->disk.content))
		return;
	memcpy(out->device, v->device, DEVICE_BYTES);
	out->dot = v->dot;
}

/* Notes the work's intent if it is still what is wanted: its version may
 * have been superseded between planning and now. */
static int
note_intent(struct folder *f, struct work *w, bool *out_still)
{
	const struct version *want;
	struct entry e;
	bool derived = false;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, span_of(w->path, w->len), &e);
	want = rc == 0 ? entry_wanted(&e, &derived) : NULL;
	*out_still = w->version == NULL ? derived
					: want != NULL && dot_equal(want->dot,
							      w->version->dot);
	if (rc == 0)
		note_maker(&e, &w->was);
	w->resumed = folder_work_intends(&e, want);
	if (rc == 0 && *out_still)
		rc = note(f, &e, want);
	entry_release(&e);
	return rc;
}

/* A work that is not wanted any more is planned again. */
static void
abandon(struct folder *f, struct work *w)
{
	if (w->item.source == APPLY_STAGED)
		folder_fetch_unplace(f, &w->item, false);
	if (w->item.source == APPLY_MOVED)
		folder_work_unguard(
		    f, buf_span(&w->item.from), span_of(NULL, 0));
	folder_work_unguard(f, buf_span(&w->item.copy), span_of(NULL, 0));
	if (w->again)
		folder_look_at(
		    f, span_of(w->path, w->len), false, w->again_force);
	folder_work_drop(f, w);
	folder_plan_again(f);
}

/* Notes what else will happen with a work whose intent is noted. */
static int
intend(struct folder *f, struct work *w)
{
	int rc = 0;

	if (w->item.copy.len > 0)
		rc = note_copy(f, buf_span(&w->item.copy));
	if (rc == 0)
		rc = expect_kept(f, w);
	w->applying = true;
	return rc;
}

/* Goes through the works that were not yet: 1 when it has to begin anew, for
 * one was abandoned, and what comes next may be gone with it. */
static int
intend_next(struct folder *f, size_t *n)
{
	struct work *w, *next;
	int rc = 0;

	HASH_ITER (hh, f->works, w, next) {
		bool still = true;

		if (w->guard || w->applying)
			continue;
		if (rc < 0 || *n >= JOB_APPLIES)
			break;
		rc = note_intent(f, w, &still);
		if (rc == 0 && !still) {
			abandon(f, w);
			return 1;
		}
		if (rc == 0)
			rc = intend(f, w);
		(*n)++;
	}
	return rc;
}

int
folder_work_intents(struct folder *f)
{
	size_t n = 0;
	int rc;

	if (f->applying || f->works == NULL)
		return 0;
	rc = folder_batch(f);
	if (rc == 0)
		do
			rc = intend_next(f, &n);
		while (rc > 0);
	return rc;
}

int
folder_work_unintend(struct folder *f, const struct work *w)
{
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, span_of(w->path, w->len), &e);
	if (rc == 0 && !e.base.present && e.intent.present) {
		entry_forget_intent(&e);
		rc = index_store(f->index, &e, 0);
	}
	entry_release(&e);
	return rc;
}
