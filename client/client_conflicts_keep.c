/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settling: one file stays, as what is at home, and the copies go.
 *
 * In two rounds, so that the daemon works on many at once: first every chosen
 * copy becomes what is at its home, then, where that is so, the copies go.
 * Each request says what was seen, and is refused where that has changed; so
 * the same may be typed again, and only what is left is done.
 */
#include "client/client_internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/plan/plan.h"

const struct client_option client_conflicts_keep_options[] = {
    {"all", NULL, "settle all conflicts of the folder", 0},
    {"newest", NULL, "with --all: what was changed last stays", 0},
    {NULL, NULL, NULL, 0},
};

enum { PATIENCE_S = 60, LOOK_MS = 50 };

/* A run of the verb. */
struct keep {
	struct client *c;
	const char *id; /* the folder's */
	int64_t end_ns; /* of patience, monotonic */
	size_t kept, removed;
	int code; /* the first that was no success */
};

static void
note(struct keep *k, int code)
{
	if (k->code == CLIENT_OK)
		k->code = code;
}

/* Asks for one step: 1: it is done; 0: not yet; -1: it cannot be, said. */
static int
ask(struct keep *k, const char *what)
{
	bool late = host_mono_ns(k->c->host) >= k->end_ns;
	char path[512 + 3 * LIMIT_PATH_BYTES];
	struct client_call call = {"POST", path, 0, false, !late};
	json_t *json;
	int code, done;

	snprintf(path, sizeof path, "/v1/folders/%s/conflicts/%s", k->id, what);
	code = client_call(k->c, &call, &json);
	if (code == CLIENT_AGAIN && !late)
		return 0;
	if (code != CLIENT_OK) {
		note(k, code);
		return -1;
	}
	done = json_is_true(json_object_get(json, "done"));
	json_decref(json);
	if (done == 0 && late) {
		note(k, client_fail(k->c, CLIENT_AGAIN,
			    "%s is still at work; type the same again", k->id));
		return -1;
	}
	return done;
}

static int
choose(struct keep *k, const json_t *group)
{
	const json_t *chosen = json_object_get(group, "chosen");
	char what[512 + 3 * LIMIT_PATH_BYTES];

	if (chosen == NULL)
		return 1;
	snprintf(what, sizeof what, "choose?path=%s&content=%s&over=%s",
	    client_text(chosen, "url"), client_text(chosen, "content"),
	    client_text(json_object_get(group, "home"), "content"));
	return ask(k, what);
}

static int
remove_copy(struct keep *k, const json_t *copy)
{
	char what[512 + 3 * LIMIT_PATH_BYTES];

	snprintf(what, sizeof what, "remove?path=%s&content=%s",
	    client_text(copy, "url"), client_text(copy, "content"));
	return ask(k, what);
}

/*
 * Takes the step for each of a list until none is left of it that is not yet
 * done. Those that are go to done.
 */
static void
settle(struct keep *k, json_t *list, int (*step)(struct keep *, const json_t *),
    json_t *done)
{
	struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};

	k->end_ns = host_mono_ns(k->c->host) + PATIENCE_S * INT64_C(1000000000);
	while (json_array_size(list) > 0) {
		size_t before = json_array_size(list);

		for (size_t i = 0; i < json_array_size(list);) {
			json_t *one = json_array_get(list, i);
			int rc = step(k, one);

			if (rc > 0)
				json_array_append(done, one);
			if (rc != 0)
				json_array_remove(list, i);
			else
				i++;
		}
		/* What comes slowly but comes is waited for. */
		if (json_array_size(list) < before)
			k->end_ns = host_mono_ns(k->c->host) +
				    PATIENCE_S * INT64_C(1000000000);
		if (json_array_size(list) > 0)
			nanosleep(&pause, NULL);
	}
}

static int
keep(struct keep *k, json_t *groups)
{
	json_t *settled = json_array(), *copies = json_array();
	json_t *gone = json_array();
	const json_t *group;
	size_t i;

	settle(k, groups, choose, settled);
	json_array_foreach(settled, i, group)
	    json_array_extend(copies, json_object_get(group, "copies"));
	settle(k, copies, remove_copy, gone);
	client_say(k->c, "%s settled, %s removed",
	    client_count(json_array_size(settled), "file", "files"),
	    client_count(
		json_array_size(gone), "conflict copy", "conflict copies"));
	if (k->c->json && k->code == CLIENT_OK)
		k->code = client_print(
		    k->c, json_pack("{s:s, s:O, s:O}", "folder", k->id,
			      "settled", settled, "removed", gone));
	json_decref(settled);
	json_decref(copies);
	json_decref(gone);
	return k->code;
}

