/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host - the only door out: files, clock, random, timers, jobs, sockets.
 *
 * Everything the engine does outside its own memory goes through this table,
 * so that the same engine runs for real (host_uv.h: libuv and POSIX) and in
 * tests/sim (a file system in memory, a fake clock, one seed). The functions
 * below are the whole table; daemon code calls the inline wrappers.
 *
 * Threads: the file functions and the clocks may be called from jobs and
 * from the control thread; timers, jobs, sockets and watches belong to the
 * control thread, and their callbacks run there, never from inside a call.
 *
 * Files: no path string goes further than host_open_root. A directory below
 * a root is opened with host_open_below, which follows no link and crosses
 * no mount (openat2: RESOLVE_BENEATH, NO_SYMLINKS, NO_MAGICLINKS, NO_XDEV),
 * and one component is acted on below its descriptor, never following it.
 * A "name" is one NUL-terminated component; descriptors are the host's own
 * small integers, closed with host_close, inherited by no child.
 *
 * Errors are 0 or -errno. EINTR and short transfers are dealt with inside:
 * host_read_at returns fewer bytes only at the end of the file.
 */
#ifndef DAEMON_HOST_HOST_H
#define DAEMON_HOST_HOST_H

#include "proto/base/buf.h"
#include "proto/base/vec.h"
#include "proto/model/model.h"

/* What is at a name. Anything not file, directory or symlink is opaque. */
enum { KIND_OPAQUE = 5 };

struct host_stat {
	int kind; /* enum kind without GONE and NONE, or KIND_OPAQUE */
	uint16_t bits; /* mode & 07777 */
	uint64_t size; /* bytes */
	uint64_t ino;
	uint64_t dev;
	uint32_t links;
	int64_t mtime_ns; /* since 1970 */
	int64_t ctime_ns;
};

/* How host_open opens; always without following, blocking or a terminal. */
enum host_open_flags {
	HOST_READ = 1,
	HOST_WRITE = 2,
	HOST_CREATE = 4, /* make it when it is not there, mode 0600 */
	HOST_EXCL = 8, /* with CREATE: fail with -EEXIST when it is */
	HOST_TRUNCATE = 16,
	HOST_FROM_DISK = 64, /* with READ: what memory holds of the file is
			      * dropped first, as far as it can be */
	HOST_PRIVATE = 32, /* for host_open_root: create with mode 0700 */
};

enum host_rename_how {
	HOST_REPLACE, /* what is at the new name is gone afterwards */
	HOST_NOREPLACE, /* -EEXIST when something is there */
	HOST_EXCHANGE, /* both must be there; they swap */
};

enum host_lease { HOST_LEASE_NONE, HOST_LEASE_READ, HOST_LEASE_WRITE };

/* One directory's names, in the order the file system gave them. */
struct host_list_item {
	uint32_t at; /* offset of the NUL-terminated name in names */
	uint16_t len; /* its bytes */
	uint8_t kind; /* enum kind, KIND_OPAQUE, or KIND_NONE: not told */
};
struct host_list {
	struct buf names;
	VEC(struct host_list_item) v;
};

struct host_fs {
	uint8_t uuid[16]; /* identifies the file system, as well as known */
	uint64_t free_bytes; /* available to us */
	uint64_t total_bytes;
	bool local; /* false on network file systems */
};

/* A change in a watched directory. */
enum host_event_flags {
	HOST_EVENT_CHANGED = 1, /* content or metadata of name, or the name */
	HOST_EVENT_CLOSED = 2, /* closed after having been open for writing */
	HOST_EVENT_APPEARED = 4, /* created or moved in */
	HOST_EVENT_VANISHED = 8, /* deleted or moved out */
	HOST_EVENT_IS_DIR = 16,
	HOST_EVENT_SELF = 32, /* the watched directory itself went */
	HOST_EVENT_OVERFLOW = 64, /* events were lost: watch and name unset */
	HOST_EVENT_MODIFIED = 128, /* bytes were written, with CHANGED */
};
struct host_event {
	int watch;
	unsigned flags;
	struct span name; /* empty for the directory itself */
};

