/* SPDX-License-Identifier: Apache-2.0 */
/* msg_session - HELLO, FOLDER, UNFOLDER, PING, PONG, CLOSE,
 * HALT. */
#include "proto/msg/msg_internal.h"

#include <string.h>

void
msg_codec_hello(struct codec *c, struct msg *m)
{
	static const struct codec_count range = {0, LIMIT_FEATURES, 2};
	struct msg_hello *hello = &m->hello;
	struct span last = {NULL, 0}, feature, *items = NULL;

	codec_u16(c, &hello->minor);
	codec_string(c, &hello->device_name, 0, LIMIT_PEER_NAME_BYTES);
	codec_string(c, &hello->program, 0, MSG_PROGRAM_BYTES);
	codec_count(c, &hello->n_features, &range);
	if (!c->writing)
		hello->features = items =
		    codec_array(c, hello->n_features, sizeof *items);
	for (size_t i = 0; i < hello->n_features; i++) {
		if (hello->features == NULL)
			break;
		feature = hello->features[i];
		codec_string(c, &feature, 1, MSG_FEATURE_BYTES);
		codec_need(c, span_compare(last, feature) < 0);
		if (items != NULL)
			items[i] = feature;
		last = feature;
	}
}

bool
msg_folder_id_valid(struct span id)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";

	if (id.len == 0 || id.len > LIMIT_FOLDER_ID_BYTES || id.p[0] == '.')
		return false;
	for (size_t i = 0; i < id.len; i++)
		if (memchr(allowed, id.p[i], sizeof allowed - 1) == NULL)
			return false;
	return true;
}

void
msg_codec_folder(struct codec *c, struct msg *m)
{
	struct msg_folder *folder = &m->folder;
	uint8_t mode = (uint8_t)folder->mode;

	codec_string(c, &folder->id, 1, LIMIT_FOLDER_ID_BYTES);
	codec_need(c, msg_folder_id_valid(folder->id));
	codec_u16(c, &folder->channel);
	codec_u32(c, &folder->format);
	codec_u8(c, &mode, MSG_MODE_RECEIVE);
	folder->mode = mode;
	codec_u64(c, &folder->replica);
	codec_knowledge(c, &folder->knowledge);
	codec_bool(c, &folder->has_resume);
	if (!folder->has_resume)
		return;
	codec_u64(c, &folder->resume.sender);
	codec_knowledge(c, &folder->resume.noted);
	codec_dot(c, &folder->resume.last);
}

void
msg_codec_unfolder(struct codec *c, struct msg *m)
{
	codec_u16(c, &m->unfolder.channel);
}

void
msg_codec_ping(struct codec *c, struct msg *m)
{
	codec_u64(c, &m->ping.number);
}

void
msg_codec_close(struct codec *c, struct msg *m)
{
	uint8_t reason = (uint8_t)m->close.reason;

	codec_u8(c, &reason, MSG_CLOSE_DUPLICATE);
	m->close.reason = reason;
	codec_string(c, &m->close.text, 0, MSG_TEXT_BYTES);
}

void
msg_codec_halt(struct codec *c, struct msg *m)
{
	uint8_t why = (uint8_t)m->halt.why;

	codec_u16(c, &m->halt.channel);
	codec_u8(c, &why, MSG_HALT_ROOT);
	m->halt.why = why;
}
