/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_internal - what the files of tests/sim share: the queue, coroutines,
 * file systems, processes. See sim.h for what it is all for.
 *
 * A machine (sim_host) has a tree of file systems and at most one process
 * (sim_boot), whose table is given to the daemon. Inodes live as long as a
 * name, an open file, the disk's image or a change not yet durable needs
 * them.
 */
#ifndef TESTS_SIM_SIM_INTERNAL_H
#define TESTS_SIM_SIM_INTERNAL_H

/* The simulator itself never runs out of memory. */
#define uthash_malloc(bytes) sim_alloc(bytes)
#include <uthash.h>

#include "tests/sim/sim.h"
#include "tests/sim/sim_place.h"

enum {
	SIM_JOB_NS = 1 << 18, /* a job waits at most so long for its turn */
	SIM_PAGE_BYTES = 4096,
	SIM_NAME_MAX = 255,
	SIM_PATH_MAX = 4096,
	FD_FIRST = 3
};

/* calloc that ends the process when there is no memory. */
void *sim_alloc(size_t bytes);
void *sim_realloc(void *p, size_t bytes);
char *sim_strdup(const char *s);

/*
 * From now on the code of b's process runs, which may run out of memory; of
 * nobody's for NULL. Returns whose ran before.
 */
struct sim_boot;
struct sim_boot *sim_inside(struct sim_boot *b);

/* VEC_PUSH for a test. */
#define SIM_PUSH(v, ...)                                                       \
	do {                                                                   \
		struct sim_boot *inside_ = sim_inside(NULL);                   \
		if (VEC_PUSH(v, __VA_ARGS__) != 0)                             \
			abort();                                               \
		sim_inside(inside_);                                           \
	} while (0)

/* ---- events and coroutines ----------------------------------------------- */

/* Embedded in whatever waits; zeroed memory is one that does not. */
struct sim_event {
	int64_t at;
	uint64_t seq; /* equal times: first come first */
	size_t place; /* in the heap, from 1; 0: not queued */
	host_cb *cb;
	void *arg;
};

/* Queues e to call cb(arg) ns from now, moving it when queued already. */
void sim_event_start(struct sim *s, struct sim_event *e, int64_t ns);
void sim_event_stop(struct sim *s, struct sim_event *e);

struct sim_fiber {
	struct sim *sim;
	struct sim_place place;
	void *stack;
	void *fake_stack; /* the sanitizer's */
	struct sim_event *wake; /* goes on with it */
	struct sim_program *program; /* NULL: a job's */
	host_cb *work;
	void *arg;
	bool began;
	bool ended;
};

/* Begins or goes on with a fiber until it waits or ends. */
void sim_fiber_resume(struct sim *s, struct sim_fiber *f);

/* Lets the fiber that runs wait for ns. */
void sim_fiber_wait(struct sim *s, int64_t ns);

struct sim {
	struct sim_knobs knobs;
	uint64_t random[4];
	int64_t now;
	uint64_t trace;
	FILE *text;
	FILE *calls; /* the same, when calls are wanted */
	sim_content_cb *content;
	void *content_arg;
	sim_about_cb *about;
	void *about_arg;
	sim_power_cb *power;
	void *power_arg;
	uint64_t seq;
	VEC(struct sim_event *) queue; /* a heap */
	struct sim_fiber *running;
	struct sim_place main;
	void *main_fake_stack;
	const void *main_stack;
	size_t main_stack_len;
	VEC(struct sim_host *) hosts;
	VEC(struct sim_link) cuts; /* pairs that cannot reach each other */
	struct host_stream *streams; /* every one, a list */
	struct sim_program *programs; /* users' that have not ended */
	bool ending;
	uint64_t next_dev;
	struct sim_crashes crashes;
};

struct sim_link {
	struct sim_host *a;
	struct sim_host *b;
};

/* Puts numbers into the trace's hash. */
void sim_mix(struct sim *s, uint64_t a, uint64_t b);

/* FNV of a string, for the trace. */
uint64_t sim_hash(const char *s);

/* ---- a file's bytes ------------------------------------------------------ */

/* One page, shared by counting. */
struct sim_page {
	uint32_t refs;
	uint32_t hashed; /* of how many of its bytes hash is; 0: none */
	uint64_t hash;
	uint8_t bytes[SIM_PAGE_BYTES];
};

