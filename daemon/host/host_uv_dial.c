/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a stream comes up: accepted, or dialled to a numeric address at once or
 * to each address of a name in turn.
 */
#include "daemon/host/host_uv_stream_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void dial_next(struct host_stream *s, int why);

/* Keeps the other end's address as text, for it is asked for after the end. */
static void
note_peer(struct host_stream *s)
{
	struct sockaddr_storage where = {0};
	int size = sizeof where;
	char host[INET6_ADDRSTRLEN] = "";
	unsigned port;
	bool mapped;

	if (uv_tcp_getpeername(&s->tcp, (struct sockaddr *)&where, &size) < 0 ||
	    uv_ip_name((struct sockaddr *)&where, host, sizeof host) < 0)
		return;
	port = ntohs(((struct sockaddr_in *)&where)->sin_port);
	mapped = strncmp(host, "::ffff:", 7) == 0 && strchr(host, '.') != NULL;
	if (where.ss_family == AF_INET6 && !mapped)
		snprintf(s->peer, sizeof s->peer, "[%s]:%u", host, port);
	else
		snprintf(s->peer, sizeof s->peer, "%s:%u",
		    mapped ? host + 7 : host, port);
}

static void
stands(struct host_stream *s)
{
	/* Without it we are slower, not wrong. */
	(void)uv_tcp_nodelay(&s->tcp, 1);
	s->connected = true;
	note_peer(s);
}

int
host_stream_accept(
    struct host_uv *uv, uv_stream_t *listener, struct host_stream **out)
{
	struct host_stream *s = host_stream_make(uv);
	int rc;

	if (s == NULL)
		return -ENOMEM;
	rc = host_stream_open_tcp(s);
	if (rc == 0)
		rc = uv_accept(listener, (uv_stream_t *)&s->tcp);
	if (rc < 0) {
		host_stream_drop(s);
		return rc;
	}
	stands(s);
	*out = s;
	return 0;
}

static void
dial_closed(uv_handle_t *handle)
{
	struct host_stream *s = handle->data;

	s->has_tcp = false;
	if (s->freed)
		host_stream_let_go(s);
	else
		dial_next(s, s->dial_error);
}

static void
did_connect(uv_connect_t *connect, int status)
{
	struct host_stream *s = connect->data;

	if (s->freed)
		return;
	if (status == 0) {
		stands(s);
		if (s->cbs.opened)
			s->cbs.opened(s->arg);
		if (s->freed)
			return;
		host_stream_begin(s);
	} else if (s->next == NULL) {
		host_stream_end(s, status);
	} else {
		s->dial_error = status;
		uv_close((uv_handle_t *)&s->tcp, dial_closed);
	}
}

static int
dial_to(struct host_stream *s, const struct sockaddr *where)
{
	int rc = host_stream_open_tcp(s);

	if (rc < 0)
		return rc;
	s->connect.data = s;
	return uv_tcp_connect(&s->connect, &s->tcp, where, did_connect);
}

/* Tries the next address that was found; why is what the last one said. */
static void
dial_next(struct host_stream *s, int why)
{
	const struct addrinfo *one = s->next;
	int rc;

	if (one == NULL) {
		host_stream_end(s, why);
		return;
	}
	s->next = one->ai_next;
	s->dial_error = 0;
	rc = dial_to(s, one->ai_addr);
	if (rc == 0)
		return;
	s->dial_error = rc;
	if (s->has_tcp)
		uv_close((uv_handle_t *)&s->tcp, dial_closed);
	else
		host_stream_end(s, rc);
}

static int
resolve_error(int status)
{
	switch (status) {
	case UV_EAI_AGAIN:
		return -EAGAIN;
	case UV_EAI_MEMORY:
		return -ENOMEM;
	default:
		return -EHOSTUNREACH;
	}
}

static void
did_resolve(uv_getaddrinfo_t *resolve, int status, struct addrinfo *found)
{
	struct host_stream *s = resolve->data;

	s->resolving = false;
	s->found = found;
	s->next = found;
	if (s->freed)
		host_stream_let_go(s);
	else
		dial_next(s, status < 0 ? resolve_error(status) : -ENOENT);
}

static int
dial_name(struct host_stream *s, const char *name, uint16_t port)
{
	const struct addrinfo hints = {
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	char service[8];
	int rc;

	snprintf(service, sizeof service, "%u", port);
	s->resolve.data = s;
	rc = uv_getaddrinfo(
	    &s->uv->loop, &s->resolve, did_resolve, name, service, &hints);
	s->resolving = rc == 0;
	return rc;
}

static int
stream_dial(
    void *self, const char *address, uint16_t port, struct host_stream **out)
{
	struct sockaddr_storage where;
	struct host_stream *s = host_stream_make(self);
	int rc;

	if (s == NULL)
		return -ENOMEM;
	if (host_address_parse(address, port, &where) == 0)
		rc = dial_to(s, (struct sockaddr *)&where);
	else
		rc = dial_name(s, address, port);
	if (rc < 0)
		host_stream_drop(s);
	else
		*out = s;
	return rc;
}

static void
stream_peer(void *self, struct host_stream *s, char *out, size_t len)
{
	(void)self;
	snprintf(out, len, "%s", s->peer[0] != '\0' ? s->peer : "?");
}

void
host_uv_dial_ops(struct host_ops *ops)
{
	ops->dial = stream_dial;
	ops->stream_peer = stream_peer;
}
