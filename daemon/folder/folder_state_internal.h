/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder_state_internal - what one folder consists of, and how much it takes
 * on. Tables are of uthash; what finds, adds and drops is a function here, for
 * its macros have hundreds of instructions wherever they stand.
 */
#ifndef DAEMON_FOLDER_FOLDER_STATE_INTERNAL_H
#define DAEMON_FOLDER_FOLDER_STATE_INTERNAL_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "daemon/apply/apply.h"
#include "daemon/folder/folder.h"
#include "daemon/peer/peer_stream.h"
#include "daemon/scan/scan.h"
#include "daemon/watch/watch.h"

#define NS_PER_MS INT64_C(1000000)

/* ---- folder_table.c ------------------------------------------------------ */

/* Table is the address of a table's head, which is NULL for an empty one; an
 * item begins with its handle, and the key lives in it. */

/* NULL: it is not in. */
void *folder_table_find(const void *head, const void *key, size_t len);
/* False: there is no memory, and it is not in. */
bool folder_table_add(
    void *table, void *item, const void *key, size_t len) MUST_USE;
/* It is in. */
void folder_table_drop(void *table, void *item);

/* How much one turn, and one job, takes on. */
enum {
	TURN_PLANS = 512,
	TURN_VANISHED = 64, /* directories */
	WALK_ROOM = 256, /* fetches that must be free for it to go on */
	WALK_REST_MS = 1000, /* or so long none ended */
	TURN_BATCH = 1024, /* versions in a message */
	JOB_DIRS = 64, /* directories of one look */
	JOB_NAMES = 2048, /* and names in them, about */
	JOB_APPLIES = 1024,
	JOB_STAGES = 512,
	JOB_BYTES = 4 << 20, /* content of one stage or serve job */
	SERVE_BYTES = 1 << 20, /* content of one answering message, about */
	JOBS_LOOKING = 2,
	JOBS_STAGING = 2,
	JOBS_SERVING = 2,
	NOTES_MAX = 65536,
	WORKS_MAX = 4096, /* paths on their way to the disk */
	FETCHES_MAX = 4096,
	REST_MS = 1000, /* deletes rest this long */
	WRITING_MS = 1000, /* a look at a file that stays open */
	RETRY_FIRST_MS = 50,
	RETRY_LAST_MS = 60000,
	RESCAN_MS = 3600000,
	RESCAN_UNWATCHED_MS = 60000,
	/* Of a path's versions, what is left to changes made here. */
	SIBLINGS_OURS = 16,
	/* In the lists of contents that come from one peer: some 45 MB. */
	LIST_CHUNKS_MAX = 1 << 20,
	ANSWER_MS = 30000, /* who gives nothing for so long is not waited for */
	ANSWER_LAST_MS = 600000, /* nor is one answer for longer */
	FULL_MS = 1000,
	RENUMBER_MS = 60000, /* no other number of our own in it, at first */
	SYNC_MS = 30000, /* what was seen is synced so long after */
};

/* A path to be looked at. */
struct dirty {
	UT_hash_handle hh; /* by path */
	bool self; /* just this name, in its directory */
	bool whole; /* a directory: all names in it */
	bool deep; /* and all below; else what is new there, or not watched */
	bool force; /* hash whatever the times say */
	size_t len;
	uint8_t path[];
};

/* A path that we changed while a look was under way, which may have seen it
 * before: what it says of the path is not taken. */
struct touched {
	UT_hash_handle hh; /* by path */
	uint64_t seq; /* of the look that comes after the change */
	size_t len;
	uint8_t path[];
};

/* A path of which something is said, once. */
struct note {
	UT_hash_handle hh; /* by path */
	enum scan_why why;
	uint64_t ino;
	size_t len;
	uint8_t path[];
};

/* A path that waits: to be looked at again, or for an error to pass. */
struct trouble {
	UT_hash_handle hh; /* by path */
	int rc;
	unsigned tries;
	int64_t due_ns; /* monotonic */
	bool look; /* look at it when due; else plan it */
	bool whole; /* a directory that could not be read: and all below */
	bool force;
	uint64_t needs; /* bytes on the disk that it waits for; 0: for others */
	size_t len;
	uint8_t path[];
};

