/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/folder/folder_internal.h"

#include <string.h>

#include "proto/base/path.h"

/* The disk changed; of a folder that only receives nothing is said of it. A
 * delete rests first, unless it is sure. */
static int
changed(struct folder *f, struct entry *e, const struct observation *now,
    const struct folder_read *read, bool sure)
{
	e->disk = *now;
	if (f->mode == MSG_MODE_RECEIVE)
		return index_store(f->index, e, 0);
	if (now->kind == KIND_NONE && !sure)
		return folder_rest(f, e);
	return folder_change(f, e, now, read);
}

/* Notes that bits or times still have to become the version's. */
static int
intend(struct entry *e, const struct version *v)
{
	struct version *copy;
	int rc = version_copy(v, &copy);

	if (rc < 0)
		return rc;
	entry_forget_intent(e);
	e->intent = (struct agreement){.present = true, .version = copy};
	return 0;
}

static int
adopt(struct folder *f, struct entry *e, const struct version *v,
    const struct observation *now)
{
	int rc = folder_agree(f, e, v, now);

	if (rc < 0)
		return rc;
	e->disk = *now;
	entry_forget_intent(e); /* v may have been it: base is its copy */
	v = e->base.version;
	if (v != NULL && !plan_shows(now, v))
		rc = intend(e, v);
	return rc < 0 ? rc : index_store(f->index, e, 0);
}

/* Is what the index has of this path already all of this look? */
static bool
nothing_new(const struct entry *e, const struct observation *now)
{
	const struct observation *old = &e->disk;

	if (old->kind == KIND_NONE && now->kind == KIND_NONE)
		return e->absent_since_ns == 0;
	return old->kind == now->kind && old->racy == now->racy &&
	       old->ino == now->ino && old->ctime_ns == now->ctime_ns &&
	       old->size == now->size && observation_same(old, now) &&
	       meta_seen_equal(&old->meta, &now->meta);
}

/* What a power cut left is nobody's change, and gives way (plan_cut_left). */
static int
suspect(struct folder *f, struct entry *e, const struct observation *now)
{
	log_warn(f->log, "damaged_by_power_cut", LOG_STR("folder", f->id),
	    LOG_PATH("path", entry_path(e)), LOG_INT("kind", now->kind),
	    LOG_INT("bytes", (int64_t)now->size));
	entry_forget_intent(e);
	e->suspect = true;
	e->disk = *now;
	e->absent_since_ns = 0;
	return index_store(f->index, e, 0);
}

/* It is as it was at base. After a power cut it is then known that the disk
 * has that for good. */
static int
unchanged(struct folder *f, struct entry *e, const struct observation *now)
{
	bool doubted = folder_cut_doubts(f, e);
	bool same = nothing_new(e, now);

	if (same && !doubted && !e->suspect)
		return 0;
	e->absent_since_ns = 0;
	e->disk = *now;
	e->suspect = false;
	if (e->base.present) {
		const struct meta_seen was = e->base.seen.meta;

		e->base.seen = *now;
		meta_seen_keep(&e->base.seen.meta, &was);
		if (doubted)
			e->base.era = 0;
		else if (!same)
			e->base.era = folder_cut_era(f);
	}
	return index_store(f->index, e, 0);
}

/*
 * Would a version of this change leave out whom nobody is called here, though
 * the user did not? He is on no disk: the look has to be told of him. Where
 * none stood, the list is all the new file's own, and there is nobody to tell.
 */
static bool
may_leave_out(const struct entry *e, const struct observation *now,
    const struct folder_read *read)
{
	return e->disk.kind != KIND_NONE &&
	       (entry_meta_changed(e, now) & META_ACL) != 0 &&
	       e->base.version != NULL && read != NULL && !read->meta_whole &&
	       (meta_spoken(e->base.version->meta) & META_ACL) != 0;
}

/*
 * What was ignored shows again, or that it is not there: a rule went. That
 * deletes nothing (LESSONS 14): an absence may be a delete that was not to be
 * told, and what others deleted meanwhile is here as if made after that.
 */
