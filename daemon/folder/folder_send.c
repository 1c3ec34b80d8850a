/* SPDX-License-Identifier: Apache-2.0 */
/* What sessions are told: streams of versions, what we hold, how far we are. */
#include "daemon/folder/folder_internal.h"

#include <string.h>

/* We hold a content now: whoever we told that we do not hears of it. */
void
folder_links_held(struct folder *f, const struct name *content)
{
	for (struct folder_link *l = f->links; l != NULL; l = l->next) {
		if (folder_missing_find(l->told_missing, content) == NULL)
			continue;
		folder_missing_drop(&l->told_missing, content);
		if (VEC_PUSH(&l->have, *content) < 0)
			log_debug(
			    f->log, "have_not_told", LOG_STR("folder", f->id));
		l->report_due = true;
	}
}

void
folder_links_report(struct folder *f)
{
	for (struct folder_link *l = f->links; l != NULL; l = l->next)
		l->report_due = true;
	folder_arm(f);
}

static void
note_unheld(struct folder_link *l, const struct peer_batch *batch)
{
	VEC_EACH (&batch->list.v, it)
		if (!it->held && it->version->kind == KIND_FILE)
			folder_missing_add(
			    &l->told_missing, &it->version->content);
}

/* What it cannot read would end the session, again and again; and what comes
 * after it may not, for then it would claim to know all before. */
static bool
is_beyond(
    struct folder *f, struct folder_link *l, const struct peer_batch *batch)
{
	VEC_EACH (&batch->list.v, it)
		l->mute |=
		    it->version->meta.len > 0 && !link_takes_metadata(l->link);
	if (l->mute)
		log_warn(f->log, "peer_too_old", LOG_STR("folder", f->id),
		    LOG_STR("peer", peer_name(link_peer(l->link))),
		    LOG_STR("why",
			"its Tutti knows nothing of metadata, which this"
			" folder's files have: install a newer one there"));
	return l->mute;
}

/* Sends what the stream has, while there is room. 1: there is more. */
static int
send_stream(struct folder *f, struct folder_link *l)
{
	struct peer_batch batch;
	struct msg m = {.type = MSG_VERSIONS};
	int rc = 1;

	while (rc > 0 && !l->mute && link_has_room(l->link)) {
		rc = peer_stream_step(&l->stream, f->index, TURN_BATCH, &batch);
		if (rc > 0 && !is_beyond(f, l, &batch)) {
			note_unheld(l, &batch);
			m.versions = batch.m;
			m.versions.channel = link_channel(l->link);
			rc = link_send(l->link, &m);
			rc = rc < 0 ? rc : 1;
			l->report_due |= batch.m.last;
		}
		peer_batch_release(&batch);
	}
	return rc;
}

/* Says how far we are, once that is known: not while planning is under way. */
static int
send_report(struct folder *f, struct folder_link *l)
{
	struct msg m = {.type = MSG_HAVE};
	int rc;

	if (!l->report_due || f->planning || f->again ||
	    f->state != FOLDER_RUNNING)
		return 0;
	m.have.channel = link_channel(l->link);
	m.have.open_paths = f->open_paths;
	m.have.open_bytes = f->open_bytes;
	m.have.names = l->have.items;
	m.have.n_names =
	    l->have.n < LIMIT_WANT_ITEMS ? l->have.n : LIMIT_WANT_ITEMS;
	rc = link_send(l->link, &m);
	if (rc < 0)
		return rc;
	l->have.n -= m.have.n_names;
	if (l->have.n > 0)
		memmove(l->have.items, l->have.items + m.have.n_names,
		    l->have.n * sizeof *l->have.items);
	l->report_due = l->have.n > 0;
	return 0;
}

/* Says that we are halted, or not any more. */
static int
send_halt(struct folder *f, struct folder_link *l)
{
	struct msg m = {.type = MSG_HALT};
	int rc;

	m.halt.why = f->state != FOLDER_HALTED            ? MSG_HALT_OVER
		     : f->halt_why == FOLDER_HALT_DELETES ? MSG_HALT_DELETES
							  : MSG_HALT_ROOT;
	if (m.halt.why == l->told_halt || !link_halts(l->link))
		return 0;
	m.halt.channel = link_channel(l->link);
	rc = link_send(l->link, &m);
	if (rc == 0)
		l->told_halt = m.halt.why;
	return rc;
}

void
folder_links_step(struct folder *f)
{
	int rc;

	/* Only what is committed is announced. */
	if (f->state == FOLDER_FAILED || index_in_batch(f->index))
		return;
	for (struct folder_link *l = f->links; l != NULL; l = l->next) {
		if (l->link == NULL)
			continue;
		rc = send_halt(f, l);
		if (rc == 0 && f->state != FOLDER_HALTED)
			rc = send_stream(f, l);
		if (rc >= 0)
			rc = send_report(f, l);
		/* A session that ends is told of by link_down. */
		if (rc < 0 && rc != ERR_CLOSED && rc != ERR_LIMIT)
			folder_fail(f, rc, "send");
	}
}