struct host_timer;
struct host_watcher;
struct host_listener;
struct host_stream;
struct host_poll;

typedef void host_cb(void *arg);
typedef void host_event_cb(void *arg, const struct host_event *event);
typedef void host_accept_cb(void *arg, struct host_stream *taken);
typedef void host_poll_cb(void *arg, bool readable, bool writable);

/* What a stream tells its owner. After closed nothing more is called. */
struct host_stream_cbs {
	void (*opened)(void *arg); /* a dialled one stands */
	void (*data)(void *arg, struct span bytes);
	void (*drained)(void *arg); /* all that was written went out */
	void (*closed)(void *arg, int err); /* 0: the other end ended it */
};

struct host_ops {
	/* files */
	int (*open_root)(void *self, const char *path, int flags, int *out_fd);
	int (*open_below)(void *self, int root, struct span path, int *out_fd);
	int (*open)(
	    void *self, int dir, const char *name, int flags, int *out_fd);
	void (*close)(void *self, int fd);
	int (*stat_at)(
	    void *self, int dir, const char *name, struct host_stat *out);
	int (*stat_fd)(void *self, int fd, struct host_stat *out);
	int (*list)(void *self, int dir, struct host_list *out);
	int64_t (*read_at)(
	    void *self, int fd, void *p, size_t len, uint64_t at);
	int (*write_at)(
	    void *self, int fd, const void *p, size_t len, uint64_t at);
	int (*truncate)(void *self, int fd, uint64_t size);
	int (*sync)(void *self, int fd);
	int (*sync_fs)(void *self, int fd);
	int (*make_dir)(void *self, int dir, const char *name, int bits);
	int (*unlink)(void *self, int dir, const char *name);
	int (*remove_dir)(void *self, int dir, const char *name);
	int (*rename)(void *self, int from_dir, const char *from, int to_dir,
	    const char *to, enum host_rename_how how);
	int (*make_link)(
	    void *self, const char *target, int dir, const char *name);
	int (*read_link)(
	    void *self, int dir, const char *name, struct buf *out);
	int (*set_bits)(void *self, int fd, int bits);
	int (*set_mtime)(void *self, int fd, int64_t mtime_ns);
	int (*set_mtime_at)(
	    void *self, int dir, const char *name, int64_t mtime_ns);
	int64_t (*copy_range)(void *self, int from, uint64_t from_at, int to,
	    uint64_t to_at, uint64_t len);
	int (*clone)(void *self, int from, uint64_t from_at, int to,
	    uint64_t to_at, uint64_t len);
	int (*data_at)(void *self, int fd, uint64_t at, uint64_t *out_from,
	    uint64_t *out_to);
	int (*lease)(void *self, int fd, enum host_lease lease);
	int (*lease_held)(void *self, int fd, bool *out_held);
	int (*lock)(void *self, int fd);
	int (*fs_info)(void *self, int fd, struct host_fs *out);

	/* clock, random, machine */
	int64_t (*now_ns)(void *self);
	int64_t (*mono_ns)(void *self);
	void (*random)(void *self, void *p, size_t len);
	int (*boot_id)(void *self, uint8_t *out);

	/* timers, jobs */
	int (*timer_new)(
	    void *self, host_cb *cb, void *arg, struct host_timer **out);
	void (*timer_start)(void *self, struct host_timer *t, uint64_t ms);
	void (*timer_stop)(void *self, struct host_timer *t);
	void (*timer_free)(void *self, struct host_timer *t);
	int (*job)(void *self, host_cb *work, host_cb *done, void *arg);

	/* watches */
	int (*watcher_new)(void *self, host_event_cb *cb, void *arg,
	    struct host_watcher **out);
	int (*watcher_add)(
	    void *self, struct host_watcher *w, int dir, int *out_watch);
	void (*watcher_remove)(void *self, struct host_watcher *w, int watch);
	void (*watcher_free)(void *self, struct host_watcher *w);

