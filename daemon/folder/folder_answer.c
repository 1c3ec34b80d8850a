/* SPDX-License-Identifier: Apache-2.0 */
/* What comes of what was asked: bytes, a list, nothing, or silence. */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/chunk/chunk.h"

/* The fetch that a want was for, if it still is under way. */
static struct fetch *
asker(struct folder *f, const struct want *w)
{
	struct fetch *x = folder_fetch(f, &w->item.content);

	return x != NULL && x->id == w->fetch ? x : NULL;
}

static void
free_want(struct folder_link *l, struct want *w)
{
	folder_table_drop(&l->wants, w);
	l->n_wants--;
	l->wanted_bytes -= w->item.expected;
	buf_release(&w->parts);
	free(w);
}

/* What was asked for does not come: chunks are missing again. */
static void
unask(struct fetch *x, const struct msg_want_item *item)
{
	if (item->kind != MSG_WANT_CHUNKS || x->state != FETCH_PIECES)
		return;
	memset(x->have + item->first, CHUNK_MISSING, item->count);
	if (item->first < x->from)
		x->from = item->first;
}

/* The link does not give it: others are asked. */
static void
not_given(struct folder *f, struct folder_link *l, struct want *w)
{
	struct fetch *x = asker(f, w);

	folder_lacks(f, l, &w->item.content);
	if (x != NULL) {
		x->asked--;
		unask(x, &w->item);
		if (folder_holder(f, &x->content) == NULL && x->jobs == 0 &&
		    x->state != FETCH_PIECES && x->state != FETCH_STAGED)
			folder_fetch_drop(f, x);
	}
	free_want(l, w);
}

void
folder_answers_due(struct folder *f, struct folder_link *l)
{
	int64_t now = host_mono_ns(f->host);
	bool silent = now - l->answered_ns > ANSWER_MS * NS_PER_MS;
	struct want *w, *next;
	size_t n = 0;

	HASH_ITER (hh, l->wants, w, next) {
		if (!silent && now - w->since_ns <= ANSWER_LAST_MS * NS_PER_MS)
			break; /* the rest is younger */
		not_given(f, l, w);
		n++;
	}
	l->silent |= n > 0;
	if (n > 0)
		log_warn(f->log, "not_answered", LOG_STR("folder", f->id),
		    LOG_STR("peer", peer_name(link_peer(l->link))),
		    LOG_UINT("contents", n));
	if (l->n_wants > 0)
		folder_ask_again(
		    f, l->answered_ns + (ANSWER_MS + 1) * NS_PER_MS);
}

int
folder_size_lies(struct folder *f, struct fetch *x)
{
	log_warn(f->log, "size_lies", LOG_STR("folder", f->id),
	    LOG_PATH("path", buf_span(&x->path)), LOG_UINT("size", x->size));
	folder_trouble(f, buf_span(&x->path), ERR_MISMATCH, false, false);
	folder_fetch_drop(f, x);
	folder_plan_again(f);
	return 0;
}

static bool
is_called(struct span bytes, const struct name *content)
{
	struct chunk_list list;
	struct name name;
	bool is;

	chunks_init(&list);
	is = chunk_all(bytes, &list, &name) == 0 && name_equal(&name, content);
	chunks_release(&list);
	return is;
}

static int
take_whole(struct folder *f, struct fetch *x, struct span bytes)
{
	struct stage_item it = {.what = STAGE_WHOLE, .id = x->id};
	int rc;

	if (x->state != FETCH_WHOLE)
		return 0;
	if (bytes.len != x->size && is_called(bytes, &x->content))
		return folder_size_lies(f, x);
	it.size = x->size;
	it.bits = x->bits;
	it.mtime_ns = x->mtime_ns;
	it.content = x->content;
	buf_init(&it.bytes, LIMIT_SMALL_FILE_BYTES);
	buf_init(&it.from, 0);
	rc = bytes.len == x->size ? buf_add(&it.bytes, bytes) : ERR_MISMATCH;
	if (rc < 0)
		return rc;
	x->state = FETCH_STAGING;
	return folder_stage(f, &it);
}

static int
take_answer(
    struct folder *f, struct folder_link *l, struct want *w, struct span bytes)
{
	struct fetch *x = asker(f, w);
	int rc = 0;

	if (x == NULL)
		return 0;
	x->asked--;
	x->giver = l->source;
	switch (w->item.kind) {
	case MSG_WANT_WHOLE:
		rc = take_whole(f, x, bytes);
		break;
	case MSG_WANT_LIST:
		rc = folder_list_came(f, x, &w->item, bytes);
		break;
	case MSG_WANT_CHUNKS:
		rc = folder_pieces_came(f, x, &w->item, bytes);
		break;
	}
	if (rc != ERR_MISMATCH)
		return rc;
	log_warn(f->log, "content_mismatch", LOG_STR("folder", f->id),
	    LOG_STR("peer", peer_name(link_peer(l->link))));
	unask(x, &w->item);
	l->wrong = true;
	if (x->verify)
		folder_lacks(f, l, &x->content);
	x->verify = true;
	return 0;
}

int
folder_fetch_data(
    struct folder *f, struct folder_link *l, const struct msg_data *m)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->n_pieces; i++) {
		const struct msg_piece *piece = &m->pieces[i];
		struct span bytes = piece->bytes;
		struct want *w;

		w = folder_table_find(l->wants, &piece->id, sizeof piece->id);
		if (w == NULL)
			continue; /* nobody waits for it any more */
		l->answered_ns = host_mono_ns(f->host);
		l->silent = false;
		if (piece->status == MSG_PIECE_MORE || w->parts.len > 0) {
			rc = buf_add(&w->parts, bytes);
			bytes = buf_span(&w->parts);
		}
		if (rc < 0 || piece->status == MSG_PIECE_MORE)
			continue;
		rc = take_answer(f, l, w, bytes);
		free_want(l, w);
	}
	folder_arm(f);
	if (rc < 0 && err_class(rc) != ERR_CLASS_PEER)
		folder_fail(f, rc, "data");
	return rc;
}

int
folder_fetch_notfound(
    struct folder *f, struct folder_link *l, const struct msg_notfound *m)
{
	bool any = false;

	for (size_t i = 0; i < m->n_ids; i++) {
		struct want *w;

		w = folder_table_find(l->wants, &m->ids[i], sizeof m->ids[i]);
		if (w == NULL)
			continue;
		not_given(f, l, w);
		any = true;
	}
	if (any)
		folder_plan_again(f);
	return 0;
}

void
folder_fetch_have(
    struct folder *f, struct folder_link *l, const struct msg_have *m)
{
	for (size_t i = 0; i < m->n_names; i++)
		folder_missing_drop(&l->missing, &m->names[i]);
	if (m->n_names > 0)
		folder_plan_again(f);
}

void
folder_fetch_forget(struct folder *f, struct folder_link *l)
{
	struct want *w, *next;

	HASH_ITER (hh, l->wants, w, next) {
		struct fetch *x = asker(f, w);

		if (x != NULL) {
			x->asked--;
			unask(x, &w->item);
		}
		free_want(l, w);
	}
	VEC_RELEASE(&l->to_ask);
}
