/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers what peers ask: by content name only, never by path, from files
 * that still are as the last look saw them. The control thread finds out
 * where; a job reads and puts the message together.
 */
#include "daemon/folder/folder_serve_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/chunk/chunk.h"

/* ---- where a content is -------------------------------------------------- */

static int
locate_past(struct folder *f, struct answer *a)
{
	struct index_past p;
	int rc = index_past_find(f->index, &a->content, &a->past);

	if (rc <= 0)
		return rc < 0 ? rc : ERR_NOTFOUND;
	index_past_init(&p);
	rc = index_past_get(f->index, a->past, &p);
	a->expect = (struct observation){
	    .kind = p.kind, .size = p.size, .mtime_ns = p.mtime_ns};
	if (rc == 0)
		rc = p.kind == KIND_FILE ? buf_add(&a->path, buf_span(&p.name))
					 : ERR_NOTFOUND;
	index_past_release(&p);
	return rc;
}

/* Finds a file that shows the content: ERR_NOTFOUND when there is none. */
static int
locate(struct folder *f, struct answer *a)
{
	struct path_list paths;
	struct entry e;
	int rc;

	path_list_init(&paths);
	entry_init(&e);
	rc = index_find_content(f->index, &a->content, 1, &paths);
	if (rc == 0 && paths.v.n == 0) {
		rc = locate_past(f, a);
		goto out;
	}
	if (rc == 0)
		rc = buf_add(&a->path, path_list_get(&paths, 0));
	if (rc == 0)
		rc = index_load(f->index, buf_span(&a->path), &e);
	if (rc == 0 && e.disk.kind != KIND_FILE)
		rc = ERR_NOTFOUND;
	a->expect = e.disk;
out:
	entry_release(&e);
	path_list_release(&paths);
	return rc;
}

/* The list of a content, kept by the link while one file is asked for. */
static int
list_of(struct folder *f, struct folder_link *l, const struct name *content)
{
	int rc;

	if (l->serving_list.v.n > 0 && name_equal(&l->serving_name, content))
		return 0;
	chunks_release(&l->serving_list);
	free(l->serving_offsets);
	l->serving_offsets = NULL;
	rc = index_chunks_get(f->index, content, &l->serving_list);
	if (rc == 0)
		rc = chunks_offsets(&l->serving_list, &l->serving_offsets);
	if (rc < 0)
		chunks_release(&l->serving_list);
	l->serving_name = *content;
	return rc;
}

/* The list that the asker has; empty when there is none here. */
static void
base_of(struct folder *f, struct folder_link *l, const struct name *base)
{
	if (name_equal(&l->serving_base_name, base))
		return;
	chunks_release(&l->serving_base);
	l->serving_base_name = *base;
	if (index_chunks_get(f->index, base, &l->serving_base) < 0)
		chunks_release(&l->serving_base);
}

static int
answer_list(struct folder *f, struct folder_link *l, struct serve *s,
    const struct msg_want_item *item, struct answer *a)
{
	int rc = list_of(f, l, &item->content);

	if (rc == 0 && item->first >= l->serving_list.v.n)
		rc = ERR_NOTFOUND;
	if (rc < 0)
		return rc;
	base_of(f, l, &item->base);
	a->made = true;
	a->bytes_at = s->bytes.len;
	rc = chunks_diff(
	    &l->serving_base, &l->serving_list, item->first, &s->bytes);
	a->len = (uint32_t)(s->bytes.len - a->bytes_at);
	return rc;
}

static int
answer_chunks(struct folder *f, struct folder_link *l,
    const struct msg_want_item *item, struct answer *a)
{
	uint64_t len;
	int rc = list_of(f, l, &item->content);

	if (rc == 0 && item->first + item->count > l->serving_list.v.n)
		rc = ERR_NOTFOUND;
	if (rc < 0)
		return rc;
	a->at = l->serving_offsets[item->first];
	len = l->serving_offsets[item->first + item->count] - a->at;
	if (len > LIMIT_CHUNK_BYTES)
		return ERR_NOTFOUND; /* more than anybody has to ask at once */
	a->len = (uint32_t)len;
	if (item->verify) {
		a->chunks = calloc(item->count, sizeof *a->chunks);
		if (a->chunks == NULL)
			return -ENOMEM;
		memcpy(a->chunks, l->serving_list.v.items + item->first,
		    item->count * sizeof *a->chunks);
		a->n_chunks = item->count;
	}
	return locate(f, a);
}

static int
prepare(struct folder *f, struct folder_link *l, struct serve *s,
    const struct msg_want_item *item)
{
	struct answer a = {
	    .id = item->id, .verify = item->verify, .content = item->content};

	buf_init(&a.path, INDEX_PAST_NAME_BYTES);
	switch (item->kind) {
	case MSG_WANT_WHOLE:
		a.rc = locate(f, &a);
		if (a.rc == 0 && a.expect.size > LIMIT_SMALL_FILE_BYTES)
			a.rc = ERR_NOTFOUND;
		a.len = a.rc == 0 ? (uint32_t)a.expect.size : 0;
		break;
	case MSG_WANT_LIST:
		a.rc = answer_list(f, l, s, item, &a);
		break;
	case MSG_WANT_CHUNKS:
		a.rc = answer_chunks(f, l, item, &a);
		break;
	}
	if (VEC_PUSH(&s->answers, a) == 0)
		return 0;
	free(a.chunks);
	buf_release(&a.path);
	return -ENOMEM;
}

