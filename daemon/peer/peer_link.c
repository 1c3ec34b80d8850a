/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/peer/peer_internal.h"

/* Produce no more for a session while this much is queued on it. */
#define ROOM_BYTES (LIMIT_SEND_QUEUE_BYTES / 4)

static struct peer_link *
find(struct peer *p, struct span id)
{
	for (struct peer_link *l = p->links; l != NULL; l = l->next)
		if (span_equal(span_str(l->id), id))
			return l;
	return NULL;
}

struct peer_link *
peer_find_channel(struct peer *p, uint16_t channel)
{
	for (struct peer_link *l = p->links; l != NULL; l = l->next)
		if (l->ours && l->our_channel == channel)
			return l;
	return NULL;
}

static int
find_or_add(struct peer *p, struct span id, struct peer_link **out)
{
	struct peer_link *l = find(p, id);

	if (l == NULL) {
		if (p->n_links >= LIMIT_FOLDERS)
			return ERR_LIMIT;
		l = calloc(1, sizeof *l);
		if (l == NULL)
			return -ENOMEM;
		memcpy(l->id, id.p, id.len);
		buf_init(&l->offer, MSG_BYTES_MAX);
		l->peer = p;
		l->next = p->links;
		p->links = l;
		p->n_links++;
	}
	*out = l;
	return 0;
}

static void
down(struct peer_link *l)
{
	if (!l->up)
		return;
	l->up = false;
	l->peer->cbs->link_down(l->peer->arg, l);
}

/* Takes a link out when neither side offers it any more. */
static void
drop_unless_offered(struct peer *p, struct peer_link *gone)
{
	if (gone->ours || gone->theirs)
		return;
	for (struct peer_link **at = &p->links; *at != NULL; at = &(*at)->next)
		if (*at == gone) {
			*at = gone->next;
			break;
		}
	p->n_links--;
	buf_release(&gone->offer);
	free(gone);
}

void
peer_drop_links(struct peer *p)
{
	while (p->links != NULL) {
		struct peer_link *l = p->links;

		down(l);
		l->ours = l->theirs = false;
		drop_unless_offered(p, l);
	}
}

/* Both sides offer: the owner hears of it, with their latest offer. */
static int
bring_up(struct peer_link *l)
{
	struct msg theirs;
	int rc;

	if (!l->ours || !l->theirs)
		return 0;
	rc = msg_parse(&l->peer->zstd, buf_span(&l->offer), &theirs);
	if (rc < 0)
		return rc;
	if (theirs.folder.format == PEER_FORMAT) {
		l->up = true;
		l->peer->cbs->link_up(l->peer->arg, l, &theirs.folder);
	} else {
		log_warn(l->peer->log, "folder_of_other_format",
		    LOG_STR("peer", l->peer->name), LOG_STR("folder", l->id),
		    LOG_INT("format", theirs.folder.format));
		down(l);
	}
	msg_release(&theirs);
	return 0;
}

/* Has another folder of theirs this channel? */
static bool
is_taken(const struct peer *p, const struct msg *m)
{
	for (struct peer_link *l = p->links; l != NULL; l = l->next)
		if (l->theirs && l->their_channel == m->folder.channel &&
		    !span_equal(span_str(l->id), m->folder.id))
			return true;
	return false;
}

int
peer_take_folder(struct peer *p, struct msg *m, struct span raw)
{
	struct peer_link *l;
	int rc;

	if (is_taken(p, m))
		return ERR_GRAMMAR;
	rc = find_or_add(p, m->folder.id, &l);
	if (rc < 0)
		return rc;
	l->theirs = true;
	l->their_channel = m->folder.channel;
	buf_clear(&l->offer);
	rc = buf_add(&l->offer, raw);
	if (rc < 0 || l->ours)
		return rc < 0 ? rc : bring_up(l);
	/* An owner that now offers it as well brings it up by that. */
	p->cbs->offered(p->arg, p, m->folder.id);
	return 0;
}

int
peer_take_unfolder(struct peer *p, struct msg *m)
{
	for (struct peer_link *l = p->links; l != NULL; l = l->next)
		if (l->theirs && l->their_channel == m->unfolder.channel) {
			l->theirs = false;
			down(l);
			drop_unless_offered(p, l);
			return 0;
		}
	return ERR_GRAMMAR;
}

int
peer_offer(struct peer *p, struct msg_folder *mine, void *owner)
{
	struct msg m = {.type = MSG_FOLDER};
	struct peer_link *l;
	int rc = find_or_add(p, mine->id, &l);

	if (rc < 0)
		return rc;
	mine->channel = l->ours ? l->our_channel : p->next_channel;
	m.folder = *mine;
	/* Each channel is given once, so that late messages find nobody. */
	rc = mine->channel == UINT16_MAX ? ERR_LIMIT : peer_send(p, &m);
	if (rc < 0) {
		drop_unless_offered(p, l);
		return rc;
	}
	if (!l->ours)
		l->our_channel = p->next_channel++;
	l->ours = true;
	l->owner = owner;
	return l->up ? 0 : bring_up(l);
}

void
peer_unoffer(struct peer *p, struct span id)
{
	struct msg m = {.type = MSG_UNFOLDER};
	struct peer_link *l = find(p, id);

	if (l == NULL || !l->ours)
		return;
	m.unfolder.channel = l->our_channel;
	if (peer_send(p, &m) < 0)
		log_debug(
		    p->log, "unfolder_not_sent", LOG_STR("peer", p->name));
	l->ours = false;
	down(l);
	drop_unless_offered(p, l);
}

void *
link_owner(const struct peer_link *l)
{
	return l->owner;
}

struct peer *
link_peer(const struct peer_link *l)
{
	return l->peer;
}

uint16_t
link_channel(const struct peer_link *l)
{
	return l->their_channel;
}

int
link_send(struct peer_link *l, const struct msg *m)
{
	return peer_send(l->peer, m);
}

int
link_send_bytes(struct peer_link *l, struct span message)
{
	return peer_send_bytes(l->peer, message);
}

bool
link_has_room(const struct peer_link *l)
{
	return l->peer->channel.queued(l->peer->channel.arg) < ROOM_BYTES;
}

bool
link_halts(const struct peer_link *l)
{
	return l->peer->halts;
}

bool
link_takes_metadata(const struct peer_link *l)
{
	return l->peer->metadata;
}
