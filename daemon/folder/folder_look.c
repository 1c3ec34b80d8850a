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

bool
folder_looking(const struct folder *f)
{
	return f->dirty != NULL || f->looks > 0 ||
	       f->vanished_from < f->vanished.v.n;
}

/* ---- what a look is to see ----------------------------------------------- */

static struct span
path_of(const struct dirty *d)
{
	return span_of(d->path, d->len);
}

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

/* And what base's version says of metadata: of whom nobody knows here the disk
 * cannot tell. */
static int
know_meta(struct folder *f, struct scan_dir *dir, const struct entry *e,
    struct index_child *child)
{
	struct span meta = {NULL, 0};

	if (e->base.version != NULL)
		meta = e->base.version->meta;
	child->told = f->metadata != 0;
	child->meta_at = (uint32_t)dir->known.names.len;
	child->meta_len = (uint32_t)meta.len;
	return child->told ? buf_add(&dir->known.names, meta) : 0;
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
	if (rc < 0 || child.disk.kind == KIND_NONE) {
		entry_release(&e);
		return rc;
	}
	rc = buf_add(&dir->known.names, span_of(name.p, name.len));
	if (rc == 0)
		rc = buf_add(&dir->known.names, span_of("", 1));
	if (rc == 0)
		rc = know_meta(f, dir, &e, &child);
	entry_release(&e);
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
	if (*out != NULL || folder_dirty_find(f->looking, dir) != NULL ||
	    job->dirs.n >= JOB_DIRS)
		return 0;
	rc = scan_job_add(job, dir, out);
	if (rc == 0 && folder_dirty_add(&f->looking, dir) == NULL)
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
	folder_dirty_find(f->looking, path_of(d))->deep |= d->deep;
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
		folder_dirty_drop(&f->dirty, d);
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
		struct dirty *d =
		    folder_dirty_find(f->looking, buf_span(&it->path));

		if (d != NULL)
			folder_dirty_drop(&f->looking, d);
	}
	scan_job_release(&k->job);
	free(k);
}

/* ---- the job ------------------------------------------------------------- */

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
		rc = folder_look_take(f, &k->job, k->seq);
		if (rc < 0)
			folder_fail(f, rc, "take a look");
	}
	if (f->looks == 0)
		folder_touched_forget(f);
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
	k->job.metadata = f->metadata;
	k->job.first = f->first_look;
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

/* ---- the turn ------------------------------------------------------------ */

static void
tell_scanned(struct folder *f)
{
	if (f->first_look) {
		f->first_look = false;
		f->state = FOLDER_RUNNING;
		log_info(f->log, "folder_looked_at", LOG_STR("folder", f->id));
		folder_plan_again(f);
		folder_tell(f);
	}
	folder_tell_scanned(f);
}

void
folder_look_step(struct folder *f)
{
	int rc = f->rules_stale ? folder_rules_changed(f) : 0;

	if (rc == 0)
		rc = folder_vanished_step(f);
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
		folder_dirty_drop(&f->dirty, d);
	HASH_ITER (hh, f->looking, d, next)
		folder_dirty_drop(&f->looking, d);
	folder_touched_forget(f);
}
