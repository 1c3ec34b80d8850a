/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entry - the three things about a path, never mixed: disk, base and known.
 *
 * disk is what the last look saw. base is the version that the disk last
 * agreed to, with what was seen then. known is the set of versions. What is
 * to be done follows from these three alone (daemon/plan); no pending work
 * is stored (DESIGN.md section 3).
 */
#ifndef DAEMON_INDEX_ENTRY_H
#define DAEMON_INDEX_ENTRY_H

#include "daemon/host/host.h"

/* What a look saw of metadata (proto/model/meta.h): the classes that it was to
 * look at and that are to be had here, and a number for what there was of each,
 * 0 for nothing. A class that was not looked at has 0. */
struct meta_seen {
	uint8_t looked;
	uint64_t sums[META_CLASSES];
};

/* What one look at a path saw. */
struct observation {
	int kind; /* enum kind without GONE (NONE: absent), KIND_OPAQUE */
	bool racy; /* times too near to the look to be trusted: hash next
		    * time whatever they say */
	bool zeros; /* a look hashed it, and its last page is all zeros */
	uint16_t bits; /* 0..0777 */
	uint64_t size; /* files */
	int64_t mtime_ns;
	int64_t ctime_ns;
	uint64_t ino;
	struct name content; /* file, directory, symlink; zeros else */
	struct meta_seen meta; /* files and directories */
};

/* Is it of what nobody looks at, for it is ignored or lies below what is? Such
 * a one is opaque and racy; what is special, not to be read, or covered by a
 * mount is opaque alone. */
bool observation_unseen(const struct observation *o);

bool meta_seen_equal(const struct meta_seen *a, const struct meta_seen *b);
/* Of metadata that was not looked at now, it goes on saying what was seen. */
void meta_seen_keep(struct meta_seen *now, const struct meta_seen *was);

/* Same thing for the user: kind, content, and bits and mtime where they
 * count (bits: file, directory; mtime: file, symlink), and of metadata what
 * both looked at. */
bool observation_same(const struct observation *a, const struct observation *b);

/* Nothing that a stat can tell has changed: ino, size, times, bits, kind;
 * false when either look is racy. */
bool observation_unmoved(
    const struct observation *a, const struct observation *b);

/* The version that the disk agreed to, or is being brought to. */
struct agreement {
	bool present; /* false: there never was one */
	struct version *version; /* NULL: a directory alive only through its
				  * children, of which no version is named */
	struct observation seen; /* what was on disk then; unused for intent */
	uint64_t era; /* in which that was seen (daemon/folder/folder_cut.c);
		       * 0: the disk has it for good; unused for intent */
};

/* One path's row. Owns all of it; zeroed memory is an empty one. */
struct entry {
	struct buf path; /* the folder-relative path */
	struct observation disk;
	struct agreement base;
	struct agreement intent; /* the version being applied, noted in the
				  * commit before names change */
	struct version_set known;
	bool child_alive; /* out only: something below wants to live, so a
			   * directory has to be here (derived) */
	int64_t absent_since_ns; /* disk says NONE where base saw something:
				  * since then; 0 else. Deletes rest first. */
	bool suspect; /* disk is a power cut's doing, not the user's: it is no
		       * change, and gives way to what is wanted */
};

void entry_init(struct entry *e);
void entry_release(struct entry *e);
static inline struct span
entry_path(const struct entry *e)
{
	return buf_span(&e->path);
}

/*
 * The classes of metadata in which the look shows a change of the user's: what
 * base saw of them is another, or is not known and no version speaks of it.
 * Owners that no version speaks of are said with the next version.
 */
unsigned entry_meta_changed(
    const struct entry *e, const struct observation *now);

/* Makes the version, which is taken and may be NULL, base, seen as it is now.
 * Metadata that the version does not speak of is not seen by it: it is yet to
 * be said. */
void entry_agree(struct entry *e, struct version *taken,
    const struct observation *now, uint64_t era);
/* Nothing was agreed to, and nothing that rests goes on resting. */
void entry_forget_base(struct entry *e);
/* Nothing is being applied any more. */
void entry_forget_intent(struct entry *e);

/*
 * The wanted state: the winner; or NULL with *out_derived true for a
 * directory alive only by its children; or NULL, false: nothing is known.
 */
const struct version *entry_wanted(const struct entry *e, bool *out_derived);

/* Says whether something is wanted to be at the path. */
bool entry_alive(const struct entry *e);

/*
 * Says whether everything is as wanted and nothing waits: disk as base saw
 * it, base is the wanted version (or derived), no intent, and no loser here.
 * So is one that nobody looks at. A closed entry needs no planning; all others
 * are found by index_open_next.
 */
bool entry_settled(const struct entry *e);

#endif
