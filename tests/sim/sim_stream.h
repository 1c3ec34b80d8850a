/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_stream - streams between machines. What is written waits at its sender
 * (out), goes under way as far as the window allows (in, kept by the
 * receiver), and arrives later in pieces. A stream that is called back while
 * it is freed lives until the callback returns.
 */
#ifndef TESTS_SIM_SIM_STREAM_H
#define TESTS_SIM_SIM_STREAM_H

#include "tests/sim/sim_internal.h"

/* Bytes that leave in the order they came. */
struct sim_fifo {
	uint8_t *p;
	size_t start;
	size_t len;
	size_t cap;
};

struct host_stream {
	struct host_stream *next; /* of the world */
	struct sim_boot *boot;
	struct sim_host *machine;
	struct sim_host *other; /* whom it reaches */
	struct host_stream *peer; /* NULL: not yet or no more */
	const struct host_stream_cbs *cbs;
	void *arg;
	struct sim_fifo out;
	struct sim_fifo in;
	struct sim_event pump;
	struct sim_event arrive;
	bool connected;
	bool opened; /* and said so */
	bool paused;
	bool closing; /* after in is empty, closed follows */
	bool closed;
	bool busy; /* in a callback */
	bool freed;
	int close_err;
	uint16_t port; /* that was dialled */
};

/* A stream of b's that reaches other, which may be NULL. */
struct host_stream *sim_stream_new(struct sim_boot *b, struct sim_host *other);

/* Frees it at once; its other end is not told. */
void sim_stream_delete(struct host_stream *st);

/*
 * Parts it from its other end, which hears of it (with err, 0 or -errno) once
 * it has read what is under way, at least late ns from now.
 */
void sim_stream_hang_up(struct host_stream *st, int err, int64_t late);

/* The network loses the connection, and some of what was under way. */
void sim_stream_cut(struct host_stream *st);

/* An event's: hands what has arrived, or how it ended, to the owner. */
void sim_stream_arrive(void *arg);

/* Fills in the table's functions of streams. */
void sim_stream_fill(struct host_ops *ops);

#endif
