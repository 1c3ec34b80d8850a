/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf - what a person has said this daemon should do, and who it is.
 *
 * In come small files: tutti.conf, peers/NAME.conf, folders/ID.conf; out
 * come structs. One table of options a kind of file (conf_option.c) drives
 * reading, checking, writing and help. Files are read whole and written
 * whole, never edited; the names of files name peers and folders. Secrets
 * are never in configuration: the device's own key lies in state/keys.
 *
 * Used by the daemon, on the control thread, and by the command. All access
 * to files goes through the host.
 */
#ifndef DAEMON_CONF_CONF_H
#define DAEMON_CONF_CONF_H

#include "daemon/host/host.h"
#include "proto/base/limits.h"

/* ---- where things lie ---------------------------------------------------- */

/* Absolute, normalised paths, owned. Zeroed memory is an empty one. */
struct conf_home {
	char *conf;
	char *state;
	char *run; /* api.sock, lock */
	bool chosen; /* by TUTTI_HOME */
};

/* Gives an environment variable's value, borrowed, or NULL. */
typedef const char *conf_getenv(void *arg, const char *name);

/* ---- what goes wrong ----------------------------------------------------- */

enum { CONF_ERROR_BYTES = 640, CONF_FILE_BYTES = 272 };

struct conf_error {
	char file[CONF_FILE_BYTES]; /* below the conf directory, escaped;
				     * empty when it is about no file */
	unsigned line; /* from 1; 0 when it is about no line */
	char text[CONF_ERROR_BYTES]; /* one whole sentence, fit to be shown,
				      * with file and line in it */
};
struct conf_errors {
	VEC(struct conf_error) v;
};
void conf_errors_release(struct conf_errors *errors);

/*
 * Finds where all lies: $TUTTI_HOME/{conf,state,run} when set; else
 * $XDG_CONFIG_HOME (or ~/.config), $XDG_STATE_HOME (or ~/.local/state) and
 * $XDG_RUNTIME_DIR with /tutti, the last falling back to state/run; without
 * a HOME /etc/tutti, /var/lib/tutti, /run/tutti. *out is given, released by
 * conf_home_release. ERR_CONFIG with *out_error set when a variable is no
 * absolute path; -ENOMEM.
 */
int conf_home(conf_getenv *get, void *arg, struct conf_home *out,
    struct conf_error *out_error) MUST_USE;
void conf_home_release(struct conf_home *home);

/* ---- what can be said ---------------------------------------------------- */

enum { CONF_PORT = 22100, CONF_PORT_LAST = 22109, CONF_HOST_BYTES = 253 };

struct conf_address {
	char host[CONF_HOST_BYTES + 1]; /* without brackets; empty: unset */
	uint16_t port; /* 0: not said; CONF_PORT is meant */
};

struct conf_strings {
	VEC(char *) v; /* each owned, NUL-terminated */
};
struct conf_addresses {
	VEC(struct conf_address) v;
};

enum conf_log_level {
	CONF_LOG_ERR,
	CONF_LOG_WARN,
	CONF_LOG_INFO,
	CONF_LOG_DEBUG
};

/* tutti.conf */
struct conf_main {
	char name[LIMIT_PEER_NAME_BYTES + 1]; /* empty: unset */
	struct conf_address listen; /* unset: every address, and the first
				     * free port from CONF_PORT on */
	int log_level; /* enum conf_log_level */
};

/* peers/NAME.conf */
struct conf_peer {
	char name[LIMIT_PEER_NAME_BYTES + 1]; /* from the file's name */
	uint8_t id[DEVICE_BYTES];
	struct conf_addresses addresses; /* none: it dials us */
	bool paused;
};

enum conf_mode { CONF_MODE_BOTH, CONF_MODE_SEND, CONF_MODE_RECEIVE };
enum conf_conflicts { CONF_CONFLICTS_BESIDE, CONF_CONFLICTS_ASIDE };

/* folders/ID.conf */
struct conf_folder {
	char id[LIMIT_FOLDER_ID_BYTES + 1]; /* from the file's name */
	char *path; /* absolute, normalised */
	struct conf_strings share; /* names of peers */
	int mode; /* enum conf_mode */
	bool paused;
	struct conf_strings ignore; /* patterns, as in .tuttiignore */
	int conflicts; /* enum conf_conflicts */
	unsigned metadata; /* enum meta_class bits */
	int64_t versions_s; /* 0: unset; -1: off; see conf_versions_s */
	uint64_t versions_max; /* bytes; 0: by the size of the file system */
};

enum { CONF_VERSIONS_S = 30 * 86400 };

/* So many seconds what is superseded is kept; 0: not at all. */
int64_t conf_versions_s(const struct conf_folder *folder);

/* Peers and folders ascend by name and id. Zeroed memory is an empty one. */
struct conf {
	struct conf_main main;
	VEC(struct conf_peer) peers;
	VEC(struct conf_folder) folders;
};

void conf_release(struct conf *conf);
void conf_peer_release(struct conf_peer *peer);
void conf_folder_release(struct conf_folder *folder);

/* Finds by name, by id, or by device; NULL when there is none. Borrowed. */
const struct conf_peer *conf_find_peer(
    const struct conf *conf, const char *name);
const struct conf_peer *conf_find_device(
    const struct conf *conf, const uint8_t id[static DEVICE_BYTES]);
const struct conf_folder *conf_find_folder(
    const struct conf *conf, const char *id);

/* The folder that an absolute, normalised path is or lies in, or NULL. */
const struct conf_folder *conf_find_path(
    const struct conf *conf, const char *path);

