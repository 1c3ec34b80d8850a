/* SPDX-License-Identifier: Apache-2.0 */
/* A change on this disk becomes a version. */
#include "daemon/folder/folder_internal.h"

#include "proto/base/path.h"

int
folder_agree(struct folder *f, struct entry *e, const struct version *v,
    const struct observation *now)
{
	struct version *copy = NULL;
	int rc = v == NULL ? 0 : version_copy(v, &copy);

	if (rc < 0)
		return rc;
	entry_agree(e, copy, now, folder_cut_era(f));
	return 0;
}

/* What was seen to change, but not read, is a change still. */
static void
doubt_meta(struct meta_seen *now, const struct meta_seen *was, unsigned unread)
{
	for (int i = 0; i < META_CLASSES; i++)
		if ((unread & 1U << i) != 0) {
			now->looked = (uint8_t)((now->looked & ~(1U << i)) |
						(was->looked & 1U << i));
			now->sums[i] = was->sums[i];
		}
}

/* Is the path's file as base saw it, of this content, and wanted or to be copied
 * if it loses, though a conflict copy of it has a version? 1, 0, error. */
static int
stands_with_copy(
    struct folder *f, const struct entry *e, const struct name *content)
{
	const struct version *base = e->base.version;
	bool has_copy;
	int rc;

	if (base == NULL || folder_work(f, entry_path(e)) != NULL ||
	    e->disk.kind == KIND_NONE ||
	    !name_equal(&e->disk.content, content) ||
	    !observation_same(&e->disk, &e->base.seen) ||
	    version_set_find(&e->known, base->dot) == NULL ||
	    !version_set_living(&e->known, base))
		return 0;
	rc = conflict_has_copy(
	    &e->known, base, index_known, f->index, &has_copy);
	return rc < 0 ? rc : has_copy;
}

/*
 * A conflict copy was removed here while the same content stands at its home
 * again. That says nothing against the content; but if it loses there once more,
 * as it may have to a version that is on its way, its copy would count as made
 * and settled. So what stands at home is said anew: its version has a copy's
 * name of its own.
 */
static int
say_home_anew(struct folder *f, struct span copy, const struct name *content)
{
	struct entry home;
	struct buf path;
	int rc;

	buf_init(&path, LIMIT_PATH_BYTES);
	entry_init(&home);
	rc = plan_home(copy, &path);
	if (rc <= 0)
		goto out;
	rc = index_load(f->index, buf_span(&path), &home);
	if (rc == 0)
		rc = stands_with_copy(f, &home, content);
	if (rc > 0) {
		const struct observation now = home.disk;
		const struct folder_read read = {
		    .target = home.base.version->target};

		rc = folder_change(f, &home, &now, &read);
	}
out:
	entry_release(&home);
	buf_release(&path);
	return rc;
}

/*
 * Does what the entry's file held stand elsewhere on this disk? Then it was
 * moved there, and its going is no delete of that content: two who move it
 * apart from each other, each away from where the other has it in the end,
 * would else delete it between them. An untouched conflict copy is not what
 * it is a copy of. 1, 0, error.
 */
static int
was_moved(struct folder *f, const struct entry *e)
{
	const struct version *base = e->base.version;
	struct path_list paths;
	int rc;

	if (e->base.seen.kind != KIND_FILE || e->base.seen.size == 0 ||
	    (base != NULL && base->copy))
		return 0;
	path_list_init(&paths);
	rc = index_find_content(f->index, &e->base.seen.content, 2, &paths);
	for (size_t i = 0; rc == 0 && i < paths.v.n; i++)
		if (!span_equal(path_list_get(&paths, i), entry_path(e)))
			rc = 1;
	path_list_release(&paths);
	return rc;
}

int
folder_change_over(struct folder *f, struct entry *e,
    const struct observation *now, const struct folder_read *read,
    const struct version *lost)
{
	const struct observation was = e->base.seen;
	const unsigned changed = entry_meta_changed(e, now);
	struct plan_maker maker = {.device = f->device, .lost = lost};
	struct version *v = NULL;
	struct plan_ask ask;
	bool is_new;
	int rc;

	if (read != NULL) {
		maker.target = read->target;
		maker.meta = read->meta;
	}
	folder_ask(f, &ask);
	rc = now->kind == KIND_NONE ? was_moved(f, e) : 0;
	maker.moved = rc > 0;
	if (rc >= 0)
		rc = index_next_dot(f->index, &maker.dot);
	if (rc == 0)
		rc = plan_make(e, now, &ask, &maker, &v);
	if (rc == 0) {
		folder_say_made(f, v, &e->base, maker.moved);
		rc = folder_agree(f, e, v, now);
	}
	if (rc == 0 && was.kind == now->kind) {
		meta_seen_keep(&e->base.seen.meta, &was.meta);
		if (maker.meta.len == 0)
			doubt_meta(&e->base.seen.meta, &was.meta, changed);
	}
	if (rc == 0)
		rc = version_set_add(&e->known, v, NULL, &is_new);
	else
		version_free(v);
	if (rc < 0)
		return rc;
	entry_forget_intent(e);
	e->disk = *now;
	e->absent_since_ns = 0;
	rc = index_store(f->index, e, 0);
	if (rc == 0 && now->kind == KIND_FILE) {
		folder_links_held(f, &now->content);
		rc = folder_rest_moved(f, &now->content);
	}
	if (rc == 0 && now->kind == KIND_NONE)
		rc = say_home_anew(f, entry_path(e), &was.content);
	return rc;
}

int
folder_change(struct folder *f, struct entry *e, const struct observation *now,
    const struct folder_read *read)
{
	return folder_change_over(f, e, now, read, NULL);
}
