/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply_internal - what the actions share: places of names, holding what a
 * user has, sources, and what has to be synced at the end.
 *
 * The rule that all of it serves: what came out of a user's name is back
 * there, or is said by the item's kept, from_kept, copied or copy, whatever
 * failed when. Nobody but us acts in quarantine, so a thing is judged for good
 * only there; beside a user's name anything may have been changed meanwhile.
 */
#ifndef DAEMON_APPLY_APPLY_INTERNAL_H
#define DAEMON_APPLY_APPLY_INTERNAL_H

#include "daemon/apply/apply.h"

enum {
	APPLY_FEW = 8, /* as many are synced one by one; more: the whole fs */
	APPLY_NAME_SIZE = LIMIT_NAME_BYTES + 1,
};

/* ---- what is synced at the end ------------------------------------------- */

struct apply_sync {
	struct {
		int fd; /* owned */
		uint64_t key;
	} few[APPLY_FEW];
	size_t n;
	bool many; /* there were more: few is empty */
};

/* Takes fd, to be synced by apply_sync_all; once for each key (its inode). */
void apply_sync_add(
    const struct host *h, struct apply_sync *s, int fd, uint64_t key);

/* Syncs and closes all that was added; fs lies on the same file system. */
int apply_sync_all(const struct host *h, struct apply_sync *s, int fs) MUST_USE;

/* ---- one apply job under way --------------------------------------------- */

/* A directory held open over consecutive items that act in it. */
struct apply_dir {
	struct buf path;
	int fd; /* -1: none */
	uint64_t ino;
	bool dirty; /* names in it were changed */
	size_t first; /* the item that opened it */
};

enum apply_slot { APPLY_AT_PATH, APPLY_AT_FROM, APPLY_AT_COPY, APPLY_SLOTS };

struct apply_ctx {
	const struct host *h;
	const struct apply_place *place;
	struct apply_job *job;
	size_t item; /* number of the one under way */
	struct apply_dir dirs[APPLY_SLOTS];
	bool stage_dirty;
	bool quarantine_dirty;
	struct apply_sync sync;
};

/* A name in an open directory; valid for one item. */
struct apply_at {
	int fd; /* borrowed */
	const struct apply_dir *dir; /* NULL: stage or quarantine */
	bool *dirty;
	char name[APPLY_NAME_SIZE];
};

/*
 * Finds the place of a path, opening its directory below the root or taking
 * the one that is open. ERR_CHANGED when there is no such directory any more.
 */
int apply_at_path(struct apply_ctx *c, enum apply_slot slot, struct span path,
    struct apply_at *out) MUST_USE;

/* The place of a number in quarantine, or in stage. */
void apply_at_kept(struct apply_ctx *c, int64_t id, struct apply_at *out);
void apply_at_staged(struct apply_ctx *c, int64_t id, struct apply_at *out);

/* Renames and notes that both directories have to be synced. */
int apply_move(struct apply_ctx *c, const struct apply_at *from,
    const struct apply_at *to, enum host_rename_how how) MUST_USE;

/* Resolves the directory of a path's place anew: ERR_CHANGED when it is
 * another. */
int apply_same_dir(struct apply_ctx *c, const struct apply_at *at) MUST_USE;

/* Closes the directories, syncs what was changed: the job's rc. */
int apply_end(struct apply_ctx *c) MUST_USE;

/* What only says that the user was there first becomes ERR_CHANGED. */
int apply_changed(int rc);

/* ---- looking ------------------------------------------------------------- */

/* Says whether a stat shows the thing that was observed: ino, kind, size,
 * mtime, bits; and its ctime as well, where no rename was between. */
bool apply_shows(const struct host_stat *st, const struct observation *expect);
bool apply_unmoved(
    const struct host_stat *st, const struct observation *expect);

/* Says whether two stats are of one thing in one state, but for ctime. */
bool apply_equal(const struct host_stat *a, const struct host_stat *b);

