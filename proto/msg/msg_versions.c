/* SPDX-License-Identifier: Apache-2.0 */
/* msg_versions - VERSIONS and HAVE. */
#include "proto/msg/msg_internal.h"

enum {
	FLAG_FIRST = 1,
	FLAG_RESUMED = 2,
	FLAG_LAST = 4,
	FLAGS_ALL = 7,
};

static void
codec_flags(struct codec *c, struct msg_versions *v)
{
	uint8_t flags = (uint8_t)((v->first ? FLAG_FIRST : 0) |
				  (v->resumed ? FLAG_RESUMED : 0) |
				  (v->last ? FLAG_LAST : 0));

	codec_u8(c, &flags, FLAGS_ALL);
	v->first = flags & FLAG_FIRST;
	v->resumed = flags & FLAG_RESUMED;
	v->last = flags & FLAG_LAST;
	codec_need(c, v->first || !v->resumed);
}

void
msg_codec_versions(struct codec *c, struct msg *m)
{
	struct msg_versions *v = &m->versions;
	struct codec_count range = {1, LIMIT_BATCH_RECORDS, 3};
	struct msg_record record, *items = NULL;

	codec_u16(c, &v->channel);
	codec_flags(c, v);
	codec_dot(c, &v->cursor);
	if (v->first)
		codec_knowledge(c, &v->noted);
	if (v->last)
		codec_knowledge(c, &v->end);
	if (v->first || v->last)
		range.min = 0;
	codec_count(c, &v->n_records, &range);
	if (!c->writing)
		v->records = items =
		    codec_array(c, v->n_records, sizeof *items);
	for (size_t i = 0; v->records != NULL && i < v->n_records; i++) {
		record = v->records[i];
		codec_bool(c, &record.holds);
		codec_string(c, &record.bytes, 1, LIMIT_RECORD_BYTES);
		if (items != NULL)
			items[i] = record;
	}
}

void
msg_codec_have(struct codec *c, struct msg *m)
{
	static const struct codec_count range = {
	    0, LIMIT_WANT_ITEMS, NAME_BYTES};
	struct msg_have *have = &m->have;
	size_t len;

	codec_u16(c, &have->channel);
	codec_u64(c, &have->open_paths);
	codec_u64(c, &have->open_bytes);
	codec_count(c, &have->n_names, &range);
	len = have->n_names * NAME_BYTES;
	/* Names are bytes of any alignment: no copy is needed. */
	if (c->writing)
		wire_put_bytes(&c->w, span_of(have->names, len));
	else
		have->names = (const struct name *)wire_bytes(&c->r, len).p;
}
