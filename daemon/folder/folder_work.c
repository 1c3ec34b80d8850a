/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Works are paths on their way to the disk. One apply job runs at a time; it
 * takes all works that stand when it starts, after the commit that holds
 * their intents.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A job under way and whose it is. */
struct apply_run {
	struct folder *folder;
	struct apply_job job;
};

struct work *
folder_work(struct folder *f, struct span path)
{
	struct work *w;

	HASH_FIND(hh, f->works, path.p, path.len, w);
	return w;
}

static void
release_item(struct apply_item *it)
{
	buf_release(&it->path);
	buf_release(&it->target);
	buf_release(&it->from);
	buf_release(&it->copy);
}

void
folder_work_drop(struct folder *f, struct work *w)
{
	HASH_DEL(f->works, w);
	release_item(&w->item);
	version_free(w->version);
	free(w);
}

static struct work *
new_work(struct folder *f, struct span path)
{
	struct work *w = calloc(1, sizeof *w + path.len + 1);

	if (w == NULL)
		return NULL;
	w->len = path.len;
	memcpy(w->path, path.p, path.len);
	buf_init(&w->item.path, LIMIT_PATH_BYTES);
	buf_init(&w->item.target, LIMIT_TARGET_BYTES);
	buf_init(&w->item.from, LIMIT_PATH_BYTES);
	buf_init(&w->item.copy, LIMIT_PATH_BYTES);
	HASH_ADD_KEYPTR(hh, f->works, w->path, w->len, w);
	return w;
}

int
folder_work_guard(struct folder *f, struct span path)
{
	struct work *w = new_work(f, path);

	if (w == NULL)
		return -ENOMEM;
	w->guard = true;
	w->again = w->again_force = folder_will_hash(f, path);
	return 0;
}

/*
 * The job is over, or there will be none. Was the path to be hashed, then so
 * is where its file went, if to has a name: a store through a mapping changes
 * no times, and what tells of it names the path of that moment.
 */
static void
unguard(struct folder *f, struct span path, struct span to)
{
	struct work *w = path.len > 0 ? folder_work(f, path) : NULL;

	if (w == NULL || !w->guard)
		return;
	if (w->again)
		folder_look_at(f, path, false, w->again_force);
	if (w->again_force && to.len > 0)
		folder_look_at(f, to, false, true);
	folder_work_drop(f, w);
}

/* What the item is to make of the path. */
static int
describe(struct work *w, const struct entry *e, const struct plan_action *a)
{
	struct apply_item *it = &w->item;
	const struct version *v = a->version;
	int rc = buf_add(&it->path, entry_path(e));

	it->what = a->what;
	it->expect = e->disk;
	w->suspect = e->suspect && e->disk.size > 0;
	it->kind = a->derived ? KIND_DIR : (int)v->kind;
	it->any_bits = a->derived;
	if (v != NULL && !a->derived) {
		it->bits = v->bits;
		it->mtime_ns = v->mtime_ns;
		it->size = v->size;
		it->content = v->content;
		if (rc == 0)
			rc = buf_add(&it->target, v->target);
		if (rc == 0)
			rc = version_copy(v, &w->version);
	} else {
		name_dir(&it->content);
	}
	return rc < 0 ? rc : buf_add(&it->copy, buf_span(&a->copy));
}

int
folder_work_add(struct folder *f, const struct entry *e,
    const struct plan_action *a, struct work **out)
{
	struct work *w = new_work(f, entry_path(e));
	int rc;

	if (w == NULL)
		return -ENOMEM;
	rc = describe(w, e, a);
	if (rc == 0)
		rc = index_next_id(f->index, &w->item.kept_id);
	if (rc == 0 && w->item.copy.len > 0 &&
	    folder_work(f, buf_span(&w->item.copy)) != NULL)
		buf_clear(&w->item.copy);
	if (rc == 0 && w->item.copy.len > 0)
		rc = folder_work_guard(f, buf_span(&w->item.copy));
	if (rc < 0) {
		folder_work_drop(f, w);
		return rc;
	}
	if (out != NULL)
		*out = w;
	folder_arm(f);
	return 0;
}

/* ---- before the job ------------------------------------------------------ */

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
	struct entry e;
	bool derived;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	if (rc == 0)
		rc = note(f, &e, entry_wanted(&e, &derived));
	entry_release(&e);
	return rc;
}

/* May something come out of a user's name with it? */
static bool
displaces(const struct apply_item *it)
{
	return it->source == APPLY_MOVED || it->expect.kind == KIND_FILE ||
	       it->expect.kind == KIND_SYMLINK;
}

/* What a power cut left has no version: as of unknown content, judging gives
 * it back, under another name. */
