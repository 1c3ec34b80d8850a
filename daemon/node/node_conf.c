/* SPDX-License-Identifier: Apache-2.0 */
/* What is configured, held against what runs. */
#include "daemon/node/node_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/text.h"

/* ---- reading ------------------------------------------------------------- */

/* A peer with our own id can be kept, but is never dialled. */
static int
check_own_id(
    const struct node *n, const struct conf *conf, struct conf_errors *errors)
{
	struct conf_error error;
	int rc = 0;

	VEC_EACH (&conf->peers, peer)
		if (rc == 0 && memcmp(peer->id, n->id, DEVICE_BYTES) == 0 &&
		    conf_check_peer(conf, n->id, peer, &error) == ERR_CONFIG)
			rc = VEC_PUSH(&errors->v, error);
	return rc;
}

int
node_conf_read(struct node *n, struct conf *out, struct conf_errors *errors)
{
	struct conf_source source = {
	    .host = n->host, .dir = n->conf_dir, .home = n->home};
	struct conf fresh;
	int rc = conf_load(&source, &n->conf, &fresh, errors);

	if (rc < 0)
		return rc;
	rc = check_own_id(n, &fresh, errors);
	if (rc == 0)
		*out = fresh;
	else
		conf_release(&fresh);
	return rc;
}

int
node_conf_note(
    struct node *n, const struct conf_errors *errors, struct buf *out_why)
{
	int rc = 0;

	buf_clear(&n->conf_error);
	VEC_EACH (&errors->v, e) {
		log_warn(n->log, "conf_wrong", LOG_STR("file", e->file),
		    LOG_UINT("line", e->line), LOG_STR("why", e->text));
		/* What memory cannot hold was logged. */
		if (rc == 0)
			rc = buf_addf(&n->conf_error, "%s%s",
			    e == errors->v.items ? "" : "; ", e->text);
	}
	if (errors->v.n == 0)
		return 0;
	if (rc == 0)
		rc = buf_add(&n->conf_error, span_of("", 1));
	if (rc == 0)
		rc = buf_addf(out_why, "%s", errors->v.items[0].text);
	if (rc < 0)
		buf_clear(&n->conf_error);
	return rc < 0 ? rc : ERR_CONFIG;
}

/* ---- peers --------------------------------------------------------------- */

static bool
addresses_equal(const struct conf_peer *a, const struct conf_peer *b)
{
	if (a->addresses.v.n != b->addresses.v.n)
		return false;
	for (size_t i = 0; i < a->addresses.v.n; i++)
		if (a->addresses.v.items[i].port !=
			b->addresses.v.items[i].port ||
		    strcmp(a->addresses.v.items[i].host,
			b->addresses.v.items[i].host) != 0)
			return false;
	return true;
}

static void
apply_peer(struct node_peer *peer, const struct conf_peer *fresh)
{
	const struct conf_peer *old = peer->conf;
	bool woken = old->paused && !fresh->paused;

	if (fresh->paused && !old->paused)
		node_peer_hang_up(peer, MSG_CLOSE_PAUSED);
	peer->conf = fresh;
	if (woken || !addresses_equal(old, fresh))
		node_peer_dial_now(peer);
}

static void
drop_peers(struct node *n, const struct conf *fresh)
{
	struct node_peer *peer, *next;

	for (peer = n->peers; peer != NULL; peer = next) {
		const struct conf_peer *now =
		    conf_find_peer(fresh, peer->conf->name);

		next = peer->next;
		if (now == NULL ||
		    memcmp(now->id, peer->conf->id, DEVICE_BYTES) != 0)
			node_peer_drop(peer, MSG_CLOSE_REVOKED);
		else
			apply_peer(peer, now);
	}
}

static void
add_peers(struct node *n, const struct conf *fresh)
{
	VEC_EACH (&fresh->peers, conf) {
		int rc = 0;

		if (node_peer_named(n, conf->name) == NULL)
			rc = node_peer_add(n, conf);
		if (rc < 0)
			log_err(n->log, "peer_not_added",
			    LOG_STR("peer", conf->name), LOG_ERR("error", rc));
	}
}

