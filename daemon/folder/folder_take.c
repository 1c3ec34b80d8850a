/* SPDX-License-Identifier: Apache-2.0 */
/* Versions in: what a session sends is stored, and its knowledge taken over. */
#include "daemon/folder/folder_internal.h"

static bool
is_full(const struct entry *e)
{
	return e->known.v.n > LIMIT_SIBLINGS - SIBLINGS_OURS;
}

/*
 * Bad peers have filled the path with versions: it takes no more of them, and
 * all other paths go on. What they know is then not taken over, so that what
 * was left out comes again.
 */
static void
refuse(struct folder *f, struct folder_link *l, const struct entry *e)
{
	l->partial = true;
	folder_trouble(f, entry_path(e), ERR_LIMIT, false, false);
}

static int
take_version(
    struct folder *f, struct folder_link *l, struct version *v, bool holds)
{
	bool is_new, has_content = v->kind == KIND_FILE;
	struct name content = v->content;
	struct entry e;
	int rc = 0;

	log_debug(f->log, "version_came", LOG_STR("folder", f->id),
	    LOG_PATH("path", v->path), LOG_INT("kind", v->kind),
	    LOG_DOT("dot", v->dot));
	entry_init(&e);
	if (folder_names_us(f, &v->vector))
		rc = folder_renumber(f, l);
	if (rc == 0)
		rc = index_load(f->index, v->path, &e);
	if (rc == 0)
		rc = version_set_add(&e.known, v, NULL, &is_new);
	else
		version_free(v);
	if (rc == ERR_LIMIT || (rc == 0 && is_new && is_full(&e))) {
		refuse(f, l, &e);
		rc = 0;
	} else if (rc == 0 && is_new) {
		rc = index_store(f->index, &e, l->source);
	}
	entry_release(&e);
	if (rc == 0 && has_content && holds)
		folder_missing_drop(&l->missing, &content);
	else if (rc == 0 && has_content)
		folder_lacks(f, l, &content);
	return rc;
}

/* Where the stream goes on if it breaks after this batch. */
static int
note_resume(
    struct folder *f, struct folder_link *l, const struct msg_versions *m)
{
	struct index_resume point = {.present = true,
	    .replica = l->replica,
	    .noted = l->noted,
	    .last = m->cursor};

	if (m->last)
		return index_resume_drop(f->index, l->replica);
	if (!l->noted_set || m->cursor.counter == 0 || l->partial || l->stale)
		return 0;
	return index_resume_put(f->index, &point);
}

static int
take_knowledge(
    struct folder *f, struct folder_link *l, const struct msg_versions *m)
{
	int rc = 0;

	if (folder_names_us(f, &m->end))
		rc = folder_renumber(f, l);
	/* It comes again, of all that we lack, once the link came up anew. */
	if (rc < 0 || l->stale)
		return rc;
	if (!l->partial)
		rc = index_learn(f->index, &m->end);
	if (rc == 0 && f->fresh) {
		f->fresh = false;
		rc = folder_own_note(f);
	}
	if (rc < 0)
		return rc;
	folder_acked(f, l, &m->end);
	vector_release(&l->told);
	rc = vector_copy(&m->end, &l->told);
	l->open = false;
	l->reported = false;
	return rc;
}

static int
store_versions(
    struct folder *f, struct folder_link *l, const struct msg_versions *m)
{
	struct version *v;
	int rc = folder_batch(f);

	l->open = true;
	if (rc == 0 && m->first) {
		vector_release(&l->noted);
		rc = vector_copy(&m->noted, &l->noted);
		l->noted_set = rc == 0;
	}
	for (size_t i = 0; rc == 0 && i < m->n_records; i++) {
		rc = version_parse(m->records[i].bytes, &v);
		if (rc == 0)
			rc = take_version(f, l, v, m->records[i].holds);
	}
	if (rc == 0)
		rc = note_resume(f, l, m);
	if (rc == 0 && m->last)
		rc = take_knowledge(f, l, m);
	return rc;
}

/* What a peer sent wrong ends its session; what it sent before in the same
 * batch is true all the same. Everything else is our trouble. */
int
folder_take_versions(
    struct folder *f, struct folder_link *l, const struct msg_versions *m)
{
	int rc = store_versions(f, l, m);

	if (rc < 0 && rc != ERR_GRAMMAR && rc != ERR_LIMIT) {
		folder_fail(f, rc, "versions");
		return 0;
	}
	folder_plan_again(f);
	folder_tell(f);
	return rc;
}