/* NULL pages are holes. */
struct sim_data {
	struct sim_page **pages;
	size_t n;
	size_t cap;
	uint64_t size;
};

void sim_data_release(struct sim_data *d);
void sim_data_read(
    const struct sim_data *d, uint64_t at, uint8_t *out, size_t len);
void sim_data_write(
    struct sim_data *d, uint64_t at, const uint8_t *p, size_t len);
void sim_data_resize(struct sim_data *d, uint64_t size);

/* A hash of all its bytes, for telling contents apart. Of each page it is
 * kept until the page is written to. */
uint64_t sim_data_hash(const struct sim_data *d);

/* The same of bytes that lie elsewhere. */
uint64_t sim_bytes_hash(struct span bytes);

/* How many pages would be made by writing there. */
size_t sim_data_growth(const struct sim_data *d, uint64_t at, uint64_t len);
size_t sim_data_pages(const struct sim_data *d);

/* Makes page i of to page k of from; both may end before it. */
void sim_data_share_as(
    struct sim_data *to, size_t i, const struct sim_data *from, size_t k);

/* Makes page i of to that of from. */
static inline void
sim_data_share(struct sim_data *to, const struct sim_data *from, size_t i)
{
	sim_data_share_as(to, i, from, i);
}

/* ---- file systems -------------------------------------------------------- */

struct sim_entry {
	UT_hash_handle hh;
	struct sim_inode *inode;
	char name[];
};

struct sim_watch {
	struct sim_watch *next; /* of the inode */
	struct host_watcher *watcher;
	struct sim_inode *inode;
	int number;
};

struct sim_inode {
	struct sim_fs *fs;
	struct sim_inode *prev, *next; /* all of the file system */
	uint64_t ino;
	int kind;
	uint32_t refs;
	uint32_t links;
	uint16_t bits;
	uint32_t user, group;
	struct sim_attrs *attrs; /* NULL: none */
	int64_t mtime;
	int64_t ctime;
	struct sim_data data; /* files */
	char *target; /* symlinks */
	struct sim_entry *entries; /* directories */
	struct sim_inode *mounted; /* the root of what covers this directory */
	struct sim_inode *parent; /* of the name it was last reached by */
	char *name; /* that name; NULL when it is gone */
	unsigned opens;
	unsigned writers;
	struct sim_file *leased; /* by whom */
	struct sim_file *locked;
	struct sim_watch *watches;
	/* what the disk has of it */
	struct sim_data disk_data;
	struct sim_entry *disk_entries;
	uint16_t disk_bits;
	uint32_t disk_user, disk_group;
	struct sim_attrs *disk_attrs;
	int64_t disk_mtime;
	int64_t disk_ctime;
	bool dirty; /* the rest differs: */
	size_t dirty_from; /* pages [from, to) */
	size_t dirty_to;
	uint64_t dirty_least; /* the least size it had meanwhile */
	bool marked; /* while a cut is worked out */
};

/* One name set or, with inode NULL, removed. */
struct sim_naming {
	struct sim_inode *dir;
	struct sim_inode *inode;
	char *name;
};

/* A change of names that the disk does not have yet; all of it or nothing. */
struct sim_change {
	struct sim_naming naming[2];
	size_t n;
	int64_t ctime; /* that it gave to the inodes */
	bool keep;
};

struct sim_fs {
	struct sim_fs *next;
	struct sim_host *host;
	struct sim_inode *root;
	struct sim_inode *covers; /* the directory it is mounted on, or NULL */
	struct sim_inode *inodes;
	uint64_t dev;
	uint64_t capacity; /* pages */
	uint64_t used;
	uint64_t next_ino;
	VEC(uint64_t) free_inos; /* used again, the last first */
	VEC(struct sim_change) log;
	int64_t log_since;
	uint8_t uuid[16];
};

/* An open file. */
struct sim_file {
	struct sim_inode *inode;
	int flags; /* host_open_flags */
	enum host_lease lease;
	bool broken; /* somebody wants to open the leased file */
};

/* The open file of a process's descriptor. -EBADF. */
struct sim_boot;
int sim_call_file(struct sim_boot *b, int fd, struct sim_file **out);

