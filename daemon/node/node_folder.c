/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder's way from configured to open and back.
 *
 *	SHUT -> WAITING -> OPEN -> CLOSING -> SHUT
 *
 * Whoever wants it otherwise changes what is wanted (the configuration, the
 * node's stopping) or asks to reopen; node_folder_settle takes the steps.
 */
#include "daemon/node/node_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert((int)CONF_MODE_BOTH == (int)MSG_MODE_BOTH &&
		  (int)CONF_MODE_SEND == (int)MSG_MODE_SEND &&
		  (int)CONF_MODE_RECEIVE == (int)MSG_MODE_RECEIVE,
    "one is used as the other");

enum { IGNORE_BYTES = 1 << 20 };

#define TO(state) (1u << (state))

static const unsigned allowed[NODE_STATES] = {
    [NODE_SHUT] = TO(NODE_WAITING),
    [NODE_WAITING] = TO(NODE_OPEN) | TO(NODE_SHUT),
    [NODE_OPEN] = TO(NODE_CLOSING),
    [NODE_CLOSING] = TO(NODE_SHUT),
};

static void
move(struct node_folder *f, enum node_folder_state state)
{
	assert(allowed[f->state] & TO(state));
	f->state = state;
}

struct node_folder *
node_folder_find(struct node *n, const char *id)
{
	for (struct node_folder *f = n->folders; f != NULL; f = f->next)
		if (f->conf != NULL && strcmp(f->id, id) == 0)
			return f;
	return NULL;
}

static bool
wanted(const struct node_folder *f)
{
	return !f->node->stopping && f->conf != NULL && !f->conf->paused;
}

/* ---- open ---------------------------------------------------------------- */

/* Opens, making it where needed, a directory of ours. */
static int
open_below(struct node *n, int dir, const char *name, int *out)
{
	int rc = host_open_below(n->host, dir, span_str(name), out);

	if (rc != -ENOENT)
		return rc;
	rc = host_make_dir(n->host, dir, name, 0700);
	if (rc == 0)
		rc = host_sync(n->host, dir);
	if (rc < 0 && rc != -EEXIST)
		return rc;
	return host_open_below(n->host, dir, span_str(name), out);
}

static int
open_dir(struct node_folder *f)
{
	struct node *n = f->node;
	int all, dir, rc = open_below(n, n->state, "folders", &all);

	if (rc < 0)
		return rc;
	rc = open_below(n, all, f->id, &dir);
	host_close(n->host, all);
	if (rc == 0)
		f->dir = dir;
	return rc;
}

static void
close_dir(struct node_folder *f)
{
	if (f->dir >= 0)
		host_close(f->node->host, f->dir);
	f->dir = -1;
}

/* Looked at in a turn of its own: this comes from inside the folder. */
static void
folder_changed(void *arg)
{
	struct node_folder *f = arg;

	if (f->state == NODE_OPEN)
		host_timer_start(f->node->host, f->timer, 0);
	node_tell(f->node);
}

static const char *
name_of(void *arg, const uint8_t *device)
{
	const struct node_folder *f = arg;
	const struct node_peer *peer = node_peer_find(f->node, device);

	if (memcmp(device, f->node->id, DEVICE_BYTES) == 0)
		return f->node->name;
	return peer != NULL ? peer->conf->name : NULL;
}

/* Late messages of the links before find nobody: each has its channel. */
static void
greet_again(void *arg)
{
	struct node_folder *f = arg;

	for (struct node_peer *p = f->node->peers; p != NULL; p = p->next)
		if (p->session != NULL) {
			peer_unoffer(p->session->p, span_str(f->id));
			node_session_offer(p->session, f);
		}
}

static int
join_patterns(const struct conf_folder *conf, struct buf *out)
{
	int rc = 0;

	VEC_EACH (&conf->ignore.v, pattern)
		if (rc == 0)
			rc = buf_addf(out, "%s\n", *pattern);
	return rc;
}

