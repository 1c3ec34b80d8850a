/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/msg/msg_internal.h"

#include <string.h>
#include <zstd.h>

enum { PACK_BYTES_MIN = 257 }; /* what is smaller is sent as it is */

void
msg_zstd_init(struct msg_zstd *z)
{
	*z = (struct msg_zstd){.level = MSG_ZSTD_LEVEL};
}

void
msg_zstd_release(struct msg_zstd *z)
{
	ZSTD_freeCCtx(z->c);
	ZSTD_freeDCtx(z->d);
	msg_zstd_init(z);
}

/* Decompresses one frame that gives exactly len bytes. */
static int
decompress(struct msg_zstd *z, struct span frame, size_t len, void **out)
{
	void *bytes;
	size_t got;

	if (z->d == NULL)
		z->d = ZSTD_createDCtx();
	bytes = z->d != NULL ? malloc(len) : NULL;
	if (bytes == NULL)
		return -ENOMEM;
	got = ZSTD_decompressDCtx(z->d, bytes, len, frame.p, frame.len);
	if (got != len) { /* an error is a number beyond any length */
		free(bytes);
		return ERR_GRAMMAR;
	}
	*out = bytes;
	return 0;
}

/*
 * Judges a frame by what it says, before memory is asked for: one frame of
 * today's format (zstd may know older ones) that gets larger, to len bytes.
 */
static bool
frame_allowed(struct span frame, size_t len)
{
	return len >= PACK_BYTES_MIN && frame.len < len &&
	       span_starts(frame, SPAN_LIT("\x28\xb5\x2f\xfd")) &&
	       ZSTD_getFrameContentSize(frame.p, frame.len) == len &&
	       ZSTD_findFrameCompressedSize(frame.p, frame.len) == frame.len;
}

int
msg_unpack(struct msg_zstd *z, struct span bytes, struct span *out_body,
    void **out_unpacked)
{
	struct wire_reader r = wire_reader_of(bytes);
	uint8_t form = wire_u8(&r);
	struct span frame;
	size_t len = 0;
	int rc;

	if (form == FORM_ZSTD)
		len = (size_t)wire_varint(&r, LIMIT_MESSAGE_BYTES);
	if (form > FORM_ZSTD)
		wire_fail(&r);
	frame = wire_rest(&r);
	rc = wire_end(&r);
	if (rc < 0)
		return rc;
	if (form == FORM_RAW) {
		*out_body = frame;
		return 0;
	}
	if (!frame_allowed(frame, len))
		return ERR_GRAMMAR;
	rc = decompress(z, frame, len, out_unpacked);
	if (rc == 0)
		*out_body = span_of(*out_unpacked, len);
	return rc;
}

/* The form byte and the length that come before a frame. */
static size_t
frame_head(size_t len, uint8_t head[static 8])
{
	size_t n = 0;

	head[n++] = FORM_ZSTD;
	for (; len >= 0x80; len >>= 7)
		head[n++] = (uint8_t)(len | 0x80);
	head[n++] = (uint8_t)len;
	return n;
}

/*
 * The frame is made behind the body and then moved over it: no other memory
 * is needed, and a body that does not get smaller stays where it is.
 */
int
msg_pack(struct msg_zstd *z, struct buf *out, size_t start)
{
	size_t body = start + 1, len = out->len - body, head_len, room, got;
	uint8_t head[8], *to;
	int rc;

	if (len < PACK_BYTES_MIN || z->level == 0)
		return 0;
	head_len = frame_head(len, head);
	room = len - head_len; /* more is not smaller */
	rc = buf_reserve(out, room, &to);
	if (rc == ERR_LIMIT)
		return 0;
	if (rc == 0 && z->c == NULL)
		z->c = ZSTD_createCCtx();
	if (rc < 0 || z->c == NULL)
		return -ENOMEM;
	got = ZSTD_compressCCtx(z->c, to, room, out->p + body, len, z->level);
	if (ZSTD_isError(got)) /* it does not fit, so it does not pay */
		return 0;
	memcpy(out->p + start, head, head_len);
	memmove(out->p + start + head_len, to, got);
	out->len = start + head_len + got;
	return 0;
}
