/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_refuse - a system, and a libuv, that refuse what a test names
 * (LESSONS 24).
 *
 * For a program linked with -Wl,--wrap for each call that host_refuse.c has:
 * what the host calls is counted here, and refused when told to. What libuv
 * itself calls is not seen.
 */
#ifndef TESTS_DAEMON_HOST_HOST_REFUSE_H
#define TESTS_DAEMON_HOST_HOST_REFUSE_H

#include <stdbool.h>
#include <sys/statfs.h>

/*
 * Lets a call fail with an errno, or give 0 for an err of 0: the first behind
 * so many that succeed, and with on all that follow. It is named as it is in
 * C; system calls without a name of their own as in syscall(2), and the second
 * halves of fgetxattr and flistxattr, which have room, with "+" behind.
 */
void refuse(const char *call, int err, long after, bool on);

/* Ends it for all that were named, up to four; was each of them refused? */
bool refuse_end(void);

/* Lets somebody do something just before a call, behind so many of its name,
 * once. NULL: no more. */
void refuse_meanwhile(const char *call, long after, void (*deed)(void));

/* What every file system is, when not NULL. */
extern const struct statfs *refuse_fs;

#endif
