/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was placed out of quarantine before a stop that kept this from being
 * stored. It leaves quarantine only for a path whose intent was noted before. So
 * if that is there, and the file that lay there for this path is not, it was
 * placed here: unless another open path wants the same content, or it stands
 * elsewhere, or it came before the machine started. Then nothing is concluded.
 * Who does not find it at its name then has seen a user take it away.
 */
#include "daemon/folder/folder_work_internal.h"

bool
folder_work_intends(const struct entry *e, const struct version *v)
{
	return e->intent.present && e->intent.version != NULL && v != NULL &&
	       dot_equal(e->intent.version->dot, v->dot);
}

/* Did it lie there for this path? 1, 0, error. */
static int
lay_for(struct folder *f, int64_t id, struct span path)
{
	struct index_kept k = {0};
	int rc;

	buf_init(&k.path, LIMIT_PATH_BYTES);
	rc = index_kept_get(f->index, id, &k);
	if (rc == 0)
		rc = span_equal(buf_span(&k.path), path);
	buf_release(&k.path);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

/* Was this content about to be applied at the path? 1, 0, error. */
static int
was_due(struct folder *f, struct span path, const struct name *content)
{
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	if (rc == 0)
		rc = e.intent.present && e.intent.version != NULL &&
		     name_equal(&e.intent.version->content, content);
	entry_release(&e);
	return rc;
}

/* May it have served another name, which wanted the same? 1, 0, error. */
static int
due_elsewhere(struct folder *f, struct span path, const struct name *content)
{
	struct index_cursor cursor;
	struct path_list open;
	int rc;

	index_cursor_init(&cursor, false);
	path_list_init(&open);
	rc = index_open_next(f->index, &cursor, WORK_OPEN_MAX, &open);
	for (size_t i = 0; rc == 0 && i < open.v.n; i++)
		if (!span_equal(path_list_get(&open, i), path))
			rc = was_due(f, path_list_get(&open, i), content);
	if (rc == 0)
		rc = !cursor.end;
	path_list_release(&open);
	index_cursor_release(&cursor);
	return rc;
}

int
folder_work_was_placed(
    struct folder *f, const struct work *w, const struct apply_item *it)
{
	struct span path = buf_span(&it->path);
	int rc;

	if (it->rc != ERR_NOTFOUND || it->source != APPLY_KEPT || !w->resumed ||
	    it->id < f->cut.boot_first_id || w->version == NULL ||
	    w->version->kind != KIND_FILE)
		return 0;
	rc = lay_for(f, it->id, path);
	if (rc <= 0)
		return rc;
	rc = folder_past_stands(f, &it->content);
	if (rc == 0)
		rc = due_elsewhere(f, path, &it->content);
	return rc < 0 ? rc : rc == 0;
}

int
folder_work_redo(struct folder *f, const struct work *w)
{
	const struct version *v = w->version;
	const struct observation shown = {.kind = KIND_FILE,
	    .bits = v->bits,
	    .size = v->size,
	    .mtime_ns = v->mtime_ns,
	    .content = v->content};
	struct span path = span_of(w->path, w->len);
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	if (rc == 0 && !e.base.present && folder_work_intends(&e, v)) {
		entry_agree(&e, e.intent.version, &shown, folder_cut_era(f));
		e.intent = (struct agreement){0};
		e.disk = shown;
		e.absent_since_ns = 0;
		rc = index_store(f->index, &e, 0);
		folder_look_at(f, path, false, true);
	}
	entry_release(&e);
	return rc;
}
