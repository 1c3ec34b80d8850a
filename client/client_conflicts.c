/* SPDX-License-Identifier: Apache-2.0 */
/* The conflict copies of folders, and what their verbs share. */
#include "client/client_internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- shared -------------------------------------------------------------- */

/* The path with the links on the way to its last name resolved. */
static int
resolve(struct client *c, const char *typed, struct buf *out)
{
	const char *slash = strrchr(typed, '/');
	const char *name = slash ? slash + 1 : typed;
	char *there = NULL,
	     *dir = slash ? strndup(typed, (size_t)(slash - typed + 1))
			  : strdup(".");
	int rc, code;

	if (name[0] == '\0' || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0) {
		free(dir);
		return client_fail(c, CLIENT_USAGE,
		    "%s is a directory; name a file", client_shown(typed));
	}
	if (dir == NULL)
		return client_fail(c, CLIENT_ERROR, "out of memory");
	code = client_directory(c, dir, &there);
	free(dir);
	if (code != CLIENT_OK)
		return code;
	rc = buf_addf(out, "%s/%s%c", strcmp(there, "/") ? there : "", name, 0);
	free(there);
	return rc < 0 ? client_fail(c, CLIENT_ERROR, "out of memory") : code;
}

int
client_place(struct client *c, const char *typed,
    const struct conf_folder **out_folder, char **out_url)
{
	const struct conf_folder *folder;
	struct buf path;
	int code;

	buf_init(&path, 2 * LIMIT_PATH_BYTES);
	code = resolve(c, typed, &path);
	if (code != CLIENT_OK)
		goto out;
	folder = conf_find_path(&c->conf, (const char *)path.p);
	if (folder == NULL || strlen(folder->path) + 2 > path.len) {
		code = client_fail(c, CLIENT_NOT_FOUND,
		    "%s lies in no folder; see: tutti folder list",
		    client_shown(typed));
		goto out;
	}
	*out_url = client_url((const char *)path.p + strlen(folder->path) + 1);
	*out_folder = folder;
	if (*out_url == NULL)
		code = client_fail(c, CLIENT_ERROR, "out of memory");
out:
	buf_release(&path);
	return code;
}

const char *
client_text(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

/* The group that a copy belongs to, made where there is none yet; those whose
 * home cannot be told are alone. */
static json_t *
group_of(json_t *groups, json_t *by_home, json_t *copy)
{
	json_t *home = json_object_get(copy, "home");
	const char *url = client_text(home, "url");
	json_t *group = url[0] != '\0' ? json_object_get(by_home, url) : NULL;

	if (group != NULL)
		return group;
	group = json_pack("{s:O, s:[]}", "home", home, "copies");
	json_array_append_new(groups, group);
	if (url[0] != '\0')
		json_object_set(by_home, url, group);
	return group;
}

int
client_conflicts_get(struct client *c, const char *id, json_t **out)
{
	char path[256];
	struct client_call call = {"GET", path, 0, false, false};
	json_t *json, *copy, *by_home, *groups;
	size_t i;
	int code;

	snprintf(path, sizeof path, "/v1/folders/%s/conflicts", id);
	code = client_call(c, &call, &json);
	if (code != CLIENT_OK)
		return code;
	groups = json_array();
	by_home = json_object();
	json_array_foreach(json_object_get(json, "conflicts"), i, copy)
	{
		json_t *group = group_of(groups, by_home, copy);

		json_object_del(copy, "home");
		json_array_append(json_object_get(group, "copies"), copy);
	}
	json_decref(by_home);
	json_decref(json);
	*out = groups;
	return CLIENT_OK;
}

const json_t *
client_conflicts_find(const json_t *groups, const char *url)
{
	const json_t *group, *copy;
	size_t i, k;

	json_array_foreach(groups, i, group)
	{
		if (strcmp(client_text(json_object_get(group, "home"), "url"),
			url) == 0)
			return group;
		json_array_foreach(json_object_get(group, "copies"), k, copy)
		{
			if (strcmp(client_text(copy, "url"), url) == 0)
				return group;
		}
	}
	return NULL;
}

const char *
client_file_text(const json_t *file)
{
	static char text[4][256];
	static unsigned next;
	char *out = text[next++ % 4];
	const json_int_t ns =
	    json_integer_value(json_object_get(file, "mtime_ns"));
	const json_int_t size =
	    json_integer_value(json_object_get(file, "size"));
	time_t seconds = (time_t)(ns / 1000000000 - (ns % 1000000000 < 0));
	const char *kind = client_text(file, "kind"),
		   *from = client_text(file, "device");
	char when[64] = "";
	struct tm tm;

	if (strcmp(kind, "nothing") == 0)
		return "nothing is there";
	if (strcmp(kind, "directory") == 0)
		return "a directory";
	if (localtime_r(&seconds, &tm) != NULL)
		(void)!strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(out, sizeof text[0], "%s, %s%s%s%s",
	    strcmp(kind, "file") == 0 ? client_size((uint64_t)size) : kind,
	    when, from[0] ? ", from " : "", from,
	    json_is_true(json_object_get(file, "edited")) ? ", edited since"
							  : "");
	return out;
}

/* ---- the list ------------------------------------------------------------ */

static size_t
print_group(struct client *c, const json_t *group)
{
	const json_t *home = json_object_get(group, "home");
	const json_t *copies = json_object_get(group, "copies"), *copy;
	size_t i;

	if (json_is_null(home))
		client_say(c, "  (a name too long to tell of what)");
	else
		client_say(c, "  %s  (%s)", client_text(home, "path"),
		    client_file_text(home));
	json_array_foreach(copies, i, copy) client_say(c, "    %s  (%s)",
	    client_text(copy, "path"), client_file_text(copy));
	return json_array_size(copies);
}

/* Asks for one folder's, prints them and adds them to the document. */
static int
list_one(struct client *c, const char *id, json_t *folders, size_t *n)
{
	json_t *groups;
	size_t i;
	int code = client_conflicts_get(c, id, &groups);

	if (code != CLIENT_OK)
		return code;
	if (json_array_size(groups) > 0)
		client_say(c, "%s:", id);
	for (i = 0; i < json_array_size(groups); i++)
		*n += print_group(c, json_array_get(groups, i));
	json_array_append_new(
	    folders, json_pack("{s:s, s:o}", "id", id, "conflicts", groups));
	return CLIENT_OK;
}

int
client_conflicts(struct client *c, const struct client_args *args)
{
	const struct conf_folder *only = NULL;
	json_t *folders;
	size_t n = 0;
	int code = client_load(c);

	if (code == CLIENT_OK && args->n > 0)
		code = client_folder(c, args->words[0], &only);
	if (code != CLIENT_OK)
		return code;
	folders = json_array();
	VEC_EACH (&c->conf.folders, folder)
		if (code == CLIENT_OK &&
		    (only == NULL ? !folder->paused : folder == only))
			code = list_one(c, folder->id, folders, &n);
	if (code == CLIENT_OK && n == 0)
		client_say(c, "no conflicts wait");
	else if (code == CLIENT_OK)
		client_say(c, "%s; settle with: tutti conflicts keep FILE",
		    client_count(n, "conflict copy", "conflict copies"));
	if (code == CLIENT_OK && c->json)
		code = client_print(c, json_pack("{s:O}", "folders", folders));
	json_decref(folders);
	return code;
}
