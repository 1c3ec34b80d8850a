/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rot - a disk that goes bad, for tests of what reads everything again.
 *
 * Real rot changes bytes and no time. A test can put back every time but one:
 * whatever writes to a file sets its ctime to now. So the folder's memory is
 * told instead that it saw this ctime before.
 */
#ifndef TESTS_ROT_H
#define TESTS_ROT_H

#include "daemon/host/host.h"

/*
 * Flips a byte in the middle of the file at path below root, whose folder's
 * database lies in the directory state, closed. 0 or an error.
 */
int rot(const struct host *h, int state, const char *root,
    const char *path) MUST_USE;

#endif
