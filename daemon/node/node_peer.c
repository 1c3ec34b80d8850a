/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dialling, and which of two connections with one peer stays.
 *
 * Who has no session dials; so does, at the same moment perhaps, the other
 * end. Both ends keep the connection that the device of the lesser id dialled:
 *
 * - of two dialled by the same end the later stays: nobody dials who has a
 *   session, so that end has lost the earlier one (it was restarted, say);
 * - the lesser's own dialling goes on beside a session that the greater
 *   dialled, and replaces it; the greater gives up its own when called;
 * - a connection dialled by the greater that meets a session dialled by the
 *   lesser is closed as a duplicate. That was the same moment, or the greater
 *   has lost the session: then it calls again, and is believed. A session
 *   older than any handshake is doubted at once.
 *
 * No end waits for the other, so nothing can go round: each refusal is
 * followed by a growing, random pause at one end only.
 */
#include "daemon/node/node_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node_peer *
node_peer_find(struct node *n, const uint8_t *device)
{
	for (struct node_peer *peer = n->peers; peer != NULL; peer = peer->next)
		if (memcmp(peer->conf->id, device, DEVICE_BYTES) == 0)
			return peer;
	return NULL;
}

struct node_peer *
node_peer_named(struct node *n, const char *name)
{
	for (struct node_peer *peer = n->peers; peer != NULL; peer = peer->next)
		if (strcmp(peer->conf->name, name) == 0)
			return peer;
	return NULL;
}

struct node_peer *
node_peer_dialling(struct node *n, struct net_conn *conn)
{
	for (struct node_peer *peer = n->peers; peer != NULL; peer = peer->next)
		if (peer->dialling == conn)
			return peer;
	return NULL;
}

/* ---- dialling ------------------------------------------------------------ */

/* Between a half of ms and all of it, so that two do not keep step. */
static uint64_t
jittered(const struct host *h, uint64_t ms)
{
	uint32_t r;

	host_random(h, &r, sizeof r);
	return ms / 2 + r % (ms / 2 + 1);
}

static uint64_t
pause_ms(unsigned rounds)
{
	uint64_t ms = LIMIT_BACKOFF_FIRST_MS;

	while (rounds-- > 0 && ms < LIMIT_BACKOFF_LAST_MS)
		ms *= 2;
	return ms < LIMIT_BACKOFF_LAST_MS ? ms : LIMIT_BACKOFF_LAST_MS;
}

static void
dial_later(struct node_peer *peer, uint64_t ms)
{
	if (peer->node->stopping || peer->conf->paused)
		return;
	host_timer_start(
	    peer->node->host, peer->timer, jittered(peer->node->host, ms));
}

/* All addresses of a round follow one another; the pause is between rounds. */
static void
next_address(struct node_peer *peer)
{
	uint64_t ms = LIMIT_BACKOFF_FIRST_MS;

	if (++peer->address >= peer->conf->addresses.v.n) {
		ms = pause_ms(peer->rounds);
		peer->address = 0;
		peer->rounds++;
	}
	dial_later(peer, ms);
}

/* What to do about an error of the network. */
static const char *
hint(int err)
{
	switch (err) {
	case -ECONNREFUSED:
		return ": does its daemon run, and is the port right?";
	case -EHOSTUNREACH:
	case -ENETUNREACH:
		return ": is its address right, is it on, is this one online?";
	case -ETIMEDOUT:
		return ": is it on, does a firewall stand between?";
	default:
		return "";
	}
}

static void
say_failed(struct node_peer *peer, int err, const char *reason)
{
	char text[NODE_ERROR_BYTES];
	struct node *n = peer->node;

	/* Ours are in the reason already. */
	if (err < 0 && err > ERR_GRAMMAR)
		snprintf(text, sizeof text, "%s (%s)%s", reason, err_text(err),
		    hint(err));
	else
		snprintf(text, sizeof text, "%s", reason);
	/* The same again and again is said once. */
	if (strcmp(text, peer->error) == 0)
		return;
	memcpy(peer->error, text, sizeof text);
	log_info(n->log, "peer_not_reached", LOG_STR("peer", peer->conf->name),
	    LOG_STR("address", peer->reached), LOG_STR("why", peer->error));
	node_tell(n);
}

void
node_peer_failed(struct node_peer *peer, int err, const char *reason)
{
	peer->dialling = NULL;
	say_failed(peer, err, reason);
	if (peer->session == NULL)
		next_address(peer);
}

static int
dial_address(struct node_peer *peer, const struct conf_address *address)
{
	static const uint8_t no_psk[NOISE_KEY_BYTES];
	struct node *n = peer->node;
	struct buf text;
	int rc;

	buf_init(&text, CONF_HOST_BYTES + 16);
	rc = conf_address_text(address, &text);
	if (rc == 0)
		rc = buf_add(&text, span_of("", 1));
	if (rc == 0) {
		snprintf(peer->reached, sizeof peer->reached, "%s",
		    (const char *)text.p);
		rc = net_dial(n->net, (const char *)text.p, peer->conf->id,
		    no_psk, &peer->dialling);
	}
	n->conns += rc == 0;
	buf_release(&text);
	return rc;
}

