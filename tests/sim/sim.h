/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim - a world of simulated machines behind the host's table.
 *
 * In goes one seed; out come machines whose files, clocks, watches, jobs and
 * connections are all decided by it, in one thread of one process, so that a
 * history can be run again exactly. Used by tests; nothing of it is shipped.
 *
 * Everything that happens is an event in one queue on one fake clock:
 * sim_step takes the next. Jobs and users' programs are coroutines that stop
 * at calls of the file system and go on as later events. What a machine's
 * disk keeps over a power cut is what was synced, and of the rest what the
 * seed says.
 *
 * Running out of real memory ends the process: it is a test.
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include <stdio.h>

#include "daemon/host/host.h"

#define SIM_MS INT64_C(1000000)
#define SIM_SECOND (1000 * SIM_MS)

struct sim;
struct sim_host;

/* How unkind the world is. Chosen from the seed; a test may set its own. */
struct sim_knobs {
	unsigned stop_permille; /* jobs stop at so many of 1000 calls */
	unsigned workers; /* jobs that run at once on a machine */
	unsigned watch_queue; /* events a watcher holds before it overflows */
	unsigned watch_limit; /* directories a machine can watch */
	int64_t watch_delay_ns; /* events arrive within this */
	int64_t net_delay_ns; /* bytes arrive within this */
	unsigned net_piece; /* most bytes that arrive at once */
	unsigned net_window; /* bytes under way on a stream */
	bool strict_names; /* no name is durable before its directory's sync */
	bool backward; /* directories list their newest name first */
	bool leases; /* file systems give leases */
	bool clones; /* file systems share blocks */
};

/* ---- the world ----------------------------------------------------------- */

/* Makes a world of no machines, given, freed with all its machines. */
struct sim *sim_new(uint64_t seed);
void sim_free(struct sim *s);

/* The world's knobs, borrowed; change them before machines are made. */
struct sim_knobs *sim_knobs(struct sim *s);

/* A number from 0 to n - 1 of the seed's; n is at least 1. */
uint64_t sim_random(struct sim *s, uint64_t n);

/*
 * Lets the seed's numbers go on from here as if made anew: what comes after
 * then depends less on how much was asked before.
 */
void sim_reseed(struct sim *s, uint64_t seed);

/* True for about so many of 1000 askings. */
bool sim_chance(struct sim *s, unsigned permille);

/* The world's clock, ns; machines' clocks are offset from it. */
int64_t sim_now(const struct sim *s);

/* Calls cb(arg) ns from now, once, as an event. */
void sim_after(struct sim *s, int64_t ns, host_cb *cb, void *arg);

/* Takes the next event, moving the clock to it. False when there is none. */
bool sim_step(struct sim *s);

/* Takes all events of the next ns, and leaves the clock at their end. */
void sim_run(struct sim *s, int64_t ns);

/* Takes events until done(arg), at most for ns. Says whether it came. */
typedef bool sim_done(void *arg);
bool sim_run_until(struct sim *s, int64_t ns, sim_done *done, void *arg);

/* A hash of every call and event so far, in their order. */
uint64_t sim_trace(const struct sim *s);

/*
 * Writes notes, and with calls what the table was asked, as text to f from
 * now on, or no longer for NULL.
 */
void sim_trace_to(struct sim *s, FILE *f, bool calls);

