/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index - what one folder remembers, in one SQLite file.
 *
 * In come entries (entry.h), chunk lists and facts; out come the same, found
 * by path, by need, by dot, by order of arrival or by content. The only
 * folder that includes sqlite3.h. Used by daemon/folder on the control
 * thread alone. SQLite runs on a VFS over the host's files (index_vfs.c), so
 * that it lives in the simulator too: WAL, synchronous=FULL,
 * locking_mode=EXCLUSIVE.
 *
 * Writes happen between index_begin and index_commit; after commit returns
 * 0 they survive a power cut. No statement stays open between calls: lists
 * are handed out whole and bounded.
 *
 * Errors, from any call: -EIO, -ENOSPC, -ENOMEM, ERR_CORRUPT. After a failed
 * write the transaction must be rolled back.
 */
#ifndef DAEMON_INDEX_INDEX_H
#define DAEMON_INDEX_INDEX_H

#include "daemon/index/entry.h"
#include "proto/model/chunks.h"

struct index;

enum index_flags {
	INDEX_CREATE = 1, /* make it when it is not there */
};

/*
 * Opens the database "index.db" in the directory dir (borrowed; it must
 * stay open). -ENOENT without INDEX_CREATE when there is none; ERR_BUSY when
 * another process has it; ERR_NEWER; ERR_CORRUPT. A new one gets a random
 * replica number. Older schemas are migrated on a copy.
 */
int index_open(const struct host *h, int dir, int flags,
    struct index **out_index) MUST_USE;

/* Rolls back what is open and closes; NULL is allowed. */
void index_close(struct index *ix);

/*
 * Puts a closed database aside as "index.db-before", in the place of an
 * earlier one, so that the next open makes a new one. 0 also when there is
 * none. -errno.
 */
int index_set_aside(const struct host *h, int dir) MUST_USE;

int index_begin(struct index *ix) MUST_USE;
int index_commit(struct index *ix) MUST_USE;
void index_rollback(struct index *ix); /* K and counter go back as well */
bool index_in_batch(const struct index *ix);

/* ---- replica, knowledge, dots -------------------------------------------- */

uint64_t index_replica(const struct index *ix);

/* Takes a new random replica number; its counter begins anew. */
int index_new_replica(struct index *ix) MUST_USE;

/* The folder's knowledge K, borrowed until the next change. */
const struct vector *index_knowledge(const struct index *ix);

/*
 * Joins a peer's K, whose stream ended in this batch, into ours. Replicas
 * beyond what a K may have are left out: what is not known comes again.
 */
int index_learn(struct index *ix, const struct vector *knowledge) MUST_USE;

/* Forgets that dots of a replica above the given one were known, and where
 * any peer's stream would go on: what was not sent for that is sent again. */
int index_unlearn(struct index *ix, struct dot last) MUST_USE;

/* The next own dot; K covers it from now on. */
int index_next_dot(struct index *ix, struct dot *out_dot) MUST_USE;

/* ---- entries ------------------------------------------------------------- */

/*
 * Loads a path's entry into *out (initialised; emptied first). A path never
 * stored gives an entry with nothing but the path (and child_alive).
 */
int index_load(struct index *ix, struct span path, struct entry *out) MUST_USE;

/*
 * Stores an entry and everything derived from it: whether it is open, lives
 * (its directories with it), its content, its versions' dots. A version that
 * is new in the set gets the next arrival number and source (0: made here;
 * else the caller's small number of the peer that sent it). A row with
 * nothing in it is removed.
 */
int index_store(
    struct index *ix, const struct entry *e, unsigned source) MUST_USE;

/* What the last look saw at a path: a KIND_… or an error. Of directories it is
 * kept in memory, for planning asks it of every path's parent. */
int index_disk_kind(struct index *ix, struct span path) MUST_USE;

/* Paths, owned, in the order they were found. */
struct path_list {
	struct buf bytes; /* each NUL-terminated */
	VEC(uint32_t) v; /* offsets */
};
void path_list_init(struct path_list *list);
void path_list_release(struct path_list *list);
void path_list_clear(struct path_list *list);
int path_list_add(struct path_list *list, struct span path) MUST_USE;
struct span path_list_get(const struct path_list *list, size_t i);

/*
 * Appends up to n paths of open entries (not entry_settled), directories
 * before what is in them, or after with descending. The cursor says where
 * the next call goes on, whatever was stored meanwhile; its end is true when
 * there are no more.
 */
struct index_cursor {
	int64_t dir;
	struct buf name; /* owned: init with buf_init(…, LIMIT_NAME_BYTES) */
	bool descending;
	bool end;
};
void index_cursor_init(struct index_cursor *c, bool descending);
void index_cursor_release(struct index_cursor *c);
int index_open_next(struct index *ix, struct index_cursor *c, size_t n,
    struct path_list *out) MUST_USE;