	/* sockets */
	int (*listen)(void *self, const char *address, uint16_t port,
	    host_accept_cb *cb, void *arg, struct host_listener **out);
	uint16_t (*listener_port)(void *self, struct host_listener *l);
	void (*listener_free)(void *self, struct host_listener *l);
	int (*dial)(void *self, const char *address, uint16_t port,
	    struct host_stream **out);
	void (*stream_set)(void *self, struct host_stream *s,
	    const struct host_stream_cbs *cbs, void *arg);
	int (*stream_write)(
	    void *self, struct host_stream *s, struct buf *taken);
	size_t (*stream_queued)(void *self, struct host_stream *s);
	void (*stream_pause)(void *self, struct host_stream *s, bool pause);
	void (*stream_peer)(
	    void *self, struct host_stream *s, char *out, size_t len);
	void (*stream_free)(void *self, struct host_stream *s);

	/* a foreign descriptor in our loop (the API's) */
	int (*listen_local)(void *self, int dir, const char *name, int *out_fd);
	int (*poll_new)(void *self, int fd, host_poll_cb *cb, void *arg,
	    struct host_poll **out);
	void (*poll_free)(void *self, struct host_poll *p);
};

struct host {
	const struct host_ops *ops;
	void *self;
};

/* ---- files --------------------------------------------------------------- */

/*
 * Opens the directory at an absolute path, following links: the user named it.
 * HOST_CREATE makes it and its missing parents, HOST_PRIVATE only for the
 * owner.
 */
static inline MUST_USE int
host_open_root(const struct host *h, const char *path, int flags, int *out_fd)
{
	return h->ops->open_root(h->self, path, flags, out_fd);
}

/*
 * Opens the directory at path below root, the root itself for the empty path.
 * -ENOENT, -ENOTDIR or -ELOOP (a link in the way), -EXDEV (a mount in the way).
 */
static inline MUST_USE int
host_open_below(const struct host *h, int root, struct span path, int *out_fd)
{
	return h->ops->open_below(h->self, root, path, out_fd);
}

/*
 * Opens a file (or, with HOST_READ alone, a directory) below dir.
 * -ELOOP when it is a symlink, -ENODEV when it is neither (a pipe, a device);
 * flags are host_open_flags.
 */
static inline MUST_USE int
host_open(
    const struct host *h, int dir, const char *name, int flags, int *out_fd)
{
	return h->ops->open(h->self, dir, name, flags, out_fd);
}

/* Closes a descriptor. */
static inline void
host_close(const struct host *h, int fd)
{
	h->ops->close(h->self, fd);
}

/* Looks at a name, never through it. */
static inline MUST_USE int
host_stat_at(
    const struct host *h, int dir, const char *name, struct host_stat *out)
{
	return h->ops->stat_at(h->self, dir, name, out);
}

/* Looks at what is open. */
static inline MUST_USE int
host_stat_fd(const struct host *h, int fd, struct host_stat *out)
{
	return h->ops->stat_fd(h->self, fd, out);
}

/*
 * Reads all names of a directory but "." and ".." into *out, which is emptied
 * first and released by the caller. On error nothing may be concluded.
 */
static inline MUST_USE int
host_list(const struct host *h, int dir, struct host_list *out)
{
	return h->ops->list(h->self, dir, out);
}

/*
 * Reads len bytes at an offset; fewer only at the end. The count, or -errno.
 */
static inline int64_t
host_read_at(const struct host *h, int fd, void *p, size_t len, uint64_t at)
{
	return h->ops->read_at(h->self, fd, p, len, at);
}

/* Writes all len bytes at an offset. */
static inline MUST_USE int
host_write_at(
    const struct host *h, int fd, const void *p, size_t len, uint64_t at)
{
	return h->ops->write_at(h->self, fd, p, len, at);
}

/* Cuts or extends a file to size bytes. */
static inline MUST_USE int
host_truncate(const struct host *h, int fd, uint64_t size)
{
	return h->ops->truncate(h->self, fd, size);
}

