/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/path.h"

/* A look under way: the job, and whose it is. */
struct look {
	struct folder *folder;
	uint64_t seq;
	struct scan_job job;
};

/* ---- what is to be looked at --------------------------------------------- */

static struct dirty *
find(struct dirty *table, struct span path)
{
	struct dirty *d;

	HASH_FIND(hh, table, path.len > 0 ? path.p : (const uint8_t *)"",
	    path.len, d);
	return d;
}

static struct dirty *
add(struct dirty **table, struct span path)
{
	struct dirty *d = calloc(1, sizeof *d + path.len + 1);

	if (d == NULL)
		return NULL;
	d->len = path.len;
	if (path.len > 0)
		memcpy(d->path, path.p, path.len);
	HASH_ADD_KEYPTR(hh, *table, d->path, d->len, d);
	return d;
}

static void
drop(struct dirty **table, struct dirty *d)
{
	HASH_DEL(*table, d);
	free(d);
}

static struct span
path_of(const struct dirty *d)
{
	return span_of(d->path, d->len);
}

/* Finds or adds what is noted of a path; NULL without memory. */
static struct dirty *
note(struct folder *f, struct span path)
{
	struct dirty *d = find(f->dirty, path);

	folder_arm(f);
	return d != NULL ? d : add(&f->dirty, path);
}

int
folder_dirty(struct folder *f, struct span path, bool whole, bool force)
{
	struct dirty *d = note(f, path);

	if (d == NULL)
		return -ENOMEM;
	d->whole |= whole;
	d->deep |= whole;
	d->self |= !whole;
	d->force |= force;
	return 0;
}

int
folder_look_into(struct folder *f, struct span path)
{
	struct dirty *d = note(f, path);

	if (d == NULL)
		return -ENOMEM;
	d->whole = true;
	return 0;
}

void
folder_look_at(struct folder *f, struct span path, bool whole, bool force)
{
	int rc = folder_dirty(f, path, whole, force);

	if (rc < 0)
		folder_fail(f, rc, "look");
}

bool
folder_will_hash(const struct folder *f, struct span path)
{
	const struct dirty *d = find(f->dirty, path);

	return d != NULL && d->force;
}

bool
folder_looking(const struct folder *f)
{
	return f->dirty != NULL || f->looks > 0 ||
	       f->vanished_from < f->vanished.v.n;
}

/* Joins dir and name into path. */
static int
join(struct buf *path, struct span dir, struct span name)
{
	int rc = buf_add(path, dir);

	if (rc == 0 && dir.len > 0 && name.len > 0)
		rc = buf_add(path, SPAN_LIT("/"));
	return rc < 0 ? rc : buf_add(path, name);
}

static void
look_at_event(
    struct folder *f, struct span path, const struct watch_event *event)
{
	struct work *w = folder_work(f, path);

	if (w != NULL && (w->applying || w->guard)) {
		w->again = true;
		w->again_force |=
		    event->what == WATCH_CLOSED || event->what == WATCH_WRITING;
	} else if (event->what == WATCH_WRITING) {
		folder_trouble(f, path, ERR_BUSY, true, true);
	} else {
		folder_look_at(f, path, false, event->what == WATCH_CLOSED);
		/* A directory that came, or lost its watch. */
		if ((event->name.len == 0 || event->what == WATCH_DIR) &&
		    folder_look_into(f, path) < 0)
			folder_fail(f, -ENOMEM, "look");
	}
}

void
folder_watched(void *folder, const struct watch_event *event)
{
	struct folder *f = folder;
	struct buf path;

	if (!folder_live(f))
		return;
	if (event->what == WATCH_LOST) {
		folder_look_at(f, span_of(NULL, 0), true, false);
		return;
	}
	buf_init(&path, LIMIT_PATH_BYTES);
	if (join(&path, event->dir, event->name) == 0 &&
	    (path.len == 0 || path_valid(buf_span(&path))))
		look_at_event(f, buf_span(&path), event);
	buf_release(&path);
}

