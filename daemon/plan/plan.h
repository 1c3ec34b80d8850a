/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan - what is on disk, base and what is known in; what to do out. Pure.
 *
 * Two questions are answered here, each for one path:
 *
 *	plan_look   the disk was looked at: is that a change of the user's,
 *	            something we know already, or nothing?
 *	plan_act    the disk is as we think: what has to be done so that it
 *	            becomes what is wanted?
 *
 * The rules are DESIGN.md sections 2 to 4 and, executable, scan(), make(),
 * copy() and apply() of shared/model/model.py. What cannot be read off the
 * entry is asked through struct plan_ask; asking has no effects.
 */
#ifndef DAEMON_PLAN_PLAN_H
#define DAEMON_PLAN_PLAN_H

#include "daemon/index/entry.h"

/* Each answers 1 or 0, or an error, which ends the planning. */
struct plan_ask {
	void *arg;
	/* Has the path any version, living or gone? */
	conflict_known *known;
	/* What did the last look see at the path? */
	int (*disk)(void *arg, struct span path, struct observation *out);
	/* What is wanted at the path: its content, or zeros for nothing? */
	int (*wanted)(void *arg, struct span path, struct name *out);
	/* Is its directory there, or being made right now? */
	int (*parent)(void *arg, struct span path);
	/* Is anything on disk below this directory? */
	int (*occupied)(void *arg, struct span path);
	/* Is a file content, not the empty one, on this disk: in a file,
	 * quarantine or stage? */
	int (*held)(void *arg, const struct name *content);
	/* May a connected peer be asked for it? */
	int (*reachable)(void *arg, const struct name *content);
	/* May a file that shows v take this name: plan_room of its entry?
	 * NULL: when the name is free and v's content is wanted there. */
	int (*room)(void *arg, struct span path, const struct version *v);
	/* This machine, DEVICE_BYTES; NULL: not asked for. */
	const uint8_t *device;
	/* Is a stream to us open? A broken one counts as ended. */
	bool stream_open;
	/* A replica that has not taken a stream since its database was new
	 * or restored: scans, applies and deletes nothing. */
	bool fresh;
};

/* ---- the disk was looked at ---------------------------------------------- */

enum plan_look {
	PLAN_LOOK_SAME, /* nothing of the user's changed */
	PLAN_LOOK_ADOPT, /* it is a known version: that becomes base */
	PLAN_LOOK_CHANGE, /* the user changed it: make a version */
	PLAN_LOOK_LATER, /* not to be judged now (fresh, opaque, suspect) */
};

struct plan_seen {
	enum plan_look look;
	const struct version *version; /* ADOPT: borrowed; NULL: derived */
};

/* Judges what a look saw at the entry's path. The entry is not changed. */
int plan_look(const struct entry *e, const struct observation *now,
    const struct plan_ask *ask, struct plan_seen *out) MUST_USE;

/*
 * Is what a look saw, a change by plan_look, rather what a power cut left?
 * Of a file that lost its end, or all of it, that is assumed at the first look
 * after the cut; of one that changed though no time says so, at that after any
 * start of the machine; of one whose state at base may not have reached the disk
 * also when it is in one from before that (LESSONS 21, 22, 73).
 */
struct plan_cut {
	bool rebooted; /* it is the first look since the machine started */
	bool first; /* and we were running when it stopped: after a cut */
	bool recent; /* what base saw may not have reached the disk */
};
bool plan_cut_left(const struct entry *e, const struct observation *now,
    const struct plan_cut *cut);

/*
 * Makes the version of a user's change (PLAN_LOOK_CHANGE) with a new dot:
 * its vector joins base's with those of siblings that it cannot lose; a gone
 * names the contents it deletes. target is a symlink's text. Of metadata it says
 * what the user changed, and of the rest what base's version does. *out is given.
 */
