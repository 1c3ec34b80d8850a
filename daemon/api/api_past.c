/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was, and back to it. Paths and names stand in two forms: fit to be
 * shown, and, with "_url" at the end, whole, as in a URL's argument.
 */
#include "daemon/api/api_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/node/node.h"
#include "proto/base/date.h"
#include "proto/base/path.h"
#include "proto/base/text.h"

enum { TEXT_BYTES = 64 << 10 };

/* ---- words --------------------------------------------------------------- */

static json_t *
take_text(int rc, struct buf *b)
{
	json_t *json = NULL;

	if (rc == 0)
		json = json_stringn(b->p ? (const char *)b->p : "", b->len);
	buf_release(b);
	return json;
}

static json_t *
shown(struct span s)
{
	struct buf b;

	buf_init(&b, TEXT_BYTES);
	return take_text(text_escape(&b, s), &b);
}

static json_t *
date(int64_t ns)
{
	struct buf b;

	buf_init(&b, TEXT_BYTES);
	return take_text(date_iso(&b, ns), &b);
}

/* Null for 0. */
static json_t *
date_if(int64_t ns)
{
	return ns != 0 ? date(ns) : json_null();
}

/* What has a time of its own. */
static json_t *
mtime(int kind, int64_t ns)
{
	return kind == KIND_FILE || kind == KIND_SYMLINK ? date(ns)
							 : json_null();
}

/* A device's name here, or its id; null for nobody. */
static json_t *
device(const struct node_status *s, const struct index_maker *m)
{
	char id[TEXT_ID_CHARS + 1];

	if (m->dot.counter == 0 &&
	    memcmp(m->device, s->device, DEVICE_BYTES) != 0)
		return json_null();
	if (memcmp(m->device, s->device, DEVICE_BYTES) == 0)
		return json_string(s->name);
	for (size_t i = 0; i < s->n_peers; i++)
		if (memcmp(s->peers[i].device, m->device, DEVICE_BYTES) == 0)
			return json_string(s->peers[i].name);
	text_id(m->device, id);
	return json_string(id);
}

static const char *
kind_name(int kind)
{
	switch (kind) {
	case KIND_DIR:
		return "directory";
	case KIND_SYMLINK:
		return "link";
	case KIND_GONE:
		return "deleted";
	default:
		return "file";
	}
}

/* ---- arguments ----------------------------------------------------------- */

/* The range of paths that a request is about. False, having said why. */
static bool
take_range(struct api_request *r, struct folder_range *out)
{
	const char *path = api_argument(r, "path");
	const char *after = api_argument(r, "after");

	out->path = span_str(path != NULL ? path : "");
	out->after = span_str(after != NULL ? after : "");
	if ((out->path.len == 0 || path_valid(out->path)) &&
	    (out->after.len == 0 || path_valid(out->after)))
		return true;
	api_error(
	    r, API_WRONG, "path and after are paths from the folder's root");
	return false;
}

static void
not_told(struct api_request *r, const char *id, int rc)
{
	if (rc == ERR_NOTFOUND)
		api_error(r, API_NOT_FOUND,
		    "nothing is known of that path; see what is: tutti history"
		    " on its directory");
	else if (rc == -EROFS)
		api_error(r, API_WRONG,
		    "this folder only receives; take a copy instead: tutti"
		    " restore PATH --at T --to FILE");
	else
		api_not_done(r, id, rc == ERR_CONFIG ? ERR_NOTFOUND : rc);
}

/* ---- history ------------------------------------------------------------- */

struct teller {
	struct node_status status;
	json_t *versions;
};

static int
tell(void *arg, const struct folder_version *v)
{
	struct teller *t = arg;
	json_t *json = json_pack(
	    "{s:o, s:o, s:s, s:I, s:o, s:o, s:o, s:b, s:b, s:o, s:o, s:o, s:b}",
	    "path", shown(v->path), "path_url", api_json_url(v->path), "kind",
	    kind_name(v->kind), "size", (json_int_t)v->size, "mtime",
	    mtime(v->kind, v->mtime_ns), "until", date_if(v->until_ns), "at",
	    date_if(v->at_ns), "current", v->wanted, "here", v->here, "kept",
	    v->kept.len > 0 ? shown(v->kept) : json_null(), "device",
	    device(&t->status, &v->who.made), "by",
	    v->until_ns != 0 ? device(&t->status, &v->who.by) : json_null(),
	    "deleted", v->who.by_gone);

	return json_array_append_new(t->versions, json) < 0 ? -ENOMEM : 0;
}

