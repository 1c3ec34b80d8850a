/* SPDX-License-Identifier: Apache-2.0 */
/*
 * race - editors on two machines or three change the same files, while real
 * daemons keep the folders the same; and nothing of it may be lost.
 *
 * Every edit writes a content that is unique, and says what it knew: which
 * edit it wrote over, seen under its own descriptor; which one it displaced,
 * seen in its own hands after an exchange; which one it took away. So an
 * edit that nobody replaced, displaced or took away has to stand in the
 * trees when all is at rest. Nothing else is excused.
 *
 *	race.c          rounds
 *	race_options.c  the words it is called with
 *	race_machine.c  homes, the command
 *	race_daemon.c   daemons, and kill -9
 *	race_edit.c     editors that write
 *	race_move.c     editors that rename, take away, settle conflict copies
 *	race_one.c      of a single file: no less, no more than has to be there
 *	race_content.c  the bytes of an edit
 *	race_table.c    all edits, what happened to each
 *	race_tree.c     what stands in a machine's folder
 *	race_judge.c    at rest: all equal, nothing lost
 */
#ifndef TESTS_RACE_RACE_H
#define TESTS_RACE_RACE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <uthash.h>

#include "proto/base/span.h"
#include "proto/base/vec.h"
#include "proto/hash/name.h"

enum {
	RACE_MACHINES = 3,
	RACE_TEAMS = 64,
	RACE_EDITORS = 16, /* a machine */
	RACE_NAME_SIZE = 300, /* a path in the folder */
	RACE_SHOWN_SIZE = 120, /* and as much of it as a history shows */
	RACE_BYTES = 640 << 10, /* the largest content */
};

#define RACE_FOLDER "f"
#define RACE_BALLAST "ballast"

/* ---- what was done ------------------------------------------------------- */

enum race_how {
	RACE_CREATE,
	RACE_REWRITE, /* truncated and written */
	RACE_PIECES, /* the same, in pieces with pauses between */
	RACE_APPEND,
	RACE_PATCH, /* some bytes, the size stays */
	RACE_MAP, /* through a mapping, the size stays */
	RACE_MAP_NEW, /* another size, through a mapping */
	RACE_SAVE, /* written beside it and exchanged */
	RACE_TAKE, /* from here on no edits: what was there is taken away */
	RACE_MOVE,
	RACE_HOWS
};

struct race_edit {
	UT_hash_handle hh; /* by content */
	struct name content;
	uint32_t number; /* from 1 */
	uint32_t size;
	bool seen; /* replaced or taken away by one who saw it */
	bool kept; /* seen in .tutti, this time */
	bool owed; /* it has to come back from there */
	uint32_t shown; /* the look at a tree that saw it last */
	unsigned copies; /* conflict copies of it in that tree */
};

/* One line of what editors did. */
struct race_event {
	int64_t ns; /* since the beginning */
	uint32_t number; /* the edit made; 0: none */
	uint32_t was; /* the one replaced or taken away, 0: none */
	uint8_t machine;
	uint8_t how; /* enum race_how */
	char name[RACE_SHOWN_SIZE];
	char to[RACE_SHOWN_SIZE]; /* of a move */
};

struct race_table {
	pthread_mutex_t lock;
	struct race_edit *edits; /* by content */
	uint32_t n;
	VEC(struct race_edit *) open; /* not known to be seen */
	VEC(struct race_event) events; /* since nothing was owed last */
	VEC(char *) wrongs; /* owned */
	int64_t began_ns;
};

/* ---- machines ------------------------------------------------------------ */

struct race_machine {
	char name[2];
	char *home, *folder_path; /* owned */
	char *device; /* its id, owned */
	char address[48];
	int folder; /* open directories */
	int trash; /* beside the folder, on its file system */
	pid_t daemon; /* 0: none */
	int64_t turn_ns; /* when it is killed or started next */
};

struct race_options {
	const char *dir;
	uint64_t edits, kills, seed;
	unsigned teams, machines, editors, names, round, pause_us, seconds;
	bool one, no_leases, no_exchange, keep, debug;
};

struct race {
	struct race_options o;
	char *dir; /* all of it lies there; owned */
	struct race_machine machines[RACE_MACHINES];
	struct race_table table;
	uint32_t looks; /* at trees, so far */
	uint64_t round_seed;
	_Atomic int64_t left; /* edits of this round */
	_Atomic uint64_t moves, settled;
	_Atomic uint64_t taken; /* this round, what stood at race_one */
	_Atomic int64_t longest_open_ns;
	uint64_t kills; /* of daemons, so far */
	uint64_t returned; /* edits that came back from quarantine */
	const struct race_edit *lost; /* the one that is being told of */
};

void race_read_options(struct race_options *out, int argc, char **argv);

