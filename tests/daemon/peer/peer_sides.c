/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/peer/peer_sides.h"

#include <stdio.h>
#include <string.h>

#include "tests/daemon/peer/peer_test.h"

struct side a, b;
int64_t side_clock_ns;
static struct log quiet;

static int64_t
mono_ns(void *self)
{
	(void)self;
	return side_clock_ns;
}

static const struct host_ops ops = {.mono_ns = mono_ns, .now_ns = mono_ns};
static const struct host host = {.ops = &ops};

static int
channel_send(void *arg, struct span message)
{
	struct side *s = arg;
	struct buf *b_;

	if (s->refuse < 0)
		return s->refuse;
	ck_assert_uint_lt(s->n, 600);
	b_ = &s->queue[s->n++].bytes;
	buf_init(b_, MSG_BYTES_MAX);
	return buf_add(b_, message);
}

static size_t
channel_queued(void *arg)
{
	return ((struct side *)arg)->queued;
}

static void
on_ready(void *arg, struct peer *p)
{
	struct side *s = arg;

	ck_assert(peer_ready(p));
	s->ready++;
}

static void
on_link_up(void *arg, struct peer_link *l, const struct msg_folder *theirs)
{
	struct side *s = arg;

	s->ups++;
	s->link = l;
	s->their_channel = theirs->channel;
}

static int
on_link_message(void *arg, struct peer_link *l, struct msg *m)
{
	struct side *s = arg;

	ck_assert_ptr_eq(s->link, l);
	ck_assert_int_eq(m->type, MSG_HAVE);
	s->messages++;
	return s->answer;
}

static void
on_link_down(void *arg, struct peer_link *l)
{
	struct side *s = arg;

	s->downs++;
	if (s->link == l)
		s->link = NULL;
}

static void
on_offered(void *arg, struct peer *p, struct span id)
{
	struct side *s = arg;

	(void)p;
	s->offers++;
	snprintf(s->offered, sizeof s->offered, "%.*s", (int)id.len,
	    (const char *)id.p);
	if (s->offer_at_once)
		ok(side_offer(s, s->offered));
}

static const struct peer_cbs cbs = {
    on_ready, on_link_up, on_link_message, on_link_down, on_offered};

void
side_begin(struct side *s, const char *name)
{
	struct peer_options options = {.host = &host,
	    .log = &quiet,
	    .name = name,
	    .device = span_str(name),
	    .channel = {s, channel_send, channel_queued},
	    .cbs = &cbs,
	    .arg = s};

	memset(s, 0, sizeof *s);
	ok(peer_new(&options, &s->p));
}

void
side_end(struct side *s)
{
	peer_free(s->p);
	for (size_t i = 0; i < s->n; i++)
		buf_release(&s->queue[i].bytes);
}

void
sides_begin(void)
{
	struct log_options none = {
	    .to_stderr = LOG_STDERR_NONE, .ring_dir = -1};

	side_clock_ns = 1000 * SIDE_MS;
	ok(log_init(&quiet, &host, &none));
	side_begin(&a, "a");
	side_begin(&b, "b");
}

void
sides_end(void)
{
	side_end(&a);
	side_end(&b);
	log_release(&quiet);
}

int
side_pass(struct side *from, struct side *to)
{
	int rc = 0;

	while (from->passed < from->n)
		rc = peer_message(
		    to->p, buf_span(&from->queue[from->passed++].bytes));
	return rc;
}

void
sides_greet(void)
{
	ok(side_pass(&a, &b));
	ok(side_pass(&b, &a));
}

int
side_offer(struct side *s, const char *id)
{
	struct msg_folder mine = {.id = span_str(id), .format = PEER_FORMAT};

	return peer_offer(s->p, &mine, s);
}

void
sides_link_up(void)
{
	sides_greet();
	ok(side_offer(&a, "f"));
	ok(side_offer(&b, "f"));
	ok(side_pass(&a, &b));
	ok(side_pass(&b, &a));
	ck_assert_ptr_nonnull(a.link);
	ck_assert_ptr_nonnull(b.link);
}

int
side_have(struct peer_link *l)
{
	struct msg m = {.type = MSG_HAVE};

	m.have.channel = link_channel(l);
	return link_send(l, &m);
}

int
side_hear(struct side *to, const struct msg *m)
{
	struct msg_zstd z;
	struct buf bytes;
	int rc;

	msg_zstd_init(&z);
	buf_init(&bytes, MSG_BYTES_MAX);
	ok(msg_write(&z, m, &bytes));
	rc = peer_message(to->p, buf_span(&bytes));
	buf_release(&bytes);
	msg_zstd_release(&z);
	return rc;
}

int
side_hear_folder(
    struct side *to, const char *id, uint16_t channel, uint32_t format)
{
	struct msg m = {.type = MSG_FOLDER};

	m.folder.id = span_str(id);
	m.folder.channel = channel;
	m.folder.format = format;
	return side_hear(to, &m);
}

int
side_close_reason(const struct side *s)
{
	struct msg_zstd z;
	struct msg m;
	int reason = -1;

	msg_zstd_init(&z);
	ok(msg_parse(&z, buf_span(&s->queue[s->n - 1].bytes), &m));
	if (m.type == MSG_CLOSE)
		reason = (int)m.close.reason;
	msg_release(&m);
	msg_zstd_release(&z);
	return reason;
}
