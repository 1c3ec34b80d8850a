/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/net/net_internal.h"

void
net_wake(struct net *net)
{
	host_timer_start(net->host, net->turn, 0);
}

/* Unlinks the closed ones: callbacks may add to the list, none may remove. */
static struct net_conn *
take_closed(struct net *net)
{
	struct net_conn *closed = NULL, **p = &net->conns;

	while (*p != NULL) {
		struct net_conn *conn = *p;

		if (conn->state != NET_CLOSED) {
			p = &conn->next;
			continue;
		}
		*p = conn->next;
		conn->next = closed;
		closed = conn;
	}
	return closed;
}

static void
on_turn(void *arg)
{
	struct net *net = arg;
	struct net_conn *closed, *next;

	for (struct net_conn *conn = net->conns; conn != NULL;
	     conn = conn->next)
		net_conn_turn(conn);
	for (closed = take_closed(net); closed != NULL; closed = next) {
		next = closed->next;
		net_conn_report(closed);
		net_conn_free(closed);
	}
}

/* A stranger more than allowed costs the oldest its place, not the newest:
 * who is genuine needs one round trip, who is not can wait for ever. */
static void
make_room(struct net *net)
{
	unsigned most =
	    net->options.strangers ? net->options.strangers : LIMIT_STRANGERS;
	struct net_conn *oldest = NULL;

	if (net->strangers < most)
		return;
	for (struct net_conn *conn = net->conns; conn != NULL;
	     conn = conn->next)
		if (conn->stranger)
			oldest = conn;
	if (oldest != NULL)
		net_conn_fail(oldest, ERR_LIMIT, "too many callers at once");
}

static void
on_accept(void *arg, struct host_stream *taken)
{
	struct net *net = arg;
	struct net_conn *conn;

	make_room(net);
	if (net_conn_new(net, taken, false, &conn) < 0) {
		host_stream_free(net->host, taken);
		return;
	}
	host_stream_peer(net->host, taken, conn->address, sizeof conn->address);
}

static int
start_listening(struct net *net)
{
	const struct net_options *o = &net->options;
	bool search = !o->port_fixed && o->port != 0;
	uint16_t port = o->port;
	int rc;

	do
		rc = host_listen(
		    net->host, o->listen, port, on_accept, net, &net->listener);
	while (rc == -EADDRINUSE && search && port++ < NET_PORT_LAST);
	return rc;
}

int
net_new(struct net **out, const struct net_options *options)
{
	struct net *net = calloc(1, sizeof *net);
	int rc;

	if (net == NULL)
		return -ENOMEM;
	net->options = *options;
	net->host = options->host;
	memcpy(net->secret, options->secret, sizeof net->secret);
	net->options.secret = NULL;
	noise_public(net->secret, net->own);
	rc = host_timer_new(net->host, on_turn, net, &net->turn);
	if (rc == 0 && options->listen != NULL)
		rc = start_listening(net);
	net->options.listen = NULL;
	if (rc < 0) {
		net_free(net);
		return rc;
	}
	*out = net;
	return 0;
}

void
net_free(struct net *net)
{
	struct net_conn *next;

	if (net == NULL)
		return;
	host_listener_free(net->host, net->listener);
	for (struct net_conn *conn = net->conns; conn != NULL; conn = next) {
		next = conn->next;
		net_conn_free(conn);
	}
	host_timer_free(net->host, net->turn);
	sodium_memzero(net->secret, sizeof net->secret);
	free(net);
}

uint16_t
net_port(const struct net *net)
{
	return net->listener == NULL
		   ? 0
		   : host_listener_port(net->host, net->listener);
}

const uint8_t *
net_own_key(const struct net *net)
{
	return net->own;
}

int
net_dial(struct net *net, const char *address, const uint8_t *remote,
    const uint8_t *psk, struct net_conn **out)
{
	char name[NET_HOST_CHARS];
	struct host_stream *stream;
	struct net_conn *conn;
	uint16_t port;
	int rc = net_address_parse(address, name, &port);

	if (rc == 0 && memcmp(remote, net->own, sizeof net->own) == 0)
		rc = ERR_AUTH;
	if (rc == 0)
		rc = host_dial(net->host, name, port, &stream);
	if (rc < 0)
		return rc;
	rc = net_conn_new(net, stream, true, &conn);
	if (rc < 0) {
		host_stream_free(net->host, stream);
		return rc;
	}
	snprintf(conn->address, sizeof conn->address, "%s", address);
	rc = net_handshake_init(conn, remote, psk);
	if (rc < 0) {
		net->conns = conn->next;
		net_conn_free(conn);
		return rc;
	}
	*out = conn;
	return 0;
}
