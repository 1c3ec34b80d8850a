/* SPDX-License-Identifier: Apache-2.0 */
/* base_test - the test cases of proto/base, one a source file. */
#ifndef TESTS_PROTO_BASE_BASE_TEST_H
#define TESTS_PROTO_BASE_BASE_TEST_H

#include "tests/run.h"

run_tcase err_tcase, span_tcase, buf_tcase, vec_tcase, path_tcase, date_tcase,
    text_tcase;

#endif
