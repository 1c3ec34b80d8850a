/* SPDX-License-Identifier: Apache-2.0 */
/* msg_content - WANT, DATA, NOTFOUND. */
#include "proto/msg/msg_internal.h"

enum {
	KIND_MASK = 3,
	FLAG_VERIFY = 4,
};

static void
codec_want_item(struct codec *c, struct msg_want_item *item)
{
	uint8_t form = (uint8_t)(item->kind | (item->verify ? FLAG_VERIFY : 0));

	codec_need(c, item->kind <= MSG_WANT_CHUNKS);
	codec_u32(c, &item->id);
	codec_u8(c, &form, MSG_WANT_CHUNKS | FLAG_VERIFY);
	item->kind = form & KIND_MASK;
	item->verify = form & FLAG_VERIFY;
	codec_name(c, &item->content);
	switch (item->kind) {
	case MSG_WANT_WHOLE:
		break;
	case MSG_WANT_LIST:
		codec_name(c, &item->base);
		codec_varint(c, &item->first, LIMIT_CHUNKS - 1);
		break;
	case MSG_WANT_CHUNKS:
		codec_varint(c, &item->first, LIMIT_CHUNKS - 1);
		codec_varint(c, &item->count, LIMIT_CHUNKS);
		codec_need(c, item->count > 0 &&
				  item->first <= LIMIT_CHUNKS - item->count);
		break;
	default:
		codec_need(c, false);
	}
	codec_varint(c, &item->expected, LIMIT_IN_FLIGHT_BYTES);
}

void
msg_codec_want(struct codec *c, struct msg *m)
{
	static const struct codec_count range = {
	    1, LIMIT_WANT_ITEMS, 4 + 1 + NAME_BYTES + 1};
	struct msg_want *want = &m->want;
	struct msg_want_item item, *items = NULL;

	codec_u16(c, &want->channel);
	codec_count(c, &want->n_items, &range);
	if (!c->writing)
		want->items = items =
		    codec_array(c, want->n_items, sizeof *items);
	for (size_t i = 0; want->items != NULL && i < want->n_items; i++) {
		item = want->items[i];
		codec_want_item(c, &item);
		if (items != NULL)
			items[i] = item;
	}
}

static void
codec_piece(struct codec *c, struct msg_piece *piece)
{
	uint8_t status = (uint8_t)piece->status;

	codec_u32(c, &piece->id);
	codec_u8(c, &status, MSG_PIECE_MORE);
	piece->status = status;
	/* An answer that goes on must get on. */
	codec_string(
	    c, &piece->bytes, status == MSG_PIECE_MORE ? 1 : 0, LIMIT_MESSAGE_BYTES);
}

void
msg_codec_data(struct codec *c, struct msg *m)
{
	static const struct codec_count range = {1, LIMIT_DATA_ITEMS, 6};
	struct msg_data *data = &m->data;
	struct msg_piece piece, *items = NULL;

	codec_u16(c, &data->channel);
	codec_count(c, &data->n_pieces, &range);
	if (!c->writing)
		data->pieces = items =
		    codec_array(c, data->n_pieces, sizeof *items);
	for (size_t i = 0; data->pieces != NULL && i < data->n_pieces; i++) {
		piece = data->pieces[i];
		codec_piece(c, &piece);
		if (items != NULL)
			items[i] = piece;
	}
}

void
msg_codec_notfound(struct codec *c, struct msg *m)
{
	static const struct codec_count range = {1, LIMIT_WANT_ITEMS, 4};
	struct msg_notfound *notfound = &m->notfound;
	uint32_t id, *items = NULL;

	codec_u16(c, &notfound->channel);
	codec_count(c, &notfound->n_ids, &range);
	if (!c->writing)
		notfound->ids = items =
		    codec_array(c, notfound->n_ids, sizeof *items);
	for (size_t i = 0; notfound->ids != NULL && i < notfound->n_ids; i++) {
		id = notfound->ids[i];
		codec_u32(c, &id);
		if (items != NULL)
			items[i] = id;
	}
}
