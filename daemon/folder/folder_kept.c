/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came out of users' names rests in quarantine for a grace time. Then,
 * if nobody has it open for writing and it still is the content that was
 * displaced, it goes; that content was superseded, or has its copy, or the
 * file would not have been displaced. Anything else stays, and is said.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/path.h"

#define GRACE_NS (INT64_C(60) * 1000 * NS_PER_MS)
#define LOOK_NS (INT64_C(15) * 1000 * NS_PER_MS)
/* Files judged by one job. */
#define JUDGE_STEP 256

/* One file in quarantine. */
struct judged {
	int64_t id;
	struct name content; /* when it was displaced */
	struct buf path; /* where it came from; then where it returned to */
	struct dot dot; /* for the name of a copy */
	bool returned;
	int rc; /* 0: it went; ERR_BUSY: open; ERR_CHANGED: another content */
};

struct judge {
	struct folder *folder;
	struct apply_place place;
	VEC(struct judged) files;
};

static void
release(struct judge *j)
{
	VEC_EACH (&j->files, k)
		buf_release(&k->path);
	VEC_RELEASE(&j->files);
	free(j);
}

static int
judge_open(const struct apply_place *place, int fd, const struct name *content)
{
	struct chunk_list list;
	struct host_stat st;
	struct name name;
	int rc;

	if (place->leases) {
		rc = host_lease(place->host, fd, HOST_LEASE_WRITE);
		if (rc == -EAGAIN)
			return ERR_BUSY;
	}
	rc = host_stat_fd(place->host, fd, &st);
	if (rc < 0)
		return rc;
	/* Another name of the user's holds it: nothing is lost with ours. */
	if (st.links > 1)
		return 0;
	chunks_init(&list);
	rc = scan_hash(place->host, fd, st.size, &list, &name);
	chunks_release(&list);
	if (rc == 0 && !name_equal(&name, content))
		rc = ERR_CHANGED;
	return rc;
}

/* Gives it the name, if that is free. */
static int
give_name(
    const struct apply_place *place, const struct judged *k, const char *from)
{
	struct span path = buf_span(&k->path), last = path_name(path);
	char name[LIMIT_NAME_BYTES + 1];
	int dir, rc;

	memcpy(name, last.p, last.len);
	name[last.len] = 0;
	rc = host_open_below(place->host, place->root, path_parent(path), &dir);
	if (rc < 0)
		return rc;
	rc = host_rename(
	    place->host, place->quarantine, from, dir, name, HOST_NOREPLACE);
	if (rc == 0)
		rc = host_sync(place->host, dir);
	host_close(place->host, dir);
	return rc;
}

/* The same name one directory further up: its own is gone, or is none. */
static int
go_up(struct judged *k)
{
	struct span path = buf_span(&k->path), up = path_parent(path);
	struct span name = path_name(path);
	struct buf moved;
	int rc;

	if (up.len == 0)
		return -ENOENT;
	buf_init(&moved, LIMIT_PATH_BYTES);
	up = path_parent(up);
	rc = buf_add(&moved, up);
	if (rc == 0 && up.len > 0)
		rc = buf_add(&moved, SPAN_LIT("/"));
	if (rc == 0)
		rc = buf_add(&moved, name);
	buf_release(&k->path);
	k->path = moved;
	return rc;
}

/* Another name beside it, as a conflict copy has. */
static int
go_beside(const struct apply_place *place, struct judged *k, const char *from)
{
	struct version v = {.path = buf_span(&k->path), .dot = k->dot};
	struct host_stat st;
	struct buf copy;
	int rc = host_stat_at(place->host, place->quarantine, from, &st);

	if (rc < 0)
		return rc;
	v.mtime_ns = st.mtime_ns;
	buf_init(&copy, LIMIT_PATH_BYTES);
	rc = conflict_path(&v, &copy);
	buf_release(&k->path);
	k->path = copy;
	return rc;
}

/* Somebody wrote to it after it was displaced, through a descriptor that was
 * open: that edit returns to the tree, beside what stands there now. */
static int
give_back(const struct apply_place *place, struct judged *k, const char *from)
{
	int rc = give_name(place, k, from);

	while (rc == -ENOENT || rc == -ENOTDIR || rc == -ELOOP) {
		rc = go_up(k);
		if (rc == 0)
			rc = give_name(place, k, from);
		else
			break;
	}
	if (rc == -EEXIST) {
		rc = go_beside(place, k, from);
		if (rc == 0)
			rc = give_name(place, k, from);
	}
	k->returned = rc == 0;
	return rc;
}

static int
judge_one(const struct apply_place *place, struct judged *k)
{
	struct host_stat st;
	char name[24];
	int fd, rc;

	snprintf(name, sizeof name, "%lld", (long long)k->id);
	rc = host_stat_at(place->host, place->quarantine, name, &st);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	if (st.kind == KIND_SYMLINK)
		return host_unlink(place->host, place->quarantine, name);
	rc = host_open(place->host, place->quarantine, name, HOST_READ, &fd);
	if (rc < 0)
		return rc;
	rc = judge_open(place, fd, &k->content);
	if (rc == 0)
		rc = host_unlink(place->host, place->quarantine, name);
	host_close(place->host, fd);
	return rc == ERR_CHANGED ? give_back(place, k, name) : rc;
}

static void
run_judge(void *arg)
{
	struct judge *j = arg;

	VEC_EACH (&j->files, k)
		k->rc = judge_one(&j->place, k);
}