static void
dial(void *arg)
{
	struct node_peer *peer = arg;
	const struct conf_addresses *all = &peer->conf->addresses;
	int rc;

	if (peer->node->stopping || peer->conf->paused ||
	    peer->node->net == NULL || peer->session != NULL ||
	    peer->dialling != NULL || all->v.n == 0)
		return;
	if (peer->address >= all->v.n)
		peer->address = 0;
	rc = dial_address(peer, &all->v.items[peer->address]);
	if (rc == ERR_AUTH)
		say_failed(peer, rc, "its id is this device's own");
	else if (rc < 0)
		node_peer_failed(peer, rc, "it cannot be dialled");
}

void
node_peer_dial_now(struct node_peer *peer)
{
	peer->rounds = 0;
	peer->address = 0;
	if (peer->session != NULL || peer->conf->paused || peer->node->stopping)
		return;
	if (peer->dialling != NULL) {
		net_close(peer->dialling, "its addresses have changed");
		peer->dialling = NULL;
	}
	host_timer_start(peer->node->host, peer->timer, 0);
}

/* ---- which connection stays ---------------------------------------------- */

/* Is this device the lesser one of the two? */
static bool
lesser(const struct node_peer *peer)
{
	return memcmp(peer->node->id, peer->conf->id, DEVICE_BYTES) < 0;
}

static bool
replaces(const struct node_peer *peer, bool dialled)
{
	const struct node_session *s = peer->session;
	int64_t age = host_mono_ns(peer->node->host) - s->opened_ns;

	return s->dialled == dialled || dialled == lesser(peer) || s->doubted ||
	       age > LIMIT_HANDSHAKE_MS * NODE_NS_PER_MS;
}

void
node_peer_opened(struct node_peer *peer, struct net_conn *conn, bool dialled)
{
	if (peer->dialling == conn)
		peer->dialling = NULL;
	if (peer->session != NULL && !replaces(peer, dialled)) {
		peer->session->doubted = true;
		node_session_refuse(peer->node, conn);
		return;
	}
	if (peer->session != NULL)
		node_session_bye(peer->session, MSG_CLOSE_DUPLICATE,
		    "a newer connection took its place");
	if (peer->dialling != NULL && !lesser(peer)) {
		net_close(peer->dialling, "the peer called meanwhile");
		peer->dialling = NULL;
	}
	host_timer_stop(peer->node->host, peer->timer);
	node_session_new(peer, conn, dialled);
}

void
node_peer_left(struct node_peer *peer, bool good)
{
	if (good) {
		peer->rounds = 0;
		peer->address = 0;
		dial_later(peer, LIMIT_BACKOFF_FIRST_MS);
	} else {
		next_address(peer);
	}
}

/* ---- life ---------------------------------------------------------------- */

int
node_peer_add(struct node *n, const struct conf_peer *conf)
{
	struct node_peer *peer = calloc(1, sizeof *peer);
	int rc;

	if (peer == NULL)
		return -ENOMEM;
	peer->node = n;
	peer->conf = conf;
	rc = host_timer_new(n->host, dial, peer, &peer->timer);
	if (rc < 0) {
		free(peer);
		return rc;
	}
	peer->next = n->peers;
	n->peers = peer;
	node_peer_dial_now(peer);
	return 0;
}

static const char *
farewell(enum msg_reason why)
{
	switch (why) {
	case MSG_CLOSE_SHUTDOWN:
		return "this device stops";
	case MSG_CLOSE_REVOKED:
		return "the peer was removed here";
	case MSG_CLOSE_PAUSED:
		return "the peer was paused here";
	case MSG_CLOSE_NORMAL:
	case MSG_CLOSE_GRAMMAR:
	case MSG_CLOSE_LIMIT:
	case MSG_CLOSE_AUTH:
	case MSG_CLOSE_OWN_ID:
	case MSG_CLOSE_INTERNAL:
	case MSG_CLOSE_DUPLICATE:
		break;
	}
	return "this device listens elsewhere now";
}

void
node_peer_hang_up(struct node_peer *peer, enum msg_reason why)
{
	if (peer->dialling != NULL)
		net_close(peer->dialling, farewell(why));
	peer->dialling = NULL;
	if (peer->session != NULL)
		node_session_bye(peer->session, why, farewell(why));
	host_timer_stop(peer->node->host, peer->timer);
}

void
node_peer_drop(struct node_peer *peer, enum msg_reason why)
{
	struct node *n = peer->node;

	node_peer_hang_up(peer, why);
	for (struct node_peer **at = &n->peers; *at != NULL; at = &(*at)->next)
		if (*at == peer) {
			*at = peer->next;
			break;
		}
	host_timer_free(n->host, peer->timer);
	free(peer);
}
