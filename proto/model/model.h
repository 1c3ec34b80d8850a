/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model - what all peers must agree on: versions, sets, and which one wins.
 *
 * In comes what replicas announced; out comes, for each path, the set of
 * versions that no other known one supersedes, its winner and its losers.
 * All of it is a function of the set alone: order and repetition of arrival
 * never matter (LESSONS 16). Used by daemon/index, daemon/plan, daemon/peer
 * and daemon/folder, on any thread, for nothing here is shared or static.
 *
 * The rules are DESIGN.md section 2, run by shared/model/model.py. Version
 * vectors: Parker et al. 1983; dotted: Preguiça et al. 2010.
 */
#ifndef PROTO_MODEL_MODEL_H
#define PROTO_MODEL_MODEL_H

#include "proto/base/limits.h"
#include "proto/base/vec.h"
#include "proto/hash/name.h"
#include "proto/model/meta.h"
#include "proto/wire/wire.h"

enum { DEVICE_BYTES = 32 };

/* One change: the counter-th made by a replica. Counters begin at 1. */
struct dot {
	uint64_t replica;
	uint64_t counter;
};

int dot_compare(struct dot a, struct dot b);
bool dot_equal(struct dot a, struct dot b);

/* ---- vector: for each replica the highest counter, absent ones being 0 ---- */

/* Sorted by replica, each once, no counter of 0. Zeroed memory is empty. */
struct vector {
	VEC(struct dot) v;
};

void vector_release(struct vector *vv);

/* The counter of a replica, 0 when absent. */
uint64_t vector_get(const struct vector *vv, uint64_t replica);

/* Says whether the dot is in the vector: counter <= vector_get. */
bool vector_covers(const struct vector *vv, struct dot dot);

/* Says whether every dot of b is in a. */
bool vector_includes(const struct vector *a, const struct vector *b);

bool vector_equal(const struct vector *a, const struct vector *b);

/* Raises the replica's counter to at least dot.counter. -ENOMEM. */
int vector_raise(struct vector *vv, struct dot dot) MUST_USE;

/* Lowers the replica's counter to at most dot.counter; at 0 it goes. */
void vector_lower(struct vector *vv, struct dot dot);

/* Raises vv to the entry-wise maximum with other. -ENOMEM. */
int vector_join(struct vector *vv, const struct vector *other) MUST_USE;

/* Makes *out_copy, which must be empty, a copy. -ENOMEM. */
int vector_copy(const struct vector *vv, struct vector *out_copy) MUST_USE;

/*
 * Writes, or reads what was written: a count, then entries in ascending
 * order. The reader fails on disorder, 0, counters over LIMIT_COUNTER or more
 * than max entries; *out must be empty. -ENOMEM, ERR_GRAMMAR.
 */
void vector_put(struct wire_writer *w, const struct vector *vv);
int vector_get_wire(
    struct wire_reader *r, size_t max, struct vector *out) MUST_USE;

/* ---- version: one state of one path, never changed once made ------------- */

enum kind {
	KIND_NONE = 0, /* nothing there; never in a version */
	KIND_FILE = 1,
	KIND_DIR = 2,
	KIND_SYMLINK = 3,
	KIND_GONE = 4, /* a tombstone */
};

struct version {
	struct span path;
	enum kind kind;
	bool copy; /* an untouched conflict copy; files only */
	uint16_t bits; /* permissions, 0..0777; files and directories */
	uint64_t size; /* bytes; files only */
	int64_t mtime_ns; /* since 1970; files and symlinks */
	struct name content; /* zeros for gone */
	struct span target; /* symlinks only, 1..LIMIT_TARGET_BYTES */
	const struct name *deleted; /* gone only: content names, ascending */
	size_t n_deleted;
	struct span meta; /* files and directories: a part of meta.h, or none */
	struct dot dot;
	struct vector vector; /* its replica's entry is the dot itself */
	uint8_t device[DEVICE_BYTES];
	struct span record; /* the whole of it as bytes, as made by its maker */
};

