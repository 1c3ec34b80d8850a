/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/api/api_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/node/node.h"
#include "proto/base/text.h"

enum { TEXT_BYTES = 64 << 10 };

void
api_json_add(json_t **in, json_t *taken)
{
	if (json_array_append_new(*in, taken) == 0)
		return;
	json_decref(*in);
	*in = NULL;
}

void
api_json_set(json_t **in, const char *key, json_t *taken)
{
	if (json_object_set_new(*in, key, taken) == 0)
		return;
	json_decref(*in);
	*in = NULL;
}

/* Into memory of its size: where jansson's own buffer cannot grow, what did
 * not fit is left out in the middle, and nothing is said. */
char *
api_json_dump(const json_t *json)
{
	size_t len = json_dumpb(json, NULL, 0, JSON_COMPACT);
	char *text = len > 0 ? malloc(len + 1) : NULL;

	if (text == NULL)
		return NULL;
	if (json_dumpb(json, text, len, JSON_COMPACT) != len) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	return text;
}

json_t *
api_json_text(const char *s)
{
	json_t *json = NULL;
	struct buf b;

	if (s == NULL)
		return json_null();
	buf_init(&b, TEXT_BYTES);
	if (text_escape(&b, span_str(s)) == 0)
		json = json_stringn(b.p ? (const char *)b.p : "", b.len);
	buf_release(&b);
	return json;
}

json_t *
api_json_url(struct span s)
{
	json_t *json = NULL;
	struct buf b;

	buf_init(&b, TEXT_BYTES);
	if (text_url(&b, s) == 0)
		json = json_stringn(b.p ? (const char *)b.p : "", b.len);
	buf_release(&b);
	return json;
}

static json_t *
sentence_json(int rc, struct buf *b)
{
	json_t *json = NULL;

	if (rc == 0)
		json = json_stringn((const char *)b->p, b->len);
	buf_release(b);
	return json;
}

static const char *
state_name(const struct node_folder_status *f)
{
	static const char *const names[] = {
	    [FOLDER_SCANNING] = "scanning",
	    [FOLDER_RUNNING] = "running",
	    [FOLDER_HALTED] = "halted",
	    [FOLDER_FAILED] = "failed",
	};

	if (f->paused)
		return "paused";
	return f->open ? names[f->s.state] : "closed";
}

static json_t *
waiting_json(const struct folder_status *s)
{
	static const char *const names[PLAN_WHYS] = {
	    [PLAN_WHY_LOOK] = "look",
	    [PLAN_WHY_FRESH] = "fresh",
	    [PLAN_WHY_PARENT] = "parent",
	    [PLAN_WHY_OCCUPIED] = "occupied",
	    [PLAN_WHY_OPAQUE] = "opaque",
	    [PLAN_WHY_CONTENT] = "content",
	    [PLAN_WHY_STREAM] = "stream",
	    [PLAN_WHY_BESIDE] = "beside",
	    [PLAN_WHY_COPY] = "copy",
	    [PLAN_WHY_LOST] = "lost",
	};
	json_t *all = json_object();

	for (int why = 0; why < PLAN_WHYS; why++)
		if (names[why] != NULL && s->waiting[why] > 0)
			api_json_set(&all, names[why],
			    json_integer((json_int_t)s->waiting[why]));
	return all;
}

static json_t *
folder_peers_json(const struct folder_status *s)
{
	json_t *all = json_array();

	for (size_t i = 0; i < s->n_peers; i++) {
		const struct folder_peer_status *peer = &s->peers[i];

		api_json_add(&all,
		    json_pack("{s:s, s:b, s:b, s:b, s:b, s:I, s:I}", "name",
			peer->name, "sending", peer->sending, "receiving",
			peer->receiving, "agrees", peer->agrees, "halted",
			peer->halted != MSG_HALT_OVER, "open_paths",
			(json_int_t)peer->open_paths, "open_bytes",
			(json_int_t)peer->open_bytes));
	}
	return all;
}

static json_t *
halt_json(const struct folder_status *s)
{
	static const char *const names[] = {
	    [FOLDER_HALT_DELETES] = "deletes",
	    [FOLDER_HALT_MISSING] = "root_missing",
	    [FOLDER_HALT_FOREIGN] = "root_foreign",
	    [FOLDER_HALT_REPLACED] = "root_replaced",
	    [FOLDER_HALT_EMPTIED] = "root_emptied",
	    [FOLDER_HALT_UNMARKED] = "marker_gone",
	};

	return s->halt_why == FOLDER_HALT_NONE
		   ? json_null()
		   : json_string(names[s->halt_why]);
}

