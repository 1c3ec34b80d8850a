/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/node/node_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct folder_peer_status *
find_peer(const struct folder_status *s, const uint8_t *device)
{
	for (size_t i = 0; i < s->n_peers; i++)
		if (memcmp(s->peers[i].device, device, DEVICE_BYTES) == 0)
			return &s->peers[i];
	return NULL;
}

/*
 * How it stands with those whom it is shared with. Who is connected and does
 * not offer it, a while after connecting, does not share it now.
 */
static void
tell_shares(struct node *n, struct node_folder_status *out)
{
	bool waits = false;
	unsigned agree = 0;

	for (struct node_peer *p = n->peers; p != NULL; p = p->next) {
		const struct folder_peer_status *there;

		if (p->session == NULL ||
		    !conf_shares(out->conf, p->conf->name))
			continue;
		there = find_peer(&out->s, p->conf->id);
		if (there == NULL) {
			waits |= node_session_young(p->session);
			continue;
		}
		out->reachable++;
		agree += there->agrees;
		waits |= !there->agrees && there->halted == MSG_HALT_OVER;
	}
	out->synced = out->s.in_sync && !waits && agree == out->reachable &&
		      (agree > 0 || out->conf->share.v.n == 0);
	out->stuck = out->s.in_sync && !waits && agree < out->reachable;
}

static void
tell_folder(struct node *n, const struct conf_folder *conf,
    struct node_folder_status *out)
{
	struct node_folder *f = node_folder_find(n, conf->id);

	*out = (struct node_folder_status){.id = conf->id,
	    .path = conf->path,
	    .mode = (enum msg_mode)conf->mode,
	    .paused = conf->paused,
	    .conf = conf};
	if (f == NULL) {
		out->error = "there was no memory for it; make some free, then"
			     " let it be read again: tutti up";
		return;
	}
	out->error = f->error[0] != '\0' ? f->error : NULL;
	out->open = f->state == NODE_OPEN;
	if (!out->open)
		return;
	folder_status(f->folder, &out->s);
	if (folder_conflict_count(f->folder, &out->conflicts) < 0)
		out->conflicts = 0; /* what is wrong shows in its state */
	tell_shares(n, out);
}

static void
tell_peer(
    struct node *n, const struct conf_peer *conf, struct node_peer_status *out)
{
	struct node_peer *peer = node_peer_named(n, conf->name);

	*out = (struct node_peer_status){
	    .name = conf->name, .paused = conf->paused, .conf = conf};
	memcpy(out->device, conf->id, DEVICE_BYTES);
	if (peer == NULL)
		return;
	out->connected = peer->session != NULL && peer_ready(peer->session->p);
	out->last_seen_ns =
	    out->connected ? host_now_ns(n->host) : peer->seen_ns;
	snprintf(out->address, sizeof out->address, "%s", peer->reached);
	if (!out->connected && peer->error[0] != '\0')
		out->error = peer->error;
}

int
node_status(struct node *n, struct node_status *out)
{
	struct node_status s = {.name = n->name,
	    .port = n->net != NULL ? net_port(n->net) : 0,
	    .conf_error =
		n->conf_error.len > 0 ? (const char *)n->conf_error.p : NULL};

	memcpy(s.device, n->id, DEVICE_BYTES);
	s.folders = calloc(n->conf.folders.n + 1, sizeof *s.folders);
	s.peers = calloc(n->conf.peers.n + 1, sizeof *s.peers);
	if (s.folders == NULL || s.peers == NULL) {
		node_status_release(&s);
		return -ENOMEM;
	}
	VEC_EACH (&n->conf.folders, conf)
		tell_folder(n, conf, &s.folders[s.n_folders++]);
	VEC_EACH (&n->conf.peers, conf)
		tell_peer(n, conf, &s.peers[s.n_peers++]);
	*out = s;
	return 0;
}

void
node_status_release(struct node_status *s)
{
	free(s->folders);
	free(s->peers);
	s->folders = NULL;
	s->peers = NULL;
	s->n_folders = s->n_peers = 0;
}