/* ---- after the job ------------------------------------------------------- */

static void
free_serve(struct serve *s)
{
	VEC_EACH (&s->answers, a) {
		free(a->chunks);
		buf_release(&a->path);
	}
	VEC_RELEASE(&s->answers);
	buf_release(&s->bytes);
	buf_release(&s->message);
	free(s);
}

static int
send_notfound(struct serve *s)
{
	struct msg m = {.type = MSG_NOTFOUND};
	VEC(uint32_t) ids = {0};
	int rc = 0;

	VEC_EACH (&s->answers, a)
		if (rc == 0 && a->rc != 0) {
			rc = VEC_PUSH(&ids, a->id);
			(void)folder_missing_add(
			    &s->link->told_missing, &a->content);
		}
	m.notfound.channel = link_channel(s->link->link);
	m.notfound.ids = ids.items;
	m.notfound.n_ids = ids.n;
	if (rc == 0 && ids.n > 0)
		rc = link_send(s->link->link, &m);
	VEC_RELEASE(&ids);
	return rc;
}

/* A kept version that is not what it was is none any more. */
static void
lost(struct folder *f, const struct answer *a)
{
	int rc;

	if (a->rc != ERR_CHANGED && a->rc != -ENOENT)
		return;
	rc = folder_batch(f);
	if (rc == 0)
		rc = index_past_lost(f->index, a->past);
	if (rc < 0)
		folder_fail(f, rc, "kept version");
}

/* A file that is not as its last look saw it is looked at again. */
static void
look_again(struct folder *f, struct serve *s)
{
	VEC_EACH (&s->answers, a) {
		if (a->rc == 0)
			continue;
		log_debug(f->log, "not_found", LOG_STR("folder", f->id),
		    LOG_PATH("path", buf_span(&a->path)),
		    LOG_ERR("error", a->rc));
		if (a->path.len == 0)
			continue;
		if (a->past != 0) {
			lost(f, a);
			continue;
		}
		folder_look_at(f, buf_span(&a->path), false, true);
		if (a->rc != ERR_CHANGED && a->rc != -ENOENT)
			log_warn(f->log, "not_served", LOG_STR("folder", f->id),
			    LOG_SPAN("path", buf_span(&a->path)),
			    LOG_ERR("error", a->rc));
	}
}

static void
serve_done(void *arg)
{
	struct serve *s = arg;
	struct folder *f = s->folder;
	struct folder_link *l = s->link;
	int rc = s->rc;

	l->serving--;
	if (l->link != NULL && !f->closing) {
		if (rc == 0 && s->message.len > 0)
			rc = link_send_bytes(l->link, buf_span(&s->message));
		if (rc == 0)
			rc = send_notfound(s);
		if (rc < 0)
			log_debug(f->log, "answer_not_sent",
			    LOG_STR("folder", f->id), LOG_ERR("error", rc));
	}
	if (folder_live(f))
		look_again(f, s);
	folder_link_unref(l);
	free_serve(s);
	folder_job_done(f);
}

/* Takes a job's worth off what the link was asked. */
static int
start_serve(struct folder *f, struct folder_link *l)
{
	struct serve *s = calloc(1, sizeof *s);
	int rc = 0;

	if (s == NULL)
		return -ENOMEM;
	s->folder = f;
	s->link = l;
	s->host = f->host;
	s->root = f->root;
	s->versions = f->place.versions;
	s->dir = -1;
	s->channel = link_channel(l->link);
	buf_init(&s->bytes, LIMIT_MESSAGE_BYTES);
	buf_init(&s->message, MSG_BYTES_MAX);
	while (rc == 0 && l->asked_from < l->asked.n &&
	       s->answers.n < JOB_STAGES && s->len < SERVE_BYTES) {
		rc = prepare(f, l, s, &l->asked.items[l->asked_from++]);
		if (rc == 0)
			s->len += s->answers.items[s->answers.n - 1].len;
	}
	if (rc == 0)
		rc = folder_job(f, folder_serve_run, serve_done, s);
	if (rc < 0) {
		free_serve(s);
		return rc;
	}
	l->serving++;
	return 0;
}

void
folder_serve_step(struct folder *f)
{
	if (f->state == FOLDER_FAILED)
		return;
	for (struct folder_link *l = f->links; l != NULL; l = l->next) {
		int rc = 0;

		while (rc == 0 && l->link != NULL &&
		       l->asked_from < l->asked.n &&
		       l->serving < JOBS_SERVING && link_has_room(l->link))
			rc = start_serve(f, l);
		if (rc < 0)
			folder_fail(f, rc, "serve");
		if (l->asked_from == l->asked.n)
			l->asked.n = l->asked_from = 0;
	}
}

int
folder_serve_want(
    struct folder *f, struct folder_link *l, const struct msg_want *m)
{
	if (l->asked.n - l->asked_from + m->n_items > LIMIT_WANT_QUEUED)
		return ERR_LIMIT;
	/* Who asks as fast as it is answered never lets the queue run dry. */
	if (l->asked_from > LIMIT_WANT_QUEUED) {
		l->asked.n -= l->asked_from;
		memmove(l->asked.items, l->asked.items + l->asked_from,
		    l->asked.n * sizeof *l->asked.items);
		l->asked_from = 0;
	}
	for (size_t i = 0; i < m->n_items; i++)
		if (VEC_PUSH(&l->asked, m->items[i]) < 0)
			return -ENOMEM;
	folder_arm(f);
	return 0;
}