/* What a stat shows, of a content that is known. */
void apply_observe(const struct host *h, const struct host_stat *st,
    const struct name *content, struct observation *out);

/* Names what an open file of size bytes holds. ERR_CHANGED: other size. */
int apply_hash(const struct host *h, int fd, uint64_t size,
    struct name *out_name) MUST_USE;

/* A user's file while it is acted on. */
struct apply_hold {
	int fd; /* -1: a symlink, or nothing */
	bool leased;
	bool dirty; /* bits or times were set: to be synced */
	struct meta_seen meta; /* as apply_set_meta left it */
	bool unsynced; /* its content is a user's, who may not have synced it */
	uint64_t ino;
};
#define APPLY_NO_HOLD ((struct apply_hold){.fd = -1})

/*
 * Opens, leases and compares what is at a place; *out is released by the
 * caller, also on error. ERR_CHANGED; ERR_BUSY: somebody writes to it.
 */
int apply_hold(struct apply_ctx *c, const struct apply_at *at,
    const struct observation *expect, struct apply_hold *out) MUST_USE;
void apply_hold_release(struct apply_ctx *c, struct apply_hold *hold);

/* Takes the read lease on an open file where there are any. ERR_BUSY. */
int apply_hold_lease(struct apply_ctx *c, struct apply_hold *hold) MUST_USE;

/*
 * Sets an open file's bits and mtime, or a directory's bits, and the metadata
 * of either, as far as they are not the item's; *st is what it was and becomes
 * what it is. On error bits and mtime are as they were, as far as that can be
 * had. Metadata that cannot be set is said in the item's left. A chmod by us leaves no setuid
 * standing (LESSONS 43); a directory keeps setgid and sticky, which are local.
 */
int apply_set_meta(struct apply_ctx *c, struct apply_item *it,
    struct apply_hold *hold, struct host_stat *st) MUST_USE;
void apply_unset_meta(struct apply_ctx *c, const struct apply_hold *hold,
    const struct host_stat *was);

/* Is the metadata of what is held as it was observed? ERR_CHANGED. */
int apply_meta_stands(
    struct apply_ctx *c, int fd, const struct observation *expect) MUST_USE;

/* Syncs the file at a place if the item has a copy for it: its content is told
 * to the others under that name, and may be nowhere else. */
int apply_sync_displaced(struct apply_ctx *c, const struct apply_item *it,
    const struct apply_at *at) MUST_USE;

/* Is the lease, if one was taken, unbroken? 0, ERR_CHANGED, -errno. */
int apply_hold_stands(
    struct apply_ctx *c, const struct apply_hold *hold) MUST_USE;

/*
 * Moves what is held at the item's path, or from, to its number in quarantine
 * and checks there that it is what was expected; if not, moves it back, or sets
 * the item's kept, or from_kept. On success that is the caller's to set.
 */
int apply_displace(struct apply_ctx *c, struct apply_item *it,
    enum apply_slot slot, const struct apply_at *at,
    const struct apply_hold *hold) MUST_USE;

/* Moves that number back to the place, else sets kept, or from_kept. */
void apply_restore(struct apply_ctx *c, struct apply_item *it,
    enum apply_slot slot, const struct apply_at *at);

/* The displaced lies in quarantine for good: moves it to the item's copy if
 * there is one and the name is free, and sets kept or copied. */
void apply_beside(struct apply_ctx *c, struct apply_item *it);

/* ---- what is placed ------------------------------------------------------ */

struct apply_new {
	struct apply_at at; /* where it is now */
	struct apply_at home; /* where it was */
	bool at_home;
	bool gone; /* it is out of our hands */
	bool exposed; /* had the user's name: may have been written to */
	bool doubt; /* times were set without a lease: hash it next time */
	struct apply_hold hold;
	struct host_stat st; /* as it is to appear */
};

