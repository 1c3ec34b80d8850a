/* SPDX-License-Identifier: Apache-2.0 */
/* Conflict copies: listed, and settled as seen. */
#include <errno.h>
#include <string.h>

#include "daemon/api/api_internal.h"
#include "daemon/node/node.h"
#include "proto/base/path.h"
#include "proto/base/text.h"

enum { HEX_CHARS = 2 * NAME_BYTES };

static const char digits[] = "0123456789abcdef";

/* ---- what there is ------------------------------------------------------- */

static json_t *
content_json(const struct name *content)
{
	char text[HEX_CHARS];

	for (size_t i = 0; i < NAME_BYTES; i++) {
		text[2 * i] = digits[content->b[i] >> 4];
		text[2 * i + 1] = digits[content->b[i] & 15];
	}
	return json_stringn(text, sizeof text);
}

/* What the device is called here; its id where it has no name. */
static json_t *
device_json(const struct node_status *s, const struct folder_file *file)
{
	char id[TEXT_ID_CHARS + 1];

	if (!file->has_device)
		return json_null();
	if (memcmp(file->device, s->device, DEVICE_BYTES) == 0)
		return json_string(s->name);
	for (size_t i = 0; i < s->n_peers; i++)
		if (memcmp(file->device, s->peers[i].device, DEVICE_BYTES) == 0)
			return json_string(s->peers[i].name);
	text_id(file->device, id);
	return json_stringn(id, strcspn(id, "-"));
}

static const char *
kind_name(int kind)
{
	switch (kind) {
	case KIND_FILE:
		return "file";
	case KIND_DIR:
		return "directory";
	case KIND_SYMLINK:
		return "symlink";
	case KIND_NONE:
		return "nothing";
	default:
		return "other";
	}
}

static json_t *
file_json(const struct node_status *s, const struct folder_file *file)
{
	if (file->path == NULL)
		return json_null();
	return json_pack("{s:o, s:o, s:s, s:I, s:I, s:o, s:o}", "path",
	    api_json_text(file->path), "url",
	    api_json_url(span_str(file->path)), "kind", kind_name(file->kind),
	    "size", (json_int_t)file->size, "mtime_ns",
	    (json_int_t)file->mtime_ns, "content", content_json(&file->content),
	    "device", device_json(s, file));
}

static json_t *
list_json(const struct node_status *s, const struct folder_conflicts *list)
{
	json_t *all = json_array();

	VEC_EACH (&list->v, it) {
		json_t *one = file_json(s, &it->copy);

		api_json_set(&one, "edited", json_boolean(it->edited));
		api_json_set(&one, "home", file_json(s, &it->home));
		api_json_add(&all, one);
	}
	return all;
}

void
api_conflicts(struct api_request *r, const char *id)
{
	struct folder_conflicts list = {0};
	struct node_status s;
	int rc = node_conflicts(r->api->node, id, &list);

	if (rc == 0)
		rc = node_status(r->api->node, &s);
	if (rc < 0) {
		folder_conflicts_release(&list);
		api_not_done(r, id, rc);
		return;
	}
	api_answer(r, API_OK,
	    json_pack(
		"{s:s, s:o}", "folder", id, "conflicts", list_json(&s, &list)));
	node_status_release(&s);
	folder_conflicts_release(&list);
}

/* ---- settling ------------------------------------------------------------ */

/* Of a character, which is not the end's; -1: it is none. */
static int
digit(char c)
{
	const char *at = strchr(digits, c);

	return at != NULL ? (int)(at - digits) : -1;
}

static bool
read_content(struct api_request *r, const char *key, struct name *out)
{
	const char *text = api_argument(r, key);

	if (text == NULL || strlen(text) != HEX_CHARS)
		return false;
	for (size_t i = 0; i < NAME_BYTES; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out->b[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* Reads the path, and content; else the answer is set. */
static bool
read_copy(
    struct api_request *r, struct span *out_path, struct name *out_content)
{
	const char *path = api_argument(r, "path");

	if (path != NULL && path_valid(span_str(path)) &&
	    read_content(r, "content", out_content)) {
		*out_path = span_str(path);
		return true;
	}
	api_error(r, API_WRONG,
	    "path and content are those of a conflict copy, as listed");
	return false;
}

static void
answer(struct api_request *r, const char *id, struct span path, int rc)
{
	/* A folder that is not there, paused or just opened says so itself. */
	json_t *folder = NULL;
	int told = api_json_folder(r->api, id, &folder);
	bool open = json_is_true(json_object_get(folder, "open"));
	const char *state = json_string_value(json_object_get(folder, "state"));
	const char *shown = (const char *)path.p;

	if (rc >= 0)
		api_answer(r, API_OK,
		    json_pack("{s:s, s:o, s:b}", "folder", id, "path",
			api_json_text(shown), "done", rc > 0));
	else if (rc == ERR_CHANGED)
		api_error(r, API_CHANGED,
		    "%s or what it is a copy of has changed meanwhile, and"
		    " stays; look again with: tutti conflicts",
		    shown);
	else if (rc == -EISDIR)
		api_error(r, API_WRONG,
		    "where %s belongs there is a directory now; move the copy"
		    " to a place of your choice",
		    shown);
	else if (rc == ERR_NOTFOUND && told != ERR_NOTFOUND)
		api_error(r, API_NOT_FOUND,
		    "%s is no conflict copy, or its name is too long to tell"
		    " of what; move it yourself",
		    shown);
	else if (rc == ERR_BUSY && open)
		api_error(r, API_LATER,
		    "changes of %s or of what it is a copy of are still on"
		    " their way; try again",
		    shown);
	else if (rc == ERR_HALTED && open && strcmp(state, "halted") != 0)
		api_error(r, API_WRONG,
		    "%s goes one way only; settle its conflicts on a machine"
		    " where its mode is both",
		    id);
	else
		api_not_done(r, id, rc);
	json_decref(folder);
}

void
api_conflict_choose(struct api_request *r, const char *id)
{
	struct name content, over;
	struct span path;

	if (!read_copy(r, &path, &content))
		return;
	if (!read_content(r, "over", &over)) {
		api_error(r, API_WRONG, "over is the content that is replaced");
		return;
	}
	answer(r, id, path,
	    node_conflict_choose(r->api->node, id, path, &content, &over));
}

void
api_conflict_remove(struct api_request *r, const char *id)
{
	struct name content;
	struct span path;

	if (read_copy(r, &path, &content))
		answer(r, id, path,
		    node_conflict_remove(r->api->node, id, path, &content));
}
