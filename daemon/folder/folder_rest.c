/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deletes rest for a second before they are believed: a rename shows first
 * as a delete, and a folder that is being emptied by mistake shows as many.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/path.h"

/* More than half of at least this many, counted over ten minutes, halts. */
#define MASS_FILES 100
#define MASS_WINDOW_NS (INT64_C(600) * 1000 * NS_PER_MS)
/* Deletes made versions of in one go. */
#define REST_STEP 1024

static struct rest *
find(struct folder *f, struct span path)
{
	return folder_table_find(f->rests, path.p, path.len);
}

static void
drop(struct folder *f, struct rest *r)
{
	f->rest_files -= r->file;
	folder_table_drop(&f->rests, r);
	folder_table_drop(&f->rests_by_content, &r->by_content);
	free(r);
}

/* Into both tables, or none. */
static int
enter(struct folder *f, struct rest *r)
{
	if (!folder_table_add(&f->rests, r, r->path, r->len))
		return -ENOMEM;
	/* Equal contents share a key; any one of them is found. */
	if (folder_table_add(&f->rests_by_content, &r->by_content, &r->content,
		sizeof r->content))
		return 0;
	folder_table_drop(&f->rests, r);
	return -ENOMEM;
}

static int
add(struct folder *f, struct span path, const struct observation *seen)
{
	struct rest *r = calloc(1, sizeof *r + path.len + 1);

	if (r == NULL)
		return -ENOMEM;
	r->len = path.len;
	memcpy(r->path, path.p, path.len);
	r->content = seen->content;
	r->file = seen->kind != KIND_DIR;
	if (enter(f, r) < 0) {
		free(r);
		return -ENOMEM;
	}
	f->rest_files += r->file;
	f->rest_due_ns = host_mono_ns(f->host) + REST_MS * NS_PER_MS;
	folder_alarm(f, f->rest_due_ns);
	return 0;
}

int
folder_rest(struct folder *f, struct entry *e)
{
	struct span path = entry_path(e);
	int rc = 0;

	if (e->absent_since_ns == 0)
		e->absent_since_ns = host_now_ns(f->host);
	if (find(f, path) == NULL)
		rc = add(f, path, &e->base.seen);
	return rc < 0 ? rc : index_store(f->index, e, 0);
}

void
folder_rest_over(struct folder *f, struct span path)
{
	struct rest *r = find(f, path);

	if (r != NULL)
		drop(f, r);
}

/* Makes the version of one delete, if the path is still gone. */
static int
believe(struct folder *f, struct rest *r)
{
	struct buf path;
	int rc;

	buf_init(&path, LIMIT_PATH_BYTES);
	rc = buf_add(&path, span_of(r->path, r->len));
	f->recent_deletes += r->file;
	drop(f, r);
	if (rc == 0)
		rc = folder_believe(f, buf_span(&path));
	buf_release(&path);
	return rc;
}

int
folder_rest_believe(struct folder *f, struct span path)
{
	struct rest *r = find(f, path);

	return r == NULL ? 0 : believe(f, r);
}

int
folder_rest_below(struct folder *f, struct span path)
{
	struct path_list below;
	struct rest *r, *next;
	int rc = 0;

	path_list_init(&below);
	HASH_ITER (hh, f->rests, r, next)
		if (rc == 0 && path_below(span_of(r->path, r->len), path))
			rc = path_list_add(&below, span_of(r->path, r->len));
	/* Believing one may believe others, which are no more then. */
	for (size_t i = 0; rc == 0 && i < below.v.n; i++)
		rc = folder_rest_believe(f, path_list_get(&below, i));
	path_list_release(&below);
	return rc;
}

int
folder_rest_moved(struct folder *f, const struct name *content)
{
	const uint8_t *found =
	    folder_table_find(f->rests_by_content, content, sizeof *content);

	if (found == NULL)
		return 0;
	return believe(
	    f, (struct rest *)(found - offsetof(struct rest, by_content)));
}

/*
 * Would believing all that rest delete more than the user may have meant:
 * more than half of what was here in the last minutes, not made up for by
 * what came anew?
 */
static bool
too_many(struct folder *f)
{
	int64_t now = host_mono_ns(f->host);
	struct index_figures figures;
	uint64_t deletes, left;

	index_figures(f->index, &figures);
	if (now - f->recent_since_ns > MASS_WINDOW_NS) {
		f->recent_since_ns = now;
		f->recent_deletes = f->recent_files = 0;
	}
	if (f->recent_files < figures.files)
		f->recent_files = figures.files;
	deletes = f->recent_deletes + f->rest_files;
	left =
	    figures.files > f->rest_files ? figures.files - f->rest_files : 0;
	return !f->accepted && f->recent_files >= MASS_FILES &&
	       deletes > f->recent_files / 2 && left < f->recent_files / 2;
}

/* What was meant is done: what comes next is counted from here. */
static void
forget_accepted(struct folder *f)
{
	f->accepted = false;
	f->recent_deletes = f->recent_files = 0;
}

static void
halt_deletes(struct folder *f)
{
	folder_halt(f, FOLDER_HALT_DELETES,
	    "%llu of %llu files here were deleted; nothing of it was told to "
	    "the others: bring them back, or leave it so if it was meant, then "
	    "type: tutti folder accept %s",
	    (unsigned long long)(f->recent_deletes + f->rest_files),
	    (unsigned long long)f->recent_files, f->id);
}

