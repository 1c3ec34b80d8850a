/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loser's content goes to quarantine before its copy has a version, so that
 * no edit at its home takes it away then: as a clone, or as what is staged.
 */
#include "daemon/folder/folder_place_internal.h"

#include <stdio.h>

/* The path of the conflict copy that a fetch is for. */
static const struct buf *
copy_of(const struct fetch *x)
{
	return x->copy.len > 0 ? &x->copy : &x->path;
}

/* As before an apply job: so that it is known to be there, whenever we are
 * stopped, it is noted in the commit before. 1 when that was. */
static int
expect_staged(struct folder *f, struct fetch *x)
{
	struct index_kept k = {
	    .id = x->id, .content = x->content, .path = *copy_of(x)};
	int rc;

	if (x->expected && f->commits > x->expected_at)
		return 1;
	folder_plan_again(f);
	if (x->expected)
		return 0;
	rc = folder_batch(f);
	if (rc == 0)
		rc = index_kept_put(f->index, &k);
	x->expected = rc == 0;
	x->expected_at = f->commits;
	return rc;
}

/* What was staged for a copy moves to quarantine, where a stop leaves it. 1
 * when it has. */
static int
keep_staged(struct folder *f, struct fetch *x)
{
	struct index_kept k = {.id = x->id,
	    .content = x->content,
	    .path = *copy_of(x),
	    .since_ns = host_now_ns(f->host)};
	char name[24];
	int rc = expect_staged(f, x);

	if (rc <= 0)
		return rc;

	snprintf(name, sizeof name, "%lld", (long long)x->id);
	rc = host_rename(f->host, f->place.stage, name, f->place.quarantine,
	    name, HOST_NOREPLACE);
	x->placing = rc == 0; /* it is not in the stage any more */
	if (rc == 0)
		rc = host_sync(f->host, f->place.quarantine);
	if (rc < 0) {
		folder_trouble(f, buf_span(&x->home), rc, false, false);
		folder_fetch_drop(f, x);
		return 0;
	}
	rc = index_kept_put(f->index, &k);
	folder_fetch_drop(f, x);
	if (f->kept_ns == INT64_MAX)
		folder_kept_later(f);
	return rc < 0 ? rc : 1;
}

/* Clones a loser's content for its copy: out of quarantine, where a user may
 * still write to what was his, of a file that shows it, or a kept version. */
static int
stage_loser(struct folder *f, const struct version *v, struct span copy)
{
	struct path_list paths;
	int64_t id;
	int rc = index_kept_find(f->index, &v->content, &id);

	if (rc != 0)
		return rc < 0 ? rc : folder_clone_kept(f, v, copy, id);
	path_list_init(&paths);
	rc = index_find_content(f->index, &v->content, 1, &paths);
	if (rc == 0 && paths.v.n > 0)
		rc = folder_clone_file(f, v, copy, path_list_get(&paths, 0));
	else if (rc == 0)
		rc = folder_clone_past(f, v, copy);
	path_list_release(&paths);
	return rc < 0 ? rc : 0;
}

/* What is staged for a path secures a copy first: the path may wait for that,
 * and is served out of quarantine then. */
static int
lend(struct fetch *x, const struct plan_action *a)
{
	int rc;

	x->expected = x->spared = false;
	buf_clear(&x->home);
	buf_clear(&x->copy);
	rc = buf_add(&x->home, a->loser->path);
	return rc < 0 ? rc : buf_add(&x->copy, buf_span(&a->copy));
}

/* The loser's content is staged already. Another copy that is secured with it
 * comes first, unless its home could not go on. */
static int
secure_staged(struct folder *f, const struct plan_action *a, struct fetch *x)
{
	bool ours = span_equal(buf_span(copy_of(x)), buf_span(&a->copy));
	int rc = 0;

	if (x->state != FETCH_STAGED || x->placing)
		return 0;
	if (!ours && (x->home.len == 0 || x->spared)) {
		rc = lend(x, a);
		ours = true;
	}
	return rc < 0 || !ours ? rc : keep_staged(f, x);
}

int
folder_secure(struct folder *f, const struct plan_action *a)
{
	const struct version *v = a->loser;
	struct fetch *x = folder_fetch(f, &v->content);
	int64_t id;
	int rc;

	if (v->kind != KIND_FILE || v->size == 0)
		return 1;
	if (x != NULL)
		return secure_staged(f, a, x);
	rc = index_kept_find_from(
	    f->index, &v->content, buf_span(&a->copy), &id);
	if (rc != 0 || HASH_COUNT(f->fetches) >= FETCHES_MAX)
		return rc;
	rc = stage_loser(f, v, buf_span(&a->copy));
	x = folder_fetch(f, &v->content);
	if (rc == 0 && x != NULL)
		rc = buf_add(&x->home, v->path);
	return rc;
}
