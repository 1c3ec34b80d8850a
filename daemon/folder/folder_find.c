/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database that is new, or was restored, does not know what lies in
 * quarantine and among the kept versions: it is looked for on start, one
 * directory after another, and taken up. So it is found as content again, and
 * nothing of it is removed before its time (LESSONS 11).
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Found anew when the database is: "1" once all was. */
static const char found_fact[] = "past_found";

/* A job and whose it is. */
struct find_run_of {
	struct folder *folder;
	struct find_job job;
};

static void next(struct folder *f);

/* ---- quarantine ---------------------------------------------------------- */

/* A number as quarantine's files are named, or -1. */
static int64_t
number_of(struct span name)
{
	int64_t n = 0;

	if (name.len == 0 || name.len > 18)
		return -1;
	for (size_t i = 0; i < name.len; i++) {
		if (name.p[i] < '0' || name.p[i] > '9')
			return -1;
		n = n * 10 + (name.p[i] - '0');
	}
	return n;
}

/* Was it written to since it was displaced? That gave it a change time of its
 * own, as a chmod does; only writing gives it the same time twice. */
static bool
is_late_edit(const struct host_stat *st)
{
	return st->kind == KIND_FILE && st->size > 0 &&
	       st->mtime_ns == st->ctime_ns;
}

/* Of unknown content, and changed since it lies here: judging gives it back,
 * as a conflict copy that nobody knows the home of. */
static int
describe_late_edit(
    struct folder *f, const struct host_stat *st, struct index_kept *k)
{
	struct version v = {.path = SPAN_LIT("recovered"),
	    .mtime_ns = st->mtime_ns,
	    .dot = folder_kept_dot(f, k->id)};

	k->since_ns = st->ctime_ns - 1;
	return conflict_path(&v, &k->path);
}

/* Where it came from is not known: it gets a name of its own. */
static int
describe_displaced(
    struct folder *f, const struct find_item *it, struct index_kept *k)
{
	k->content = it->content;
	k->since_ns = host_now_ns(f->host);
	return buf_addf(&k->path, "recovered-%lld", (long long)k->id);
}

static int
take_quarantined(struct folder *f, const struct find_item *it)
{
	struct index_kept k = {.id = number_of(buf_span(&it->name))};
	bool late = is_late_edit(&it->st);
	int rc;

	if (k.id <= 0)
		return 0;
	buf_init(&k.path, LIMIT_PATH_BYTES);
	rc = index_kept_get(f->index, k.id, &k);
	if (rc == ERR_NOTFOUND) {
		rc = late ? describe_late_edit(f, &it->st, &k)
			  : describe_displaced(f, it, &k);
		if (rc == 0)
			rc = index_kept_put(f->index, &k);
		log_warn(f->log, "quarantine_found", LOG_STR("folder", f->id),
		    LOG_INT("file", k.id), LOG_BOOL("edited", late));
	}
	buf_release(&k.path);
	return rc;
}

/* The numbers in quarantine. */
struct numbers {
	int64_t most;
	bool unknown; /* one of them at least */
};

static int
is_known(struct folder *f, int64_t id)
{
	struct index_kept k;
	int rc;

	buf_init(&k.path, LIMIT_PATH_BYTES);
	rc = index_kept_get(f->index, id, &k);
	buf_release(&k.path);
	return rc == ERR_NOTFOUND ? 0 : rc < 0 ? rc : 1;
}

static int
list_numbers(struct folder *f, struct numbers *out)
{
	struct host_list list;
	int rc;

	host_list_init(&list);
	rc = host_list(f->host, f->place.quarantine, &list);
	for (size_t i = 0; rc >= 0 && i < list.v.n; i++) {
		int64_t n = number_of(span_str(host_list_name(&list, i)));

		rc = n > 0 ? is_known(f, n) : 1;
		out->unknown |= rc == 0;
		out->most = n > out->most ? n : out->most;
	}
	host_list_release(&list);
	return rc < 0 ? rc : 0;
}

/* Numbers are not given again: what has one would be in the way. */
static int
skip_numbers(struct folder *f, const struct numbers *numbers)
{
	int rc = index_begin(f->index);

	if (rc == 0)
		rc = index_skip_ids(f->index, numbers->most);
	return folder_batch_end(f, rc);
}

/* ---- kept versions ------------------------------------------------------- */

