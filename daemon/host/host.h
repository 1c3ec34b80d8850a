/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host - the only door out: files, clock, random, timers, jobs, sockets.
 *
 * Everything the engine does outside its own memory goes through this table,
 * so that the same engine runs for real (host_uv.h: libuv and POSIX) and in
 * tests/sim (a file system in memory, a fake clock, one seed). host_ops.h is
 * that table, and here is how daemon code calls it.
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

#include "daemon/host/host_ops.h"

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

/* ---- metadata ------------------------------------------------------------ */

/*
 * Appends the names of a file's or directory's extended attributes, each with
 * its NUL. -EOPNOTSUPP where there are none; ERR_LIMIT beyond what out may hold.
 */
static inline MUST_USE int
host_list_xattrs(const struct host *h, int fd, struct buf *out)
{
	return h->ops->list_xattrs(h->self, fd, out);
}

/* Appends one's value. -ENODATA when there is none; else as above. */
static inline MUST_USE int
host_get_xattr(const struct host *h, int fd, const char *name, struct buf *out)
{
	return h->ops->get_xattr(h->self, fd, name, out);
}

/* Sets one, or sets it anew. -EOPNOTSUPP, -EPERM, -ENOSPC, -ERANGE, -E2BIG. */
static inline MUST_USE int
host_set_xattr(
    const struct host *h, int fd, const char *name, struct span value)
{
	return h->ops->set_xattr(h->self, fd, name, value);
}

/* Removes one. -ENODATA when there is none. */
static inline MUST_USE int
host_remove_xattr(const struct host *h, int fd, const char *name)
{
	return h->ops->remove_xattr(h->self, fd, name);
}

/* Gives what is open to others; HOST_NOBODY leaves that one. -EPERM. */
static inline MUST_USE int
host_set_owner(const struct host *h, int fd, uint32_t user, uint32_t group)
{
	return h->ops->set_owner(h->self, fd, user, group);
}

/* Says whether this process may give files to others. */
static inline bool
host_may_own(const struct host *h)
{
	return h->ops->may_own(h->self);
}

/*
 * Appends what a user, or a group, of that number is called here; and back.
 * -ENOENT when that is nobody. Both may take long: in jobs alone.
 */
static inline MUST_USE int
host_who_name(
    const struct host *h, enum host_who who, uint32_t number, struct buf *out)
{
	return h->ops->who_name(h->self, who, number, out);
}
static inline MUST_USE int
host_who_number(
    const struct host *h, enum host_who who, struct span name, uint32_t *out)
{
	return h->ops->who_number(h->self, who, name, out);
}

/* ---- blocks -------------------------------------------------------------- */

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
