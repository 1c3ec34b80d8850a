/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/peer/peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/peer/peer_internal.h"

#define NS_PER_MS INT64_C(1000000)

/* What may come when, and what carries a folder's channel. */
static const struct {
	bool greeting, ready, channel;
} legal[] = {
    [MSG_HELLO] = {.greeting = true},
    [MSG_FOLDER] = {.ready = true},
    [MSG_UNFOLDER] = {.ready = true},
    [MSG_VERSIONS] = {.ready = true, .channel = true},
    [MSG_HAVE] = {.ready = true, .channel = true},
    [MSG_WANT] = {.ready = true, .channel = true},
    [MSG_DATA] = {.ready = true, .channel = true},
    [MSG_NOTFOUND] = {.ready = true, .channel = true},
    [MSG_PING] = {.ready = true},
    [MSG_PONG] = {.ready = true},
    [MSG_CLOSE] = {.greeting = true, .ready = true},
    [MSG_HALT] = {.ready = true, .channel = true},
};

/*
 * What could not be sent is missing at the other end, and what follows would
 * claim that it came: then nothing follows.
 */
static int
said(struct peer *p, int rc)
{
	if (rc == 0)
		p->said_ns = host_mono_ns(p->host);
	else if (rc != ERR_CLOSED)
		log_warn(p->log, "message_not_sent", LOG_STR("peer", p->name),
		    LOG_ERR("error", rc));
	if (rc != 0)
		p->state = PEER_CLOSED;
	return rc;
}

int
peer_send_bytes(struct peer *p, struct span message)
{
	if (p->state == PEER_CLOSED)
		return ERR_CLOSED;
	return said(p, p->channel.send(p->channel.arg, message));
}

int
peer_send(struct peer *p, const struct msg *m)
{
	struct buf bytes;
	int rc;

	if (p->state == PEER_CLOSED)
		return ERR_CLOSED;
	buf_init(&bytes, MSG_BYTES_MAX);
	rc = msg_write(&p->zstd, m, &bytes);
	rc = rc == 0 ? peer_send_bytes(p, buf_span(&bytes)) : said(p, rc);
	buf_release(&bytes);
	return rc;
}

static int
say_hello(struct peer *p, struct span device)
{
	const struct span features[] = {
	    PEER_FEATURE_HALT, PEER_FEATURE_METADATA};
	struct msg m = {.type = MSG_HELLO};

	m.hello.device_name = device;
	m.hello.program = SPAN_LIT("tutti " PACKAGE_VERSION);
	m.hello.features = features;
	m.hello.n_features = sizeof features / sizeof *features;
	return peer_send(p, &m);
}

int
peer_new(const struct peer_options *options, struct peer **out_peer)
{
	struct peer *p = calloc(1, sizeof *p);
	int rc;

	if (p == NULL)
		return -ENOMEM;
	p->host = options->host;
	p->log = options->log;
	p->channel = options->channel;
	p->cbs = options->cbs;
	p->arg = options->arg;
	snprintf(p->name, sizeof p->name, "%s", options->name);
	p->heard_ns = host_mono_ns(p->host);
	msg_zstd_init(&p->zstd);
	rc = say_hello(p, options->device);
	if (rc < 0) {
		msg_zstd_release(&p->zstd);
		free(p);
		return rc;
	}
	*out_peer = p;
	return 0;
}

void
peer_free(struct peer *p)
{
	if (p == NULL)
		return;
	p->state = PEER_CLOSED;
	peer_drop_links(p);
	msg_zstd_release(&p->zstd);
	free(p);
}

void
peer_bye(struct peer *p, enum msg_reason reason, const char *text)
{
	struct msg m = {.type = MSG_CLOSE};

	m.close.reason = reason;
	m.close.text = span_str(text);
	/* A farewell that cannot be sent changes nothing. */
	if (peer_send(p, &m) < 0)
		log_debug(
		    p->log, "farewell_not_sent", LOG_STR("peer", p->name));
	p->state = PEER_CLOSED;
}

static int
take_close(struct peer *p, const struct msg *m)
{
	log_info(p->log, "peer_said_close", LOG_STR("peer", p->name),
	    LOG_INT("code", m->close.reason), LOG_SPAN("text", m->close.text));
	p->state = PEER_CLOSED;
	return ERR_CLOSED;
}

static int
take_ping(struct peer *p, const struct msg *m)
{
	struct msg answer = {.type = MSG_PONG, .ping = m->ping};

	return peer_send(p, &answer);
}

