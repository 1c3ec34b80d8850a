/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/model/chunks.h"

#include <string.h>

#include "proto/model/chunks_internal.h"

void
chunks_init(struct chunk_list *list)
{
	*list = (struct chunk_list){0};
}

void
chunks_release(struct chunk_list *list)
{
	VEC_RELEASE(&list->v);
	list->size = 0;
}

int
chunks_add(struct chunk_list *list, const struct chunk *chunk)
{
	if (chunk->len == 0 || chunk->len > LIMIT_CHUNK_BYTES ||
	    list->v.n >= LIMIT_CHUNKS ||
	    list->size > (uint64_t)LIMIT_FILE_BYTES - chunk->len)
		return ERR_LIMIT;
	if (VEC_PUSH(&list->v, *chunk) < 0)
		return -ENOMEM;
	list->size += chunk->len;
	return 0;
}

int
chunks_copy(const struct chunk_list *list, struct chunk_list *out_copy)
{
	struct chunk *items;

	if (list->v.n == 0)
		return 0;
	items = malloc(list->v.n * sizeof *items);
	if (items == NULL)
		return -ENOMEM;
	memcpy(items, list->v.items, list->v.n * sizeof *items);
	out_copy->v.items = items;
	out_copy->v.n = out_copy->v.cap = list->v.n;
	out_copy->size = list->size;
	return 0;
}

bool
chunks_same(const struct chunk *a, const struct chunk *b)
{
	return a->len == b->len && name_equal(&a->name, &b->name);
}

bool
chunks_equal(const struct chunk_list *a, const struct chunk_list *b)
{
	if (a->v.n != b->v.n || a->size != b->size)
		return false;
	for (size_t i = 0; i < a->v.n; i++)
		if (!chunks_same(&a->v.items[i], &b->v.items[i]))
			return false;
	return true;
}

void
chunks_name(const struct chunk_list *list, struct name *out)
{
	struct name_file f;

	name_file_init(&f, list->size);
	VEC_EACH (&list->v, chunk)
		name_file_add(&f, &chunk->name);
	name_file_end(&f, out);
}

int
chunks_offsets(const struct chunk_list *list, uint64_t **out_offsets)
{
	uint64_t *offsets = malloc((list->v.n + 1) * sizeof *offsets);
	uint64_t at = 0;

	if (offsets == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < list->v.n; i++) {
		offsets[i] = at;
		at += list->v.items[i].len;
	}
	offsets[list->v.n] = at;
	*out_offsets = offsets;
	return 0;
}

void
chunks_put(struct wire_writer *w, const struct chunk *chunk)
{
	wire_put_varint(w, chunk->len);
	wire_put_bytes(w, span_of(chunk->name.b, NAME_BYTES));
}

struct chunk
chunks_get(struct wire_reader *r)
{
	struct chunk chunk;

	chunk.len = (uint32_t)wire_varint(r, LIMIT_CHUNK_BYTES);
	wire_copy(r, chunk.name.b, NAME_BYTES);
	return chunk;
}

bool
chunks_sound(const struct chunk_list *list, uint64_t size)
{
	if (list->size != size)
		return false;
	return size > LIMIT_SMALL_FILE_BYTES || list->v.n <= 1;
}

int
chunks_encode(const struct chunk_list *list, struct buf *out)
{
	struct wire_writer w = wire_writer_of(out);

	wire_put_varint(&w, list->size);
	wire_put_varint(&w, list->v.n);
	VEC_EACH (&list->v, chunk)
		chunks_put(&w, chunk);
	return wire_writer_end(&w);
}

int
chunks_decode(struct span blob, struct chunk_list *out_list)
{
	struct wire_reader r = wire_reader_of(blob);
	uint64_t size = wire_varint(&r, LIMIT_FILE_BYTES);
	uint64_t n = wire_varint(&r, LIMIT_CHUNKS);
	struct chunk_list list = {0};
	int rc = 0;

	if (!wire_fits(&r, n, CHUNKS_WIRE_MIN))
		return ERR_GRAMMAR;
	for (uint64_t i = 0; i < n && rc == 0; i++) {
		struct chunk chunk = chunks_get(&r);

		rc = chunks_add(&list, &chunk);
	}
	if (rc == ERR_LIMIT)
		rc = ERR_GRAMMAR;
	if (rc == 0)
		rc = wire_end(&r);
	if (rc == 0 && !chunks_sound(&list, size))
		rc = ERR_GRAMMAR;
	if (rc < 0)
		chunks_release(&list);
	else
		*out_list = list;
	return rc;
}