static int
open_folder(struct node_folder *f)
{
	struct folder_options o = {.host = f->node->host,
	    .log = f->node->log,
	    .id = f->id,
	    .path = f->conf->path,
	    .device = f->node->id,
	    .mode = (enum msg_mode)f->conf->mode,
	    .has_peers = f->conf->share.v.n > 0,
	    .metadata = f->conf->metadata,
	    .versions_ns = conf_versions_s(f->conf) * 1000 * NODE_NS_PER_MS,
	    .versions_max = f->conf->versions_max,
	    .join = f->join,
	    .changed = folder_changed,
	    .name = name_of,
	    .greet = greet_again,
	    .arg = f};
	struct buf ignore;
	int rc;

	buf_init(&ignore, IGNORE_BYTES);
	rc = join_patterns(f->conf, &ignore);
	if (rc == 0)
		rc = open_dir(f);
	o.ignore = buf_span(&ignore);
	o.state = f->dir;
	if (rc == 0)
		rc = folder_open(&o, &f->folder);
	if (rc < 0)
		close_dir(f);
	buf_release(&ignore);
	return rc;
}

/* ---- what people are told ------------------------------------------------ */

/* clang-format off */
static const struct {
	int rc;
	const char *text; /* after the path */
} reasons[] = {
	{-ENOENT, "does not exist: make it, or mount what holds it"},
	{-ENOTDIR, "is not a directory: move away what is there, or choose"
	    " another path"},
	{-EACCES, "may not be read and written by this user: see to whom it"
	    " belongs"},
	{-EPERM, "may not be written by this user: see to whom it belongs"},
	{-EROFS, "lies on a file system that is read-only: mount it writable"},
	{-ENOSPC, "lies on a disk that is full, or the state directory does:"
	    " make room"},
	{ERR_BUSY, "is open in another daemon: stop that one, or remove the"
	    " folder there"},
	{ERR_NEWER, "was last used by a newer version of Tutti: install that"
	    " one"},
	{ERR_CORRUPT, "has a damaged database: stop the daemon and move the"
	    " directory folders/ID in its state directory away, nothing in"
	    " the folder itself is lost by that"},
	{ERR_LIMIT, "is one folder too many: remove another one"},
};
/* clang-format on */

static void
say_not_open(struct node_folder *f, int rc)
{
	const char *text = NULL;

	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].rc == rc)
			text = reasons[i].text;
	snprintf(f->error, sizeof f->error, "%.300s %s%s", f->conf->path,
	    text ? text : "cannot be opened, it is tried again: ",
	    text ? "" : err_text(rc));
	log_err(f->node->log, "folder_not_opened", LOG_STR("folder", f->id),
	    LOG_STR("why", f->error), LOG_ERR("error", rc));
}

/* ---- steps --------------------------------------------------------------- */

static void
grow_pause(struct node_folder *f)
{
	f->pause_ms = f->pause_ms == 0 ? NODE_REOPEN_FIRST_MS : 2 * f->pause_ms;
	if (f->pause_ms > NODE_REOPEN_LAST_MS)
		f->pause_ms = NODE_REOPEN_LAST_MS;
}

static size_t
count_open(const struct node *n)
{
	size_t count = 0;

	for (struct node_folder *f = n->folders; f != NULL; f = f->next)
		count += f->state == NODE_OPEN;
	return count;
}

/* A folder that opens halted may be one whose disk is not mounted yet: it is
 * opened anew until its root is the right one. */
static void
judge_halt(struct node_folder *f)
{
	struct folder_status s;

	folder_status(f->folder, &s);
	f->retry_ns = INT64_MAX;
	if (s.state != FOLDER_HALTED || !folder_halt_passes(s.halt_why))
		return;
	grow_pause(f);
	f->retry_ns = f->opened_ns + (int64_t)f->pause_ms * NODE_NS_PER_MS;
}

static void
try_open(struct node_folder *f)
{
	struct node *n = f->node;
	int rc = count_open(n) < LIMIT_FOLDERS ? open_folder(f) : ERR_LIMIT;

	if (rc < 0) {
		say_not_open(f, rc);
		grow_pause(f);
		host_timer_start(n->host, f->timer, f->pause_ms);
		node_tell(n);
		return;
	}
	move(f, NODE_OPEN);
	f->error[0] = '\0';
	f->join = false;
	f->opened_ns = host_mono_ns(n->host);
	log_info(n->log, "folder_opened", LOG_STR("folder", f->id),
	    LOG_STR("path", f->conf->path));
	judge_halt(f);
	for (struct node_peer *p = n->peers; p != NULL; p = p->next)
		if (p->session != NULL)
			node_session_offer(p->session, f);
	/* It may have failed already. */
	host_timer_start(n->host, f->timer, 0);
	node_tell(n);
}

