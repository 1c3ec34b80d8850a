/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is made, or accepted, where a power cut took something: an edit beside
 * that, not after it, for its maker may not have seen it.
 */
#include "daemon/folder/folder_internal.h"

/* What comes at the path is made beside base, and must not cover it: as it
 * covers every earlier dot of its own replica, ours gets a new number. */
static int
forget_base(struct folder *f, struct entry *e)
{
	int rc = f->parted ? 0 : index_new_replica(f->index);

	if (rc < 0)
		return rc;
	f->parted = true;
	version_free(e->base.version);
	e->base = (struct agreement){0};
	return 0;
}

/* Who wrote this may have found the file lost and begun anew, while others
 * hold what it was: also long after the cut, if nobody was there to ask. */
int
folder_cut_part(
    struct folder *f, struct entry *e, const struct observation *now)
{
	if (!f->has_peers || !(e->suspect || folder_cut_doubts(f, e)) ||
	    now->kind == KIND_NONE || e->base.seen.kind == KIND_NONE ||
	    name_equal(&now->content, &e->base.seen.content))
		return 0;
	return forget_base(f, e);
}

/* It waited for another version, which nobody has. */
int
folder_cut_spare(struct folder *f, struct entry *e)
{
	const struct observation *seen = &e->base.seen;
	int rc;

	if (seen->kind != KIND_FILE || seen->size == 0)
		return 0;
	rc = folder_held(f, &seen->content);
	if (rc == 0)
		rc = folder_reachable(f, &seen->content);
	return rc > 0 ? forget_base(f, e) : rc;
}

int
folder_cut_accept(struct folder *f)
{
	struct index_cursor cursor;
	struct path_list paths;
	int rc = folder_batch(f);

	index_cursor_init(&cursor, true);
	path_list_init(&paths);
	while (rc == 0 && !cursor.end)
		rc = index_open_next(f->index, &cursor, TURN_PLANS, &paths);
	for (size_t i = 0; rc == 0 && i < paths.v.n; i++)
		rc = folder_accept_path(f, path_list_get(&paths, i));
	path_list_release(&paths);
	index_cursor_release(&cursor);
	folder_plan_again(f);
	folder_tell(f);
	return rc;
}
