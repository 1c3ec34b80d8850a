/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct client_option client_folder_add_options[] = {
    {"id", "ID", "its id, the same on all devices", 0},
    {"share", "PEER", "share it with this peer; may be repeated", 0},
    {"mode", "both|send|receive", "which way changes go", 0},
    {NULL, NULL, NULL, 0},
};

const struct client_option client_folder_set_options[] = {
    {"share", "PEER", "share it with this peer as well", 0},
    {"unshare", "PEER", "share it no longer with this peer", 0},
    {"mode", "both|send|receive", "which way changes go", 0},
    {"conflicts", "beside|aside", "where conflict copies lie", 0},
    {NULL, NULL, NULL, 0},
};

/* ---- changing one -------------------------------------------------------- */

/* Adds peers: names, also several parted by commas. */
static int
share_with(struct client *c, struct conf_folder *folder, const char *typed)
{
	while (*typed != '\0') {
		char name[LIMIT_PEER_NAME_BYTES + 1];
		size_t len = strcspn(typed, ",");
		const struct conf_peer *peer;
		int code;

		if (len > LIMIT_PEER_NAME_BYTES)
			return client_fail(c, CLIENT_NOT_FOUND,
			    "there is no peer %s; see: tutti peer list",
			    client_shown(typed));
		memcpy(name, typed, len);
		name[len] = '\0';
		typed += len + (typed[len] == ',');
		if (len == 0 || conf_shares(folder, name))
			continue;
		code = client_peer(c, name, &peer);
		if (code != CLIENT_OK)
			return code;
		if (conf_strings_add(&folder->share, peer->name) < 0)
			return client_fail(c, CLIENT_ERROR, "out of memory");
	}
	return CLIENT_OK;
}

static void
unshare_with(struct conf_folder *folder, const char *name)
{
	for (size_t i = 0; i < folder->share.v.n; i++) {
		char **item = &folder->share.v.items[i];

		if (strcmp(*item, name) != 0)
			continue;
		free(*item);
		*item = folder->share.v.items[--folder->share.v.n];
		return;
	}
}

static int
set_words(struct client *c, struct conf_folder *folder,
    const struct client_args *args)
{
	const char *mode = client_given(args, "mode");
	const char *conflicts = client_given(args, "conflicts");

	if (mode != NULL && conf_mode_parse(mode, &folder->mode) < 0)
		return client_fail(c, CLIENT_USAGE,
		    "%s is no mode; it is both, send or receive",
		    client_shown(mode));
	if (conflicts == NULL)
		return CLIENT_OK;
	if (strcmp(conflicts, "beside") != 0 && strcmp(conflicts, "aside") != 0)
		return client_fail(c, CLIENT_USAGE,
		    "conflict copies lie beside or aside, not %s",
		    client_shown(conflicts));
	folder->conflicts =
	    conflicts[0] == 'a' ? CONF_CONFLICTS_ASIDE : CONF_CONFLICTS_BESIDE;
	return CLIENT_OK;
}

/* Takes over all options that add and set know. */
static int
set_options(struct client *c, struct conf_folder *folder,
    const struct client_args *args)
{
	int code = set_words(c, folder, args);
	const char *typed;
	size_t i = 0;

	while (code == CLIENT_OK &&
	       (typed = client_given_next(args, "share", &i)) != NULL)
		code = share_with(c, folder, typed);
	/* "--share a b c": the words that follow are peers as well. */
	for (int k = 1; k < args->n && code == CLIENT_OK; k++)
		code = client_given(args, "share")
			   ? share_with(c, folder, args->words[k])
			   : client_fail(c, CLIENT_USAGE,
				 "%s is one word too many; name peers as in:"
				 " --share %s",
				 client_shown(args->words[k]),
				 client_shown(args->words[k]));
	for (i = 0; code == CLIENT_OK &&
		    (typed = client_given_next(args, "unshare", &i)) != NULL;)
		unshare_with(folder, typed);
	return code;
}

/* ---- adding -------------------------------------------------------------- */

static int
check_new(struct client *c, const struct conf_folder *folder)
{
	const struct conf_folder *old = conf_find_folder(&c->conf, folder->id);
	struct conf_error error;

	if (old != NULL && strcmp(old->path, folder->path) != 0)
		return client_fail(c, CLIENT_ERROR,
		    "the folder %s is %s already; take another id, or first:"
		    " tutti folder remove %s",
		    old->id, client_shown(old->path), old->id);
	if (conf_check_folder(&c->conf, &c->home, folder, &error) < 0)
		/* Without the name of a file that is not there yet. */
		return client_fail(c, CLIENT_ERROR, "%s",
		    error.text + strlen(error.file) + strlen(": "));
	if (access(folder->path, R_OK | W_OK | X_OK) < 0)
		return client_fail(c, CLIENT_ERROR,
		    "%s cannot be read and written (%s); see to whom it"
		    " belongs, or choose another directory",
		    client_shown(folder->path), strerror(errno));
	return CLIENT_OK;
}

/* A copy of the folder that stands, or an empty one. */
static int
begin(
    struct client *c, const char *path, const char *id, struct conf_folder *out)
{
	const struct conf_folder *old = conf_find_folder(&c->conf, id);