static int
uncover(struct folder *f, struct entry *e, const struct observation *now)
{
	static const struct observation absent = {.kind = KIND_NONE};
	bool derived;
	const struct version *want = entry_wanted(e, &derived);

	if (now->kind == KIND_NONE)
		entry_forget_base(e);
	else if (want != NULL && want->kind == KIND_GONE)
		return folder_agree(f, e, want, &absent);
	return 0;
}

static int
judge(struct folder *f, struct entry *e, const struct observation *now,
    const struct folder_read *read, bool sure)
{
	struct plan_seen seen;
	struct plan_ask ask;
	int rc = 0;

	if (now->kind != KIND_OPAQUE && observation_unseen(&e->disk))
		rc = uncover(f, e, now);
	folder_ask(f, &ask);
	if (rc == 0)
		rc = plan_look(e, now, &ask, &seen);
	if (rc < 0)
		return rc;
	if (seen.look != PLAN_LOOK_SAME || now->kind != KIND_NONE)
		folder_rest_over(f, entry_path(e));
	switch (seen.look) {
	case PLAN_LOOK_SAME:
		return unchanged(f, e, now);
	case PLAN_LOOK_ADOPT:
		return adopt(f, e, seen.version, now);
	case PLAN_LOOK_CHANGE:
		if (may_leave_out(e, now, read))
			return folder_dirty(f, entry_path(e), false, true);
		if (folder_cut_left(f, e, now, sure))
			return suspect(f, e, now);
		rc = folder_cut_part(f, e, now);
		if (rc < 0)
			return rc;
		return changed(f, e, now, read, sure);
	case PLAN_LOOK_LATER:
		f->put_off |= now->kind == KIND_DIR;
		e->disk = *now;
		return index_store(f->index, e, 0);
	}
	return 0;
}

/* What lay below a directory that is none any more is not there either, or not
 * to be seen; a directory that is new has to be looked into. */
static int
follow_kind(struct folder *f, const struct entry *e, int before, int now)
{
	struct span path = entry_path(e);
	bool was_over = before == KIND_DIR || before == KIND_OPAQUE;
	int rc = 0;

	if (was_over && now != KIND_DIR && now != before) {
		watch_drop(f->watch, path);
		rc = path_list_add(&f->vanished, path);
	}
	/* What rests is alive still: so most files need no search for it. */
	if (rc == 0 && (now == KIND_FILE || now == KIND_SYMLINK))
		rc = e->child_alive ? folder_rest_below(f, path) : 0;
	if (rc == 0 && before != KIND_DIR && now == KIND_DIR)
		rc = folder_look_into(f, path);
	return rc;
}

/* A directory that was seen while nothing could be concluded is judged before
 * what is in it: with that it would seem to live through its children alone. */
static int
judge_parent(struct folder *f, struct span path)
{
	struct span dir = path_parent(path);
	struct entry e;
	int rc;

	if (!f->put_off || f->fresh || dir.len == 0)
		return 0;
	entry_init(&e);
	rc = index_load(f->index, dir, &e);
	if (rc == 0 && e.disk.kind == KIND_DIR && !e.base.present &&
	    !e.child_alive) {
		const struct observation seen = e.disk;

		rc = folder_observe(f, dir, &seen, NULL);
	}
	entry_release(&e);
	return rc;
}

int
folder_observe(struct folder *f, struct span path,
    const struct observation *now, const struct folder_read *read)
{
	struct entry e;
	struct name content;
	int rc = judge_parent(f, path), before;

	entry_init(&e);
	if (rc == 0)
		rc = index_load(f->index, path, &e);
	before = e.disk.kind;
	content = e.disk.content;
	if (rc == 0)
		rc = judge(f, &e, now, read, false);
	if (rc == 0)
		rc = follow_kind(f, &e, before, now->kind);
	/* What is read again and as it was makes no rules, or looks would
	 * follow each other without end. */
	if (before != now->kind || !name_equal(&content, &now->content))
		folder_rules_touched(f, path);
	entry_release(&e);
	folder_plan_again(f);
	folder_tell(f);
	return rc;
}

