/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_internal - what verbs are made of: options, words, the daemon.
 */
#ifndef CLIENT_CLIENT_INTERNAL_H
#define CLIENT_CLIENT_INTERNAL_H

#include <jansson.h>

#include "client/client.h"

struct client;
struct client_args;

/* An option of a verb: --name, or --name VALUE. --json and --help are
 * every verb's. */
struct client_option {
	const char *name; /* NULL ends a list */
	const char *value; /* what to call its value; NULL: it takes none */
	const char *help;
	char letter; /* short form, or 0 */
};

struct client_verb {
	const char *name; /* one word, or two: "peer add" */
	const char *args; /* as usage shows them */
	const char *help; /* one line; NULL: not yet in this version */
	const struct client_option *options;
	int min, max; /* how many words beside options */
	int (*run)(struct client *c, const struct client_args *args);
};

extern const struct client_verb client_verbs[];
extern const size_t client_verbs_n;

/* ---- words given --------------------------------------------------------- */

enum { CLIENT_OPTIONS_MAX = 32, CLIENT_GIVEN_MAX = 256 };

struct client_args {
	const char *const *words; /* beside options */
	int n;
	struct {
		const char *name; /* the option's own */
		const char *value; /* NULL: it takes none */
	} given[CLIENT_GIVEN_MAX];
	size_t given_n;
};

/* The last value of an option, "" for one without a value, NULL: not given. */
const char *client_given(const struct client_args *args, const char *name);

/* The next value from *i on of an option that may be repeated; NULL: none.
 * *i is 0 at first. */
const char *client_given_next(
    const struct client_args *args, const char *name, size_t *i);

/*
 * Reads argv (from the first word after the verb) by the verb's options.
 * *out borrows argv. Returns CLIENT_OK, or CLIENT_USAGE, having said why.
 */
int client_args(
    struct client *c, int argc, char **argv, struct client_args *out) MUST_USE;

/* Reads a whole number of 0..max. -1 when it is none. */
long client_number(const char *s, long max);

/* The verb of that name, or NULL; and the nearest to a wrong name, or NULL. */
const struct client_verb *client_verb_find(const char *name);
const struct client_verb *client_verb_near(const char *name);

/* ---- one run ------------------------------------------------------------- */

struct client {
	const struct client_world *world;
	const struct client_verb *verb;
	bool json;
	struct host *host; /* by client_open */
	struct conf_home home;
	struct conf conf;
	struct conf_errors errors; /* what is wrong in conf */
	bool opened, loaded;
};

/* Finds the home and makes a host. CLIENT_OK, or an exit code, said. */
int client_open(struct client *c) MUST_USE;

/*
 * The same, and reads the configuration into c->conf; files that are wrong
 * are named on standard error and left out.
 */
int client_load(struct client *c) MUST_USE;

/* Releases what the two made. */
void client_close(struct client *c);

/*
 * Finds the folder by id, or by a path inside; with what NULL that of the
 * working directory. Borrowed. CLIENT_NOT_FOUND, said.
 */
int client_folder(struct client *c, const char *what,
    const struct conf_folder **out) MUST_USE;

/* Reads the configuration and finds the folder of the first word, or without
 * one that of the working directory. Borrowed. CLIENT_OK or said. */
int client_folder_of(struct client *c, const struct client_args *args,
    const struct conf_folder **out) MUST_USE;

/* Finds a peer by name. Borrowed. CLIENT_NOT_FOUND, said. */
int client_peer(
    struct client *c, const char *name, const struct conf_peer **out) MUST_USE;

/* Writes the folder's or peer's file; CLIENT_OK, or CLIENT_ERROR, said. */
int client_write_folder(
    struct client *c, const struct conf_folder *folder) MUST_USE;
int client_write_peer(struct client *c, const struct conf_peer *peer) MUST_USE;

/* Makes the identity and tutti.conf where they are not yet there. */
int client_make(struct client *c, struct conf_identity *out) MUST_USE;

/* Resolves a directory's path, links followed. *out is freed with free.
 * CLIENT_NOT_FOUND, said. */
int client_directory(struct client *c, const char *path, char **out) MUST_USE;

/*
 * Adds the directory as a folder of that id, or the peers to the one it is
 * already; does the work of "folder add" and of "up". CLIENT_OK or said.
 */
int client_add_folder(struct client *c, const char *path, const char *id,
    const struct client_args *args) MUST_USE;

/* ---- saying -------------------------------------------------------------- */

/*
 * Says one sentence on standard error (with --json a document with "error"
 * on standard output) and returns code.
 */
