/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <string.h>

#include "proto/base/text.h"

const struct client_option client_peer_add_options[] = {
    {"name", "NAME", "what to call it here", 0},
    {"address", "HOST:PORT", "where to find it; may be repeated", 0},
    {NULL, NULL, NULL, 0},
};

/* Adds what is not in the list yet. */
static int
add_address(struct client *c, struct conf_addresses *list, const char *typed)
{
	struct conf_address a;

	if (conf_address_parse(typed, &a) < 0)
		return client_fail(c, CLIENT_USAGE,
		    "\"%s\" is no address; write it as in: --address"
		    " nas.example:22100",
		    client_shown(typed));
	if (a.port == 0)
		a.port = CONF_PORT;
	VEC_EACH (&list->v, known)
		if (strcmp(known->host, a.host) == 0 && known->port == a.port)
			return CLIENT_OK;
	if (VEC_PUSH(&list->v, a) < 0)
		return client_fail(c, CLIENT_ERROR, "out of memory");
	return CLIENT_OK;
}

/* Fills in a peer from what was typed; released by the caller. */
static int
read_peer(
    struct client *c, const struct client_args *args, struct conf_peer *out)
{
	const char *name = client_given(args, "name"), *typed;
	int code = CLIENT_OK;
	size_t i = 0;

	if (text_id_parse(span_str(args->words[0]), out->id) < 0)
		return client_fail(c, CLIENT_USAGE,
		    "\"%s\" is no device id, or has a typing error; copy what"
		    " 'tutti id' prints on the other machine",
		    client_shown(args->words[0]));
	if (name == NULL || !conf_name_valid(name))
		return client_fail(c, CLIENT_USAGE,
		    "say what to call it: --name NAME, 1 to %d of A-Z a-z 0-9"
		    " . _ -",
		    LIMIT_PEER_NAME_BYTES);
	strcpy(out->name, name);
	while (code == CLIENT_OK &&
	       (typed = client_given_next(args, "address", &i)) != NULL)
		code = add_address(c, &out->addresses, typed);
	return code;
}

/* What is not typed for one that is known stays as it was. */
static int
keep_known(struct client *c, struct conf_peer *peer)
{
	const struct conf_peer *old = conf_find_peer(&c->conf, peer->name);

	if (old == NULL)
		return CLIENT_OK;
	peer->paused = old->paused;
	if (peer->addresses.v.n > 0)
		return CLIENT_OK;
	VEC_EACH (&old->addresses.v, a)
		if (VEC_PUSH(&peer->addresses.v, *a) < 0)
			return client_fail(c, CLIENT_ERROR, "out of memory");
	return CLIENT_OK;
}

/* Own id, if there is one, to be told apart from peers'. */
static const uint8_t *
own_id(struct client *c, struct conf_identity *identity)
{
	struct conf_error error;
	int state;

	if (host_open_root(c->host, c->home.state, 0, &state) < 0)
		return NULL;
	if (conf_identity_load(c->host, state, identity, &error) < 0)
		identity = NULL;
	host_close(c->host, state);
	return identity ? identity->id : NULL;
}

static int
check_peer(struct client *c, const struct conf_peer *peer)
{
	const struct conf_peer *old = conf_find_peer(&c->conf, peer->name);
	struct conf_identity identity;
	struct conf_error error;
	int rc;

	if (old != NULL && memcmp(old->id, peer->id, DEVICE_BYTES) != 0)
		return client_fail(c, CLIENT_ERROR,
		    "there is a peer %s already, another device; take another"
		    " name, or first: tutti peer revoke %s",
		    peer->name, peer->name);
	rc = conf_check_peer(&c->conf, own_id(c, &identity), peer, &error);
	conf_identity_wipe(&identity);
	/* Without the name of a file that is not there yet. */
	return rc < 0 ? client_fail(c, CLIENT_ERROR, "%s",
			    error.text + strlen(error.file) + strlen(": "))
		      : CLIENT_OK;
}

int
client_peer_add(struct client *c, const struct client_args *args)
{
	struct conf_peer peer = {.paused = false};
	int code = client_load(c);

	if (code == CLIENT_OK)
		code = read_peer(c, args, &peer);
	if (code == CLIENT_OK)
		code = check_peer(c, &peer);
	if (code == CLIENT_OK)
		code = keep_known(c, &peer);
	if (code == CLIENT_OK)
		code = client_write_peer(c, &peer);
	if (code == CLIENT_OK && peer.addresses.v.n > 0)
		client_say(c, "%s is known now", peer.name);
	else if (code == CLIENT_OK)
		client_say(c,
		    "%s is known now; it has to connect to this device, which"
		    " has no address of it",
		    peer.name);
	if (code == CLIENT_OK && c->json)
		code = client_print(c, json_pack("{s:s}", "peer", peer.name));
	conf_peer_release(&peer);
	return code == CLIENT_OK ? client_reload(c) : code;
}