struct plan_maker {
	struct dot dot;
	const uint8_t *device; /* DEVICE_BYTES */
	struct span target;
	struct span meta; /* what a look read of metadata; empty: not read */
	bool whole_meta; /* that is all the version says, whatever base does */
	const struct version *lost; /* NULL, or one that nobody can give: the
				     * new version supersedes it as well */
	bool moved; /* a gone: what stood here stands elsewhere, and so was
		     * not deleted */
};
int plan_make(const struct entry *e, const struct observation *now,
    const struct plan_ask *ask, const struct plan_maker *maker,
    struct version **out) MUST_USE;

/* Makes the version of a loser's conflict copy, to be stored at its path,
 * of which no version is known yet. *out is given. */
int plan_make_copy(const struct version *loser, const struct plan_maker *maker,
    struct version **out) MUST_USE;

/* ---- what is to be done -------------------------------------------------- */

enum plan_what {
	PLAN_NOTHING, /* all is as wanted */
	PLAN_SETTLE, /* the disk is right already: it becomes base */
	PLAN_COPY, /* the loser's conflict copy gets its version; then
		    * plan again */
	PLAN_FETCH, /* the wanted content has to come first */
	PLAN_MAKE_DIR, /* a directory; what is in its way is displaced */
	PLAN_PLACE, /* a file or symlink, new or instead of another */
	PLAN_TOUCH, /* bits or mtime alone */
	PLAN_REMOVE, /* a file or symlink goes */
	PLAN_REMOVE_DIR, /* an empty directory goes */
	PLAN_KEEP, /* the winner cannot be had, and its conflict copy has a
	            * version: what stands here is said anew */
	PLAN_WAIT, /* see why */
};

/* Why a path waits, for status and why. */
enum plan_why {
	PLAN_WHY_NONE,
	PLAN_WHY_LOOK, /* the disk differs from base: not judged yet */
	PLAN_WHY_FRESH, /* this replica unions first */
	PLAN_WHY_PARENT, /* its directory is not there */
	PLAN_WHY_OCCUPIED, /* a directory is in the way, not empty */
	PLAN_WHY_OPAQUE, /* something we may not touch is in the way */
	PLAN_WHY_CONTENT, /* nobody reachable holds the content */
	PLAN_WHY_STREAM, /* a conflict, and versions are still arriving */
	PLAN_WHY_BESIDE, /* a copy whose content still stands at home */
	PLAN_WHY_COPY, /* the loser here cannot have its copy yet */
	PLAN_WHY_LOST, /* made here, and lost here; nobody reachable has it */
	PLAN_WHYS
};

/* The reason in words, for people: "its directory is not there yet". */
const char *plan_why_text(enum plan_why why);

struct plan_action {
	enum plan_what what;
	enum plan_why why;
	const struct version *version; /* wanted; NULL: derived directory */
	bool derived;
	const struct version *loser; /* COPY: which */
	struct buf copy; /* COPY: its path; PLACE, MAKE_DIR: where what is
			  * displaced goes to, empty for quarantine. Owned */
};
void plan_action_init(struct plan_action *a);
void plan_action_release(struct plan_action *a);

/* Plans one path. The entry is not changed; *out, initialised, is filled and
 * borrows from it. -ENOMEM; ERR_LIMIT beyond limits.h; errors of ask's answers. */
int plan_act(const struct entry *e, const struct plan_ask *ask,
    struct plan_action *out) MUST_USE;

/* Answers plan_ask's room from the entry of that name: v is wanted there, to
 * its bits and times, and nothing of the user's is to be judged first. */
bool plan_room(const struct entry *e, const struct version *v);

/* Says whether a look shows just what the version describes. */
bool plan_shows(const struct observation *now, const struct version *v);

/*
 * The path whose conflict copy this one would be: "a.conflict-….txt" gives
 * "a.txt", appended to out, which may be NULL. 1; 0 when it is no such name, or
 * when the stem was cut so that it cannot be told; -ENOMEM, ERR_LIMIT: out is
 * too small.
 */
int plan_home(struct span path, struct buf *out) MUST_USE;

#endif