/* ---- folders ------------------------------------------------------------- */

static bool
strings_equal(const struct conf_strings *a, const struct conf_strings *b)
{
	if (a->v.n != b->v.n)
		return false;
	for (size_t i = 0; i < a->v.n; i++)
		if (strcmp(a->v.items[i], b->v.items[i]) != 0)
			return false;
	return true;
}

/* Is there a difference that a folder learns of only when it is opened? */
static bool
needs_reopening(const struct conf_folder *a, const struct conf_folder *b)
{
	return strcmp(a->path, b->path) != 0 || a->mode != b->mode ||
	       a->conflicts != b->conflicts ||
	       (a->share.v.n > 0) != (b->share.v.n > 0) ||
	       !strings_equal(&a->ignore, &b->ignore);
}

/* Who is shared with from now on is offered it, who is not any more hears. */
static void
apply_shares(struct node_folder *f, const struct conf_folder *old)
{
	struct node *n = f->node;

	for (struct node_peer *p = n->peers; p != NULL; p = p->next) {
		bool was = conf_shares(old, p->conf->name);
		bool is = conf_shares(f->conf, p->conf->name);

		if (p->session == NULL || was == is)
			continue;
		if (is)
			node_session_offer(p->session, f);
		else
			peer_unoffer(p->session->p, span_str(f->id));
	}
}

static void
apply_folder(struct node_folder *f, const struct conf_folder *fresh)
{
	const struct conf_folder *old = f->conf;

	f->conf = fresh;
	if (old != NULL && fresh != NULL) {
		/* One that could not be opened may be mended. */
		if (f->state == NODE_WAITING || needs_reopening(old, fresh))
			node_folder_reopen(f);
		else
			apply_shares(f, old);
	}
	/* The rest, and closing what is not wanted, is the turn's. */
	node_wake(f->node);
}

static void
apply_folders(struct node *n, const struct conf *fresh)
{
	for (struct node_folder *f = n->folders; f != NULL; f = f->next)
		apply_folder(f, conf_find_folder(fresh, f->id));
	VEC_EACH (&fresh->folders, conf) {
		int rc = 0;

		if (node_folder_find(n, conf->id) == NULL)
			rc = node_folder_add(n, conf);
		if (rc < 0)
			log_err(n->log, "folder_not_added",
			    LOG_STR("folder", conf->id), LOG_ERR("error", rc));
	}
}

/* ---- this device --------------------------------------------------------- */

/* The machine's name, cut to what may name a device; false without one. */
static bool
machine_name(struct node *n, char out[static LIMIT_PEER_NAME_BYTES + 1])
{
	char text[LIMIT_PEER_NAME_BYTES + 1];
	int dir, fd;
	int64_t got = 0;

	if (host_open_root(n->host, "/proc/sys/kernel", 0, &dir) < 0)
		return false;
	if (host_open(n->host, dir, "hostname", HOST_READ, &fd) == 0) {
		got = host_read_at(n->host, fd, text, sizeof text - 1, 0);
		host_close(n->host, fd);
	}
	host_close(n->host, dir);
	text[got > 0 ? got : 0] = '\0';
	text[strcspn(text, ".\n")] = '\0';
	if (!conf_name_valid(text))
		return false;
	memcpy(out, text, sizeof text);
	return true;
}

static void
apply_main(struct node *n)
{
	char id[TEXT_ID_CHARS + 1];

	n->log->level = (enum log_level)n->conf.main.log_level;
	if (n->conf.main.name[0] != '\0') {
		memcpy(n->name, n->conf.main.name, sizeof n->name);
	} else if (!machine_name(n, n->name)) {
		text_id(n->id, id);
		snprintf(n->name, sizeof n->name, "%.8s", id);
	}
}

void
node_conf_apply(struct node *n, struct conf *fresh)
{
	drop_peers(n, fresh);
	add_peers(n, fresh);
	apply_folders(n, fresh);
	conf_release(&n->conf);
	n->conf = *fresh;
	apply_main(n);
	log_info(n->log, "conf_loaded", LOG_UINT("peers", n->conf.peers.n),
	    LOG_UINT("folders", n->conf.folders.n));
}
