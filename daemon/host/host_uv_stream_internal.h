/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_uv_stream_internal - a TCP stream, as its two source files share it:
 * host_uv_dial.c brings one up, host_uv_stream.c reads, writes and ends it.
 */
#ifndef DAEMON_HOST_HOST_UV_STREAM_INTERNAL_H
#define DAEMON_HOST_HOST_UV_STREAM_INTERNAL_H

#include <netdb.h>

#include "daemon/host/host_uv_internal.h"

enum { HOST_PEER_CHARS = 80 };

struct stream_piece {
	uint8_t *p; /* owned */
	size_t len;
};

struct host_stream {
	struct host_uv *uv;
	uv_tcp_t tcp;
	struct host_stream_cbs cbs;
	void *arg;
	bool has_tcp; /* tcp is open, or its closing is not over */
	bool connected;
	bool paused;
	bool ended; /* closed was called, or is to be */
	bool freed;
	/* dialling */
	bool resolving;
	uv_getaddrinfo_t resolve;
	uv_connect_t connect;
	struct addrinfo *found; /* all, owned */
	struct addrinfo *next; /* the one to be tried next */
	int dial_error; /* of the one before */
	/* writing */
	TAILQ_ENTRY(host_stream) entry; /* in uv->unsent */
	bool listed;
	VEC(struct stream_piece) waiting;
	size_t first; /* of waiting that is still there */
	size_t waiting_bytes;
	uv_write_t write;
	unsigned flying; /* pieces in the write under way */
	struct stream_piece flight[HOST_GATHER];
	int write_error; /* told once what came in before it was read */
	char peer[HOST_PEER_CHARS];
};

/* Makes a stream without a handle; NULL when out of memory. */
struct host_stream *host_stream_make(struct host_uv *uv);

/* Gives it a TCP handle. */
int host_stream_open_tcp(struct host_stream *s) MUST_USE;

/* Frees the memory if it was freed and nobody else holds it. */
void host_stream_let_go(struct host_stream *s);

/* Ends a stream from inside the loop, and says so once. */
void host_stream_end(struct host_stream *s, int err);

/* Begins to read and write, once connected, and goes on after a pause. */
void host_stream_begin(struct host_stream *s);

/* As the table's: frees it now or when libuv is done with it. */
void host_stream_drop(struct host_stream *s);

#endif
