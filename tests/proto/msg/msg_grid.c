/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/msg/msg_grid.h"

#include <string.h>

static void
put_run(struct wire_writer *w, uint8_t byte, size_t len)
{
	uint8_t run[256];

	memset(run, byte, sizeof run);
	for (; len > sizeof run; len -= sizeof run)
		wire_put_bytes(w, span_of(run, sizeof run));
	wire_put_bytes(w, span_of(run, len));
}

static void
put_field(struct wire_writer *w, enum shape shape, uint64_t value)
{
	switch (shape) {
	case SHAPE_U8:
		wire_put_u8(w, (uint8_t)value);
		break;
	case SHAPE_U16:
		wire_put_u16(w, (uint16_t)value);
		break;
	case SHAPE_U32:
		wire_put_u32(w, (uint32_t)value);
		break;
	case SHAPE_U64:
		wire_put_u64(w, value);
		break;
	case SHAPE_VARINT:
		wire_put_varint(w, value);
		break;
	case SHAPE_STRING:
		wire_put_varint(w, value);
		/* A length that no message can have has no bytes. */
		if (value < MSG_BYTES_MAX)
			put_run(w, 'a', (size_t)value);
		break;
	case SHAPE_NAME:
		put_run(w, (uint8_t)value, NAME_BYTES);
	}
}

/* A message in which one field is not as it was. */
struct grid {
	enum msg_type type;
	const struct grid_field *fields;
	size_t n;
	size_t odd; /* the field's index */
	uint64_t value; /* its value */
	unsigned times; /* how often it is there */
	struct buf out;
};

static int
parse(struct grid *g)
{
	struct wire_writer w = wire_writer_of(&g->out);

	buf_clear(&g->out);
	wire_put_u8(&w, (uint8_t)g->type);
	for (size_t i = 0; i < g->n; i++)
		for (unsigned k = i == g->odd ? g->times : 1; k > 0; k--)
			put_field(&w, g->fields[i].shape,
			    i == g->odd ? g->value : g->fields[i].value);
	ck_assert_int_eq(wire_writer_end(&w), 0);
	return test_refused_or_canonical(buf_span(&g->out));
}

/* What a field of this shape can hold at all. */
static uint64_t
shape_max(enum shape shape)
{
	switch (shape) {
	case SHAPE_U8:
	case SHAPE_NAME:
		return UINT8_MAX;
	case SHAPE_U16:
		return UINT16_MAX;
	case SHAPE_U32:
		return UINT32_MAX;
	default:
		return UINT64_MAX;
	}
}

static void
check_value(struct grid *g, uint64_t value)
{
	const struct grid_field *field = &g->fields[g->odd];
	bool allowed = value >= field->min && value <= field->max;
	int rc;

	if (value > shape_max(field->shape))
		return;
	g->value = value;
	rc = parse(g);
	ck_assert_msg(rc == (allowed ? 0 : ERR_GRAMMAR),
	    "%s, field %zu = %ju: %d", msg_type_name(g->type), g->odd,
	    (uintmax_t)value, rc);
}

void
grid_check(enum msg_type type, const struct grid_field *fields, size_t n)
{
	struct grid g = {.type = type, .fields = fields, .n = n, .times = 1};

	buf_init(&g.out, 4 * MSG_BYTES_MAX);
	for (g.odd = 0; g.odd < n; g.odd++) {
		const struct grid_field *field = &fields[g.odd];

		check_value(&g, field->value);
		check_value(&g, 0);
		check_value(&g, shape_max(field->shape));
		check_value(&g, 1);
		check_value(&g, field->max - 1);
		check_value(&g, field->max);
		check_value(&g, field->max + 1);
		check_value(&g, field->min);
		check_value(&g, field->min - 1);
		g.value = field->value;
		g.times = 0;
		(void)parse(&g);
		g.times = 2;
		(void)parse(&g);
		g.times = 1;
	}
	buf_release(&g.out);
}
