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

static bool
begin(struct api_request *r, const char *id)
{
	struct api_scan *scan = calloc(1, sizeof *scan);
	int rc = -ENOMEM;

	memcpy(r->folder, id, strlen(id) + 1);
	if (scan != NULL) {
		scan->request = r;
		r->scan = scan;
		rc = node_scan(r->api->node, id, scan_done, scan);
	}
	if (rc == 0)
		return true;
	free(scan);
	r->scan = NULL;
	if (rc == ERR_NOTFOUND)
		api_error(r, API_NOT_FOUND,
		    "there is no folder %s that is open; see: tutti status",
		    id);
	else
		api_error(r, API_LATER, "%s", err_text(rc));
	return false;
}

void
api_wait_scan(struct api_request *r, const char *id, bool wait)
{
	if (!begin(r, id))
		return;
	if (!wait)
		api_answer(r, API_OK,
		    json_pack("{s:s, s:b}", "folder", id, "done", 0));
	else
		api_wait_look(r);
}

static void
too_late(void *arg)
{
	struct api_request *r = arg;

	r->late = true;
	api_wait_look(r);
}

void
api_wait_sync(struct api_request *r, const char *id, long seconds)
{
	int rc;

	r->sync = true;
	if (!begin(r, id))
		return;
	rc = host_timer_new(r->api->host, too_late, r, &r->deadline);
	if (rc < 0) {
		api_error(r, API_LATER, "%s", err_text(rc));
		return;
	}
	host_timer_start(r->api->host, r->deadline, (uint64_t)seconds * 1000);
	api_wait_look(r);
}

static bool
answer_sync(struct api_request *r)
{
	json_t *json = api_json_folder(r->api, r->folder);

	if (json == NULL) {
		api_error(r, API_NOT_FOUND, "the folder %s is gone meanwhile",
		    r->folder);
		return true;
	}
	/* Halted, paused or failed: waiting would be for a person. */
	if (r->late || !json_is_true(json_object_get(json, "open")) ||
	    strcmp(json_string_value(json_object_get(json, "state")),
		"halted") == 0 ||
	    (r->looked && json_is_true(json_object_get(json, "synced")))) {
		api_answer(r, API_OK, json);
		return true;
	}
	json_decref(json);
	return false;
}

void
api_wait_look(struct api_request *r)
{
	bool answered = false;

	if (r->answer != NULL)
		return;
	if (r->api->node == NULL) {
		api_error(r, API_LATER, "the daemon is stopping; try again");
		answered = true;
	} else if (r->sync)
		answered = answer_sync(r);
	else if (r->looked) {
		api_answer(r, API_OK,
		    json_pack("{s:s, s:b}", "folder", r->folder, "done", 1));
		answered = true;
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
	host_timer_free(r->api->host, r->deadline);
	r->deadline = NULL;
}
