/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply - actions in, disk out: the only code that changes users' names.
 *
 * Jobs, plain code over the host's table, run on workers with data they own;
 * daemon/folder fills them in and takes the results:
 *
 *	stage   assembles contents in .tutti/stage, checks each against its
 *	        name, sets bits and times, and syncs
 *	apply   gives staged, quarantined or moved files their names, makes
 *	        and removes directories, touches; checks before and after that
 *	        what it displaces is what was observed, and undoes what is not
 *	judge   lets what rested in quarantine go: to the kept versions, for
 *	        good, or back into the tree
 *	expire  removes kept versions
 *	find    says what lies there, for a database that does not know
 *
 * One apply job of a folder runs at a time. What comes out of a user's name
 * lies in .tutti/quarantine, named by a number, never in stage (DESIGN.md
 * section 4).
 */
#ifndef DAEMON_APPLY_APPLY_H
#define DAEMON_APPLY_APPLY_H

#include "daemon/attr/attr.h"
#include "daemon/index/index.h"
#include "daemon/plan/plan.h"

/* A folder's descriptors; borrowed by the jobs, which run before they are
 * closed. */
struct apply_place {
	const struct host *host;
	int root;
	int stage; /* .tutti/stage */
	int quarantine; /* .tutti/quarantine */
	int versions; /* .tutti/versions */
	uint64_t dev; /* the root's device */
	bool leases; /* whether the file system has them */
	unsigned metadata; /* the classes of it that are looked at and set */
};

/* ---- stage --------------------------------------------------------------- */

enum stage_what {
	STAGE_WHOLE, /* bytes are the whole file */
	STAGE_COPY, /* all of another file: of the folder, or kept */
	STAGE_PIECES, /* chunks at their places in a large file; no sync */
	STAGE_FINISH, /* a large file is complete: bits, mtime, sync */
};

/* One run of chunks: from bytes, or from a donor file; or of zeros. */
struct stage_piece {
	uint64_t at; /* where it begins in the staged file */
	uint64_t from_at; /* where in bytes, or in the donor */
	uint32_t first, n; /* chunks of the list */
	bool hole; /* they are known to be zeros: nothing is written */
};

struct stage_item {
	enum stage_what what;
	int64_t id; /* the staged file is named by it, in decimal */
	/* the file to be */
	uint64_t size;
	uint16_t bits;
	int64_t mtime_ns;
	struct name content;
	/* where the bytes come from */
	struct buf bytes; /* WHOLE, PIECES without donor; owned */
	struct buf from; /* COPY, PIECES: the donor's path; owned */
	int64_t from_kept; /* or, if not 0, its number in quarantine */
	int64_t from_past; /* if not 0: from is a name in .tutti/versions, of
			    * the kept version with that number */
	struct observation expect; /* the donor as last seen (not of those) */
	const struct chunk_list *list; /* PIECES: borrowed, immutable */
	VEC(struct stage_piece) pieces; /* PIECES; owned */
	/* out */
	int rc; /* ERR_MISMATCH: the bytes are not what their name says;
		 * ERR_CHANGED: the donor is not; -errno */
	VEC(uint32_t) failed; /* PIECES: chunks that did not match */
	void *owner; /* the caller's, untouched */
};

struct stage_job {
	struct apply_place place;
	VEC(struct stage_item) items; /* owned */
	void *owner; /* the caller's, untouched */
	int rc;
};
void stage_job_release(struct stage_job *job);
void stage_run(void *job); /* a host_cb; arg is a struct stage_job */

/* ---- apply --------------------------------------------------------------- */

enum apply_source {
	APPLY_NONE, /* nothing is placed */
	APPLY_STAGED, /* .tutti/stage/id, complete with bits and times */
	APPLY_KEPT, /* .tutti/quarantine/id; bits and times are set */
	APPLY_MOVED, /* the file at from, which is to go there */
	APPLY_COPIED, /* out: a copy, of what has other names as well */
};