int client_fail(struct client *c, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Says a line on standard output; nothing with --json. */
void client_say(struct client *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A hint on standard error. */
void client_warn(struct client *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints one document, adding "schema": 1. Takes it; NULL: no memory. */
int client_print(struct client *c, json_t *taken);

/* Names, sizes and counts as people read them, in a ring of static buffers:
 * the last eight stay valid. */
const char *client_shown(const char *s);
const char *client_size(uint64_t bytes);
const char *client_count(uint64_t n, const char *one, const char *many);

/* ---- the daemon ---------------------------------------------------------- */

struct client_call {
	const char *method; /* "GET", "POST" */
	const char *path; /* "/v1/status", already fit for a URL */
	long timeout_s; /* 0: 30 seconds */
	bool quiet; /* a daemon that is not running is not said */
	bool patient; /* nor that it cannot be yet: CLIENT_AGAIN */
};

/*
 * Asks the daemon. *out is given (json_decref) on CLIENT_OK. What is wrong
 * is said: CLIENT_NO_DAEMON, CLIENT_NOT_FOUND, CLIENT_AGAIN, CLIENT_ERROR.
 */
int client_call(
    struct client *c, const struct client_call *call, json_t **out) MUST_USE;

/* Asks the daemon to do something with a folder: POST, with what behind
 * "/v1/folders/ID/". As client_call. */
int client_folder_call(struct client *c, const char *id, const char *what,
    long timeout_s, json_t **out) MUST_USE;

/* Tells a running daemon to look at its configuration. CLIENT_OK also when
 * none runs; CLIENT_ERROR when it found something wrong, said. */
int client_reload(struct client *c) MUST_USE;

/* Says whether the daemon answers; and whether nobody listens any more. */
bool client_runs(struct client *c);
bool client_gone(struct client *c);

/* Starts it and waits until it answers. CLIENT_OK or said. */
int client_start(struct client *c) MUST_USE;

/* Stops it and waits until it is gone. CLIENT_OK or said. */
int client_stop(struct client *c) MUST_USE;

/* ---- conflicts ----------------------------------------------------------- */

/*
 * A typed path, which need not lead to anything as long as its directory is
 * there, as the folder it lies in and the path below its root, written as the
 * daemon's "url". *out_url is freed with free. CLIENT_OK or said.
 */
int client_place(struct client *c, const char *typed,
    const struct conf_folder **out_folder, char **out_url) MUST_USE;

/* Asks for a folder's conflict copies, by what they are copies of: *out is
 * given, an array of {"home": …, "copies": […]}. */
int client_conflicts_get(
    struct client *c, const char *id, json_t **out) MUST_USE;

/* The one of them that this url is the home or a copy in, borrowed, or NULL. */
const json_t *client_conflicts_find(const json_t *groups, const char *url);

/* A text of an object, "" when there is none. */
const char *client_text(const json_t *object, const char *key);

/* "1.2 kB, 2026-11-22 06:16:00, from anna", of a copy or a home. */
const char *client_file_text(const json_t *file);

/* ---- paths in folders, and what was there -------------------------------- */

enum { CLIENT_URL_BYTES = 32 << 10 };

/* The text as the daemon writes it in a URL; freed with free. NULL: no
 * memory. */
char *client_url(const char *s);

/* A path that was typed: what it names need not be there. */
struct client_place {
	const struct conf_folder *folder; /* borrowed */
	char *path; /* absolute; owned */
	const char *below; /* the end of path, from the folder's root */
	char *url; /* the same as it stands in a URL; owned */
};

/* Finds it. CLIENT_OK, with *out given; CLIENT_NOT_FOUND, said. */
int client_path(
    struct client *c, const char *typed, struct client_place *out) MUST_USE;
void client_place_release(struct client_place *place);

/* A question about a path, to be asked again with after while there is a
 * "next" in the answer. */
struct client_ask {
	const char *method;
	const char *what; /* "history", "restore" */
	const char *more; /* further arguments, as in a URL; or empty */
	const struct client_place *place;
	const char *after; /* or NULL */
};
int client_ask_path(
    struct client *c, const struct client_ask *ask, json_t **out) MUST_USE;

/* Reads a time: "2026-11-22T06:16[:00[.5]][Z|+01:00]", local without a zone,
 * "2026-11-22", "2h" (ago: s, m, h, d, w), "yesterday". False: it is none. */
bool client_time(const char *s, int64_t now_ns, int64_t *out_ns);

/* Copies a file or link of a folder, whole, to a path that is free. CLIENT_OK
 * or said. */
struct client_copy {
	const char *folder; /* its directory */
	const char *from_url; /* below it, as in a URL; empty: an empty file */
	const char *to;
};
int client_copy(struct client *c, const struct client_copy *copy) MUST_USE;

/* ---- the verbs ----------------------------------------------------------- */

typedef int client_run_verb(struct client *c, const struct client_args *args);
client_run_verb client_conf_check;
client_run_verb client_conflicts;
client_run_verb client_conflicts_keep;
client_run_verb client_conflicts_show;
client_run_verb client_doctor;
client_run_verb client_down;
client_run_verb client_folder_accept;
client_run_verb client_folder_add;
client_run_verb client_folder_list;
client_run_verb client_folder_pause;
client_run_verb client_folder_remove;
client_run_verb client_folder_resume;
client_run_verb client_folder_set;
client_run_verb client_help;
client_run_verb client_history;
client_run_verb client_id;
client_run_verb client_init;
client_run_verb client_log;
client_run_verb client_peer_add;
client_run_verb client_peer_list;
client_run_verb client_peer_pause;
client_run_verb client_peer_rename;
client_run_verb client_peer_resume;
client_run_verb client_peer_revoke;
client_run_verb client_restore;
client_run_verb client_scan;
client_run_verb client_status;
client_run_verb client_sync;
client_run_verb client_up;
client_run_verb client_verify;
client_run_verb client_version;

extern const struct client_option client_conflicts_keep_options[];
extern const struct client_option client_doctor_options[];
extern const struct client_option client_folder_add_options[];
extern const struct client_option client_folder_set_options[];
extern const struct client_option client_init_options[];
extern const struct client_option client_log_options[];
extern const struct client_option client_peer_add_options[];
extern const struct client_option client_restore_options[];
extern const struct client_option client_scan_options[];
extern const struct client_option client_status_options[];
extern const struct client_option client_sync_options[];

/* Prints how a verb is used. */
void client_usage(struct client *c, const struct client_verb *verb, FILE *to);

#endif
