/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tree and database are not of one time: one was restored from a backup, or
 * the database is new. Without base, both are united (DESIGN.md section 2,
 * "Rollback").
 */
#include "daemon/folder/folder_internal.h"

/* Entries in memory at once. */
enum { FORGET_STEP = 1024 };

/* Forgets what paths below after agreed to; the last of them in after. */
static int
forget_some(struct folder *f, struct buf *after, size_t *out_n)
{
	struct path_list paths;
	int rc;

	path_list_init(&paths);
	rc = index_paths_below(
	    f->index, span_of(NULL, 0), buf_span(after), FORGET_STEP, &paths);
	for (size_t i = 0; rc == 0 && i < paths.v.n; i++) {
		struct entry e;

		entry_init(&e);
		rc = index_load(f->index, path_list_get(&paths, i), &e);
		entry_forget_base(&e);
		entry_forget_intent(&e);
		if (rc == 0)
			rc = index_store(f->index, &e, 0);
		entry_release(&e);
	}
	*out_n = paths.v.n;
	if (rc == 0 && paths.v.n > 0) {
		buf_clear(after);
		rc = buf_add(after, path_list_get(&paths, paths.v.n - 1));
	}
	path_list_release(&paths);
	return rc;
}

/*
 * What the tree lacks was not deleted, and what is other in it is no edit of
 * what the database saw: a peer may have put it there, and changed it since.
 */
static int
forget_bases(struct folder *f)
{
	struct buf after;
	size_t n;
	int rc;

	buf_init(&after, LIMIT_PATH_BYTES);
	do
		rc = forget_some(f, &after, &n);
	while (rc == 0 && n > 0);
	buf_release(&after);
	return rc;
}

int
folder_unite(struct folder *f)
{
	int rc = index_begin(f->index);

	if (rc == 0)
		rc = folder_own_fresh(f);
	if (rc == 0)
		rc = forget_bases(f);
	if (rc == 0)
		rc = folder_cut_unite(f);
	if (rc == 0)
		rc = folder_find_again(f);
	return folder_batch_end(f, rc);
}
