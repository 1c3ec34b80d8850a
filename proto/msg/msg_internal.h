/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msg_internal - the codec: one walk over a message's fields, which either
 * reads or writes each of them, so that there is one grammar and not two.
 *
 * A codec that failed stays failed, like the cursors it is made of.
 */
#ifndef PROTO_MSG_MSG_INTERNAL_H
#define PROTO_MSG_MSG_INTERNAL_H

#include "proto/msg/msg.h"

struct codec {
	bool writing;
	struct wire_reader r;
	struct wire_writer w;
	int rc; /* of reading, for what is not the reader's: -ENOMEM */
	void *owned; /* the array that reading allocated */
};

/* Fails the codec unless a field's value is allowed. */
void codec_need(struct codec *c, bool allowed);

/* Each reads into, or writes, one field. */
void codec_u8(struct codec *c, uint8_t *value, uint8_t max);
void codec_u16(struct codec *c, uint16_t *value);
void codec_u32(struct codec *c, uint32_t *value);
void codec_u64(struct codec *c, uint64_t *value);
void codec_varint(struct codec *c, uint32_t *value, uint32_t max);
void codec_bool(struct codec *c, bool *value);
void codec_name(struct codec *c, struct name *name);
void codec_string(struct codec *c, struct span *s, size_t min, size_t max);

/* A dot, or {0, 0}. */
void codec_dot(struct codec *c, struct dot *dot);

/* A vector of up to LIMIT_KNOWLEDGE_ENTRIES. */
void codec_knowledge(struct codec *c, struct vector *vv);

/*
 * A count of min..max items of at least item_bytes each. *n is 0 once the
 * codec failed.
 */
struct codec_count {
	size_t min, max, item_bytes;
};
void codec_count(struct codec *c, size_t *n, const struct codec_count *range);

/* Reading: memory for n > 0 items, owned by the message; NULL on failure. */
void *codec_array(struct codec *c, size_t n, size_t size);

/* 0, or why the codec failed. Reading, all must have been read. */
int codec_end(const struct codec *c) MUST_USE;

/* The messages; which one a type is, says the table in msg.c. */
typedef void msg_codec(struct codec *c, struct msg *m);
msg_codec msg_codec_hello, msg_codec_folder, msg_codec_unfolder,
    msg_codec_versions, msg_codec_have, msg_codec_want, msg_codec_data,
    msg_codec_notfound, msg_codec_ping, msg_codec_close,
    msg_codec_halt;

/*
 * Gives the body that a packed message holds: of bytes itself, or of memory
 * in *out_unpacked. ERR_GRAMMAR, -ENOMEM.
 */
int msg_unpack(struct msg_zstd *z, struct span bytes, struct span *out_body,
    void **out_unpacked) MUST_USE;

/*
 * Compresses what stands in out from start on, a form byte and a body, when
 * that pays. -ENOMEM.
 */
int msg_pack(struct msg_zstd *z, struct buf *out, size_t start) MUST_USE;

/* What comes before a body that may be compressed. */
enum msg_form { FORM_RAW = 0, FORM_ZSTD = 1 };

#endif