/* One child of a directory as last seen on disk. */
struct index_child {
	uint32_t at; /* offset of the NUL-terminated name in names */
	uint16_t len;
	bool force; /* the caller's, false at first: hash it */
	bool told; /* the caller's: what base's version says of metadata is */
	uint32_t meta_at, meta_len; /* these bytes of names */
	struct observation disk;
};
struct index_children {
	struct buf names;
	VEC(struct index_child) v; /* ascending by name */
};
void index_children_init(struct index_children *c);
void index_children_release(struct index_children *c);

/*
 * Appends what the last look saw directly in the directory at path (the root
 * for the empty one): entries whose disk is not absent.
 */
int index_children(
    struct index *ix, struct span path, struct index_children *out) MUST_USE;

/* Appends every path below a directory, or all, that has any version, base
 * or disk; n at most, directories before what is in them, after the path
 * given (empty: from start). ERR_NOTFOUND when that was never stored. */
int index_paths_below(struct index *ix, struct span dir, struct span after,
    size_t n, struct path_list *out) MUST_USE;

/* Appends up to n paths of what is on this disk, directories left out, and has
 * ".conflict-" in its name. A search of those alone. */
int index_copies(struct index *ix, size_t n, struct path_list *out) MUST_USE;

/* Has the path any version, living or gone? 1, 0 or an error: conflict_known
 * with the index as arg. */
int index_known(void *ix, struct span path);

/* ---- versions, for streams ----------------------------------------------- */

struct index_version {
	struct version *version; /* owned by the list */
	bool held; /* its content is on this disk now (or needs none) */
	int64_t arrival;
	unsigned source;
};
struct index_versions {
	VEC(struct index_version) v;
};
void index_versions_release(struct index_versions *list);

/*
 * Appends up to n known versions with a dot above after that skip does not
 * cover, in ascending order of dots.
 */
int index_versions_after(struct index *ix, struct dot after,
    const struct vector *skip, size_t n, struct index_versions *out) MUST_USE;

/* The arrival number of the version stored last, 0 when there is none. */
int64_t index_last_arrival(const struct index *ix);

/* Appends up to n known versions that arrived after a number, in order. */
int index_versions_arrived(struct index *ix, int64_t after, size_t n,
    struct index_versions *out) MUST_USE;

/* ---- resume points: (sender's replica) -> (its noted K, the last dot) ---- */

struct index_resume {
	bool present;
	uint64_t replica;
	struct vector noted;
	struct dot last;
};
int index_resume_get(
    struct index *ix, uint64_t replica, struct index_resume *out) MUST_USE;
int index_resume_put(
    struct index *ix, const struct index_resume *point) MUST_USE;
int index_resume_drop(struct index *ix, uint64_t replica) MUST_USE;

/* ---- content ------------------------------------------------------------- */

/* Appends up to n paths whose file on disk, or link, has that content. */
int index_find_content(struct index *ix, const struct name *content, size_t n,
    struct path_list *out) MUST_USE;

/* Keeps or gives the chunk list of a content of several chunks.
 * ERR_NOTFOUND. Lists that no version and no file names are dropped by
 * index_tidy. */
int index_chunks_put(struct index *ix, const struct name *content,
    const struct chunk_list *list) MUST_USE;
int index_chunks_get(struct index *ix, const struct name *content,
    struct chunk_list *out) MUST_USE;

/*
 * Finds a content, held in a file on this disk or kept, that shares chunks with the
 * list, by a sparse sample of chunk names (those whose first bytes are below
 * a bound). ERR_NOTFOUND. *out_content may be the list's own.
 */
int index_find_donor(struct index *ix, const struct chunk_list *list,
    struct name *out_content) MUST_USE;

/* Who made a version, who the one that superseded it here; zeros: unknown. */
struct index_maker {
	uint8_t device[DEVICE_BYTES];
	struct dot dot;
};
struct index_who {
	struct index_maker made, by;
	bool by_gone; /* it was deleted */
};

/* Files moved out of users' names (quarantine), by content. */
struct index_kept {
	int64_t id; /* > 0; its file is named by it, in decimal */
	struct name content;
	struct buf path; /* where it came from */
	int64_t since_ns; /* 0: it is about to be moved there */
	struct index_who who;
};
int index_kept_put(struct index *ix, const struct index_kept *kept) MUST_USE;
int index_kept_drop(struct index *ix, int64_t id) MUST_USE;
/* Fills in *out, whose id is asked for and whose path is initialised and
 * appended to. ERR_NOTFOUND. */
int index_kept_get(
    struct index *ix, int64_t id, struct index_kept *out) MUST_USE;
/* Finds one that is there, by content: 1 and *out_id, or 0. */
int index_kept_find(
    struct index *ix, const struct name *content, int64_t *out_id) MUST_USE;
/* The same, of those that came from a path: the last of them. */
int index_kept_find_from(struct index *ix, const struct name *content,
    struct span path, int64_t *out_id) MUST_USE;