/*
 * Waits until a file's data and metadata, or a directory's names, are on disk.
 */
static inline MUST_USE int
host_sync(const struct host *h, int fd)
{
	return h->ops->sync(h->self, fd);
}

/* Waits until all of the file system that fd lies on is on disk. */
static inline MUST_USE int
host_sync_fs(const struct host *h, int fd)
{
	return h->ops->sync_fs(h->self, fd);
}

/* Makes a directory with exactly these permission bits. -EEXIST. */
static inline MUST_USE int
host_make_dir(const struct host *h, int dir, const char *name, int bits)
{
	return h->ops->make_dir(h->self, dir, name, bits);
}

/* Removes a name that is not a directory's. */
static inline MUST_USE int
host_unlink(const struct host *h, int dir, const char *name)
{
	return h->ops->unlink(h->self, dir, name);
}

/* Removes an empty directory. -ENOTEMPTY. */
static inline MUST_USE int
host_remove_dir(const struct host *h, int dir, const char *name)
{
	return h->ops->remove_dir(h->self, dir, name);
}

/* Moves a name within one file system. */
static inline MUST_USE int
host_rename(const struct host *h, int from_dir, const char *from, int to_dir,
    const char *to, enum host_rename_how how)
{
	return h->ops->rename(h->self, from_dir, from, to_dir, to, how);
}

/* Makes a symlink with that text. -EEXIST. */
static inline MUST_USE int
host_make_link(
    const struct host *h, const char *target, int dir, const char *name)
{
	return h->ops->make_link(h->self, target, dir, name);
}

/*
 * Appends a symlink's text to out. ERR_LIMIT when longer than out may hold.
 */
static inline MUST_USE int
host_read_link(const struct host *h, int dir, const char *name, struct buf *out)
{
	return h->ops->read_link(h->self, dir, name, out);
}

/* Sets the permission bits of what is open. */
static inline MUST_USE int
host_set_bits(const struct host *h, int fd, int bits)
{
	return h->ops->set_bits(h->self, fd, bits);
}

/* Sets the modification time of what is open. */
static inline MUST_USE int
host_set_mtime(const struct host *h, int fd, int64_t mtime_ns)
{
	return h->ops->set_mtime(h->self, fd, mtime_ns);
}

/* Sets the modification time of a name, of the link itself if it is one. */
static inline MUST_USE int
host_set_mtime_at(
    const struct host *h, int dir, const char *name, int64_t mtime_ns)
{
	return h->ops->set_mtime_at(h->self, dir, name, mtime_ns);
}

/*
 * Copies up to len bytes between files inside the kernel, sharing blocks where
 * the file system can. The count, 0 at the end, or -errno.
 */
static inline int64_t
host_copy_range(const struct host *h, int from, uint64_t from_at, int to,
    uint64_t to_at, uint64_t len)
{
	return h->ops->copy_range(h->self, from, from_at, to, to_at, len);
}

/*
 * Lets len bytes of one file, from from_at on, be shared by another at to_at;
 * a len of 0 goes to the end. All three are multiples of the file system's
 * block, but that len may end with the file. -EOPNOTSUPP where there are no
 * shared blocks, -EXDEV, -EINVAL.
 */
static inline MUST_USE int
host_clone(const struct host *h, int from, uint64_t from_at, int to,
    uint64_t to_at, uint64_t len)
{
	return h->ops->clone(h->self, from, from_at, to, to_at, len);
}

/*
 * Finds what of an open file is data: the bytes from *out_from to *out_to, the
 * first at or after an offset that are in no hole. Both are the file's size
 * when nothing but a hole follows. Where the file system tells no holes all of
 * a file is data.
 */
static inline MUST_USE int
host_data_at(const struct host *h, int fd, uint64_t at, uint64_t *out_from,
    uint64_t *out_to)
{
	return h->ops->data_at(h->self, fd, at, out_from, out_to);
}

/*
 * Takes, changes or drops a lease. -EAGAIN when others have the file open in a
 * way that conflicts; -EACCES, -EINVAL or -EOPNOTSUPP where there are none.
 */