/*
 * Is the content that a removed conflict copy had to leave its home, where it
 * stands as well? Whoever made what comes there knew it safe in the copy. What a
 * power cut left there waits for what may never come, and is not waited for. 1,
 * 0, error.
 */
static int
leaves_home(struct folder *f, struct span copy, struct span home)
{
	const struct name *content;
	struct entry e, h;
	int rc;

	entry_init(&e);
	entry_init(&h);
	rc = index_load(f->index, copy, &e);
	if (rc == 0)
		rc = index_load(f->index, home, &h);
	content = &e.base.seen.content;
	if (rc == 0)
		rc = !h.suspect && e.base.seen.kind == KIND_FILE &&
		     h.disk.kind == KIND_FILE &&
		     name_equal(&h.disk.content, content);
	VEC_EACH (&h.known.v, it) {
		if (rc > 0 && name_equal(&(*it)->content, content))
			rc = 0;
	}
	entry_release(&h);
	entry_release(&e);
	return rc;
}

/* Has what is to be told of a path to wait for what becomes of its home, if it
 * was a conflict copy? Once that was displaced the copy is wanted again
 * (folder_believe). 1, 0, error. */
static int
waits_for_home(struct folder *f, struct span path)
{
	struct buf home;
	int rc;

	buf_init(&home, LIMIT_PATH_BYTES);
	rc = plan_home(path, &home);
	if (rc > 0)
		rc = leaves_home(f, path, buf_span(&home));
	buf_release(&home);
	return rc;
}

/* Adds some of what rested and waits for nothing. */
static int
take_due(struct folder *f, struct path_list *out)
{
	struct rest *r, *next;
	int rc = 0;

	HASH_ITER (hh, f->rests, r, next) {
		struct span path = span_of(r->path, r->len);

		if (rc < 0 || out->v.n == REST_STEP)
			break;
		rc = waits_for_home(f, path);
		if (rc == 0)
			rc = path_list_add(out, path);
	}
	return rc < 0 ? rc : 0;
}

/* Believes what rested, some of it in one go; the rest is due again. */
static int
believe_some(struct folder *f)
{
	int64_t now = host_mono_ns(f->host);
	struct path_list due;
	int rc;

	path_list_init(&due);
	rc = take_due(f, &due);
	/* By name: believing one may believe others, which are no more then. */
	for (size_t i = 0; rc == 0 && i < due.v.n; i++)
		rc = folder_rest_believe(f, path_list_get(&due, i));
	f->rest_due_ns = now + (due.v.n < REST_STEP ? REST_MS : 0) * NS_PER_MS;
	path_list_release(&due);
	return rc;
}

void
folder_rests_due(struct folder *f)
{
	int rc;

	if (folder_looking(f)) {
		/* A rename may not have shown its other half yet. */
		f->rest_due_ns =
		    host_mono_ns(f->host) + REST_MS / 10 * NS_PER_MS;
		return;
	}
	rc = folder_root_stands(f);
	if (rc < 0) {
		log_warn(f->log, "root_not_seen", LOG_STR("folder", f->id),
		    LOG_ERR("error", rc));
		f->rest_due_ns = host_mono_ns(f->host) + REST_MS * NS_PER_MS;
	}
	if (rc <= 0)
		return;
	if (too_many(f)) {
		halt_deletes(f);
		return;
	}
	rc = folder_batch(f);
	if (rc == 0)
		rc = believe_some(f);
	if (rc < 0)
		folder_fail(f, rc, "deletes");
	if (f->rests == NULL && f->accepted)
		forget_accepted(f);
	folder_plan_again(f);
}

/* What is known here is all that is heard. */
static void
trust_memory(struct folder *f)
{
	int rc = folder_batch(f);

	f->fresh = false;
	if (rc == 0)
		rc = folder_own_note(f);
	if (rc < 0)
		folder_fail(f, rc, "accept");
	folder_plan_again(f);
	folder_tell(f);
}

void
folder_accept(struct folder *f)
{
	if (f->fresh && folder_live(f)) {
		trust_memory(f);
		return; /* what that shows as lost is a question of its own */
	}
	if (f->state == FOLDER_RUNNING) {
		int rc = folder_cut_accept(f);

		if (rc < 0)
			folder_fail(f, rc, "accept");
		return;
	}
	if (f->state != FOLDER_HALTED || f->halt_why != FOLDER_HALT_DELETES)
		return;
	f->accepted = f->rests != NULL;
	f->halt = NULL;
	f->halt_why = FOLDER_HALT_NONE;
	f->state = FOLDER_RUNNING;
	log_info(f->log, "folder_accepted", LOG_STR("folder", f->id));
	f->rest_due_ns = host_mono_ns(f->host);
	folder_alarm(f, f->rest_due_ns);
	folder_look_at(f, span_of(NULL, 0), true, false);
	folder_kept_later(f);
	folder_tell(f);
}

void
folder_rests_release(struct folder *f)
{
	struct rest *r, *next;

	HASH_ITER (hh, f->rests, r, next)
		drop(f, r);
}
