/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_internal - requests, routes, what waits, what is said.
 */
#ifndef DAEMON_API_API_INTERNAL_H
#define DAEMON_API_API_INTERNAL_H

#include <jansson.h>
#include <sys/types.h>

#include "daemon/api/api.h"

enum {
	API_CONNECTIONS = 64,
	API_CONNECTION_BYTES = 32 << 10,
	API_IDLE_S = 60,
	API_BODY_BYTES = 64 << 10,
	API_STREAMS = 16, /* of events */
	API_STREAM_BYTES = 1 << 20, /* events not yet taken */
	API_SYNC_S = 60,
	API_SYNC_MAX_S = 24 * 3600,
	API_REACH_S = 5, /* for a peer who may be about to connect */
	API_SETTLE_MS = 20, /* between a change and looking at who waits */
};

/* What HTTP calls the ways to answer. */
enum api_status {
	API_OK = 200,
	API_WRONG = 400,
	API_NOT_FOUND = 404,
	API_METHOD = 405,
	API_CHANGED = 409,
	API_TOO_LARGE = 413,
	API_LATER = 503,
};

struct api_request;
struct MHD_Daemon; /* only api.c and api_answer.c know the library: its */
struct MHD_Connection; /* headers and ours name different things alike */

struct api {
	const struct host *host;
	struct log *log;
	struct node *node; /* or NULL */
	const char *version;
	host_cb *stop;
	void *arg;
	int run;
	bool listening; /* there is a socket to be removed */
	struct MHD_Daemon *mhd;
	struct host_poll *poll;
	struct host_timer *wake; /* MHD's own timeouts */
	struct host_timer *settle; /* a change came: look at who waits */
	bool settling;
	bool ending; /* being freed: streams end */
	bool left; /* somebody, whose place is free for who waits */
	bool stopping; /* stop was asked for and is to be told */
	struct api_request *requests; /* all */
	struct log_sink sink; /* while there are streams */
	unsigned streams;
};

/* One request, from its first line to the end of its answer. */
struct api_request {
	struct api *api;
	struct MHD_Connection *connection;
	struct api_request *next, **link;
	size_t body_bytes;
	/* while it waits */
	bool suspended;
	struct api_scan *scan; /* a look under way for it */
	bool looked; /* that look is done */
	char folder[LIMIT_FOLDER_ID_BYTES + 1];
	bool sync; /* wait for agreement, not only for the look */
	struct host_timer *deadline;
	long seconds; /* that are left when it fires */
	bool alone; /* nobody was reached for a while: no more patience */
	bool late;
	struct api_restore *restore; /* one under way for it */
	/* the answer */
	json_t *answer; /* owned; with status */
	unsigned status;
	bool stop_after;
	/* a stream of events */
	bool stream;
	struct buf events; /* lines not yet taken */
	bool lost; /* some were left out */
};

/* Sets the answer; takes the document, NULL is out of memory. */
void api_answer(struct api_request *r, unsigned status, json_t *taken);

/* Sets {"error": sentence} as the answer. */
void api_error(struct api_request *r, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Hands the answer to the library, or the stream; false: no memory. */
bool api_send(struct api_request *r);

/* Is there a zero byte in an argument? It would be taken for what stands
 * before: a path for its directory, or for all of the folder. */
bool api_has_zero(struct api_request *r);

/* The value of an argument in the URL, borrowed, or NULL. */
const char *api_argument(struct api_request *r, const char *name);

/* Lets a request that has no answer wait; and go on, with an answer or
 * events to give. */
void api_suspend(struct api_request *r);
void api_resume(struct api_request *r);

/* Does what a request asks: sets an answer, makes it wait or a stream. */
void api_route(struct api_request *r, const char *method, const char *url);

/* Ends what a request waits for: it is about to be freed. */
void api_wait_end(struct api_request *r);

/* Sets as the answer why the node does nothing with a folder: an error of
 * node_scan or node_accept. */
void api_not_done(struct api_request *r, const char *id, int rc);

/* Begins a look, and waiting for it. */
void api_wait_scan(struct api_request *r, const char *id, bool wait);
void api_wait_sync(struct api_request *r, const char *id, long seconds);

/* Looks whether a waiting request has what it waits for. */
void api_wait_look(struct api_request *r);

/* What was, and back to it. */
void api_history(struct api_request *r, const char *id);
void api_restore(struct api_request *r, const char *id);
/* A request that waits for one is about to be freed. */
void api_restore_end(struct api_request *r);

/* Makes a request a stream of events; false: too many. */
bool api_stream_begin(struct api_request *r);
void api_stream_end(struct api_request *r);

/* Moves events to p: how many bytes, 0 when there are none. */
size_t api_stream_read(struct api_request *r, char *p, size_t len);

/* All of status, and one folder of it, given. ERR_NOTFOUND; -ENOMEM, and other
 * errors of node_status. */
int api_json_status(struct api *api, json_t **out_status) MUST_USE;
int api_json_folder(
    struct api *api, const char *id, json_t **out_folder) MUST_USE;

/* Adds to an array, or sets in an object, what is taken. Without memory for
 * it the whole is given up, *in is NULL: nothing is ever told in part. */
void api_json_add(json_t **in, json_t *taken);
void api_json_set(json_t **in, const char *key, json_t *taken);

/* A document's text, given; NULL: out of memory. */
char *api_json_dump(const json_t *json);

/* A string made fit to be shown. */
json_t *api_json_text(const char *s);

/* Bytes whole, as they stand in a URL. */
json_t *api_json_url(struct span s);

/* What asks for conflict copies, and settles them. */
void api_conflicts(struct api_request *r, const char *id);
void api_conflict_choose(struct api_request *r, const char *id);
void api_conflict_remove(struct api_request *r, const char *id);

/* What begins reading everything again, and says how far that is. */
void api_verify(struct api_request *r, const char *id);
void api_verify_status(struct api_request *r, const char *id);

struct node_status;
struct node_folder_status;
struct node_peer_status;

/* One sentence on where a folder, or a peer, stands and what it waits for. */
int api_sentence_folder(const struct node_status *status,
    const struct node_folder_status *folder, int64_t now_ns,
    struct buf *out) MUST_USE;
int api_sentence_peer(const struct node_peer_status *peer, int64_t now_ns,
    struct buf *out) MUST_USE;

#endif
