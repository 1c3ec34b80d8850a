/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root: is it the folder that we remember? Absence is not deletion, so a
 * root that is missing, empty, or another tree halts the folder instead of
 * telling the others that everything is gone (LESSONS 9).
 */
#include "daemon/folder/folder_root_internal.h"

#include <errno.h>
#include <string.h>

#include "proto/base/text.h"

static bool
same_place(const struct root *r)
{
	return memcmp(r->fs, r->now_fs.uuid, sizeof r->fs) == 0 &&
	       r->ino == r->now.ino;
}

static bool
token_fits(const struct root *r)
{
	return memcmp(r->token, r->tokens, ROOT_TOKEN_BYTES) == 0 ||
	       memcmp(r->token, r->tokens + ROOT_TOKEN_BYTES,
		   ROOT_TOKEN_BYTES) == 0;
}

/*
 * Is the marker a copy of what we wrote? What is written anew has another
 * ctime, which nobody can set; that of one whose bits or owner were changed
 * is taken for one, which costs no more than a question too many. The marker of
 * a token that the database has for the second only was written after that was
 * noted, and nothing since.
 */
static bool
is_copy(const struct root *r)
{
	return r->noted_ns != 0 &&
	       memcmp(r->token, r->tokens, ROOT_TOKEN_BYTES) == 0 &&
	       r->changed_ns != r->noted_ns;
}

/* One of the two was restored, or the database is new: both are united. */
static int
unite(struct folder *f, const struct root *r)
{
	log_warn(f->log, "memory_restored", LOG_STR("folder", f->id),
	    LOG_BOOL("database_new", !r->known));
	return folder_unite(f);
}

/*
 * A copy of a tree that was stopped is as good as that. But after a stop that
 * was not clean it may be of any time since we started; and the database may
 * have been put back with it, so that its counters were given away once.
 */
static int
judge_copy(struct folder *f, const struct root *r)
{
	int rc;

	if (!f->clean)
		return unite(f, r);
	/* Before the marker is written: a second start sees a marker of ours. */
	f->clean = false;
	rc = index_begin(f->index);
	if (rc == 0)
		rc = folder_own_note(f);
	return folder_batch_end(f, rc);
}

static void
halt_missing(struct folder *f)
{
	folder_halt(f, FOLDER_HALT_MISSING,
	    "its directory is missing; nothing was told to the others, and "
	    "nothing is brought here: mount or restore it, then it goes on by "
	    "itself");
}

static void
halt_replaced(struct folder *f)
{
	folder_halt(f, FOLDER_HALT_REPLACED,
	    "its directory is another one than it was (not mounted, or "
	    "replaced); nothing was changed here or told to the others: mount "
	    "or restore it, then it goes on by itself; or, to join what is "
	    "there now with what the others have, type: tutti folder accept %s",
	    f->id);
}

/* Never by removing .tutti: what was kept and what is in quarantine lies
 * there, and serves whichever folder the directory is then. */
static void
halt_foreign(struct folder *f, struct root *r)
{
	struct buf other;

	buf_init(&other, 8 * LIMIT_FOLDER_ID_BYTES);
	if (text_escape(&other, buf_span(&r->id)) < 0)
		buf_clear(&other);
	folder_halt(f, FOLDER_HALT_FOREIGN,
	    "its directory is that of the folder %.*s; nothing was changed: "
	    "to leave it so, type: tutti folder remove %s, and add this one "
	    "with another directory, or that one with this; to give that one "
	    "up, and join what is there with what the others have of this "
	    "one, type: tutti folder accept %s",
	    (int)other.len, other.p ? (const char *)other.p : "", f->id, f->id);
	buf_release(&other);
}

static void
halt_unmarked(struct folder *f, enum folder_halt why, const char *seen)
{
	folder_halt(f, why,
	    "%s; nothing was told to the others: to join what is there now "
	    "with what the others have, so that all that is missing comes "
	    "back, type: tutti folder accept %s",
	    seen, f->id);
}

/* Its marker is gone, but it stands where it was. If that is all, the marker
 * is made again. */
static int
judge_unmarked(struct folder *f, struct root *r)
{
	struct index_figures had;
	int rc = root_look_for_names(f, r);

	if (rc < 0)
		return rc;
	index_figures(f->index, &had);
	if (!r->emptied && (!r->empty || had.disk_files == 0)) {
		log_warn(f->log, "marker_remade", LOG_STR("folder", f->id));
		return unite(f, r); /* the tree may be any */
	}
	halt_unmarked(f, FOLDER_HALT_EMPTIED,
	    "all that was in its directory is gone, .tutti too");
	return r->emptied ? 0 : root_note_emptied(f, true);
}

/* What the root is, held against what is remembered, or accepted (joining).
 * Sets f->halt when the folder has to halt. */
static int
judge_root(struct folder *f, struct root *r, bool joining)
{
	if (!joining && r->marked &&
	    !span_equal(buf_span(&r->id), span_str(f->id))) {
		halt_foreign(f, r);
		return 0;
	}
	if (r->known && !r->marked && !same_place(r)) {
		halt_replaced(f);
		return 0;
	}
	if (r->known && !r->marked)
		return judge_unmarked(f, r);
	if (r->marked && (!r->known || !token_fits(r)))
		return unite(f, r);
	return r->marked && is_copy(r) ? judge_copy(f, r) : 0;
}

