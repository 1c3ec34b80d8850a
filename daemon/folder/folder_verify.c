/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything is read again, in small jobs with as long a rest after each, so
 * that whoever works on the machine hardly notices.
 *
 * What rotted is noted as base's version seen so, with that version as intent:
 * so it is no change of the user's, and planning brings the content here like
 * any other that is wanted, through stops and when a peer comes back. The
 * rotten file goes to quarantine, as whatever is displaced.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAGE_PATHS = 512,
	JOB_READ_FILES = 64,
	JOB_READ_BYTES = 8 << 20, /* or one larger file */
	REST_MAX_MS = 2000,
	ROTTEN_MAX = 10000, /* that are remembered by name */
};

struct rotten {
	char *path;
	struct name content; /* that it had */
	bool versioned; /* somebody else may have that content */
	bool healed;
};

struct verify {
	struct folder *folder;
	enum folder_verify_state state;
	struct host_timer *rest;
	struct path_list page; /* paths, of which those from on are next */
	size_t from;
	struct buf after; /* the last path of the last page */
	bool last_page;
	uint64_t files, bytes, unsure;
	VEC(struct rotten) rotten;
};

/* A job: some files. */
struct reading {
	struct verify *verify;
	const struct host *host;
	int root;
	int64_t took_ns;
	VEC(struct scan_again) items;
};

static void
release_reading(struct reading *r)
{
	VEC_EACH (&r->items, it) {
		buf_release(&it->path);
		chunks_release(&it->chunks);
	}
	VEC_RELEASE(&r->items);
	free(r);
}

/* ---- what is read -------------------------------------------------------- */

/* The next path; an empty one at the end. */
static int
next_path(struct verify *v, struct span *out)
{
	struct folder *f = v->folder;
	int rc = 0;

	*out = span_of(NULL, 0);
	if (v->from == v->page.v.n && !v->last_page) {
		path_list_clear(&v->page);
		v->from = 0;
		rc = index_paths_below(f->index, span_of(NULL, 0),
		    buf_span(&v->after), PAGE_PATHS, &v->page);
		v->last_page = rc < 0 || v->page.v.n < PAGE_PATHS;
		buf_clear(&v->after);
		if (rc == 0 && v->page.v.n > 0)
			rc = buf_add(&v->after,
			    path_list_get(&v->page, v->page.v.n - 1));
	}
	if (rc == 0 && v->from < v->page.v.n)
		*out = path_list_get(&v->page, v->from++);
	return rc;
}

/* Adds a path, if it is one of a file that can have rotted. */
static int
add(struct reading *r, struct span path, uint64_t *bytes)
{
	struct folder *f = r->verify->folder;
	struct scan_again item = {0};
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	item.known = e.disk;
	entry_release(&e);
	if (rc < 0 || item.known.kind != KIND_FILE || item.known.size == 0 ||
	    ignore_match(f->rules, path, false))
		return rc;
	buf_init(&item.path, LIMIT_PATH_BYTES);
	chunks_init(&item.chunks);
	rc = buf_add(&item.path, path);
	if (rc == 0)
		rc = VEC_PUSH(&r->items, item);
	if (rc < 0)
		buf_release(&item.path);
	*bytes += item.known.size;
	return rc;
}

/* 1 when there is nothing more to read. */
static int
fill(struct reading *r)
{
	uint64_t bytes = 0;
	struct span path;
	int rc = 0;

	while (
	    rc == 0 && r->items.n < JOB_READ_FILES && bytes < JOB_READ_BYTES) {
		rc = next_path(r->verify, &path);
		if (rc == 0 && path.len == 0)
			return r->items.n == 0;
		if (rc == 0)
			rc = add(r, path, &bytes);
	}
	return rc;
}

static void
run_reading(void *arg)
{
	struct reading *r = arg;
	int64_t begin = host_mono_ns(r->host);

	VEC_EACH (&r->items, it)
		if (scan_verify(r->host, r->root, it) < 0)
			it->verdict = SCAN_UNSURE;
	r->took_ns = host_mono_ns(r->host) - begin;
}

/* ---- what was found ------------------------------------------------------ */

static int
remember(struct verify *v, const struct scan_again *it, bool versioned)
{
	struct rotten r = {
	    .content = it->known.content, .versioned = versioned};
	int rc;

	if (v->rotten.n >= ROTTEN_MAX)
		return 0;
	r.path = strndup((const char *)it->path.p, it->path.len);
	rc = r.path == NULL ? -ENOMEM : VEC_PUSH(&v->rotten, r);
	if (rc < 0)
		free(r.path);
	return rc;
}