static inline MUST_USE int
host_lease(const struct host *h, int fd, enum host_lease lease)
{
	return h->ops->lease(h->self, fd, lease);
}

/* Says whether our lease still stands unbroken. */
static inline MUST_USE int
host_lease_held(const struct host *h, int fd, bool *out_held)
{
	return h->ops->lease_held(h->self, fd, out_held);
}

/*
 * Locks a file against every other process until it is closed. -EWOULDBLOCK.
 */
static inline MUST_USE int
host_lock(const struct host *h, int fd)
{
	return h->ops->lock(h->self, fd);
}

/* Tells of the file system that fd lies on. */
static inline MUST_USE int
host_fs_info(const struct host *h, int fd, struct host_fs *out)
{
	return h->ops->fs_info(h->self, fd, out);
}

/* ---- clock, random, machine ---------------------------------------------- */

/* The wall clock, ns since 1970. It may jump. */
static inline int64_t
host_now_ns(const struct host *h)
{
	return h->ops->now_ns(h->self);
}

/* A clock that only goes forward, ns, for measuring. */
static inline int64_t
host_mono_ns(const struct host *h)
{
	return h->ops->mono_ns(h->self);
}

/* Fills p with unpredictable bytes. */
static inline void
host_random(const struct host *h, void *p, size_t len)
{
	h->ops->random(h->self, p, len);
}

/* Writes 16 bytes that differ after every start of the machine. */
static inline MUST_USE int
host_boot_id(const struct host *h, uint8_t *out)
{
	return h->ops->boot_id(h->self, out);
}

/* ---- timers and jobs ----------------------------------------------------- */

/* Makes a timer, not running, given to the caller. */
static inline MUST_USE int
host_timer_new(
    const struct host *h, host_cb *cb, void *arg, struct host_timer **out)
{
	return h->ops->timer_new(h->self, cb, arg, out);
}

/* Lets it call once, ms from now; restarts one that runs. */
static inline void
host_timer_start(const struct host *h, struct host_timer *t, uint64_t ms)
{
	h->ops->timer_start(h->self, t, ms);
}

/* Stops it; no effect when not running. */
static inline void
host_timer_stop(const struct host *h, struct host_timer *t)
{
	h->ops->timer_stop(h->self, t);
}

/* Stops and frees it; NULL is allowed. */
static inline void
host_timer_free(const struct host *h, struct host_timer *t)
{
	h->ops->timer_free(h->self, t);
}

/*
 * Runs work(arg) on a worker, then done(arg) on the control thread. arg is the
 * job's own until done is called. -ENOMEM: neither will be called.
 */
static inline MUST_USE int
host_job(const struct host *h, host_cb *work, host_cb *done, void *arg)
{
	return h->ops->job(h->self, work, done, arg);
}

/* ---- watches ------------------------------------------------------------- */

/* Makes a watcher, given to the caller. */
static inline MUST_USE int
host_watcher_new(const struct host *h, host_event_cb *cb, void *arg,
    struct host_watcher **out)
{
	return h->ops->watcher_new(h->self, cb, arg, out);
}

/*
 * Watches an open directory, not what is below it; the same directory gives
 * the same number. -ENOSPC when the system's limit is reached.
 */
static inline MUST_USE int
host_watcher_add(
    const struct host *h, struct host_watcher *w, int dir, int *out_watch)
{
	return h->ops->watcher_add(h->self, w, dir, out_watch);
}

/* Ends a watch. Events that are on their way may still come. */
static inline void
host_watcher_remove(const struct host *h, struct host_watcher *w, int watch)
{
	h->ops->watcher_remove(h->self, w, watch);
}

/* Ends all of them; NULL is allowed. */
static inline void
host_watcher_free(const struct host *h, struct host_watcher *w)
{
	h->ops->watcher_free(h->self, w);
}

/* ---- sockets ------------------------------------------------------------- */