struct sim_fs *sim_fs_new(struct sim_host *h, struct sim_inode *covers);
void sim_fs_free(struct sim_fs *fs);

/* Frees all of a machine's. */
void sim_fs_end(struct sim_host *h);

struct sim_inode *sim_inode_new(struct sim_fs *fs, int kind, int bits);
void sim_inode_ref(struct sim_inode *i);
void sim_inode_unref(struct sim_inode *i);
void sim_inode_moved(
    struct sim_inode *i, struct sim_inode *dir, const char *name);

/* Names of a directory's table, live or durable. Set with NULL removes. */
struct sim_inode *sim_entry_find(struct sim_entry *table, const char *name);
void sim_entry_set(
    struct sim_entry **table, const char *name, struct sim_inode *inode);

/* The wall clock at the coarse steps in which files are stamped. */
int64_t sim_fs_stamp(const struct sim_fs *fs);

/*
 * The calls proper, for the table and for users. Names are checked; they give
 * 0 or -errno, change times and tell watchers. Inodes are borrowed.
 */
int sim_fs_name_ok(const char *name);
int sim_fs_may(const struct sim_inode *i, int rwx);
int sim_fs_lookup(
    struct sim_inode *dir, const char *name, struct sim_inode **out);
int sim_fs_make(struct sim_inode *dir, const char *name, int kind, int bits,
    struct sim_inode **out);
int sim_fs_remove(struct sim_inode *dir, const char *name, bool is_dir);
int sim_fs_rename(const struct sim_naming *from, const struct sim_naming *to,
    enum host_rename_how how);
int sim_fs_link(struct sim_inode *i, struct sim_inode *dir, const char *name);
void sim_fs_stat(const struct sim_inode *i, struct host_stat *out);
int sim_fs_list(struct sim_inode *dir, struct host_list *out);
int sim_fs_set_bits(struct sim_inode *i, int bits);
void sim_fs_set_mtime(struct sim_inode *i, int64_t mtime_ns);

/* Attributes; with a value of NULL one is removed. */
int sim_fs_set_attr(
    struct sim_inode *i, const char *name, const struct span *value);
void sim_fs_set_owner(struct sim_inode *i, uint32_t user, uint32_t group);
struct sim_attrs *sim_attrs_ref(struct sim_attrs *a);
void sim_attrs_unref(struct sim_attrs *a);

/* A user's program is at it: time passes. */
int sim_user_find(struct sim_host *h, const char *path, struct sim_inode **out);

/* -EAGAIN: the file is leased; the lease is being broken. */
int sim_fs_open(struct sim_inode *i, int flags, struct sim_file **out);
void sim_fs_close(struct sim_file *f);

/* Closes it, but leaves the struct, without an inode, to a later close. */
void sim_fs_abandon(struct sim_file *f);
int sim_fs_lease(struct sim_file *f, enum host_lease lease);
int64_t sim_fs_read(struct sim_file *f, void *p, size_t len, uint64_t at);
int sim_fs_write(struct sim_file *f, const void *p, size_t len, uint64_t at);
int sim_fs_truncate(struct sim_file *f, uint64_t size);
int sim_fs_clone(struct sim_file *from, uint64_t from_at, struct sim_file *to,
    uint64_t to_at, uint64_t len);
int sim_fs_data_at(const struct sim_file *f, uint64_t at, uint64_t *out_from,
    uint64_t *out_to);
void sim_fs_dirty(struct sim_inode *i, size_t from_page, size_t to_page);

/* Walks an absolute path, following links when asked. */
int sim_fs_walk(
    struct sim_host *h, const char *path, bool follow, struct sim_inode **out);
int sim_fs_parent(struct sim_host *h, const char *path,
    struct sim_inode **out_dir, const char **out_name);

/* ---- the disk: what outlives a power cut --------------------------------- */

/* Notes a change of names made to the live tree. */
void sim_disk_named(const struct sim_naming *naming, size_t n);
void sim_disk_sync(struct sim_inode *i);
void sim_disk_sync_fs(struct sim_fs *fs);

/* Forgets that an inode has anything unwritten: a sync of it failed. */
void sim_disk_lose(struct sim_inode *i);

/* Makes the live tree what the disk has after the power went. */
void sim_disk_cut(struct sim_fs *fs);

