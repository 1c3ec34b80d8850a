/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: their coming and going, versions in, what each end remembers. */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is remembered of a device -------------------------------------- */

enum { KEY_CHARS = 16 + 2 * DEVICE_BYTES };

static void
key_of(char out[KEY_CHARS], const char *what, const uint8_t *device)
{
	int at = snprintf(out, KEY_CHARS, "%s:", what);

	for (int i = 0; i < DEVICE_BYTES; i++)
		at += snprintf(
		    out + at, (size_t)(KEY_CHARS - at), "%02x", device[i]);
}

/* A number kept by device: 0 and *out 0 when there is none. */
static int
recall(struct folder *f, const char *what, const uint8_t *device, uint64_t *out)
{
	struct wire_reader r;
	char key[KEY_CHARS];
	struct buf value;
	int rc;

	*out = 0;
	key_of(key, what, device);
	buf_init(&value, 64);
	rc = index_fact_get(f->index, key, &value);
	if (rc == 0) {
		r = wire_reader_of(buf_span(&value));
		*out = wire_u64(&r);
		rc = wire_end(&r) < 0 ? ERR_CORRUPT : 0;
	}
	buf_release(&value);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static int
remember(struct folder *f, const char *what, const uint8_t *device, uint64_t n)
{
	struct wire_writer w;
	char key[KEY_CHARS];
	struct buf value;
	int rc;

	key_of(key, what, device);
	buf_init(&value, 64);
	w = wire_writer_of(&value);
	wire_put_u64(&w, n);
	rc = wire_writer_end(&w);
	if (rc == 0)
		rc = folder_batch(f);
	if (rc == 0)
		rc = index_fact_put(f->index, key, buf_span(&value));
	buf_release(&value);
	return rc;
}

int
folder_acked_put(struct folder *f, const uint8_t *device, struct dot acked)
{
	struct wire_writer w;
	char key[KEY_CHARS];
	struct buf value;
	int rc;

	key_of(key, "acked", device);
	buf_init(&value, 64);
	w = wire_writer_of(&value);
	wire_put_u64(&w, acked.replica);
	wire_put_u64(&w, acked.counter);
	rc = wire_writer_end(&w);
	if (rc == 0)
		rc = index_fact_put(f->index, key, buf_span(&value));
	buf_release(&value);
	return rc;
}

/* What the device is known to have of our number. */
static int
recall_acked(struct folder *f, struct folder_link *l)
{
	struct wire_reader r;
	char key[KEY_CHARS];
	struct dot acked;
	struct buf value;
	int rc;

	key_of(key, "acked", l->device);
	buf_init(&value, 64);
	rc = index_fact_get(f->index, key, &value);
	if (rc == 0) {
		r = wire_reader_of(buf_span(&value));
		acked.replica = wire_u64(&r);
		acked.counter = wire_u64(&r);
		rc = wire_end(&r) < 0 ? ERR_CORRUPT : 0;
		if (acked.replica == index_replica(f->index))
			l->acked = acked.counter;
	}
	buf_release(&value);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

/* Notes a device's replica. A resume point of the one before goes, so that
 * who has a new number each time leaves no trail. */
static int
replaced(struct folder *f, const uint8_t *device, uint64_t replica)
{
	uint64_t before;
	int rc = recall(f, "replica", device, &before);

	if (rc < 0 || before == replica)
		return rc;
	rc = folder_batch(f);
	if (rc == 0 && before != 0)
		rc = index_resume_drop(f->index, before);
	return rc < 0 ? rc : remember(f, "replica", device, replica);
}

/* Our small number for a device, given when it is first seen. */
static int
source_of(struct folder *f, const uint8_t *device, unsigned *out)
{
	uint64_t n;
	int64_t fresh;
	int rc = recall(f, "source", device, &n);

	if (rc == 0 && n == 0) {
		rc = folder_batch(f);
		if (rc == 0)
			rc = index_next_id(f->index, &fresh);
		n = rc == 0 ? (uint64_t)fresh : 0;
		if (rc == 0)
			rc = remember(f, "source", device, n);
	}
	*out = (unsigned)n;
	return rc;
}

int
folder_offer(struct folder *f, const uint8_t *device, struct msg_folder *out)
{
	struct index_resume point = {0};
	uint64_t replica;
	int rc;

	*out = (struct msg_folder){
	    .id = span_str(f->id), .format = PEER_FORMAT, .mode = f->mode};
	if (f->state == FOLDER_FAILED)
		return ERR_CLOSED;
	out->replica = index_replica(f->index);
	rc = recall(f, "replica", device, &replica);
	if (rc == 0 && replica != 0)
		rc = index_resume_get(f->index, replica, &point);
	if (rc == 0)
		rc = vector_copy(index_knowledge(f->index), &out->knowledge);
	out->has_resume = point.present;
	out->resume =
	    (struct msg_resume){point.replica, point.noted, point.last};
	return rc;
}

/* ---- links --------------------------------------------------------------- */

static struct folder_link *
find(struct folder *f, const struct peer_link *l)
{
	for (struct folder_link *x = f->links; x != NULL; x = x->next)
		if (x->link == l)
			return x;
	return NULL;
}

static void
free_link(struct folder_link *l)
{
	peer_stream_release(&l->stream);
	vector_release(&l->noted);
	vector_release(&l->told);
	folder_missing_release(&l->missing);
	folder_missing_release(&l->told_missing);
	chunks_release(&l->serving_list);
	free(l->serving_offsets);
	chunks_release(&l->serving_base);
	VEC_RELEASE(&l->asked);
	VEC_RELEASE(&l->have);
	VEC_RELEASE(&l->to_ask);
	free(l);
}

void
folder_link_unref(struct folder_link *l)
{
	if (l->link == NULL && l->serving == 0)
		free_link(l);
}

static struct folder_link *
new_link(struct folder *f, struct peer_link *link, const uint8_t *device)
{
	struct folder_link *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->folder = f;
	l->link = link;
	memcpy(l->device, device, DEVICE_BYTES);
	l->next = f->links;
	f->links = l;
	return l;
}

void
folder_link_up(struct folder *f, struct peer_link *link, const uint8_t *device,
    const struct msg_folder *theirs)
{
	const char *name = peer_name(link_peer(link));
	struct folder_link *l = find(f, link);
	int rc = 0;

	if (f->closing || f->state == FOLDER_FAILED)
		return;
	if (l == NULL) {
		l = new_link(f, link, device);
		rc = l == NULL ? -ENOMEM : 0;
	}
	if (rc == 0)
		rc = recall_acked(f, l);
	if (rc == 0 && folder_names_us(f, &theirs->knowledge)) {
		/* Who lies all the time is heard, but not believed. */
		rc = folder_renumber(f, l);
		rc = rc == ERR_GRAMMAR ? 0 : rc;
	}
	if (rc == 0)
		rc = folder_own_linked(f, true);
	if (rc == 0)
		rc = source_of(f, device, &l->source);
	if (rc == 0)
		rc = replaced(f, device, theirs->replica);
	if (rc == 0)
		rc = peer_stream_start(&l->stream, f->index, theirs, l->source);
	if (rc == 0)
		folder_own_doubt(f, &l->stream.skip);
	if (rc < 0) {
		folder_fail(f, rc, "link");
		return;
	}
	folder_list_count(f, l);
	l->replica = theirs->replica;
	l->open = true;
	l->partial = l->noted_set = l->reported = false;
	l->halted = l->told_halt = MSG_HALT_OVER;
	vector_release(&l->told);
	folder_missing_release(&l->missing);
	log_info(
	    f->log, "link_up", LOG_STR("folder", f->id), LOG_STR("peer", name));
	folder_acked(f, l, &theirs->knowledge);
	folder_plan_again(f);
	folder_tell(f);
}

void
folder_link_down(struct folder *f, struct peer_link *link)
{
	struct folder_link *l = find(f, link);

	if (l == NULL)
		return;
	for (struct folder_link **at = &f->links; *at != NULL;
	     at = &(*at)->next)
		if (*at == l) {
			*at = l->next;
			break;
		}
	folder_fetch_forget(f, l);
	l->link = NULL;
	folder_link_unref(l);
	if (f->closing || f->state == FOLDER_FAILED)
		return;
	if (f->links == NULL && folder_own_linked(f, false) < 0)
		folder_fail(f, -EIO, "note that all links went");
	folder_plan_again(f);
	folder_tell(f);
}

void
folder_link_writable(struct folder *f, struct peer_link *l)
{
	(void)l;
	if (!f->closing && f->state != FOLDER_FAILED)
		folder_arm(f);
}

bool
folder_stream_open(const struct folder *f)
{
	for (struct folder_link *l = f->links; l != NULL; l = l->next)
		if (l->open)
			return true;
	return false;
}

/* ---- versions in --------------------------------------------------------- */

static bool
is_full(const struct entry *e)
{
	return e->known.v.n > LIMIT_SIBLINGS - SIBLINGS_OURS;
}

/*
 * Bad peers have filled the path with versions: it takes no more of them, and
 * all other paths go on. What they know is then not taken over, so that what
 * was left out comes again.
 */
static void
refuse(struct folder *f, struct folder_link *l, const struct entry *e)
{
	l->partial = true;
	folder_trouble(f, entry_path(e), ERR_LIMIT, false, false);
}

static int
take_version(
    struct folder *f, struct folder_link *l, struct version *v, bool holds)
{
	bool is_new, has_content = v->kind == KIND_FILE;
	struct name content = v->content;
	struct entry e;
	int rc = 0;

	log_debug(f->log, "version_came", LOG_STR("folder", f->id),
	    LOG_PATH("path", v->path), LOG_INT("kind", v->kind),
	    LOG_DOT("dot", v->dot));
	entry_init(&e);
	if (folder_names_us(f, &v->vector))
		rc = folder_renumber(f, l);
	if (rc == 0)
		rc = index_load(f->index, v->path, &e);
	if (rc == 0)
		rc = version_set_add(&e.known, v, NULL, &is_new);
	else
		version_free(v);
	if (rc == ERR_LIMIT || (rc == 0 && is_new && is_full(&e))) {
		refuse(f, l, &e);
		rc = 0;
	} else if (rc == 0 && is_new) {
		rc = index_store(f->index, &e, l->source);
	}
	entry_release(&e);
	if (rc == 0 && has_content && holds)
		folder_missing_drop(&l->missing, &content);
	else if (rc == 0 && has_content)
		folder_lacks(f, l, &content);
	return rc;
}

/* Where the stream goes on if it breaks after this batch. */
static int
note_resume(
    struct folder *f, struct folder_link *l, const struct msg_versions *m)
{
	struct index_resume point = {.present = true,
	    .replica = l->replica,
	    .noted = l->noted,
	    .last = m->cursor};

	if (m->last)
		return index_resume_drop(f->index, l->replica);
	if (!l->noted_set || m->cursor.counter == 0 || l->partial || l->stale)
		return 0;
	return index_resume_put(f->index, &point);
}

static int
take_knowledge(
    struct folder *f, struct folder_link *l, const struct msg_versions *m)
{
	int rc = 0;

	if (folder_names_us(f, &m->end))
		rc = folder_renumber(f, l);
	/* It comes again, of all that we lack, once the link came up anew. */
	if (rc < 0 || l->stale)
		return rc;
	if (!l->partial)
		rc = index_learn(f->index, &m->end);
	if (rc == 0 && f->fresh) {
		f->fresh = false;
		rc = folder_own_note(f);
	}
	if (rc < 0)
		return rc;
	folder_acked(f, l, &m->end);
	vector_release(&l->told);
	rc = vector_copy(&m->end, &l->told);
	l->open = false;
	l->reported = false;
	return rc;
}

static int
store_versions(
    struct folder *f, struct folder_link *l, const struct msg_versions *m)
{
	struct version *v;
	int rc = folder_batch(f);

	l->open = true;
	if (rc == 0 && m->first) {
		vector_release(&l->noted);
		rc = vector_copy(&m->noted, &l->noted);
		l->noted_set = rc == 0;
	}
	for (size_t i = 0; rc == 0 && i < m->n_records; i++) {
		rc = version_parse(m->records[i].bytes, &v);
		if (rc == 0)
			rc = take_version(f, l, v, m->records[i].holds);
	}
	if (rc == 0)
		rc = note_resume(f, l, m);
	if (rc == 0 && m->last)
		rc = take_knowledge(f, l, m);
	return rc;
}

/* What a peer sent wrong ends its session; what it sent before in the same
 * batch is true all the same. Everything else is our trouble. */
static int
take_versions(
    struct folder *f, struct folder_link *l, const struct msg_versions *m)
{
	int rc = store_versions(f, l, m);

	if (rc < 0 && rc != ERR_GRAMMAR && rc != ERR_LIMIT) {
		folder_fail(f, rc, "versions");
		return 0;
	}
	folder_plan_again(f);
	folder_tell(f);
	return rc;
}

int
folder_link_message(struct folder *f, struct peer_link *link, struct msg *m)
{
	struct folder_link *l = find(f, link);

	if (l == NULL || f->closing || f->state == FOLDER_FAILED)
		return 0;
	switch (m->type) {
	case MSG_VERSIONS:
		return take_versions(f, l, &m->versions);
	case MSG_HAVE:
		l->reported = true;
		l->open_paths = m->have.open_paths;
		l->open_bytes = m->have.open_bytes;
		folder_fetch_have(f, l, &m->have);
		folder_tell(f);
		return 0;
	case MSG_HALT:
		l->halted = m->halt.why;
		log_info(f->log, "peer_halted", LOG_STR("folder", f->id),
		    LOG_STR("peer", peer_name(link_peer(link))),
		    LOG_BOOL("over", l->halted == MSG_HALT_OVER));
		folder_tell(f);
		return 0;
	case MSG_WANT:
		return folder_serve_want(f, l, &m->want);
	case MSG_DATA:
		return folder_fetch_data(f, l, &m->data);
	case MSG_NOTFOUND:
		return folder_fetch_notfound(f, l, &m->notfound);
	case MSG_HELLO:
	case MSG_FOLDER:
	case MSG_UNFOLDER:
	case MSG_PING:
	case MSG_PONG:
	case MSG_CLOSE:
		break;
	}
	return ERR_GRAMMAR;
}

void
folder_links_release(struct folder *f)
{
	while (f->links != NULL) {
		struct folder_link *l = f->links;

		f->links = l->next;
		folder_fetch_forget(f, l);
		l->link = NULL;
		folder_link_unref(l);
	}
}
