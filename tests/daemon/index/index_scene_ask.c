/* SPDX-License-Identifier: Apache-2.0 */
/* All that can be asked of an index. */
#include "tests/daemon/index/index_scene.h"

#include "daemon/index/index_internal.h"

#define S INT64_C(1000000000)

static int
say_paths(struct path_list *paths, int rc, struct buf *out)
{
	for (size_t i = 0; rc == 0 && i < paths->v.n; i++) {
		rc = buf_add(out, path_list_get(paths, i));
		if (rc == 0)
			rc = buf_add(out, SPAN_LIT("\n"));
	}
	path_list_release(paths);
	return rc;
}

static int
say_ids(struct id_list *ids, int rc, struct buf *out)
{
	VEC_EACH (&ids->v, it)
		if (rc == 0)
			rc = buf_add(out, span_of(it, sizeof *it));
	VEC_RELEASE(&ids->v);
	return rc;
}

static int
say_number(int64_t number, struct buf *out)
{
	return buf_add(out, span_of(&number, sizeof number));
}

static int
ask_entries(struct index *ix, struct buf *out)
{
	struct entry e;
	int rc = 0;

	entry_init(&e);
	for (size_t i = 0; rc == 0 && i < world_n_paths(); i++) {
		rc = index_load(ix, span_str(world_path_at(i)), &e);
		if (rc == 0)
			rc = say_number(e.disk.kind + 10 * e.base.present, out);
		if (rc == 0 && e.base.version != NULL)
			rc = buf_add(out, e.base.version->record);
		VEC_EACH (&e.known.v, it)
			if (rc == 0)
				rc = buf_add(out, (*it)->record);
	}
	entry_release(&e);
	return rc;
}

static int
ask_kinds(struct index *ix, struct buf *out)
{
	int rc = 0;

	index_dirs_forget(ix);
	for (size_t i = 0; rc >= 0 && i < world_n_paths(); i++) {
		rc = index_disk_kind(ix, span_str(world_path_at(i)));
		if (rc >= 0)
			rc = say_number(rc, out);
	}
	return rc;
}

static int
ask_known(struct index *ix, struct buf *out)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < world_n_paths(); i++) {
		rc = index_known(ix, span_str(world_path_at(i)));
		if (rc >= 0)
			rc = say_number(rc, out);
	}
	return rc;
}

static int
ask_open(struct index *ix, struct buf *out)
{
	struct index_cursor up, down;
	struct path_list paths;
	int rc = 0;

	index_cursor_init(&up, false);
	index_cursor_init(&down, true);
	path_list_init(&paths);
	while (rc == 0 && !up.end)
		rc = index_open_next(ix, &up, 3, &paths);
	while (rc == 0 && !down.end)
		rc = index_open_next(ix, &down, 3, &paths);
	if (rc == 0)
		rc = index_open_next(ix, &down, 3, &paths);
	index_cursor_release(&up);
	index_cursor_release(&down);
	return say_paths(&paths, rc, out);
}

static int
ask_children(struct index *ix, struct buf *out)
{
	struct index_children c;
	int rc;

	index_children_init(&c);
	rc = index_children(ix, SPAN_LIT("a"), &c);
	if (rc == 0)
		rc = index_children(ix, SPAN_LIT(""), &c);
	VEC_EACH (&c.v, it)
		if (rc == 0)
			rc = buf_add(out, span_of(c.names.p + it->at, it->len));
	index_children_release(&c);
	return rc;
}

static int
ask_below(struct index *ix, struct buf *out)
{
	struct path_list paths;
	int rc;

	path_list_init(&paths);
	rc = index_paths_below(ix, SPAN_LIT(""), SPAN_LIT(""), 99, &paths);
	if (rc == 0)
		rc = index_paths_below(
		    ix, SPAN_LIT("a"), SPAN_LIT("a/b"), 4, &paths);
	return say_paths(&paths, rc, out);
}

static int
ask_copies(struct index *ix, struct buf *out)
{
	struct path_list paths;

	path_list_init(&paths);
	return say_paths(&paths, index_copies(ix, 9, &paths), out);
}

static int
ask_versions(struct index *ix, struct buf *out)
{
	struct index_versions got = {0};
	struct vector none = {0};
	int rc = index_versions_after(ix, (struct dot){0}, &none, 99, &got);

	if (rc == 0)
		rc = index_versions_arrived(ix, 0, 99, &got);
	VEC_EACH (&got.v, it)
		if (rc == 0)
			rc = buf_add(out, it->version->record);
	VEC_EACH (&got.v, it)
		if (rc == 0)
			rc = say_number(it->arrival * 2 + it->held, out);
	index_versions_release(&got);
	return rc;
}

