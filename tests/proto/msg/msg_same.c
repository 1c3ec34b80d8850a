/* SPDX-License-Identifier: Apache-2.0 */
/* msg_same - what it is for a message to come back. */
#include "tests/proto/msg/msg_test.h"

#include <string.h>

static bool
same_hello(const struct msg_hello *a, const struct msg_hello *b)
{
	bool same = a->minor == b->minor && a->n_features == b->n_features &&
		    span_equal(a->device_name, b->device_name) &&
		    span_equal(a->program, b->program);

	for (size_t i = 0; same && i < a->n_features; i++)
		same = span_equal(a->features[i], b->features[i]);
	return same;
}

static bool
same_folder(const struct msg_folder *a, const struct msg_folder *b)
{
	return span_equal(a->id, b->id) && a->channel == b->channel &&
	       a->format == b->format && a->mode == b->mode &&
	       a->replica == b->replica &&
	       vector_equal(&a->knowledge, &b->knowledge) &&
	       a->has_resume == b->has_resume &&
	       a->resume.sender == b->resume.sender &&
	       vector_equal(&a->resume.noted, &b->resume.noted) &&
	       dot_equal(a->resume.last, b->resume.last);
}

static bool
same_versions(const struct msg_versions *a, const struct msg_versions *b)
{
	bool same = a->channel == b->channel && a->first == b->first &&
		    a->resumed == b->resumed && a->last == b->last &&
		    dot_equal(a->cursor, b->cursor) &&
		    vector_equal(&a->noted, &b->noted) &&
		    vector_equal(&a->end, &b->end) &&
		    a->n_records == b->n_records;

	for (size_t i = 0; same && i < a->n_records; i++)
		same = a->records[i].holds == b->records[i].holds &&
		       span_equal(a->records[i].bytes, b->records[i].bytes);
	return same;
}

static bool
same_want(const struct msg_want *a, const struct msg_want *b)
{
	bool same = a->channel == b->channel && a->n_items == b->n_items;

	for (size_t i = 0; same && i < a->n_items; i++) {
		const struct msg_want_item *x = &a->items[i], *y = &b->items[i];

		same = x->id == y->id && name_equal(&x->content, &y->content) &&
		       x->kind == y->kind && x->verify == y->verify &&
		       name_equal(&x->base, &y->base) && x->first == y->first &&
		       x->count == y->count && x->expected == y->expected;
	}
	return same;
}

static bool
same_data(const struct msg_data *a, const struct msg_data *b)
{
	bool same = a->channel == b->channel && a->n_pieces == b->n_pieces;

	for (size_t i = 0; same && i < a->n_pieces; i++)
		same = a->pieces[i].id == b->pieces[i].id &&
		       a->pieces[i].status == b->pieces[i].status &&
		       span_equal(a->pieces[i].bytes, b->pieces[i].bytes);
	return same;
}

bool
test_same(const struct msg *a, const struct msg *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case MSG_HELLO:
		return same_hello(&a->hello, &b->hello);
	case MSG_FOLDER:
		return same_folder(&a->folder, &b->folder);
	case MSG_UNFOLDER:
		return a->unfolder.channel == b->unfolder.channel;
	case MSG_VERSIONS:
		return same_versions(&a->versions, &b->versions);
	case MSG_HAVE:
		return a->have.channel == b->have.channel &&
		       a->have.open_paths == b->have.open_paths &&
		       a->have.open_bytes == b->have.open_bytes &&
		       span_equal(span_of(a->have.names, 32 * a->have.n_names),
			   span_of(b->have.names, 32 * b->have.n_names));
	case MSG_WANT:
		return same_want(&a->want, &b->want);
	case MSG_DATA:
		return same_data(&a->data, &b->data);
	case MSG_NOTFOUND:
		return a->notfound.channel == b->notfound.channel &&
		       span_equal(
			   span_of(a->notfound.ids, 4 * a->notfound.n_ids),
			   span_of(b->notfound.ids, 4 * b->notfound.n_ids));
	case MSG_PING:
	case MSG_PONG:
		return a->ping.number == b->ping.number;
	case MSG_CLOSE:
		return a->close.reason == b->close.reason &&
		       span_equal(a->close.text, b->close.text);
	case MSG_HALT:
		return a->halt.channel == b->halt.channel &&
		       a->halt.why == b->halt.why;
	}
	return false;
}

int
test_write(const struct msg *m, int level, struct buf *out)
{
	struct msg_zstd z;
	int rc;

	msg_zstd_init(&z);
	z.level = level;
	buf_clear(out);
	rc = msg_write(&z, m, out);
	msg_zstd_release(&z);
	return rc;
}

static bool
packed(struct span bytes)
{
	return (bytes.p[0] == MSG_VERSIONS || bytes.p[0] == MSG_DATA) &&
	       bytes.p[1] != 0;
}

static void
check_canonical(const struct msg *m, struct span bytes)
{
	struct msg again;
	struct msg_zstd z;
	struct buf out;

	msg_zstd_init(&z);
	buf_init(&out, MSG_BYTES_MAX);
	HOLDS(test_write(m, 0, &out) == 0);
	if (packed(bytes)) {
		HOLDS(msg_parse(&z, buf_span(&out), &again) == 0);
		HOLDS(test_same(m, &again));
		msg_release(&again);
	} else {
		HOLDS(span_equal(buf_span(&out), bytes));
	}
	buf_release(&out);
	msg_zstd_release(&z);
}

int
test_refused_or_canonical(struct span bytes)
{
	uint8_t *exact = malloc(bytes.len + 1);
	struct msg_zstd z;
	struct msg m;
	int rc;

	HOLDS(exact != NULL);
	if (bytes.len > 0)
		memcpy(exact + 1, bytes.p, bytes.len);
	msg_zstd_init(&z);
	rc = msg_parse(&z, span_of(exact + 1, bytes.len), &m);
	HOLDS(rc == 0 || rc == ERR_GRAMMAR);
	if (rc == 0) {
		check_canonical(&m, bytes);
		msg_release(&m);
	}
	msg_zstd_release(&z);
	free(exact);
	return rc;
}
