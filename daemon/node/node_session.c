/* SPDX-License-Identifier: Apache-2.0 */
/* One connection's messages and the folders, brought together. */
#include "daemon/node/node_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the session tells ---------------------------------------------- */

static void
ready(void *arg, struct peer *p)
{
	struct node_session *s = arg;
	struct node *n = s->peer->node;

	(void)p;
	s->ready_ns = host_mono_ns(n->host);
	s->peer->error[0] = '\0';
	log_info(n->log, "peer_connected", LOG_STR("peer", s->peer->conf->name),
	    LOG_STR("address", net_conn_address(s->conn)),
	    LOG_BOOL("dialled", s->dialled));
	for (struct node_folder *f = n->folders; f != NULL; f = f->next)
		node_session_offer(s, f);
	node_tell(n);
}

static struct node_link *
find_link(struct node_session *s, const struct peer_link *link)
{
	VEC_EACH (&s->links, l)
		if (l->link == link)
			return l;
	return NULL;
}

static void
doom(struct node_session *s, int rc)
{
	s->doomed = rc;
	node_wake(s->peer->node);
}

static void
link_up(void *arg, struct peer_link *link, const struct msg_folder *theirs)
{
	struct node_session *s = arg;
	struct node_link l = {link, link_owner(link)};

	if (find_link(s, link) == NULL && VEC_PUSH(&s->links, l) < 0) {
		doom(s, -ENOMEM);
		return;
	}
	folder_link_up(l.folder, link, s->peer->conf->id, theirs);
}

static int
link_message(void *arg, struct peer_link *link, struct msg *m)
{
	struct node_link *l = find_link(arg, link);

	/* Without memory it never came up; the session is about to end. */
	return l == NULL ? 0 : folder_link_message(l->folder, link, m);
}

static void
link_down(void *arg, struct peer_link *link)
{
	struct node_session *s = arg;
	struct node_link *l = find_link(s, link);

	if (l == NULL)
		return;
	folder_link_down(l->folder, link);
	*l = s->links.items[--s->links.n];
}

static void
offered(void *arg, struct peer *p, struct span id)
{
	struct node_session *s = arg;

	(void)p;
	log_info(s->peer->node->log, "folder_offered",
	    LOG_STR("peer", s->peer->conf->name), LOG_SPAN("folder", id),
	    LOG_STR("hint",
		"to take it: tutti folder add DIR --id ID --share PEER"));
}

static const struct peer_cbs cbs = {
    .ready = ready,
    .link_up = link_up,
    .link_message = link_message,
    .link_down = link_down,
    .offered = offered,
};

/* ---- the channel below --------------------------------------------------- */

static int
channel_send(void *arg, struct span bytes)
{
	struct node_session *s = arg;

	return net_send(s->conn, bytes);
}

static size_t
channel_queued(void *arg)
{
	struct node_session *s = arg;

	return net_queued(s->conn);
}

/* ---- begin, end ---------------------------------------------------------- */

void
node_session_new(struct node_peer *peer, struct net_conn *conn, bool dialled)
{
	struct node *n = peer->node;
	struct node_session *s = calloc(1, sizeof *s);
	struct peer_options o = {.host = n->host,
	    .log = n->log,
	    .name = peer->conf->name,
	    .device = span_str(n->name),
	    .channel = {s, channel_send, channel_queued},
	    .cbs = &cbs,
	    .arg = s};
	int rc = -ENOMEM;

	if (s == NULL)
		goto out;
	s->peer = peer;
	s->conn = conn;
	s->dialled = dialled;
	s->opened_ns = host_mono_ns(n->host);
	rc = peer_new(&o, &s->p);
out:
	if (rc < 0) {
		log_warn(n->log, "session_not_begun",
		    LOG_STR("peer", peer->conf->name), LOG_ERR("error", rc));
		free(s);
		net_close(conn, "no session could be begun");
		node_peer_left(peer, false);
		return;
	}
	peer->session = s;
	peer->seen_ns = host_now_ns(n->host);
	snprintf(
	    peer->reached, sizeof peer->reached, "%s", net_conn_address(conn));
	net_conn_set_user(conn, s);
}

