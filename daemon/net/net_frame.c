/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "daemon/net/net_internal.h"

void
net_put_be(uint8_t *p, size_t len, size_t value)
{
	for (size_t i = len; i-- > 0; value >>= 8)
		p[i] = (uint8_t)value;
}

static size_t
get_be(const uint8_t *p, size_t len)
{
	size_t value = 0;

	for (size_t i = 0; i < len; i++)
		value = value << 8 | p[i];
	return value;
}

static struct span
skip(struct span s, size_t len)
{
	/* An empty span may have no address to count from. */
	return len == 0 ? s : span_of(s.p + len, s.len - len);
}

/* ---- bytes in pieces ----------------------------------------------------- */

/* Fills raw up to len bytes: 1 when it is full. */
static int
fill(struct net_gather *g, struct span *bytes, size_t len)
{
	size_t n = len - g->raw.len;
	int rc;

	if (n > bytes->len)
		n = bytes->len;
	rc = buf_add(&g->raw, span_of(bytes->p, n));
	if (rc < 0)
		return rc;
	*bytes = skip(*bytes, n);
	return g->raw.len == len;
}

static void
begin(struct net_gather *g)
{
	if (g->spent)
		buf_clear(&g->raw);
	g->spent = false;
}

int
net_gather(
    struct net_gather *g, struct span *bytes, size_t len, struct span *out)
{
	int rc;

	begin(g);
	if (g->raw.len == 0 && bytes->len >= len) {
		*out = span_of(bytes->p, len);
		*bytes = skip(*bytes, len);
		return 1;
	}
	rc = fill(g, bytes, len);
	if (rc == 1) {
		*out = buf_span(&g->raw);
		g->spent = true;
	}
	return rc;
}

/* Looks at the length of the frame, wherever its two bytes are. */
static int
frame_length(struct net_gather *g, struct span *bytes, size_t *out_len)
{
	int rc;

	if (g->raw.len == 0 && bytes->len >= NET_LENGTH_BYTES) {
		*out_len = get_be(bytes->p, NET_LENGTH_BYTES);
		return 1;
	}
	if (g->raw.len < NET_LENGTH_BYTES) {
		rc = fill(g, bytes, NET_LENGTH_BYTES);
		if (rc != 1)
			return rc;
	}
	*out_len = get_be(g->raw.p, NET_LENGTH_BYTES);
	return 1;
}

int
net_gather_frame(struct net_gather *g, struct span *bytes, size_t min,
    size_t max, struct span *out)
{
	size_t len;
	int rc;

	begin(g);
	rc = frame_length(g, bytes, &len);
	if (rc != 1)
		return rc;
	if (len < min || len > max)
		return ERR_GRAMMAR;
	rc = net_gather(g, bytes, NET_LENGTH_BYTES + len, out);
	if (rc == 1)
		*out = skip(*out, NET_LENGTH_BYTES);
	return rc;
}

/* ---- messages to records ------------------------------------------------- */

void
net_out_init(struct net_out *o)
{
	*o = (struct net_out){0};
	buf_init(&o->bytes, SIZE_MAX / 2);
}

void
net_out_release(struct net_out *o)
{
	/* An open record is still plain. */
	if (o->bytes.p != NULL)
		sodium_memzero(o->bytes.p, o->bytes.cap);
	buf_release(&o->bytes);
	noise_cipher_release(&o->cipher);
	o->open = false;
}

/* Makes room for len more plain bytes sealed, in one piece of memory. */
static int
reserve(struct net_out *o, size_t len)
{
	size_t records = len / NOISE_RECORD_PLAIN + 2;
	uint8_t *p;

	return buf_reserve(&o->bytes,
	    len + records * (NET_LENGTH_BYTES + NOISE_TAG_BYTES), &p);
}

/* Appends a whole record of plain, without a copy of it in the clear. */
static int
add_record(struct net_out *o, struct span plain)
{
	size_t len = plain.len + NOISE_TAG_BYTES;
	uint8_t *p;
	int rc = buf_reserve(&o->bytes, NET_LENGTH_BYTES + len, &p);

	if (rc == 0)
		rc = noise_seal(&o->cipher, plain, p + NET_LENGTH_BYTES);
	if (rc < 0)
		return rc;
	net_put_be(p, NET_LENGTH_BYTES, len);
	buf_commit(&o->bytes, NET_LENGTH_BYTES + len);
	return 0;
}

