/* SPDX-License-Identifier: Apache-2.0 */
/* model_internal - what the files of proto/model share. */
#ifndef PROTO_MODEL_MODEL_INTERNAL_H
#define PROTO_MODEL_MODEL_INTERNAL_H

#include "proto/model/model.h"

/* The least that a dot takes on the wire: replica, counter of one byte. */
enum { MODEL_DOT_BYTES_MIN = 9 };

/* Writes a dot, or reads one; the reader fails on a counter of 0. */
void model_put_dot(struct wire_writer *w, struct dot dot);
struct dot model_get_dot(struct wire_reader *r);

#endif