/* A delete that rests before it is believed. */
struct rest {
	UT_hash_handle hh; /* by path */
	UT_hash_handle by_content; /* several may have one */
	bool file; /* not a directory */
	struct name content;
	size_t len;
	uint8_t path[];
};

/* A path that goes to the disk. */
struct work {
	UT_hash_handle hh; /* by path */
	bool applying; /* in the job that runs */
	bool again; /* something happened there meanwhile: look when done */
	bool again_force; /* and hash */
	bool guard; /* not an action: the source of a move, or a copy */
	bool suspect; /* a power cut left what it displaces */
	bool resumed; /* its version was intended here before */
	struct apply_item item;
	struct version *version; /* wanted; NULL: derived */
	struct index_maker was; /* of the version that it supersedes here */
	size_t len;
	uint8_t path[];
};

enum fetch_state {
	FETCH_LIST, /* the chunk list is asked for, or to be */
	FETCH_PIECES, /* chunks come from donors and peers */
	FETCH_WHOLE, /* the one chunk is asked for, or to be */
	FETCH_STAGING, /* a job writes it */
	FETCH_STAGED, /* .tutti/stage/id is complete */
};

/* A content on its way into the stage. */
struct fetch {
	UT_hash_handle hh; /* by content */
	struct name content;
	enum fetch_state state;
	bool placing; /* staged, and a work takes it */
	bool expected; /* noted as what is about to go to quarantine: */
	uint64_t expected_at; /* before that commit */
	bool spared; /* kept for the walk that comes after it */
	bool dead; /* dropped while jobs write it: the last one frees */
	int64_t id;
	uint64_t size;
	uint16_t bits; /* of the path it is for */
	int64_t mtime_ns;
	bool verify; /* the last answer was wrong */
	unsigned giver; /* the source that answered last */
	struct buf path; /* the one it is for */
	struct buf home; /* of a conflict copy: planned again when staged */
	struct buf copy; /* its path, where it is secured with what is for path;
			  * else empty */
	struct chunk_list list; /* in FETCH_LIST what came of it so far */
	struct name base; /* what it is asked for as a difference to, */
	struct chunk_list base_list; /* while it comes */
	unsigned lister; /* the source that gave of it */
	uint64_t *offsets; /* of the chunks, list.v.n + 1 of them */
	uint64_t room; /* bytes that it takes on the disk, as far as known */
	uint8_t *have; /* a byte a chunk: enum chunk_state */
	size_t n_have; /* chunks that are CHUNK_HERE */
	size_t from; /* no chunk before this one is CHUNK_MISSING */
	unsigned jobs; /* stage items that write it now */
	unsigned asked; /* open wants */
};

enum chunk_state {
	CHUNK_MISSING,
	CHUNK_COMING, /* asked for, or being written */
	CHUNK_HERE, /* written into the staged file and checked */
	CHUNK_HOPED, /* a donor is being cut anew, which may have it */
};

/* Something asked for and not yet here. */
struct want {
	UT_hash_handle hh; /* by id */
	struct msg_want_item item;
	int64_t fetch; /* whose: another may be of the same content now */
	int64_t since_ns; /* monotonic */
	struct buf parts; /* of an answer that takes several messages */
};

/* Content that a peer said it lacks; or that we said so of. */
struct missing {
	UT_hash_handle hh; /* by content */
	struct name content;
	unsigned tries;
	int64_t until_ns; /* monotonic: then it is asked again */
};

