/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: their coming and going, and who takes what they bring. */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
		rc = folder_acked_get(f, l);
	if (rc == 0 && folder_names_us(f, &theirs->knowledge)) {
		/* Who lies all the time is heard, but not believed. */
		rc = folder_renumber(f, l);
		rc = rc == ERR_GRAMMAR ? 0 : rc;
	}
	if (rc == 0)
		rc = folder_own_linked(f, true);
	if (rc == 0)
		rc = folder_device_source(f, device, &l->source);
	if (rc == 0)
		rc = folder_device_replica(f, device, theirs->replica);
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

int
folder_link_message(struct folder *f, struct peer_link *link, struct msg *m)
{
	struct folder_link *l = find(f, link);

	if (l == NULL || f->closing || f->state == FOLDER_FAILED)
		return 0;
	switch (m->type) {
	case MSG_VERSIONS:
		return folder_take_versions(f, l, &m->versions);
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