/* Makes ready what the item places; *out is put back by apply_new_return on
 * failure, and released in any case. ERR_NOTFOUND: no such staged or kept
 * file; ERR_MISMATCH: it is not of the item's content. */
int apply_new_take(
    struct apply_ctx *c, struct apply_item *it, struct apply_new *out) MUST_USE;
void apply_new_return(
    struct apply_ctx *c, struct apply_item *it, struct apply_new *src);
void apply_new_release(struct apply_ctx *c, struct apply_new *src);

/* Has the file, whose stat this is, other names that would show what the item
 * sets, too? */
bool apply_is_shared(struct apply_ctx *c, const struct apply_item *it,
    const struct host_stat *st);

/*
 * Makes a copy in stage, with the item's bits and times, to be placed instead
 * of what src holds; or, apply_part_own, of the file at the item's path: that
 * this is what was expected is for the caller to check. The item's source is
 * APPLY_COPIED then. ERR_CHANGED: it is not of the item's content.
 */
int apply_part(
    struct apply_ctx *c, struct apply_item *it, struct apply_new *src) MUST_USE;
int apply_part_own(
    struct apply_ctx *c, struct apply_item *it, struct apply_new *src) MUST_USE;

/* ---- actions: each gives the item's rc ----------------------------------- */

int apply_place(struct apply_ctx *c, struct apply_item *it) MUST_USE;
int apply_touch(struct apply_ctx *c, struct apply_item *it) MUST_USE;
int apply_make_dir(struct apply_ctx *c, struct apply_item *it) MUST_USE;
int apply_remove(struct apply_ctx *c, struct apply_item *it) MUST_USE;
int apply_remove_dir(struct apply_ctx *c, struct apply_item *it) MUST_USE;

/* ---- staging ------------------------------------------------------------- */

struct apply_stager {
	const struct host *h;
	const struct apply_place *place;
	struct apply_sync sync;
};

/* A number as a name. */
void apply_name(int64_t id, char out[static APPLY_NAME_SIZE]);

/* Opens the directory of a path below root, given, and copies its name. */
int apply_open_parent(const struct host *h, int root, struct span path,
    int *out_dir, char out_name[static APPLY_NAME_SIZE]) MUST_USE;

/* Creates stage's file of that number anew. */
int apply_stage_create(
    struct apply_stager *s, int64_t id, int *out_fd) MUST_USE;

/* Opens the item's donor and stats it. */
int apply_donor(struct apply_stager *s, const struct stage_item *it,
    int *out_fd, struct host_stat *out) MUST_USE;

/* Copies size bytes from one open file to an empty one, sharing their blocks
 * where that can be. ERR_CHANGED: it is shorter. */
int apply_copy(const struct host *h, int from, int to, uint64_t size) MUST_USE;

/* Fills fd with the item's donor and checks it. */
int apply_stage_copy(
    struct apply_stager *s, const struct stage_item *it, int fd) MUST_USE;

/* Writes bytes where there is a hole yet, leaving it where they have blocks
 * of zeros; what ends the file of size bytes is extended to it. */
int apply_write_sparse(const struct host *h, int fd, struct span bytes,
    uint64_t at, uint64_t size) MUST_USE;

/* STAGE_PIECES, whole. */
int apply_stage_pieces(struct apply_stager *s, struct stage_item *it) MUST_USE;

/* ---- keeping ------------------------------------------------------------- */

struct apply_keeper {
	const struct apply_place *place;
	struct apply_sync sync;
	struct buf path; /* of dir, below versions */
	int dir; /* where the last one was put; -1: nowhere */
	bool moved; /* quarantine has to be synced */
};
void apply_keeper_init(struct apply_keeper *k, const struct apply_place *place);

/* Moves quarantine's file of that name to the item's name in versions. */
int apply_keep(
    struct apply_keeper *k, struct judge_item *it, const char *from) MUST_USE;

/* Syncs all that was moved, and releases. */
int apply_keeper_end(struct apply_keeper *k) MUST_USE;

#endif