static json_t *
peer_json(const struct conf_peer *peer)
{
	json_t *addresses = json_array();
	char id[TEXT_ID_CHARS + 1];
	struct buf text;

	text_id(peer->id, id);
	buf_init(&text, 512);
	VEC_EACH (&peer->addresses.v, a) {
		buf_clear(&text);
		if (conf_address_text(a, &text) == 0)
			json_array_append_new(
			    addresses, json_stringn((char *)text.p, text.len));
	}
	buf_release(&text);
	return json_pack("{s:s, s:s, s:b, s:o}", "name", peer->name, "id", id,
	    "paused", peer->paused, "address", addresses);
}

int
client_peer_list(struct client *c, const struct client_args *args)
{
	json_t *all, *json;
	const json_t *address;
	size_t i;
	int code = client_load(c);

	(void)args;
	if (code != CLIENT_OK)
		return code;
	all = json_array();
	VEC_EACH (&c->conf.peers, peer) {
		char id[TEXT_ID_CHARS + 1];

		text_id(peer->id, id);
		json = peer_json(peer);
		if (!c->json) {
			fprintf(c->world->out, "%s  %s", id, peer->name);
			json_array_foreach(json_object_get(json, "address"), i,
			    address) fprintf(c->world->out, "  %s",
			    json_string_value(address));
			fprintf(c->world->out, "%s\n",
			    peer->paused ? "  (paused)" : "");
		}
		json_array_append_new(all, json);
	}
	if (c->json)
		return client_print(c, json_pack("{s:o}", "peers", all));
	json_decref(all);
	return CLIENT_OK;
}

/* Says what was done with a peer, and lets the daemon do it. */
static int
done(struct client *c, int code, const char *name, const char *what)
{
	if (code == CLIENT_OK)
		client_say(c, "%s %s", name, what);
	if (code == CLIENT_OK && c->json)
		code = client_print(c, json_pack("{s:s}", "peer", name));
	return code == CLIENT_OK ? client_reload(c) : code;
}

static int
set_paused(struct client *c, const char *name, bool paused)
{
	const struct conf_peer *found;
	int code = client_load(c);

	if (code == CLIENT_OK)
		code = client_peer(c, name, &found);
	if (code == CLIENT_OK) {
		struct conf_peer peer = *found;

		peer.paused = paused;
		code = client_write_peer(c, &peer);
	}
	return done(c, code, name,
	    paused ? "is left alone until: tutti peer resume"
		   : "is no longer paused");
}

int
client_peer_pause(struct client *c, const struct client_args *args)
{
	return set_paused(c, args->words[0], true);
}

int
client_peer_resume(struct client *c, const struct client_args *args)
{
	return set_paused(c, args->words[0], false);
}

/* Writes anew each folder shared with a peer: renamed, or with to NULL
 * without it. */
static int
rename_in_folders(struct client *c, const char *from, const char *to)
{
	int code = CLIENT_OK;

	VEC_EACH (&c->conf.folders, folder) {
		if (!conf_shares(folder, from))
			continue;
		for (size_t i = 0; i < folder->share.v.n; i++) {
			char **name = &folder->share.v.items[i];

			if (strcmp(*name, from) != 0)
				continue;
			free(*name);
			*name =
			    to ? strdup(to)
			       : folder->share.v.items[folder->share.v.n - 1];
			folder->share.v.n -= to == NULL;
			if (to != NULL && *name == NULL)
				return client_fail(
				    c, CLIENT_ERROR, "out of memory");
			break;
		}
		if (code == CLIENT_OK)
			code = client_write_folder(c, folder);
	}
	return code;
}

static int
remove_peer(struct client *c, const char *name)
{
	int rc = conf_remove_peer(c->host, &c->home, name);

	if (rc < 0 && rc != -ENOENT)
		return client_fail(c, CLIENT_ERROR,
		    "%s/peers/%s.conf cannot be removed (%s)",
		    client_shown(c->home.conf), name, err_text(rc));
	return CLIENT_OK;
}

int
client_peer_rename(struct client *c, const struct client_args *args)
{
	const char *to = args->words[1];
	const struct conf_peer *found;
	struct conf_peer peer;
	int code = client_load(c);

	if (code == CLIENT_OK)
		code = client_peer(c, args->words[0], &found);
	if (code != CLIENT_OK)
		return code;
	if (!conf_name_valid(to) || conf_find_peer(&c->conf, to) != NULL)
		return client_fail(c, CLIENT_USAGE,
		    "%s is no name, or is taken; choose another",
		    client_shown(to));
	/* Both names are there before folders change from one to the other;
	 * for that moment two files say one id, of which the first counts. */
	peer = *found;
	strcpy(peer.name, to);
	code = client_write_peer(c, &peer);
	if (code == CLIENT_OK)
		code = rename_in_folders(c, args->words[0], to);
	if (code == CLIENT_OK)
		code = remove_peer(c, args->words[0]);
	return done(c, code, to, "is what that peer is called now");
}

int
client_peer_revoke(struct client *c, const struct client_args *args)
{
	const struct conf_peer *found;
	int code = client_load(c);

	if (code == CLIENT_OK)
		code = client_peer(c, args->words[0], &found);
	/* First the key, so that whatever fails later it is out. */
	if (code == CLIENT_OK)
		code = remove_peer(c, args->words[0]);
	if (code == CLIENT_OK)
		code = rename_in_folders(c, args->words[0], NULL);
	return done(c, code, args->words[0],
	    "is not talked with any more; what it has, it keeps");
}