static int
ask_resume(struct index *ix, struct buf *out)
{
	struct index_resume got, none;
	int rc = index_resume_get(ix, 77, &got);

	if (rc != 0)
		return rc;
	rc = index_resume_get(ix, 78, &none);
	if (rc == 0 && !none.present)
		rc = say_number(
		    (int64_t)(got.last.counter + vector_get(&got.noted, 7)),
		    out);
	vector_release(&got.noted);
	return rc;
}

static int
ask_content(struct index *ix, struct buf *out)
{
	struct name content = world_name(SCENE_LISTED);
	struct path_list paths;
	int rc;

	path_list_init(&paths);
	rc = index_find_content(ix, &content, 9, &paths);
	return say_paths(&paths, rc, out);
}

static int
ask_list(struct index *ix, struct buf *out)
{
	struct name content = world_name(SCENE_LISTED + 1);
	struct chunk_list list;
	int rc;

	chunks_init(&list);
	rc = index_chunks_get(ix, &content, &list);
	if (rc == 0)
		rc = say_number((int64_t)list.v.n, out);
	chunks_release(&list);
	return rc;
}

static int
ask_donor(struct index *ix, struct buf *out)
{
	struct chunk_list list;
	struct name donor;
	int rc = scene_make_list(99, &list);

	if (rc == 0)
		rc = index_find_donor(ix, &list, &donor);
	if (rc == 0)
		rc = buf_add(out, span_of(donor.b, NAME_BYTES));
	chunks_release(&list);
	return rc;
}

static int
ask_kept(struct index *ix, struct buf *out)
{
	struct name content = world_name(45);
	struct index_kept kept = {0};
	struct id_list ids = {0};
	int64_t id = 0;
	int rc;

	buf_init(&kept.path, LIMIT_PATH_BYTES);
	rc = index_kept_get(ix, 44, &kept);
	if (rc == 0)
		rc = buf_add(out, buf_span(&kept.path));
	buf_release(&kept.path);
	if (rc == 0)
		rc = index_kept_find(ix, &content, &id);
	if (rc == 1)
		rc = index_kept_find_from(ix, &content, SPAN_LIT("a/b"), &id);
	if (rc >= 0)
		rc = say_number(id * 10 + rc, out);
	if (rc == 0)
		rc = index_kept_after(ix, 0, 9, &ids);
	if (rc == 0)
		rc = index_kept_expected(ix, 9, &ids);
	return say_ids(&ids, rc, out);
}

static int
ask_past(struct index *ix, struct buf *out)
{
	struct name content = world_name(47);
	struct index_past p;
	int64_t id = 0;
	int rc;

	index_past_init(&p);
	rc = index_past_get(ix, 48, &p);
	if (rc == 0)
		rc = buf_add(out, buf_span(&p.path));
	if (rc == 0)
		rc = buf_add(out, buf_span(&p.name));
	index_past_release(&p);
	if (rc == 0)
		rc = index_past_find(ix, &content, &id);
	if (rc >= 0)
		rc = say_number(id * 10 + rc, out);
	if (rc == 0)
		rc = index_past_taken(ix, SPAN_LIT("a/b"), 47 * S + 5);
	return rc < 0 ? rc : say_number(rc, out);
}

static int
ask_past_lists(struct index *ix, struct buf *out)
{
	struct index_past_range range = {.dir = SPAN_LIT("a"), .n = 9};
	struct id_list ids = {0};
	int rc = index_past_before(ix, 99, 9, true, &ids);

	if (rc == 0)
		rc = index_past_before(ix, 99, 9, false, &ids);
	if (rc == 0)
		rc = index_past_expected(ix, 9, &ids);
	if (rc == 0)
		rc = index_past_at(ix, SPAN_LIT("a/b"), &ids);
	if (rc == 0)
		rc = index_past_below(ix, &range, &ids);
	return say_ids(&ids, rc, out);
}

static int
ask_fact(struct index *ix, struct buf *out)
{
	return index_fact_get(ix, "fact", out);
}

#define ASK(what)                                                              \
	{                                                                      \
#what, ask_##what                                              \
	}
/* clang-format off */
const struct scene_ask scene_asks[] = {
	ASK(entries), ASK(kinds), ASK(known), ASK(open), ASK(children),
	ASK(below), ASK(copies), ASK(versions), ASK(resume), ASK(content),
	ASK(list), ASK(donor), ASK(kept), ASK(past), ASK(past_lists),
	ASK(fact),
};
/* clang-format on */
const int n_scene_asks = sizeof scene_asks / sizeof *scene_asks;

int
scene_ask_all(struct index *ix, struct buf *out)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < n_scene_asks; i++) {
		rc = scene_asks[i].ask(ix, out);
		if (rc == ERR_NOTFOUND) /* an answer, too */
			rc = say_number(rc, out);
	}
	return rc;
}