static int
take_for_folder(struct peer *p, uint16_t channel, struct msg *m)
{
	struct peer_link *l = peer_find_channel(p, channel);

	/* A folder that we took back while this was under way. */
	if (l == NULL || !l->up)
		return channel < p->next_channel ? 0 : ERR_GRAMMAR;
	return p->cbs->link_message(p->arg, l, m);
}

static uint16_t
channel_of(const struct msg *m)
{
	switch (m->type) {
	case MSG_VERSIONS:
		return m->versions.channel;
	case MSG_HAVE:
		return m->have.channel;
	case MSG_WANT:
		return m->want.channel;
	case MSG_DATA:
		return m->data.channel;
	case MSG_NOTFOUND:
		return m->notfound.channel;
	case MSG_HALT:
		return m->halt.channel;
	case MSG_HELLO:
	case MSG_FOLDER:
	case MSG_UNFOLDER:
	case MSG_PING:
	case MSG_PONG:
	case MSG_CLOSE:
		break;
	}
	return 0;
}

static void
take_hello(struct peer *p, const struct msg_hello *hello)
{
	for (size_t i = 0; i < hello->n_features; i++) {
		struct span name = hello->features[i];

		p->halts |= span_equal(name, PEER_FEATURE_HALT);
		p->metadata |= span_equal(name, PEER_FEATURE_METADATA);
	}
	p->state = PEER_READY;
	p->cbs->ready(p->arg, p);
}

static int
dispatch(struct peer *p, struct msg *m, struct span raw)
{
	bool ok = p->state == PEER_GREETING ? legal[m->type].greeting
		  : p->state == PEER_READY  ? legal[m->type].ready
					    : false;

	if (!ok || (m->type == MSG_HALT && !p->halts))
		return ERR_GRAMMAR;
	if (legal[m->type].channel)
		return take_for_folder(p, channel_of(m), m);
	switch (m->type) {
	case MSG_HELLO:
		take_hello(p, &m->hello);
		return 0;
	case MSG_FOLDER:
		return peer_take_folder(p, m, raw);
	case MSG_UNFOLDER:
		return peer_take_unfolder(p, m);
	case MSG_PING:
		return take_ping(p, m);
	case MSG_CLOSE:
		return take_close(p, m);
	case MSG_PONG:
	case MSG_VERSIONS:
	case MSG_HAVE:
	case MSG_WANT:
	case MSG_DATA:
	case MSG_NOTFOUND:
	case MSG_HALT:
		break;
	}
	return 0;
}

static enum msg_reason
close_reason(int rc)
{
	if (rc == ERR_LIMIT)
		return MSG_CLOSE_LIMIT;
	return err_class(rc) == ERR_CLASS_PEER ? MSG_CLOSE_GRAMMAR
					       : MSG_CLOSE_INTERNAL;
}

int
peer_message(struct peer *p, struct span bytes)
{
	struct msg m;
	int rc;

	if (p->state == PEER_CLOSED)
		return ERR_CLOSED;
	p->heard_ns = host_mono_ns(p->host);
	rc = msg_parse(&p->zstd, bytes, &m);
	if (rc == 0) {
		rc = dispatch(p, &m, bytes);
		msg_release(&m);
	}
	if (rc < 0 && rc != ERR_CLOSED) {
		log_warn(p->log, "peer_message_refused",
		    LOG_STR("peer", p->name), LOG_ERR("error", rc),
		    LOG_STR("type",
			bytes.len > 0 ? msg_type_name(bytes.p[0]) : "none"));
		peer_bye(p, close_reason(rc), err_text(rc));
	}
	return rc;
}

int
peer_tick(struct peer *p)
{
	int64_t now = host_mono_ns(p->host);
	struct msg ping = {.type = MSG_PING, .ping = {(uint64_t)now}};

	if (p->state == PEER_CLOSED ||
	    now - p->heard_ns > LIMIT_IDLE_MS * NS_PER_MS)
		return ERR_CLOSED;
	if (p->state != PEER_READY ||
	    now - p->said_ns < LIMIT_PING_MS * NS_PER_MS)
		return 0;
	return peer_send(p, &ping);
}

bool
peer_ready(const struct peer *p)
{
	return p->state == PEER_READY;
}

const char *
peer_name(const struct peer *p)
{
	return p->name;
}

void *
peer_arg(const struct peer *p)
{
	return p->arg;
}