/* ---- looks that are older than what we did ------------------------------- */

static struct touched *
find_touched(struct folder *f, struct span path)
{
	struct touched *t;

	HASH_FIND(hh, f->touched, path.p, path.len, t);
	return t;
}

int
folder_touched(struct folder *f, struct span path)
{
	struct touched *t;

	if (f->looks == 0 || path.len == 0)
		return 0;
	t = find_touched(f, path);
	if (t == NULL) {
		t = calloc(1, sizeof *t + path.len + 1);
		if (t == NULL)
			return -ENOMEM;
		t->len = path.len;
		memcpy(t->path, path.p, path.len);
		HASH_ADD_KEYPTR(hh, f->touched, t->path, t->len, t);
	}
	t->seq = f->look_seq + 1;
	return 0;
}

static void
forget_touched(struct folder *f)
{
	struct touched *t, *next;

	HASH_ITER (hh, f->touched, t, next) {
		HASH_DEL(f->touched, t);
		free(t);
	}
}

/* ---- jobs ---------------------------------------------------------------- */

/* Opens and watches a directory before it is looked at, so that no change
 * falls between the two. */
static int
watch_dir(struct folder *f, struct span path)
{
	int fd, rc;

	rc = host_open_below(f->host, f->root, path, &fd);
	if (rc < 0)
		return 0; /* gone; the look will say so */
	rc = watch_add(f->watch, fd, path);
	if (rc == -ENOSPC && f->rescan_ns - host_mono_ns(f->host) >
				 RESCAN_UNWATCHED_MS * NS_PER_MS) {
		f->rescan_ns =
		    host_mono_ns(f->host) + RESCAN_UNWATCHED_MS * NS_PER_MS;
		folder_alarm(f, f->rescan_ns);
	}
	rc = folder_rules_of(f, fd, path);
	host_close(f->host, fd);
	return rc;
}

static struct scan_dir *
find_dir(struct scan_job *job, struct span path)
{
	VEC_EACH (&job->dirs, it)
		if (span_equal(buf_span(&it->path), path))
			return it;
	return NULL;
}

/* What the last look saw at one name, into the directory's known. */
static int
know_name(struct folder *f, struct scan_dir *dir, struct span path)
{
	struct span name = path_name(path);
	struct index_child child = {
	    .at = (uint32_t)dir->known.names.len, .len = (uint16_t)name.len};
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	child.disk = e.disk;
	child.force = folder_cut_doubts(f, &e);
	entry_release(&e);
	if (rc < 0 || child.disk.kind == KIND_NONE)
		return rc;
	rc = buf_add(&dir->known.names, span_of(name.p, name.len));
	if (rc == 0)
		rc = buf_add(&dir->known.names, span_of("", 1));
	return rc < 0 ? rc : VEC_PUSH(&dir->known.v, child);
}

static int
by_name(const void *a, const void *b, void *names)
{
	const struct index_child *x = a, *y = b;
	const struct buf *n = names;

	return strcmp((char *)n->p + x->at, (char *)n->p + y->at);
}

/* The job's entry for a directory; NULL when it has to wait: another job
 * looks at that directory, or this one is full. */
static int
job_dir(struct folder *f, struct scan_job *job, struct span dir,
    struct scan_dir **out)
{
	int rc;

	*out = find_dir(job, dir);
	if (*out != NULL || find(f->looking, dir) != NULL ||
	    job->dirs.n >= JOB_DIRS)
		return 0;
	rc = scan_job_add(job, dir, out);
	if (rc == 0 && add(&f->looking, dir) == NULL)
		rc = -ENOMEM;
	return rc < 0 ? rc : watch_dir(f, dir);
}

