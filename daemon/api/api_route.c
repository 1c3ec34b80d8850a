/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/api/api_internal.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/node/node.h"

typedef void route_fn(struct api_request *r, const char *id);

static void
get_status(struct api_request *r, const char *id)
{
	json_t *json;
	int rc = api_json_status(r->api, &json);

	(void)id;
	if (rc == 0)
		api_answer(r, API_OK, json);
	else
		api_error(r, API_LATER, "%s", err_text(rc));
}

static void
get_folder(struct api_request *r, const char *id)
{
	json_t *json;
	int rc = api_json_folder(r->api, id, &json);

	if (rc == 0)
		api_answer(r, API_OK, json);
	else
		api_not_done(r, id, rc);
}

static void
post_scan(struct api_request *r, const char *id)
{
	const char *wait = api_argument(r, "wait");

	api_wait_scan(r, id, wait != NULL && strcmp(wait, "1") == 0);
}

static void
post_sync(struct api_request *r, const char *id)
{
	const char *given = api_argument(r, "timeout");
	long seconds = API_SYNC_S;
	char *end = NULL;

	if (given != NULL) {
		seconds = strtol(given, &end, 10);
		if (end == given || *end != '\0' || seconds < 0 ||
		    seconds > API_SYNC_MAX_S) {
			api_error(r, API_WRONG,
			    "timeout is a number of seconds from 0 to %d",
			    API_SYNC_MAX_S);
			return;
		}
	}
	api_wait_sync(r, id, seconds);
}

/* What was seen, or is seen now, says why. */
static void
not_accepted(struct api_request *r, const char *id, const json_t *before)
{
	json_t *now = NULL;
	int rc = api_json_folder(r->api, id, &now);
	bool open = rc == 0 && json_is_true(json_object_get(now, "open"));

	api_error(r, API_WRONG, "%s",
	    json_string_value(
		json_object_get(open ? now : before, "sentence")));
	json_decref(now);
}

/* Does a folder wait for that? */
static bool
has_to_be_accepted(const json_t *folder)
{
	const char *state = json_string_value(json_object_get(folder, "state"));
	const json_t *waiting = json_object_get(folder, "waiting");

	return strcmp(state, "halted") == 0 ||
	       json_object_get(waiting, "lost") != NULL ||
	       json_object_get(waiting, "fresh") != NULL;
}

static void
post_accept(struct api_request *r, const char *id)
{
	json_t *before = NULL;
	bool meant = false;
	int rc = api_json_folder(r->api, id, &before);

	if (rc == 0) {
		meant = has_to_be_accepted(before);
		rc = node_accept(r->api->node, id);
	}
	if (rc == ERR_CHANGED)
		not_accepted(r, id, before);
	else if (rc < 0)
		api_not_done(r, id, rc);
	else
		api_answer(r, API_OK,
		    json_pack("{s:s, s:b}", "folder", id, "accepted", meant));
	json_decref(before);
}

/* With the sentence that says why, unless there was no memory for it. */
static void
not_reloaded(struct api_request *r, struct span why, int rc)
{
	if (why.len > 0)
		api_error(
		    r, API_WRONG, "%.*s", (int)why.len, (const char *)why.p);
	else
		api_error(r, API_LATER, "%s", err_text(rc));
}

static void
post_reload(struct api_request *r, const char *id)
{
	struct buf why;
	int rc;

	(void)id;
	buf_init(&why, 64 << 10);
	rc = node_reload(r->api->node, &why);
	if (rc == 0)
		api_answer(r, API_OK, json_pack("{s:b}", "reloaded", 1));
	else
		not_reloaded(r, buf_span(&why), rc);
	buf_release(&why);
}

static void
post_stop(struct api_request *r, const char *id)
{
	(void)id;
	r->stop_after = true;
	api_answer(r, API_OK, json_pack("{s:b}", "stopping", 1));
}

static void
get_events(struct api_request *r, const char *id)
{
	(void)id;
	if (!api_stream_begin(r))
		api_error(
		    r, API_LATER, "too many listen already; end one of them");
}

/* clang-format off */
static const struct route {
	const char *method;
	const char *path; /* "*": one id */
	route_fn *run;
	bool always; /* also while starting and stopping */
} routes[] = {
	{"GET", "/v1/status", get_status, false},
	{"GET", "/v1/folders/*", get_folder, false},
	{"POST", "/v1/folders/*/scan", post_scan, false},
	{"POST", "/v1/folders/*/sync", post_sync, false},
	{"POST", "/v1/folders/*/accept", post_accept, false},
	{"GET", "/v1/folders/*/conflicts", api_conflicts, false},
	{"POST", "/v1/folders/*/conflicts/choose", api_conflict_choose, false},
	{"POST", "/v1/folders/*/conflicts/remove", api_conflict_remove, false},
	{"POST", "/v1/folders/*/verify", api_verify, false},
	{"GET", "/v1/folders/*/verify", api_verify_status, false},
	{"GET", "/v1/folders/*/history", api_history, false},
	{"POST", "/v1/folders/*/restore", api_restore, false},
	{"POST", "/v1/reload", post_reload, false},
	{"POST", "/v1/stop", post_stop, true},
	{"GET", "/v1/events", get_events, true},
};
/* clang-format on */

/* Compares with a pattern, copying what stands for its star. */
static bool
matches(const char *pattern, const char *url,
    char id[static LIMIT_FOLDER_ID_BYTES + 1])
{
	size_t before = strcspn(pattern, "*"), len;

	if (pattern[before] == '\0')
		return strcmp(pattern, url) == 0;
	if (strncmp(pattern, url, before) != 0)
		return false;
	len = strcspn(url + before, "/");
	if (len > LIMIT_FOLDER_ID_BYTES)
		return false;
	memcpy(id, url + before, len);
	id[len] = '\0';
	return conf_name_valid(id) &&
	       strcmp(pattern + before + 1, url + before + len) == 0;
}

void
api_route(struct api_request *r, const char *method, const char *url)
{
	char id[LIMIT_FOLDER_ID_BYTES + 1] = "";
	bool known = false;

	for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
		if (!matches(routes[i].path, url, id))
			continue;
		known = true;
		if (strcmp(routes[i].method, method) != 0)
			continue;
		if (r->api->node == NULL && !routes[i].always)
			api_error(r, API_LATER,
			    "the daemon is starting or stopping; try again");
		else
			routes[i].run(r, id);
		return;
	}
	if (known)
		api_error(r, API_METHOD, "this is not done with that method");
	else
		api_error(r, API_NOT_FOUND, "there is nothing here");
}