/* ---- watches ------------------------------------------------------------- */

/* Tells those who watch dir of its name; name NULL: of dir itself. */
void sim_watch_tell(struct sim_inode *dir, const char *name, unsigned flags);

/* Tells the directory in which the inode has its name. */
void sim_watch_inode(struct sim_inode *i, unsigned flags);

/* Ends the watches of a directory that is no more. */
void sim_watch_gone(struct sim_inode *dir);

/* ---- machines and processes ---------------------------------------------- */

struct host_timer {
	struct host_timer *next; /* of the process */
	struct sim_boot *boot;
	struct sim_event event;
	host_cb *cb;
	void *arg;
};

struct sim_job {
	struct sim_job *next;
	struct sim_boot *boot;
	struct sim_fiber fiber;
	struct sim_event event;
	host_cb *done;
};

struct host_listener {
	struct host_listener *next;
	struct sim_boot *boot;
	uint16_t port;
	host_accept_cb *cb;
	void *arg;
};

/* What is to befall a process; 0: not. */
struct sim_blows {
	uint64_t die_at; /* the call */
	bool die_cut;
	struct sim_fault fault;
	uint64_t fault_calls; /* that it could have hit */
	uint64_t meddle_at; /* the call */
	host_cb *meddle;
	void *meddle_arg;
	uint64_t starve_at; /* the request for memory */
	int64_t starve_ns; /* so long */
	int64_t starve_until;
	uint64_t starve_from; /* requests before they were seen */
	sim_seen_cb *seen; /* each that could be struck; or NULL */
};

struct sim_boot {
	struct host host;
	struct host_ops ops;
	struct sim_host *machine;
	bool dead;
	bool die_after; /* this very call is the last */
	uint64_t calls;
	uint64_t requests; /* for memory */
	struct sim_blows blows;
	VEC(struct sim_file *) files;
	struct host_timer *timers;
	size_t watches;
	size_t running; /* jobs that have a worker */
	size_t n_jobs;
	struct sim_job *jobs; /* in the order they came */
	struct host_listener *listeners;
	struct host_watcher *watcher_list;
};

struct sim_host {
	struct sim *sim;
	char *name;
	struct sim_fs *fs; /* all; the last of the list is "/" */
	struct sim_fs *lost; /* unmounted while in use */
	struct sim_inode *root;
	struct sim_boot *boot; /* NULL: no process */
	int64_t offset; /* of the wall clock */
	struct sim_blows next; /* for the next process */
	uint64_t struck; /* blows that came */
	uint64_t power; /* counts up with each power cut */
	uint64_t sent; /* bytes, by streams */
	uint64_t read; /* bytes of files, by jobs */
	uint64_t meta_calls; /* of the table, about metadata */
	uint64_t boot_id[2];
};

/* What is to befall the process that there is, or the next. */
struct sim_blows *sim_blows(struct sim_host *h);

/*
 * At the beginning of each call of the table: time passes, a job may stop,
 * the process may die. An error: return it and do nothing.
 */
int sim_call_begin(struct sim_boot *b, const char *call, uint64_t about);

/* The same of a call about an open file, which it gives. -EBADF too. */
int sim_call_begin_fd(
    struct sim_boot *b, const char *call, int fd, struct sim_file **out);

/* At its end; returns what the call is to return. */
int sim_call_end(struct sim_boot *b, int rc);

/* Each fills in its part of the table. */
void sim_calls_fill(struct host_ops *ops);
void sim_calls_fd_fill(struct host_ops *ops);
void sim_meta_fill(struct host_ops *ops);
void sim_net_fill(struct host_ops *ops);
void sim_watch_fill(struct host_ops *ops);
void sim_process_fill(struct host_ops *ops);

/* A process dies: its peers learn it, after a power cut only later. */
void sim_net_died(struct sim_boot *b, bool cut);

/* Frees what a process left behind; how many. */
size_t sim_net_end(struct sim_boot *b);
size_t sim_watch_end(struct sim_boot *b);

/* Frees all streams and users' programs of a world. */
void sim_net_release(struct sim *s);

/* Users' open files are no more after a power cut. */
void sim_user_cut(struct sim_host *h);

/* Runs all programs of users that still wait to their end; they fail. */
void sim_user_release(struct sim *s);

#endif
