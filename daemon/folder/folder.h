/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder - the engine of one folder: wires watch, scan, plan, apply, index
 * and the sessions that share it.
 *
 * In come changes of the disk and messages of peers, in any order; out come
 * versions to the peers and changes to the disk. Everything here runs on the
 * control thread; jobs work elsewhere on data they own. Nothing is announced
 * before it is committed, no name changes before its intent is.
 *
 * A folder whose database or disk fails in a way that leaves it uncertain
 * what was stored stops (FOLDER_FAILED): its owner frees it and opens it
 * anew after a pause. So there is one way back from any trouble: the start.
 */
#ifndef DAEMON_FOLDER_FOLDER_H
#define DAEMON_FOLDER_FOLDER_H

#include "daemon/index/index.h"
#include "daemon/log/log.h"
#include "daemon/peer/peer.h"
#include "daemon/plan/plan.h"

struct folder;

enum folder_state {
	FOLDER_SCANNING, /* the first look since the start is under way */
	FOLDER_RUNNING,
	FOLDER_HALTED, /* for safety: nothing is applied or announced */
	FOLDER_FAILED, /* to be freed and opened anew */
	FOLDER_STATES
};

/* Why a folder was halted. */
enum folder_halt {
	FOLDER_HALT_NONE,
	FOLDER_HALT_DELETES, /* more was deleted than may have been meant */
	FOLDER_HALT_MISSING, /* there is no directory at its path */
	FOLDER_HALT_FOREIGN, /* it is another folder's */
	FOLDER_HALT_REPLACED, /* it is another directory than it was */
	FOLDER_HALT_EMPTIED, /* all that was in it is gone, .tutti too */
	FOLDER_HALT_UNMARKED, /* .tutti went while it was watched */
};

/* Is it of the kinds that may pass by themselves: looked for by opening the
 * folder anew, now and then? */
static inline bool
folder_halt_passes(enum folder_halt why)
{
	return why == FOLDER_HALT_MISSING || why == FOLDER_HALT_FOREIGN ||
	       why == FOLDER_HALT_REPLACED;
}

/* May the user accept it only by opening it anew, with join? */
static inline bool
folder_halt_joins(enum folder_halt why)
{
	return why == FOLDER_HALT_FOREIGN || why == FOLDER_HALT_REPLACED ||
	       why == FOLDER_HALT_EMPTIED || why == FOLDER_HALT_UNMARKED;
}

struct folder_options {
	const struct host *host;
	struct log *log;
	const char *id; /* copied, as all text */
	const char *path; /* of the root, absolute */
	int state; /* directory for its database, borrowed */
	const uint8_t *device; /* DEVICE_BYTES: this machine's id; copied */
	enum msg_mode mode;
	bool has_peers; /* somebody is named to share it with */
	/* The user accepts what stands there now, should it not be the directory
	 * that it was: what is remembered is set aside, and what is there is
	 * joined with what the peers have, so that nothing is deleted. */
	bool join;
	/* What a device is called here, for the log; may be NULL, as may what
	 * it returns, which is borrowed for a moment. */
	const char *(*name)(void *arg, const uint8_t *device);
	struct span ignore; /* the machine's own rules; copied */
	unsigned metadata; /* classes of it that are carried, META_XATTR … */
	int64_t versions_ns; /* so long what is superseded is kept; 0: not */
	uint64_t versions_max; /* bytes, at most; 0: the lesser of 10 GiB and
				* 5 % of the file system */
	/* Something that status tells has changed. */
	host_cb *changed;
	/* All links have to be taken down and offered anew: what the folder
	 * said when they came up is not true any more. From a turn. */
	host_cb *greet;
	void *arg;
};

/*
 * Opens the folder and begins the first look. ERR_BUSY: another process has
 * it; ERR_NEWER, ERR_CORRUPT, -errno of the root. A root that is not the one
 * remembered gives a folder that is FOLDER_HALTED. *out is given.
 */
int folder_open(
    const struct folder_options *options, struct folder **out) MUST_USE;

/*
 * Stops. Jobs that run are waited for in the background: done is called,
 * with arg, when all is freed, from a later turn or from within. A clean stop
 * commits what there is. No callback follows it.
 */
void folder_close(struct folder *f, host_cb *done, void *arg);

/* ---- sessions ------------------------------------------------------------ */

/*
 * Fills in what FOLDER says for a peer (everything but channel); spans and
 * vectors are given to msg_release. -ENOMEM.
 */
int folder_offer(
    struct folder *f, const uint8_t *device, struct msg_folder *out) MUST_USE;

/* A link with that device stands; theirs is read now. Again: they offered
 * anew. The link's owner is the folder. */
void folder_link_up(struct folder *f, struct peer_link *l,
    const uint8_t *device, const struct msg_folder *theirs);