static int
note_kept(struct folder *f, const struct work *w, struct index_kept *k,
    const struct buf *path)
{
	const struct version *by = w->version;
	int rc;

	if (w->suspect)
		k->content = (struct name){0};
	k->who.made = w->was;
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
	bool moved = it->source == APPLY_MOVED;
	struct index_kept k = {.id = it->kept_id,
	    .content = moved ? it->from_expect.content : it->expect.content};

	if (!displaces(it))
		return 0;
	return note_kept(f, w, &k, moved ? &it->from : &it->path);
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
		unguard(f, buf_span(&w->item.from), span_of(NULL, 0));
	unguard(f, buf_span(&w->item.copy), span_of(NULL, 0));
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

/* ---- after the job ------------------------------------------------------- */

/* The path shows the version now: it is base. era: 0 when it was synced. */
static int
agreed(struct folder *f, struct span path, const struct observation *now,
    uint64_t era)
{
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	if (rc == 0 && e.intent.present) {
		version_free(e.base.version);
		e.base = (struct agreement){true, e.intent.version, *now, era};
		e.intent = (struct agreement){0};
		e.suspect = false;
		e.disk = *now;
		e.absent_since_ns = 0;
		rc = index_store(f->index, &e, 0);
	}
	entry_release(&e);
	return rc;
}

/* The source of a move is not there any more. */
static int
moved_away(struct folder *f, struct span path)
{
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	if (rc == 0) {
		e.disk = (struct observation){.kind = KIND_NONE};
		if (e.base.present)
			e.base.seen = e.disk;
		rc = index_store(f->index, &e, 0);
	}
	entry_release(&e);
	return rc;
}

/* What was displaced lies in quarantine now; or nothing was. */
static int
kept(struct folder *f, const struct work *w, const struct apply_item *it)
{
	static const struct name unknown;
	struct index_kept k = {.id = it->kept_id,
	    .content = it->kept_content,
	    .since_ns = host_now_ns(f->host)};
	bool moved = it->source == APPLY_MOVED;

	if (!it->kept)
		return displaces(it) ? index_kept_drop(f->index, it->kept_id)
				     : 0;
	/* Of unknown content it is a user's edit: judging gives it back. */
	moved = moved && name_equal(&it->kept_content, &unknown);
	return note_kept(f, w, &k, moved ? &it->from : &it->path);
}

/* What was done, in the words of whoever reads the log. */
static const char *
verb_of(const struct apply_item *it)
{
	switch (it->what) {
	case PLAN_MAKE_DIR:
		return "made";
	case PLAN_PLACE:
		return it->source == APPLY_MOVED ? "moved" : "placed";
	case PLAN_TOUCH:
		return "touched";
	case PLAN_REMOVE:
	case PLAN_REMOVE_DIR:
		return "removed";
	case PLAN_NOTHING:
	case PLAN_SETTLE:
	case PLAN_COPY:
	case PLAN_FETCH:
	case PLAN_KEEP:
	case PLAN_WAIT:
		break;
	}
	return "left";
}

/* The version's maker; not who passed it on. */
static void
audit(struct folder *f, const struct work *w, const struct apply_item *it)
{
	const uint8_t *device = w->version ? w->version->device : f->device;
	const char *name = f->name != NULL ? f->name(f->arg, device) : NULL;

	log_audit(f->log, "applied", LOG_STR("folder", f->id),
	    LOG_SPAN("path", buf_span(&it->path)), LOG_STR("what", verb_of(it)),
	    LOG_STR("peer", name ? name : "unknown"), LOG_ID("device", device),
	    LOG_DOT("dot", w->version ? w->version->dot : (struct dot){0}));
}

static int
succeeded(struct folder *f, struct work *w, struct apply_item *it)
{
	struct fetch *x;
	int rc = agreed(f, buf_span(&it->path), &it->now, 0);

	if (rc == 0 && it->source == APPLY_MOVED)
		rc = moved_away(f, buf_span(&it->from));
	if (rc == 0 && it->source == APPLY_KEPT)
		rc = index_kept_drop(f->index, it->id);
	if (rc == 0 && it->copied)
		rc = agreed(
		    f, buf_span(&it->copy), &it->copy_now, folder_cut_era(f));
	if (it->source == APPLY_STAGED) {
		x = folder_fetch(f, &it->content);
		if (x != NULL && x->id == it->id)
			folder_fetch_drop(f, x);
	}
	if (rc == 0 && it->what == PLAN_MAKE_DIR)
		rc = folder_look_into(f, buf_span(&it->path));
	if (it->what == PLAN_REMOVE_DIR)
		watch_drop(f->watch, buf_span(&it->path));
	folder_rules_touched(f, buf_span(&it->path));
	if (it->source == APPLY_MOVED)
		folder_rules_touched(f, buf_span(&it->from));
	folder_trouble_over(f, buf_span(&it->path));
	folder_links_held(f, &it->content);
	audit(f, w, it);
	return rc;
}

/* Something is not as it was thought: look; or it may be later: try. */
static void
failed(struct folder *f, struct apply_item *it)
{
	struct span path = buf_span(&it->path);
	bool look = it->rc == ERR_CHANGED || it->rc == ERR_BUSY ||
		    it->rc == -ENOTEMPTY || it->rc == -EEXIST;
	bool lost = it->rc == ERR_NOTFOUND || it->rc == ERR_MISMATCH;

	if (it->source == APPLY_STAGED)
		folder_fetch_unplace(f, it, lost);
	/* What is lost there comes from elsewhere when planned again. */
	if (it->source == APPLY_KEPT && lost)
		folder_kept_doubt(f, it->id, it->rc);
	else
		folder_trouble(f, path, it->rc, look, it->rc == ERR_CHANGED);
	if (it->rc == -ENOTEMPTY)
		folder_look_at(f, path, true, false);
	if (it->source == APPLY_MOVED)
		folder_look_at(f, buf_span(&it->from), false, true);
	if (it->copied)
		folder_look_at(f, buf_span(&it->copy), false, true);
}

static int
take_item(struct folder *f, struct apply_item *it)
{
	struct work *w = folder_work(f, buf_span(&it->path));
	bool again = w->again, force = w->again_force;
	int rc = kept(f, w, it);

	if (rc == 0)
		rc = folder_touched(f, buf_span(&it->path));
	if (rc == 0)
		rc = folder_touched(f, buf_span(&it->from));
	if (rc == 0)
		rc = folder_touched(f, buf_span(&it->copy));
	if (rc == 0 && it->rc == 0)
		rc = succeeded(f, w, it);
	else if (rc == 0)
		failed(f, it);
	if (it->source == APPLY_MOVED)
		unguard(f, buf_span(&it->from), buf_span(&it->path));
	unguard(f, buf_span(&it->copy), span_of(NULL, 0));
	if (force && it->copied)
		folder_look_at(f, buf_span(&it->copy), false, true);
	folder_work_drop(f, w);
	if (again)
		folder_look_at(f, buf_span(&it->path), false, force);
	return rc;
}

static void
run_apply(void *arg)
{
	struct apply_run *run = arg;

	apply_run(&run->job);
}

static void
apply_done(void *arg)
{
	struct apply_run *run = arg;
	struct folder *f = run->folder;
	int rc = 0;

	f->applying = false;
	if (f->state != FOLDER_FAILED && run->job.rc < 0)
		folder_fail(f, run->job.rc, "sync names");
	if (f->state != FOLDER_FAILED)
		rc = folder_batch(f);
	log_hold(f->log);
	for (size_t i = 0;
	     rc == 0 && f->state != FOLDER_FAILED && i < run->job.items.n; i++)
		rc = take_item(f, &run->job.items.items[i]);
	if (rc < 0)
		folder_fail(f, rc, "take what was applied");
	log_flush(f->log);
	if (f->closing && f->state != FOLDER_FAILED &&
	    index_in_batch(f->index) && index_commit(f->index) < 0)
		folder_fail(f, -EIO, "last commit");
	apply_job_release(&run->job);
	free(run);
	if (f->state != FOLDER_FAILED)
		folder_plan_again(f);
	folder_tell(f);
	folder_job_done(f);
}

/* Moves the item out of the work, which stays as a mark of the path. */
static int
hand_over(struct apply_job *job, struct work *w)
{
	struct apply_item copy = w->item;
	int rc = VEC_PUSH(&job->items, copy);

	if (rc < 0)
		return rc;
	buf_init(&w->item.path, LIMIT_PATH_BYTES);
	buf_init(&w->item.target, LIMIT_TARGET_BYTES);
	buf_init(&w->item.from, LIMIT_PATH_BYTES);
	buf_init(&w->item.copy, LIMIT_PATH_BYTES);
	return 0;
}

void
folder_work_start(struct folder *f)
{
	struct apply_run *run;
	struct work *w;
	int rc = 0;

	if (f->applying || f->works == NULL)
		return;
	run = calloc(1, sizeof *run);
	if (run == NULL) {
		folder_fail(f, -ENOMEM, "apply");
		return;
	}
	run->folder = f;
	run->job.place = f->place;
	for (w = f->works; rc == 0 && w != NULL; w = w->hh.next)
		if (w->applying)
			rc = hand_over(&run->job, w);
	if (rc == 0 && run->job.items.n > 0)
		rc = folder_job(f, run_apply, apply_done, run);
	if (rc < 0 || run->job.items.n == 0) {
		apply_job_release(&run->job);
		free(run);
		if (rc < 0)
			folder_fail(f, rc, "apply");
		return;
	}
	f->applying = true;
}

void
folder_works_release(struct folder *f)
{
	struct work *w, *next;

	HASH_ITER (hh, f->works, w, next)
		folder_work_drop(f, w);
}
