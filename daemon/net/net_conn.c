/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/net/net_internal.h"

enum {
	PENDING_BYTES = 4 << 20, /* one read of the host's, by far */
	TIDY_MS = 2000, /* of quiet before memory is given back */
};

static int step_open(struct net_conn *conn, struct span *bytes);
static int step_closing(struct net_conn *conn, struct span *bytes);

#define TO(state) (1u << (state))

/* What each state waits for, and what it means when that goes wrong. */
static const struct {
	unsigned next; /* besides NET_CLOSED */
	int (*step)(struct net_conn *conn, struct span *bytes);
	const char *hangup; /* the other end closed the connection */
	const char *auth; /* ERR_AUTH, when nothing better is known */
} states[NET_STATES] = {
    [NET_DIALLING] = {TO(NET_PREFACE), NULL, "it cannot be reached", NULL},
    [NET_PREFACE] = {TO(NET_FIRST) | TO(NET_SECOND) | TO(NET_CLOSING),
	net_step_preface,
	"it hung up before it said anything: is it Tutti that listens there?",
	NULL},
    [NET_FIRST] = {TO(NET_THIRD), net_step_first,
	"it hung up before it proved who it is",
	"it dialled another id than this machine's"},
    [NET_SECOND] = {TO(NET_CONFIRM), net_step_second,
	"it hung up before it proved who it is: is its id the one that "
	"'tutti id' prints there?",
	"it is not the device that was dialled"},
    [NET_THIRD] = {TO(NET_OPEN), net_step_third,
	"it hung up before it proved who it is",
	"its pair secret is not the one known here"},
    [NET_CONFIRM] = {TO(NET_OPEN), net_step_confirm,
	"it refused: it does not know this machine (type there: tutti peer "
	"add, with the id that 'tutti id' prints here), has it paused, or "
	"has another pair secret",
	"its answer was not genuine"},
    [NET_OPEN] = {TO(NET_CLOSING), step_open, "it hung up",
	"a record was not genuine"},
    [NET_CLOSING] = {0, step_closing, NULL, NULL},
    [NET_CLOSED] = {0, NULL, NULL, NULL},
};

void
net_conn_move(struct net_conn *conn, enum net_state state)
{
	assert(state == NET_CLOSED || (states[conn->state].next & TO(state)));
	conn->state = state;
}

static void
no_stranger(struct net_conn *conn)
{
	if (conn->stranger)
		conn->net->strangers--;
	conn->stranger = false;
}

/* What people are told when nothing said it better. */
static const char *
default_reason(const struct net_conn *conn, int err)
{
	if (err == ERR_AUTH && states[conn->state].auth != NULL)
		return states[conn->state].auth;
	if (err == ERR_GRAMMAR || err == ERR_LIMIT)
		return "it broke the protocol";
	return "the connection broke";
}

void
net_conn_fail(struct net_conn *conn, int err, const char *reason)
{
	const struct host *host = conn->net->host;

	if (conn->state == NET_CLOSED)
		return;
	/* Why it ends was said already. */
	if (conn->state != NET_CLOSING) {
		conn->err = err;
		if (reason != NULL)
			conn->reason = reason;
		if (conn->reason == NULL)
			conn->reason = default_reason(conn, err);
	}
	net_conn_move(conn, NET_CLOSED);
	no_stranger(conn);
	noise_release(&conn->noise);
	host_timer_stop(host, conn->timer);
	host_stream_free(host, conn->stream);
	conn->stream = NULL;
	/* Buffers stay until the turn: a callback may be looking at them. */
	net_wake(conn->net);
}

void
net_conn_linger(struct net_conn *conn, int err, const char *reason)
{
	const struct net_options *o = &conn->net->options;

	conn->err = err;
	conn->reason = reason;
	net_conn_move(conn, NET_CLOSING);
	if (net_queued(conn) == 0)
		net_conn_fail(conn, err, NULL);
	else
		host_timer_start(conn->net->host, conn->timer,
		    o->linger_ms ? o->linger_ms : NET_LINGER_MS);
}