struct folder_link {
	struct folder_link *next;
	struct folder *folder;
	struct peer_link *link; /* NULL: gone, kept for a job that runs */
	uint8_t device[DEVICE_BYTES];
	unsigned source; /* our small number for the device */
	/* what we send */
	struct peer_stream stream;
	/* what we receive */
	uint64_t replica; /* theirs */
	bool open; /* their stream is under way */
	uint64_t acked; /* our dots that they said to know */
	bool acked_due; /* that is not noted yet */
	bool mute; /* what is to be sent is beyond it: nothing more is */
	bool stale; /* it was offered what we do not claim any more */
	bool partial; /* not all that they sent was taken: K is not */
	bool noted_set;
	struct vector noted;
	struct vector told; /* their knowledge, as last said */
	bool reported;
	uint64_t open_paths, open_bytes; /* their report */
	enum msg_halt_why halted; /* they said so */
	enum msg_halt_why told_halt; /* what we said last */
	/* what we ask for */
	struct want *wants;
	size_t n_wants;
	VEC(struct msg_want_item) to_ask; /* with the next WANT */
	uint64_t wanted_bytes;
	size_t list_chunks; /* in lists that it gave, of what is under way */
	int64_t answered_ns; /* when something asked for came last */
	bool silent; /* it did not answer, and has not since */
	bool wrong; /* it gave what does not hash to its name */
	struct missing *missing;
	int64_t full_ns; /* more is missing than is noted: ask nothing until */
	/* what they ask for */
	VEC(struct msg_want_item) asked;
	size_t asked_from; /* items before it are answered */
	unsigned serving; /* jobs */
	struct name serving_name; /* the list that was used last */
	struct chunk_list serving_list;
	uint64_t *serving_offsets;
	struct name serving_base_name; /* and what it was a difference to */
	struct chunk_list serving_base;
	VEC(struct name) have; /* to be told with the next HAVE */
	bool report_due;
	struct missing *told_missing; /* what we sent without holding it */
};

/* What is remembered of power cuts. Of what was seen in an era up to durable
 * the disk has all for good; of the later ones up to doubted a cut may have
 * taken it, until it is looked at. */
struct cut {
	uint64_t era; /* now */
	uint64_t durable, doubted;
	int64_t boot_first_id; /* lesser ones: before the machine started */
	/* The wall clock at two moments that a day of running parts, how long we
	 * ran since the later, and up to what monotonic time that was counted. */
	int64_t since_ns[2];
	uint64_t ran_ns;
	int64_t counted_ns; /* not stored */
};

/* How the wall clock went while something lay in quarantine. */
struct kept_clock {
	bool watched;
	int64_t ahead_ns; /* of the monotonic one, at least */
	int64_t since_ns; /* monotonic: it was not set ahead since */
};

/* Who waits for a look to be done. */
struct folder_waiter {
	host_cb *cb;
	void *arg;
};

/* Reading everything again. */
struct verify;

struct folder {
	const struct host *host;
	struct log *log;
	char *id, *path;
	uint8_t device[DEVICE_BYTES];
	enum msg_mode mode;
	bool has_peers;
	unsigned metadata; /* classes that are carried, as far as they can be */
	host_cb *changed;
	const char *(*name)(void *arg, const uint8_t *device); /* or NULL */
	host_cb *greet;
	void *arg;
	enum folder_state state;
	const char *halt; /* halt_text, or static; NULL: none */
	enum folder_halt halt_why;
	char halt_text[1024];
	bool fresh; /* our memory is new or old: a peer has to be heard */
	bool put_off; /* a directory was seen that could not be judged yet */
	VEC(uint64_t) numbers; /* ours before this one */
	bool noted; /* this database has seen a start */
	bool clean; /* the last stop was */
	bool apart; /* no link has stood since the start, or the last went */
	uint64_t sent; /* while apart: no peer has dots of ours beyond it */
	int64_t acked_ns; /* when what peers have is noted; or INT64_MAX */
	int64_t renumber_ns; /* monotonic: not again before then */
	unsigned renumbered; /* how often we were */
	bool greet_due; /* links have to come up anew */

	int root;
	int lock; /* .tutti/lock, or -1 */
	uint64_t dev;
	struct apply_place place;
	struct index *index;
	struct watch *watch;
	struct ignore_rules *rules;
	struct buf own_rules;
	bool rules_stale; /* a .tuttiignore changed */
	struct path_list rule_dirs; /* directories that have one */
	VEC(struct buf) rule_texts; /* of each, as it was read last */

