/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api - HTTP/JSON on a unix socket: status, control, events.
 *
 *	GET  /v1/status                   everything, one document
 *	GET  /v1/folders/ID               one folder of it
 *	POST /v1/folders/ID/scan[?wait=1] look now; wait: until it is done
 *	POST /v1/folders/ID/sync[?timeout=S]
 *	                                  look, wait until all reachable peers
 *	                                  agree; the folder, with "synced"
 *	POST /v1/folders/ID/accept        go on after a halt: what was seen is
 *	                                  meant; "accepted": it was halted
 *	GET  /v1/folders/ID/conflicts     the conflict copies, with their homes
 *	POST /v1/folders/ID/conflicts/choose?path=P&content=C&over=O
 *	                                  the copy at P, of content C, becomes
 *	                                  what is at its home, where O is now;
 *	                                  again, until "done"
 *	POST /v1/folders/ID/conflicts/remove?path=P&content=C
 *	                                  the copy goes, here and everywhere;
 *	                                  again, until "done"
 *	POST /v1/folders/ID/verify        read everything again
 *	GET  /v1/folders/ID/verify        how far that is, and what rotted
 *	GET  /v1/folders/ID/history?path=P[&after=A]
 *	                                  "versions" of P and below; "next": the
 *	                                  A to go on with, or null
 *	POST /v1/folders/ID/restore?path=P&at=NS[&dry=1][&after=A]
 *	                                  "changes" to bring P back as of NS (ns
 *	                                  since 1970), done unless dry; "next"
 *	POST /v1/reload                   read the configuration again
 *	POST /v1/stop                     end the daemon
 *	GET  /v1/events                   what is logged, one JSON a line
 *
 * Every answer but events is one document with "schema": 1; what is wrong is
 * {"error": sentence} with 400 (wrong), 404 (no such), 405, 409 (not any more
 * as it was seen: look again), 413, 503 (try later). Paths to be shown are
 * escaped; as "url" stands what to ask with. libmicrohttpd runs inside the host's loop, on the control thread:
 * its epoll descriptor is polled there. Who may open the socket, mode 0600,
 * may do everything.
 */
#ifndef DAEMON_API_API_H
#define DAEMON_API_API_H

#include "daemon/log/log.h"

struct api;
struct node;

struct api_options {
	const struct host *host;
	struct log *log;
	int run; /* directory of api.sock, borrowed */
	const char *version; /* static */
	host_cb *stop; /* somebody asked to end the daemon */
	void *arg;
};

/* Listens and answers. *out is given. -EADDRINUSE, -errno, -ENOMEM. */
int api_new(const struct api_options *options, struct api **out) MUST_USE;

/*
 * Says of what node to tell; NULL, at first: it is starting or stopping, and
 * everything is answered with 503. Whoever waits is answered so as well.
 */
void api_set_node(struct api *api, struct node *node);

/* Something that status tells has changed; arg is the api: node's changed. */
void api_changed(void *arg);

/* Ends all connections and removes the socket; NULL is allowed. */
void api_free(struct api *api);

#endif
