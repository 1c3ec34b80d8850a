/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const struct client_option client_restore_options[] = {
    {"at", "T", "as of then: 2026-11-22T06:16, 2h (ago), yesterday", 0},
    {"to", "FILE", "put a copy there instead, which must not exist", 0},
    {"dry-run", NULL, "only say what would change", 0},
    {NULL, NULL, NULL, 0},
};

struct restoring {
	struct client *client;
	struct client_place place;
	bool dry;
	char more[64]; /* the arguments of each request */
	json_t *changes; /* all of them, so far */
	size_t done, left; /* brought back, or would be; and not */
};

/* What is said of one change, by its "what". */
static const struct {
	const char *what, *dry, *said;
	bool good;
} words[] = {
    {"create", "would bring back", "brought back", true},
    {"replace", "would replace", "replaced", true},
    {"blocked", "cannot bring back", "not brought back", false},
    {"missing", "cannot bring back", "not brought back", false},
    {"failed", "cannot bring back", "not brought back", false},
};

static const char *
reason(const json_t *change)
{
	const char *what = client_text(change, "what");

	if (strcmp(what, "blocked") == 0)
		return "something else stands there";
	if (strcmp(what, "missing") == 0)
		return "its content is not on this device; try on another";
	if (strcmp(what, "failed") == 0)
		return client_text(change, "error");
	return NULL;
}

static void
say_change(struct restoring *r, const json_t *change)
{
	struct client *c = r->client;
	size_t i = 0;

	while (i + 1 < sizeof words / sizeof *words &&
	       strcmp(words[i].what, client_text(change, "what")) != 0)
		i++;
	r->done += words[i].good;
	r->left += !words[i].good;
	if (words[i].good)
		client_say(c, "%s %s (%s)",
		    r->dry ? words[i].dry : words[i].said,
		    client_text(change, "path"),
		    client_size((uint64_t)json_integer_value(
			json_object_get(change, "size"))));
	else
		client_say(c, "%s %s: %s",
		    r->dry ? words[i].dry : words[i].said,
		    client_text(change, "path"), reason(change));
}

/* One request after another until there is no more to do. */
static int
ask_all(struct restoring *r)
{
	struct client_ask ask = {"POST", "restore", r->more, &r->place, NULL};
	char *after = NULL;
	json_t *part;
	int code;

	do {
		ask.after = after;
		code = client_ask_path(r->client, &ask, &part);
		free(after);
		after = NULL;
		if (code != CLIENT_OK)
			return code;
		if (json_is_string(json_object_get(part, "next")))
			after = strdup(client_text(part, "next"));
		json_array_extend(r->changes, json_object_get(part, "changes"));
		json_decref(part);
	} while (after != NULL);
	return CLIENT_OK;
}

static int
end(struct restoring *r)
{
	struct client *c = r->client;
	const json_t *change;
	size_t i;

	json_array_foreach(r->changes, i, change) say_change(r, change);
	if (c->json) {
		int code = client_print(c, json_pack("{s:O, s:b}", "changes",
					       r->changes, "done", !r->dry));

		return r->left > 0 ? CLIENT_ERROR : code;
	}
	if (r->done + r->left == 0)
		client_say(c,
		    "nothing to bring back: as far as this device kept, it "
		    "stood then as it does now");
	if (r->left > 0)
		return client_fail(c, CLIENT_ERROR,
		    "%s not brought back; see above",
		    client_count(r->left, "path was", "paths were"));
	return CLIENT_OK;
}

/* ---- a copy elsewhere ---------------------------------------------------- */

/* The one file that the path was: where its content is now. */
static int
copy_to(struct restoring *r, const char *to)
{
	struct client *c = r->client;
	const json_t *change = json_array_get(r->changes, 0);
	struct client_copy copy = {.to = to, .folder = r->place.folder->path};
	struct stat st;
	bool is_dir = lstat(r->place.path, &st) == 0 && S_ISDIR(st.st_mode);

	if (json_array_size(r->changes) > 1 || is_dir ||
	    (change != NULL &&
		strcmp(client_text(change, "path_url"), r->place.url) != 0))
		return client_fail(c, CLIENT_USAGE,
		    "--to takes one file; leave it out to bring back a "
		    "directory");
	if (change == NULL) /* it stood then as it does now */
		copy.from_url = r->place.url;
	else if (strcmp(client_text(change, "what"), "missing") == 0)
		return client_fail(c, CLIENT_ERROR,
		    "its content is not on this device; try on another");
	else
		copy.from_url = client_text(change, "from_url");
	return client_copy(c, &copy);
}

/* ---- the verb ------------------------------------------------------------ */

static int
take_time(struct restoring *r, const char *given)
{
	struct client *c = r->client;
	int64_t at_ns;

	if (given == NULL)
		return client_fail(c, CLIENT_USAGE,
		    "--at T is missing; see what was: tutti history PATH");
	if (!client_time(given, host_now_ns(c->host), &at_ns))
		return client_fail(c, CLIENT_USAGE,
		    "%s is no time; write it as 2026-11-22T06:16, as"
		    " 2026-11-22T06:16:00Z, as 2h (ago) or yesterday",
		    client_shown(given));
	snprintf(r->more, sizeof r->more, "at=%" PRId64 "%s", at_ns,
	    r->dry ? "&dry=1" : "");
	return CLIENT_OK;
}

int
client_restore(struct client *c, const struct client_args *args)
{
	const char *to = client_given(args, "to");
	struct restoring r = {.client = c};
	bool said_dry = client_given(args, "dry-run") != NULL;
	int code = client_load(c);

	r.dry = said_dry || to != NULL;
	if (code == CLIENT_OK)
		code = take_time(&r, client_given(args, "at"));
	if (code == CLIENT_OK)
		code = client_path(c, args->words[0], &r.place);
	if (code != CLIENT_OK)
		return code;
	r.changes = json_array();
	code = ask_all(&r);
	if (code == CLIENT_OK)
		code = to != NULL && !said_dry ? copy_to(&r, to) : end(&r);
	json_decref(r.changes);
	client_place_release(&r.place);
	return code;
}