/* One name, in its directory. 1 when it was taken. */
static int
add_self(struct folder *f, struct scan_job *job, struct dirty *d)
{
	struct span path = path_of(d);
	struct scan_dir *sd;
	int rc = job_dir(f, job, path_parent(path), &sd);

	if (rc < 0 || sd == NULL)
		return rc;
	sd->force |= d->force;
	if (sd->whole)
		return 1;
	rc = path_list_add(&sd->names, path_name(path));
	if (rc == 0)
		rc = know_name(f, sd, path);
	return rc < 0 ? rc : 1;
}

/* A directory and, by what it finds, all below. 1 when it was taken. */
static int
add_whole(struct folder *f, struct scan_job *job, struct dirty *d)
{
	struct scan_dir *sd;
	int rc = job_dir(f, job, path_of(d), &sd);

	if (rc < 0 || sd == NULL)
		return rc;
	sd->whole = true;
	find(f->looking, path_of(d))->deep |= d->deep;
	index_children_release(&sd->known);
	index_children_init(&sd->known);
	rc = index_children(f->index, path_of(d), &sd->known);
	if (rc == 0)
		rc = folder_cut_children(f, path_of(d), &sd->known);
	return rc < 0 ? rc : 1;
}

/* Takes off a dirty path what the job has room for. */
static int
add_dirty(struct folder *f, struct scan_job *job, struct dirty *d)
{
	int rc;

	if (d->self && d->len > 0) {
		rc = add_self(f, job, d);
		if (rc < 0)
			return rc;
		d->self = rc == 0;
	} else {
		d->self = false;
	}
	if (d->whole) {
		rc = add_whole(f, job, d);
		if (rc < 0)
			return rc;
		d->whole = rc == 0;
		d->deep &= d->whole;
	}
	if (!d->self && !d->whole)
		drop(&f->dirty, d);
	return 0;
}

/* What a job costs, about: the names it is to look at. */
static size_t
weigh(const struct scan_job *job)
{
	size_t names = 0;

	VEC_EACH (&job->dirs, it)
		names += it->known.v.n + it->names.v.n + 8;
	return names;
}

static int
fill(struct folder *f, struct scan_job *job)
{
	struct dirty *d, *next;
	int rc = 0;

	HASH_ITER (hh, f->dirty, d, next) {
		rc = add_dirty(f, job, d);
		if (rc < 0)
			return rc;
		if (weigh(job) >= JOB_NAMES || job->dirs.n >= JOB_DIRS)
			break;
	}
	VEC_EACH (&job->dirs, it) {
		if (!it->whole && it->known.v.n > 1)
			qsort_r(it->known.v.items, it->known.v.n,
			    sizeof *it->known.v.items, by_name,
			    &it->known.names);
	}
	return 0;
}

static void
free_look(struct look *k)
{
	struct folder *f = k->folder;

	VEC_EACH (&k->job.dirs, it) {
		struct dirty *d = find(f->looking, buf_span(&it->path));

		if (d != NULL)
			drop(&f->looking, d);
	}
	scan_job_release(&k->job);
	free(k);
}

/* ---- results ------------------------------------------------------------- */

/*
 * Was the directory of this path heard of? A child that comes first would make
 * it one that is alive by its children alone, of whose bits nobody has a
 * version: then both are looked at again, it first. 1, 0, error.
 */
static int
parent_is_known(struct folder *f, struct span path)
{
	struct span dir = path_parent(path);
	struct entry e;
	int rc, known;

	if (dir.len == 0)
		return 1;
	entry_init(&e);
	rc = index_load(f->index, dir, &e);
	known = e.disk.kind == KIND_DIR;
	entry_release(&e);
	if (rc < 0 || known)
		return rc < 0 ? rc : 1;
	rc = folder_dirty(f, dir, false, false);
	return rc < 0 ? rc : folder_dirty(f, path, false, true);
}