int folder_link_message(
    struct folder *f, struct peer_link *l, struct msg *m) MUST_USE;
void folder_link_down(struct folder *f, struct peer_link *l);

/* The session's queue has room again. */
void folder_link_writable(struct folder *f, struct peer_link *l);

/* ---- control ------------------------------------------------------------- */

/* Judges anew whether the root is still there: a folder that was halted because
 * its mark went may have lost all of it since. */
void folder_judge_root(struct folder *f);

/* Looks at everything, and whether the root is still the same; done(arg) when
 * the look is done, or the folder halted or closed. done may be NULL.
 * ERR_HALTED, -ENOMEM. */
int folder_scan(struct folder *f, host_cb *done, void *arg) MUST_USE;

/*
 * Goes on after a halt for deletes: what was seen is meant; or without having
 * heard a peer though its memory is new, and no more than that; else what a
 * power cut left, or took, is meant. Of the root nothing is: folder_halt_joins.
 */
void folder_accept(struct folder *f);

/* ---- conflicts ----------------------------------------------------------- */

/* What stands at a path, as last seen. */
struct folder_file {
	char *path; /* owned; NULL: it cannot be told */
	int kind; /* KIND_FILE, _DIR, _SYMLINK, _OPAQUE; KIND_NONE: nothing */
	uint64_t size; /* bytes; of files */
	int64_t mtime_ns;
	struct name content; /* zeros for nothing */
	bool has_device; /* whose it is is known: */
	uint8_t device[DEVICE_BYTES]; /* who made this version of it */
};

/* A conflict copy on this disk, and the path that it is a copy of. */
struct folder_conflict {
	struct folder_file copy;
	struct folder_file home;
	bool edited; /* it is not the loser as it was any more */
};
struct folder_conflicts {
	VEC(struct folder_conflict) v;
};

/* How many there are, FOLDER_CONFLICTS at most: quicker than to list them. */
int folder_conflict_count(struct folder *f, uint64_t *out) MUST_USE;

/* Fills in *out, which is empty, with FOLDER_CONFLICTS at most, those in one
 * directory together. -ENOMEM, errors of the database. */
int folder_conflicts(struct folder *f, struct folder_conflicts *out) MUST_USE;
void folder_conflicts_release(struct folder_conflicts *list);

enum { FOLDER_CONFLICTS = 10000 };

/*
 * Makes a copy's content that of its home, as if the user had copied it
 * there: content and over are what was seen at the two, over zeros for
 * nothing. The copy stays. 1: the disk shows it; 0: it is on its way, ask
 * again. ERR_NOTFOUND: the path is no conflict copy's, or its home cannot be
 * told; ERR_CHANGED: one of the two is not what was seen, so nothing was done;
 * ERR_BUSY: later, versions or looks are still on their way; ERR_HALTED: the
 * folder is halted, or its mode is not both; -EISDIR: home is no file.
 */
int folder_conflict_choose(struct folder *f, struct span path,
    const struct name *content, const struct name *over) MUST_USE;

/* Deletes a copy here and everywhere, if its content is as seen. An edit that
 * comes in between lives. 1: it is gone; 0 and errors: as above. */
int folder_conflict_remove(
    struct folder *f, struct span path, const struct name *content) MUST_USE;

/* ---- rot ----------------------------------------------------------------- */

enum folder_verify_state {
	FOLDER_VERIFY_NONE, /* not since it was opened */
	FOLDER_VERIFY_READING,
	FOLDER_VERIFY_HEALING, /* all is read; contents are on their way */
	FOLDER_VERIFY_DONE,
};

/* What a run found; a file that is rotten. */
struct folder_rotten {
	const char *path; /* borrowed until the next turn */
	bool healed; /* its content is here again, or nobody wants it */
};
struct folder_verify_status {
	enum folder_verify_state state;
	uint64_t files, bytes; /* read so far */
	uint64_t total_bytes; /* about */
	uint64_t unsure; /* files that could not be read, or judged */
	uint64_t rotten, healed; /* files */
};

/*
 * Reads every file again, slowly, in the background: what rotted is replaced
 * by what a peer has. 0 also when that is under way. ERR_HALTED; ERR_BUSY:
 * versions or the first look are still on their way.
 */
int folder_verify(struct folder *f) MUST_USE;

void folder_verify_status(struct folder *f, struct folder_verify_status *out);

/* The i-th file that was found rotten; false: there are no more. */
bool folder_verify_rotten(
    struct folder *f, size_t i, struct folder_rotten *out);

/* ---- what was ------------------------------------------------------------ */

