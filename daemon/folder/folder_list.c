/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunk lists on their way here: in parts, each a difference to a list that
 * this folder has. How much a peer's lists may take is bounded by peer, so
 * that who makes up long ones keeps nobody else waiting.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>

#include "daemon/chunk/chunk.h"

/* So many more chunks, or fewer, are in a list that its lister gives. */
static void
grew(struct folder *f, const struct fetch *x, ptrdiff_t n)
{
	for (struct folder_link *l = f->links; l != NULL; l = l->next)
		if (l->link != NULL && l->source == x->lister)
			l->list_chunks += (size_t)n;
}

void
folder_list_uncount(struct folder *f, struct fetch *x)
{
	grew(f, x, -(ptrdiff_t)x->list.v.n);
	x->lister = 0;
}

void
folder_list_count(struct folder *f, struct folder_link *l)
{
	l->list_chunks = 0;
	for (struct fetch *x = f->fetches; x != NULL; x = x->hh.next)
		if (x->lister == l->source)
			l->list_chunks += x->list.v.n;
}

int
folder_list_base(struct folder *f, struct fetch *x)
{
	struct entry e;
	int rc;

	chunks_release(&x->base_list);
	x->base = (struct name){0};
	entry_init(&e);
	rc = index_load(f->index, buf_span(&x->path), &e);
	if (rc == 0 && e.base.present && e.disk.kind == KIND_FILE) {
		x->base = e.base.seen.content;
		rc = index_chunks_get(f->index, &x->base, &x->base_list);
		if (rc == ERR_NOTFOUND) {
			x->base = (struct name){0};
			rc = 0;
		}
	}
	entry_release(&e);
	return rc;
}

/* Is the list what its content's name says? Until it is whole, who knows. */
static int
check_list(const struct fetch *x)
{
	struct name name;

	if (x->list.v.n > chunk_count_max(x->size))
		return ERR_MISMATCH;
	if (x->list.size < x->size)
		return 0;
	chunks_name(&x->list, &name);
	return name_equal(&name, &x->content) ? 0 : ERR_MISMATCH;
}

/*
 * Is it the list of this content, but of another size than the version says?
 * That can be told of a list that is whole at once.
 */
static bool
is_of_other_size(const struct fetch *x, struct span bytes)
{
	uint64_t size = chunks_patch_size(bytes);
	struct chunk_list list = {0};
	struct name name;
	bool is = false;

	if (size != x->size && x->list.v.n == 0 &&
	    chunks_patch(&x->base_list, bytes, size, &list) == 0 &&
	    list.size == size) {
		chunks_name(&list, &name);
		is = name_equal(&name, &x->content);
	}
	chunks_release(&list);
	return is;
}

int
folder_list_came(struct folder *f, struct fetch *x,
    const struct msg_want_item *item, struct span bytes)
{
	size_t n = x->list.v.n;
	int rc;

	if (x->state != FETCH_LIST || item->first != n)
		return 0;
	if (is_of_other_size(x, bytes))
		return folder_size_lies(f, x);
	if (n == 0)
		x->lister = x->giver;
	rc = chunks_patch(&x->base_list, bytes, x->size, &x->list);
	grew(f, x, (ptrdiff_t)(x->list.v.n - n));
	if (rc == 0)
		rc = check_list(x);
	if (rc < 0) {
		folder_list_uncount(f, x);
		chunks_release(&x->list);
		return rc == -ENOMEM ? rc : ERR_MISMATCH;
	}
	if (x->list.size < x->size)
		return 0; /* the next part is asked for */
	chunks_release(&x->base_list);
	rc = folder_batch(f);
	if (rc == 0)
		rc = index_chunks_put(f->index, &x->content, &x->list);
	return rc < 0 ? rc : folder_pieces_begin(f, x);
}