static int
put_version(struct folder *f, const struct find_item *it, struct index_past *p)
{
	int rc = index_past_taken(f->index, buf_span(&p->path), p->until_ns);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	p->state = PAST_FILE;
	p->kind = it->st.kind;
	p->content = it->content;
	p->size = it->st.kind == KIND_SYMLINK ? 0 : it->st.size;
	p->mtime_ns = it->st.mtime_ns;
	p->bits = it->st.bits & 0777;
	/* When it was kept may be told by a wrong clock: it stays as long as
	 * one that is kept now. */
	p->age_ns = folder_past_age(f);
	rc = buf_add(&p->name, buf_span(&it->name));
	if (rc == 0)
		rc = index_next_id(f->index, &p->id);
	return rc < 0 ? rc : index_past_put(f->index, p);
}

static int
take_version(struct folder *f, const struct find_item *it)
{
	struct index_past p;
	int rc = 0;

	index_past_init(&p);
	if (apply_kept_parse(buf_span(&it->name), &p.path, &p.until_ns))
		rc = put_version(f, it, &p);
	else
		log_info(f->log, "version_of_nobody", LOG_STR("folder", f->id),
		    LOG_PATH("name", buf_span(&it->name)));
	index_past_release(&p);
	return rc;
}

/* ---- one directory after another ----------------------------------------- */

static void
run_find(void *arg)
{
	struct find_run_of *run = arg;

	find_run(&run->job);
}

static void
release_run(struct find_run_of *run)
{
	find_job_release(&run->job);
	free(run);
}

static int
take_found(struct folder *f, const struct find_job *job)
{
	int rc = folder_batch(f);

	for (size_t i = 0; rc == 0 && i < job->items.n; i++)
		rc = job->quarantine ? take_quarantined(f, &job->items.items[i])
				     : take_version(f, &job->items.items[i]);
	for (size_t i = 0; rc == 0 && !job->quarantine && i < job->dirs.v.n;
	     i++)
		rc = path_list_add(&f->find_dirs, path_list_get(&job->dirs, i));
	return rc;
}

static void
find_done(void *arg)
{
	struct find_run_of *run = arg;
	struct folder *f = run->folder;
	int rc;

	f->finding = false;
	if (folder_takes(f)) {
		if (run->job.rc < 0)
			log_warn(f->log, "versions_not_found",
			    LOG_STR("folder", f->id),
			    LOG_ERR("error", run->job.rc));
		rc = take_found(f, &run->job);
		if (rc < 0)
			folder_fail(f, rc, "find versions");
		else
			next(f);
	}
	release_run(run);
	folder_job_done(f);
}

static int
start(struct folder *f, bool quarantine, struct span dir)
{
	struct find_run_of *run = calloc(1, sizeof *run);
	int rc;

	if (run == NULL)
		return -ENOMEM;
	run->folder = f;
	run->job.place = f->place;
	run->job.quarantine = quarantine;
	buf_init(&run->job.dir, INDEX_PAST_NAME_BYTES);
	path_list_init(&run->job.dirs);
	rc = buf_add(&run->job.dir, dir);
	if (rc == 0)
		rc = folder_job(f, run_find, find_done, run);
	if (rc < 0)
		release_run(run);
	f->finding = rc == 0;
	return rc;
}

static void
next(struct folder *f)
{
	int rc;

	if (f->find_from < f->find_dirs.v.n) {
		rc =
		    start(f, false, path_list_get(&f->find_dirs, f->find_from));
		f->find_from++;
	} else {
		path_list_clear(&f->find_dirs);
		f->find_from = 0;
		rc = index_fact_put(f->index, found_fact, SPAN_LIT("1"));
		folder_plan_again(f); /* what waited for it may be here */
		folder_kept_later(f);
		folder_past_later(f, 0);
	}
	if (rc < 0)
		folder_fail(f, rc, "find versions");
}

int
folder_find_again(struct folder *f)
{
	return index_fact_put(f->index, found_fact, SPAN_LIT("0"));
}

/* Quarantine is looked at on any start: a database that was put back to what
 * it was while the last process ran does not know what came since. */
int
folder_find_open(struct folder *f)
{
	struct numbers numbers = {0};
	struct buf value;
	bool found;
	int rc;

	buf_init(&value, 8);
	rc = index_fact_get(f->index, found_fact, &value);
	found = span_equal(buf_span(&value), SPAN_LIT("1"));
	buf_release(&value);
	if (rc == 0 || rc == ERR_NOTFOUND)
		rc = list_numbers(f, &numbers);
	if (rc < 0 || (found && !numbers.unknown))
		return rc;
	rc = skip_numbers(f, &numbers);
	/* The root of the versions, after quarantine. */
	if (rc == 0 && !found)
		rc = path_list_add(&f->find_dirs, span_of(NULL, 0));
	return rc < 0 ? rc : start(f, true, span_of(NULL, 0));
}