static int
take_result(struct folder *f, struct scan_result *r, uint64_t seq)
{
	struct span path = buf_span(&r->path);
	struct touched *t = find_touched(f, path);
	struct work *w = folder_work(f, path);
	int rc;

	if (w != NULL && (w->applying || w->guard)) {
		w->again = true;
		/* That the source of a move is gone is our own doing. */
		w->again_force |= w->applying || r->now.kind != KIND_NONE;
		return 0;
	}
	if (t != NULL && t->seq > seq)
		return folder_dirty(f, path, false, true);
	if (r->rc < 0) {
		folder_trouble(f, path, r->rc, true, r->rc == ERR_BUSY);
		return 0;
	}
	rc = r->now.kind == KIND_NONE ? 1 : parent_is_known(f, path);
	if (rc <= 0)
		return rc;
	if (r->chunks.v.n > 0) {
		rc = index_chunks_put(f->index, &r->now.content, &r->chunks);
		if (rc < 0)
			return rc;
	}
	folder_trouble_over(f, path);
	rc = r->now.kind == KIND_FILE
		 ? folder_notes_changed(f, path, r->now.ino)
		 : 0;
	return rc < 0 ? rc
		      : folder_observe(f, path, &r->now, buf_span(&r->target));
}

/* A directory that is not there: its parent's look says what is. If that was
 * heard already, then what the index still shows below it went as well. */
static int
take_gone_dir(struct folder *f, struct span dir)
{
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, dir, &e);
	if (rc == 0 && e.disk.kind != KIND_DIR && e.disk.kind != KIND_OPAQUE)
		rc = path_list_add(&f->vanished, dir);
	entry_release(&e);
	return rc;
}

static int
take_dir(struct folder *f, const struct scan_dir *dir)
{
	if (dir->rc == 0) {
		/* A look at some names is none at those that failed before. */
		if (dir->whole)
			folder_trouble_dir_over(f, buf_span(&dir->path));
		return 0;
	}
	if (dir->rc == -ENOENT || dir->rc == -ENOTDIR || dir->rc == -ELOOP)
		return take_gone_dir(f, buf_span(&dir->path));
	folder_trouble_dir(f, buf_span(&dir->path), dir->rc);
	return 0;
}

/* A directory that was found in one that was looked at. */
static int
take_subdir(struct folder *f, struct span path, bool same)
{
	const struct dirty *parent = find(f->looking, path_parent(path));

	if (parent != NULL && parent->deep)
		return folder_dirty(f, path, true, false);
	return same && watch_has(f->watch, path) ? 0
						 : folder_look_into(f, path);
}

static int
take_look(struct folder *f, struct look *k)
{
	const struct path_list *same = &k->job.same_subdirs;
	int rc = k->job.rc < 0 ? k->job.rc : folder_batch(f);

	if (rc == 0)
		rc = folder_notes_take(f, &k->job);
	for (size_t i = 0; rc == 0 && i < k->job.results.n; i++)
		rc = take_result(f, &k->job.results.items[i], k->seq);
	for (size_t i = 0; rc == 0 && i < k->job.subdirs.v.n; i++)
		rc = take_subdir(f, path_list_get(&k->job.subdirs, i), false);
	for (size_t i = 0; rc == 0 && i < same->v.n; i++)
		rc = take_subdir(f, path_list_get(same, i), true);
	for (size_t i = 0; rc == 0 && i < k->job.dirs.n; i++)
		rc = take_dir(f, &k->job.dirs.items[i]);
	return rc;
}

static void
run_look(void *arg)
{
	struct look *k = arg;

	scan_run(&k->job);
}

static void
look_done(void *arg)
{
	struct look *k = arg;
	struct folder *f = k->folder;
	int rc;

	f->looks--;
	if (folder_live(f)) {
		rc = take_look(f, k);
		if (rc < 0)
			folder_fail(f, rc, "take a look");
	}
	if (f->looks == 0)
		forget_touched(f);
	free_look(k);
	folder_job_done(f);
}

