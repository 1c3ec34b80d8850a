/* SPDX-License-Identifier: Apache-2.0 */
/* What an apply job did, or could not do. */
#include "daemon/folder/folder_work_internal.h"

#include <errno.h>
#include <string.h>

#include "proto/base/path.h"

/* What the job synced of a path: of a file changed in place not the name,
 * which is as durable as it was. */
enum synced { SYNCED_NOTHING, SYNCED_INODE, SYNCED_ALL };

/*
 * The era of what is at a path now. A name lasts no longer than its directory's
 * own, which a user may have made a moment ago and nobody has synced: a power
 * cut that takes that takes all that was placed there.
 */
static int
era_of(
    struct folder *f, const struct entry *e, enum synced synced, uint64_t *out)
{
	int lasts = 0;

	*out = e->base.era;
	if (synced == SYNCED_INODE && e->base.present)
		return 0;
	if (synced == SYNCED_ALL)
		lasts = folder_cut_lasts(f, path_parent(entry_path(e)));
	*out = lasts > 0 ? 0 : folder_cut_era(f);
	return lasts < 0 ? lasts : 0;
}

/* The path shows the version now: it is base. */
static int
agreed(struct folder *f, struct span path, const struct observation *now,
    enum synced synced)
{
	uint64_t era;
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	if (rc == 0 && e.intent.present)
		rc = era_of(f, &e, synced, &era);
	if (rc == 0 && e.intent.present) {
		entry_agree(&e, e.intent.version, now, era);
		e.intent = (struct agreement){0};
		e.disk = *now;
		e.absent_since_ns = 0;
		rc = index_store(f->index, &e, 0);
	}
	entry_release(&e);
	return rc;
}

/* The source of a move is not there any more. It agrees to no version: what was
 * to go when the job began may be wanted there again. */
static int
moved_away(struct folder *f, struct span path)
{
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	if (rc == 0) {
		e.disk = (struct observation){.kind = KIND_NONE};
		version_free(e.base.version);
		e.base = (struct agreement){0};
		rc = index_store(f->index, &e, 0);
	}
	entry_release(&e);
	return rc;
}

/* What was displaced lies in quarantine now; or nothing was. */
static int
kept(struct folder *f, const struct work *w, const struct apply_item *it)
{
	struct index_kept k = {.id = it->kept_id,
	    .since_ns = host_now_ns(f->host),
	    .who.made = w->was};

	if (!it->kept)
		return folder_work_displaces(it)
			   ? index_kept_drop(f->index, it->kept_id)
			   : 0;
	/* Of unknown content it is a user's edit, or what a power cut left:
	 * judging gives it back. */
	if (!w->suspect)
		k.content = it->kept_content;
	return folder_work_note_kept(f, w, &k, &it->path);
}

/* What was to be moved has its new name, or its old one; or could have neither,
 * and is given back. */
static int
moved(struct folder *f, const struct work *w, const struct apply_item *it)
{
	struct index_kept k = {
	    .id = it->from_id, .since_ns = host_now_ns(f->host)};

	if (it->source != APPLY_MOVED)
		return 0;
	return it->from_kept ? folder_work_note_kept(f, w, &k, &it->from)
			     : index_kept_drop(f->index, it->from_id);
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
	int rc = agreed(f, buf_span(&it->path), &it->now,
	    it->what == PLAN_TOUCH ? SYNCED_INODE : SYNCED_ALL);

	if (rc == 0 && it->source == APPLY_MOVED)
		rc = moved_away(f, buf_span(&it->from));
	if (rc == 0 && it->source == APPLY_KEPT)
		rc = index_kept_drop(f->index, it->id);
	if (rc == 0 && it->copied)
		rc = agreed(
		    f, buf_span(&it->copy), &it->copy_now, SYNCED_NOTHING);
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
	if (it->overtaken)
		folder_look_at(f, buf_span(&it->path), false, true);
	else
		folder_links_held(f, &it->content);
	audit(f, w, it);
	return rc < 0 ? rc : folder_meta_left(f, it);
}

/* Something is not as it was thought: look; or it may be later: try. */
static int
failed(struct folder *f, const struct work *w, struct apply_item *it)
{
	struct span path = buf_span(&it->path);
	bool look = it->rc == ERR_CHANGED || it->rc == ERR_BUSY ||
		    it->rc == -ENOTEMPTY || it->rc == -EEXIST;
	bool lost = it->rc == ERR_NOTFOUND || it->rc == ERR_MISMATCH;
	bool copy_it = it->source == APPLY_MOVED && it->rc == -EMLINK;
	int placed = folder_work_was_placed(f, w, it);

	if (it->source == APPLY_STAGED)
		folder_fetch_unplace(f, it, lost);
	/* What is lost there comes from elsewhere when planned again. */
	if (it->source == APPLY_KEPT && lost)
		folder_kept_doubt(f, it->id, it->rc);
	else if (copy_it)
		/* Nothing moves what is in trouble. */
		folder_trouble(f, buf_span(&it->from), ERR_BUSY, false, false);
	else
		folder_trouble(f, path, it->rc, look, it->rc == ERR_CHANGED);
	if (it->rc == -ENOTEMPTY)
		folder_look_at(f, path, true, false);
	if (it->source == APPLY_MOVED && !copy_it)
		folder_look_at(f, buf_span(&it->from), false, true);
	if (it->copied)
		folder_look_at(f, buf_span(&it->copy), false, true);
	if (placed != 0)
		return placed < 0 ? placed : folder_work_redo(f, w);
	return lost ? folder_work_unintend(f, w) : 0;
}

int
folder_work_take(struct folder *f, struct apply_item *it)
{
	struct work *w = folder_work(f, buf_span(&it->path));
	bool again = w->again, force = w->again_force;
	int rc = kept(f, w, it);

	if (rc == 0)
		rc = moved(f, w, it);
	if (rc == 0)
		rc = folder_touched(f, buf_span(&it->path));
	if (rc == 0)
		rc = folder_touched(f, buf_span(&it->from));
	if (rc == 0)
		rc = folder_touched(f, buf_span(&it->copy));
	if (rc == 0 && it->rc == 0)
		rc = succeeded(f, w, it);
	else if (rc == 0)
		rc = failed(f, w, it);
	if (it->source == APPLY_MOVED)
		folder_work_unguard(
		    f, buf_span(&it->from), buf_span(&it->path));
	folder_work_unguard(f, buf_span(&it->copy), span_of(NULL, 0));
	if (it->copied && (force || w->suspect))
		folder_look_at(f, buf_span(&it->copy), false, true);
	folder_work_drop(f, w);
	if (again)
		folder_look_at(f, buf_span(&it->path), false, force);
	return rc;
}
