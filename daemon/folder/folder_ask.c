/* SPDX-License-Identifier: Apache-2.0 */
/* Asking peers for contents, within a credit of bytes a link. */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/chunk/chunk.h"

/* Chunks asked for in one want: about this many bytes. */
#define RUN_BYTES (1 << 20)
/* What a list may take on the wire, a chunk; bounds the credit for it. */
#define LIST_BYTES_CHUNK 40

/* What came and is not written yet counts for all links together: a disk that
 * is slower than the network must not fill the memory. */
static bool
has_credit(const struct folder_link *l, uint64_t bytes)
{
	return l->folder->to_stage_bytes < LIMIT_IN_FLIGHT_BYTES &&
	       l->n_wants < LIMIT_WANT_ITEMS &&
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
	if (!folder_table_add(&l->wants, w, &w->item.id, sizeof w->item.id)) {
		free(w);
		return -ENOMEM;
	}
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

/* Asks for the list, or for its next part. */
static int
ask_list(struct folder *f, struct folder_link *l, struct fetch *x)
{
	struct msg_want_item item = {.kind = MSG_WANT_LIST};
	uint64_t chunks = chunk_count_max(x->size) - x->list.v.n;
	int rc = 0;

	if (chunks > LIMIT_LIST_CHUNKS)
		chunks = LIMIT_LIST_CHUNKS;
	item.first = (uint32_t)x->list.v.n;
	item.expected = (uint32_t)chunks * LIST_BYTES_CHUNK + 64;
	if (!has_credit(l, item.expected))
		return 0;
	if (item.first == 0) {
		if (l->list_chunks >= LIST_CHUNKS_MAX)
			return 0;
		rc = folder_list_base(f, x);
	}
	item.base = x->base;
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
		if (l->link != NULL && !folder_link_lacks(f, l, content) &&
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

void
folder_fetch_step(struct folder *f)
{
	int rc = 0;

	for (struct folder_link *l = f->links; l != NULL; l = l->next)
		if (l->link != NULL)
			folder_answers_due(f, l);
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