static void
closed(void *arg)
{
	struct node_folder *f = arg;

	close_dir(f);
	log_info(f->node->log, "folder_closed", LOG_STR("folder", f->id));
	move(f, NODE_SHUT);
	node_wake(f->node);
}

static void
close_folder(struct node_folder *f)
{
	struct folder *folder = f->folder;
	struct node *n = f->node;

	for (struct node_peer *p = n->peers; p != NULL; p = p->next)
		if (p->session != NULL)
			peer_unoffer(p->session->p, span_str(f->id));
	host_timer_stop(n->host, f->timer);
	f->folder = NULL;
	move(f, NODE_CLOSING);
	folder_close(folder, closed, f);
}

void
node_folder_settle(struct node_folder *f)
{
	switch (f->state) {
	case NODE_SHUT:
		if (wanted(f)) {
			move(f, NODE_WAITING);
			host_timer_start(f->node->host, f->timer, f->wait_ms);
		} else if (f->conf == NULL || f->node->stopping) {
			node_folder_free(f);
		}
		return;
	case NODE_WAITING:
		if (wanted(f))
			return;
		host_timer_stop(f->node->host, f->timer);
		move(f, NODE_SHUT);
		node_folder_settle(f);
		return;
	case NODE_OPEN:
		if (!wanted(f))
			close_folder(f);
		return;
	case NODE_CLOSING:
	case NODE_STATES:
		return;
	}
}

void
node_folder_reopen(struct node_folder *f)
{
	f->pause_ms = f->wait_ms = 0;
	f->error[0] = '\0';
	if (f->state == NODE_OPEN)
		close_folder(f);
	else if (f->state == NODE_WAITING)
		host_timer_start(f->node->host, f->timer, 0);
}

void
node_folder_hurry(struct node_folder *f)
{
	if (f->state == NODE_WAITING && wanted(f))
		try_open(f);
}

void
node_folder_look(struct node_folder *f)
{
	int64_t now = host_mono_ns(f->node->host);
	struct folder_status s;

	if (f->state != NODE_OPEN)
		return;
	folder_status(f->folder, &s);
	/* It went away meanwhile, and may come back. */
	if (s.state == FOLDER_HALTED && folder_halt_passes(s.halt_why) &&
	    f->retry_ns == INT64_MAX) {
		grow_pause(f);
		f->retry_ns = now + (int64_t)f->pause_ms * NODE_NS_PER_MS;
	}
	if (s.state == FOLDER_HALTED && now >= f->retry_ns) {
		f->wait_ms = 0;
		close_folder(f);
		return;
	}
	if (s.state != FOLDER_FAILED)
		return;
	/* One that went well for long begins with a short pause again. */
	if (now - f->opened_ns > NODE_REOPEN_LAST_MS * NODE_NS_PER_MS)
		f->pause_ms = 0;
	grow_pause(f);
	f->wait_ms = f->pause_ms;
	snprintf(f->error, sizeof f->error,
	    "it failed (%s) and is opened anew in %u s",
	    s.halt ? s.halt : "see tutti log", (unsigned)(f->pause_ms / 1000));
	close_folder(f);
	node_tell(f->node);
}

static void
timer_rang(void *arg)
{
	struct node_folder *f = arg;

	if (f->state == NODE_WAITING)
		try_open(f);
	else
		node_folder_look(f);
}

/* ---- life ---------------------------------------------------------------- */

int
node_folder_add(struct node *n, const struct conf_folder *conf)
{
	struct node_folder *f = calloc(1, sizeof *f);
	int rc;

	if (f == NULL)
		return -ENOMEM;
	f->node = n;
	f->conf = conf;
	f->dir = -1;
	f->retry_ns = INT64_MAX;
	snprintf(f->id, sizeof f->id, "%s", conf->id);
	rc = host_timer_new(n->host, timer_rang, f, &f->timer);
	if (rc < 0) {
		free(f);
		return rc;
	}
	f->next = n->folders;
	n->folders = f;
	node_folder_settle(f);
	return 0;
}

void
node_folder_free(struct node_folder *f)
{
	struct node *n = f->node;

	assert(f->state == NODE_SHUT || f->state == NODE_WAITING);
	for (struct node_folder **at = &n->folders; *at != NULL;
	     at = &(*at)->next)
		if (*at == f) {
			*at = f->next;
			break;
		}
	host_timer_free(n->host, f->timer);
	free(f);
}
