/* SPDX-License-Identifier: Apache-2.0 */
/* Memory runs out at every place, once or from then on (LESSONS 24). */
#include <errno.h>
#include <string.h>

#include "tests/daemon/index/index_world.h"
#include "tests/proto/model/fail_alloc.h"

enum { STORES = 14, DUMP_BYTES = 1 << 20 };

/* Everything a batch does; nothing but the index asks for memory here. */
static int
batch(struct world *w, const struct entry *entries)
{
	struct vector k = {0};
	struct dot dot;
	int rc = index_begin(w->ix);

	for (int i = 0; rc == 0 && i < STORES; i++)
		rc = index_store(w->ix, &entries[i], 1);
	if (rc == 0)
		rc = index_next_dot(w->ix, &dot);
	if (rc == 0)
		rc = index_learn(w->ix, &k);
	if (rc == 0)
		rc = index_commit(w->ix);
	return rc;
}

static int
look(struct world *w)
{
	struct vector none = {0};
	struct index_versions got = {0};
	struct path_list paths;
	struct entry e;
	int rc = 0;

	entry_init(&e);
	path_list_init(&paths);
	for (size_t i = 0; rc == 0 && i < world_n_paths(); i++)
		rc = index_load(w->ix, span_str(world_path_at(i)), &e);
	if (rc == 0)
		rc = index_versions_after(
		    w->ix, (struct dot){0}, &none, 99, &got);
	if (rc == 0)
		rc = index_paths_below(
		    w->ix, SPAN_LIT(""), SPAN_LIT(""), 99, &paths);
	index_versions_release(&got);
	path_list_release(&paths);
	entry_release(&e);
	return rc;
}

static void
load_and_add(struct world *w, struct entry *entries)
{
	for (unsigned i = 0; i < STORES; i++) {
		const char *path = world_path_at(i);
		struct dot dot = {9, (w->seed & 0xffff) + 1 + i};
		bool is_new;
		entry_init(&entries[i]);
		ok(index_load(w->ix, span_str(path), &entries[i]));
		ok(version_set_add(&entries[i].known,
		    world_version(w, path, KIND_FILE + (int)i % 4, dot), NULL,
		    &is_new));
	}
}

/* True when nothing failed any more. */
static bool
try_at(struct world *w, long at, bool all)
{
	struct entry entries[STORES];
	struct buf before, after;
	bool failed;
	int rc;

	buf_init(&before, DUMP_BYTES);
	buf_init(&after, DUMP_BYTES);
	world_open(w);
	load_and_add(w, entries);
	world_dump(w, &before);
	fail_alloc_after(at, all);
	rc = batch(w, entries);
	if (rc == 0)
		rc = look(w);
	failed = fail_alloc_end();
	ck_assert(rc == 0 || rc == -ENOMEM);
	ck_assert(rc == 0 || failed);
	if (index_in_batch(w->ix)) {
		index_rollback(w->ix);
		world_dump(w, &after);
		ck_assert(span_equal(buf_span(&before), buf_span(&after)));
	}
	for (int i = 0; i < STORES; i++)
		entry_release(&entries[i]);
	world_close(w);
	fail_alloc_after(at, all);
	rc = index_open(&w->host, w->dir, INDEX_CREATE, &w->ix);
	failed = fail_alloc_end() || failed;
	ck_assert(rc == 0 || rc == -ENOMEM);
	world_close(w);
	buf_release(&before);
	buf_release(&after);
	return !failed;
}

START_TEST(running_out_of_memory_is_an_error_like_any_other)
{
	bool done = false;

	for (long at = 0; !done; at++) {
		struct world w;
		ck_assert_int_lt(at, 2000);
		world_begin(&w, 90);
		done = try_at(&w, at, _i != 0);
		world_end(&w);
	}
}
END_TEST

TCase *
index_memory_tcase(void)
{
	TCase *t = tcase_create("memory");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(
	    t, running_out_of_memory_is_an_error_like_any_other, 0, 2);
	return t;
}
