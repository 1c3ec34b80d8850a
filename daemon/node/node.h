/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node - all folders and peers of one home.
 *
 * Brings configuration, folders, sessions and connections together: opens
 * what is configured, dials with growing pauses, keeps one session a peer,
 * offers each session the folders shared with it, reloads what changed. Used
 * by main, with the API on top, and by the simulator, where many nodes live
 * in one process. On the control thread.
 */
#ifndef DAEMON_NODE_NODE_H
#define DAEMON_NODE_NODE_H

#include "daemon/conf/conf.h"
#include "daemon/folder/folder.h"

struct node;

struct node_options {
	const struct host *host;
	struct log *log;
	int conf; /* the configuration's directory, borrowed */
	int state; /* the state's, borrowed */
	/* Both by path and the socket's, that no folder may overlap; borrowed.
	 * NULL: not checked. */
	const struct conf_home *home;
	/* Something that status tells has changed; often. May be NULL. */
	host_cb *changed;
	void *arg;
};

/*
 * Loads configuration and identity (made when there is none) and opens and
 * dials everything. Errors of single folders or peers do not fail it: they
 * are logged and told by status. An unusable tutti.conf, a taken port set by
 * hand or a damaged identity does: ERR_CONFIG, -EADDRINUSE, ...; *out_why is
 * then a sentence that names the next step, owned by the caller.
 */
int node_new(const struct node_options *options, struct node **out_node,
    struct buf *out_why) MUST_USE;

/* Says goodbye, stops the folders and calls done when all is freed. */
void node_stop(struct node *n, host_cb *done, void *arg);

/* Reads the configuration again: what changed is taken over, what is wrong
 * stays as it was and is told. 0, or the first error, with a sentence. */
int node_reload(struct node *n, struct buf *out_why) MUST_USE;

/* Looks at a folder: folder_scan. ERR_NOTFOUND; ERR_HALTED: paused;
 * ERR_BUSY: not open now. */
int node_scan(
    struct node *n, const char *id, host_cb *done, void *arg) MUST_USE;

/* Goes on after a halt. As node_scan; ERR_CHANGED: its root is lost, which
 * nobody can accept; it is looked for again at once. */
int node_accept(struct node *n, const char *id) MUST_USE;

/* Conflict copies, and settling them: folder_conflicts and its like. Errors of
 * these, and as node_scan. */
int node_conflicts(
    struct node *n, const char *id, struct folder_conflicts *out) MUST_USE;
int node_conflict_choose(struct node *n, const char *id, struct span path,
    const struct name *content, const struct name *over) MUST_USE;
int node_conflict_remove(struct node *n, const char *id, struct span path,
    const struct name *content) MUST_USE;
/* What was, and back to it: folder_history, folder_restore. As node_scan, but
 * ERR_CONFIG: no such folder; ERR_NOTFOUND: no such path. */
int node_history(struct node *n, const char *id,
    const struct folder_range *range, folder_version_cb *cb, void *arg,
    struct buf *out_after) MUST_USE;
int node_restore(struct node *n, const char *id,
    const struct folder_restore_options *o, folder_changed_cb *done,
    void *arg) MUST_USE;

/* Reads everything of a folder again: folder_verify and its like. */
int node_verify(struct node *n, const char *id) MUST_USE;
int node_verify_status(struct node *n, const char *id,
    struct folder_verify_status *out) MUST_USE;
bool node_verify_rotten(
    struct node *n, const char *id, size_t i, struct folder_rotten *out);

struct node_folder_status {
	const char *id, *path;
	enum msg_mode mode;
	bool paused;
	bool open; /* s is filled in */
	const char *error; /* why it is not open, a sentence, or NULL */
	struct folder_status s;
	uint64_t conflicts; /* copies that wait to be settled */
	unsigned reachable; /* peers who are connected and share it, too */
	bool synced; /* in sync here and at all of these, of which there is
		      * at least one unless it is shared with nobody */
	bool stuck; /* it would be, but for some who halted it: only a
		     * person helps */
	const struct conf_folder *conf;
};

struct node_peer_status {
	const char *name;
	uint8_t device[DEVICE_BYTES];
	bool connected;
	bool paused;
	char address[128]; /* of the session or the last dialled */
	int64_t last_seen_ns; /* 0: never since the start */
	const char *error; /* of the last try, or NULL */
	const struct conf_peer *conf;
};

struct node_status {
	const char *name;
	uint8_t device[DEVICE_BYTES];
	uint16_t port; /* listened on; 0: not */
	struct node_folder_status *folders; /* owned: node_status_release */
	size_t n_folders;
	struct node_peer_status *peers; /* owned */
	size_t n_peers;
	const char *conf_error; /* of the last reload, or NULL */
};
int node_status(struct node *n, struct node_status *out) MUST_USE;
void node_status_release(struct node_status *s);

#endif
