/* SPDX-License-Identifier: Apache-2.0 */
/* The listener, which port it takes, and what connections tell. */
#include "daemon/node/node_internal.h"

#include <errno.h>
#include <string.h>

#define PORT_FILE "port"

enum { PORT_FILE_BYTES = 16 };

/* ---- what connections tell ----------------------------------------------- */

static int
authorise(void *arg, const uint8_t remote[NOISE_KEY_BYTES],
    uint8_t out_psk[NOISE_KEY_BYTES])
{
	struct node *n = arg;
	struct node_peer *peer = node_peer_find(n, remote);

	if (memcmp(remote, n->id, DEVICE_BYTES) == 0)
		log_err(n->log, "own_id_called",
		    LOG_STR("hint",
			"another machine has a copy of this one's key; remove"
			" keys/device.key from the state directory of one"));
	if (n->stopping || peer == NULL || peer->conf->paused)
		return ERR_AUTH;
	memset(out_psk, 0, NOISE_KEY_BYTES);
	return 0;
}

static void
opened(void *arg, struct net_conn *conn, const uint8_t remote[NOISE_KEY_BYTES],
    bool dialled)
{
	struct node *n = arg;
	struct node_peer *peer = node_peer_find(n, remote);

	n->conns += !dialled;
	if (n->stopping || peer == NULL || peer->conf->paused)
		net_close(conn, "it is no peer any more");
	else
		node_peer_opened(peer, conn, dialled);
}

static void
message(void *arg, struct net_conn *conn, struct span bytes)
{
	(void)arg;
	if (net_conn_user(conn) != NULL)
		node_session_message(net_conn_user(conn), bytes);
}

static void
writable(void *arg, struct net_conn *conn)
{
	(void)arg;
	if (net_conn_user(conn) != NULL)
		node_session_writable(net_conn_user(conn));
}

static void
closed(void *arg, struct net_conn *conn, int err, const char *reason)
{
	struct node *n = arg;
	struct node_peer *peer = node_peer_dialling(n, conn);

	n->conns -= n->conns > 0;
	if (net_conn_user(conn) != NULL)
		node_session_end(net_conn_user(conn), err, reason);
	else if (peer != NULL)
		node_peer_failed(peer, err, reason);
	if (n->stopping)
		node_wake(n);
}

static void
refused(void *arg, const char *address, const uint8_t *remote, int err,
    const char *reason)
{
	struct node *n = arg;

	if (remote == NULL)
		log_info(n->log, "caller_refused", LOG_STR("address", address),
		    LOG_STR("reason", reason), LOG_ERR("error", err));
	else
		log_warn(n->log, "caller_refused", LOG_STR("address", address),
		    LOG_ID("id", remote), LOG_STR("reason", reason),
		    LOG_ERR("error", err));
}

static const struct net_callbacks callbacks = {
    .authorise = authorise,
    .opened = opened,
    .message = message,
    .writable = writable,
    .closed = closed,
    .refused = refused,
};

/* ---- listening ----------------------------------------------------------- */

/* The port that was found free last time, or the first. */
static uint16_t
kept_port(struct node *n)
{
	unsigned port = 0;
	struct buf text;

	buf_init(&text, PORT_FILE_BYTES);
	if (host_read_file(n->host, n->state, PORT_FILE, &text) == 0)
		for (size_t i = 0; i < text.len && text.p[i] != '\n'; i++)
			port = port * 10 + (unsigned)(text.p[i] - '0');
	buf_release(&text);
	return port > NET_PORT_FIRST && port <= NET_PORT_LAST ? (uint16_t)port
							      : NET_PORT_FIRST;
}

static void
keep_port(struct node *n, uint16_t kept)
{
	uint16_t port = net_port(n->net);
	struct buf text;
	int rc;

	if (port == kept)
		return;
	buf_init(&text, PORT_FILE_BYTES);
	rc = buf_addf(&text, "%u\n", (unsigned)port);
	if (rc == 0)
		rc = host_write_file(
		    n->host, n->state, PORT_FILE, buf_span(&text));
	if (rc < 0)
		log_warn(n->log, "port_not_kept", LOG_UINT("port", port),
		    LOG_ERR("error", rc));
	buf_release(&text);
}