/*
 * Listens on a numeric address; port 0 takes a free one. Each connection is
 * given to cb. -EADDRINUSE.
 */
static inline MUST_USE int
host_listen(const struct host *h, const char *address, uint16_t port,
    host_accept_cb *cb, void *arg, struct host_listener **out)
{
	return h->ops->listen(h->self, address, port, cb, arg, out);
}

/* The port it listens on. */
static inline uint16_t
host_listener_port(const struct host *h, struct host_listener *l)
{
	return h->ops->listener_port(h->self, l);
}

/* Stops listening; NULL is allowed. */
static inline void
host_listener_free(const struct host *h, struct host_listener *l)
{
	h->ops->listener_free(h->self, l);
}

/*
 * Begins to connect to a name or numeric address; opened or closed follows.
 */
static inline MUST_USE int
host_dial(const struct host *h, const char *address, uint16_t port,
    struct host_stream **out)
{
	return h->ops->dial(h->self, address, port, out);
}

/* Says whom a stream calls; must follow accept or dial at once. */
static inline void
host_stream_set(const struct host *h, struct host_stream *s,
    const struct host_stream_cbs *cbs, void *arg)
{
	h->ops->stream_set(h->self, s, cbs, arg);
}

/* Queues bytes; takes the buffer's memory and leaves it empty. -ENOMEM. */
static inline MUST_USE int
host_stream_write(
    const struct host *h, struct host_stream *s, struct buf *taken)
{
	return h->ops->stream_write(h->self, s, taken);
}

/* Bytes queued and not yet with the kernel. */
static inline size_t
host_stream_queued(const struct host *h, struct host_stream *s)
{
	return h->ops->stream_queued(h->self, s);
}

/* Stops, or goes on, reading. */
static inline void
host_stream_pause(const struct host *h, struct host_stream *s, bool pause)
{
	h->ops->stream_pause(h->self, s, pause);
}

/*
 * Writes the other end as 192.0.2.1:22100 or [2001:db8::1]:22100, "?" while it
 * is not known; NUL-terminated, also after closed.
 */
static inline void
host_stream_peer(
    const struct host *h, struct host_stream *s, char *out, size_t len)
{
	h->ops->stream_peer(h->self, s, out, len);
}

/*
 * Closes without a further callback, dropping what is queued; NULL allowed.
 */
static inline void
host_stream_free(const struct host *h, struct host_stream *s)
{
	h->ops->stream_free(h->self, s);
}

/* ---- a foreign descriptor in our loop ------------------------------------ */

/*
 * Makes a listening unix socket (mode 0600) at a name, replacing a dead one.
 */
static inline MUST_USE int
host_listen_local(const struct host *h, int dir, const char *name, int *out_fd)
{
	return h->ops->listen_local(h->self, dir, name, out_fd);
}

/* Calls cb whenever a foreign descriptor is readable. */
static inline MUST_USE int
host_poll_new(const struct host *h, int fd, host_poll_cb *cb, void *arg,
    struct host_poll **out)
{
	return h->ops->poll_new(h->self, fd, cb, arg, out);
}

/* Ends that; NULL is allowed. */
static inline void
host_poll_free(const struct host *h, struct host_poll *p)
{
	h->ops->poll_free(h->self, p);
}

/* ---- helpers over the table ---------------------------------------------- */

/* Makes an empty list; host_list_release frees what host_list filled in. */
void host_list_init(struct host_list *list);
void host_list_release(struct host_list *list);

/* The i-th name, NUL-terminated, borrowed from the list. */
const char *host_list_name(const struct host_list *list, size_t i);

/*
 * Reads a whole small file below dir, of at most out->max bytes, appending.
 * -ENOENT, ERR_LIMIT.
 */
int host_read_file(
    const struct host *h, int dir, const char *name, struct buf *out) MUST_USE;

/*
 * Replaces a small file whole: written beside under a temporary name, synced,
 * renamed, and the directory synced. On error the old one is untouched.
 */
int host_write_file(const struct host *h, int dir, const char *name,
    struct span bytes) MUST_USE;

#endif
