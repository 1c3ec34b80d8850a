/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_uv_internal - the real host's own state, shared by its source files.
 *
 * Each file fills in its part of the table with its *_ops function; self is
 * the struct host_uv. What is below the line is the control thread's alone.
 */
#ifndef DAEMON_HOST_HOST_UV_INTERNAL_H
#define DAEMON_HOST_HOST_UV_INTERNAL_H

#include <errno.h>
#include <sys/queue.h>
#include <uv.h>

#include "daemon/host/host_uv.h"

enum {
	HOST_READ_BYTES = 256 << 10, /* one read from a socket */
	HOST_GATHER = 64, /* buffers in one write to a socket */
	HOST_WORKERS_MAX = 64,
};

struct host_job {
	STAILQ_ENTRY(host_job) entry;
	host_cb *work;
	host_cb *done;
	void *arg;
};
STAILQ_HEAD(host_job_list, host_job);

/* Workers and their two queues; the mutex guards waiting, done and stop. */
struct host_jobs {
	uv_mutex_t mutex;
	uv_cond_t more;
	struct host_job_list waiting;
	struct host_job_list done;
	bool stop;
	uv_async_t wake; /* done went from empty to not empty */
	uv_thread_t workers[HOST_WORKERS_MAX];
	unsigned n_workers;
	size_t pending; /* control thread: submitted, done not called yet */
};

/* What lease was taken on which descriptor: the kernel only tells what it
 * is becoming. */
struct host_lease_item {
	int fd;
	enum host_lease lease;
};

struct host_uv {
	struct host host;
	struct host_ops ops;
	bool openat2; /* the kernel has it */
	uv_mutex_t lease_mutex;
	VEC(struct host_lease_item) leases;
	/* ------------------------------------------------------------------ */
	uv_loop_t loop;
	uv_timer_t turn; /* limits host_uv_turn */
	uv_idle_t idle; /* runs while soon is not empty */
	TAILQ_HEAD(, host_timer) soon; /* timers of 0 ms */
	uint64_t round; /* of running soon */
	uv_prepare_t prepare; /* runs while unsent is not empty */
	TAILQ_HEAD(, host_stream) unsent; /* streams with bytes to hand over */
	uint8_t *read_buf; /* HOST_READ_BYTES, used by one read at a time */
	SLIST_HEAD(, host_signal) signals;
	struct host_jobs jobs;
};

void host_posix_file_ops(struct host_ops *ops);
void host_posix_meta_ops(struct host_ops *ops);
void host_posix_dir_ops(struct host_ops *ops);
void host_posix_open_ops(struct host_ops *ops);
void host_posix_lease_ops(struct host_ops *ops);
void host_posix_machine_ops(struct host_ops *ops);
void host_uv_timer_ops(struct host_ops *ops);
void host_uv_job_ops(struct host_ops *ops);
void host_uv_watch_ops(struct host_ops *ops);
void host_uv_stream_ops(struct host_ops *ops);
void host_uv_dial_ops(struct host_ops *ops);
void host_uv_listen_ops(struct host_ops *ops);
void host_uv_poll_ops(struct host_ops *ops);

/* Forgets the lease of a descriptor that is about to be closed. */
void host_lease_forget(struct host_uv *uv, int fd);

/* Says whether this kernel, and its filter, let us call openat2. */
bool host_openat2_works(void);

/*
 * rc becomes what a system call gives, made again when a signal came between,
 * and -errno when it failed.
 */
#define HOST_RETRY(rc, call)                                                   \
	do {                                                                   \
		(rc) = (call);                                                 \
		if ((rc) < 0)                                                  \
			(rc) = -errno;                                         \
	} while ((rc) == -EINTR)

/* 0 for a name of exactly one component, -EINVAL for anything else. */
int host_check_name(const char *name);

/* Starts the workers. -ENOMEM, -EAGAIN. */
int host_jobs_init(struct host_uv *uv);

/* Waits for all jobs, calls done for each, ends the workers. */
void host_jobs_release(struct host_uv *uv);

/* Callbacks of the loop's own handles. */
void host_timer_run_soon(uv_idle_t *idle);
void host_stream_run_unsent(uv_prepare_t *prepare);

/* Makes a stream around a connection that waits. -ENOMEM, -errno. */
int host_stream_accept(
    struct host_uv *uv, uv_stream_t *listener, struct host_stream **out);

/* Reads a numeric address; port in host order. -EINVAL when it is not. */
int host_address_parse(
    const char *address, uint16_t port, struct sockaddr_storage *out);

#endif
