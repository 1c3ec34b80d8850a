/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/index/index_scene.h"

#include "daemon/index/index_internal.h"

#include <errno.h>
#include <string.h>

#define S INT64_C(1000000000)

enum { MUTATIONS = 200, SHARED = 8, OTHERS = 3, LISTS = 3 };

int
scene_make_list(unsigned which, struct chunk_list *out)
{
	int rc = 0;

	chunks_init(out);
	for (unsigned i = 0; rc == 0 && i < SHARED + OTHERS; i++) {
		unsigned of = i < SHARED ? i : which * 100 + i;
		struct chunk chunk = {.len = 20000};

		name_chunk(span_of(&of, sizeof of), &chunk.name);
		if (i == 0) /* below the bound of the sample */
			chunk.name.b[0] = 1;
		rc = chunks_add(out, &chunk);
	}
	return rc;
}

static int
put_list(struct index *ix, unsigned which)
{
	struct name content = world_name(which);
	struct chunk_list list;
	int rc = scene_make_list(which, &list);

	if (rc == 0)
		rc = index_chunks_put(ix, &content, &list);
	chunks_release(&list);
	return rc;
}

static int
put_kept(struct index *ix, int64_t id, int64_t since_ns)
{
	struct index_kept kept = {.id = id,
	    .content = world_name((unsigned)id),
	    .since_ns = since_ns};
	int rc;

	kept.who.by.dot = (struct dot){3, 4};
	buf_init(&kept.path, LIMIT_PATH_BYTES);
	rc = buf_add(&kept.path, SPAN_LIT("a/b"));
	if (rc == 0)
		rc = index_kept_put(ix, &kept);
	buf_release(&kept.path);
	return rc;
}

static int
put_past(struct index *ix, int64_t id, enum index_past_state state)
{
	struct index_past p;
	int rc;

	index_past_init(&p);
	p.id = id;
	p.state = state;
	p.kind = KIND_FILE;
	p.content = world_name((unsigned)id);
	p.size = 5000;
	p.until_ns = id * S;
	p.age_ns = id;
	p.who.made.dot = (struct dot){1, 2};
	rc = buf_add(&p.path, SPAN_LIT("a/b"));
	if (rc == 0)
		rc = buf_add(&p.name, SPAN_LIT("a/b~1"));
	if (rc == 0)
		rc = index_past_put(ix, &p);
	index_past_release(&p);
	return rc;
}

static int
put_resume(struct index *ix, uint64_t replica)
{
	struct index_resume r = {
	    .present = true, .replica = replica, .last = {replica, 5}};
	int rc = vector_raise(&r.noted, (struct dot){7, 8});

	if (rc == 0)
		rc = index_resume_put(ix, &r);
	vector_release(&r.noted);
	return rc;
}

/* A file on this disk, as a look that has just seen it stores it. */
static int
put_seen(struct index *ix, const char *path, unsigned content)
{
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(ix, span_str(path), &e);
	e.disk = (struct observation){
	    .kind = KIND_FILE, .content = world_name(content), .ino = 9};
	if (rc == 0)
		rc = index_store(ix, &e, 0);
	entry_release(&e);
	return rc;
}

void
scene_open(struct world *w)
{
	struct vector k = {0};
	struct entry e;
	struct dot dot;

	world_open(w);
	entry_init(&e);
	ok(index_begin(w->ix));
	for (int i = 0; i < MUTATIONS; i++)
		world_mutate(w, world_path(w), &e);
	ok(put_seen(w->ix, "a/x.conflict-1", SCENE_LISTED));
	for (unsigned i = SCENE_LISTED; i < SCENE_LISTED + LISTS; i++)
		ok(put_list(w->ix, i));
	ok(index_next_dot(w->ix, &dot));
	ok(vector_raise(&k, (struct dot){UINT64_MAX - 1, 5}));
	ok(index_learn(w->ix, &k));
	ok(index_skip_ids(w->ix, 50));
	ok(put_kept(w->ix, 44, 1));
	ok(put_kept(w->ix, 45, 9));
	ok(put_kept(w->ix, 46, 0));
	ok(put_past(w->ix, 47, PAST_FILE));
	ok(put_past(w->ix, 48, PAST_NOTED));
	ok(put_past(w->ix, 49, PAST_EXPECTED));
	ok(put_resume(w->ix, 77));
	ok(index_fact_put(w->ix, "fact", SPAN_LIT("as it is")));
	ok(index_commit(w->ix));
	vector_release(&k);
	entry_release(&e);
}