	struct host_timer *turn; /* 0 ms: there is work */
	struct host_timer *clock; /* the next of rest, troubles, rescan */
	int64_t alarm_ns; /* when it will fire; INT64_MAX: not */
	bool turning;
	uint64_t commits; /* of turns, so far */
	unsigned jobs; /* running, of all kinds */
	bool closing;
	host_cb *closed;
	void *closed_arg;

	/* looking */
	struct dirty *dirty;
	struct dirty *looking; /* directories in running jobs */
	unsigned looks;
	uint64_t look_seq; /* of the last look that was started */
	struct touched *touched;
	bool first_look;
	/* Then the root is judged: it may not be the one that is held open any
	 * more; INT64_MAX: not. */
	int64_t root_ns;
	struct path_list vanished; /* directories whose children went */
	size_t vanished_from;
	int64_t rescan_ns;
	VEC(struct folder_waiter) scan_waiters;
	struct trouble *troubles;
	bool trying; /* some came due, and are not planned since */
	struct note *notes;
	size_t unreadable, meta_left; /* of them */
	bool said_linked;

	/* power cuts (folder_cut.c) */
	struct cut cut;
	bool unsynced; /* something was seen since the last sync began */
	bool syncing; /* in a job */
	bool rebooted; /* the machine was started since the last stop */
	uint64_t read_again; /* bytes, because of that */
	bool parted; /* there is a new replica number since the cut */
	bool lasting_known; /* folder_cut_lasts of lasting_dir is lasting */
	bool lasting;
	struct buf lasting_dir;
	int64_t sync_ns; /* when it is next; INT64_MAX: not */

	/* deletes that rest */
	struct rest *rests;
	UT_hash_handle *rests_by_content; /* theirs of that name */
	int64_t rest_due_ns;
	uint64_t rest_files; /* of them no directories */
	uint64_t recent_deletes; /* believed in the last minutes */
	uint64_t recent_files; /* the most there were then */
	int64_t recent_since_ns;
	bool accepted; /* the user said so: the next deletes are meant */

	/* planning */
	struct index_cursor cursor;
	bool planning, again;
	bool deferred; /* REMOVEs wait for the descending half */
	uint64_t counted[PLAN_WHYS], waiting[PLAN_WHYS];
	char counted_path[256], waiting_path[256]; /* one that waits */
	uint64_t counted_open, open_paths, counted_bytes, open_bytes;

	/* going to the disk */
	struct work *works;
	bool applying;
	struct fetch *fetches;
	int64_t fetched_ns; /* when one ended last */
	uint64_t room_taken; /* of all of them */
	struct host_fs room; /* of the disk, as it was at room_ns */
	int64_t room_ns; /* monotonic; 0: never */
	VEC(struct stage_item) to_stage; /* of the next job */
	size_t to_stage_bytes;
	unsigned staging;
	uint32_t next_want;

	struct verify *verify; /* the last run, under way or done; or NULL */

	bool judging; /* quarantine, in a job */
	struct folder_judge *to_judge; /* the next job, or NULL */
	int64_t kept_ns; /* when it is next; INT64_MAX: nothing is in it */
	int64_t kept_from; /* numbers up to this one were judged, this round */
	struct kept_clock kept_clock;
	int64_t start_first_id; /* lesser numbers are from before the start */

	/* kept versions */
	int64_t versions_ns; /* as in folder_options */
	uint64_t versions_max;
	int64_t past_age_ns; /* their clock */
	int64_t past_wall_ns; /* what the wall clock was then */
	int64_t past_ns; /* when the oldest are to go next */
	bool past_flat; /* directories among them cannot be made */
	bool expiring; /* in a job */
	struct folder_restoring *restoring; /* to be started, or NULL */
	struct path_list find_dirs; /* to be looked for unknown ones in */
	size_t find_from;
	bool finding; /* in a job */

	struct folder_link *links;
	int64_t ask_ns; /* when a missing content is asked again */
	struct folder_peer_status *status_peers;
	bool told_changed;
	bool was_in_sync; /* at the end of the last turn */
};

#endif