struct apply_item {
	/* in */
	enum plan_what what; /* MAKE_DIR, PLACE, TOUCH, REMOVE, REMOVE_DIR */
	struct buf path; /* owned */
	struct observation expect; /* at path; kind NONE: nothing there; DIR: an
				    * empty directory, which gives way */
	/* what is to be there: of PLACE, TOUCH, MAKE_DIR */
	int kind;
	uint16_t bits;
	bool any_bits; /* a derived directory: 0777 under the umask */
	int64_t mtime_ns;
	uint64_t size;
	struct name content;
	struct buf target; /* a symlink's text; owned */
	struct buf meta; /* metadata, a part of a record; owned; may be empty */
	enum apply_source source;
	int64_t id; /* STAGED, KEPT */
	struct buf from; /* MOVED; owned */
	struct observation from_expect;
	int64_t from_id; /* MOVED: a fresh number for it on its way */
	/* where what is displaced goes */
	int64_t kept_id; /* a fresh number for quarantine */
	struct buf copy; /* or, first, this free path; owned; may be empty */
	/* out */
	int rc; /* 0; ERR_CHANGED: look again at path (and from);
		 * ERR_BUSY: in use, later; ERR_NOTFOUND, ERR_MISMATCH: the
		 * staged or kept source is not there, or not its content;
		 * -EMLINK: MOVED, and it has other names, which are not to
		 * change with it: copy it instead;
		 * -EOPNOTSUPP: MOVED over another needs exchange; -errno */
	struct observation now; /* at path, when rc is 0 */
	bool overtaken; /* since then a user did something there */
	bool kept; /* what was displaced is kept_id now, even
		    * when rc is not 0 */
	bool from_kept; /* what was at from is from_id now, of unknown
			 * content; only when rc is not 0 */
	bool copied; /* it stands at copy now, as copy_now says */
	struct observation copy_now;
	struct attr_left left; /* metadata that could not be set */
	struct name kept_content; /* of kept: as expected, or zeros: unknown */
};

/* Makes an item of zeros with empty buffers; release frees those. */
void apply_item_init(struct apply_item *it);
void apply_item_release(struct apply_item *it);

struct apply_job {
	struct apply_place place;
	VEC(struct apply_item) items; /* owned; done in order */
	void *owner;
	int rc; /* of the sync at the end: not 0: nothing may become base */
};
void apply_job_release(struct apply_job *job);
void apply_run(void *job); /* a host_cb; arg is a struct apply_job */

/* ---- quarantine's judgement ---------------------------------------------- */

enum judge_what {
	JUDGE_STAYS, /* see rc */
	JUDGE_RESTS, /* its time has not come */
	JUDGE_GONE, /* removed, or not there any more */
	JUDGE_KEPT, /* it is called name in .tutti/versions now */
	JUDGE_RETURNED, /* it stands in the tree, at path as it is now */
};

struct judge_item {
	/* in */
	int64_t id;
	struct name content; /* when it was displaced */
	struct buf path; /* where it came from; owned */
	struct dot dot; /* for the name of a copy */
	struct buf name; /* where to keep it; empty: not to be. Owned */
	bool rests; /* it goes only if a user changed it after since_ns */
	bool young; /* likewise, where no lease tells that nobody has it open */
	int64_t since_ns;
	/* out */
	enum judge_what what;
	int rc; /* 0; ERR_BUSY: it is open; -EEXIST: the name is taken;
		 * -ENOTDIR, -ELOOP: its directory is none; -errno */
	struct host_stat st; /* unless it was not there: links is 0 then */
};

struct judge_job {
	struct apply_place place;
	VEC(struct judge_item) items; /* owned */
	void *owner;
	int rc; /* of the sync at the end: not 0: what was moved may be
		 * found at either name */
};
void judge_job_release(struct judge_job *job);
void judge_run(void *job); /* a host_cb; arg is a struct judge_job */

/* ---- kept versions ------------------------------------------------------- */

/*
 * Appends the name that a version kept from a path until a time has below
 * .tutti/versions: "d/stem~20261122T061600Z.ext", in UTC, or without its
 * directory; the stem is cut to fit. -ENOMEM.
 */
int apply_kept_name(
    struct span path, int64_t until_ns, bool flat, struct buf *out) MUST_USE;

/* The path and time that such a name was made of (but for what was cut), into
 * *out_path, which is emptied. False when it is no such name. */
bool apply_kept_parse(
    struct span name, struct buf *out_path, int64_t *out_until_ns);

struct expire_item {
	int64_t id;
	struct buf name; /* owned */
	int rc; /* 0: it is not there any more; -errno */
};
struct expire_job {
	struct apply_place place;
	VEC(struct expire_item) items; /* owned */
	void *owner;
};
void expire_job_release(struct expire_job *job);
void expire_run(void *job); /* a host_cb; arg is a struct expire_job */

struct find_item {
	struct buf name; /* below versions or quarantine; owned */
	struct host_stat st;
	struct name content;
};
struct find_job {
	struct apply_place place;
	bool quarantine; /* look there, else among the versions */
	struct buf dir; /* look in this one of them; owned */
	void *owner;
	/* out */
	VEC(struct find_item) items; /* files and links; owned */
	struct path_list dirs; /* directories in it */
	int rc;
};
void find_job_release(struct find_job *job);
void find_run(void *job); /* a host_cb; arg is a struct find_job */

/* ---- on start ------------------------------------------------------------ */

/*
 * Makes or opens .tutti and in it stage, quarantine and versions below root
 * and fills in *out; fds are given, closed with apply_close. Refuses a .tutti
 * that is a link or another user's (LESSONS 41).
 */
int apply_open(
    const struct host *h, int root, struct apply_place *out) MUST_USE;
void apply_close(struct apply_place *place);

/* Empties .tutti/stage. */
int apply_empty_stage(const struct apply_place *place) MUST_USE;

#endif
