/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/scan/scan_internal.h"

#include <string.h>

#include "daemon/scan/ignore_internal.h"
#include "proto/base/path.h"

/* What is at hand while a job runs; kept from one directory to the next. */
struct walk {
	struct scan_job *job;
	struct scan_dir *at;
	int dir; /* at, open */
	struct host_list list; /* its names, or those asked for */
	struct buf path; /* of the child looked at */
	size_t prefix; /* bytes of path that are at's */
};

/* ---- children ------------------------------------------------------------ */

/* Puts the child's path into w->path. ERR_LIMIT: no peer could be told. */
static int
child_path(struct walk *w, const char *name)
{
	w->path.len = w->prefix;
	return buf_add(&w->path, span_str(name));
}

static int
add_result(struct walk *w, struct scan_result *r)
{
	int rc;

	buf_init(&r->path, LIMIT_PATH_BYTES);
	rc = buf_add(&r->path, buf_span(&w->path));
	if (rc == 0)
		rc = VEC_PUSH(&w->job->results, *r);
	if (rc < 0)
		scan_result_release(r);
	return rc;
}

static bool
ignored(struct walk *w, bool dir)
{
	return ignore_match_child(w->job->rules, buf_span(&w->path), dir);
}

/* Another directory took the place of what was known: all in it is new. */
static bool
is_other(const struct scan_name *n)
{
	return n->known == NULL || n->known->kind != KIND_DIR ||
	       n->known->ino != n->st.ino;
}

static int
add_subdir(struct walk *w, const struct scan_name *n)
{
	struct span path = buf_span(&w->path);

	if (is_other(n))
		return path_list_add(&w->job->subdirs, path);
	return w->at->whole ? path_list_add(&w->job->same_subdirs, path) : 0;
}

static int
add_note(struct walk *w, const struct scan_name *n, enum scan_why why)
{
	struct scan_note note = {.why = why, .ino = n->st.ino};
	int rc;

	buf_init(&note.path, LIMIT_PATH_BYTES);
	rc = buf_add(&note.path, buf_span(&w->path));
	if (rc == 0)
		rc = VEC_PUSH(&w->job->notes, note);
	if (rc < 0)
		buf_release(&note.path);
	return rc;
}

/* Is there anything to say of what was judged? */
static int
note_child(struct walk *w, const struct scan_name *n, int now_kind)
{
	if (n->st.kind == KIND_OPAQUE)
		return add_note(w, n,
		    n->st.dev != w->job->dev ? SCAN_ELSEWHERE : SCAN_SPECIAL);
	if (n->st.kind != KIND_FILE)
		return 0;
	if (now_kind == KIND_OPAQUE)
		return add_note(w, n, SCAN_UNREADABLE);
	if (n->st.links > 1)
		return add_note(w, n, SCAN_LINKED);
	return n->meta_left ? add_note(w, n, SCAN_META) : 0;
}

/* What is ignored is not looked at, and what was seen of it may be so no
 * longer: it stands for no content, and its going is nobody's delete. */
static int
overlook(struct walk *w, const struct scan_name *n)
{
	struct scan_result r = {.now = {.kind = KIND_OPAQUE, .racy = true}};

	if (n->known == NULL || n->known->kind == KIND_NONE ||
	    n->known->kind == KIND_OPAQUE)
		return 0;
	return add_result(w, &r);
}

/* Looks at one child, known or not; adds what there is to say of it. */
static int
look_at(struct walk *w, const char *name, const struct index_child *known)
{
	struct scan_name n = {
	    .dir = w->dir, .name = name, .force = w->at->force};
	struct scan_result r;
	bool dir;
	int rc, noted;

	rc = child_path(w, name);
	if (rc < 0)
		return rc == ERR_LIMIT ? 0 : rc;
	n.known = known != NULL ? &known->disk : NULL;
	n.force |= known != NULL && known->force;
	if (known != NULL && known->told) {
		n.told = true;
		n.base_meta = span_of(
		    w->at->known.names.p + known->meta_at, known->meta_len);
	}
	w->job->looked++;
	rc = scan_stat(w->job, &n);
	dir = n.known != NULL &&
	      (n.known->kind == KIND_DIR || observation_unseen(n.known));
	if (rc == 0 && n.st.kind != KIND_NONE)
		dir = n.st.kind == KIND_DIR;
	if (ignored(w, dir))
		return overlook(w, &n);
	if (rc < 0) {
		memset(&r, 0, sizeof r);
		r.rc = rc;
		return add_result(w, &r);
	}
	if (n.st.kind == KIND_DIR) {
		rc = add_subdir(w, &n);
		if (rc < 0)
			return rc;
	}
	rc = scan_judge(w->job, &n, &r);
	w->job->hashed_bytes += n.hashed_bytes;
	noted = rc < 0 ? 0 : note_child(w, &n, r.now.kind);
	if (rc > 0)
		rc = add_result(w, &r);
	else if (rc == 0) { /* hashed, it may be, and as it was */
		chunks_release(&r.chunks);
		buf_release(&r.target);
		buf_release(&r.meta);
	}
	return rc < 0 ? rc : noted;
}

static const char *
known_name(const struct index_children *known, size_t i)
{
	return (const char *)known->names.p + known->v.items[i].at;
}