/* Was it worth its connection? Who is sent away, or breaks the grammar, comes
 * back after growing pauses. */
static bool
was_good(const struct node_session *s, int err)
{
	int64_t now = host_mono_ns(s->peer->node->host);

	if (s->ready_ns == 0 || err_class(err) == ERR_CLASS_PEER)
		return false;
	return !s->blamed ||
	       now - s->ready_ns > LIMIT_HANDSHAKE_MS * NODE_NS_PER_MS;
}

void
node_session_end(struct node_session *s, int err, const char *why)
{
	struct node_peer *peer = s->peer;
	struct node *n = peer->node;
	bool good = was_good(s, err);

	log_info(n->log, "peer_disconnected", LOG_STR("peer", peer->conf->name),
	    LOG_STR("reason", why), LOG_ERR("error", err));
	peer->session = NULL;
	peer->seen_ns = host_now_ns(n->host);
	snprintf(peer->error, sizeof peer->error, "%s", why);
	peer_free(s->p);
	VEC_RELEASE(&s->links);
	net_conn_set_user(s->conn, NULL);
	net_close(s->conn, why);
	free(s);
	node_peer_left(peer, good);
	node_tell(n);
}

void
node_session_bye(
    struct node_session *s, enum msg_reason reason, const char *why)
{
	peer_bye(s->p, reason, why);
	node_session_end(s, 0, why);
}

void
node_session_refuse(struct node *n, struct net_conn *conn)
{
	static const char why[] = "another connection with this peer stands";
	struct msg m = {.type = MSG_CLOSE};
	struct msg_zstd zstd;
	struct buf bytes;
	int rc;

	m.close.reason = MSG_CLOSE_DUPLICATE;
	m.close.text = span_str(why);
	msg_zstd_init(&zstd);
	buf_init(&bytes, MSG_BYTES_MAX);
	rc = msg_write(&zstd, &m, &bytes);
	if (rc == 0)
		rc = net_send(conn, buf_span(&bytes));
	/* Without a word the other end learns the same from the end. */
	log_debug(n->log, "duplicate_refused",
	    LOG_STR("address", net_conn_address(conn)), LOG_ERR("error", rc));
	buf_release(&bytes);
	msg_zstd_release(&zstd);
	net_close(conn, why);
}

/* ---- its life ------------------------------------------------------------ */

void
node_session_message(struct node_session *s, struct span bytes)
{
	int rc = peer_message(s->p, bytes);

	if (rc == 0)
		return;
	s->blamed = true;
	node_session_end(s, rc,
	    rc == ERR_CLOSED ? "it closed the session"
			     : "a message of its could not be taken");
}

void
node_session_writable(struct node_session *s)
{
	VEC_EACH (&s->links, l)
		folder_link_writable(l->folder, l->link);
}

void
node_session_offer(struct node_session *s, struct node_folder *f)
{
	const struct conf_peer *peer = s->peer->conf;
	struct msg_folder m = {.format = 0};
	int rc;

	if (s->ready_ns == 0 || f->state != NODE_OPEN ||
	    !conf_shares(f->conf, peer->name))
		return;
	rc = folder_offer(f->folder, peer->id, &m);
	if (rc == 0)
		rc = peer_offer(s->p, &m, f->folder);
	vector_release(&m.knowledge);
	vector_release(&m.resume.noted);
	/* ERR_CLOSED: either end of it fails and is seen to elsewhere. */
	if (rc == 0 || rc == ERR_CLOSED)
		return;
	log_warn(s->peer->node->log, "folder_not_offered",
	    LOG_STR("folder", f->id), LOG_STR("peer", peer->name),
	    LOG_ERR("error", rc));
	doom(s, rc);
}

bool
node_session_young(const struct node_session *s)
{
	int64_t now = host_mono_ns(s->peer->node->host);

	return s->ready_ns == 0 ||
	       now - s->ready_ns < NODE_OFFERS_MS * NODE_NS_PER_MS;
}

void
node_session_tick(struct node_session *s)
{
	int rc = peer_tick(s->p);

	if (rc == ERR_CLOSED)
		node_session_end(s, -ETIMEDOUT, "it fell silent");
	else if (rc < 0)
		node_session_end(s, rc, "it could not be pinged");
}