/* The newest of a group; home when it is as new as any. */
static void
choose_newest(json_t *group)
{
	json_t *newest = json_object_get(group, "home"), *copy;
	size_t i;

	json_array_foreach(json_object_get(group, "copies"), i, copy)
	{
		if (strcmp(client_text(newest, "kind"), "nothing") == 0 ||
		    json_integer_value(json_object_get(copy, "mtime_ns")) >
			json_integer_value(json_object_get(newest, "mtime_ns")))
			newest = copy;
	}
	if (newest != json_object_get(group, "home"))
		json_object_set(group, "chosen", newest);
}

static int
keep_all(struct client *c, const struct client_args *args)
{
	const struct conf_folder *folder;
	struct keep k = {.c = c};
	json_t *groups = NULL;
	int code = client_folder_of(c, args, &folder);

	if (code == CLIENT_OK)
		code = client_conflicts_get(c, folder->id, &groups);
	if (code != CLIENT_OK)
		return code;
	for (size_t i = 0; i < json_array_size(groups); i++) {
		json_t *group = json_array_get(groups, i);

		if (!json_is_null(json_object_get(group, "home"))) {
			choose_newest(group);
			continue;
		}
		client_warn(c,
		    "%s has a name too long to tell of what it is a copy;"
		    " move it yourself",
		    client_text(
			json_array_get(json_object_get(group, "copies"), 0),
			"path"));
		k.code = CLIENT_ERROR;
		json_array_remove(groups, i--);
	}
	k.id = folder->id;
	code = keep(&k, groups);
	json_decref(groups);
	return code;
}

/* Nothing waits at that path: it was settled, or is nothing to be settled. */
static int
nothing_waits(struct client *c, const char *typed)
{
	struct buf home;
	bool settled = access(typed, F_OK) == 0;

	buf_init(&home, 2 * LIMIT_PATH_BYTES);
	if (!settled && plan_home(span_str(typed), &home) &&
	    buf_add(&home, span_of("", 1)) == 0)
		settled = access((const char *)home.p, F_OK) == 0;
	buf_release(&home);
	if (!settled)
		return client_fail(c, CLIENT_NOT_FOUND,
		    "%s is not there; see: tutti conflicts",
		    client_shown(typed));
	client_say(c, "of %s no conflict waits", client_shown(typed));
	return c->json ? client_print(
			     c, json_pack("{s:[], s:[]}", "settled", "removed"))
		       : CLIENT_OK;
}

/* The group as it is to be settled, in a list of its own; NULL, said, when
 * what is to stay is not there. */
static json_t *
choose_one(struct client *c, const json_t *group, const char *url)
{
	json_t *one = json_pack("[O]", group), *copy;
	const json_t *home = json_object_get(group, "home");
	size_t i;

	json_array_foreach(json_object_get(group, "copies"), i, copy)
	{
		if (strcmp(client_text(copy, "url"), url) != 0)
			continue;
		json_object_set(json_array_get(one, 0), "chosen", copy);
		return one;
	}
	if (strcmp(client_text(home, "kind"), "nothing") != 0)
		return one;
	json_decref(one);
	client_fail(c, CLIENT_NOT_FOUND,
	    "%s is not there any more; name the conflict copy that is to take"
	    " its place",
	    client_text(home, "path"));
	return NULL;
}

static int
keep_one(struct client *c, const char *typed)
{
	const struct conf_folder *folder;
	struct keep k = {.c = c};
	json_t *groups = NULL, *one = NULL;
	const json_t *group;
	char *url = NULL;
	int code = client_load(c);

	if (code == CLIENT_OK)
		code = client_place(c, typed, &folder, &url);
	if (code == CLIENT_OK)
		code = client_conflicts_get(c, folder->id, &groups);
	if (code != CLIENT_OK)
		goto out;
	group = client_conflicts_find(groups, url);
	if (group == NULL) {
		code = nothing_waits(c, typed);
		goto out;
	}
	one = choose_one(c, group, url);
	k.id = folder->id;
	code = one == NULL ? CLIENT_NOT_FOUND : keep(&k, one);
out:
	json_decref(one);
	json_decref(groups);
	free(url);
	return code;
}

int
client_conflicts_keep(struct client *c, const struct client_args *args)
{
	bool all = client_given(args, "all") != NULL;
	bool newest = client_given(args, "newest") != NULL;

	if (all && newest)
		return keep_all(c, args);
	if (all || newest)
		return client_fail(c, CLIENT_USAGE,
		    "say which of all is to stay: --all --newest");
	if (args->n == 0)
		return client_fail(c, CLIENT_USAGE,
		    "name the file that is to stay; see: tutti conflicts");
	return keep_one(c, args->words[0]);
}