/* What only an open folder has. */
static json_t *
open_json(const struct folder_status *s)
{
	return json_pack(
	    "{s:o, s:o, s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I,"
	    " s:I, s:s, s:o, s:I, s:I, s:I, s:s, s:I, s:s, s:b, s:o, s:o}",
	    "halt", api_json_text(s->halt), "halt_reason", halt_json(s),
	    "scanning", s->scanning, "in_sync", s->in_sync, "files",
	    (json_int_t)s->files, "dirs", (json_int_t)s->dirs, "bytes",
	    (json_int_t)s->bytes, "open_paths", (json_int_t)s->open_paths,
	    "open_bytes", (json_int_t)s->open_bytes, "deletes_resting",
	    (json_int_t)s->deletes_resting, "local_changes",
	    (json_int_t)s->local_changes, "troubles", (json_int_t)s->troubles,
	    "trouble_path", s->trouble_path, "trouble",
	    api_json_text(s->trouble), "room_needed",
	    (json_int_t)s->room_needed, "room_free", (json_int_t)s->room_free,
	    "unreadable", (json_int_t)s->unreadable, "unreadable_path",
	    s->unreadable_path, "metadata_left", (json_int_t)s->metadata_left,
	    "metadata_left_path", s->metadata_left_path, "watch_limited",
	    s->watch_limited, "waiting", waiting_json(s), "peers",
	    folder_peers_json(s));
}

static json_t *
folder_json(struct api *api, const struct node_status *all,
    const struct node_folder_status *f)
{
	struct buf b;
	json_t *json, *more;
	int rc;

	buf_init(&b, TEXT_BYTES);
	rc = api_sentence_folder(all, f, host_now_ns(api->host), &b);
	json = json_pack("{s:s, s:o, s:s, s:b, s:b, s:o, s:s, s:b, s:o}", "id",
	    f->id, "path", api_json_text(f->path), "mode",
	    conf_mode_text((int)f->mode), "paused", f->paused, "open", f->open,
	    "error", api_json_text(f->error), "state", state_name(f), "synced",
	    f->open && f->synced, "sentence", sentence_json(rc, &b));
	if (json == NULL || !f->open)
		return json;
	api_json_set(
	    &json, "conflicts", json_integer((json_int_t)f->conflicts));
	api_json_set(
	    &json, "reachable", json_integer((json_int_t)f->reachable));
	api_json_set(&json, "stuck", json_boolean(f->stuck));
	more = open_json(&f->s);
	if (more == NULL || json_object_update(json, more) < 0) {
		json_decref(json);
		json = NULL;
	}
	json_decref(more);
	return json;
}

static json_t *
peer_json(struct api *api, const struct node_peer_status *peer)
{
	char id[TEXT_ID_CHARS + 1];
	struct buf b;
	int rc;

	text_id(peer->device, id);
	buf_init(&b, TEXT_BYTES);
	rc = api_sentence_peer(peer, host_now_ns(api->host), &b);
	return json_pack("{s:s, s:s, s:b, s:b, s:o, s:I, s:o, s:o}", "name",
	    peer->name, "id", id, "connected", peer->connected, "paused",
	    peer->paused, "address", api_json_text(peer->address), "last_seen",
	    (json_int_t)(peer->last_seen_ns / 1000000000), "error",
	    api_json_text(peer->error), "sentence", sentence_json(rc, &b));
}

static json_t *
status_json(struct api *api, const struct node_status *s)
{
	json_t *folders = json_array(), *peers = json_array();
	char id[TEXT_ID_CHARS + 1];

	text_id(s->device, id);
	for (size_t i = 0; i < s->n_folders; i++)
		api_json_add(&folders, folder_json(api, s, &s->folders[i]));
	for (size_t i = 0; i < s->n_peers; i++)
		api_json_add(&peers, peer_json(api, &s->peers[i]));
	return json_pack("{s:i, s:s, s:s, s:s, s:i, s:o, s:o, s:o}", "schema",
	    1, "version", api->version, "name", s->name, "id", id, "port",
	    (int)s->port, "conf_error", api_json_text(s->conf_error), "folders",
	    folders, "peers", peers);
}

int
api_json_status(struct api *api, json_t **out_status)
{
	struct node_status s;
	json_t *json;
	int rc = node_status(api->node, &s);

	if (rc < 0)
		return rc;
	json = status_json(api, &s);
	node_status_release(&s);
	if (json == NULL)
		return -ENOMEM;
	*out_status = json;
	return 0;
}

int
api_json_folder(struct api *api, const char *id, json_t **out_folder)
{
	const struct node_folder_status *f = NULL;
	struct node_status s;
	json_t *json;
	int rc = node_status(api->node, &s);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < s.n_folders && f == NULL; i++)
		if (strcmp(s.folders[i].id, id) == 0)
			f = &s.folders[i];
	json = f != NULL ? folder_json(api, &s, f) : NULL;
	node_status_release(&s);
	if (f == NULL)
		return ERR_NOTFOUND;
	if (json == NULL)
		return -ENOMEM;
	*out_folder = json;
	return 0;
}