/* One version of a path: known now, or superseded here and not yet expired. */
struct folder_version {
	struct span path;
	int kind; /* enum kind; GONE: a delete, known now */
	uint64_t size;
	int64_t mtime_ns;
	int64_t until_ns; /* it stood here until then; 0: it is known now */
	int64_t at_ns; /* a time when it stood here; 0: none is known */
	bool wanted; /* the one that is to stand there */
	bool here; /* its content is on this disk */
	struct span kept; /* its name below .tutti/versions; may be empty */
	struct index_who who; /* who made it; and, of a superseded one, who
			       * superseded it. Dots of 0: unknown */
};
typedef int folder_version_cb(void *arg, const struct folder_version *v);

/*
 * Calls cb for versions of the path (not again with after) and for the
 * superseded ones of paths below it, ascending by path and time; all borrowed
 * while it lasts. Of a bounded number at once: *out_after, emptied first, is
 * where to go on, empty at the end. An error of cb ends it. ERR_NOTFOUND:
 * nothing was ever known of it.
 */
struct folder_range {
	struct span path; /* empty: the root */
	struct span after;
};
int folder_history(struct folder *f, const struct folder_range *range,
    folder_version_cb *cb, void *arg, struct buf *out_after) MUST_USE;

enum folder_change_what {
	FOLDER_CHANGE_CREATE, /* nothing stands there now */
	FOLDER_CHANGE_REPLACE, /* what stands there now is kept */
	FOLDER_CHANGE_BLOCKED, /* a directory, or what we may not touch, is
				* there, or a file where its directory was */
	FOLDER_CHANGE_MISSING, /* its content is not on this disk */
};

/* What restoring does to one path. */
struct folder_change {
	enum folder_change_what what;
	int rc; /* once done: 0; ERR_CHANGED: somebody was faster; -errno */
	struct buf path;
	struct buf from; /* the file or link with its content, from the root
			  * of the folder; empty: an empty file, or missing */
	int kind; /* KIND_FILE, KIND_SYMLINK */
	uint64_t size;
	int64_t mtime_ns;
	struct name content;
	uint16_t bits;
	int64_t until_ns; /* when it ceased to stand there */
};
struct folder_changes {
	VEC(struct folder_change) v;
	struct buf after; /* where to go on; empty at the end */
	int rc; /* of the whole: not 0: nothing may have been done */
};
typedef void folder_changed_cb(void *arg, const struct folder_changes *changes);

/*
 * Brings the path, and all below it, back as it stood at a time: what is to
 * be done to a bounded number of paths, told to done (borrowed), once that is
 * done unless dry. What came later stays; what is replaced is kept. The
 * result is a change made here, as any other. May call done from within; it
 * is called in any case when this returns 0. ERR_NOTFOUND: nothing was ever
 * known of the path; ERR_BUSY: one is under way, or the folder is not ready;
 * ERR_HALTED; -EROFS: the folder only receives.
 */
struct folder_restore_options {
	struct folder_range range;
	int64_t at_ns;
	bool dry;
};
int folder_restore(struct folder *f, const struct folder_restore_options *o,
    folder_changed_cb *done, void *arg) MUST_USE;

/* ---- status -------------------------------------------------------------- */

struct folder_peer_status {
	char name[LIMIT_PEER_NAME_BYTES + 1];
	uint8_t device[DEVICE_BYTES];
	bool sending; /* versions are still on their way to it */
	bool receiving; /* or from it */
	enum msg_halt_why halted; /* it stopped to be safe */
	bool agrees; /* it knows what we know and its disk shows it */
	uint64_t open_paths, open_bytes; /* it has yet to bring to its disk */
};

struct folder_status {
	enum folder_state state;
	const char *halt; /* why it halted or failed, or NULL; borrowed */
	enum folder_halt halt_why;
	bool scanning;
	bool in_sync; /* here: the disk shows all that is known */
	uint64_t files, dirs, bytes; /* wanted */
	uint64_t open_paths, open_bytes; /* of them not on this disk yet */
	uint64_t deletes_resting;
	uint64_t local_changes; /* of a folder that only receives */
	uint64_t waiting[PLAN_WHYS]; /* paths, by reason */
	char waiting_path[256]; /* one of them, escaped; else empty */
	uint64_t troubles; /* paths that an error keeps back */
	char trouble_path[256]; /* one of them, escaped; else empty */
	const char *trouble; /* and its error */
	uint64_t room_needed; /* bytes on the disk that it waits for; else 0 */
	uint64_t room_free; /* and what there is */
	uint64_t unreadable; /* files here that are not for us to read */
	char unreadable_path[256]; /* one of them, escaped; else empty */
	uint64_t
	    metadata_left; /* paths without all of theirs, since the start */
	char metadata_left_path[256]; /* one of them, escaped; else empty */
	bool watch_limited;
	struct folder_peer_status *peers; /* n_peers; borrowed until the next
					   * turn */
	size_t n_peers;
};
void folder_status(struct folder *f, struct folder_status *out);

const char *folder_id(const struct folder *f);
const char *folder_path(const struct folder *f);

#endif
