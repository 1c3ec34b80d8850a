/* SPDX-License-Identifier: Apache-2.0 */
/* Reading everything again: begun, and how far it is. */
#include "daemon/api/api_internal.h"
#include "daemon/node/node.h"

static const char *
state_name(enum folder_verify_state state)
{
	switch (state) {
	case FOLDER_VERIFY_NONE:
		return "none";
	case FOLDER_VERIFY_READING:
		return "reading";
	case FOLDER_VERIFY_HEALING:
		return "healing";
	case FOLDER_VERIFY_DONE:
		return "done";
	}
	return "none";
}

static json_t *
rotten_json(struct node *n, const char *id)
{
	struct folder_rotten rotten;
	json_t *all = json_array();

	for (size_t i = 0; node_verify_rotten(n, id, i, &rotten); i++)
		api_json_add(&all,
		    json_pack("{s:o, s:b}", "path", api_json_text(rotten.path),
			"healed", rotten.healed));
	return all;
}

void
api_verify_status(struct api_request *r, const char *id)
{
	struct folder_verify_status s;
	int rc = node_verify_status(r->api->node, id, &s);

	if (rc < 0) {
		api_not_done(r, id, rc);
		return;
	}
	api_answer(r, API_OK,
	    json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o}", "folder", id,
		"state", state_name(s.state), "files", (json_int_t)s.files,
		"bytes", (json_int_t)s.bytes, "total_bytes",
		(json_int_t)s.total_bytes, "unsure", (json_int_t)s.unsure,
		"healed", (json_int_t)s.healed, "rotten",
		rotten_json(r->api->node, id)));
}

void
api_verify(struct api_request *r, const char *id)
{
	int rc = node_verify(r->api->node, id);

	if (rc < 0)
		api_not_done(r, id, rc);
	else
		api_verify_status(r, id);
}