/* Each ends the program with a sentence when it fails. */
void race_begin(struct race *r); /* homes, folders, ports; no daemons */
void race_start(struct race *r); /* those that do not run */
void race_stop(struct race *r); /* as a user would: exit status 0 */
/* Kills daemons and starts them again, at random moments, until the round has
 * no edits left or as many were killed in all; then all run. */
void race_kills(struct race *r, uint64_t most);
void race_end(struct race *r); /* whatever there is, goes */
/* The text, given. */
char *race_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void race_die(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Runs tutti with the words of a line on a machine: its exit code. What it
 * said is *out_said, given; NULL: not wanted. */
int race_tutti(struct race_machine *m, const char *line, char **out_said);

int64_t race_now_ns(void);

/* ---- the table: any thread ----------------------------------------------- */
void race_table_init(struct race_table *t);
void race_table_release(struct race_table *t);

/* A number for an edit that is about to be made. */
uint32_t race_number(struct race_table *t);

/* The edit will be seen in the tree from now on. */
void race_made(struct race_table *t, uint32_t number, struct span bytes);

/* These bytes were replaced or taken away by one who saw them: the number of
 * the edit that had left them. Of bytes that no edit left a wrong is noted. */
uint32_t race_saw(
    struct race_table *t, struct span bytes, const char *where, uint8_t on);

void race_happened(struct race_table *t, const struct race_event *event);
void race_wrong(struct race_table *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints what happened to an edit, and around it. */
void race_history(const struct race *r, const struct race_edit *edit);

/* ---- contents ------------------------------------------------------------ */
struct race_random {
	uint64_t state;
};
uint64_t race_random(struct race_random *r, uint64_t below);

/* Fills size bytes that only this edit has; size is at least RACE_LEAST. */
enum { RACE_LEAST = 48 };
void race_fill(uint64_t seed, uint32_t number, uint8_t *bytes, size_t size);

/* ---- editors ------------------------------------------------------------- */
struct race_editor {
	struct race *race;
	struct race_machine *machine;
	uint8_t index; /* of the machine */
	unsigned number; /* of its editors */
	unsigned serial; /* of names that it makes */
	struct race_random random;
	uint8_t *was, *bytes; /* RACE_BYTES each */
	pthread_t thread;
};

/* Edits until the round has no edits left; a thread's start. */
void *race_edit_run(void *editor);

/* Takes what stands at a name out of the folder and says which edit it was
 * of; 0: nothing was there, or nothing was in it yet. */
uint32_t race_take(struct race_editor *e, const char *name);

void race_move(struct race_editor *e, const char *name);
/* One of the conflict copies: removed, put in its home's place or edited.
 * False: there are not enough of them. */
bool race_settle(struct race_editor *e);

/* A name of those that are edited. */
const char *race_name(struct race_editor *e);
void race_rewrite(struct race_editor *e, const char *name);
void race_pause(struct race_editor *e, uint64_t below_us);

/* Opens a name or one in trash, patiently, and locks it against the other
 * editors: a descriptor or -errno. */
int race_open(struct race_editor *e, int dir, const char *name, int flags);

/* All bytes of an open file: their number; dies of an error. */
size_t race_read(int fd, uint8_t *bytes);

/* What stands in a taken file once it was looked at. */
extern const struct span race_taken;

/* ---- trees and judgement ------------------------------------------------- */
struct race_file {
	char path[RACE_NAME_SIZE];
	struct name content;
	uint64_t size;
	int64_t mtime_ns;
	unsigned bits;
};
struct race_tree {
	VEC(struct race_file) v; /* by path */
};

/* Reads a folder without ballast; false: it changed meanwhile. */
bool race_tree_read(const struct race_machine *m, struct race_tree *out);
/* The first path in which they differ, NULL: none. */
const char *race_tree_differ(
    const struct race_tree *a, const struct race_tree *b);

/*
 * Judges a tree at rest in which only race_one's name was edited (LESSONS 1).
 * What somebody replaced or took away does not stand there again, nor does any
 * edit have two conflict copies; and as long as nobody took anything away,
 * none stands both there and beside it, and something stands there.
 */
void race_one_judge(struct race *r, const struct race_tree *t);
extern const char race_one[];

/* The edit that left a content, or NULL. */
struct race_edit *race_edit_of(struct race *r, const struct name *content);

/* Calls cb with every file below .tutti. */
typedef void race_kept_cb(
    struct race *r, const char *path, const struct name *content);
void race_tree_kept(
    struct race *r, const struct race_machine *m, race_kept_cb *cb);

/* Waits until all is at rest and says whether all is well. last: also what
 * lies in quarantine has to come back. */
bool race_judge(struct race *r, bool last);

#endif
