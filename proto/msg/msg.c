/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/msg/msg_internal.h"

struct entry {
	const char *name;
	msg_codec *codec;
	bool packed; /* a form byte, then a body that may be compressed */
};

static const struct entry table[] = {
    [MSG_HELLO] = {"HELLO", msg_codec_hello, false},
    [MSG_FOLDER] = {"FOLDER", msg_codec_folder, false},
    [MSG_UNFOLDER] = {"UNFOLDER", msg_codec_unfolder, false},
    [MSG_VERSIONS] = {"VERSIONS", msg_codec_versions, true},
    [MSG_HAVE] = {"HAVE", msg_codec_have, false},
    [MSG_WANT] = {"WANT", msg_codec_want, false},
    [MSG_DATA] = {"DATA", msg_codec_data, true},
    [MSG_NOTFOUND] = {"NOTFOUND", msg_codec_notfound, false},
    [MSG_PING] = {"PING", msg_codec_ping, false},
    [MSG_PONG] = {"PONG", msg_codec_ping, false},
    [MSG_CLOSE] = {"CLOSE", msg_codec_close, false},
    [MSG_HALT] = {"HALT", msg_codec_halt, false},
};

static const struct entry *
entry_of(unsigned type)
{
	if (type >= sizeof table / sizeof *table || table[type].name == NULL)
		return NULL;
	return &table[type];
}

const char *
msg_type_name(unsigned type)
{
	const struct entry *entry = entry_of(type);

	return entry != NULL ? entry->name : "unknown";
}

void
msg_release(struct msg *m)
{
	if (m->type == MSG_FOLDER) {
		vector_release(&m->folder.knowledge);
		vector_release(&m->folder.resume.noted);
	} else if (m->type == MSG_VERSIONS) {
		vector_release(&m->versions.noted);
		vector_release(&m->versions.end);
	}
	free(m->owned);
	free(m->unpacked);
	*m = (struct msg){.type = m->type};
}

int
msg_parse(struct msg_zstd *z, struct span bytes, struct msg *out)
{
	struct wire_reader r = wire_reader_of(bytes);
	struct msg m = {.type = wire_u8(&r)};
	const struct entry *entry = entry_of(m.type);
	struct span body = wire_rest(&r);
	struct codec c = {.writing = false};
	int rc = 0;

	if (entry == NULL || bytes.len > MSG_BYTES_MAX)
		return ERR_GRAMMAR;
	if (entry->packed)
		rc = msg_unpack(z, body, &body, &m.unpacked);
	if (rc == 0 && body.len > LIMIT_MESSAGE_BYTES)
		rc = ERR_GRAMMAR;
	if (rc == 0) {
		c.r = wire_reader_of(body);
		entry->codec(&c, &m);
		m.owned = c.owned;
		rc = codec_end(&c);
	}
	if (rc < 0) {
		msg_release(&m);
		return rc;
	}
	*out = m;
	return 0;
}

int
msg_write(struct msg_zstd *z, const struct msg *m, struct buf *out)
{
	const struct entry *entry = entry_of(m->type);
	const size_t start = out->len;
	struct codec c = {.writing = true, .w = wire_writer_of(out)};
	struct msg fields = *m; /* a walk may set what it has just written */
	int rc;

	if (entry == NULL)
		return ERR_GRAMMAR;
	wire_put_u8(&c.w, (uint8_t)m->type);
	if (entry->packed)
		wire_put_u8(&c.w, FORM_RAW);
	entry->codec(&c, &fields);
	rc = codec_end(&c);
	if (rc == 0 &&
	    out->len - start > LIMIT_MESSAGE_BYTES + (entry->packed ? 2u : 1u))
		rc = ERR_LIMIT;
	if (rc == 0 && entry->packed)
		rc = msg_pack(z, out, start + 1);
	if (rc < 0)
		out->len = start;
	return rc;
}
