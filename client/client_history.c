/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <stdlib.h>
#include <string.h>

/* "2026-11-22 06:16:00" of an ISO date in UTC. */
static const char *
date_of(const json_t *version, const char *key)
{
	static char ring[4][20];
	static unsigned next;
	char *out = ring[next++ % 4];

	snprintf(out, sizeof ring[0], "%s", client_text(version, key));
	if (strlen(out) > 10)
		out[10] = ' ';
	return out[0] != '\0' ? out : "an unknown time";
}

static const char *
who(const json_t *version, const char *key)
{
	const char *name = client_text(version, key);

	return name[0] != '\0' ? name : "an unknown device";
}

/* A path for a shell to read. */
static void
say_command(struct client *c, const struct client_place *place, const json_t *v)
{
	const char *path = client_text(v, "path");

	if (strpbrk(path, "'\\") != NULL)
		path = "PATH";
	client_say(c, "      tutti restore '%s/%s' --at %s",
	    client_shown(place->folder->path), path, client_text(v, "at"));
}

static void
say_now(struct client *c, const json_t *v)
{
	const char *kind = client_text(v, "kind");

	if (strcmp(kind, "deleted") == 0)
		client_say(c, "    deleted by %s", who(v, "device"));
	else if (strcmp(kind, "directory") == 0)
		client_say(c, "    now a directory, by %s", who(v, "device"));
	else
		client_say(c, "    %s %s, %s, by %s%s",
		    json_is_true(json_object_get(v, "current")) ? "now of"
								: "also of",
		    date_of(v, "mtime"),
		    client_size((uint64_t)json_integer_value(
			json_object_get(v, "size"))),
		    who(v, "device"),
		    json_is_true(json_object_get(v, "here"))
			? ""
			: "; its content is not here");
}

static void
say_past(struct client *c, const struct client_place *place, const json_t *v)
{
	bool here = json_is_true(json_object_get(v, "here"));
	const char *kept = client_text(v, "kept");

	client_say(c, "    until %s, when %s %s it: of %s, %s, by %s%s",
	    date_of(v, "until"), who(v, "by"),
	    json_is_true(json_object_get(v, "deleted")) ? "deleted"
							: "replaced",
	    date_of(v, "mtime"),
	    client_size(
		(uint64_t)json_integer_value(json_object_get(v, "size"))),
	    who(v, "device"), here ? "" : "; not kept here");
	if (kept[0] != '\0')
		client_say(c, "      .tutti/versions/%s", kept);
	if (here && client_text(v, "at")[0] != '\0')
		say_command(c, place, v);
}

static void
say_versions(
    struct client *c, const struct client_place *place, const json_t *versions)
{
	const char *last = "";
	const json_t *v;
	size_t i;

	json_array_foreach(versions, i, v)
	{
		if (i == 0 || strcmp(last, client_text(v, "path_url")) != 0)
			client_say(c, "%s", client_text(v, "path"));
		last = client_text(v, "path_url");
		if (client_text(v, "until")[0] != '\0')
			say_past(c, place, v);
		else
			say_now(c, v);
	}
	if (json_array_size(versions) == 0)
		client_say(c, "no older versions are kept here");
}

/* Asks until there is no more; all versions in one document. */
static int
ask_all(struct client *c, const struct client_place *place, json_t **out)
{
	struct client_ask ask = {"GET", "history", "", place, NULL};
	json_t *all = NULL, *part = NULL;
	char *after = NULL;
	int code;

	do {
		ask.after = after;
		code = client_ask_path(c, &ask, &part);
		free(after);
		after = NULL;
		if (code != CLIENT_OK)
			break;
		if (json_is_string(json_object_get(part, "next")))
			after = strdup(client_text(part, "next"));
		if (all == NULL) {
			all = json_incref(part);
			json_object_del(all, "next");
		} else {
			json_array_extend(json_object_get(all, "versions"),
			    json_object_get(part, "versions"));
		}
		json_decref(part);
	} while (after != NULL);
	if (code != CLIENT_OK)
		json_decref(all);
	else
		*out = all;
	return code;
}

int
client_history(struct client *c, const struct client_args *args)
{
	struct client_place place;
	json_t *json;
	int code = client_load(c);

	if (code == CLIENT_OK)
		code = client_path(c, args->words[0], &place);
	if (code != CLIENT_OK)
		return code;
	code = ask_all(c, &place, &json);
	if (code == CLIENT_OK && c->json) {
		code = client_print(c, json);
	} else if (code == CLIENT_OK) {
		say_versions(c, &place, json_object_get(json, "versions"));
		json_decref(json);
	}
	client_place_release(&place);
	return code;
}