/* Was a file of this content displaced from the path, not long before the
 * absence was seen? 1, 0, error. */
static int
was_displaced(struct folder *f, const struct entry *e, struct span path)
{
	struct index_kept k = {0};
	int64_t id;
	int rc =
	    index_kept_find_from(f->index, &e->base.seen.content, path, &id);

	if (rc <= 0)
		return rc;
	buf_init(&k.path, LIMIT_PATH_BYTES);
	rc = index_kept_get(f->index, id, &k);
	if (rc == 0)
		rc = e->intent.present ||
		     k.since_ns >=
			 e->absent_since_ns - (int64_t)REST_MS * NS_PER_MS;
	buf_release(&k.path);
	return rc;
}

/*
 * An absence that is our doing, not the user's: we were stopped after we had
 * displaced the file and before its successor took the name; or a user moved
 * a conflict copy back to its home just as we, after a stop, put the winner
 * there. Neither is a delete: what is wanted comes here again.
 */
static int
is_our_doing(struct folder *f, const struct entry *e)
{
	struct path_list paths;
	struct buf home;
	int rc;

	if (e->base.seen.kind != KIND_FILE)
		return 0;
	if (e->intent.present)
		return was_displaced(f, e, entry_path(e));
	path_list_init(&paths);
	buf_init(&home, LIMIT_PATH_BYTES);
	rc = plan_home(entry_path(e), &home);
	if (rc <= 0)
		goto out;
	rc = index_find_content(f->index, &e->base.seen.content, 1, &paths);
	if (rc == 0 && paths.v.n == 0)
		rc = was_displaced(f, e, buf_span(&home));
out:
	path_list_release(&paths);
	buf_release(&home);
	return rc;
}

int
folder_believe(struct folder *f, struct span path)
{
	static const struct observation absent = {.kind = KIND_NONE};
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	if (rc == 0 && e.disk.kind == KIND_NONE)
		rc = is_our_doing(f, &e);
	if (rc > 0) {
		entry_forget_base(&e);
		rc = index_store(f->index, &e, 0);
	} else if (rc == 0 && e.disk.kind == KIND_NONE) {
		rc = judge(f, &e, &absent, NULL, true);
	}
	entry_release(&e);
	folder_plan_again(f);
	return rc;
}

/* Nobody can give what was made here and lost: what stands here is said anew,
 * over it. */
static int
accept_lost(struct folder *f, struct entry *e)
{
	struct folder_read read = {0};
	struct plan_action a;
	struct plan_ask ask;
	int rc;

	plan_action_init(&a);
	folder_ask(f, &ask);
	rc = plan_act(e, &ask, &a);
	if (e->disk.kind == KIND_SYMLINK && e->base.version != NULL)
		read.target = e->base.version->target;
	if (rc == 0 && a.what == PLAN_WAIT && a.why == PLAN_WHY_LOST &&
	    f->mode != MSG_MODE_RECEIVE) {
		const struct observation now = e->disk;

		rc = folder_change_over(f, e, &now, &read, a.version);
	}
	plan_action_release(&a);
	return rc;
}

int
folder_accept_path(struct folder *f, struct span path)
{
	static const struct observation absent = {.kind = KIND_NONE};
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	if (rc == 0 && !e.suspect) {
		rc = accept_lost(f, &e);
	} else if (rc == 0) {
		e.suspect = false;
		e.base.era = 0;
		rc = folder_cut_spare(f, &e);
		if (rc == 0 && e.disk.kind == KIND_NONE && e.base.present)
			rc = judge(f, &e, &absent, NULL, true);
		else if (rc == 0)
			rc = index_store(f->index, &e, 0);
		if (rc == 0 && e.disk.kind != KIND_NONE)
			rc = folder_dirty(f, path, false, true);
	}
	entry_release(&e);
	return rc;
}