static int
start_look(struct folder *f)
{
	struct look *k = calloc(1, sizeof *k);
	int rc;

	if (k == NULL)
		return -ENOMEM;
	k->folder = f;
	k->seq = ++f->look_seq;
	scan_job_init(&k->job, f->host, f->root);
	k->job.dev = f->dev;
	rc = fill(f, &k->job);
	k->job.rules = ignore_ref(f->rules);
	if (rc < 0 || k->job.dirs.n == 0) {
		free_look(k);
		return rc < 0 ? rc : 1;
	}
	rc = folder_job(f, run_look, look_done, k);
	if (rc < 0)
		free_look(k);
	else
		f->looks++;
	return rc;
}

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

/* A directory went, so what was in it did. */
static int
take_vanished(struct folder *f)
{
	static const struct observation absent = {.kind = KIND_NONE};
	struct span dir = path_list_get(&f->vanished, f->vanished_from);
	struct index_children children;
	struct work *w;
	struct buf path;
	int rc, sure;

	index_children_init(&children);
	buf_init(&path, LIMIT_PATH_BYTES);
	sure = is_replaced(f, dir);
	rc = sure < 0 ? sure : buf_add(&path, dir); /* the list may move */
	if (rc == 0)
		rc = index_children(f->index, dir, &children);
	for (size_t i = 0; rc == 0 && i < children.v.n; i++) {
		const struct index_child *c = &children.v.items[i];
		size_t len = path.len;

		rc = buf_add(&path, SPAN_LIT("/"));
		if (rc == 0)
			rc = buf_add(
			    &path, span_of(children.names.p + c->at, c->len));
		w = rc == 0 ? folder_work(f, buf_span(&path)) : NULL;
		if (w != NULL)
			w->again = true;
		else if (rc == 0)
			rc = folder_observe(
			    f, buf_span(&path), &absent, span_of(NULL, 0));
		if (rc == 0)
			rc = folder_touched(f, buf_span(&path));
		if (rc == 0 && sure)
			rc = folder_rest_believe(f, buf_span(&path));
		path.len = len;
	}
	buf_release(&path);
	index_children_release(&children);
	f->vanished_from++;
	return rc;
}

static void
tell_scanned(struct folder *f)
{
	size_t n = f->scan_waiters.n;

	if (f->first_look) {
		f->first_look = false;
		f->state = FOLDER_RUNNING;
		log_info(f->log, "folder_looked_at", LOG_STR("folder", f->id));
		folder_plan_again(f);
		folder_tell(f);
	}
	for (size_t i = 0; i < n; i++)
		f->scan_waiters.items[i].cb(f->scan_waiters.items[i].arg);
	if (n == 0)
		return;
	folder_tell(f);
	memmove(f->scan_waiters.items, f->scan_waiters.items + n,
	    (f->scan_waiters.n - n) * sizeof *f->scan_waiters.items);
	f->scan_waiters.n -= n;
}

void
folder_look_step(struct folder *f)
{
	int rc = f->rules_stale ? folder_rules_changed(f) : 0;

	for (int i = 0; rc == 0 && i < 64 && f->vanished_from < f->vanished.v.n;
	     i++) {
		rc = folder_batch(f);
		if (rc == 0)
			rc = take_vanished(f);
		if (rc < 0)
			break;
	}
	if (f->vanished_from == f->vanished.v.n) {
		path_list_clear(&f->vanished);
		f->vanished_from = 0;
	} else {
		folder_arm(f);
	}
	while (rc == 0 && f->dirty != NULL && f->looks < JOBS_LOOKING)
		rc = start_look(f);
	if (rc < 0)
		folder_fail(f, rc, "look");
	else if (!folder_looking(f))
		tell_scanned(f);
}

void
folder_look_release(struct folder *f)
{
	struct dirty *d, *next;

	HASH_ITER (hh, f->dirty, d, next)
		drop(&f->dirty, d);
	HASH_ITER (hh, f->looking, d, next)
		drop(&f->looking, d);
	forget_touched(f);
}