/* Where nothing was said: every address, of both families if there are. */
static int
listen_anywhere(struct node *n, struct net_options *o)
{
	static const char *const every[] = {"::", "0.0.0.0"};
	uint16_t kept = kept_port(n);
	int rc = -EADDRINUSE;

	for (size_t i = 0; i < 2; i++) {
		o->listen = every[i];
		o->port = kept;
		rc = net_new(&n->net, o);
		if (rc == -EADDRINUSE && kept != NET_PORT_FIRST) {
			o->port = NET_PORT_FIRST;
			rc = net_new(&n->net, o);
		}
		if (rc != -EAFNOSUPPORT && rc != -EADDRNOTAVAIL)
			break;
	}
	if (rc == 0)
		keep_port(n, kept);
	return rc;
}

static int
listen_as_said(struct node *n, struct net_options *o)
{
	const struct conf_address *said = &n->conf.main.listen;

	if (said->host[0] == '\0')
		return listen_anywhere(n, o);
	o->listen = said->host;
	o->port = said->port != 0 ? said->port : CONF_PORT;
	o->port_fixed = said->port != 0;
	return net_new(&n->net, o);
}

/* What to do about it. */
static const char *
next_step(int rc)
{
	switch (rc) {
	case -EADDRINUSE:
		return "another program has it: end that, or choose another"
		       " port with: tutti init --listen ADDRESS:PORT";
	case -EADDRNOTAVAIL:
		return "no address of this machine: choose one of its own"
		       " with: tutti init --listen ADDRESS:PORT";
	case -EACCES:
		return "not for this user: choose a port above 1023 with:"
		       " tutti init --listen ADDRESS:PORT";
	default:
		return err_text(rc);
	}
}

static int
say_why(const struct net_options *o, int rc, struct buf *out)
{
	int said;

	if (o->port_fixed)
		said = buf_addf(out, "cannot listen on %s port %u: %s",
		    o->listen, (unsigned)o->port, next_step(rc));
	else
		said = buf_addf(out,
		    "cannot listen on any port from %d to %d:"
		    " %s",
		    NET_PORT_FIRST, NET_PORT_LAST, next_step(rc));
	return said < 0 ? said : rc;
}

int
node_net_start(struct node *n, const uint8_t *secret, struct buf *out_why)
{
	struct net_options o = {.host = n->host,
	    .secret = secret,
	    .callbacks = &callbacks,
	    .arg = n};
	int rc = listen_as_said(n, &o);

	if (rc < 0)
		return say_why(&o, rc, out_why);
	log_info(n->log, "listening", LOG_STR("address", o.listen),
	    LOG_UINT("port", net_port(n->net)));
	return 0;
}

/* Sessions say goodbye, but who does not read it in time sees only the end. */
static void
end_net(struct node *n)
{
	for (struct node_peer *peer = n->peers; peer != NULL; peer = peer->next)
		node_peer_hang_up(peer, MSG_CLOSE_NORMAL);
	net_free(n->net);
	n->net = NULL;
	n->conns = 0;
}

int
node_net_renew(
    struct node *n, const struct conf_address *before, struct buf *out_why)
{
	struct conf_identity identity;
	struct conf_error error;
	struct buf unused;
	int rc = conf_identity_load(n->host, n->state, &identity, &error);

	if (rc < 0) {
		n->conf.main.listen = *before;
		return node_say_no_key(rc, &error, out_why);
	}
	end_net(n);
	rc = node_net_start(n, identity.secret, out_why);
	if (rc < 0) {
		n->conf.main.listen = *before;
		buf_init(&unused, NODE_ERROR_BYTES);
		if (node_net_start(n, identity.secret, &unused) < 0)
			log_err(n->log, "not_listening",
			    LOG_SPAN("why", buf_span(&unused)));
		buf_release(&unused);
	}
	conf_identity_wipe(&identity);
	for (struct node_peer *peer = n->peers; peer != NULL; peer = peer->next)
		node_peer_dial_now(peer);
	return rc;
}