/* Writes a line of the caller's into the trace. */
void sim_note(struct sim *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- machines ------------------------------------------------------------ */

/* Makes a machine of that name, switched off. Borrowed, freed by sim_free. */
struct sim_host *sim_host_new(struct sim *s, const char *name);
const char *sim_host_name(const struct sim_host *h);

/*
 * Starts a process on the machine and returns its table, borrowed until
 * sim_host_end. One process at a time.
 */
const struct host *sim_host_start(struct sim_host *h);

/* Says whether the process lives. */
bool sim_host_up(const struct sim_host *h);

/*
 * kill -9: from now on every call of the table fails with -EIO and changes
 * nothing, no timer, stream or watcher calls back, peers' streams close. Files
 * stay as they are.
 */
void sim_host_kill(struct sim_host *h);

/*
 * The plug: as kill, and users' programs end too, and the disk is left with
 * what was synced and what the seed keeps of the rest. The next start has
 * another boot id.
 */
void sim_host_power_cut(struct sim_host *h);

/* Tells, before and after each power cut, of the machine that had it. */
typedef void sim_power_cb(void *arg, struct sim_host *h, bool after);
void sim_power_watch(struct sim *s, sim_power_cb *cb, void *arg);

/* Processes that were killed, and power cuts, of the world so far. */
struct sim_crashes {
	uint64_t kills;
	uint64_t cuts; /* of machines that were up */
};
struct sim_crashes sim_crashes(const struct sim *s);

/*
 * Lets kill (or power_cut, when cut) happen at the n-th call from now, 0: not.
 * As the following: of a machine that is down, from its next start on.
 */
void sim_host_die_at(struct sim_host *h, uint64_t n, bool cut);

/*
 * Calls cb(arg) once, at the beginning of the n-th call from now: what a user
 * does between any two things that the process does. 0: not.
 */
void sim_host_meddle(struct sim_host *h, uint64_t n, host_cb *cb, void *arg);

/*
 * Runs the jobs of a dead process to their end (all their calls fail) and
 * calls their done, so that the process can be freed. With until, which its
 * owner sets when all is freed, its timers fire as well until then; says
 * whether that came.
 */
bool sim_host_unwind(struct sim_host *h, const bool *until);

/*
 * Ends a process that was freed. Returns how many descriptors, timers, jobs,
 * watchers, listeners and streams it left behind; they are released.
 */
size_t sim_host_end(struct sim_host *h);

/* Calls of the table since the start of the process. */
uint64_t sim_host_calls(const struct sim_host *h);

/* Jobs begun and not yet done. */
size_t sim_host_jobs(const struct sim_host *h);

/* Bytes that its processes wrote to streams since the machine was made. */
uint64_t sim_host_sent(const struct sim_host *h);

/* Bytes of files that its jobs read, to hash, serve or copy them. */
uint64_t sim_host_read(const struct sim_host *h);

/* Moves the machine's wall clock, by ns, from now on. */
void sim_host_jump(struct sim_host *h, int64_t ns);

/* The machine's wall clock, ns since 1970. */
int64_t sim_host_wall(const struct sim_host *h);

/*
 * The fault: the n-th call from now (1: the next) of the named functions of
 * the table ("sync", "write_at truncate", ... or NULL for any) fails with err,
 * a positive errno, and so do count - 1 calls of them after it. A sync that
 * fails loses what was to be written, as Linux does.
 */
struct sim_fault {
	const char *call;
	uint64_t n;
	uint64_t count;
	int err;
};
void sim_host_fault(struct sim_host *h, const struct sim_fault *fault);

/* Calls of the fault's functions since, of a process that lives. */
uint64_t sim_host_fault_calls(const struct sim_host *h);

/*
 * Lets the n-th request for memory from now fail, and all that follow within
 * ns of it. 0: none. Asked are malloc and its like of what the daemon is made
 * of and of SQLite, in programs that link sim_memory_wrap.c for it.
 */
void sim_host_starve(struct sim_host *h, uint64_t n, int64_t ns);

/* Requests for memory since the start of the process. */
uint64_t sim_host_requests(const struct sim_host *h);

/*
 * Calls seen, from within, with each call that a fault with this host, or each
 * request for memory, could come at from now on: n as these take it. NULL ends
 * it. What it does takes no time.
 */
typedef void sim_seen_cb(uint64_t n);
void sim_host_seen(struct sim_host *h, sim_seen_cb *seen);

/* Counts a request of the process whose code runs, and says whether it is to
 * fail. False outside of any. */
bool sim_memory_fails(void);

/* How often any of these came since the machine was made. */
uint64_t sim_host_struck(const struct sim_host *h);

/* The size of the machine's file system at an absolute path, in bytes. */
void sim_host_capacity(struct sim_host *h, const char *path, uint64_t bytes);

/* ---- the network --------------------------------------------------------- */

/*
 * Breaks all streams between two machines (NULL: any), each at a byte of the
 * seed's choice.
 */
void sim_net_cut(struct sim *s, struct sim_host *a, struct sim_host *b);

/* Lets two machines reach each other or not; off cuts what stands. */
void sim_net_link(
    struct sim *s, struct sim_host *a, struct sim_host *b, bool on);

/* ---- users: what other programs do to a machine's files ------------------ */

/*
 * Runs program(arg) as a user's program: a coroutine in which the functions
 * below stop now and then, and wait where a user would. ended(arg), when not
 * NULL, is called as a later event. Outside of a program they run through,
 * and give -EAGAIN instead of waiting for a lease.
 */
void sim_user(struct sim_host *h, host_cb *program, host_cb *ended, void *arg);

/*
 * Tells of each content that a program takes away (by removing, replacing or
 * changing a file: made is false) or leaves (by closing what it wrote or
 * changed, or moving it: made is true), when it does so; and of directories
 * that it removes, replaces or moves, without content.
 */
struct sim_content {
	struct sim_host *host;
	const char *path;
	const char *from; /* where it was moved from, or NULL */
	bool dir;
	bool made;
	bool open; /* taken by opening it to write, or writing on */
	uint64_t size;
	uint64_t hash; /* as tree_hash has it */
};
typedef void sim_content_cb(void *arg, const struct sim_content *content);
void sim_user_watch(struct sim *s, sim_content_cb *cb, void *arg);

/* Tells of each name that a program is about to make, change or take away, at
 * the very moment; an absolute path. */
typedef void sim_about_cb(void *arg, struct sim_host *h, const char *path);
void sim_user_about(struct sim *s, sim_about_cb *cb, void *arg);

/* Users' programs under way. */
size_t sim_user_programs(const struct sim *s);

/* Lets ns pass; only in a program. */
void sim_user_pause(struct sim_host *h, int64_t ns);

/*
 * Programs' doings; paths are absolute, links in parents are followed. All
 * return 0 or -errno, -EIO when the power went.
 */
int sim_user_mkdir(struct sim_host *h, const char *path);
int sim_user_rmdir(struct sim_host *h, const char *path);
int sim_user_unlink(struct sim_host *h, const char *path);
int sim_user_remove_all(struct sim_host *h, const char *path);
int sim_user_rename(struct sim_host *h, const char *from, const char *to);
int sim_user_exchange(struct sim_host *h, const char *a, const char *b);
int sim_user_link(struct sim_host *h, const char *from, const char *to);
int sim_user_symlink(struct sim_host *h, const char *target, const char *path);
int sim_user_fifo(struct sim_host *h, const char *path);
/* A directory stays open to its owner, whatever the bits. */
int sim_user_chmod(struct sim_host *h, const char *path, int bits);
int sim_user_touch(struct sim_host *h, const char *path, int64_t mtime_ns);
int sim_user_chown(
    struct sim_host *h, const char *path, uint32_t user, uint32_t group);
int sim_user_set_attr(
    struct sim_host *h, const char *path, const char *name, const char *value);
int sim_user_remove_attr(
    struct sim_host *h, const char *path, const char *name);

/* Appends "name=value " for each attribute of a path; takes no time. */
int sim_user_attrs(struct sim_host *h, const char *path, struct buf *out);

/* How many calls of the table were about metadata, since the machine was made. */
uint64_t sim_host_meta_calls(const struct sim_host *h);

/* Opens, truncating, writes in several pieces, closes. Made when absent. */
int sim_user_write(struct sim_host *h, const char *path, struct span bytes);

/* The same in so many pieces, with a pause after each; only in a program. */
int sim_user_write_slowly(struct sim_host *h, const char *path,
    struct span bytes, unsigned pieces, int64_t pause_ns);

/* Writes path~ and renames it over path, as editors do. */
int sim_user_save(struct sim_host *h, const char *path, struct span bytes);

/* Opens, writes at the end, closes. Made when absent. */
int sim_user_append(struct sim_host *h, const char *path, struct span bytes);

/* Opens, writes in the middle, closes. */
int sim_user_patch(
    struct sim_host *h, const char *path, uint64_t at, struct span bytes);

/* Stores through a mapping: bytes change, times and events do not; closes. */
int sim_user_store(
    struct sim_host *h, const char *path, uint64_t at, struct span bytes);

/* Nobody's doing: a bit of the file at an absolute path turns, on the disk
 * too, and no time and no event tells. */
void sim_user_rot(struct sim_host *h, const char *path, uint64_t at);

/* Reads a whole file, appending to out; of at most out->max bytes. */
int sim_user_read(struct sim_host *h, const char *path, struct buf *out);
int sim_user_read_link(struct sim_host *h, const char *path, struct buf *out);

/* What tree_hash would say of a whole file. */
int sim_user_hash(struct sim_host *h, const char *path, uint64_t *out);
int sim_user_stat(struct sim_host *h, const char *path, struct host_stat *out);
int sim_user_list(struct sim_host *h, const char *path, struct host_list *out);

/* Syncs a file or directory, as careful programs do. */
int sim_user_sync(struct sim_host *h, const char *path);

/* Mounts an empty file system on a directory, or takes it away again. */
int sim_user_mount(struct sim_host *h, const char *path);
int sim_user_unmount(struct sim_host *h, const char *path);

#endif
