/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/msg/msg_internal.h"

void
codec_need(struct codec *c, bool allowed)
{
	if (allowed)
		return;
	if (!c->writing)
		wire_fail(&c->r);
	else if (c->w.rc == 0)
		c->w.rc = ERR_GRAMMAR;
}

void
codec_u8(struct codec *c, uint8_t *value, uint8_t max)
{
	if (c->writing)
		wire_put_u8(&c->w, *value);
	else
		*value = wire_u8(&c->r);
	codec_need(c, *value <= max);
}

void
codec_u16(struct codec *c, uint16_t *value)
{
	if (c->writing)
		wire_put_u16(&c->w, *value);
	else
		*value = wire_u16(&c->r);
}

void
codec_u32(struct codec *c, uint32_t *value)
{
	if (c->writing)
		wire_put_u32(&c->w, *value);
	else
		*value = wire_u32(&c->r);
}

void
codec_u64(struct codec *c, uint64_t *value)
{
	if (c->writing)
		wire_put_u64(&c->w, *value);
	else
		*value = wire_u64(&c->r);
}

void
codec_varint(struct codec *c, uint32_t *value, uint32_t max)
{
	if (c->writing)
		wire_put_varint(&c->w, *value);
	else
		*value = (uint32_t)wire_varint(&c->r, max);
	codec_need(c, *value <= max);
}

void
codec_bool(struct codec *c, bool *value)
{
	if (c->writing)
		wire_put_bool(&c->w, *value);
	else
		*value = wire_bool(&c->r);
}

void
codec_name(struct codec *c, struct name *name)
{
	if (c->writing)
		wire_put_bytes(&c->w, span_of(name->b, sizeof name->b));
	else
		wire_copy(&c->r, name->b, sizeof name->b);
}

void
codec_string(struct codec *c, struct span *s, size_t min, size_t max)
{
	if (c->writing)
		wire_put_string(&c->w, *s);
	else
		*s = wire_string(&c->r, max);
	codec_need(c, s->len >= min && s->len <= max);
}

void
codec_dot(struct codec *c, struct dot *dot)
{
	codec_u64(c, &dot->replica);
	if (c->writing)
		wire_put_varint(&c->w, dot->counter);
	else
		dot->counter = wire_varint(&c->r, LIMIT_COUNTER);
	codec_need(c, dot->counter <= LIMIT_COUNTER);
	codec_need(c, dot->counter > 0 || dot->replica == 0);
}

static bool
vector_in_order(const struct vector *vv)
{
	const struct dot *items = vv->v.items;

	for (size_t i = 0; i < vv->v.n; i++)
		if (items[i].counter == 0 || items[i].counter > LIMIT_COUNTER ||
		    (i > 0 && items[i - 1].replica >= items[i].replica))
			return false;
	return vv->v.n <= LIMIT_KNOWLEDGE_ENTRIES;
}

void
codec_knowledge(struct codec *c, struct vector *vv)
{
	int rc;

	if (c->writing) {
		codec_need(c, vector_in_order(vv));
		vector_put(&c->w, vv);
		return;
	}
	rc = vector_get_wire(&c->r, LIMIT_KNOWLEDGE_ENTRIES, vv);
	if (rc == -ENOMEM) {
		c->rc = rc;
		wire_fail(&c->r);
	}
}

void
codec_count(struct codec *c, size_t *n, const struct codec_count *range)
{
	if (c->writing)
		wire_put_varint(&c->w, *n);
	else
		*n = (size_t)wire_varint(&c->r, range->max);
	codec_need(c, *n >= range->min && *n <= range->max);
	if (c->writing ? c->w.rc < 0 : !wire_fits(&c->r, *n, range->item_bytes))
		*n = 0;
}

void *
codec_array(struct codec *c, size_t n, size_t size)
{
	if (n == 0 || c->r.failed)
		return NULL;
	c->owned = calloc(n, size);
	if (c->owned == NULL) {
		c->rc = -ENOMEM;
		wire_fail(&c->r);
	}
	return c->owned;
}

int
codec_end(const struct codec *c)
{
	if (c->rc < 0)
		return c->rc;
	return c->writing ? wire_writer_end(&c->w) : wire_end(&c->r);
}
