/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Planning walks the entries that are not settled: upwards, so that
 * directories come before what is in them, then downwards for what has to
 * go, so that deletes come last and directories are empty by then.
 */
#include "daemon/folder/folder_internal.h"

#include <string.h>

#include "proto/base/path.h"
#include "proto/base/text.h"

/* ---- what planning asks -------------------------------------------------- */

static int
ask_known(void *arg, struct span path)
{
	struct folder *f = arg;

	return index_known(f->index, path);
}

static int
ask_disk(void *arg, struct span path, struct observation *out)
{
	struct folder *f = arg;
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	*out = e.disk;
	entry_release(&e);
	return rc < 0 ? rc : 1;
}

static int
ask_wanted(void *arg, struct span path, struct name *out)
{
	struct folder *f = arg;
	const struct version *want;
	struct entry e;
	bool derived = false;
	int rc;

	memset(out, 0, sizeof *out);
	entry_init(&e);
	rc = index_load(f->index, path, &e);
	want = rc == 0 ? entry_wanted(&e, &derived) : NULL;
	if (derived)
		name_dir(out);
	else if (want != NULL && want->kind != KIND_GONE)
		*out = want->content;
	entry_release(&e);
	return rc < 0 ? rc : 1;
}

static int
ask_parent(void *arg, struct span path)
{
	struct folder *f = arg;
	struct span dir = path_parent(path);
	struct work *w;
	int rc;

	if (dir.len == 0)
		return 1;
	w = folder_work(f, dir);
	if (w != NULL && !w->guard)
		return w->item.what == PLAN_MAKE_DIR ||
		       (w->item.what == PLAN_TOUCH && w->item.kind == KIND_DIR);
	rc = index_disk_kind(f->index, dir);
	return rc < 0 ? rc : rc == KIND_DIR;
}

static int
ask_occupied(void *arg, struct span path)
{
	struct folder *f = arg;
	struct index_children children;
	int rc;

	index_children_init(&children);
	rc = index_children(f->index, path, &children);
	if (rc == 0)
		rc = children.v.n > 0;
	index_children_release(&children);
	return rc;
}

static int
ask_room(void *arg, struct span path, const struct version *v)
{
	struct folder *f = arg;
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	if (rc == 0)
		rc = plan_room(&e, v);
	entry_release(&e);
	return rc;
}

void
folder_ask(struct folder *f, struct plan_ask *out)
{
	*out = (struct plan_ask){.arg = f,
	    .known = ask_known,
	    .disk = ask_disk,
	    .wanted = ask_wanted,
	    .parent = ask_parent,
	    .occupied = ask_occupied,
	    .room = ask_room,
	    .held = folder_held,
	    .reachable = folder_reachable,
	    .device = f->device,
	    .stream_open = folder_stream_open(f),
	    .fresh = f->fresh};
}

/* ---- one path ------------------------------------------------------------ */

/* A loser's conflict copy gets its version. */
static int
make_copy(struct folder *f, const struct plan_action *a)
{
	struct plan_maker maker = {.device = f->device};
	struct version *v = NULL;
	struct entry e;
	bool is_new;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, buf_span(&a->copy), &e);
	if (rc == 0)
		rc = index_next_dot(f->index, &maker.dot);
	if (rc == 0)
		rc = plan_make_copy(a->loser, &maker, &v);
	if (rc == 0) {
		folder_say_made(f, v, &e.base, false);
		rc = version_set_add(&e.known, v, NULL, &is_new);
	}
	if (rc == 0)
		rc = index_store(f->index, &e, 0);
	if (rc == 0)
		log_info(f->log, "conflict", LOG_STR("folder", f->id),
		    LOG_SPAN("path", a->loser->path),
		    LOG_SPAN("copy", buf_span(&a->copy)));
	entry_release(&e);
	folder_plan_again(f);
	return rc;
}

static int
settle(struct folder *f, struct entry *e, const struct plan_action *a)
{
	struct version *copy = NULL;
	int rc = a->version == NULL ? 0 : version_copy(a->version, &copy);

	if (rc < 0)
		return rc;
	entry_agree(e, copy, &e->disk, folder_cut_era(f));
	entry_forget_intent(e);
	e->absent_since_ns = 0;
	return index_store(f->index, e, 0);
}

