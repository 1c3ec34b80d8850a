/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contents that are nowhere here are asked of peers, within a credit of
 * bytes a link, and put into the stage as they come. Whoever does not hold
 * one says so; then the next is asked.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Chunks asked for in one want: about this many bytes. */
#define RUN_BYTES (1 << 20)
/* What a list may take on the wire, a chunk; bounds the credit for it. */
#define LIST_BYTES_CHUNK 40

struct fetch *
folder_fetch(struct folder *f, const struct name *content)
{
	struct fetch *x;

	HASH_FIND(hh, f->fetches, content, sizeof *content, x);
	return x;
}

static void
free_fetch(struct fetch *x)
{
	buf_release(&x->path);
	buf_release(&x->home);
	chunks_release(&x->list);
	free(x->offsets);
	free(x->have);
	free(x);
}

int
folder_fetch_add(struct folder *f, const struct version *v, struct span path,
    enum fetch_state state, struct fetch **out)
{
	struct fetch *x = calloc(1, sizeof *x);
	int rc;

	if (x == NULL)
		return -ENOMEM;
	x->content = v->content;
	x->state = state;
	x->size = v->size;
	x->bits = v->bits;
	x->mtime_ns = v->mtime_ns;
	buf_init(&x->path, LIMIT_PATH_BYTES);
	buf_init(&x->home, LIMIT_PATH_BYTES);
	rc = index_next_id(f->index, &x->id);
	if (rc == 0)
		rc = buf_add(&x->path, path);
	if (rc < 0) {
		free_fetch(x);
		return rc;
	}
	HASH_ADD(hh, f->fetches, content, sizeof x->content, x);
	*out = x;
	if (state == FETCH_LIST) {
		rc = index_chunks_get(f->index, &x->content, &x->list);
		if (rc == 0)
			return folder_pieces_begin(f, x);
		chunks_release(&x->list);
		return rc == ERR_NOTFOUND ? 0 : rc;
	}
	return 0;
}

static void
remove_staged(struct folder *f, const struct fetch *x)
{
	char name[24];

	if (x->placing || f->place.stage < 0)
		return;
	snprintf(name, sizeof name, "%lld", (long long)x->id);
	/* It may never have been made. */
	(void)!host_unlink(f->host, f->place.stage, name);
}

/* Forgets a content; what is in the stage of it goes, unless it was placed. */
void
folder_fetch_drop(struct folder *f, struct fetch *x)
{
	HASH_DEL(f->fetches, x);
	remove_staged(f, x);
	f->fetched_ns = host_mono_ns(f->host);
	x->dead = true;
	if (x->jobs == 0)
		free_fetch(x);
}

void
folder_fetch_unplace(struct folder *f, const struct apply_item *it, bool lost)
{
	struct fetch *x = folder_fetch(f, &it->content);

	if (x == NULL || x->id != it->id)
		return;
	x->placing = false;
	if (!lost) {
		folder_stage_settled(f, x);
		return;
	}
	folder_fetch_drop(f, x);
	folder_plan_again(f);
}

void
folder_fetch_unref(struct folder *f, struct fetch *x)
{
	if (--x->jobs > 0 || !x->dead)
		return;
	/* What was queued when it was dropped made the file anew. */
	remove_staged(f, x);
	free_fetch(x);
}

/* ---- whom to ask --------------------------------------------------------- */

/* Did it say that it lacks this, a short while ago? Then it is asked when the
 * pause is over. */
/* Lets what is asked for be gone through again then, at the latest. */
static void
ask_again(struct folder *f, int64_t due_ns)
{
	if (f->ask_ns > due_ns)
		f->ask_ns = due_ns;
	folder_alarm(f, f->ask_ns);
}

static bool
lacks(struct folder *f, const struct folder_link *l, const struct name *content)
{
	const struct missing *m = folder_missing_find(l->missing, content);
	int64_t until_ns = m != NULL ? m->until_ns : l->full_ns;

	if (until_ns <= host_mono_ns(f->host))
		return false;
	ask_again(f, until_ns);
	return true;
}

static struct folder_link *
holder(struct folder *f, const struct name *content)
{
	for (struct folder_link *l = f->links; l != NULL; l = l->next)
		if (l->link != NULL && !lacks(f, l, content))
			return l;
	return NULL;
}

int
folder_reachable(void *folder, const struct name *content)
{
	struct folder *f = folder;

	return folder_fetch(f, content) != NULL || holder(f, content) != NULL;
}

