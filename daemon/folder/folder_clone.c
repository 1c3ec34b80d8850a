/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of what is on this disk already, made in the stage. */
#include "daemon/folder/folder_place_internal.h"

/* Is there room for another file of a content that is here? Where the file
 * system shares blocks it takes none, but that is not known before. */
static int
room_for(struct folder *f, const struct version *v, struct span path)
{
	struct chunk_list list = {0};
	uint64_t bytes = v->size;
	int rc = 0;

	if (v->size > LIMIT_SMALL_FILE_BYTES)
		rc = index_chunks_get(f->index, &v->content, &list);
	if (list.v.n > 0)
		bytes = folder_pieces_data(&list);
	chunks_release(&list);
	return rc < 0 && rc != ERR_NOTFOUND ? rc : folder_room(f, path, bytes);
}

/* Begins the fetch of v's content for a path, by a copy: 1; 0 when there is
 * no room for it. */
static int
begin_copy(struct folder *f, const struct version *v, struct span path,
    struct stage_item *it)
{
	struct fetch *x;
	int rc = room_for(f, v, path);

	if (rc > 0)
		rc = folder_fetch_add(f, v, path, FETCH_STAGING, &x);
	else if (rc == 0)
		return 0;
	if (rc < 0)
		return rc;
	*it = (struct stage_item){.what = STAGE_COPY,
	    .id = x->id,
	    .size = x->size,
	    .bits = x->bits,
	    .mtime_ns = x->mtime_ns,
	    .content = x->content};
	buf_init(&it->bytes, 0);
	buf_init(&it->from, INDEX_PAST_NAME_BYTES);
	return 1;
}

int
folder_clone_file(struct folder *f, const struct version *v, struct span path,
    struct span donor)
{
	struct stage_item it;
	struct entry e;
	int rc = begin_copy(f, v, path, &it);

	if (rc <= 0)
		return rc;
	entry_init(&e);
	rc = index_load(f->index, donor, &e);
	it.expect = e.disk;
	entry_release(&e);
	if (rc == 0)
		rc = buf_add(&it.from, donor);
	return rc < 0 ? rc : folder_stage(f, &it);
}

int
folder_clone_kept(
    struct folder *f, const struct version *v, struct span path, int64_t id)
{
	struct stage_item it;
	int rc = begin_copy(f, v, path, &it);

	if (rc <= 0)
		return rc;
	it.from_kept = id;
	return folder_stage(f, &it);
}

int
folder_clone_past(struct folder *f, const struct version *v, struct span path)
{
	struct stage_item it;
	struct index_past p;
	int64_t id;
	int rc = index_past_find(f->index, &v->content, &id);

	if (rc <= 0)
		return rc;
	rc = begin_copy(f, v, path, &it);
	if (rc <= 0)
		return rc < 0 ? rc : 1;
	index_past_init(&p);
	rc = index_past_get(f->index, id, &p);
	if (rc == 0)
		rc = buf_add(&it.from, buf_span(&p.name));
	it.from_past = id;
	index_past_release(&p);
	if (rc == 0)
		rc = folder_stage(f, &it);
	return rc < 0 ? rc : 1;
}

int
folder_clone_nothing(struct folder *f, const struct plan_action *a)
{
	struct stage_item it = {.what = STAGE_WHOLE};
	struct fetch *x;
	int rc = folder_fetch_add(
	    f, a->version, a->version->path, FETCH_STAGING, &x);

	if (rc < 0)
		return rc;
	it.id = x->id;
	it.bits = x->bits;
	it.mtime_ns = x->mtime_ns;
	it.content = x->content;
	buf_init(&it.bytes, 0);
	buf_init(&it.from, 0);
	return folder_stage(f, &it);
}
