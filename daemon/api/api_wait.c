/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/api/api_internal.h"

#include <string.h>

#include "daemon/node/node.h"

/* A look that the node was asked for; outlives a request that ends first. */
struct api_scan {
	struct api_request *request; /* or NULL */
};

static void
scan_done(void *arg)
{
	struct api_scan *scan = arg;
	struct api_request *r = scan->request;

	free(scan);
	if (r == NULL)
		return;
	r->scan = NULL;
	r->looked = true;
	api_wait_look(r);
}

static int
begin(struct api_request *r)
{
	struct api_scan *scan = calloc(1, sizeof *scan);
	int rc;

	if (scan == NULL)
		return -ENOMEM;
	scan->request = r;
	r->scan = scan;
	rc = node_scan(r->api->node, r->folder, scan_done, scan);
	if (rc == 0)
		return 0;
	free(scan);
	r->scan = NULL;
	return rc;
}

void
api_not_done(struct api_request *r, const char *id, int rc)
{
	json_t *json = NULL;
	const char *sentence = NULL;

	if (rc == ERR_NOTFOUND) {
		api_error(r, API_NOT_FOUND,
		    "there is no folder %s; see: tutti folder list", id);
		return;
	}
	if (rc == ERR_HALTED || rc == ERR_BUSY) {
		int told = api_json_folder(r->api, id, &json);

		rc = told < 0 ? told : rc;
	}
	sentence = json_string_value(json_object_get(json, "sentence"));
	api_error(r, rc == ERR_HALTED ? API_WRONG : API_LATER, "%s",
	    sentence ? sentence : err_text(rc));
	json_decref(json);
}

void
api_wait_scan(struct api_request *r, const char *id, bool wait)
{
	int rc;

	memcpy(r->folder, id, strlen(id) + 1);
	if (wait) {
		api_wait_look(r);
		return;
	}
	rc = begin(r);
	if (rc < 0)
		api_not_done(r, id, rc);
	else
		api_answer(r, API_OK,
		    json_pack("{s:s, s:b}", "folder", id, "done", 0));
}

static void
too_late(void *arg)
{
	struct api_request *r = arg;

	r->alone = true;
	r->late = r->seconds == 0;
	if (!r->late)
		host_timer_start(
		    r->api->host, r->deadline, (uint64_t)r->seconds * 1000);
	r->seconds = 0;
	api_wait_look(r);
}

void
api_wait_sync(struct api_request *r, const char *id, long seconds)
{
	long first = seconds < API_REACH_S ? seconds : API_REACH_S;
	int rc;

	memcpy(r->folder, id, strlen(id) + 1);
	r->sync = true;
	r->seconds = seconds - first;
	rc = host_timer_new(r->api->host, too_late, r, &r->deadline);
	if (rc < 0) {
		api_error(r, API_LATER, "%s", err_text(rc));
		return;
	}
	host_timer_start(r->api->host, r->deadline, (uint64_t)first * 1000);
	api_wait_look(r);
}

/* Nothing to wait for: what was asked for is so, or only a person helps. */
static bool
settled(const struct api_request *r, const json_t *folder)
{
	const char *state = json_string_value(json_object_get(folder, "state"));

	if (r->late || json_is_true(json_object_get(folder, "paused")) ||
	    strcmp(state, "halted") == 0)
		return true;
	if (!json_is_true(json_object_get(folder, "open")))
		return json_is_string(json_object_get(folder, "error"));
	if (!r->looked)
		return false;
	if (json_is_true(json_object_get(folder, "synced")) ||
	    json_is_true(json_object_get(folder, "stuck")))
		return true;
	return r->alone && json_is_true(json_object_get(folder, "in_sync")) &&
	       json_integer_value(json_object_get(folder, "reachable")) == 0;
}

static bool
answer_sync(struct api_request *r)
{
	json_t *folder = NULL;
	int rc = api_json_folder(r->api, r->folder, &folder);

	if (rc < 0)
		api_not_done(r, r->folder, rc);
	else if (settled(r, folder))
		api_answer(r, API_OK, json_incref(folder));
	json_decref(folder);
	return r->answer != NULL;
}

/* One that is just being opened (its peers changed) is waited for. */
static bool
is_opening(struct api_request *r)
{
	json_t *folder = NULL;
	bool opening = api_json_folder(r->api, r->folder, &folder) == 0 &&
		       json_is_null(json_object_get(folder, "error")) &&
		       !json_is_true(json_object_get(folder, "open"));

	json_decref(folder);
	return opening;
}

static bool
answer_scan(struct api_request *r, int rc)
{
	if (r->looked)
		api_answer(r, API_OK,
		    json_pack("{s:s, s:b}", "folder", r->folder, "done", 1));
	else if (rc < 0 && (rc != ERR_BUSY || !is_opening(r)))
		api_not_done(r, r->folder, rc);
	return r->answer != NULL;
}

void
api_wait_look(struct api_request *r)
{
	bool answered = true;
	int rc = 0;

	if (r->answer != NULL)
		return;
	if (r->restore != NULL && r->api->node != NULL)
		return;
	if (r->api->node == NULL) {
		api_error(r, API_LATER, "the daemon is stopping; try again");
	} else {
		if (!r->looked && r->scan == NULL)
			rc = begin(r);
		answered = r->sync ? answer_sync(r) : answer_scan(r, rc);
	}
	if (answered && r->suspended)
		api_resume(r);
}

void
api_wait_end(struct api_request *r)
{
	if (r->scan != NULL)
		r->scan->request = NULL;
	r->scan = NULL;
	api_restore_end(r);
	host_timer_free(r->api->host, r->deadline);
	r->deadline = NULL;
}