int
folder_fetch_tidy(struct folder *f)
{
	struct fetch *x, *next;
	int rc = 0;

	HASH_ITER (hh, f->fetches, x, next) {
		bool wanted = true;

		if (x->asked > 0 || x->jobs > 0 || x->placing ||
		    x->state == FETCH_STAGING ||
		    (x->state != FETCH_STAGED && holder(f, &x->content)))
			continue;
		rc = folder_fetch_wanted(f, x, &wanted);
		if (rc < 0)
			return rc;
		if (!wanted) {
			folder_fetch_drop(f, x);
			folder_plan_again(f);
		}
	}
	return 0;
}

/* ---- asking -------------------------------------------------------------- */

static bool
has_credit(const struct folder_link *l, uint64_t bytes)
{
	return l->n_wants < LIMIT_WANT_ITEMS &&
	       (l->wanted_bytes == 0 ||
		   l->wanted_bytes + bytes <= LIMIT_IN_FLIGHT_BYTES);
}

/* Could any link take one more want of a small file? */
static bool
any_credit(const struct folder *f)
{
	for (struct folder_link *l = f->links; l != NULL; l = l->next)
		if (l->link != NULL && has_credit(l, LIMIT_SMALL_FILE_BYTES))
			return true;
	return false;
}

static int
ask(struct folder *f, struct folder_link *l, struct fetch *x,
    const struct msg_want_item *described)
{
	struct want *w = calloc(1, sizeof *w);

	if (w == NULL)
		return -ENOMEM;
	w->item = *described;
	w->item.id = ++f->next_want;
	w->item.content = x->content;
	w->item.verify = x->verify;
	w->fetch = x->id;
	w->since_ns = host_mono_ns(f->host);
	if (l->n_wants == 0)
		l->answered_ns = w->since_ns;
	buf_init(&w->parts, w->item.expected);
	HASH_ADD(hh, l->wants, item.id, sizeof w->item.id, w);
	l->n_wants++;
	l->wanted_bytes += w->item.expected;
	x->asked++;
	return VEC_PUSH(&l->to_ask, w->item);
}

static int
ask_whole(struct folder *f, struct folder_link *l, struct fetch *x)
{
	struct msg_want_item item = {
	    .kind = MSG_WANT_WHOLE, .expected = (uint32_t)x->size};

	return has_credit(l, x->size) ? ask(f, l, x, &item) : 0;
}

/* Asks for the list as a difference to that of what stands at the path. */
static int
ask_list(struct folder *f, struct folder_link *l, struct fetch *x)
{
	uint64_t bytes = x->size / (4 << 10) * LIST_BYTES_CHUNK + 64;
	struct msg_want_item item = {.kind = MSG_WANT_LIST};
	struct chunk_list list = {0};
	struct entry e;
	int rc;

	item.expected = bytes < LIMIT_IN_FLIGHT_BYTES ? (uint32_t)bytes
						      : LIMIT_IN_FLIGHT_BYTES;
	if (!has_credit(l, item.expected))
		return 0;
	entry_init(&e);
	rc = index_load(f->index, buf_span(&x->path), &e);
	if (rc == 0 && e.base.present && e.disk.kind == KIND_FILE &&
	    index_chunks_get(f->index, &e.base.seen.content, &list) == 0)
		item.base = e.base.seen.content;
	chunks_release(&list);
	entry_release(&e);
	return rc < 0 ? rc : ask(f, l, x, &item);
}

/* Asks for the next run of missing chunks. 1 when it asked, 0 when there are
 * none or there is no credit. */
static int
ask_run(struct folder *f, struct folder_link *l, struct fetch *x)
{
	struct msg_want_item item = {.kind = MSG_WANT_CHUNKS};
	size_t at = x->from, n = x->list.v.n;
	int rc;

	while (at < n && x->have[at] != CHUNK_MISSING)
		at++;
	x->from = at;
	for (; at < n && x->have[at] == CHUNK_MISSING; at++) {
		uint32_t len = x->list.v.items[at].len;

		if (item.count > 0 && item.expected + len > RUN_BYTES)
			break;
		item.expected += len;
		item.count++;
	}
	if (item.count == 0 || !has_credit(l, item.expected))
		return 0;
	item.first = (uint32_t)x->from;
	rc = ask(f, l, x, &item);
	if (rc < 0)
		return rc;
	memset(x->have + x->from, CHUNK_COMING, item.count);
	return 1;
}

static bool
is_better(const struct folder_link *a, const struct folder_link *b)
{
	if (a->silent + a->wrong != b->silent + b->wrong)
		return a->silent + a->wrong < b->silent + b->wrong;
	return a->wanted_bytes < b->wanted_bytes;
}

/* Of those who may have it the one of whom least is asked: so who is slow,
 * or silent, does not keep others from giving. */
