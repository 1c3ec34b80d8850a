/* SPDX-License-Identifier: Apache-2.0 */
/* folder_serve_job - the worker's half of answering: it reads files. */
#include "daemon/folder/folder_serve_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/chunk/chunk.h"
#include "proto/base/path.h"

static bool
as_seen(const struct host_stat *st, const struct observation *seen)
{
	/* Of a kept version no look has told the inode. */
	return st->kind == KIND_FILE &&
	       (st->ino == seen->ino || seen->ino == 0) &&
	       st->size == seen->size && st->mtime_ns == seen->mtime_ns;
}

/* Does the whole file still hash to its name? Asked for when an answer of
 * ours was found wrong: a store through a mapping changes no times. */
static int
verify(struct serve *s, int fd, const struct answer *a)
{
	struct chunk_list list;
	struct name name;
	int rc;

	chunks_init(&list);
	rc = scan_hash(s->host, fd, a->expect.size, &list, &name);
	chunks_release(&list);
	if (rc == 0 && !name_equal(&name, &a->content))
		rc = ERR_CHANGED;
	return rc;
}

/* Are the bytes read the chunks that were asked for? The whole of a large
 * file would take longer than the asker waits. */
static bool
chunks_fit(const uint8_t *p, const struct answer *a)
{
	struct name name;

	for (uint32_t i = 0; i < a->n_chunks; i++) {
		name_chunk(span_of(p, a->chunks[i].len), &name);
		if (!name_equal(&name, &a->chunks[i].name))
			return false;
		p += a->chunks[i].len;
	}
	return true;
}

static int
read_open(struct serve *s, int fd, struct answer *a)
{
	struct host_stat st;
	uint8_t *p;
	int64_t n;
	int rc = host_stat_fd(s->host, fd, &st);

	if (rc == 0 && !as_seen(&st, &a->expect))
		rc = ERR_CHANGED;
	if (rc == 0 && a->verify && a->chunks == NULL)
		rc = verify(s, fd, a);
	if (rc == 0)
		rc = buf_reserve(&s->bytes, a->len, &p);
	if (rc < 0)
		return rc;
	n = host_read_at(s->host, fd, p, a->len, a->at);
	if (n != (int64_t)a->len)
		return n < 0 ? (int)n : ERR_CHANGED;
	if (a->chunks != NULL && !chunks_fit(p, a))
		return ERR_CHANGED;
	a->bytes_at = s->bytes.len;
	buf_commit(&s->bytes, a->len);
	return 0;
}

/* Opens the directory of a file; neighbours are mostly asked for together. */
static int
enter(struct serve *s, int base, struct span parent)
{
	int rc;

	if (s->dir >= 0 && s->base == base && span_equal(s->parent, parent))
		return 0;
	if (s->dir >= 0)
		host_close(s->host, s->dir);
	rc = host_open_below(s->host, base, parent, &s->dir);
	if (rc < 0)
		s->dir = -1;
	s->base = base;
	s->parent = parent;
	return rc;
}

static int
read_one(struct serve *s, struct answer *a)
{
	struct span path = buf_span(&a->path);
	struct span name = path_name(path);
	int base = a->past != 0 ? s->versions : s->root;
	char text[LIMIT_NAME_BYTES + 1];
	int fd, rc;

	memcpy(text, name.p, name.len);
	text[name.len] = 0;
	rc = enter(s, base, path_parent(path));
	if (rc == 0)
		rc = host_open(s->host, s->dir, text, HOST_READ, &fd);
	if (rc < 0)
		return rc;
	rc = read_open(s, fd, a);
	host_close(s->host, fd);
	return rc;
}

/*
 * Makes room at once, which would grow step by step and be copied at each.
 * Where that much is too much, who adds to it finds out.
 */
static void
expect(struct buf *b, size_t len)
{
	uint8_t *p;

	(void)!buf_reserve(b, len, &p);
}

static int
write_message(struct serve *s)
{
	struct msg m = {.type = MSG_DATA};
	struct msg_zstd zstd;
	struct msg_piece *pieces;
	int rc;

	pieces = calloc(s->answers.n, sizeof *pieces);
	if (pieces == NULL)
		return -ENOMEM;
	m.data.channel = s->channel;
	m.data.pieces = pieces;
	VEC_EACH (&s->answers, a)
		if (a->rc == 0)
			pieces[m.data.n_pieces++] =
			    (struct msg_piece){a->id, MSG_PIECE_END,
				span_of(s->bytes.p + a->bytes_at, a->len)};
	msg_zstd_init(&zstd);
	/* On a fast link compressing costs more time than it saves. */
	zstd.level = 0;
	expect(&s->message, s->bytes.len + MSG_BATCH_OVERHEAD +
				MSG_PIECE_OVERHEAD * m.data.n_pieces);
	rc = m.data.n_pieces == 0 ? 0 : msg_write(&zstd, &m, &s->message);
	msg_zstd_release(&zstd);
	free(pieces);
	return rc;
}

void
folder_serve_run(void *arg)
{
	struct serve *s = arg;

	expect(&s->bytes, s->len);
	VEC_EACH (&s->answers, a)
		if (a->rc == 0 && !a->made)
			a->rc = read_one(s, a);
	if (s->dir >= 0)
		host_close(s->host, s->dir);
	s->rc = write_message(s);
}
