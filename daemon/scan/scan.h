/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan - dirty paths in, what is on disk now out.
 *
 * A scan job looks at some directories, whole or at some of their names,
 * compares each child with the last look (which the job carries with it) and
 * hashes what changed. It is plain code over the host's table, run on a
 * worker with data it owns; daemon/folder fills it in and takes the results.
 *
 * What was not seen is not concluded: a directory that could not be read in
 * full gives an error and no absences; a child on another device, unreadable
 * or of a special kind is KIND_OPAQUE (LESSONS 6, 10, 46, 66).
 */
#ifndef DAEMON_SCAN_SCAN_H
#define DAEMON_SCAN_SCAN_H

#include "daemon/index/index.h"
#include "daemon/scan/ignore.h"

/* Times this near to the look that saw them are not trusted. */
#define SCAN_RACY_NS INT64_C(20000000)

/* A file that cannot be leased is hashed when nobody wrote to it for so long. */
#define SCAN_REST_NS INT64_C(1000000000)

/* One directory to be looked at. */
struct scan_dir {
	struct buf path; /* owned; empty for the root */
	bool whole; /* all names; else those of names */
	bool force; /* look into what seems unmoved, too, and tell it */
	struct path_list names; /* owned; single components */
	struct index_children known; /* owned; the last look, all or of names */
	int rc; /* out: 0, or why nothing is concluded */
};

/* A child that is not as the last look saw it, or could not be looked at. */
struct scan_result {
	struct buf path; /* owned; whole, below the folder's root */
	int rc; /* 0; ERR_BUSY: being written, look again later;
		 * -errno: nothing known about this child */
	struct observation now;
	struct buf target; /* owned; a symlink's text */
	struct buf meta; /* owned; metadata as a version says it; empty: none
			  * was looked at */
	bool meta_whole; /* with whom base's version names and nobody is here:
			  * the look was told what that says */
	struct chunk_list chunks; /* owned; of a file of several chunks */
};

/* What there is to say of a child, each time that it is looked at. */
enum scan_why {
	SCAN_SPECIAL, /* a pipe, a socket, a device: skipped */
	SCAN_ELSEWHERE, /* on another file system: skipped */
	SCAN_UNREADABLE, /* a file that is not for us to read: skipped */
	SCAN_META, /* metadata that no version can say: not carried */
	SCAN_LINKED, /* a file with other names, which no event is told of */
};

struct scan_note {
	struct buf path; /* owned; whole, below the folder's root */
	enum scan_why why;
	uint64_t ino;
};

struct scan_job {
	/* in */
	const struct host *host;
	int root; /* the folder's root, borrowed */
	uint64_t dev; /* its device: others are not entered */
	unsigned metadata; /* the classes of it to be looked at */
	bool first; /* the look after a start: what a power cut left is known
		     * by it alone, so nothing is left for later to rest */
	struct ignore_rules *rules; /* one reference, owned; NULL for none */
	VEC(struct scan_dir) dirs; /* owned */
	/* out */
	VEC(struct scan_result) results; /* absences of a directory first */
	struct path_list subdirs; /* directories found that were not there
				   * before: to be scanned as well */
	VEC(struct scan_note) notes; /* owned */
	struct path_list same_subdirs; /* in whole ones: those that were */
	uint64_t looked; /* names looked at */
	uint64_t hashed_bytes;
	int rc; /* -ENOMEM: the results are incomplete */
};

void scan_job_init(struct scan_job *job, const struct host *h, int root);
void scan_job_release(struct scan_job *job);

/* Adds a directory, copying its path; *out_dir is valid until the next. */
int scan_job_add(
    struct scan_job *job, struct span path, struct scan_dir **out_dir) MUST_USE;

/* The work: a host_cb whose arg is a struct scan_job. */
void scan_run(void *job);

/*
 * Looks at one name below an open directory, hashing when it is a file that
 * does not match known (NULL: never seen). Fills *out except its path: as it
 * matches, now is known; what could not be told is in out->rc. The caller
 * releases its target, which is read only when it does not match, its metadata
 * and its chunks. For scan_run and for daemon/apply, which must know what it
 * displaces. -ENOMEM.
 */
int scan_look(const struct scan_job *job, int dir, const char *name,
    const struct observation *known, struct scan_result *out) MUST_USE;

/* What reading a file again told of it. */
enum scan_verdict {
	SCAN_SOUND, /* its content is what it was */
	SCAN_ROTTEN, /* it is not, though nobody has it open for writing, and
		      * inode, size, bits and times are all as they were */
	SCAN_CHANGED, /* it is not as the last look saw it: look again */
	SCAN_UNSURE, /* it cannot be told: open for writing, not readable, or
		      * of other content where writers cannot be told */
};

struct scan_again {
	struct buf path; /* in; owned */
	struct observation known; /* in: the last look's, of a file */
	enum scan_verdict verdict; /* out, as the rest */
	struct name content; /* ROTTEN: what it is now */
	struct chunk_list chunks; /* owned; of that, if of several chunks */
	uint64_t bytes; /* read */
	int rc; /* UNSURE: why it could not be read, if so */
};

/* Reads a file below root again, from the disk, and holds it against the last
 * look. In a job. -ENOMEM. */
int scan_verify(
    const struct host *h, int root, struct scan_again *item) MUST_USE;

/* What a stat tells, without content. now_ns: the wall clock at the look. */
void scan_observe(
    const struct host_stat *st, int64_t now_ns, struct observation *out);

/*
 * Names an open file's content: its chunk list (empty when it is of one
 * chunk) and name. ERR_CHANGED when its size is not what was said.
 */
int scan_hash(const struct host *h, int fd, uint64_t size,
    struct chunk_list *out_list, struct name *out_name) MUST_USE;

/*
 * Cuts an open file of that size as a file of size as would be cut
 * (chunker_init_as). Errors are scan_hash's.
 */
int scan_cut(const struct host *h, int fd, uint64_t size, uint64_t as,
    struct chunk_list *out_list) MUST_USE;

#endif
