/* SPDX-License-Identifier: Apache-2.0 */
/* Kept versions: into .tutti/versions, where people find them, and out. */
#include "daemon/apply/apply_internal.h"

#include <errno.h>
#include <string.h>

#include "proto/base/date.h"
#include "proto/base/path.h"

/* ---- names --------------------------------------------------------------- */

enum { MARK_BYTES = 1 + DATE_STAMP_CHARS };

static int
add_mark(int64_t until_ns, struct buf *out)
{
	struct date d = date_of_ns(until_ns);
	int rc = buf_add(out, SPAN_LIT("~"));

	return rc < 0 ? rc : date_stamp(out, &d);
}

int
apply_kept_name(struct span path, int64_t until_ns, bool flat, struct buf *out)
{
	struct span name = path_name(path), ext = path_extension(name);
	struct span dir = span_of(path.p, path.len - name.len);
	struct span stem = span_of(name.p, name.len - ext.len);
	int rc = 0;

	stem = path_cut(stem, LIMIT_NAME_BYTES - MARK_BYTES - ext.len);
	if (!flat)
		rc = buf_add(out, dir);
	if (rc == 0)
		rc = buf_add(out, stem);
	if (rc == 0)
		rc = add_mark(until_ns, out);
	return rc < 0 ? rc : buf_add(out, ext);
}

bool
apply_kept_parse(struct span kept, struct buf *out_path, int64_t *out_until_ns)
{
	struct span name = path_name(kept), rest;
	struct date d;
	size_t i = name.len;

	while (i > 0 && name.p[i - 1] != '~')
		i--;
	/* i is just behind the last '~', where the stamp begins. */
	if (i <= 1 || name.len - i < DATE_STAMP_CHARS ||
	    !date_stamp_parse(name.p + i, &d))
		return false;
	rest = span_of(
	    name.p + i + DATE_STAMP_CHARS, name.len - i - DATE_STAMP_CHARS);
	if (rest.len > 0 && rest.p[0] != '.')
		return false;
	*out_until_ns = date_seconds(&d) * INT64_C(1000000000);
	buf_clear(out_path);
	return buf_add(out_path,
		   span_of(kept.p, kept.len - name.len + i - 1)) == 0 &&
	       buf_add(out_path, rest) == 0 && path_valid(buf_span(out_path));
}

/* ---- in ------------------------------------------------------------------ */

void
apply_keeper_init(struct apply_keeper *k, const struct apply_place *place)
{
	*k = (struct apply_keeper){.place = place, .dir = -1};
	buf_init(&k->path, INDEX_PAST_NAME_BYTES);
}

/* Takes a directory in which a name was made, to be synced. */
static int
made_in(struct apply_keeper *k, int dir)
{
	struct host_stat st;
	int rc = host_stat_fd(k->place->host, dir, &st);

	if (rc < 0)
		host_close(k->place->host, dir);
	else
		apply_sync_add(k->place->host, &k->sync, dir, st.ino);
	return rc;
}

static int
make_dir(struct apply_keeper *k, struct span path)
{
	char name[APPLY_NAME_SIZE];
	int dir, rc;

	rc = apply_open_parent(
	    k->place->host, k->place->versions, path, &dir, name);
	if (rc < 0)
		return rc;
	rc = host_make_dir(k->place->host, dir, name, 0700);
	if (rc < 0) {
		host_close(k->place->host, dir);
		return rc == -EEXIST ? 0 : rc;
	}
	return made_in(k, dir);
}

/* Opens a directory below versions, making it and its parents. */
static int
open_made(struct apply_keeper *k, struct span path, int *out_dir)
{
	const struct host *h = k->place->host;
	int rc = host_open_below(h, k->place->versions, path, out_dir);

	if (rc != -ENOENT)
		return rc;
	rc = 0;
	for (size_t i = 1; rc == 0 && i <= path.len; i++)
		if (i == path.len || path.p[i] == '/')
			rc = make_dir(k, span_of(path.p, i));
	return rc < 0 ? rc
		      : host_open_below(h, k->place->versions, path, out_dir);
}

static int
leave_dir(struct apply_keeper *k)
{
	int dir = k->dir;

	k->dir = -1;
	return dir < 0 ? 0 : made_in(k, dir);
}

/* Goes to a directory, mostly the one where the last was put. */
static int
enter_dir(struct apply_keeper *k, struct span path)
{
	int rc;

	if (k->dir >= 0 && span_equal(buf_span(&k->path), path))
		return 0;
	rc = leave_dir(k);
	buf_clear(&k->path);
	if (rc == 0)
		rc = buf_add(&k->path, path);
	return rc < 0 ? rc : open_made(k, path, &k->dir);
}

int
apply_keep(struct apply_keeper *k, struct judge_item *it, const char *from)
{
	struct span to = buf_span(&it->name), last = path_name(to);
	char name[APPLY_NAME_SIZE];
	int rc = enter_dir(k, path_parent(to));

	if (rc < 0)
		return rc;
	memcpy(name, last.p, last.len);
	name[last.len] = '\0';
	rc = host_rename(k->place->host, k->place->quarantine, from, k->dir,
	    name, HOST_NOREPLACE);
	if (rc < 0)
		return rc;
	k->moved = true;
	it->what = JUDGE_KEPT;
	return 0;
}

int
apply_keeper_end(struct apply_keeper *k)
{
	int rc = leave_dir(k), synced;
	bool many;

	many = k->sync.many;
	synced = apply_sync_all(k->place->host, &k->sync, k->place->versions);
	buf_release(&k->path);
	if (rc == 0)
		rc = synced;
	/* Last: a cut in between leaves two names rather than none. */
	if (rc == 0 && k->moved && !many)
		rc = host_sync(k->place->host, k->place->quarantine);
	return rc;
}

/* ---- out ----------------------------------------------------------------- */

void
expire_job_release(struct expire_job *job)
{
	VEC_EACH (&job->items, it)
		buf_release(&it->name);
	VEC_RELEASE(&job->items);
}

/* Directories that nothing is left in go; any that cannot, stays. */
static void
remove_empty(const struct apply_place *place, struct span path)
{
	char name[APPLY_NAME_SIZE];
	int dir, rc = 0;

	for (; rc == 0 && path.len > 0; path = path_parent(path)) {
		rc = apply_open_parent(
		    place->host, place->versions, path, &dir, name);
		if (rc < 0)
			return;
		rc = host_remove_dir(place->host, dir, name);
		host_close(place->host, dir);
	}
}

static int
expire_one(const struct apply_place *place, struct span kept)
{
	char name[APPLY_NAME_SIZE];
	int dir, rc;

	rc = apply_open_parent(place->host, place->versions, kept, &dir, name);
	if (rc < 0)
		return apply_changed(rc) == ERR_CHANGED ? 0 : rc;
	rc = host_unlink(place->host, dir, name);
	host_close(place->host, dir);
	if (rc == 0 || rc == -ENOENT) {
		remove_empty(place, path_parent(kept));
		return 0;
	}
	return rc;
}

void
expire_run(void *arg)
{
	struct expire_job *job = arg;

	VEC_EACH (&job->items, it)
		it->rc = expire_one(&job->place, buf_span(&it->name));
}
