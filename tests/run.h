/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run - what every unit test program shares: one main, one way to skip.
 *
 * A module's tests are one program made of one file per source file. Each
 * file gives a TCase; the program's main lists them and calls run_tests.
 */
#ifndef TESTS_RUN_H
#define TESTS_RUN_H

#include <check.h>
#include <stddef.h>

typedef TCase *run_tcase(void);

/*
 * Runs n test cases as the suite of that name and returns main's exit
 * status. Honours CHECK's own environment (CK_FORK, CK_RUN_CASE).
 */
int run_tests(const char *name, run_tcase *const *tcases, size_t n);

/*
 * Opens a file of the shared test vectors: $TUTTI_VECTORS/name when set,
 * else ../shared/vectors/name beside the source tree. Returns the whole
 * file, NUL-terminated, to be freed by the caller; when it is not there,
 * prints "SKIP: name" with the reason and returns NULL.
 */
char *run_vectors(const char *name);

enum { RUN_DIR_BYTES = 64 };

/*
 * Makes an empty directory, tutti-WHAT-XXXXXX below $TMPDIR, or below /tmp
 * when that is not set, or so long that no socket below it could have a name.
 * Its path is put into out; removing it is the caller's.
 */
void run_temp_dir(const char *what, char out[static RUN_DIR_BYTES]);

#endif