/* Counts what is not done yet, for status and for what peers are told. */
static void
count(struct folder *f, struct span path, const struct plan_action *a)
{
	struct buf text;

	if (a->what == PLAN_NOTHING || a->what == PLAN_SETTLE)
		return;
	if (a->what == PLAN_WAIT && f->counted_path[0] == 0) {
		buf_init(&text, sizeof f->counted_path - 1);
		if (text_escape(&text, path) == 0)
			memcpy(f->counted_path, text.p, text.len);
		buf_release(&text);
	}
	f->counted[a->what == PLAN_WAIT ? a->why : PLAN_WHY_NONE]++;
	f->counted_open++;
	if (a->version != NULL && a->version->kind == KIND_FILE)
		f->counted_bytes += a->version->size;
}

/* A small file is asked for if there is room, a large one when its list says
 * how much it needs. */
static int
fetch(struct folder *f, const struct entry *e, const struct version *v)
{
	bool large = v->size > LIMIT_SMALL_FILE_BYTES;
	struct fetch *x;
	int rc = 1;

	if (HASH_COUNT(f->fetches) >= FETCHES_MAX ||
	    folder_fetch(f, &v->content) != NULL)
		return 0;
	if (!large)
		rc = folder_room(f, entry_path(e), v->size);
	return rc <= 0 ? rc
		       : folder_fetch_add(f, v, entry_path(e),
			     large ? FETCH_LIST : FETCH_WHOLE, &x);
}

/* The disk is not what base saw: it was found so before a stop, or while
 * this replica was fresh. */
static int
judge_again(struct folder *f, struct entry *e)
{
	const struct observation now = e->disk;

	if (f->mode == MSG_MODE_RECEIVE)
		return 0;
	if (e->disk.kind == KIND_NONE)
		return folder_rest(f, e);
	/* The last look says all there is to say, but for what was read. */
	if (e->disk.kind != KIND_SYMLINK && !e->disk.racy &&
	    entry_meta_changed(e, &now) == 0)
		return folder_observe(f, entry_path(e), &now, NULL);
	return folder_dirty(f, entry_path(e), false, true);
}

static int
act(struct folder *f, struct entry *e, const struct plan_action *a)
{
	int rc;

	switch (a->what) {
	case PLAN_NOTHING:
		return 0;
	case PLAN_SETTLE:
		return settle(f, e, a);
	case PLAN_COPY:
		rc = folder_secure(f, a);
		return rc > 0 ? make_copy(f, a) : rc;
	case PLAN_FETCH:
		return fetch(f, e, a->version);
	case PLAN_PLACE:
		return folder_place(f, e, a);
	case PLAN_MAKE_DIR:
	case PLAN_TOUCH:
	case PLAN_REMOVE:
	case PLAN_REMOVE_DIR:
		return folder_work_add(f, e, a, NULL);
	case PLAN_KEEP:
		return f->mode == MSG_MODE_RECEIVE
			   ? 0
			   : folder_change(f, e, &e->disk, NULL);
	case PLAN_WAIT:
		return a->why == PLAN_WHY_LOOK ? judge_again(f, e) : 0;
	}
	return 0;
}

static bool
goes(const struct plan_action *a)
{
	return a->what == PLAN_REMOVE || a->what == PLAN_REMOVE_DIR;
}

/* Plans one path; going says whether removals are its turn. */
static int
plan_one(struct folder *f, struct span path, bool going)
{
	struct plan_action a;
	struct plan_ask ask;
	struct entry e;
	int rc;

	entry_init(&e);
	plan_action_init(&a);
	folder_ask(f, &ask);
	rc = index_load(f->index, path, &e);
	if (rc == 0 && !folder_ignores(f, &e)) {
		rc = plan_act(&e, &ask, &a);
		if (rc == 0 && !f->cursor.descending)
			count(f, path, &a);
		if (rc == 0 && goes(&a) && !going)
			f->deferred = true;
		else if (rc == 0 && f->mode != MSG_MODE_SEND)
			rc = act(f, &e, &a);
	}
	plan_action_release(&a);
	entry_release(&e);
	return rc;
}

