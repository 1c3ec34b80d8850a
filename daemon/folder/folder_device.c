/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is remembered of a device: its replica, the small number we gave it,
 * and what of ours it is known to have; and what it is told of us when a
 * session begins.
 */
#include "daemon/folder/folder_internal.h"

#include <stdio.h>

enum { KEY_CHARS = 16 + 2 * DEVICE_BYTES };

static void
key_of(char out[KEY_CHARS], const char *what, const uint8_t *device)
{
	static const char digits[] = "0123456789abcdef";
	int at = snprintf(out, KEY_CHARS, "%s:", what);

	for (int i = 0; i < DEVICE_BYTES; i++) {
		out[at++] = digits[device[i] >> 4];
		out[at++] = digits[device[i] & 15];
	}
	out[at] = '\0';
}

/* A number kept by device: 0 and *out 0 when there is none. */
static int
recall(struct folder *f, const char *what, const uint8_t *device, uint64_t *out)
{
	struct wire_reader r;
	char key[KEY_CHARS];
	struct buf value;
	int rc;

	*out = 0;
	key_of(key, what, device);
	buf_init(&value, 64);
	rc = index_fact_get(f->index, key, &value);
	if (rc == 0) {
		r = wire_reader_of(buf_span(&value));
		*out = wire_u64(&r);
		rc = wire_end(&r) < 0 ? ERR_CORRUPT : 0;
	}
	buf_release(&value);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static int
remember(struct folder *f, const char *what, const uint8_t *device, uint64_t n)
{
	struct wire_writer w;
	char key[KEY_CHARS];
	struct buf value;
	int rc;

	key_of(key, what, device);
	buf_init(&value, 64);
	w = wire_writer_of(&value);
	wire_put_u64(&w, n);
	rc = wire_writer_end(&w);
	if (rc == 0)
		rc = folder_batch(f);
	if (rc == 0)
		rc = index_fact_put(f->index, key, buf_span(&value));
	buf_release(&value);
	return rc;
}

int
folder_acked_put(struct folder *f, const uint8_t *device, struct dot acked)
{
	struct wire_writer w;
	char key[KEY_CHARS];
	struct buf value;
	int rc;

	key_of(key, "acked", device);
	buf_init(&value, 64);
	w = wire_writer_of(&value);
	wire_put_u64(&w, acked.replica);
	wire_put_u64(&w, acked.counter);
	rc = wire_writer_end(&w);
	if (rc == 0)
		rc = index_fact_put(f->index, key, buf_span(&value));
	buf_release(&value);
	return rc;
}

int
folder_acked_get(struct folder *f, struct folder_link *l)
{
	struct wire_reader r;
	char key[KEY_CHARS];
	struct dot acked;
	struct buf value;
	int rc;

	key_of(key, "acked", l->device);
	buf_init(&value, 64);
	rc = index_fact_get(f->index, key, &value);
	if (rc == 0) {
		r = wire_reader_of(buf_span(&value));
		acked.replica = wire_u64(&r);
		acked.counter = wire_u64(&r);
		rc = wire_end(&r) < 0 ? ERR_CORRUPT : 0;
		if (acked.replica == index_replica(f->index))
			l->acked = acked.counter;
	}
	buf_release(&value);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

/* A resume point of the one before goes, so that who has a new number each
 * time leaves no trail. */
int
folder_device_replica(struct folder *f, const uint8_t *device, uint64_t replica)
{
	uint64_t before;
	int rc = recall(f, "replica", device, &before);

	if (rc < 0 || before == replica)
		return rc;
	rc = folder_batch(f);
	if (rc == 0 && before != 0)
		rc = index_resume_drop(f->index, before);
	return rc < 0 ? rc : remember(f, "replica", device, replica);
}

int
folder_device_source(struct folder *f, const uint8_t *device, unsigned *out)
{
	uint64_t n;
	int64_t fresh;
	int rc = recall(f, "source", device, &n);

	if (rc == 0 && n == 0) {
		rc = folder_batch(f);
		if (rc == 0)
			rc = index_next_id(f->index, &fresh);
		n = rc == 0 ? (uint64_t)fresh : 0;
		if (rc == 0)
			rc = remember(f, "source", device, n);
	}
	*out = (unsigned)n;
	return rc;
}

int
folder_offer(struct folder *f, const uint8_t *device, struct msg_folder *out)
{
	struct index_resume point = {0};
	uint64_t replica;
	int rc;

	*out = (struct msg_folder){
	    .id = span_str(f->id), .format = PEER_FORMAT, .mode = f->mode};
	if (f->state == FOLDER_FAILED)
		return ERR_CLOSED;
	out->replica = index_replica(f->index);
	rc = recall(f, "replica", device, &replica);
	if (rc == 0 && replica != 0)
		rc = index_resume_get(f->index, replica, &point);
	if (rc == 0)
		rc = vector_copy(index_knowledge(f->index), &out->knowledge);
	out->has_resume = point.present;
	out->resume =
	    (struct msg_resume){point.replica, point.noted, point.last};
	return rc;
}
