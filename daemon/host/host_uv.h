/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_uv - the real host: libuv's loop, workers and sockets, POSIX files.
 *
 * Used by tuttid's main and by tests that run on a real file system. One
 * host has one loop; everything but the file functions belongs to the
 * thread that calls host_uv_run.
 */
#ifndef DAEMON_HOST_HOST_UV_H
#define DAEMON_HOST_HOST_UV_H

#include "daemon/host/host.h"

/*
 * Makes a host with its own loop. *out is given, freed by host_uv_free after
 * all timers, streams, watchers and polls made from it were freed; that waits
 * for jobs and calls their done. From then on the process ignores SIGPIPE,
 * SIGIO and SIGXFSZ, which are errors of calls here. -ENOMEM, -EAGAIN.
 */
int host_uv_new(struct host **out) MUST_USE;
void host_uv_free(struct host *h);

/* Runs the loop until host_uv_stop, or until nothing is left to wait for. */
void host_uv_run(struct host *h);

/* Runs one turn, waiting at most ms for something to happen. */
void host_uv_turn(struct host *h, uint64_t ms);

/* Lets host_uv_run return. From the control thread only. */
void host_uv_stop(struct host *h);

/* Calls cb on the control thread when the process gets the signal. */
int host_uv_on_signal(
    struct host *h, int signum, host_cb *cb, void *arg) MUST_USE;

/* Writes bytes to stderr, as far as it takes them. arg is not used. */
void host_uv_stderr(void *arg, struct span bytes);

/*
 * Says whether the kernel has openat2 (Linux 5.6). Without it, or after
 * forgo, which tests call first of all, host_open_below goes one component at
 * a time and knows a mount only by its device.
 */
bool host_uv_has_openat2(const struct host *h);
void host_uv_forgo_openat2(struct host *h);

#endif