void
net_conn_report(struct net_conn *conn)
{
	const struct net_options *o = &conn->net->options;

	if (conn->dialled || conn->opened)
		o->callbacks->closed(o->arg, conn, conn->err, conn->reason);
	else if (o->callbacks->refused != NULL)
		o->callbacks->refused(o->arg, conn->address,
		    conn->remote_known ? conn->remote : NULL, conn->err,
		    conn->reason);
}

void
net_conn_opened(struct net_conn *conn)
{
	const struct net_options *o = &conn->net->options;

	no_stranger(conn);
	host_timer_stop(conn->net->host, conn->timer);
	noise_release(&conn->noise);
	buf_release(&conn->gather.raw);
	conn->opened = true;
	net_wake(conn->net); /* the answerer's empty record */
	o->callbacks->opened(o->arg, conn, conn->remote, conn->dialled);
}

/* ---- what comes in ------------------------------------------------------- */

static int
step_open(struct net_conn *conn, struct span *bytes)
{
	const struct net_options *o = &conn->net->options;
	struct span message;
	int rc = net_in_message(&conn->in, &message);

	if (rc == 1)
		o->callbacks->message(o->arg, conn, message);
	if (rc == 0)
		rc = net_in_record(&conn->in, bytes);
	return rc;
}

/* Read on, so that what we sent last is not lost to a reset. */
static int
step_closing(struct net_conn *conn, struct span *bytes)
{
	(void)conn;
	bytes->len = 0;
	return 0;
}

/* Steps until more bytes are needed, or the owner wants no more. */
static void
process(struct net_conn *conn, struct span *bytes)
{
	int rc = 1;

	while (rc == 1 && states[conn->state].step != NULL &&
	       !(conn->paused && conn->state == NET_OPEN))
		rc = states[conn->state].step(conn, bytes);
	if (rc < 0)
		net_conn_fail(conn, rc, NULL);
	else if (conn->state == NET_OPEN && conn->in.plain.cap > NET_KEEP_BYTES)
		host_timer_start(conn->net->host, conn->timer, TIDY_MS);
}

static void
on_data(void *arg, struct span bytes)
{
	struct net_conn *conn = arg;
	int rc = 0;

	if (conn->pending.len == 0)
		process(conn, &bytes);
	if (conn->state == NET_CLOSED || bytes.len == 0)
		return;
	rc = buf_add(&conn->pending, bytes);
	if (rc < 0)
		net_conn_fail(conn, rc, NULL);
}

static void
on_opened(void *arg)
{
	struct net_conn *conn = arg;
	int rc;

	host_stream_peer(
	    conn->net->host, conn->stream, conn->address, sizeof conn->address);
	net_conn_move(conn, NET_PREFACE);
	rc = net_handshake_begin(conn);
	if (rc < 0)
		net_conn_fail(conn, rc,
		    rc == ERR_AUTH ? "no device can have the id dialled"
				   : NULL);
}

static void
on_drained(void *arg)
{
	struct net_conn *conn = arg;
	const struct net_options *o = &conn->net->options;

	if (net_queued(conn) > 0)
		return;
	if (conn->state == NET_OPEN && o->callbacks->writable != NULL)
		o->callbacks->writable(o->arg, conn);
	else if (conn->state == NET_CLOSING)
		net_conn_fail(conn, 0, NULL);
}

static void
on_closed(void *arg, int err)
{
	struct net_conn *conn = arg;

	/* After the third message nothing but a refusal ends it like that. */
	if (conn->state == NET_CONFIRM)
		err = ERR_AUTH;
	net_conn_fail(
	    conn, err == 0 ? ERR_CLOSED : err, states[conn->state].hangup);
}

/* The deadline; of an open connection, time to give memory back. */
static void
on_timer(void *arg)
{
	struct net_conn *conn = arg;

	if (conn->state == NET_OPEN)
		net_in_tidy(&conn->in);
	else
		net_conn_fail(conn, -ETIMEDOUT,
		    conn->state == NET_DIALLING
			? "it did not answer in time"
			: "it did not prove who it is in time");
}

/* ---- life ---------------------------------------------------------------- */

static const struct host_stream_cbs stream_cbs = {
    .opened = on_opened,
    .data = on_data,
    .drained = on_drained,
    .closed = on_closed,
};

int
net_conn_new(struct net *net, struct host_stream *stream, bool dialled,
    struct net_conn **out)
{
	const struct net_options *o = &net->options;
	struct net_conn *conn = calloc(1, sizeof *conn);
	int rc;