/* Appends up to n ids of those that are there, ascending from after on. */
struct id_list {
	VEC(int64_t) v;
};
int index_kept_after(
    struct index *ix, int64_t after, size_t n, struct id_list *out) MUST_USE;
/* None was kept later than now: the clock was set back since. */
int index_kept_clamp(struct index *ix, int64_t now_ns) MUST_USE;
/* Appends up to n ids of those that were about to be moved there. */
int index_kept_expected(
    struct index *ix, size_t n, struct id_list *out) MUST_USE;
/* A number never used before for a kept or staged file. */
int index_next_id(struct index *ix, int64_t *out_id) MUST_USE;
/* The numbers up to that one are not given any more. */
int index_skip_ids(struct index *ix, int64_t id) MUST_USE;

/* ---- kept versions ------------------------------------------------------- */

enum { INDEX_PAST_NAME_BYTES = LIMIT_PATH_BYTES + 32 };

enum index_past_state {
	PAST_NOTED, /* only this row of it: its content stood in the tree */
	PAST_FILE, /* and it lies in .tutti/versions */
	PAST_EXPECTED, /* it is about to be moved there */
	PAST_RESTING, /* it is in quarantine: struct index_kept; never stored */
};

/* What stood at a path until it was superseded there. */
struct index_past {
	int64_t id; /* > 0; the number that it had in quarantine */
	struct buf path; /* owned, as name: see init */
	struct buf name; /* below .tutti/versions */
	enum index_past_state state;
	int kind; /* KIND_FILE, KIND_SYMLINK */
	struct name content;
	uint64_t size;
	int64_t mtime_ns;
	uint16_t bits;
	int64_t until_ns; /* when it came out of the path; wall clock */
	int64_t age_ns; /* the same by the folder's own clock (folder_past.c) */
	struct index_who who;
};
void index_past_init(struct index_past *p);
void index_past_release(struct index_past *p);

/* Stores a row, in place of one with its id. */
int index_past_put(struct index *ix, const struct index_past *p) MUST_USE;
int index_past_drop(struct index *ix, int64_t id) MUST_USE;
/* Into *out, which is initialised; what its buffers hold is replaced.
 * ERR_NOTFOUND. */
int index_past_get(
    struct index *ix, int64_t id, struct index_past *out) MUST_USE;
/* What its file takes on disk, about; 0 without one. */
uint64_t index_past_cost(const struct index_past *p);
/* Has one with a file name that path and the second of until_ns? 1, 0. */
int index_past_taken(
    struct index *ix, struct span path, int64_t until_ns) MUST_USE;
/* Its file is not there any more, or is another: it is only noted. */
int index_past_lost(struct index *ix, int64_t id) MUST_USE;
/* Finds one with a file of that content: 1 and *out_id, or 0. */
int index_past_find(
    struct index *ix, const struct name *content, int64_t *out_id) MUST_USE;
/* Appends up to n ids with a lesser age_ns, the least first; of all that are
 * not expected, or of files alone. */
int index_past_before(struct index *ix, int64_t age_ns, size_t n, bool files,
    struct id_list *out) MUST_USE;
/* Appends up to n ids of those that were about to be moved. */
int index_past_expected(
    struct index *ix, size_t n, struct id_list *out) MUST_USE;
/* Appends the ids of all that stood at a path, the earliest first; those in
 * quarantine as well, of which there is no row here, or an expected one. */
int index_past_at(
    struct index *ix, struct span path, struct id_list *out) MUST_USE;

/* Appends up to n ids of those that stood below a directory (the root for the
 * empty one), beyond the path after when that is not empty, until later than
 * at_ns: ascending by path, then by time; those in quarantine as well. */
struct index_past_range {
	struct span dir, after;
	int64_t at_ns;
	size_t n;
};
int index_past_below(struct index *ix, const struct index_past_range *range,
    struct id_list *out) MUST_USE;

/* ---- facts and figures --------------------------------------------------- */

/* Small facts by name (root identity, token, boot id). ERR_NOTFOUND; a get
 * appends to out. */
int index_fact_get(struct index *ix, const char *key, struct buf *out) MUST_USE;
int index_fact_put(
    struct index *ix, const char *key, struct span value) MUST_USE;

/* Kept as they change, not counted anew. */
struct index_figures {
	uint64_t files; /* wanted and alive, all kinds but directories */
	uint64_t dirs;
	uint64_t bytes; /* of wanted files */
	uint64_t open; /* entries not settled */
	uint64_t disk_files; /* on disk, all kinds but directories */
	uint64_t past; /* rows of struct index_past */
	uint64_t past_bytes; /* that their files take, about */
};
void index_figures(const struct index *ix, struct index_figures *out);

/* Bounded housekeeping: unused chunk lists, the WAL. 1 when there is more. */
int index_tidy(struct index *ix) MUST_USE;

#endif