/* Says whether two say the same in every option. */
bool conf_main_equal(const struct conf_main *a, const struct conf_main *b);
bool conf_peer_equal(const struct conf_peer *a, const struct conf_peer *b);
bool conf_folder_equal(
    const struct conf_folder *a, const struct conf_folder *b);

/* Says whether a folder is shared with the peer of that name. */
bool conf_shares(const struct conf_folder *folder, const char *peer);

/* ---- reading ------------------------------------------------------------- */

/* Where to read from; all borrowed. */
struct conf_source {
	const struct host *host;
	int dir; /* the configuration's, open; -1: there is none */
	const struct conf_home *home; /* that no folder may overlap; NULL:
				       * not checked */
};

/*
 * Reads all files below dir into *out, which is given (conf_release). What
 * is wrong is appended to *errors, one sentence for each file. A wrong file
 * counts as it was in old, or is left out when old (which may be NULL) has
 * none of that name; so the result is always fit to be used. Files that are
 * missing count as empty. A folder shared with a peer that has no file is
 * kept and reported. 0 also when there are errors in files; -ENOMEM, or
 * -errno when the directories cannot be read, with nothing given.
 */
int conf_load(const struct conf_source *source, const struct conf *old,
    struct conf *out, struct conf_errors *errors) MUST_USE;

/* Says whether tutti.conf is among what was wrong: do not start then. */
const struct conf_error *conf_errors_main(const struct conf_errors *errors);

/*
 * The same for one file's text: checks and reads it into *out, given on 0.
 * The name is that of the peer or folder. Compares with no other file.
 * ERR_CONFIG with *out_error set; -ENOMEM.
 */
int conf_read_main(struct span text, struct conf_main *out,
    struct conf_error *out_error) MUST_USE;
int conf_read_peer(const char *name, struct span text, struct conf_peer *out,
    struct conf_error *out_error) MUST_USE;
int conf_read_folder(const char *id, struct span text, struct conf_folder *out,
    struct conf_error *out_error) MUST_USE;

/*
 * Says whether a folder fits beside the others of conf (one of the same id
 * is not compared): it may not be one of them, lie in one or hold one, and
 * the same for the directories of home (or home NULL). ERR_CONFIG with
 * *out_error set.
 */
int conf_check_folder(const struct conf *conf, const struct conf_home *home,
    const struct conf_folder *folder, struct conf_error *out_error) MUST_USE;

/* The same for a peer: no two have one id, and none has own (or own NULL). */
int conf_check_peer(const struct conf *conf, const uint8_t *own,
    const struct conf_peer *peer, struct conf_error *out_error) MUST_USE;

/* ---- writing ------------------------------------------------------------- */

/*
 * Replaces one file whole, making the directories where needed. The name or
 * id must be valid. -errno.
 */
int conf_write_main(const struct host *h, const struct conf_home *home,
    const struct conf_main *in) MUST_USE;
int conf_write_peer(const struct host *h, const struct conf_home *home,
    const struct conf_peer *peer) MUST_USE;
int conf_write_folder(const struct host *h, const struct conf_home *home,
    const struct conf_folder *folder) MUST_USE;

/* Removes the file of a peer or folder. -ENOENT. */
int conf_remove_peer(const struct host *h, const struct conf_home *home,
    const char *name) MUST_USE;
int conf_remove_folder(const struct host *h, const struct conf_home *home,
    const char *id) MUST_USE;

/* ---- values, as the command reads them ----------------------------------- */

/* Says whether s may name a peer or folder: 1..64 of [A-Za-z0-9._-], the
 * first neither '.' nor '-'. */
bool conf_name_valid(const char *s);

/*
 * Reads "HOST:PORT", "HOST" or "[V6]:PORT". ERR_GRAMMAR.
 */
int conf_address_parse(const char *s, struct conf_address *out) MUST_USE;

/* Writes it as conf_address_parse reads it. -ENOMEM, ERR_LIMIT. */
int conf_address_text(
    const struct conf_address *address, struct buf *out) MUST_USE;

/* Finds "both", "send", "receive"; ERR_GRAMMAR. And back; static. */
int conf_mode_parse(const char *s, int *out) MUST_USE;
const char *conf_mode_text(int mode);

/* Appends a copy of s, or an address. -ENOMEM. */
int conf_strings_add(struct conf_strings *list, const char *s) MUST_USE;

/*
 * Normalises an absolute path in words only: no empty component, no ".", no
 * "..", no slash at the end. *out is given, freed with free. ERR_GRAMMAR
 * unless absolute and not longer than LIMIT_PATH_BYTES; -ENOMEM.
 */
int conf_path_normal(const char *path, char **out) MUST_USE;

/* Appends a man page's or help's list of all options of a kind of file. */
enum conf_kind { CONF_MAIN, CONF_PEER, CONF_FOLDER };
int conf_help(enum conf_kind kind, struct buf *out) MUST_USE;

/* ---- who this device is -------------------------------------------------- */

struct conf_identity {
	uint8_t secret[DEVICE_BYTES]; /* X25519 */
	uint8_t id[DEVICE_BYTES]; /* the public key */
};

/*
 * Reads keys/device.key below the open directory state. -ENOENT when there is
 * none; ERR_CONFIG with *out_error set when it is damaged or others may read
 * it; -errno. Whoever gets an identity wipes it with conf_identity_wipe.
 */
int conf_identity_load(const struct host *h, int state,
    struct conf_identity *out, struct conf_error *out_error) MUST_USE;

/*
 * The same, making a new pair where there is none. Two that do it at once
 * get the same one.
 */
int conf_identity_make(const struct host *h, int state,
    struct conf_identity *out, struct conf_error *out_error) MUST_USE;

void conf_identity_wipe(struct conf_identity *identity);

#endif