	memset(out, 0, sizeof *out);
	if (!conf_name_valid(id))
		return client_fail(c, CLIENT_USAGE,
		    "\"%s\" is no id: take 1 to %d of A-Z a-z 0-9 . _ -",
		    client_shown(id), LIMIT_FOLDER_ID_BYTES);
	strcpy(out->id, id);
	out->path = strdup(path);
	if (out->path == NULL)
		return client_fail(c, CLIENT_ERROR, "out of memory");
	if (old == NULL)
		return CLIENT_OK;
	out->mode = old->mode;
	out->paused = old->paused;
	out->conflicts = old->conflicts;
	out->metadata = old->metadata;
	out->versions_s = old->versions_s;
	out->versions_max = old->versions_max;
	VEC_EACH (&old->share.v, name)
		if (conf_strings_add(&out->share, *name) < 0)
			return client_fail(c, CLIENT_ERROR, "out of memory");
	VEC_EACH (&old->ignore.v, pattern)
		if (conf_strings_add(&out->ignore, *pattern) < 0)
			return client_fail(c, CLIENT_ERROR, "out of memory");
	return CLIENT_OK;
}

int
client_add_folder(struct client *c, const char *path, const char *id,
    const struct client_args *args)
{
	struct conf_folder folder;
	int code = begin(c, path, id, &folder);

	if (code == CLIENT_OK)
		code = check_new(c, &folder);
	if (code == CLIENT_OK && args != NULL)
		code = set_options(c, &folder, args);
	if (code == CLIENT_OK)
		code = client_write_folder(c, &folder);
	conf_folder_release(&folder);
	return code;
}

int
client_folder_add(struct client *c, const struct client_args *args)
{
	const char *id = client_given(args, "id");
	char *path = NULL;
	int code = client_load(c);

	if (code == CLIENT_OK && id == NULL)
		code = client_fail(c, CLIENT_USAGE,
		    "say the folder's id, the same on all devices: --id ID");
	if (code == CLIENT_OK)
		code = client_directory(c, args->words[0], &path);
	if (code == CLIENT_OK)
		code = client_add_folder(c, path, id, args);
	if (code == CLIENT_OK)
		client_say(
		    c, "%s is the folder %s now", client_shown(path), id);
	if (code == CLIENT_OK && c->json)
		code = client_print(c, json_pack("{s:s, s:s}", "folder", id,
					   "path", client_shown(path)));
	free(path);
	return code == CLIENT_OK ? client_reload(c) : code;
}

/* ---- the others ---------------------------------------------------------- */

static json_t *
folder_json(const struct conf_folder *folder)
{
	json_t *share = json_array();

	VEC_EACH (&folder->share.v, name)
		json_array_append_new(share, json_string(*name));
	return json_pack("{s:s, s:s, s:s, s:b, s:o}", "id", folder->id, "path",
	    client_shown(folder->path), "mode", conf_mode_text(folder->mode),
	    "paused", folder->paused, "share", share);
}

int
client_folder_list(struct client *c, const struct client_args *args)
{
	json_t *all;
	int code = client_load(c);

	(void)args;
	if (code != CLIENT_OK)
		return code;
	all = json_array();
	VEC_EACH (&c->conf.folders, folder) {
		if (!c->json) {
			fprintf(c->world->out, "%s  %s", folder->id,
			    client_shown(folder->path));
			VEC_EACH (&folder->share.v, name)
				fprintf(c->world->out, "%s%s",
				    name == folder->share.v.items
					? "  shared with "
					: ", ",
				    *name);
			fprintf(c->world->out, "%s\n",
			    folder->paused ? "  (paused)" : "");
		}
		json_array_append_new(all, folder_json(folder));
	}
	if (c->json)
		return client_print(c, json_pack("{s:o}", "folders", all));
	json_decref(all);
	return CLIENT_OK;
}

/* The configuration's own copy of a folder, to be changed and written. */
static int
find_own(struct client *c, const char *what, struct conf_folder **out)
{
	const struct conf_folder *found;
	int code = client_load(c);

	if (code == CLIENT_OK)
		code = client_folder(c, what, &found);
	if (code == CLIENT_OK)
		*out = &c->conf.folders.items[found - c->conf.folders.items];
	return code;
}

static int
write_and_reload(struct client *c, int code, const struct conf_folder *folder)
{
	if (code == CLIENT_OK)
		code = client_write_folder(c, folder);
	if (code == CLIENT_OK)
		client_say(c, "%s is set; see: tutti status", folder->id);
	if (code == CLIENT_OK && c->json)
		code =
		    client_print(c, json_pack("{s:s}", "folder", folder->id));
	return code == CLIENT_OK ? client_reload(c) : code;
}

int
client_folder_set(struct client *c, const struct client_args *args)
{
	struct conf_folder *folder = NULL;
	int code = find_own(c, args->words[0], &folder);

	if (code == CLIENT_OK)
		code = set_options(c, folder, args);
	return write_and_reload(c, code, folder);
}

int
client_folder_pause(struct client *c, const struct client_args *args)
{
	struct conf_folder *folder = NULL;
	int code = find_own(c, args->words[0], &folder);

	if (code == CLIENT_OK)
		folder->paused = true;
	return write_and_reload(c, code, folder);
}

int
client_folder_resume(struct client *c, const struct client_args *args)
{
	struct conf_folder *folder = NULL;
	int code = find_own(c, args->words[0], &folder);

	if (code == CLIENT_OK)
		folder->paused = false;
	return write_and_reload(c, code, folder);
}

int
client_folder_remove(struct client *c, const struct client_args *args)
{
	struct conf_folder *folder = NULL;
	int rc, code = find_own(c, args->words[0], &folder);

	if (code != CLIENT_OK)
		return code;
	rc = conf_remove_folder(c->host, &c->home, folder->id);
	if (rc < 0)
		return client_fail(c, CLIENT_ERROR,
		    "%s/folders/%s.conf cannot be removed (%s)",
		    client_shown(c->home.conf), folder->id, err_text(rc));
	client_say(c, "%s is no folder any more; its files stay in %s",
	    folder->id, client_shown(folder->path));
	if (c->json)
		code =
		    client_print(c, json_pack("{s:s}", "removed", folder->id));
	return code == CLIENT_OK ? client_reload(c) : code;
}
