/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/host/host_uv_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

enum {
	LISTEN_BACKLOG = 128,
	LISTEN_AGAIN_MS = 100, /* to a caller whom we had no room for */
};

struct host_listener {
	uv_tcp_t handle;
	uv_timer_t again;
	int open; /* of these two */
	struct host_uv *uv;
	host_accept_cb *cb;
	void *arg;
};

int
host_address_parse(
    const char *address, uint16_t port, struct sockaddr_storage *out)
{
	*out = (struct sockaddr_storage){0};
	if (uv_ip4_addr(address, port, (struct sockaddr_in *)out) == 0)
		return 0;
	if (uv_ip6_addr(address, port, (struct sockaddr_in6 *)out) == 0)
		return 0;
	return -EINVAL;
}

static void take_again(uv_timer_t *again);

static void
came_in(uv_stream_t *handle, int status)
{
	struct host_listener *l = handle->data;
	struct host_stream *s;
	int rc;

	/* A caller that went before we answered is none of our concern. */
	if (status < 0)
		return;
	rc = host_stream_accept(l->uv, handle, &s);
	if (rc == 0)
		l->cb(l->arg, s);
	else if (rc != -EAGAIN) /* libuv has no ear for others until then */
		uv_timer_start(&l->again, take_again, LISTEN_AGAIN_MS, 0);
}

static void
take_again(uv_timer_t *again)
{
	struct host_listener *l = again->data;

	came_in((uv_stream_t *)&l->handle, 0);
}

static void
handle_closed(uv_handle_t *handle)
{
	struct host_listener *l = handle->data;

	if (--l->open == 0)
		free(l);
}

static void
listener_close(struct host_listener *l)
{
	uv_close((uv_handle_t *)&l->handle, handle_closed);
	uv_close((uv_handle_t *)&l->again, handle_closed);
}

static int
listen_on(struct host_listener *l, const char *address, uint16_t port)
{
	struct sockaddr_storage where;
	int rc = host_address_parse(address, port, &where);

	if (rc == 0)
		rc = uv_tcp_bind(&l->handle, (struct sockaddr *)&where, 0);
	if (rc == 0)
		rc = uv_listen(
		    (uv_stream_t *)&l->handle, LISTEN_BACKLOG, came_in);
	return rc;
}

static int
listener_new(void *self, const char *address, uint16_t port, host_accept_cb *cb,
    void *arg, struct host_listener **out)
{
	struct host_uv *uv = self;
	struct host_listener *l = calloc(1, sizeof *l);
	int rc;

	if (l == NULL)
		return -ENOMEM;
	l->uv = uv;
	l->cb = cb;
	l->arg = arg;
	rc = uv_tcp_init(&uv->loop, &l->handle);
	if (rc < 0) {
		free(l);
		return rc;
	}
	uv_timer_init(&uv->loop, &l->again);
	l->handle.data = l->again.data = l;
	l->open = 2;
	rc = listen_on(l, address, port);
	if (rc < 0)
		listener_close(l);
	else
		*out = l;
	return rc;
}

static uint16_t
listener_port(void *self, struct host_listener *l)
{
	struct sockaddr_storage where = {0};
	int len = sizeof where;

	(void)self;
	if (uv_tcp_getsockname(&l->handle, (struct sockaddr *)&where, &len) < 0)
		return 0;
	/* The port lies at the same place in both families. */
	return ntohs(((struct sockaddr_in *)&where)->sin_port);
}

static void
listener_free(void *self, struct host_listener *l)
{
	(void)self;
	if (l != NULL)
		listener_close(l);
}

void
host_uv_listen_ops(struct host_ops *ops)
{
	ops->listen = listener_new;
	ops->listener_port = listener_port;
	ops->listener_free = listener_free;
}