static json_t *
next_json(const struct buf *after)
{
	return after->len > 0 ? api_json_url(buf_span(after)) : json_null();
}

void
api_history(struct api_request *r, const char *id)
{
	struct teller t = {.versions = json_array()};
	struct folder_range range;
	struct buf after;
	int rc;

	if (!take_range(r, &range)) {
		json_decref(t.versions);
		return;
	}
	buf_init(&after, LIMIT_PATH_BYTES);
	rc = node_status(r->api->node, &t.status);
	if (rc == 0) {
		rc = node_history(r->api->node, id, &range, tell, &t, &after);
		node_status_release(&t.status);
	}
	if (rc == 0)
		api_answer(r, API_OK,
		    json_pack("{s:s, s:O, s:o}", "folder", id, "versions",
			t.versions, "next", next_json(&after)));
	else
		not_told(r, id, rc);
	json_decref(t.versions);
	buf_release(&after);
}

/* ---- restore ------------------------------------------------------------- */

/* One that the node was asked for; outlives a request that ends first. */
struct api_restore {
	struct api_request *request; /* or NULL */
	bool dry;
};

static const char *
what_name(const struct folder_change *c, bool dry)
{
	static const char *const names[] = {
	    [FOLDER_CHANGE_CREATE] = "create",
	    [FOLDER_CHANGE_REPLACE] = "replace",
	    [FOLDER_CHANGE_BLOCKED] = "blocked",
	    [FOLDER_CHANGE_MISSING] = "missing",
	};

	return !dry && c->rc < 0 ? "failed" : names[c->what];
}

static json_t *
change_json(const struct folder_change *c, bool dry)
{
	return json_pack("{s:o, s:o, s:s, s:s, s:I, s:o, s:o, s:o, s:o}",
	    "path", shown(buf_span(&c->path)), "path_url",
	    api_json_url(buf_span(&c->path)), "what", what_name(c, dry), "kind",
	    kind_name(c->kind), "size", (json_int_t)c->size, "mtime",
	    date(c->mtime_ns), "until", date(c->until_ns), "from_url",
	    api_json_url(buf_span(&c->from)), "error",
	    c->rc < 0 ? json_string(err_text(c->rc)) : json_null());
}

static void
restored(void *arg, const struct folder_changes *changes)
{
	struct api_restore *restore = arg;
	struct api_request *r = restore->request;
	json_t *all = json_array();
	bool dry = restore->dry;

	free(restore);
	for (size_t i = 0; r != NULL && i < changes->v.n; i++)
		api_json_add(&all, change_json(&changes->v.items[i], dry));
	if (r != NULL) {
		r->restore = NULL;
		if (changes->rc < 0)
			api_error(r, API_LATER, "%s", err_text(changes->rc));
		else
			api_answer(r, API_OK,
			    json_pack("{s:O, s:b, s:o}", "changes", all, "done",
				!dry, "next", next_json(&changes->after)));
		if (r->suspended)
			api_resume(r);
	}
	json_decref(all);
}

void
api_restore_end(struct api_request *r)
{
	if (r->restore != NULL)
		r->restore->request = NULL;
	r->restore = NULL;
}

void
api_restore(struct api_request *r, const char *id)
{
	const char *at = api_argument(r, "at"), *dry = api_argument(r, "dry");
	struct folder_restore_options o = {
	    .dry = dry != NULL && strcmp(dry, "1") == 0};
	struct api_restore *restore;
	char *end = NULL;
	int rc;

	if (!take_range(r, &o.range))
		return;
	errno = 0;
	o.at_ns = at != NULL ? strtoll(at, &end, 10) : 0;
	if (at == NULL || end == at || *end != '\0' || errno == ERANGE) {
		api_error(r, API_WRONG,
		    "at is a number of ns since 1970, of 64 bits");
		return;
	}
	restore = calloc(1, sizeof *restore);
	if (restore == NULL) {
		api_answer(r, API_LATER, NULL);
		return;
	}
	*restore = (struct api_restore){r, o.dry};
	r->restore = restore;
	rc = node_restore(r->api->node, id, &o, restored, restore);
	if (rc == 0)
		return;
	r->restore = NULL;
	free(restore);
	not_told(r, id, rc);
}