/* Is nothing on its way at the path, so that what was read is what stands? */
static bool
at_rest(struct folder *f, const struct entry *e, const struct scan_again *it)
{
	return e->disk.kind == KIND_FILE &&
	       observation_unmoved(&e->disk, &it->known) &&
	       name_equal(&e->disk.content, &it->known.content) &&
	       folder_work(f, entry_path(e)) == NULL;
}

/* Lets the content that the entry's version has come here again. */
static int
begin_healing(struct folder *f, struct entry *e, const struct scan_again *it)
{
	struct version *copy;
	int rc = version_copy(e->base.version, &copy);

	if (rc < 0)
		return rc;
	version_free(e->intent.version);
	e->intent = (struct agreement){.present = true, .version = copy};
	e->disk.content = e->base.seen.content = it->content;
	/* Of a large one the chunks that are well need not come. */
	if (it->chunks.v.n > 0)
		rc = index_chunks_put(f->index, &it->content, &it->chunks);
	if (rc == 0)
		rc = index_store(f->index, e, 0);
	folder_plan_again(f);
	return rc;
}

static int
take_rotten(struct verify *v, const struct scan_again *it)
{
	struct folder *f = v->folder;
	struct entry e;
	bool versioned;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, buf_span(&it->path), &e);
	if (rc < 0 || !at_rest(f, &e, it)) {
		v->unsure += rc == 0;
		goto out;
	}
	/* What was changed here and has no version, nobody else has. */
	versioned = entry_settled(&e) && e.base.version != NULL;
	log_err(f->log, "file_rotten", LOG_STR("folder", f->id),
	    LOG_PATH("path", buf_span(&it->path)),
	    LOG_BOOL("heals", versioned));
	rc = remember(v, it, versioned);
	if (rc == 0 && versioned)
		rc = begin_healing(f, &e, it);
out:
	entry_release(&e);
	return rc;
}

static int
take_item(struct verify *v, const struct scan_again *it)
{
	struct folder *f = v->folder;

	v->files++;
	v->bytes += it->known.size;
	switch (it->verdict) {
	case SCAN_SOUND:
		return 0;
	case SCAN_ROTTEN:
		return take_rotten(v, it);
	case SCAN_CHANGED:
		/* Times tell. What they do not tell of may be rot. */
		return folder_dirty(f, buf_span(&it->path), false, false);
	case SCAN_UNSURE:
		log_warn(f->log, "file_not_verified", LOG_STR("folder", f->id),
		    LOG_PATH("path", buf_span(&it->path)),
		    LOG_ERR("error", it->rc < 0 ? it->rc : ERR_BUSY));
		v->unsure++;
		return 0;
	}
	return 0;
}

static void
rest(struct verify *v, int64_t ns)
{
	int64_t ms = ns / NS_PER_MS;

	host_timer_start(v->folder->host, v->rest,
	    (uint64_t)(ms < REST_MAX_MS ? ms : REST_MAX_MS));
}

static void
reading_done(void *arg)
{
	struct reading *r = arg;
	struct verify *v = r->verify;
	struct folder *f = v->folder;
	int rc = 0;

	if (folder_live(f)) {
		rc = folder_batch(f);
		for (size_t i = 0; rc == 0 && i < r->items.n; i++)
			rc = take_item(v, &r->items.items[i]);
		if (rc < 0)
			folder_fail(f, rc, "verify");
	}
	if (folder_live(f))
		rest(v, r->took_ns);
	else
		v->state = FOLDER_VERIFY_NONE; /* halted, say, meanwhile */
	release_reading(r);
	folder_tell(f);
	folder_job_done(f);
}

/* Reads on, after a rest. */
static void
go_on(void *arg)
{
	struct verify *v = arg;
	struct folder *f = v->folder;
	struct reading *r;
	int rc;

	if (v->state != FOLDER_VERIFY_READING || !folder_live(f)) {
		v->state = FOLDER_VERIFY_NONE; /* halted meanwhile */
		return;
	}
	r = calloc(1, sizeof *r);
	rc = r == NULL ? -ENOMEM : 0;
	if (rc == 0) {
		r->verify = v;
		r->host = f->host;
		r->root = f->root;
		rc = fill(r);
	}
	if (rc == 0)
		rc = folder_job(f, run_reading, reading_done, r);
	if (rc == 0)
		return;
	if (r != NULL)
		release_reading(r);
	if (rc < 0)
		folder_fail(f, rc, "verify");
	else
		v->state = FOLDER_VERIFY_HEALING;
	folder_tell(f);
}