int
net_out_seal(struct net_out *o)
{
	size_t at = o->record + NET_LENGTH_BYTES;
	size_t len = o->bytes.len - at;
	uint8_t *p;
	int rc;

	if (!o->open)
		return 0;
	rc = buf_reserve(&o->bytes, NOISE_TAG_BYTES, &p);
	if (rc == 0)
		rc = noise_seal(
		    &o->cipher, span_of(o->bytes.p + at, len), o->bytes.p + at);
	if (rc < 0)
		return rc;
	buf_commit(&o->bytes, NOISE_TAG_BYTES);
	net_put_be(
	    o->bytes.p + o->record, NET_LENGTH_BYTES, len + NOISE_TAG_BYTES);
	o->open = false;
	return 0;
}

int
net_out_empty(struct net_out *o)
{
	assert(!o->open);
	return add_record(o, (struct span){NULL, 0});
}

/* Adds what fits to the open record, making one, and seals it when full. */
static int
add_part(struct net_out *o, struct span *bytes)
{
	static const uint8_t length[NET_LENGTH_BYTES];
	size_t room, n;
	int rc = 0;

	if (!o->open) {
		o->record = o->bytes.len;
		rc = buf_add(&o->bytes, span_of(length, sizeof length));
		if (rc < 0)
			return rc;
		o->open = true;
	}
	room =
	    NOISE_RECORD_PLAIN - (o->bytes.len - o->record - NET_LENGTH_BYTES);
	n = bytes->len < room ? bytes->len : room;
	rc = buf_add(&o->bytes, span_of(bytes->p, n));
	if (rc < 0)
		return rc;
	*bytes = skip(*bytes, n);
	return n == room ? net_out_seal(o) : 0;
}

int
net_out_message(struct net_out *o, struct span message)
{
	uint8_t head[NET_HEAD_BYTES];
	struct span part = span_of(head, sizeof head);
	int rc = reserve(o, sizeof head + message.len);

	net_put_be(head, sizeof head, message.len);
	while (rc == 0 && part.len > 0)
		rc = add_part(o, &part);
	while (rc == 0 && message.len > 0) {
		if (o->open || message.len < NOISE_RECORD_PLAIN) {
			rc = add_part(o, &message);
			continue;
		}
		rc = add_record(o, span_of(message.p, NOISE_RECORD_PLAIN));
		message = skip(message, NOISE_RECORD_PLAIN);
	}
	return rc;
}

/* ---- records to messages ------------------------------------------------- */

void
net_in_init(struct net_in *in)
{
	*in = (struct net_in){.fresh = true};
	buf_init(&in->gather.raw, NET_LENGTH_BYTES + LIMIT_RECORD_WIRE_BYTES);
	/* A message that lacks a byte, and a whole record. */
	buf_init(&in->plain,
	    NET_HEAD_BYTES + NET_MESSAGE_BYTES + LIMIT_RECORD_WIRE_BYTES);
}

void
net_in_release(struct net_in *in)
{
	buf_release(&in->gather.raw);
	buf_release(&in->plain);
	noise_cipher_release(&in->cipher);
	in->at = 0;
}

/* Drops what was handed out. */
static void
settle(struct net_in *in)
{
	if (in->at > 0)
		buf_consume(&in->plain, in->at);
	in->at = 0;
}

int
net_in_record(struct net_in *in, struct span *bytes)
{
	struct span record;
	uint8_t *p;
	int rc = net_gather_frame(&in->gather, bytes, NOISE_TAG_BYTES,
	    LIMIT_RECORD_WIRE_BYTES, &record);

	if (rc != 1)
		return rc;
	/* Empty records cost the reader more than the sender. */
	if (record.len == NOISE_TAG_BYTES && !in->fresh)
		return ERR_GRAMMAR;
	in->fresh = false;
	settle(in);
	rc = buf_reserve(&in->plain, record.len, &p);
	if (rc == 0)
		rc = noise_open(&in->cipher, record, p);
	if (rc < 0)
		return rc;
	buf_commit(&in->plain, record.len - NOISE_TAG_BYTES);
	return 1;
}

int
net_in_message(struct net_in *in, struct span *out)
{
	struct span left = skip(buf_span(&in->plain), in->at);
	size_t len;

	if (left.len < NET_HEAD_BYTES)
		return 0;
	len = get_be(left.p, NET_HEAD_BYTES);
	if (len > NET_MESSAGE_BYTES)
		return ERR_LIMIT;
	if (left.len - NET_HEAD_BYTES < len)
		return 0;
	*out = span_of(left.p + NET_HEAD_BYTES, len);
	in->at += NET_HEAD_BYTES + len;
	return 1;
}

bool
net_in_holds(const struct net_in *in)
{
	return in->at < in->plain.len;
}

void
net_in_tidy(struct net_in *in)
{
	if (!net_in_holds(in) && in->plain.cap > NET_KEEP_BYTES) {
		buf_release(&in->plain);
		in->at = 0;
	}
}