/*
 * Makes a version from a description, whose spans and vector are copied and
 * whose record is ignored; one block, freed with version_free. The record is
 * the canonical encoding. What its kind does not have is left out, and the
 * content of directories and symlinks follows from what they are. ERR_LIMIT
 * when over a limit, ERR_GRAMMAR when version_parse would say so, -ENOMEM.
 */
int version_new(
    const struct version *described, struct version **out_version) MUST_USE;

/*
 * Reads a record, which is copied. ERR_GRAMMAR when it is not exactly one
 * canonical record that satisfies every rule above (path_valid, bits, a
 * kind's fields present and others absent, dot covered by the vector, size
 * and counter limits, ...); -ENOMEM.
 */
int version_parse(struct span record, struct version **out_version) MUST_USE;

/* Frees a version; NULL is allowed. */
void version_free(struct version *v);

/* The permission bits that a disk shows which has the version, and of its
 * metadata only these classes. */
uint16_t version_bits(const struct version *v, unsigned classes);

/* Copies a version. -ENOMEM. */
int version_copy(const struct version *v, struct version **out_copy) MUST_USE;

/* Says whether x's vector covers y's dot. */
bool version_supersedes(const struct version *x, const struct version *y);

/* ---- set: the versions of one path that no other known one supersedes ---- */

/* Owns its versions, ascending by dot. Zeroed memory is the empty set. */
struct version_set {
	VEC(struct version *) v;
};

void version_set_release(struct version_set *set);

/*
 * Takes v into the set and drops what it supersedes; when the set covers v
 * already, v is freed and nothing changes. *out_new says which. Superseded
 * versions are handed to dropped, which then owns them, when not NULL, else
 * freed. Two contents under one dot: the lesser record (memcmp) stays, so
 * that all agree whatever came first (LESSONS 29). ERR_LIMIT beyond
 * LIMIT_SIBLINGS, -ENOMEM; then v is freed and the set as before.
 */
int version_set_add(struct version_set *set, struct version *v,
    struct version_set *dropped, bool *out_new) MUST_USE;

/* Takes the version of that dot out and frees it; none is allowed. */
void version_set_remove(struct version_set *set, struct dot dot);

/* The version of that dot, or NULL; borrowed from the set. */
const struct version *version_set_find(
    const struct version_set *set, struct dot dot);

/*
 * The winner: of the living versions whose content no gone in the set
 * deleted (or, with none left, of the gone) the greatest by directory, not
 * an untouched copy, mtime, dot. NULL for the empty set. Borrowed.
 */
const struct version *version_set_winner(const struct version_set *set);

/* Says whether v lives in the set: not gone, content deleted by no gone. */
bool version_set_living(const struct version_set *set, const struct version *v);

/*
 * The losers: living, not untouched copies, not directories, of other
 * content than wins, which is the winner's, or with derived true that of a
 * directory kept alive by its children. Into *out, which is emptied first
 * and does not own; greatest (mtime, dot) first, equal contents once.
 * Nothing loses to a winner that is gone. -ENOMEM.
 */
struct loser_list {
	VEC(const struct version *) v;
};
int version_set_losers(const struct version_set *set, bool derived,
    struct loser_list *out) MUST_USE;

/* ---- conflict copies ----------------------------------------------------- */

/*
 * Writes the whole path of a loser's conflict copy, a function of the loser
 * alone: beside it, stem.conflict-20261122T061600Z-K7QX4T.ext, its mtime in
 * UTC and 6 base32 digits of a hash of its whole dot; the stem is cut so
 * that the name fits LIMIT_NAME_BYTES (never inside a UTF-8 sequence).
 * Appends to out. -ENOMEM; ERR_LIMIT when the path gets too long.
 */
int conflict_path(const struct version *loser, struct buf *out) MUST_USE;

/*
 * Asked of whoever holds the folder's sets: has this path any version,
 * living or gone? 1, 0, or an error.
 */
typedef int conflict_known(void *arg, struct span path);

/*
 * Has a conflict copy of v's content, made for any version of that content
 * in its set, a version? *out_has. Errors of known, -ENOMEM.
 */
int conflict_has_copy(const struct version_set *set, const struct version *v,
    conflict_known *known, void *arg, bool *out_has) MUST_USE;

#endif