/*
 * Merges names with what is known. A known name that the listing lacks is
 * looked at all the same: only the system's word that it is not there makes
 * it absent.
 */
static int
look_at_all(struct walk *w)
{
	const struct index_children *known = &w->at->known;
	size_t i = 0, k = 0;
	int rc = 0;

	while (rc == 0 && (i < w->list.v.n || k < known->v.n)) {
		const char *name = NULL;
		int order = i == w->list.v.n ? 1 : -1;

		if (i < w->list.v.n)
			name = host_list_name(&w->list, i);
		if (i > 0 && name != NULL &&
		    strcmp(name, host_list_name(&w->list, i - 1)) == 0) {
			i++;
			continue;
		}
		if (name != NULL && k < known->v.n)
			order = strcmp(name, known_name(known, k));
		if (order <= 0 && path_name_valid(span_str(name)))
			rc = look_at(
			    w, name, order == 0 ? &known->v.items[k] : NULL);
		else if (order > 0 && w->at->whole)
			rc = look_at(
			    w, known_name(known, k), &known->v.items[k]);
		i += order <= 0;
		k += order >= 0;
	}
	return rc;
}

static bool
is_absence(const struct scan_result *r)
{
	return r->rc == 0 && r->now.kind == KIND_NONE;
}

/* Moves the absences among the results from first on before the others. */
static int
absences_first(struct scan_job *job, size_t first)
{
	struct scan_result *r = job->results.items;
	struct scan_result *others;
	size_t n_others = 0, to = first;

	for (size_t i = first; i < job->results.n; i++)
		n_others += !is_absence(&r[i]);
	if (n_others == 0 || n_others == job->results.n - first)
		return 0;
	others = malloc(n_others * sizeof *others);
	if (others == NULL)
		return -ENOMEM;
	n_others = 0;
	for (size_t i = first; i < job->results.n; i++) {
		if (is_absence(&r[i]))
			r[to++] = r[i];
		else
			others[n_others++] = r[i];
	}
	memcpy(r + to, others, n_others * sizeof *others);
	free(others);
	return 0;
}

/* ---- directories --------------------------------------------------------- */

static int
by_name(const void *a, const void *b, void *names)
{
	const struct host_list_item *x = a, *y = b;
	const char *p = names;

	return strcmp(p + x->at, p + y->at);
}

/* The names to be looked at, sorted, into w->list. */
static int
gather(struct walk *w)
{
	struct host_list *list = &w->list;
	int rc = 0;

	if (w->at->whole) {
		rc = host_list(w->job->host, w->dir, list);
	} else {
		buf_clear(&list->names);
		list->v.n = 0;
		for (size_t i = 0; rc == 0 && i < w->at->names.v.n; i++) {
			struct span name = path_list_get(&w->at->names, i);
			struct host_list_item item = {
			    .at = (uint32_t)list->names.len,
			    .len = (uint16_t)name.len};

			rc = buf_add(&list->names, name);
			if (rc == 0)
				rc = buf_add(&list->names, span_of("", 1));
			if (rc == 0)
				rc = VEC_PUSH(&list->v, item);
		}
	}
	if (rc == 0 && list->v.n > 1)
		qsort_r(list->v.items, list->v.n, sizeof *list->v.items,
		    by_name, list->names.p);
	return rc;
}

/* Opens the directory and gathers names; an error: nothing is concluded. */
static int
enter(struct walk *w)
{
	const struct host *h = w->job->host;
	struct host_stat st;
	int rc;

	rc = host_open_below(h, w->job->root, buf_span(&w->at->path), &w->dir);
	if (rc < 0)
		return rc;
	rc = host_stat_fd(h, w->dir, &st);
	if (rc == 0 && st.dev != w->job->dev)
		rc = -EXDEV;
	if (rc == 0)
		rc = gather(w);
	if (rc < 0)
		host_close(h, w->dir);
	return rc;
}

static int
set_prefix(struct walk *w)
{
	int rc;

	buf_clear(&w->path);
	rc = buf_add(&w->path, buf_span(&w->at->path));
	if (rc == 0 && w->path.len > 0)
		rc = buf_add(&w->path, SPAN_LIT("/"));
	w->prefix = w->path.len;
	return rc;
}

/* -ENOMEM ends the job; all else is the directory's own. */
static int
look_into(struct walk *w)
{
	size_t first = w->job->results.n;
	int rc;

	if (w->at->path.len > 0 &&
	    ignore_match(w->job->rules, buf_span(&w->at->path), true))
		return 0;
	w->at->rc = enter(w);
	if (w->at->rc < 0)
		return w->at->rc == -ENOMEM ? -ENOMEM : 0;
	rc = set_prefix(w);
	if (rc == 0)
		rc = look_at_all(w);
	if (rc == 0)
		rc = absences_first(w->job, first);
	host_close(w->job->host, w->dir);
	return rc == ERR_LIMIT ? 0 : rc;
}

void
scan_run(void *arg)
{
	struct scan_job *job = arg;
	struct walk w = {.job = job};

	host_list_init(&w.list);
	buf_init(&w.path, LIMIT_PATH_BYTES);
	for (size_t i = 0; job->rc == 0 && i < job->dirs.n; i++) {
		w.at = &job->dirs.items[i];
		job->rc = look_into(&w);
	}
	buf_release(&w.path);
	host_list_release(&w.list);
}
