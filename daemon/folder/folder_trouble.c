/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int64_t
folder_pause_ns(unsigned tries)
{
	int64_t ms = RETRY_FIRST_MS;

	while (tries-- > 1 && ms < RETRY_LAST_MS)
		ms *= 2;
	return (ms < RETRY_LAST_MS ? ms : RETRY_LAST_MS) * NS_PER_MS;
}

static struct trouble *
find_trouble(struct folder *f, struct span path)
{
	return folder_table_find(f->troubles, path.p, path.len);
}

static struct trouble *
new_trouble(struct folder *f, struct span path)
{
	struct trouble *t = calloc(1, sizeof *t + path.len + 1);

	if (t == NULL)
		return NULL;
	t->len = path.len;
	memcpy(t->path, path.p, path.len);
	if (!folder_table_add(&f->troubles, t, t->path, t->len)) {
		free(t);
		return NULL;
	}
	return t;
}

/* Notes that a path waits for an error to pass, each time for longer. */
void
folder_trouble(
    struct folder *f, struct span path, int rc, bool look, bool force)
{
	struct trouble *t = find_trouble(f, path);

	if (t == NULL) {
		t = new_trouble(f, path);
		if (t == NULL) {
			folder_fail(f, -ENOMEM, "trouble");
			return;
		}
	}
	if (t->tries > 0 && t->rc == rc && t->due_ns != INT64_MAX &&
	    t->due_ns > host_mono_ns(f->host)) {
		t->force |= force;
		return; /* it waits already */
	}
	if (t->tries == 0 && rc != ERR_BUSY && rc != ERR_CHANGED)
		log_warn(f->log, "path_waits", LOG_STR("folder", f->id),
		    LOG_SPAN("path", path), LOG_ERR("error", rc));
	log_debug(f->log, "path_troubled", LOG_STR("folder", f->id),
	    LOG_PATH("path", path), LOG_ERR("error", rc),
	    LOG_UINT("tries", t->tries));
	t->rc = rc;
	t->needs = 0;
	t->tries++;
	t->look = look;
	t->force = force;
	t->due_ns = host_mono_ns(f->host) + folder_pause_ns(t->tries);
	folder_alarm(f, t->due_ns);
	folder_tell(f);
}

void
folder_trouble_dir(struct folder *f, struct span path, int rc)
{
	struct trouble *t;

	folder_trouble(f, path, rc, true, false);
	t = find_trouble(f, path);
	if (t != NULL)
		t->whole = true;
}

void
folder_trouble_needs(struct folder *f, struct span path, uint64_t bytes)
{
	struct trouble *t = find_trouble(f, path);

	if (t != NULL)
		t->needs = bytes;
}

void
folder_trouble_dir_over(struct folder *f, struct span path)
{
	struct trouble *t = find_trouble(f, path);

	if (t != NULL && t->whole)
		folder_trouble_over(f, path);
}

void
folder_trouble_over(struct folder *f, struct span path)
{
	struct trouble *t = find_trouble(f, path);

	if (t == NULL)
		return;
	/* What it kept back has not been planned since. */
	if (t->due_ns != INT64_MAX)
		folder_plan_again(f);
	folder_table_drop(&f->troubles, t);
	free(t);
	folder_tell(f);
}

/* The trouble that keeps a path back now, or NULL. */
const struct trouble *
folder_troubled(struct folder *f, struct span path)
{
	struct trouble *t = find_trouble(f, path);

	return t != NULL && t->due_ns != INT64_MAX ? t : NULL;
}

/* Lets everything whose time has come be looked at or planned again. The
 * record stays, so that the next pause is longer, until it succeeds. */
void
folder_troubles_due(struct folder *f)
{
	int64_t now = host_mono_ns(f->host);

	for (struct trouble *t = f->troubles; t != NULL; t = t->hh.next) {
		if (t->due_ns > now)
			continue;
		t->due_ns = INT64_MAX;
		f->trying = true;
		if (t->look)
			folder_look_at(
			    f, span_of(t->path, t->len), t->whole, t->force);
		folder_plan_again(f);
	}
}

/*
 * All is quiet: whatever was due was looked at and planned since, and what
 * still is in trouble waits anew. The rest is over, also where nobody said so
 * because there was nothing left to do.
 */
void
folder_troubles_quiet(struct folder *f)
{
	struct trouble *t, *next;

	HASH_ITER (hh, f->troubles, t, next) {
		if (t->due_ns != INT64_MAX)
			continue;
		folder_table_drop(&f->troubles, t);
		free(t);
		folder_tell(f);
	}
}

/*
 * Is there nothing left to do at its path, whoever saw to it? Only what could
 * not be removed is asked: another trouble may stand for a change that no look
 * has taken yet. 1, 0, error.
 */
static int
is_over(struct folder *f, const struct trouble *t)
{
	struct span path = span_of(t->path, t->len);
	struct entry e;
	int rc;

	if (t->due_ns != INT64_MAX || t->rc != -ENOTEMPTY || t->whole ||
	    folder_work(f, path) != NULL)
		return 0;
	entry_init(&e);
	rc = index_load(f->index, path, &e);
	if (rc == 0)
		rc = entry_settled(&e);
	entry_release(&e);
	return rc;
}

static int
drop_over(struct folder *f)
{
	struct trouble *t, *next;
	int rc = 0;

	HASH_ITER (hh, f->troubles, t, next) {
		rc = is_over(f, t);
		if (rc < 0)
			return rc;
		if (rc == 0)
			continue;
		folder_table_drop(&f->troubles, t);
		free(t);
		folder_tell(f);
	}
	return 0;
}

void
folder_troubles_tried(struct folder *f)
{
	int rc;

	if (!f->trying || folder_looking(f) || f->planning || f->again)
		return;
	f->trying = false;
	rc = drop_over(f);
	if (rc < 0)
		folder_fail(f, rc, "trouble");
}

void
folder_troubles_release(struct folder *f)
{
	struct trouble *t, *next;

	HASH_ITER (hh, f->troubles, t, next) {
		folder_table_drop(&f->troubles, t);
		free(t);
	}
}
