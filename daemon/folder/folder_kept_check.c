/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quarantine after a stop: what a job was about to move there, or from there,
 * either came to do so or did not, and the rows that were written before say
 * what is so.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Leaving ones looked for in one go. */
#define CHECK_STEP 256

/* Is it in quarantine? 1, 0 or an error. */
static int
is_there(struct folder *f, int64_t id, struct host_stat *out)
{
	char name[24];
	int rc;

	snprintf(name, sizeof name, "%lld", (long long)id);
	rc = host_stat_at(f->host, f->place.quarantine, name, out);
	return rc == -ENOENT ? 0 : rc < 0 ? rc : 1;
}

/*
 * Since when it lies there, as far as can be said: a user may have written to
 * it just before the job moved it, or since. So that this is looked for soon,
 * and not only when it is to go, it is as if that had been after the move.
 */
static int64_t
lies_since(struct folder *f, const struct host_stat *st)
{
	int64_t now = host_now_ns(f->host);

	return st->ctime_ns > now - KEPT_GRACE_NS && st->ctime_ns < now
		   ? st->ctime_ns - 1
		   : now;
}

/*
 * Is it not what was to be displaced from the path, but what was to stand there
 * instead, which takes that number just before the exchange? An exchange that
 * was being undone leaves it there as well. Of a moved file a power cut may have
 * taken the time that was set. If it is neither, or a user wrote to it, then who
 * hashes it tells, before it is placed or goes: it returns like any edit.
 */
static bool
is_intended(const struct entry *e, const struct host_stat *st)
{
	const struct version *v = e->intent.version;
	bool as_displaced =
	    st->size == e->disk.size && st->mtime_ns == e->disk.mtime_ns;

	return e->intent.present && v != NULL && st->kind == (int)v->kind &&
	       (v->kind == KIND_FILE || v->kind == KIND_SYMLINK) &&
	       (v->kind != KIND_FILE || st->size == v->size) &&
	       st->ino != e->disk.ino &&
	       (st->mtime_ns == v->mtime_ns || !as_displaced);
}

/* Then its row says what the intent does. */
static int
check_intended(
    struct folder *f, struct index_kept *k, const struct host_stat *st)
{
	const struct version *v;
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, buf_span(&k->path), &e);
	if (rc == 0 && is_intended(&e, st)) {
		v = e.intent.version;
		k->content = v->content;
		k->who = (struct index_who){.made.dot = v->dot};
		memcpy(k->who.made.device, v->device, DEVICE_BYTES);
	}
	entry_release(&e);
	return rc;
}

/* One that a job was about to move there when we were stopped. */
static int
check_expected(struct folder *f, int64_t id)
{
	struct index_kept k = {0};
	struct host_stat st;
	int rc = is_there(f, id, &st);

	if (rc == 0)
		return index_kept_drop(f->index, id);
	buf_init(&k.path, LIMIT_PATH_BYTES);
	if (rc > 0)
		rc = index_kept_get(f->index, id, &k);
	if (rc == 0)
		rc = check_intended(f, &k, &st);
	if (rc == 0) {
		k.since_ns = lies_since(f, &st);
		rc = index_kept_put(f->index, &k);
	}
	buf_release(&k.path);
	return rc;
}

/* One that a job was about to move from there to the kept versions. */
static int
check_leaving(struct folder *f, int64_t id)
{
	struct host_stat st;
	int rc = is_there(f, id, &st);

	if (rc > 0)
		return index_past_drop(f->index, id);
	if (rc == 0)
		rc = folder_past_check(f, id);
	return rc < 0 ? rc : index_kept_drop(f->index, id);
}

/* Some of each: 1 when there may be more. */
static int
check_some(struct folder *f)
{
	struct id_list coming = {0}, leaving = {0};
	int rc = index_kept_expected(f->index, JOB_APPLIES, &coming);

	if (rc == 0)
		rc = index_past_expected(f->index, CHECK_STEP, &leaving);
	if (rc == 0)
		rc = index_begin(f->index);
	for (size_t i = 0; rc == 0 && i < coming.v.n; i++)
		rc = check_expected(f, coming.v.items[i]);
	for (size_t i = 0; rc == 0 && i < leaving.v.n; i++)
		rc = check_leaving(f, leaving.v.items[i]);
	if (rc == 0)
		rc = index_next_id(f->index, &f->start_first_id);
	rc = folder_batch_end(f, rc);
	if (rc == 0)
		rc = coming.v.n == JOB_APPLIES || leaving.v.n == CHECK_STEP;
	VEC_RELEASE(&coming.v);
	VEC_RELEASE(&leaving.v);
	return rc;
}

int
folder_kept_check(struct folder *f)
{
	int rc;

	do
		rc = check_some(f);
	while (rc > 0);
	return rc;
}