static struct folder_link *
whom_to_ask(struct folder *f, const struct name *content)
{
	struct folder_link *best = NULL;

	for (struct folder_link *l = f->links; l != NULL; l = l->next)
		if (l->link != NULL && !lacks(f, l, content) &&
		    (best == NULL || is_better(l, best)))
			best = l;
	return best;
}

static int
ask_for(struct folder *f, struct fetch *x)
{
	struct folder_link *l;
	int rc = 1;

	if (x->state == FETCH_STAGING || x->state == FETCH_STAGED ||
	    (x->state != FETCH_PIECES && x->asked > 0))
		return 0;
	l = whom_to_ask(f, &x->content);
	if (l == NULL)
		return 0;
	switch (x->state) {
	case FETCH_WHOLE:
		return ask_whole(f, l, x);
	case FETCH_LIST:
		return ask_list(f, l, x);
	case FETCH_PIECES:
		while (rc > 0)
			rc = ask_run(f, l, x);
		return rc;
	case FETCH_STAGING:
	case FETCH_STAGED:
		break;
	}
	return 0;
}

/* The fetch that a want was for, if it still is under way. */
static struct fetch *
asker(struct folder *f, const struct want *w)
{
	struct fetch *x = folder_fetch(f, &w->item.content);

	return x != NULL && x->id == w->fetch ? x : NULL;
}

static int
send_wants(struct folder_link *l)
{
	struct msg m = {.type = MSG_WANT};
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < l->to_ask.n; at += m.want.n_items) {
		m.want.channel = link_channel(l->link);
		m.want.items = l->to_ask.items + at;
		m.want.n_items = l->to_ask.n - at < LIMIT_WANT_ITEMS
				     ? l->to_ask.n - at
				     : LIMIT_WANT_ITEMS;
		rc = link_send(l->link, &m);
	}
	l->to_ask.n = 0;
	return rc;
}

static void
free_want(struct folder_link *l, struct want *w)
{
	HASH_DEL(l->wants, w);
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
		if (holder(f, &x->content) == NULL && x->jobs == 0 &&
		    x->state != FETCH_PIECES && x->state != FETCH_STAGED)
			folder_fetch_drop(f, x);
	}
	free_want(l, w);
}

/* Who was asked, is there, and gives nothing keeps nobody waiting. */
static void
give_up(struct folder *f, struct folder_link *l)
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
		ask_again(f, l->answered_ns + (ANSWER_MS + 1) * NS_PER_MS);
}

void
folder_fetch_step(struct folder *f)
{
	int rc = 0;

	for (struct folder_link *l = f->links; l != NULL; l = l->next)
		if (l->link != NULL)
			give_up(f, l);
	for (struct fetch *x = f->fetches;
	     rc == 0 && x != NULL && any_credit(f); x = x->hh.next)
		rc = ask_for(f, x);
	if (rc < 0)
		folder_fail(f, rc, "ask");
	for (struct folder_link *l = f->links; l != NULL; l = l->next)
		if (l->link != NULL && l->to_ask.n > 0 && send_wants(l) < 0)
			log_debug(
			    f->log, "want_not_sent", LOG_STR("folder", f->id));
}

/* ---- answers ------------------------------------------------------------- */

static int
take_whole(struct folder *f, struct fetch *x, struct span bytes)
{
	struct stage_item it = {.what = STAGE_WHOLE, .id = x->id};
	int rc;

	if (x->state != FETCH_WHOLE)
		return 0;
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
take_list(struct folder *f, struct fetch *x, const struct msg_want_item *item,
    struct span bytes)
{
	struct chunk_list base = {0};
	struct name name;
	int rc = 0;

	if (x->state != FETCH_LIST)
		return 0;
	if (index_chunks_get(f->index, &item->base, &base) < 0)
		chunks_release(&base);
	rc = chunks_patch(&base, bytes, &x->list);
	chunks_release(&base);
	if (rc == 0) {
		chunks_name(&x->list, &name);
		if (x->list.size != x->size || !name_equal(&name, &x->content))
			rc = ERR_MISMATCH;
	}
	if (rc < 0) {
		chunks_release(&x->list);
		return rc == -ENOMEM ? rc : ERR_MISMATCH;
	}
	rc = folder_batch(f);
	if (rc == 0)
		rc = index_chunks_put(f->index, &x->content, &x->list);
	return rc < 0 ? rc : folder_pieces_begin(f, x);
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
		rc = take_list(f, x, &w->item, bytes);
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

		HASH_FIND(hh, l->wants, &piece->id, sizeof piece->id, w);
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

		HASH_FIND(hh, l->wants, &m->ids[i], sizeof m->ids[i], w);
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

void
folder_fetches_release(struct folder *f)
{
	struct fetch *x, *next;

	HASH_ITER (hh, f->fetches, x, next)
		folder_fetch_drop(f, x);
}