/* ---- doing --------------------------------------------------------------- */

static int
do_store(struct index *ix)
{
	int rc = put_seen(ix, "a/b/c", 50);

	if (rc == 0)
		rc = put_seen(ix, "new/dir/of/file", 51);
	if (rc == 0)
		rc = put_seen(ix, "a/x.conflict-1", 52);
	return rc;
}

static int
do_forget(struct index *ix)
{
	struct entry e;
	int rc;

	entry_init(&e);
	rc = buf_add(&e.path, SPAN_LIT("a/x.conflict-1"));
	if (rc == 0)
		rc = index_store(ix, &e, 0);
	entry_release(&e);
	return rc;
}

/* A version of a file in a directory that so becomes alive. */
static int
do_know(struct index *ix)
{
	struct version d = {.path = SPAN_LIT("m/n"),
	    .kind = KIND_FILE,
	    .size = 100000,
	    .content = world_name(60),
	    .dot = {88, 1}};
	struct version *v = NULL;
	struct entry e;
	bool is_new;
	int rc = vector_raise(&d.vector, d.dot);

	if (rc == 0)
		rc = version_new(&d, &v);
	vector_release(&d.vector);
	if (rc != 0)
		return rc;
	entry_init(&e);
	rc = index_load(ix, v->path, &e);
	if (rc == 0)
		rc = version_set_add(&e.known, v, NULL, &is_new);
	else
		version_free(v);
	if (rc == 0)
		rc = index_store(ix, &e, 3);
	entry_release(&e);
	return rc == 0 ? index_dirs_flush(ix) : rc;
}

static int
do_list(struct index *ix)
{
	return put_list(ix, 53);
}

static int
do_kept(struct index *ix)
{
	int64_t id;
	int rc = index_next_id(ix, &id);

	if (rc == 0)
		rc = put_kept(ix, id, 7);
	if (rc == 0)
		rc = index_kept_drop(ix, 44);
	return rc == 0 ? index_kept_clamp(ix, 5) : rc;
}

static int
do_past(struct index *ix)
{
	int rc = put_past(ix, 54, PAST_FILE);

	if (rc == 0)
		rc = put_past(ix, 49, PAST_FILE);
	if (rc == 0)
		rc = index_past_lost(ix, 47);
	return rc == 0 ? index_past_drop(ix, 48) : rc;
}

static int
do_resume(struct index *ix)
{
	int rc = put_resume(ix, 79);

	return rc == 0 ? index_resume_drop(ix, 77) : rc;
}

static int
do_learn(struct index *ix)
{
	struct vector k = {0};
	struct dot dot;
	int rc = vector_raise(&k, (struct dot){123, 4});

	if (rc == 0)
		rc = index_learn(ix, &k);
	vector_release(&k);
	if (rc == 0)
		rc = index_new_replica(ix);
	if (rc == 0)
		rc = index_next_dot(ix, &dot);
	return rc == 0 ? index_unlearn(ix, (struct dot){123, 2}) : rc;
}

/* Only the first list's content is in a file. */
static int
do_tidy(struct index *ix)
{
	return index_tidy(ix);
}

static int
do_fact(struct index *ix)
{
	return index_fact_put(ix, "fact", SPAN_LIT("as it will be"));
}

#define DEED(what)                                                             \
	{                                                                      \
#what, do_##what                                               \
	}
/* clang-format off */
const struct scene_deed scene_deeds[] = {
	DEED(store), DEED(forget), DEED(know), DEED(list), DEED(kept),
	DEED(past), DEED(resume), DEED(learn), DEED(tidy), DEED(fact),
};
/* clang-format on */
const int n_scene_deeds = sizeof scene_deeds / sizeof *scene_deeds;
