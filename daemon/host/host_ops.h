/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_ops - the table of a host's functions, and what goes through it. A
 * host is written against this file and called through host.h, which says
 * what each of them promises.
 */
#ifndef DAEMON_HOST_HOST_OPS_H
#define DAEMON_HOST_HOST_OPS_H

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
	uint32_t user, group; /* owners, by number */
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

/* Whose numbers and names are asked for. */
enum host_who { HOST_USER, HOST_GROUP };
#define HOST_NOBODY UINT32_MAX /* no number */

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
	int (*list_xattrs)(void *self, int fd, struct buf *out);
	int (*get_xattr)(void *self, int fd, const char *name, struct buf *out);
	int (*set_xattr)(
	    void *self, int fd, const char *name, struct span value);
	int (*remove_xattr)(void *self, int fd, const char *name);
	int (*set_owner)(void *self, int fd, uint32_t user, uint32_t group);
	bool (*may_own)(void *self);
	int (*who_name)(
	    void *self, enum host_who who, uint32_t number, struct buf *out);
	int (*who_number)(
	    void *self, enum host_who who, struct span name, uint32_t *out);
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

#endif