/* Is there anything that keeps this path from being planned now? */
static bool
taken(struct folder *f, struct span path)
{
	if (folder_work(f, path) != NULL)
		f->counted_open++;
	else if (folder_troubled(f, path) != NULL)
		f->counted_open++;
	else
		return false;
	return true;
}

int
folder_plan_path(struct folder *f, struct span path)
{
	if (!folder_live(f) || folder_work(f, path) != NULL ||
	    folder_troubled(f, path) != NULL)
		return 0;
	return plan_one(f, path, true);
}

/* ---- the walk ------------------------------------------------------------ */

void
folder_plan_again(struct folder *f)
{
	f->again = true;
	folder_arm(f);
}

static void
begin_half(struct folder *f, bool descending)
{
	index_cursor_release(&f->cursor);
	index_cursor_init(&f->cursor, descending);
}

/*
 * How many paths to plan now. When as much content is on its way as may be,
 * planning more of it would be in vain, again and again for each path, so
 * the walk rests until some came; but not when none comes any more, for what
 * needs no content has its turn too.
 */
static size_t
room(struct folder *f)
{
	size_t n = HASH_COUNT(f->fetches);
	int64_t now;

	if (n + WALK_ROOM <= FETCHES_MAX)
		return FETCHES_MAX - n < TURN_PLANS ? FETCHES_MAX - n
						    : TURN_PLANS;
	now = host_mono_ns(f->host);
	if (now - f->fetched_ns >= WALK_REST_MS * NS_PER_MS)
		return TURN_PLANS;
	folder_alarm(f, f->fetched_ns + WALK_REST_MS * NS_PER_MS);
	return 0;
}

/* The walk is through: what was counted is what is open. */
static void
end_walk(struct folder *f)
{
	bool changed = f->open_paths != f->counted_open ||
		       f->open_bytes != f->counted_bytes;

	f->planning = false;
	memcpy(f->waiting, f->counted, sizeof f->waiting);
	memcpy(f->waiting_path, f->counted_path, sizeof f->waiting_path);
	f->open_paths = f->counted_open;
	f->open_bytes = f->counted_bytes;
	if (changed) {
		folder_links_report(f);
		folder_tell(f);
	}
}

static void
begin_walk(struct folder *f)
{
	f->planning = true;
	f->again = f->deferred = false;
	memset(f->counted, 0, sizeof f->counted);
	memset(f->counted_path, 0, sizeof f->counted_path);
	f->counted_open = f->counted_bytes = 0;
	begin_half(f, false);
}

static int
walk(struct folder *f, size_t n)
{
	struct path_list paths;
	bool descending = f->cursor.descending;
	int rc;

	path_list_init(&paths);
	rc = index_open_next(f->index, &f->cursor, n, &paths);
	if (rc == 0 && paths.v.n > 0)
		rc = folder_batch(f);
	for (size_t i = 0; rc == 0 && i < paths.v.n; i++) {
		struct span path = path_list_get(&paths, i);

		if (!taken(f, path))
			rc = plan_one(f, path, descending);
	}
	path_list_release(&paths);
	return rc;
}

void
folder_plan_step(struct folder *f)
{
	size_t n;
	int rc;

	if (f->state != FOLDER_RUNNING)
		return;
	if ((!f->planning && !f->again) || f->vanished_from < f->vanished.v.n)
		return;
	if (HASH_COUNT(f->works) >= WORKS_MAX)
		return; /* the end of the apply job arms the next turn */
	n = room(f);
	if (n == 0)
		return; /* what comes, or the clock, arms the next turn */
	if (!f->planning)
		begin_walk(f);
	rc = walk(f, n);
	if (rc < 0) {
		folder_fail(f, rc, "plan");
		return;
	}
	if (f->cursor.end && !f->cursor.descending && f->deferred) {
		begin_half(f, true);
	} else if (f->cursor.end) {
		end_walk(f);
		rc = folder_fetch_tidy(f);
		if (rc < 0)
			folder_fail(f, rc, "tidy");
	}
	if (f->planning || f->again)
		folder_arm(f);
}
