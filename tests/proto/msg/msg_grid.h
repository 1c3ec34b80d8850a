/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msg_grid - every field of a message with every odd value (LESSONS 28).
 *
 * A message is given as the list of its fields as they lie on the wire, in
 * a form that msg_parse accepts. Each field in turn is set to 0, -1, 1,
 * max - 1, max, max + 1, left out and doubled.
 */
#ifndef TESTS_PROTO_MSG_MSG_GRID_H
#define TESTS_PROTO_MSG_MSG_GRID_H

#include "tests/proto/msg/msg_test.h"

enum shape {
	SHAPE_U8,
	SHAPE_U16,
	SHAPE_U32,
	SHAPE_U64,
	SHAPE_VARINT,
	SHAPE_STRING, /* the value is its length; it is made of 'a' */
	SHAPE_NAME, /* 32 bytes of the value; nothing to try */
};

/* A field, the value it has, and the values that are allowed there. */
struct grid_field {
	enum shape shape;
	uint64_t value, min, max;
};

/* A count, or a form that others follow from: no other value is right. */
#define GRID_FIXED(shape, value)                                               \
	{                                                                      \
		shape, value, value, value                                     \
	}
#define GRID_COUNT(n) GRID_FIXED(SHAPE_VARINT, n)
#define GRID_ANY8(v)                                                           \
	{                                                                      \
		SHAPE_U8, v, 0, UINT8_MAX                                      \
	}
#define GRID_ANY16(v)                                                          \
	{                                                                      \
		SHAPE_U16, v, 0, UINT16_MAX                                    \
	}
#define GRID_ANY32(v)                                                          \
	{                                                                      \
		SHAPE_U32, v, 0, UINT32_MAX                                    \
	}
#define GRID_ANY64(v)                                                          \
	{                                                                      \
		SHAPE_U64, v, 0, UINT64_MAX                                    \
	}
#define GRID_NAME(v)                                                           \
	{                                                                      \
		SHAPE_NAME, v, 0, 255                                          \
	}
#define GRID_COUNTER(v)                                                        \
	{                                                                      \
		SHAPE_VARINT, v, 1, LIMIT_COUNTER                              \
	}

/* Holds msg_parse to it, for a message of n fields after the type. */
void grid_check(enum msg_type type, const struct grid_field *fields, size_t n);

#define GRID_CHECK(type, fields)                                               \
	grid_check(type, fields, sizeof(fields) / sizeof *(fields))

#endif
