/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

enum { SYNC_S = 60, SYNC_MAX_S = 24 * 3600 };

const struct client_option client_sync_options[] = {
    {"timeout", "S", "wait no longer than so many seconds (60)", 0},
    {NULL, NULL, NULL, 0},
};

static int
sync_one(struct client *c, const char *id, long seconds, json_t **out)
{
	char what[64];

	snprintf(what, sizeof what, "sync?timeout=%ld", seconds);
	return client_folder_call(c, id, what, seconds + 15, out);
}

/* Prints what the daemon says of a folder it was asked to bring in sync. */
static int
said(struct client *c, const char *id, json_t *taken, json_t *all)
{
	bool synced = json_is_true(json_object_get(taken, "synced"));
	const char *why = json_string_value(json_object_get(taken, "sentence"));

	client_say(c, "%s", why ? why : id);
	json_array_append_new(all, taken);
	return synced ? CLIENT_OK : CLIENT_AGAIN;
}

/* All folders that the daemon has, also such whose file is wrong by now. */
static int
sync_all(struct client *c, long seconds, json_t *all)
{
	struct client_call call = {"GET", "/v1/status", 0, false, false};
	const json_t *folder;
	json_t *status, *json;
	size_t i;
	int worst = CLIENT_OK, code = client_call(c, &call, &status);

	if (code != CLIENT_OK)
		return code;
	if (json_array_size(json_object_get(status, "folders")) == 0)
		client_say(c, "no folders yet; add one with: tutti up DIR");
	json_array_foreach(json_object_get(status, "folders"), i, folder)
	{
		const char *id =
		    json_string_value(json_object_get(folder, "id"));

		if (code == CLIENT_OK && id != NULL)
			code = sync_one(c, id, seconds, &json);
		if (code == CLIENT_OK && id != NULL &&
		    said(c, id, json, all) != CLIENT_OK)
			worst = CLIENT_AGAIN;
	}
	json_decref(status);
	return code != CLIENT_OK ? code : worst;
}

int
client_sync(struct client *c, const struct client_args *args)
{
	const char *given = client_given(args, "timeout");
	long seconds = given ? client_number(given, SYNC_MAX_S) : SYNC_S;
	const struct conf_folder *only = NULL;
	json_t *json, *all;
	int printed, code = client_load(c);

	if (code == CLIENT_OK && seconds < 0)
		return client_fail(c, CLIENT_USAGE,
		    "%s is no number of seconds from 0 to %d",
		    client_shown(given), SYNC_MAX_S);
	if (code == CLIENT_OK && args->n > 0)
		code = client_folder(c, args->words[0], &only);
	if (code != CLIENT_OK)
		return code;
	all = json_array();
	if (only == NULL)
		code = sync_all(c, seconds, all);
	else if ((code = sync_one(c, only->id, seconds, &json)) == CLIENT_OK)
		code = said(c, only->id, json, all);
	/* Whatever else it was has been printed as an error. */
	if (c->json && (code == CLIENT_OK || json_array_size(all) > 0)) {
		printed = client_print(c, json_pack("{s:O}", "folders", all));
		code = printed != CLIENT_OK ? printed : code;
	}
	json_decref(all);
	return code;
}