/* Opens the root, making it where none was ever seen. */
static int
open_root(struct folder *f, struct root *r, bool joining)
{
	struct buf value;
	bool known;
	int rc;

	buf_init(&value, 256);
	rc = index_fact_get(f->index, "root", &value);
	buf_release(&value);
	if (rc < 0 && rc != ERR_NOTFOUND)
		return rc;
	known = joining || rc == 0;
	rc =
	    host_open_root(f->host, f->path, known ? 0 : HOST_CREATE, &f->root);
	if (rc == -ENOENT && known) {
		halt_missing(f);
		return 0;
	}
	if (rc == 0)
		rc = folder_root_lock(f);
	if (rc == 0)
		rc = root_look(f, r);
	return rc < 0 ? rc : judge_root(f, r, joining);
}

/*
 * The user accepts the root that stands there: what is remembered of another
 * says nothing of it. A new memory joins the two: it deletes nothing, for it
 * never saw anything that could be missing.
 */
static int
join(struct folder *f, const struct folder_options *o, struct root *r)
{
	int rc;

	log_warn(f->log, "folder_joined", LOG_STR("folder", f->id),
	    LOG_STR("accepted", f->halt));
	index_close(f->index);
	f->index = NULL;
	host_close(f->host, f->root);
	f->root = -1;
	rc = index_set_aside(f->host, o->state);
	if (rc == 0)
		rc = index_open(f->host, o->state, INDEX_CREATE, &f->index);
	if (rc == 0)
		rc = folder_own_recall(f);
	if (rc < 0)
		return rc;
	f->state = FOLDER_SCANNING;
	f->halt = NULL;
	f->halt_why = FOLDER_HALT_NONE;
	buf_release(&r->id);
	*r = (struct root){0};
	buf_init(&r->id, LIMIT_FOLDER_ID_BYTES);
	return open_root(f, r, true);
}

/* Makes the root that was judged ours for as long as we run. */
static int
settle_in(struct folder *f, struct root *r)
{
	int rc = apply_open(f->host, f->root, &f->place);

	if (rc == 0)
		rc = folder_root_lock(f); /* had it no .tutti until now */
	if (rc == 0)
		rc = apply_empty_stage(&f->place);
	if (rc == 0 && r->emptied)
		rc = root_note_emptied(f, false);
	if (rc == 0)
		rc = root_renew_token(f, r);
	if (rc == 0)
		rc = folder_own_start(f);
	if (rc == 0 && !f->place.leases)
		log_warn(f->log, "no_leases", LOG_STR("folder", f->id),
		    LOG_STR("so", "files rest before they are told, and "
				  "longer before what they were is let go"));
	return rc;
}

int
folder_root_open(struct folder *f, const struct folder_options *o)
{
	struct root r = {0};
	int rc;

	f->state = FOLDER_SCANNING;
	rc = index_open(f->host, o->state, INDEX_CREATE, &f->index);
	if (rc < 0)
		return rc;
	buf_init(&r.id, LIMIT_FOLDER_ID_BYTES);
	rc = folder_own_recall(f);
	if (rc == 0)
		rc = open_root(f, &r, false);
	if (rc == 0 && o->join && folder_halt_joins(f->halt_why))
		rc = join(f, o, &r);
	if (rc == 0 && f->state == FOLDER_SCANNING)
		rc = settle_in(f, &r);
	buf_release(&r.id);
	return rc;
}

/* Is what the user's path leads to still what we hold open? 1, 0, error. */
static int
leads_here(struct folder *f)
{
	struct host_stat st, held;
	int fd, rc = host_open_root(f->host, f->path, 0, &fd);

	if (rc < 0)
		return rc == -ENOTDIR ? 0 : rc;
	rc = host_stat_fd(f->host, fd, &st);
	if (rc == 0)
		rc = host_stat_fd(f->host, f->root, &held);
	host_close(f->host, fd);
	if (rc < 0)
		return rc;
	return st.ino == held.ino && st.dev == held.dev;
}

static int
has_marker(struct folder *f)
{
	int fd, rc;

	rc = host_open_below(f->host, f->root, SPAN_LIT(ROOT_MARKER_DIR), &fd);
	if (rc == -ENOENT || rc == -ENOTDIR || rc == -ELOOP)
		return 0;
	if (rc < 0)
		return rc;
	host_close(f->host, fd);
	return 1;
}

/* Of what could not be looked at nothing is concluded (LESSONS 10). */
int
folder_root_stands(struct folder *f)
{
	int rc = leads_here(f);

	if (rc == -ENOENT) {
		halt_missing(f);
		return 0;
	}
	if (rc == 0)
		halt_replaced(f);
	if (rc <= 0)
		return rc;
	rc = has_marker(f);
	if (rc == 0)
		halt_unmarked(f, FOLDER_HALT_UNMARKED,
		    "its .tutti directory is gone, and perhaps all else with "
		    "it");
	return rc;
}

void
folder_root_close(struct folder *f)
{
	apply_close(&f->place);
	folder_root_unlock(f);
	if (f->root >= 0)
		host_close(f->host, f->root);
}

/* So that a copy made while it ran is told from the one that stopped. */
void
folder_root_stop(struct folder *f)
{
	struct root r = {0};
	int rc;

	buf_init(&r.id, LIMIT_FOLDER_ID_BYTES);
	rc = root_look(f, &r);
	if (rc == 0 && r.known && r.marked)
		rc = root_renew_token(f, &r);
	if (rc == 0)
		rc = folder_own_stop(f);
	if (rc < 0)
		log_warn(f->log, "stop_not_noted", LOG_STR("folder", f->id),
		    LOG_ERR("error", rc));
	buf_release(&r.id);
}
