/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_PROTO_WIRE_WIRE_TEST_H
#define TESTS_PROTO_WIRE_WIRE_TEST_H

#include "tests/run.h"

TCase *wire_reader_tcase(void);
TCase *wire_writer_tcase(void);

#endif