static int
take_judged(struct folder *f, const struct judged *k)
{
	if (k->rc < 0) {
		log_warn(f->log, "quarantine_kept", LOG_STR("folder", f->id),
		    LOG_INT("file", k->id), LOG_ERR("error", k->rc));
		return 0;
	}
	if (k->returned) {
		log_warn(f->log, "late_edit_returned", LOG_STR("folder", f->id),
		    LOG_PATH("path", buf_span(&k->path)));
		folder_look_at(f, buf_span(&k->path), false, true);
	}
	return index_kept_drop(f->index, k->id);
}

static void
judge_done(void *arg)
{
	struct judge *j = arg;
	struct folder *f = j->folder;
	int rc = 0;

	f->judging = false;
	if (folder_takes(f))
		rc = folder_batch(f);
	for (size_t i = 0; folder_takes(f) && rc == 0 && i < j->files.n; i++)
		rc = take_judged(f, &j->files.items[i]);
	if (folder_takes(f) && rc < 0)
		folder_fail(f, rc, "quarantine");
	release(j);
	if (folder_takes(f))
		folder_kept_later(f);
	folder_job_done(f);
}

/* Does a living version still need what this one holds? Planning its path
 * makes the copy of a loser, if it can be made. */
static int
is_needed(struct folder *f, const struct index_kept *k)
{
	struct entry e;
	int rc = folder_plan_path(f, buf_span(&k->path));
	bool needed = false;

	entry_init(&e);
	if (rc == 0)
		rc = index_load(f->index, buf_span(&k->path), &e);
	for (size_t i = 0; rc == 0 && i < e.known.v.n; i++) {
		const struct version *v = e.known.v.items[i];

		needed |= name_equal(&v->content, &k->content) &&
			  version_set_living(&e.known, v) &&
			  !name_equal(&e.disk.content, &k->content);
	}
	entry_release(&e);
	return rc < 0 ? rc : needed;
}

static int
fill(struct folder *f, struct judge *j)
{
	struct id_list ids = {0};
	int64_t now = host_now_ns(f->host);
	int rc = index_kept_clamp(f->index, now);

	if (rc == 0)
		rc = index_kept_before(
		    f->index, now - GRACE_NS, JUDGE_STEP, &ids);

	for (size_t i = 0; rc == 0 && i < ids.v.n; i++) {
		struct index_kept k = {.id = ids.v.items[i]};
		struct judged file = {.id = k.id};

		buf_init(&k.path, LIMIT_PATH_BYTES);
		rc = index_kept_get(f->index, k.id, &k);
		if (rc == 0)
			rc = is_needed(f, &k);
		file.content = k.content;
		file.path = k.path;
		file.dot =
		    (struct dot){index_replica(f->index), (uint64_t)k.id};
		if (rc == 0)
			rc = VEC_PUSH(&j->files, file);
		if (rc != 0)
			buf_release(&file.path);
		rc = rc > 0 ? 0 : rc;
	}
	VEC_RELEASE(&ids.v);
	return rc;
}

/* Comes back while there is anything in quarantine. */
void
folder_kept_later(struct folder *f)
{
	struct id_list any = {0};
	int rc = index_kept_before(f->index, INT64_MAX, 1, &any);

	if (rc == 0 && any.v.n > 0) {
		f->kept_ns = host_mono_ns(f->host) + LOOK_NS;
		folder_alarm(f, f->kept_ns);
	}
	VEC_RELEASE(&any.v);
}

void
folder_kept_due(struct folder *f)
{
	struct judge *j;
	int rc;

	f->kept_ns = INT64_MAX;
	if (f->judging)
		return;
	/* While anything is open here, what lies in quarantine may be what is
	 * wanted. */
	if (!folder_in_sync(f)) {
		folder_kept_later(f);
		return;
	}
	j = calloc(1, sizeof *j);
	rc = j == NULL ? -ENOMEM : 0;
	if (rc == 0) {
		j->folder = f;
		j->place = f->place;
		rc = folder_batch(f);
	}
	/* A quiet moment, in which some old chunk lists go as well. */
	if (rc == 0)
		rc = index_tidy(f->index);
	if (rc >= 0)
		rc = fill(f, j);
	if (rc == 0 && j->files.n > 0) {
		rc = folder_job(f, run_judge, judge_done, j);
		if (rc == 0) {
			f->judging = true;
			return;
		}
	}
	if (rc < 0)
		folder_fail(f, rc, "quarantine");
	else
		folder_kept_later(f);
	if (j != NULL)
		release(j);
}

/* One that a job was about to move when we were stopped. */
static int
check_expected(struct folder *f, int64_t id)
{
	struct index_kept k = {0};
	struct host_stat st;
	char name[24];
	int rc;

	snprintf(name, sizeof name, "%lld", (long long)id);
	rc = host_stat_at(f->host, f->place.quarantine, name, &st);
	if (rc == -ENOENT)
		return index_kept_drop(f->index, id);
	buf_init(&k.path, LIMIT_PATH_BYTES);
	if (rc == 0)
		rc = index_kept_get(f->index, id, &k);
	k.since_ns = host_now_ns(f->host);
	if (rc == 0)
		rc = index_kept_put(f->index, &k);
	buf_release(&k.path);
	return rc;
}

int
folder_kept_check(struct folder *f)
{
	struct id_list ids = {0};
	int rc = index_kept_expected(f->index, JOB_APPLIES, &ids);

	if (rc == 0 && ids.v.n > 0)
		rc = index_begin(f->index);
	for (size_t i = 0; rc == 0 && i < ids.v.n; i++)
		rc = check_expected(f, ids.v.items[i]);
	if (rc == 0 && ids.v.n > 0)
		rc = index_commit(f->index);
	else if (rc < 0)
		index_rollback(f->index);
	VEC_RELEASE(&ids.v);
	return rc;
}