	if (conn == NULL)
		return -ENOMEM;
	rc = host_timer_new(net->host, on_timer, conn, &conn->timer);
	if (rc < 0) {
		free(conn);
		return rc;
	}
	conn->net = net;
	conn->stream = stream;
	conn->dialled = dialled;
	conn->stranger = !dialled;
	conn->state = dialled ? NET_DIALLING : NET_PREFACE;
	net_out_init(&conn->out);
	net_in_init(&conn->in);
	buf_init(&conn->gather.raw, NET_LENGTH_BYTES + NOISE_MESSAGE_BYTES);
	buf_init(&conn->pending, PENDING_BYTES);
	host_timer_start(net->host, conn->timer,
	    o->handshake_ms ? o->handshake_ms : LIMIT_HANDSHAKE_MS);
	host_stream_set(net->host, stream, &stream_cbs, conn);
	net->strangers += conn->stranger;
	conn->next = net->conns;
	net->conns = conn;
	*out = conn;
	return 0;
}

void
net_conn_free(struct net_conn *conn)
{
	no_stranger(conn);
	host_stream_free(conn->net->host, conn->stream);
	host_timer_free(conn->net->host, conn->timer);
	noise_release(&conn->noise);
	net_out_release(&conn->out);
	net_in_release(&conn->in);
	buf_release(&conn->gather.raw);
	buf_release(&conn->pending);
	free(conn);
}

int
net_conn_flush(struct net_conn *conn)
{
	int rc;

	if (conn->out.bytes.len == 0)
		return 0;
	rc = net_out_seal(&conn->out);
	if (rc == 0)
		rc = host_stream_write(
		    conn->net->host, conn->stream, &conn->out.bytes);
	if (rc < 0)
		net_conn_fail(conn, rc, NULL);
	return rc;
}

void
net_conn_turn(struct net_conn *conn)
{
	struct span left = buf_span(&conn->pending);

	if (conn->state == NET_OPEN && !conn->paused &&
	    (left.len > 0 || net_in_holds(&conn->in))) {
		process(conn, &left);
		buf_consume(&conn->pending, conn->pending.len - left.len);
	}
	if (conn->state == NET_OPEN)
		(void)net_conn_flush(conn);
}

/* ---- what its owner does with it ----------------------------------------- */

int
net_send(struct net_conn *conn, struct span message)
{
	int rc;

	if (conn->state != NET_OPEN)
		return ERR_CLOSED;
	if (message.len > NET_MESSAGE_BYTES ||
	    net_queued(conn) + message.len > 2 * LIMIT_SEND_QUEUE_BYTES)
		return ERR_LIMIT;
	rc = net_out_message(&conn->out, message);
	if (rc < 0) {
		net_conn_fail(conn, rc, NULL);
		return rc;
	}
	if (conn->out.bytes.len >= NET_FLUSH_BYTES)
		return net_conn_flush(conn);
	net_wake(conn->net);
	return 0;
}

size_t
net_queued(const struct net_conn *conn)
{
	size_t kernel = conn->stream == NULL
			    ? 0
			    : host_stream_queued(conn->net->host, conn->stream);

	return conn->out.bytes.len + kernel;
}

void
net_pause(struct net_conn *conn, bool pause)
{
	if (conn->state != NET_OPEN || conn->paused == pause)
		return;
	conn->paused = pause;
	host_stream_pause(conn->net->host, conn->stream, pause);
	net_wake(conn->net);
}

void
net_close(struct net_conn *conn, const char *reason)
{
	if (conn->state == NET_CLOSED || conn->state == NET_CLOSING)
		return;
	if (conn->state != NET_OPEN) {
		net_conn_fail(conn, 0, reason);
		return;
	}
	if (net_conn_flush(conn) < 0)
		return;
	net_conn_linger(conn, 0, reason);
}

void
net_conn_set_user(struct net_conn *conn, void *user)
{
	conn->user = user;
}

void *
net_conn_user(const struct net_conn *conn)
{
	return conn->user;
}

const uint8_t *
net_conn_remote(const struct net_conn *conn)
{
	return conn->remote;
}

const char *
net_conn_address(const struct net_conn *conn)
{
	return conn->address;
}