/* ---- healing ------------------------------------------------------------- */

/* Does the path show the content again, or does nobody want it any more? */
static int
is_healed(struct folder *f, const struct rotten *r)
{
	const struct version *want;
	struct entry e;
	bool derived;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, span_str(r->path), &e);
	want = rc == 0 ? entry_wanted(&e, &derived) : NULL;
	if (rc == 0 && want != NULL && want->kind == KIND_FILE &&
	    name_equal(&want->content, &r->content))
		rc = !e.intent.present &&
		     name_equal(&e.disk.content, &r->content);
	else if (rc == 0)
		rc = e.disk.kind == KIND_NONE || want != NULL;
	entry_release(&e);
	return rc;
}

static size_t
look_at_rotten(struct verify *v)
{
	size_t healed = 0;

	VEC_EACH (&v->rotten, r) {
		if (!r->healed && r->versioned && is_healed(v->folder, r) > 0) {
			r->healed = true;
			log_info(v->folder->log, "file_healed",
			    LOG_STR("folder", v->folder->id),
			    LOG_STR("path", r->path));
		}
		healed += r->healed;
	}
	return healed;
}

void
folder_verify_step(struct folder *f)
{
	struct verify *v = f->verify;
	size_t healed;

	if (v == NULL || v->state != FOLDER_VERIFY_HEALING || !folder_live(f))
		return;
	healed = look_at_rotten(v);
	if (healed < v->rotten.n && !folder_quiet(f))
		return;
	v->state = FOLDER_VERIFY_DONE;
	log_info(f->log, "verified", LOG_STR("folder", f->id),
	    LOG_UINT("files", v->files), LOG_UINT("rotten", v->rotten.n),
	    LOG_UINT("healed", healed), LOG_UINT("unsure", v->unsure));
	folder_tell(f);
}

/* ---- control ------------------------------------------------------------- */

void
folder_verify_release(struct folder *f)
{
	struct verify *v = f->verify;

	if (v == NULL)
		return;
	host_timer_free(f->host, v->rest);
	path_list_release(&v->page);
	buf_release(&v->after);
	VEC_EACH (&v->rotten, r)
		free(r->path);
	VEC_RELEASE(&v->rotten);
	free(v);
	f->verify = NULL;
}

int
folder_verify(struct folder *f)
{
	struct verify *v = f->verify;
	int rc;

	if (f->state == FOLDER_HALTED)
		return ERR_HALTED;
	if (f->state != FOLDER_RUNNING || f->fresh)
		return ERR_BUSY;
	if (v != NULL && (v->state == FOLDER_VERIFY_READING ||
			     v->state == FOLDER_VERIFY_HEALING))
		return 0;
	folder_verify_release(f);
	v = calloc(1, sizeof *v);
	if (v == NULL)
		return -ENOMEM;
	v->folder = f;
	v->state = FOLDER_VERIFY_READING;
	path_list_init(&v->page);
	buf_init(&v->after, LIMIT_PATH_BYTES);
	f->verify = v;
	rc = host_timer_new(f->host, go_on, v, &v->rest);
	if (rc < 0) {
		folder_verify_release(f);
		return rc;
	}
	rest(v, 0);
	return 0;
}

void
folder_verify_status(struct folder *f, struct folder_verify_status *out)
{
	struct verify *v = f->verify;
	struct index_figures figures;

	*out = (struct folder_verify_status){.state = FOLDER_VERIFY_NONE};
	if (v == NULL || f->state == FOLDER_FAILED)
		return;
	index_figures(f->index, &figures);
	out->state = v->state;
	out->files = v->files;
	out->bytes = v->bytes;
	out->total_bytes = figures.bytes;
	out->unsure = v->unsure;
	out->rotten = v->rotten.n;
	out->healed = look_at_rotten(v);
}

bool
folder_verify_rotten(struct folder *f, size_t i, struct folder_rotten *out)
{
	struct verify *v = f->verify;

	if (v == NULL || i >= v->rotten.n)
		return false;
	out->path = v->rotten.items[i].path;
	out->healed = v->rotten.items[i].healed;
	return true;
}
