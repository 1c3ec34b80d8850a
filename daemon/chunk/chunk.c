/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/chunk/chunk_internal.h"

void
chunker_init(struct chunker *c, uint64_t size, struct chunk_list *list)
{
	chunker_init_as(c, size, size, list);
}

void
chunker_init_as(
    struct chunker *c, uint64_t size, uint64_t as, struct chunk_list *list)
{
	*c = (struct chunker){
	    .params = chunk_params_for(as),
	    .list = list,
	    .size = size,
	};
	buf_init(&c->held, c->params.max);
}

void
chunker_release(struct chunker *c)
{
	buf_release(&c->held);
}

static int
name_and_add(struct chunker *c, struct span bytes)
{
	struct chunk chunk = {.len = (uint32_t)bytes.len};

	name_chunk(bytes, &chunk.name);
	return chunks_add(c->list, &chunk);
}

/*
 * Completes the held chunk with bytes from the front of *bytes, as far as
 * they go. It is looked at in steps, so that little is copied in vain.
 */
static int
add_to_held(struct chunker *c, struct span *bytes)
{
	while (c->held.len > 0 && bytes->len > 0) {
		size_t room = c->params.max - c->held.len, before = c->held.len;
		size_t n = bytes->len < room ? bytes->len : room, cut;
		bool last;
		int rc;

		if (n > c->params.avg)
			n = c->params.avg;
		last = n == bytes->len && c->fed == c->size;
		rc = buf_add(&c->held, span_of(bytes->p, n));
		if (rc < 0)
			return rc;
		cut = chunk_cut_from(
		    &c->params, buf_span(&c->held), c->seen, last);
		c->seen = c->held.len;
		if (cut > 0) {
			n = cut - before;
			rc = name_and_add(c, span_of(c->held.p, cut));
			buf_clear(&c->held);
		}
		*bytes = span_of(bytes->p + n, bytes->len - n);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int
chunker_add(struct chunker *c, struct span bytes)
{
	int rc;

	if (c->size > (uint64_t)LIMIT_FILE_BYTES)
		return ERR_LIMIT;
	if (bytes.len > c->size - c->fed)
		return ERR_CHANGED;
	c->fed += bytes.len;
	rc = add_to_held(c, &bytes);
	while (rc == 0 && bytes.len > 0) {
		size_t cut = chunk_cut(&c->params, bytes, c->fed == c->size);

		if (cut == 0) {
			c->seen = bytes.len;
			return buf_add(&c->held, bytes);
		}
		rc = name_and_add(c, span_of(bytes.p, cut));
		bytes = span_of(bytes.p + cut, bytes.len - cut);
	}
	return rc;
}

int
chunker_end(struct chunker *c, struct name *out_name)
{
	if (c->fed != c->size)
		return ERR_CHANGED;
	chunks_name(c->list, out_name);
	return 0;
}

int
chunk_all(struct span bytes, struct chunk_list *list, struct name *out_name)
{
	struct chunker c;
	int rc;

	chunker_init(&c, bytes.len, list);
	rc = chunker_add(&c, bytes);
	if (rc == 0)
		rc = chunker_end(&c, out_name);
	chunker_release(&c);
	return rc;
}
