/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/api/api_internal.h"

#include <microhttpd.h>
#include <stdlib.h>

static const char socket_name[] = "api.sock";

/* ---- requests ------------------------------------------------------------ */

void
api_suspend(struct api_request *r)
{
	r->suspended = true;
	MHD_suspend_connection(r->connection);
}

void
api_resume(struct api_request *r)
{
	r->suspended = false;
	MHD_resume_connection(r->connection);
	host_timer_start(r->api->host, r->api->wake, 0);
}

static struct api_request *
begin_request(struct api *api, struct MHD_Connection *connection)
{
	struct api_request *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->api = api;
	r->connection = connection;
	r->next = api->requests;
	r->link = &api->requests;
	if (r->next != NULL)
		r->next->link = &r->next;
	api->requests = r;
	return r;
}

static void
end_request(void *arg, struct MHD_Connection *connection, void **context,
    enum MHD_RequestTerminationCode why)
{
	struct api *api = arg;
	struct api_request *r = *context;

	(void)connection;
	(void)why;
	if (r == NULL)
		return;
	*context = NULL;
	api_wait_end(r);
	api_stream_end(r);
	*r->link = r->next;
	if (r->next != NULL)
		r->next->link = r->link;
	if (r->stop_after) {
		api->stopping = true;
		host_timer_start(api->host, api->settle, 0);
	}
	json_decref(r->answer);
	free(r);
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *body,
    size_t *body_bytes, void **context)
{
	struct api_request *r = *context;

	(void)version;
	(void)body;
	if (r == NULL) {
		*context = r = begin_request(arg, connection);
		return r ? MHD_YES : MHD_NO;
	}
	/* Nothing that is asked has a body: it is left unread. */
	if (*body_bytes > 0) {
		r->body_bytes += *body_bytes;
		*body_bytes = 0;
		return r->body_bytes <= API_BODY_BYTES ? MHD_YES : MHD_NO;
	}
	if (r->answer == NULL && r->body_bytes > 0)
		api_error(
		    r, API_TOO_LARGE, "nothing that is asked here has a body");
	else if (r->answer == NULL && api_has_zero(r))
		api_error(r, API_WRONG,
		    "a zero byte is in no path, nor in what else can be asked"
		    " for here; leave it out");
	else if (r->answer == NULL)
		api_route(r, method, url);
	if (r->answer == NULL && !r->stream) {
		api_suspend(r);
		return MHD_YES;
	}
	return api_send(r) ? MHD_YES : MHD_NO;
}

/* ---- the loop ------------------------------------------------------------ */

static void
run(struct api *api)
{
	MHD_UNSIGNED_LONG_LONG ms;

	api->left = false;
	MHD_run(api->mhd);
	if (api->left)
		host_timer_start(api->host, api->wake, 0);
	else if (MHD_get_timeout(api->mhd, &ms) == MHD_YES)
		host_timer_start(api->host, api->wake, ms);
}

/* With all places taken the library does not listen, and looks whether one
 * is free only at the next turn: who waits would wait for some other's word,
 * or for the idle to be thrown out. */
static void
on_connection(void *arg, struct MHD_Connection *connection, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	struct api *api = arg;

	(void)connection;
	(void)context;
	if (what == MHD_CONNECTION_NOTIFY_CLOSED)
		api->left = true;
}

static void
on_wake(void *arg)
{
	run(arg);
}

static void
on_poll(void *arg, bool readable, bool writable)
{
	(void)readable;
	(void)writable;
	run(arg);
}

/* A moment after a change, so that a thousand of them are looked at once. */
static void
on_settle(void *arg)
{
	struct api *api = arg;

	api->settling = false;
	if (api->stopping) {
		api->stopping = false;
		api->stop(api->arg);
		return;
	}
	for (struct api_request *r = api->requests; r != NULL; r = r->next)
		if (r->suspended && !r->stream)
			api_wait_look(r);
}

void
api_changed(void *arg)
{
	struct api *api = arg;

	if (api->settling || api->stopping)
		return;
	api->settling = true;
	host_timer_start(api->host, api->settle, API_SETTLE_MS);
}

void
api_set_node(struct api *api, struct node *node)
{
	api->node = node;
	if (node != NULL)
		return;
	for (struct api_request *r = api->requests; r != NULL; r = r->next)
		if (r->suspended && !r->stream)
			api_wait_look(r);
}

static int
start(struct api *api, int socket)
{
	const union MHD_DaemonInfo *info;

	api->mhd = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0,
	    NULL, NULL, on_request, api, MHD_OPTION_LISTEN_SOCKET, socket,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)API_CONNECTIONS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)API_CONNECTION_BYTES,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)API_IDLE_S,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, api,
	    MHD_OPTION_NOTIFY_COMPLETED, end_request, api, MHD_OPTION_END);
	if (api->mhd == NULL) {
		host_close(api->host, socket);
		return -ENOMEM;
	}
	info = MHD_get_daemon_info(api->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	if (info == NULL)
		return -ENOTSUP;
	return host_poll_new(
	    api->host, info->epoll_fd, on_poll, api, &api->poll);
}

int
api_new(const struct api_options *options, struct api **out)
{
	struct api *api = calloc(1, sizeof *api);
	int socket, rc;

	if (api == NULL)
		return -ENOMEM;
	api->host = options->host;
	api->log = options->log;
	api->version = options->version;
	api->stop = options->stop;
	api->arg = options->arg;
	api->run = options->run;
	if ((rc = host_timer_new(api->host, on_wake, api, &api->wake)) < 0 ||
	    (rc = host_timer_new(api->host, on_settle, api, &api->settle)) < 0)
		goto out;
	rc = host_listen_local(api->host, api->run, socket_name, &socket);
	api->listening = rc == 0;
	if (rc == 0)
		rc = start(api, socket);
out:
	if (rc < 0)
		api_free(api);
	else
		*out = api;
	return rc;
}

void
api_free(struct api *api)
{
	int rc = 0;

	if (api == NULL)
		return;
	api_set_node(api, NULL);
	host_poll_free(api->host, api->poll);
	if (api->mhd != NULL) {
		api->ending = true;
		for (struct api_request *r = api->requests; r; r = r->next)
			if (r->suspended)
				api_resume(r);
		/* What is answered already goes out. */
		MHD_run(api->mhd);
		MHD_stop_daemon(api->mhd);
	}
	if (api->listening)
		rc = host_unlink(api->host, api->run, socket_name);
	if (rc < 0 && rc != -ENOENT)
		log_warn(api->log, "socket_not_removed", LOG_ERR("err", rc));
	host_timer_free(api->host, api->wake);
	host_timer_free(api->host, api->settle);
	free(api);
}
